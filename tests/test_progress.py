"""The table of contents: read from the notebooks, with what a learner has solved."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from asyncdemo.course.progress import Lesson, contents

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in NOTEBOOKS.glob("0[0-3]_*.ipynb"):
        shutil.copy(path, tmp_path)
    return tmp_path


def solve(path: Path, exercise: str) -> None:
    """Save a check's output as JupyterLab does after a solved exercise."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    (check,) = (cell for cell in notebook["cells"] if cell["id"] == f"{exercise}-check")
    data = {"text/plain": ["Solved: answer ran as asked.\n", "  ✓ brew ran once"]}
    check["outputs"] = [{"output_type": "execute_result", "data": data}]
    path.write_text(json.dumps(notebook), encoding="utf-8")


def test_it_lists_the_lessons_and_not_the_index(folder: Path) -> None:
    lessons = contents(folder).lessons
    assert [lesson.file[:2] for lesson in lessons] == ["01", "02", "03"]
    assert lessons[1] == Lesson(
        file="02_follow_the_await.ipynb",
        title="Follow the await",
        minutes=25,
        needs=("01_await_a_coroutine.ipynb",),
        exercises=2,
        solved=0,
    )


def test_it_counts_what_is_solved(folder: Path) -> None:
    solve(folder / "02_follow_the_await.ipynb", "ex2")
    assert [lesson.solved for lesson in contents(folder).lessons] == [0, 1, 0]
    assert "02  Follow the await                  25 min  1 of 2" in repr(contents(folder))


def test_a_broken_notebook_is_named_and_the_others_listed(folder: Path) -> None:
    (folder / "02_follow_the_await.ipynb").write_text("{", encoding="utf-8")
    found = contents(folder)
    assert [lesson.file[:2] for lesson in found.lessons] == ["01", "03"]
    assert found.unreadable == ("02_follow_the_await.ipynb",)
    assert repr(found).endswith("02_follow_the_await.ipynb cannot be read.")
    assert (
        "<p>02_follow_the_await.ipynb cannot be read.</p>" in found._repr_mimebundle_()["text/html"]
    )


def test_the_table_links_each_lesson(folder: Path) -> None:
    table = contents(folder)._repr_mimebundle_()["text/html"]
    assert re.findall(r'<a href="([^"]+)">([^<]+)</a>', table)[0] == (
        "01_await_a_coroutine.ipynb",
        "Await a coroutine",
    )
    assert table.count('<th scope="col"') == 5


def test_a_folder_without_lessons_says_so(tmp_path: Path) -> None:
    assert repr(contents(tmp_path)) == "There are no lessons in this folder."
