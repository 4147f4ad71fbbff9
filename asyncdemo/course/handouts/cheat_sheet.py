"""A lesson on one page: what it taught, its key picture, its words, its fine print."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from asyncdemo.course.handouts.lesson import Beat, Cell, Lesson
from asyncdemo.course.handouts.prose import Inline, Prose, plain

SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
# Bold for another reason than to introduce a word.
NO_TERM = re.compile(r".*[:.?!]$|\w+(error|exception|warning)$")


@dataclass(frozen=True)
class CheatSheet:
    """What stands on the page.

    Attributes:
        lead: The sentence below the lesson's title.
        can: What one can do after it.
        practice: The fine print.
        words: The sentences that introduce a word.
        cell: The cell with the key picture, or None if the lesson has no picture.
    """

    lead: tuple[Inline, ...]
    can: tuple[tuple[Inline, ...], ...]
    practice: tuple[tuple[Inline, ...], ...]
    words: tuple[tuple[Inline, ...], ...]
    cell: Cell | None


def cheat_sheet(lesson: Lesson) -> CheatSheet:
    """The lesson on one page.

    Example:
        >>> cheat_sheet(lesson).cell.id  # doctest: +SKIP
        'run-gather'
    """
    paragraphs = [p for p in lesson.parts if isinstance(p, Prose) and p.kind == "paragraph"]
    return CheatSheet(
        lead=paragraphs[0].line if paragraphs else (),
        can=tuple(_points(lesson, "Summary")),
        practice=tuple(_points(lesson, "In practice")),
        words=tuple(_words(paragraphs)),
        cell=_key_cell(lesson),
    )


def _key_cell(lesson: Lesson) -> Cell | None:
    shown = [
        cell
        for part in lesson.parts
        if isinstance(part, Beat)
        for cell in part.cells
        if cell.sheets and not cell.is_solution
    ]
    chosen = [cell for cell in shown if cell.id == lesson.teaching.key_picture]
    return next(iter([*chosen, *reversed(shown)]), None)


def _points(lesson: Lesson, heading: str) -> Iterator[tuple[Inline, ...]]:
    """The list items of a section."""
    inside = False
    for part in lesson.parts:
        if isinstance(part, Prose) and part.kind == "heading":
            inside = plain(part.line) == heading
        elif inside and isinstance(part, Prose) and part.kind in ("bullets", "numbers"):
            yield from (item[0].line for item in part.items if item)


def _words(paragraphs: Sequence[Prose]) -> Iterator[tuple[Inline, ...]]:
    seen: set[str] = set()
    for paragraph in paragraphs:
        for sentence in _sentences(paragraph.line):
            terms = {plain(p.parts).casefold() for p in sentence if p.kind == "strong"}
            new = {term for term in terms if not NO_TERM.fullmatch(term)} - seen
            seen |= new
            if new:
                yield sentence


def _sentences(line: Sequence[Inline]) -> Iterator[tuple[Inline, ...]]:
    sentence: list[Inline] = []
    for part in line:
        if part.kind != "text":
            sentence.append(part)
            continue
        first, *others = SENTENCE_END.split(part.text)
        sentence.append(Inline("text", first))
        for text in others:
            yield tuple(sentence)
            sentence = [Inline("text", text)] if text else []
    if sentence:
        yield tuple(sentence)
