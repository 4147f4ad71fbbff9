"""Timelines as plain text: what a terminal shows, a notebook keeps, and nbval compares.

Durations and bars apart, the text depends only on what the code did, never on how fast it did
it: `notebooks/nbval_sanitize.cfg` masks those two, and nbval compares the rest.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

from asyncdemo import intervals, wording
from asyncdemo.bars import BAR, HEIGHTS, height_bar, state_bar
from asyncdemo.columns import columns, fit, fit_middle, fit_parts, pad
from asyncdemo.timeline import Row, Span, Timeline

if TYPE_CHECKING:
    from asyncdemo.comparison import Comparison

MOST_ROWS = 200
MOST_BLOCKED = 10
MOST_WAKES = 12

# The whole key every time: a 0.1 ms "ready" that fills a cell today must not change the text.
KEY = "  ".join(f"{char} {state}" for state, char in BAR.items())
HEIGHTS_KEY = f"{HEIGHTS} how many in flight"


def to_text(shown: Timeline | Comparison, *, width: int = 100, full: bool = False) -> str:
    """The timeline as lines of at most `width` columns.

    Args:
        shown: A timeline, or a comparison of several, whose bars then share one time scale.
        width: Columns to fill, 60 at least. A narrow text leaves the awaits out.
        full: Write a line for every span, however many there are. Otherwise more than 200
            spans become an overview with a line per function, or for the 199 most often
            called ones and one for all others.

    Example:
        >>> print(to_text(timeline))  # doctest: +SKIP
        0.31 s · one call
        brew('tea', 0.3) │█░░░░░░░░░░░░░░█│ 0.30 s  ✓ returned 'tea'  await asyncio.sleep(seconds)
                          0 s       0.30 s
        █ running  ░ waiting  ▒ ready  · not started
    """
    width = max(width, 60)
    if isinstance(shown, Timeline):
        timelines, titles, wakes = [shown], [""], False
    else:
        timelines, titles, wakes = list(shown.timelines), list(shown.titles), shown.wakes
    blocks = [_lines(timeline, width, full) for timeline in timelines]
    table = _Table(
        [line for lines in blocks for line in lines],
        width,
        max((timeline.duration for timeline in timelines), default=0.0),
    )
    text: list[str] = []
    for title, timeline, lines in zip(titles, timelines, blocks, strict=True):
        text += [fit(title, width)] if title else []
        nothing = wording.nothing_ran(timeline)
        text += wrap(wording.NOTHING_RAN, width) if nothing else [wording.headline(timeline)]
        text += [table.format(line) for line in lines]
        text += [table.scale] if lines else []
        text += _blocked_lines(timeline, width)
        text += _wake_lines(timeline, width) if wakes else []
        text += wrap(wording.ready_unknown(timeline), width)
        text += [""] if len(timelines) > 1 else []
    text += [KEY] if any(blocks) else []
    text += [HEIGHTS_KEY] if any(is_overview(t, full) for t in timelines) else []
    return "\n".join(text)


def terminal_width() -> int:
    """The columns of the terminal that standard output goes to; 100 when it is none."""
    return min(shutil.get_terminal_size().columns, 140) if sys.stdout.isatty() else 100


def by_function(timeline: Timeline) -> dict[str, tuple[Span, ...]]:
    """The spans of each function, in the order in which the functions first ran."""
    groups: dict[str, list[Span]] = {}
    for span in timeline.spans:
        groups.setdefault(span.name, []).append(span)
    return {name: tuple(spans) for name, spans in groups.items()}


def most_in_flight(spans: Sequence[Span]) -> int:
    """The most of these calls in flight at any one time; a caller is none of them."""
    return intervals.most_at_once((s.start, s.end) for s in spans if s.kind != "caller")


@dataclass(frozen=True)
class _Line:
    """One line of the text; `bar` is drawn once its cells and its seconds are known."""

    label: str
    bar: Callable[[int, float], str]
    took: float
    ending: str
    notes: list[str]


def is_overview(timeline: Timeline, full: bool = False) -> bool:
    """Whether its text has a line for each function, not for each span."""
    return len(timeline.spans) > MOST_ROWS and not full


def _lines(timeline: Timeline, width: int, full: bool) -> list[_Line]:
    if is_overview(timeline, full):
        return [_group_line(name, spans, width) for name, spans in _groups(timeline).items()]
    return [_row_line(row, width) for row in timeline.rows]


def _groups(timeline: Timeline) -> dict[str, tuple[Span, ...]]:
    """The spans of each function; where there are too many of those, the rarest in one group."""
    groups = by_function(timeline)
    if len(groups) <= MOST_ROWS:
        return groups
    common = sorted(groups, key=lambda name: len(groups[name]), reverse=True)
    kept = {*common[: MOST_ROWS - 1]}
    rest = tuple(span for span in timeline.spans if span.name not in kept)
    named = {name: spans for name, spans in groups.items() if name in kept}
    return named | {f"{len(groups) - len(kept):,} more functions": rest}


def _row_line(row: Row, width: int) -> _Line:
    span, guide, room = row.span, row.guide, width * 3 // 10
    if columns(guide) > room // 2:
        guide = "…" + guide[1 - room // 2 :]
    word = wording.kind_word(span)
    return _Line(
        label=guide + fit_middle(span.label, room - columns(guide)),
        bar=lambda cells, seconds: state_bar(span, cells, seconds),
        took=span.duration,
        ending=wording.ending(span),
        notes=([word] if word else []) + wording.awaited(span),
    )


def _group_line(name: str, spans: tuple[Span, ...], width: int) -> _Line:
    if len(spans) == 1:
        return _row_line(Row(spans[0], ""), width)
    in_flight = most_in_flight(spans)
    return _Line(
        label=f"{name} × {len(spans):,}",
        bar=lambda cells, seconds: height_bar(spans, cells, seconds),
        took=max(span.end for span in spans) - min(span.start for span in spans),
        ending=f"up to {in_flight:,} in flight" if in_flight else "",
        notes=[wording.outcomes(spans)],
    )


def _blocked_lines(timeline: Timeline, width: int) -> list[str]:
    # The same room whatever the duration, so that the same part is left out every time.
    room = width - len("blocked 59.9 s by ")
    lines = [
        f"blocked {wording.duration(b.duration)} by {fit(wording.blocked_by(timeline, b), room)}"
        for b in timeline.blocked[:MOST_BLOCKED]
    ]
    more = len(timeline.blocked) - MOST_BLOCKED
    return [*lines, f"blocked {more} more times"] if more > 0 else lines


def _wake_lines(timeline: Timeline, width: int) -> list[str]:
    said = wording.wakes(timeline)
    more = len(said) - MOST_WAKES
    lines = [fit(line, width) for line in said[:MOST_WAKES]]
    return [*lines, f"and {more} more such pairs"] if more > 0 else lines


class _Table:
    """The columns of all lines: label, bar, duration, ending, note.

    None of the widths may depend on a duration, or the text would not be the same every time.
    """

    def __init__(self, lines: Sequence[_Line], width: int, seconds: float) -> None:
        def widest(texts: list[str]) -> int:
            return min(max(map(columns, texts), default=0), width * 3 // 10)

        self.seconds = seconds
        self.label = widest([line.label for line in lines])
        self.ending = widest([line.ending for line in lines])
        left = width - self.label - len(" ││ 59.9 s  ") - self.ending
        wanted = widest([fit_parts(line.notes, width) for line in lines])
        self.bar = min(max(left - 2 - wanted, width // 6), width * 4 // 10)
        self.note = left - 2 - self.bar
        if self.note < min(wanted, 16):
            self.bar, self.note = left, 0

    @property
    def scale(self) -> str:
        took = wording.duration(self.seconds)
        return " " * (self.label + 2) + "0 s" + took.rjust(self.bar - len("0 s"))

    def format(self, line: _Line) -> str:
        parts = [
            pad(fit_middle(line.label, self.label), self.label),
            f" │{line.bar(self.bar, self.seconds)}│ {wording.duration(line.took):>6}  ",
            pad(fit(line.ending, self.ending), self.ending + 2),
            fit_parts(line.notes, self.note) if self.note else "",
        ]
        return "".join(parts).rstrip()
