"""The README: its commands, its example and its picture are what they claim to be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat

from asyncdemo.course import readme

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_picture_is_the_lessons_own() -> None:
    assert f"]({readme.PICTURE})" in TEXT
    assert readme.is_current(ROOT), "run `asyncdemo refresh`, which brings it up to date"


def test_the_smallest_example_runs_as_a_script(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", TEXT, flags=re.S)
    script = tmp_path / "example.py"
    script.write_text(example, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert "1.0 s instead of 1.9 s · up to 3 in flight" in result.stdout
    assert "brew('tea', 1.0)" in result.stdout
    assert result.stderr == ""


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
