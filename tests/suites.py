"""The test suites of libraries, from their source distributions, and how to run them.

Nothing of them is kept here: a suite is fetched into a folder when it is asked for.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environments import PROJECT, run

PLUGIN = ("suite_outcomes.py", "laws.py")
# Seconds that one run of a suite may take.
PATIENCE = 3600


@dataclass(frozen=True)
class Suite:
    """A library's tests.

    Attributes:
        name: The library's.
        version: Of which its tests are run.
        needs: What else is to be installed.
        options: For pytest.
        ipv6: Tests that need a `localhost` with an IPv6 address, as `pytest -k` has them.
        left_out: Tests that are not run: what their names begin with, and why.
    """

    name: str
    version: str
    needs: str
    options: tuple[str, ...] = ()
    ipv6: str = ""
    left_out: tuple[tuple[str, str], ...] = ()


AIOHTTP = Suite(
    "aiohttp",
    "3.14.5",
    needs="aiodns==4.0.4 backports-zstd==1.8.0 blockbuster==1.5.29 brotli==1.2.1 freezegun==1.5.5 "
    "gunicorn==27.0.1 isal==1.9.1 proxy-py==2.4.10 pytest==9.2.0 pytest-codspeed==5.0.4 "
    "pytest-cov==7.1.0 pytest-mock==3.17.0 pytest-timeout==2.4.0 pytest-xdist==3.8.0 "
    "python-on-whales==0.81.0 re-assert==1.1.0 setuptools-git==1.2 trustme==1.2.1 uvloop==0.23.0 "
    "zlib-ng==1.1.0",
    # Those marks are on tests for Python's development mode, on those that need Docker, and on
    # those that measure times.
    options=("-m", "not dev_mode and not autobahn and not internal"),
    left_out=(("tests/test_benchmarks_", "they measure times"),),
)
ANYIO = Suite(
    "anyio",
    "4.16.0",
    # Without trio, whose loops are not asyncio's: the tests for it skip themselves.
    needs="blockbuster==1.5.29 hypothesis==6.170.17 psutil==7.2.2 pytest==9.2.0 "
    "pytest-mock==3.17.0 pytest-timeout==2.4.0 trustme==1.2.1 truststore==0.10.5 uvloop==0.23.0",
    # That mark is on tests that need the network.
    options=("-p", "anyio", "-m", "not network"),
    ipv6="ipv6 or dualstack",
)


@dataclass(frozen=True)
class Fetched:
    """A suite with all that it needs.

    Attributes:
        suite: Which.
        folder: Where its archive is unpacked, and its environment is.
    """

    suite: Suite
    folder: Path

    @property
    def python(self) -> Path:
        """The environment's Python."""
        return self.folder / "environment" / "bin" / "python"

    def start(self, name: str, *options: str) -> Run:
        """Start it in a folder of that name, apart from other runs."""
        suite, folder = self.suite, self.folder / name
        folder.mkdir()
        for part in ("tests", "pytest.ini", "pyproject.toml"):
            source = self.folder / f"{suite.name}-{suite.version}" / part
            if source.is_dir():
                shutil.copytree(source, folder / part)
            elif source.exists():
                shutil.copy(source, folder)
        words = [*suite.options, *options]
        words += [word for names, _ in suite.left_out for word in ("--leave-out", names)]
        if suite.ipv6 and not _localhost_has_ipv6():
            words += ["-k", f"not ({suite.ipv6})"]
        return Run(self.python, folder, words)


class Run:
    """A suite that is running.

    Args:
        python: The Python that runs it.
        folder: Where.
        options: For pytest.
    """

    def __init__(self, python: Path, folder: Path, options: list[str]) -> None:
        self._outcomes = folder / "outcomes.json"
        self._output = folder / "output.txt"
        quiet = ("-q", "--tb=short", "-o", "addopts=", "-p", "no:cacheprovider")
        report = ("-p", "suite_outcomes", "--outcomes", str(self._outcomes))
        with self._output.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                # -P, or a package in the folder would be taken for the installed one.
                [str(python), "-P", "-m", "pytest", *quiet, *report, *options],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(folder.parent / "plugin")},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def outcomes(self) -> Any:
        """What `suite_outcomes` has written when all tests have run."""
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
        assert self._outcomes.exists(), self._output.read_text("utf-8")[-2000:]
        return json.loads(self._outcomes.read_text("utf-8"))


def fetch(suite: Suite, uv: list[str], folder: Path) -> Fetched:
    """Fetches a suite and all that it needs; skips the test where there is no network."""
    fetched, exact = Fetched(suite, folder), f"{suite.name}=={suite.version}"
    install = ("pip", "install", "--python", fetched.python)
    run(uv, "venv", "--python", sys.executable, folder / "environment")
    # The library's wheel, for what is compiled in it; its tests are in the source distribution.
    run(uv, *install, exact, "pip", *suite.needs.split())
    run(uv, *install, "--no-deps", "--editable", PROJECT)
    pip = [str(fetched.python), "-m", "pip"]
    run(pip, "download", "--no-deps", "--no-binary", suite.name, "--dest", folder, exact)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    # Alone in a folder: the suite has modules of the same names as others of ours.
    (folder / "plugin").mkdir()
    for file in PLUGIN:
        shutil.copy(PROJECT / "tests" / file, folder / "plugin")
    return fetched


def _localhost_has_ipv6() -> bool:
    try:
        return bool(socket.getaddrinfo("localhost", 0, socket.AF_INET6))
    except OSError:
        return False
