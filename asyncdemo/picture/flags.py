"""The flags over a picture: which line blocked the loop, and where recording stopped.

A flag's pole is the left edge of what it marks. Its text stands to the right of the pole, in
the lowest lane in which it hides no other flag's text and crosses no other flag's pole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asyncdemo.picture.bands import Band
from asyncdemo.picture.fonts import Font
from asyncdemo.picture.layout import Columns
from asyncdemo.picture.style import BLOCKED, CUT_INK

MOST_LANES = 3
GAP = 0.05
CUT_TEXT = "recording stopped"


@dataclass(frozen=True)
class Flag:
    """A text over the moment `at`, in inches right of the start of the axis.

    Attributes:
        at: Seconds at which the pole stands.
        pole: The same place in inches.
        left: Where the text begins.
        right: Where the text ends.
        lane: How far up the text is; 0 is next to the rows.
        text: Empty where there was no room for any.
        ink: The colour of the text and the pole.
    """

    at: float
    pole: float
    left: float
    right: float
    lane: int
    text: str
    ink: str


@dataclass(frozen=True)
class _Mark:
    at: float
    texts: tuple[str, ...]
    ink: str


def flags_for(bands: Sequence[Band], cut: float | None, columns: Columns, font: Font) -> list[Flag]:
    """The flags of the bands and of the cut, if there is one, from left to right."""
    marks = [_Mark(band.start, band.texts, BLOCKED.edge) for band in bands]
    if cut is not None:
        marks.append(_Mark(cut, (CUT_TEXT,), CUT_INK))
    marks.sort(key=lambda mark: mark.at)
    flags: list[Flag] = []
    limit = -columns.label
    edges = [limit, *(columns.inches(mark.at) + GAP for mark in marks)]
    # From the right: a flag's pole ends at its own lane, so those left of it may go higher.
    for mark, leftmost in zip(reversed(marks), reversed(edges[:-1]), strict=True):
        written = [flag for flag in flags if flag.text]
        flags.append(_place(mark, written, leftmost, columns, font))
    return flags[::-1]


def lanes(flags: Sequence[Flag]) -> int:
    """How many lanes of text these flags take."""
    return max((flag.lane + 1 for flag in flags if flag.text), default=0)


def _place(
    mark: _Mark, placed: Sequence[Flag], leftmost: float, columns: Columns, font: Font
) -> Flag:
    pole = columns.inches(mark.at)
    start, rightmost = pole + GAP, columns.axis + columns.right
    texts = [font.drawable(text) for text in mark.texts]
    # The last and shortest text may also reach back over its own pole, at the right edge.
    wishes = [(text, start) for text in texts]
    wishes.append((texts[-1], min(start, rightmost - font.width(texts[-1]))))
    for lane in range(MOST_LANES):
        for text, left in wishes:
            flag = Flag(mark.at, pole, left, left + font.width(text), lane, text, mark.ink)
            if leftmost <= left and flag.right <= rightmost + GAP / 2 and _free(flag, placed):
                return flag
    stops = [other.left for other in placed if other.lane == 0]
    stops += [other.pole for other in placed]
    room = min([rightmost, *(stop - 2 * GAP for stop in stops if stop > pole)]) - start
    text = font.fit(texts[-1], room)
    flag = Flag(mark.at, pole, start, start + font.width(text), 0, text, mark.ink)
    return flag if _free(flag, placed) else replace(flag, text="")


def _free(flag: Flag, placed: Sequence[Flag]) -> bool:
    for other in placed:
        overlap = flag.left < other.right + 2 * GAP and other.left < flag.right + 2 * GAP
        if other.lane == flag.lane and overlap:
            return False
        if other.lane < flag.lane and other.left - GAP < flag.pole < other.right + GAP:
            return False
        if other.lane > flag.lane and flag.left - GAP < other.pole < flag.right + GAP:
            return False
    return True
