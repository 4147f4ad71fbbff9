"""The course's table of contents, and how far a learner has come in it.

All is read from the notebooks themselves: titles, minutes and prerequisites from their
prose, solved exercises from the saved output of their checks.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from asyncdemo.course.versions import word_in


@dataclass(frozen=True)
class Lesson:
    """One notebook of the course.

    Attributes:
        file: The notebook's file name.
        title: Its heading.
        minutes: How long it takes, as it says itself.
        needs: The file names of the notebooks to work through before.
        exercises: How many exercises it has.
        solved: How many of them were solved when it was last saved.
    """

    file: str
    title: str
    minutes: int
    needs: tuple[str, ...]
    exercises: int
    solved: int


@dataclass(frozen=True, repr=False)
class Contents:
    """The lessons of a folder; in a notebook it shows itself as a table.

    Attributes:
        lessons: The lessons, in their order.
        unreadable: The file names of notebooks that cannot be read.
    """

    lessons: tuple[Lesson, ...]
    unreadable: tuple[str, ...] = ()

    def __repr__(self) -> str:
        lines = [
            f"{self._number(lesson)}  {lesson.title:<32} {lesson.minutes:>3} min  {_done(lesson)}"
            for lesson in self.lessons
        ]
        lines += [f"{file} cannot be read." for file in self.unreadable]
        return "\n".join(lines) or "There are no lessons in this folder."

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._table()}

    def _table(self) -> str:
        head = "".join(
            f'<th scope="col" style="text-align:left">{name}</th>'
            for name in ("No.", "Notebook", "Minutes", "After", "Exercises solved")
        )
        rows = "".join(f"<tr>{self._cells(lesson)}</tr>" for lesson in self.lessons)
        broken = "".join(f"<p>{html.escape(file)} cannot be read.</p>" for file in self.unreadable)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{broken}"

    def _cells(self, lesson: Lesson) -> str:
        link = f'<a href="{html.escape(quote(lesson.file))}">{html.escape(lesson.title)}</a>'
        needs = ", ".join(need[:2] for need in lesson.needs) or "–"
        texts = (self._number(lesson), link, str(lesson.minutes), needs, _done(lesson))
        return "".join(f'<td style="text-align:left">{text}</td>' for text in texts)

    def _number(self, lesson: Lesson) -> str:
        return lesson.file[:2]


def contents(folder: Path | str = ".") -> Contents:
    """The lessons in a folder and how many of their exercises are solved.

    Args:
        folder: Where the notebooks are; in a lesson, its own folder.

    Example:
        >>> contents("no such folder")
        There are no lessons in this folder.
    """
    lessons: list[Lesson] = []
    unreadable: list[str] = []
    paths = Path(folder).glob("[0-9][0-9]_*.ipynb")
    for path in sorted(paths, key=lambda path: path.stem):
        if word_in(path.name).startswith("backup"):
            continue
        try:
            lesson = _lesson(path)
        except (OSError, ValueError, KeyError, TypeError):
            unreadable.append(path.name)
        else:
            lessons += [lesson] if lesson else []
    return Contents(tuple(lessons), tuple(unreadable))


def _lesson(path: Path) -> Lesson | None:
    """What a notebook says of itself; None for one that is no lesson, such as the index."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join(_source(cell) for cell in cells if cell["cell_type"] == "markdown")
    title = re.search(r"^# (.+)$", prose, flags=re.M)
    minutes = re.search(r"\*\*Time: (\d+) minutes", prose)
    if title is None or minutes is None:
        return None
    _, _, needed = prose.partition("## What you'll need")
    checks = [cell for cell in cells if re.fullmatch(r"ex\d+-check", cell.get("id", ""))]
    return Lesson(
        file=path.name,
        title=title[1] + (f" ({word})" if (word := word_in(path.name)) else ""),
        minutes=int(minutes[1]),
        needs=tuple(re.findall(r"\]\(([^)]+\.ipynb)\)", needed.partition("\n## ")[0])),
        exercises=len(checks),
        solved=sum(is_solved(cell) for cell in checks),
    )


def is_solved(check: dict[str, Any]) -> bool:
    """Whether the saved output of an exercise's check says that it is solved.

    Example:
        >>> is_solved({"outputs": [{"data": {"text/plain": "Solved: brew ran as asked."}}]})
        True
    """
    texts = ["".join(out.get("data", {}).get("text/plain", "")) for out in check["outputs"]]
    return any(text.startswith("Solved: ") for text in texts)


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _done(lesson: Lesson) -> str:
    return f"{lesson.solved} of {lesson.exercises}"
