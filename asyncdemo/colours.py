"""The text form in colour, for terminals. Colour says nothing that the signs do not say too."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from asyncdemo.bars import BAR, HEIGHTS
from asyncdemo.text import HEIGHTS_KEY, KEY, to_text
from asyncdemo.timeline import Outcome, State, Timeline
from asyncdemo.wording import SIGNS

if TYPE_CHECKING:
    from rich.text import Text

    from asyncdemo.comparison import Comparison

# The terminal's own colours: its owner can read them on its background, light or dark.
STATES: dict[State, str] = {
    "running": "bright_blue",
    "waiting": "cyan",
    "ready": "yellow",
    "not started": "dim",
}
OUTCOMES: dict[Outcome, str] = {
    "returned": "green",
    "raised": "red",
    "cancelled": "yellow",
    "closed": "dim",
    "unfinished": "dim",
}
HEIGHT, BLOCKED, QUIET, TITLE = "bright_blue", "red", "dim", "bold"

_CHARS = {char: STATES[state] for state, char in BAR.items()}
_DURATION = r"\d[\d.]* (?:µs|ms|s|min(?: \d+ s)?)"
# Tree guides are drawn with the edge of a bar too, but no duration follows those.
_ROW = re.compile(
    rf"(?P<label>.*) │(?P<bar>[ {''.join(BAR.values())}{HEIGHTS}]+)│ +{_DURATION}(?P<rest>  .*)?"
)
_GROUP = re.compile(r" × [\d,]+ *$")
_GUIDE = re.compile(r"[ │├└─…]+")
_ENDED = {
    outcome: re.compile(rf"{sign} (?:[\d,]+ )?(?:{outcome}|end of block)\b")
    for outcome, sign in SIGNS.items()
}
_SCALE = re.compile(rf" +0 s +{_DURATION}")
_CUT = re.compile(r"(?:loop blocked|recording cut) .*?(?= · |$)")


def in_colour(shown: Timeline | Comparison, *, width: int = 100) -> Text:
    """The text form with colours for states and outcomes; the characters are the same.

    Args:
        shown: A timeline, or a comparison of several.
        width: Columns to fill, 60 at least.

    Example:
        >>> rich.console.Console().print(in_colour(timeline))  # doctest: +SKIP
    """
    from rich.text import Text

    text = Text()
    at_title = True
    for n, line in enumerate(to_text(shown, width=width).split("\n")):
        text.append("\n" if n else "")
        coloured = Text(line)
        row = _ROW.fullmatch(line)
        if row:
            _colour_row(coloured, row)
        elif line in {KEY, HEIGHTS_KEY}:
            _colour_bar(coloured, 0, line, heights=line == HEIGHTS_KEY)
        elif _SCALE.fullmatch(line):
            coloured.stylize(QUIET)
        elif line.startswith("blocked "):
            coloured.stylize(BLOCKED, 0, len("blocked"))
        elif at_title:
            coloured.stylize(TITLE)
            for found in _CUT.finditer(line):
                coloured.stylize(BLOCKED, *found.span())
        # A comparison's timelines have an empty line between them.
        at_title = not line or (at_title and not row)
        text.append_text(coloured)
    return text


def _colour_row(line: Text, row: re.Match[str]) -> None:
    guide = _GUIDE.match(row["label"])
    if guide:
        line.stylize(QUIET, *guide.span())
    heights = _GROUP.search(row["label"]) is not None
    line.stylize(QUIET, row.start("bar") - 1, row.start("bar"))
    line.stylize(QUIET, row.end("bar"), row.end("bar") + 1)
    _colour_bar(line, row.start("bar"), row["bar"], heights=heights)
    end = row.end("bar")
    for outcome, ended in _ENDED.items():
        # A row has one ending; that of a function's row counts each.
        found = ended.search(line.plain, end)
        if found:
            line.stylize(OUTCOMES[outcome], *found.span())


def _colour_bar(line: Text, start: int, bar: str, *, heights: bool) -> None:
    for char, same in groupby(bar):
        end = start + len([*same])
        if heights and char in HEIGHTS:
            line.stylize(HEIGHT, start, end)
        elif char in _CHARS:
            line.stylize(_CHARS[char], start, end)
        start = end
