"""The README: its commands, its example and its picture are what they claim to be."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat

from asyncdemo.course import readme

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)


def test_the_picture_is_the_lessons_own() -> None:
    assert f"]({readme.PICTURE})" in TEXT
    assert readme.is_current(ROOT), "run `asyncdemo refresh`, which brings it up to date"


def test_the_smallest_example_runs_as_a_script(tmp_path: Path) -> None:
    result = ran_as_script(EXAMPLES[0], tmp_path)
    assert "1.0 s instead of 1.9 s · up to 3 in flight" in result.stdout
    assert "brew('tea', 1.0)" in result.stdout
    assert result.stderr == ""


def test_the_same_example_can_be_written_as_a_trace(tmp_path: Path) -> None:
    assert ran_as_script(EXAMPLES[0] + EXAMPLES[1], tmp_path).stderr == ""
    trace = (tmp_path / "drinks.perfetto.json").read_text(encoding="utf-8")
    assert json.loads(trace)["traceEvents"]


def test_the_example_of_a_test_passes(tmp_path: Path) -> None:
    (tmp_path / "test_example.py").write_text(EXAMPLES[2], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in result.stdout, result.stdout


def ran_as_script(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What a program printed that ran in that folder."""
    script = folder / "example.py"
    script.write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )


def test_the_table_lists_every_notebook_with_its_minutes() -> None:
    rows = re.findall(r"^\| \[.*?\]\(notebooks/(.*?)\) \| .* \| (\d+) \|$", TEXT, flags=re.M)
    expected = []
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))[1:]:
        notebook = nbformat.read(path, as_version=4)
        prose = "\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")
        minutes = re.search(r"\*\*Time: (\d+) minutes", prose)
        assert minutes, path.name
        expected.append((path.name, minutes[1]))
    assert rows == expected


def test_ci_calls_the_readmes_own_test_command() -> None:
    (command,) = re.findall(r"^python3 .*pytest$", TEXT, flags=re.M)
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
