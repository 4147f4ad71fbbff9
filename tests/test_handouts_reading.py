"""Reading a notebook for print: prose, beats, exercises, outputs, and what is wrong with it."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from asyncdemo.course.errors import CourseError
from asyncdemo.course.handouts.cheat_sheet import cheat_sheet
from asyncdemo.course.handouts.folding import folded
from asyncdemo.course.handouts.lesson import Beat, Exercise, Lesson
from asyncdemo.course.handouts.outputs import outputs_of
from asyncdemo.course.handouts.prose import Prose, parse, plain, slug
from asyncdemo.course.handouts.reading import lesson_from
from asyncdemo.course.handouts.teaching import teaching_for
from asyncdemo.course.notebook_files import read


def code(id: str, source: str, *outputs: Any, count: int | None = 1, **metadata: Any) -> Any:
    return new_code_cell(
        source, id=id, outputs=[*outputs], execution_count=count, metadata=metadata
    )


def prose(id: str, source: str) -> Any:
    return new_markdown_cell(source, id=id)


def printed(text: str) -> Any:
    return new_output("stream", name="stdout", text=text)


def lesson(folder: Path, *cells: Any) -> Lesson:
    path = folder / "07_tea.ipynb"
    nbformat.write(new_notebook(cells=[prose("title", "# Tea\n\nIt waits."), *cells]), path)
    return lesson_from(read(path))


def refusal(folder: Path, *cells: Any) -> str:
    with pytest.raises(CourseError) as caught:
        lesson(folder, *cells)
    assert "\n" not in str(caught.value)
    return str(caught.value).replace(str(folder), "FOLDER")


def test_a_prediction_and_the_cells_after_it_are_a_beat(tmp_path: Path) -> None:
    found = lesson(
        tmp_path,
        prose("ask", "Look.\n\n**Predict:** how long?"),
        code("define", "x = 1"),
        code("run", "print(x)", printed("1\n")),
        prose("read", "One."),
        code("more", "x"),
    )

    kinds = [part.kind if isinstance(part, Prose) else type(part).__name__ for part in found.parts]
    assert kinds == ["paragraph", "paragraph", "Beat", "paragraph", "Beat"]
    asked, other = (part for part in found.parts if isinstance(part, Beat))
    assert plain(asked.prediction) == "How long?"
    assert [cell.id for cell in asked.cells] == ["define", "run"]
    assert (asked.answers, other.answers) == (True, False)


def test_a_prediction_in_the_middle_of_a_paragraph_is_found(tmp_path: Path) -> None:
    found = lesson(tmp_path, prose("ask", "Look. **Predict:** `x` or y?"), code("run", "x"))

    before, beat = found.parts[-2:]
    assert isinstance(before, Prose) and plain(before.line).strip() == "Look."
    assert isinstance(beat, Beat) and plain(beat.prediction) == "x or y?"


def test_the_cells_of_an_exercise_come_together(tmp_path: Path) -> None:
    found = lesson(
        tmp_path,
        prose("ex1-task", "So much.\n\n## Exercises\n\n### 1. Brew\n\nComplete it."),
        code("ex1-stub", "..."),
        code("ex1-check", "check()"),
        code("ex1-solution", "x", tags=["solution"]),
    )

    *before, exercise = found.parts
    assert [plain(part.line) for part in before if isinstance(part, Prose)] == [
        "It waits.",
        "So much.",
        "Exercises",
    ]
    assert isinstance(exercise, Exercise)
    assert plain(exercise.task[0].line) == "1. Brew"
    assert exercise.solution.is_solution


def test_a_solution_outside_an_exercise_is_one_too(tmp_path: Path) -> None:
    found = lesson(tmp_path, code("answer", "x = 42", tags=["solution"]))

    assert [cell.is_solution for cell in found.cells] == [True]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        (code("tea", "x", count=None), "cell tea was never run"),
        (
            code("tea", "x", new_output("error", ename="NameError", evalue="x", traceback=[])),
            "cell tea failed with NameError: x",
        ),
        (
            code(
                "tea",
                "t",
                new_output(
                    "execute_result", {"text/plain": "a │██│\n█ running"}, execution_count=1
                ),
            ),
            "cell tea shows a timeline without its picture",
        ),
        (prose("tea", "<b>bold</b>"), "cell tea: handouts cannot print a markdown piece of HTML"),
        (prose("tea", "<div>x</div>"), "cell tea: handouts cannot print a markdown block of HTML"),
        (prose("tea", "![a](b.png)"), "cell tea: handouts cannot print a markdown image"),
    ],
)
def test_what_cannot_be_printed_is_named_with_its_cell(
    tmp_path: Path, cell: Any, says: str
) -> None:
    assert refusal(tmp_path, cell).startswith(f"FOLDER/07_tea.ipynb: {says}")


def test_a_notebook_without_a_title_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    nbformat.write(new_notebook(cells=[prose("a", "Tea.")]), path)

    with pytest.raises(CourseError, match="there is no title"):
        lesson_from(read(path))


def test_outputs_say_what_was_printed_then_what_was_warned_of() -> None:
    warned = new_output("stream", name="stderr", text="/tmp/ipykernel_9/123.py:1: Beware\n")
    result = new_output("execute_result", {"text/plain": "42"}, execution_count=1)

    found = outputs_of(code("a", "x", warned, printed("1"), printed("2\n"), result))

    assert found.text == "12\nCELL:1: Beware\n42"
    assert found.lines == 3


def test_outputs_of_a_check_say_what_it_looked_for() -> None:
    text = "Solved: tea ran as asked.\n  ✓ brew ran once\n  ✓ it returned 42\n\n0.3 s"
    solved = new_output("execute_result", {"text/plain": text}, execution_count=1)

    found = outputs_of(code("a", "x", solved))

    assert found.requirements == ("✓ brew ran once", "✓ it returned 42")
    assert found.text == ""


def test_markdown_of_every_kind_is_read() -> None:
    text = "> quote\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| c | `d` |\n\n```python\nx\n```\n"

    kinds = [block.kind for block in parse(text)]

    assert kinds == ["quote", "numbers", "table", "program"]
    assert plain(parse(text)[2].rows[1][1]) == "d"
    assert parse("<!-- a note to editors -->\n\nTea.")[0].kind == "paragraph"


def test_anchors_are_plain() -> None:
    assert slug("What you'll do") == "what-youll-do"
    assert slug("!") == "section"


@pytest.mark.parametrize("text", ["short", "x" * 30, "a b" * 12, "    indented " * 3, ""])
def test_folded_lines_fit_and_lose_nothing(text: str) -> None:
    lines = folded(text, columns=12).split("\n")

    assert all(len(line) <= 12 for line in lines)
    joined = "".join(line.removeprefix("↪ ") if n else line for n, line in enumerate(lines))
    assert joined.replace(" ", "") == text.replace(" ", "")


def test_a_cheat_sheet_takes_the_words_that_are_introduced(tmp_path: Path) -> None:
    found = lesson(
        tmp_path,
        prose("a", "Boring. A **task** is one. It fails with a **NameError**. **First fault:** x."),
        prose("b", "Again a **task**. **Time: 9 minutes.**"),
        prose("c", "## Summary\n\n- brew\n\n## In practice\n\n- drink"),
    )
    sheet = cheat_sheet(found)

    assert [plain(word) for word in sheet.words] == ["A task is one."]
    assert [plain(point) for point in sheet.can] == ["brew"]
    assert [plain(point) for point in sheet.practice] == ["drink"]
    assert sheet.cell is None
    assert found.minutes == 9


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("minutes = 3", "minutes must be a table of whole numbers"),
        ("[minutes]\nTea = 'long'", "minutes must be a table of whole numbers"),
        ("[misconceptions]\ntea = 1", "misconceptions must be a table of texts"),
        ("[minuets]", "minuets is nothing that a handout prints"),
        ("[", "cannot be read"),
    ],
)
def test_a_damaged_teaching_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "teaching").mkdir()
    (tmp_path / "teaching" / "07_tea.toml").write_text(text, encoding="utf-8")

    with pytest.raises(CourseError, match=rf"07_tea\.toml:? .*{says}"):
        teaching_for(tmp_path / "07_tea.ipynb")
