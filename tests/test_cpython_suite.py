"""The observer must not change the observed: CPython's own tests, with and without recording."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from outcomes import changed

SCRIPT = Path(__file__).parent / "cpython_suite.py"


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def results(process: subprocess.Popen[str]) -> Any:
    output, _ = process.communicate(timeout=1500)
    return json.loads(output.splitlines()[-1])


def test_recording_changes_no_result(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--cpython-suite"):
        pytest.skip("takes minutes; run with --cpython-suite")
    if importlib.util.find_spec("test.test_asyncio") is None:
        pytest.skip("this Python comes without its own tests")
    plain, recorded = start(), start("--record")
    expected, found = results(plain), results(recorded)
    assert len(expected["results"]) > 1000
    assert found["stopped"] == 0
    assert changed(expected["results"], found["results"]) == {}
