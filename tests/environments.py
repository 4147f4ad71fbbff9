"""uv, for the tests that need an environment of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
OFFLINE = (
    *("dns error", "error sending request", "operation timed out", "network was disabled"),
    # These are pip's.
    *("No matching distribution", "Temporary failure in name resolution"),
)


def uv_command() -> list[str] | None:
    """How uv is called here: `uv run` says, or it is on the path or a module of some Python."""
    said, found = os.environ.get("UV"), shutil.which("uv")
    commands = [[path] for path in (said, found) if path]
    for command in [*commands, [sys.executable, "-m", "uv"], ["python3", "-m", "uv"]]:
        try:
            run = subprocess.run([*command, "--version"], check=False, capture_output=True)
        except OSError:
            continue
        if run.returncode == 0:
            return command
    return None


def run(command: list[str], *words: str | Path) -> None:
    """Runs uv, or pip; skips the test if what it needs is in no cache and the network is away."""
    done = subprocess.run(
        [*command, "--quiet", *map(str, words)],
        cwd=PROJECT,
        check=False,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode and any(sign in done.stderr for sign in OFFLINE):
        pytest.skip(f"no network: {words[0]} needs packages that are not in its cache")
    assert done.returncode == 0, done.stderr
