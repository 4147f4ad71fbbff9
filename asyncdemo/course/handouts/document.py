"""What one handout holds, as plain data for the layout."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from asyncdemo.course.handouts.cheat_sheet import cheat_sheet
from asyncdemo.course.handouts.folding import folded
from asyncdemo.course.handouts.kinds import Edition
from asyncdemo.course.handouts.lesson import Beat, Cell, Exercise, Lesson
from asyncdemo.course.handouts.outputs import met
from asyncdemo.course.handouts.prose import Inline, Prose, parse, plain

COURSE = "asyncdemo"
SUBTITLE = "Learn asyncio from pictures of how your code really ran"
AUTHOR = "The asyncdemo authors"
LICENCE = "CC BY 4.0"
IMPRINT = (
    "The text and the pictures may be shared and changed under the licence CC BY 4.0, "
    "the code under BSD-3-Clause."
)
# The sections that every lesson has.
ROUTINE = {
    "What you'll do",
    "What you'll learn",
    "What you'll need",
    "Summary",
    "In practice",
    "Further reading",
}
# With it begins what a learner keeps: one page, without an exercise's solution above it.
CLOSING = "Summary"

type Keep = Callable[[bytes, str], str]


@dataclass(frozen=True)
class Document:
    """One handout.

    Attributes:
        edition: Whom it is for.
        lessons: The lessons.
        whole: Whether it is the course, with a cover and contents.
    """

    edition: Edition
    lessons: tuple[Lesson, ...]
    whole: bool = False

    @property
    def name(self) -> str:
        """What its files are called."""
        return "course" if self.whole else self.lessons[0].stem

    @property
    def title(self) -> str:
        """Its title, for the window's frame and the reader's shelf."""
        title = f"{COURSE}: {SUBTITLE}" if self.whole else plain(self.lessons[0].title)
        return f"{title} ({self.edition.printed_name.lower()})"

    def printed(self, keep: Keep) -> dict[str, Any]:
        """All that the layout asks for.

        Args:
            keep: Puts a picture where the layout finds it, and says under which name.
        """
        known = {lesson.stem for lesson in self.lessons}
        printed = _sheet if self.edition is Edition.CHEAT_SHEET else _lesson
        return {
            "edition": self.edition.value,
            "edition_name": self.edition.printed_name,
            "whole": self.whole,
            "title": self.title,
            "course": COURSE,
            "subtitle": SUBTITLE,
            "author": AUTHOR,
            "licence": LICENCE,
            "imprint": IMPRINT,
            "lessons": [printed(lesson, known, keep) for lesson in self.lessons],
        }


def number_of(lesson: Lesson) -> str:
    """The lesson's number in the course, from its file name.

    Example:
        >>> number_of(lesson)  # doctest: +SKIP
        '3'
    """
    digits = re.match(r"0*(\d+)", lesson.stem)
    return digits[1] if digits else ""


def language_of(source: str) -> str:
    r"""What a cell's code is written in, by which it is coloured.

    Example:
        >>> language_of("%%bash\nls")
        'bash'
    """
    first = source.partition("\n")[0]
    return "bash" if re.match(r"%%(bash|sh)\b", first) else "python"


def _lesson(lesson: Lesson, known: set[str], keep: Keep) -> dict[str, Any]:
    minutes = lesson.teaching.minutes
    return {
        "stem": lesson.stem,
        "number": number_of(lesson),
        "title": _line(lesson.title, known),
        "minutes": lesson.minutes,
        "plan": [{"title": t, "minutes": m} for t, m in minutes.items() if m],
        "parts": [_part(part, minutes, known, keep) for part in lesson.parts],
    }


def _sheet(lesson: Lesson, known: set[str], keep: Keep) -> dict[str, Any]:
    sheet = cheat_sheet(lesson)
    return {
        "stem": lesson.stem,
        "number": number_of(lesson),
        "title": _line(lesson.title, known),
        "lead": _line(sheet.lead, known),
        "can": [_line(point, known) for point in sheet.can],
        "practice": [_line(point, known) for point in sheet.practice],
        "words": [_line(sentence, known) for sentence in sheet.words],
        "cell": _cell(sheet.cell, keep) if sheet.cell else None,
    }


def _part(
    part: Prose | Beat | Exercise, minutes: Any, known: set[str], keep: Keep
) -> dict[str, Any]:
    match part:
        case Prose():
            block = _prose(part, known)
            if part.kind == "heading":
                block["minutes"] = minutes.get(plain(part.line), 0)
                block["routine"] = plain(part.line) in ROUTINE
                block["closes"] = plain(part.line) == CLOSING
            return block
        case Beat():
            (remark,) = parse(part.misconception) or (Prose("paragraph"),)
            return {
                "kind": "beat",
                "prediction": _line(part.prediction, known),
                "misconception": _line(remark.line, known) or "",
                "answers": part.answers,
                "cells": [_cell(cell, keep) for cell in part.cells],
            }
        case Exercise():
            return {
                "kind": "exercise",
                "task": [_prose(block, known) for block in part.task],
                **{
                    name: _cell(getattr(part, name), keep) for name in ("stub", "check", "solution")
                },
            }


def _cell(cell: Cell, keep: Keep) -> dict[str, Any]:
    return {
        "number": cell.number,
        "source": folded(cell.source),
        "language": language_of(cell.source),
        "is_solution": cell.is_solution,
        "outputs": {"text": folded(cell.outputs.text), "failure": folded(cell.outputs.failure)},
        "lines": cell.outputs.lines,
        "looks_for": met(cell.outputs.requirements),
        "sheets": [
            {
                "real": keep(sheet.real, "svg" if sheet.real.startswith(b"<") else "png"),
                "blank": keep(sheet.blank, "svg"),
                "alt": sheet.alt,
                "blank_alt": sheet.blank_alt,
            }
            for sheet in cell.sheets
        ],
    }


def _prose(block: Prose, known: set[str]) -> dict[str, Any]:
    return {
        **asdict(block),
        "line": _line(block.line, known),
        "items": [[_prose(inner, known) for inner in item] for item in block.items],
        "rows": [[_line(cell, known) for cell in row] for row in block.rows],
    }


def _line(line: Sequence[Inline], known: set[str]) -> list[dict[str, Any]]:
    return [*_spans(line, known)]


def _spans(line: Sequence[Inline], known: set[str]) -> Iterator[dict[str, Any]]:
    for part in line:
        other = re.fullmatch(r"(?:\./)?([\w-]+)\.ipynb(?:#.*)?", part.url)
        url = f"#lesson-{other[1]}" if other and other[1] in known else part.url
        yield {
            "kind": part.kind,
            "text": part.text,
            "url": url,
            "parts": [*_spans(part.parts, known)],
        }
