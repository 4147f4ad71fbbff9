"""`asyncdemo lab` serves notebooks in a real JupyterLab, and ends without leftovers."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient

import asyncdemo
from asyncdemo.course import lab

COMMAND = [sys.executable, "-c", "from asyncdemo.cli import app; app()", "lab"]
FIRST = "01_await_a_coroutine.ipynb"
LAST_LINE = "Press Ctrl-C in this terminal to stop it.\n"
USUAL_PORT = 8888
SECONDS = 60.0


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((lab.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((lab.HOST, 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with a home of its own: no setting of the tester's JupyterLab counts."""
    home = str(tmp_path_factory.mktemp("home"))
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("JUPYTER", "IPYTHON"))}
    own = ("HOME", "USERPROFILE", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    return kept | dict.fromkeys(own, home)


def settings(folder: Path, port: int | None = None, browser: bool = False) -> dict[str, str]:
    options = lab.options(folder, port=port, browser=browser)
    return dict(option.removeprefix("--").split("=", 1) for option in options)


def test_it_listens_on_loopback_behind_a_new_token_each_time(tmp_path: Path) -> None:
    first, second = settings(tmp_path), settings(tmp_path)

    assert first["ServerApp.ip"] == "127.0.0.1"
    assert re.fullmatch("[0-9a-f]{48}", first["IdentityProvider.token"])
    assert first["IdentityProvider.token"] != second["IdentityProvider.token"]


def test_a_port_is_insisted_on_only_when_it_was_given(tmp_path: Path) -> None:
    given = settings(tmp_path, port=8899)

    assert (given["ServerApp.port"], given["ServerApp.port_retries"]) == ("8899", "0")
    assert "ServerApp.port" not in settings(tmp_path)


@pytest.mark.parametrize(("user", "allowed"), [(0, "True"), (1000, None)])
def test_root_is_allowed_only_when_it_is_root(
    user: int, allowed: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)

    assert settings(tmp_path).get("ServerApp.allow_root") == allowed


@pytest.mark.parametrize(
    ("wanted", "there", "opened"),
    [(True, True, "True"), (True, False, "False"), (False, True, "False")],
)
def test_a_browser_is_opened_where_there_is_one(
    wanted: bool, there: bool, opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "has_browser", lambda: there)

    assert settings(tmp_path, browser=wanted)["ServerApp.open_browser"] == opened


def test_the_first_notebook_is_the_first_by_number(tmp_path: Path) -> None:
    assert lab.first_page(tmp_path) == "/lab"
    for name in ("02_b.ipynb", "01_a b.ipynb", "notes.ipynb"):
        (tmp_path / name).touch()

    assert lab.first_page(tmp_path) == "/lab/tree/01_a%20b.ipynb"


def test_the_course_lies_beside_the_package() -> None:
    assert lab.course_folder() == Path(asyncdemo.__file__).resolve().parents[1] / "notebooks"


def test_without_a_checkout_the_folder_must_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncdemo, "__file__", str(tmp_path / "asyncdemo" / "__init__.py"))

    with pytest.raises(lab.LabError, match="name their folder") as caught:
        lab.serve()
    assert caught.value.exit_code == 2


def test_a_missing_folder_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(lab.LabError, match="there is no folder") as caught:
        lab.serve(tmp_path / "nowhere")

    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["jupyterlab", "ipykernel"])
def test_a_missing_extra_names_the_command_that_installs_it(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "find_spec", lambda name: None if name == missing else object())

    with pytest.raises(lab.LabError) as caught:
        lab.serve(tmp_path)

    assert str(caught.value).endswith('python -m pip install "asyncdemo[lab]"')
    assert caught.value.exit_code == 1


def test_a_port_in_use_is_a_mistake_of_one_line(busy_port: int, tmp_path: Path) -> None:
    run = subprocess.run(
        [*COMMAND, str(tmp_path), "--port", str(busy_port)],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

    assert run.returncode == 1
    assert re.fullmatch(rf"asyncdemo: port {busy_port} is in use; .*\n", run.stderr)
    assert run.stdout == ""


class Served:
    """A running `asyncdemo lab`, and the requests a browser would make of it."""

    def __init__(self, folder: Path, home: dict[str, str], *options: str) -> None:
        self.terminal, stdin = terminal()
        self.process = subprocess.Popen(
            [*COMMAND, str(folder), "--no-browser", *options],
            env=home,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert self.process.stdout is not None
        self.said = ""
        while not self.said.endswith(LAST_LINE) and (line := self.process.stdout.readline()):
            self.said += line
        found = re.search(r"The course is at ((http://\S+:)(\d+)(/\S+)\?token=(\S+))\n", self.said)
        assert found, self.said
        self.address, self.host, self.port, self.page, self.token = found.groups()

    def get(self, path: str, token: str | None = None, data: bytes | None = None) -> bytes:
        request = urllib.request.Request(
            f"{self.host}{self.port}{path}",
            data=data,
            headers={"Authorization": f"token {token or self.token}"},
        )
        with urllib.request.urlopen(request, timeout=SECONDS) as response:
            body: bytes = response.read()
            return body

    def start_kernel(self) -> str:
        """Starts a kernel; returns its id."""
        kernel: str = json.loads(self.get("/api/kernels", data=b'{"name": "python3"}'))["id"]
        return kernel

    def interrupt(self) -> tuple[int, str]:
        """Presses Ctrl-C; returns the exit code and what is printed from then on."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, rest

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        for end in self.terminal:
            os.close(end)


def wait_until_ready(connection: Path) -> None:
    """Asks a kernel for its state as a notebook that opens does, and waits for the answer."""
    client = BlockingKernelClient()
    client.load_connection_file(str(connection))
    client.start_channels()
    try:
        client.kernel_info(reply=True, timeout=SECONDS)
    finally:
        client.stop_channels()


def terminal() -> tuple[tuple[int, ...], int]:
    """The ends of a terminal for standard input: only there does JupyterLab ask back."""
    if sys.platform == "win32":
        return (), subprocess.DEVNULL
    ends = os.openpty()
    return ends, ends[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a first notebook, and with a name that option parsers trip over."""
    folder = tmp_path_factory.mktemp("course") / "my lessons é=1"
    folder.mkdir()
    notebook: dict[str, Any] = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / FIRST).write_text(json.dumps(notebook), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def served(folder: Path, home: dict[str, str]) -> Iterator[Served]:
    """The course, served while JupyterLab's usual port is taken."""
    with socket.socket() as listener:
        with contextlib.suppress(OSError):  # somebody else has it: as good
            listener.bind((lab.HOST, USUAL_PORT))
            listener.listen()
        served = Served(folder, home)
        yield served
        served.close()


def test_the_address_opens_the_first_notebook(served: Served) -> None:
    assert served.host == "http://127.0.0.1:"
    assert served.page == f"/lab/tree/{FIRST}"
    assert b"JupyterLab" in served.get(served.page)
    assert json.loads(served.get(f"/api/contents/{FIRST}"))["type"] == "notebook"


def test_nothing_but_the_address_is_printed(served: Served) -> None:
    address = f"The course is at {served.address}\n"

    assert served.said == f"Starting JupyterLab ...\n{address}{LAST_LINE}"


def test_the_next_free_port_is_taken(served: Served) -> None:
    assert int(served.port) > USUAL_PORT


def test_without_the_token_nothing_is_served(served: Served) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        served.get("/api/contents", token="guess")
    caught.value.close()


def test_no_news_pop_up(served: Served) -> None:
    found = served.get("/lab/api/settings/@jupyterlab/apputils-extension:notification")

    defaults = json.loads(found)["schema"]["properties"]
    assert defaults["fetchNews"]["default"] == "false"
    assert defaults["checkForUpdates"]["default"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles only")
def test_ctrl_c_ends_it_without_a_question_and_without_leftovers(
    folder: Path, home: dict[str, str], free_port: int
) -> None:
    served = Served(folder, home, "--port", str(free_port))
    try:
        ready = served.start_kernel()
        wait_until_ready(Path(home["JUPYTER_RUNTIME_DIR"], f"kernel-{ready}.json"))
        starting = served.start_kernel()
        processes = psutil.Process(served.process.pid).children(recursive=True)
        commands = "\n".join(" ".join(process.cmdline()) for process in processes)
        assert ready in commands
        assert starting in commands

        code, said = served.interrupt()

        assert served.port == str(free_port)
        assert code == 0
        assert said == "\nStopping JupyterLab and its kernels ...\nStopped.\n"
        assert psutil.wait_procs(processes, timeout=5)[1] == []
        left = [path.name for path in Path(home["JUPYTER_RUNTIME_DIR"]).glob("kernel-*.json")]
        assert left == []
    finally:
        served.close()
