"""Reads a notebook into a lesson: finds its beats and its exercises, and what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from asyncdemo.course.errors import CourseError
from asyncdemo.course.handouts.lesson import Beat, Cell, Exercise, Lesson
from asyncdemo.course.handouts.outputs import outputs_of
from asyncdemo.course.handouts.pictures import sheet_for
from asyncdemo.course.handouts.prose import Inline, Prose, parse, plain
from asyncdemo.course.handouts.teaching import Teaching, teaching_for
from asyncdemo.course.notebook_files import NotebookFile

PREDICT = "Predict:"
EXERCISE = re.compile(r"(ex\d+)-(task|stub|check|solution)")


def lesson_from(file: NotebookFile) -> Lesson:
    """Reads an executed notebook and draws its pictures for print.

    Raises:
        CourseError: A cell was never run, failed without a tag that says so, has lost its
            picture, or holds something that cannot be printed; its text names the cell.

    Example:
        >>> lesson_from(read(Path("01_await_a_coroutine.ipynb"))).minutes  # doctest: +SKIP
        25
    """
    reader = _Reader(file.path, teaching_for(file.path))
    exercises = _exercises(file)
    for cell in file.notebook.cells:
        stem = EXERCISE.fullmatch(cell.get("id", ""))
        if stem and stem[1] in exercises:
            if stem[2] == "task":
                reader.task(cell, exercises[stem[1]])
        elif cell.cell_type == "markdown":
            reader.prose(parse(cell.source, _place(file.path, cell)), cell.get("id", ""))
        elif cell.cell_type == "code" and cell.source.strip():
            reader.run(_cell(file.path, cell))
    reader.end_beat()
    title = next((p for p in reader.parts if isinstance(p, Prose) and p.level == 1), None)
    if title is None:
        raise CourseError(f"{file.path}: there is no title, such as # Await a coroutine")
    reader.parts.remove(title)
    prose = "\n".join(c.source for c in file.notebook.cells if c.cell_type == "markdown")
    minutes = re.search(r"\*\*Time: (\d+) minutes", prose)
    return Lesson(
        stem=file.path.stem,
        title=title.line,
        minutes=int(minutes[1]) if minutes else 0,
        parts=tuple(reader.parts),
        teaching=reader.teaching,
    )


class _Reader:
    """Puts cells together to beats as they come."""

    def __init__(self, path: Path, teaching: Teaching) -> None:
        self.path = path
        self.teaching = teaching
        self.parts: list[Prose | Beat | Exercise] = []
        self._beat: Beat | None = None
        self._asked = False

    def prose(self, blocks: tuple[Prose, ...], id: str) -> None:
        for block in blocks:
            self.end_beat()
            before, asked = _split(block)
            if before:
                self.parts.append(before)
            if asked:
                misconception = self.teaching.misconceptions.get(id, "")
                self._beat = Beat(prediction=asked, misconception=misconception)
                self._asked = True

    def run(self, cell: Cell) -> None:
        beat = self._beat or Beat()
        answers = self._asked or beat.answers
        self._beat = Beat((*beat.cells, cell), beat.prediction, beat.misconception, answers=answers)

    def task(self, cell: Any, others: dict[str, Cell]) -> None:
        blocks = parse(cell.source, _place(self.path, cell))
        start = next((n for n, b in enumerate(blocks) if b.level == 3), 0)
        self.prose(blocks[:start], cell.id)
        self.end_beat()
        self.parts.append(
            Exercise(blocks[start:], others["stub"], others["check"], others["solution"])
        )

    def end_beat(self) -> None:
        if self._beat is not None:
            self.parts.append(self._beat)
            if self._beat.cells:
                self._asked = False
        self._beat = None


def _split(block: Prose) -> tuple[Prose | None, tuple[Inline, ...]]:
    """A paragraph up to its prediction, and the prediction."""
    if block.kind == "paragraph":
        for n, part in enumerate(block.line):
            if part.kind == "strong" and plain(part.parts) == PREDICT:
                before = block.line[:n]
                asked = _begun(block.line[n + 1 :])
                return (Prose("paragraph", before) if plain(before).strip() else None), asked
    return block, ()


def _begun(line: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """A question that stood after a colon, as one that begins a line."""
    if not line or line[0].kind != "text":
        return line
    text = line[0].text.lstrip()
    return (Inline("text", text[:1].upper() + text[1:]), *line[1:]) if text else line[1:]


def _exercises(file: NotebookFile) -> dict[str, dict[str, Cell]]:
    """The cells of every complete exercise, by the stem of their ids."""
    found: dict[str, dict[str, Cell]] = {}
    kinds: dict[str, set[str]] = {}
    for cell in file.notebook.cells:
        if match := EXERCISE.fullmatch(cell.get("id", "")):
            kinds.setdefault(match[1], set()).add(match[2])
    for cell in file.code_cells:
        match = EXERCISE.fullmatch(cell.get("id", ""))
        if match and len(kinds[match[1]]) == 4:
            found.setdefault(match[1], {})[match[2]] = _cell(file.path, cell)
    return found


def _cell(path: Path, cell: Any) -> Cell:
    """A code cell, if it was run as it should."""
    place, tags = _place(path, cell), cell.metadata.get("tags", [])
    if cell.execution_count is None:
        raise CourseError(f"{place} was never run; run asyncdemo refresh first")
    outputs = outputs_of(cell)
    if outputs.failure and "raises-exception" not in tags:
        raise CourseError(f"{place} failed with {outputs.failure}; mend it first")
    if _lost_its_picture(cell):
        raise CourseError(f"{place} shows a timeline without its picture; run asyncdemo refresh")
    return Cell(
        id=cell.get("id", ""),
        number=cell.execution_count,
        source=cell.source.rstrip(),
        outputs=outputs,
        sheets=tuple(sheet_for(picture) for picture in outputs.pictures),
        is_solution="solution" in tags,
    )


def _lost_its_picture(cell: Any) -> bool:
    bundles = [output.get("data", {}) for output in cell.outputs]
    return any(
        "\n█ running" in b.get("text/plain", "") and "<img" not in b.get("text/html", "")
        for b in bundles
    )


def _place(path: Path, cell: Any) -> str:
    return f"{path}: cell {cell.get('id', '?')}"
