"""A running `asyncdemo lab`, for tests that ask it for pages, and an environment for it."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path

COMMAND = [sys.executable, "-c", "from asyncdemo.cli import app; app()", "lab"]
LAST_LINE = "Press Ctrl-C in this terminal to stop it.\n"
SECONDS = 60.0


def home_in(folder: Path) -> dict[str, str]:
    """An environment with a home of its own: no setting of the tester's JupyterLab counts."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("JUPYTER", "IPYTHON"))}
    own = ("HOME", "USERPROFILE", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    return kept | dict.fromkeys(own, str(folder))


class Served:
    """A running `asyncdemo lab`, and the requests a browser would make of it."""

    def __init__(
        self,
        *words: str | Path,
        home: dict[str, str],
        command: Sequence[str] = COMMAND,
        cwd: Path | None = None,
        until: str = LAST_LINE,
    ) -> None:
        self.terminal, stdin = terminal()
        self.process = subprocess.Popen(
            [*command, "--no-browser", *map(str, words)],
            cwd=cwd,
            env=home,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        assert self.process.stdout is not None
        self.said = ""
        while not self.said.endswith(until) and (line := self.process.stdout.readline()):
            self.said += line
        if until != LAST_LINE:
            return
        found = re.search(r"The course is at ((http://\S+:)(\d+)(/\S+)\?token=(\S+))\n", self.said)
        if not found:
            self.close()
            raise AssertionError(self.said)
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


def terminal() -> tuple[tuple[int, ...], int]:
    """The ends of a terminal for standard input: only there does JupyterLab ask back."""
    if sys.platform == "win32":
        return (), subprocess.DEVNULL
    ends = os.openpty()
    return ends, ends[1]
