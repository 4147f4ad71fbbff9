"""Runs a program of the documentation, with or without recording, and a server that it talks to.

No program is changed. They find what they need on loopback, and where one would run for ever,
Ctrl-C ends it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil
from documentation import Example

# Seconds until a program that would run for ever is ended, and until any other is.
MOMENT = 8.0
PATIENCE = 60.0
# As the command in the environment's folder does, which an editable installation may lack.
RECORD = ("-c", "from asyncdemo.cli import app; app()", "run", "-o", "run.json")
# Two runs say different times, and different addresses of objects.
VARYING = re.compile(r"\d\d:\d\d:\d\d(\.\d+)?|0x[0-9a-f]+")
# In debug mode asyncio prints the whole call stack, and the command's frames are at its top.
OF_THE_COMMAND = re.compile(r'  File "<string>", .*?\n +exec\(compile\(.*?\n', re.DOTALL)
PORT = re.compile(r"'127\.0\.0\.1',\s*([1-9]\d{3})\b")
NUMBER = re.compile(r"\d+(\.\d+)?")
FOR_EVER = re.compile(r"serve_forever|for 1 hour")


@dataclass(frozen=True)
class Ran:
    """What a program could be seen to do.

    Attributes:
        lines: What it printed, errors too.
        exit_code: How it ended.
        timeline: The file with its timeline, if it was recorded.
    """

    lines: tuple[str, ...]
    exit_code: int
    timeline: Path | None


def server_of(example: Example, examples: Iterable[Example]) -> Example | None:
    """The program of the same page that answers an example which asks on loopback."""
    page = example.name.rpartition("-")[0]
    for other in examples:
        same_port = PORT.findall(other.source) == PORT.findall(example.source) != []
        if other.name.startswith(page) and same_port and FOR_EVER.search(other.source):
            return None if FOR_EVER.search(example.source) else other
    return None


def run(example: Example, server: Example | None, folder: Path, *, recorded: bool) -> list[Ran]:
    """What an example does, and what the server that it asks does."""
    folder.mkdir()
    after = MOMENT if FOR_EVER.search(example.source) else PATIENCE
    if server is None:
        return [_Started(example, folder / "example", recorded=recorded).end(after=after)]
    answering = _Started(server, folder / "server", recorded=recorded)
    answering.wait_until_it_listens()
    asking = _Started(example, folder / "example", recorded=recorded).end(after=after)
    return [asking, answering.end(after=1.0)]


class _Started:
    """A program that is running.

    Args:
        example: The program.
        folder: Where it runs.
        recorded: Whether `asyncdemo run` runs it.
    """

    def __init__(self, example: Example, folder: Path, *, recorded: bool) -> None:
        folder.mkdir()
        (folder / "example.py").write_text(example.source, "utf-8")
        self._example = example
        self._timeline = folder / "run.json" if recorded else None
        self._output = folder / "output.txt"
        with self._output.open("w", encoding="utf-8") as output:
            self._process = subprocess.Popen(
                # The argument is for the one that asks a web server, where there is none.
                [sys.executable, *(RECORD if recorded else ()), "example.py", "http://localhost/"],
                cwd=folder,
                env=os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_it_listens(self) -> None:
        """Wait without connecting, which a server would report."""
        (port,) = map(int, PORT.findall(self._example.source))
        until, process = time.monotonic() + PATIENCE, psutil.Process(self._process.pid)
        listens = {psutil.CONN_LISTEN, psutil.CONN_NONE}  # the latter with UDP
        while not any(
            socket.status in listens and socket.laddr.port == port
            for socket in process.net_connections()
        ):
            assert time.monotonic() < until, f"{self._example.name} does not listen"
            time.sleep(0.05)

    def end(self, *, after: float) -> Ran:
        """Wait until it has ended, or end it by Ctrl-C."""
        try:
            self._process.wait(after)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(PATIENCE)
        finally:
            self._process.kill()
        text = self._output.read_text("utf-8").replace(str(self._output.parent), "")
        if self._timeline is not None:
            text = OF_THE_COMMAND.sub("", text)
        text = VARYING.sub("…", text)
        if "import random" in self._example.source:
            text = NUMBER.sub("…", text)
        return Ran(tuple(text.splitlines()), code, self._timeline)
