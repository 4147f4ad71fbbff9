"""Crowds: the steps of a span that are too many and too short to be told apart in its bar.

The line around each of them would cover all of the bar, and say that a span ran which has
hardly done so. So a crowd is drawn as the share of the time that it spent in each state.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from asyncdemo.picture import style
from asyncdemo.picture.lanes import Numbers, averages
from asyncdemo.picture.layout import Columns
from asyncdemo.picture.style import Look
from asyncdemo.timeline import Span, Stretch

# Up to here, all stretches of a picture are drawn one by one.
MOST_APART = 500
# Beyond this, even those that could be seen make crowds; their shares still show where they are.
MOST_BARS = 5000
FEWEST = 5
# From the bottom of a bar to its top.
STACK = (
    style.RUNNING,
    style.QUIET_RUNNING,
    style.READY,
    style.WAITING,
    style.QUIET_WAITING,
    style.YIELDED,
)


@dataclass(frozen=True)
class Crowd:
    """Some of the stretches of a span, one after another, none of which is wide enough."""

    span: Span
    stretches: Sequence[Stretch]

    @property
    def start(self) -> float:
        """Seconds from the start of the recording."""
        return self.stretches[0].start

    @property
    def end(self) -> float:
        """Seconds from the start of the recording."""
        return self.stretches[-1].end

    @property
    def looks(self) -> set[Look]:
        """The looks of all its stretches."""
        return {style.look(self.span, stretch) for stretch in self.stretches}

    @property
    def waits(self) -> tuple[str, ...]:
        """What may be written into it, the shorter the later: how often it waited, and at what."""
        found = Counter(s.at for s in self.stretches if s.state == "waiting")
        number = f"{found.total():,} waits"
        if len(found) > 1:
            return f"{number} at {len(found):,} places", number
        return (*(f"{at} ×{n:,}" for at, n in found.items()), number)

    def shares(self, columns: Columns) -> tuple[Numbers, dict[Look, Numbers]]:
        """Edges as far apart as can be seen, and between them the share of each look in turn."""
        cells = max(1, int((self.end - self.start) / columns.dot))
        edges = np.linspace(self.start, self.end, cells + 1)
        times: dict[Look, list[tuple[float, float]]] = defaultdict(list)
        for stretch in self.stretches:
            times[style.look(self.span, stretch)].append((stretch.start, stretch.end))
        arrays = {look: np.array(times[look]) for look in STACK if look in times}
        return edges, {look: averages(a[:, 0], a[:, 1], edges) for look, a in arrays.items()}


def parted(spans: Iterable[Span], columns: Columns) -> Iterator[tuple[list[Stretch], list[Crowd]]]:
    """For each span of a picture, the stretches that are drawn one by one, and its crowds."""
    spans = list(spans)
    count = _stretches(spans)
    # So long that of no more than the most bars there is room for in all rows.
    enough = columns.seconds * len(spans) / MOST_BARS if count > MOST_BARS else 0.0
    for span in spans:
        if count > MOST_APART:
            yield _parted(span, max(enough, columns.dot), columns.dot)
        else:
            yield list(span.stretches), []


def is_crowded(spans: Iterable[Span]) -> bool:
    """Whether a picture of these spans may have crowds."""
    return _stretches(spans) > MOST_APART


def _stretches(spans: Iterable[Span]) -> int:
    return sum(len(span.stretches) for span in spans)


def _parted(span: Span, enough: float, dot: float) -> tuple[list[Stretch], list[Crowd]]:
    apart: list[Stretch] = []
    crowds: list[Crowd] = []

    def short(stretch: Stretch) -> bool:
        return stretch.duration < enough and stretch.state != "not started"

    for are_short, together in groupby(span.stretches, short):
        stretches = list(together)
        if not are_short or len(stretches) < FEWEST:
            apart += stretches
            continue
        crowd = Crowd(span, stretches)
        if crowd.end - crowd.start < dot:
            apart.append(_as_one(stretches))
        else:
            crowds.append(crowd)
    return apart, crowds


def _as_one(stretches: Sequence[Stretch]) -> Stretch:
    """A stretch for all of them, which would be drawn on one spot: running, if any is that."""
    said = next((s for s in stretches if s.state == "running"), stretches[0])
    return Stretch(said.state, stretches[0].start, stretches[-1].end)
