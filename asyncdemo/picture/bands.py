"""The bands of a picture: the stretches in which the loop was blocked, as far as they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncdemo import intervals, wording
from asyncdemo.picture.layout import Columns
from asyncdemo.timeline import Blocked, Timeline

# Up to here, each stretch has a band of its own.
MOST_APART = 100


@dataclass(frozen=True)
class Band:
    """One stretch in which the loop was blocked, or several too close to be told apart.

    Attributes:
        start: Seconds from the start of the recording.
        end: Seconds from the start of the recording.
        texts: What its flag may say, the shorter the later.
    """

    start: float
    end: float
    texts: tuple[str, ...]


def bands_of(timeline: Timeline, columns: Columns) -> list[Band]:
    """The bands of a timeline, in order of time where there are many."""
    blocked = timeline.blocked
    if len(blocked) <= MOST_APART:
        return [Band(b.start, b.end, _says(b)) for b in blocked]
    together = intervals.merge(((b.start, b.end) for b in blocked), columns.dot)
    return [_together(start, end, some) for (start, end), some in _shared(together, blocked)]


def _shared(
    together: Sequence[intervals.Interval], blocked: Sequence[Blocked]
) -> list[tuple[intervals.Interval, list[Blocked]]]:
    """For each of the intervals, the stretches within it."""
    rest = iter(together)
    within = next(rest)
    found: list[tuple[intervals.Interval, list[Blocked]]] = [(within, [])]
    for stretch in sorted(blocked, key=lambda b: (b.start, b.end)):
        if stretch.start > within[1]:
            within = next(rest)
            found.append((within, []))
        found[-1][1].append(stretch)
    return found


def _together(start: float, end: float, blocked: Sequence[Blocked]) -> Band:
    if len(blocked) == 1:
        return Band(start, end, _says(blocked[0]))
    said = f"blocked {len(blocked):,} times"
    culprits = {wording.culprit(b) for b in blocked}
    (culprit,) = culprits if len(culprits) == 1 else ("",)
    return Band(start, end, (f"{said} by {culprit}", said) if culprit else (said,))


def _says(blocked: Blocked) -> tuple[str, ...]:
    culprit = wording.culprit(blocked)
    return (f"blocked by {culprit}", culprit) if culprit else ("blocked",)
