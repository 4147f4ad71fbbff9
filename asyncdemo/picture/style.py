"""What states and outcomes look like, and the rules under which every picture is drawn.

The colours are told apart by colour-blind readers, and by their lightness alone in greyscale:
running is darkest, ready in the middle and hatched, waiting lightest, not started only dotted.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.colors import to_rgb

from asyncdemo.timeline import Outcome, Span, Stretch


@dataclass(frozen=True)
class Look:
    """How a stretch of a bar is drawn, and what the key calls it."""

    name: str
    face: str
    edge: str
    line: float = 0.0
    hatch: str = ""


PAPER = "#ffffff"
INK = "#1a1a1a"
QUIET_INK = "#5f6670"
AWAITED_INK = "#1b4766"
CUT_INK = "#3d3d3d"
GUIDE = "#b3b8be"
GRID = "#e3e5e8"

# The line around a running stretch is what keeps one of a few microseconds visible.
RUNNING = Look("running", "#12436d", "#12436d", 0.9)
WAITING = Look("waiting", "#d3e6f3", "#d3e6f3")
YIELDED = Look("waiting at yield", "#f0f7fc", "#7fb2d6", 0.8)
READY = Look("ready", "#efc276", "#96620c", 0.0, "/////")
NOT_STARTED = Look("not started", PAPER, "#6b7178", 1.3)
BLOCKED = Look("blocked", "#fbe3dc", "#a4260f", 0.9)
WAKES = Look("wakes", PAPER, "#3d3d3d", 0.8)
SHARES = Look("shares of the time", RUNNING.face, WAITING.face)
MANY_WAKES = Look("many wakes", PAPER, "#3d3d3d", 0.8)
KEY = (RUNNING, WAITING, YIELDED, READY, NOT_STARTED, SHARES, BLOCKED, WAKES, MANY_WAKES)

BLOCKING = Look("running", "#a4260f", "#a4260f", 0.9)
# The caller is the frame around the story, not a part of it.
QUIET_RUNNING = Look("running", "#56616b", "#56616b", 0.9)
QUIET_WAITING = Look("waiting", "#e9ecef", "#e9ecef")

OUTCOME_INK: dict[Outcome, str] = {
    "returned": "#1d6b3f",
    "raised": "#b3200e",
    "cancelled": "#8a5200",
    "closed": "#444b53",
    "unfinished": "#444b53",
}

# Which ink is seen on which colour: the shades at the edges of letters lie between the two.
INKED = (
    *((ink, PAPER) for ink in (INK, QUIET_INK, CUT_INK, GUIDE, *OUTCOME_INK.values())),
    *((look.edge, PAPER) for look in (NOT_STARTED, RUNNING, QUIET_RUNNING, YIELDED, BLOCKED)),
    *((look.edge, look.face) for look in (READY, YIELDED)),
    *((AWAITED_INK, look.face) for look in (WAITING, YIELDED)),
    (QUIET_INK, QUIET_WAITING.face),
    (PAPER, RUNNING.face),
    (GRID, GRID),
    (BLOCKED.face, BLOCKED.face),
)
SHADES = 3
# Shades that differ by less cannot be told apart, and would only be mistaken for one another.
CLOSEST = 10


def style() -> AbstractContextManager[None]:
    """The rules of `timeline.mplstyle` over matplotlib's own defaults, not over the reader's.

    A dark theme or a changed font must not change what a picture in the course looks like.
    """
    return matplotlib.rc_context(fname=Path(__file__).parents[1] / "timeline.mplstyle")


def palette() -> list[int]:
    """The colours of a picture and the shades between them, as red, green, blue, red, ...

    A fixed palette keeps every colour what it is, where one made from a picture's own pixels
    would give up the green of a single short word.
    """
    pairs = [(to_rgb(ink), to_rgb(paper)) for ink, paper in INKED]
    kept: list[tuple[int, ...]] = []
    # The pure colours first: no shade may take the place of one.
    for n in (0, SHADES, *range(1, SHADES)):
        for pair in pairs:
            mixed = (ink * n + paper * (SHADES - n) for ink, paper in zip(*pair, strict=True))
            shade = tuple(round(255 * part / SHADES) for part in mixed)
            pure = n in (0, SHADES) and shade not in kept
            if pure or all(_apart(shade, other) >= CLOSEST for other in kept):
                kept.append(shade)
    return [part for shade in kept for part in shade]


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def look(span: Span, stretch: Stretch) -> Look:
    """How that stretch of that span is drawn."""
    if stretch.state == "ready":
        return READY
    if stretch.state == "not started":
        return NOT_STARTED
    if span.kind == "caller":
        return QUIET_RUNNING if stretch.state == "running" else QUIET_WAITING
    if stretch.state == "running":
        return RUNNING
    return YIELDED if hands_out(span, stretch) else WAITING


def hands_out(span: Span, stretch: Stretch) -> bool:
    """Whether an async generator has handed out a value and waits to be asked for the next."""
    return span.kind == "async generator" and stretch.at.startswith("yield")


def label_ink(span: Span) -> str:
    """The colour of the span's label."""
    return QUIET_INK if span.kind == "caller" else INK


def ending_ink(span: Span) -> str:
    """The colour of the words that say how the span ended."""
    return QUIET_INK if span.kind == "caller" else OUTCOME_INK[span.outcome]
