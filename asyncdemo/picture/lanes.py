"""The lanes of an overview as data: the spans of each function, counted over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from asyncdemo import intervals, wording
from asyncdemo.picture import style
from asyncdemo.picture.style import Look
from asyncdemo.timeline import Span, State, Timeline

MOST_LANES = 12
# From the bottom of the stack to its top: what keeps the loop busy, then what waits for it.
STACK: dict[State, Look] = {
    "running": style.RUNNING,
    "ready": style.READY,
    "waiting": style.WAITING,
    "not started": style.NOT_STARTED,
}

type Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Lane:
    """The spans of one function, or of all functions beyond the most common ones.

    Attributes:
        name: The function's name, or how many functions share the lane.
        number: How many spans there are, as it is written behind the name.
        spans: The spans themselves.
    """

    name: str
    number: str
    spans: tuple[Span, ...]

    @property
    def single(self) -> bool:
        """Whether there is one span only, which a bar shows better than an area."""
        return len(self.spans) == 1

    @cached_property
    def note(self) -> str:
        """The most of its spans that were in flight at any one time; how often a single waited."""
        if self.single:
            return wording.many_waits(self.spans[0])
        peak = intervals.most_at_once((span.start, span.end) for span in self.spans)
        return f"up to {peak:,} in flight"

    @cached_property
    def endings(self) -> list[tuple[str, str]]:
        """How its spans ended, as text and ink, the most common first."""
        if self.single:
            (span,) = self.spans
            return [(wording.ending(span), style.ending_ink(span))]
        counts = Counter(span.outcome for span in self.spans)
        return [
            (f"{wording.SIGNS[outcome]} {count:,} {outcome}", style.OUTCOME_INK[outcome])
            for outcome, count in counts.most_common()
        ]

    def layers(self, edges: Numbers) -> dict[Look, Numbers]:
        """How many of its spans were in each state between the edges, in the stack's order."""
        found = self._stretches
        return {
            look: averages(*found[state], edges) for state, look in STACK.items() if state in found
        }

    @cached_property
    def _stretches(self) -> dict[State, tuple[Numbers, Numbers]]:
        """The starts and the ends of all stretches of each state, both sorted."""
        found: dict[State, list[tuple[float, float]]] = defaultdict(list)
        for span in self.spans:
            for stretch in span.stretches:
                found[stretch.state].append((stretch.start, stretch.end))
        arrays = {state: np.array(times) for state, times in found.items()}
        return {state: (np.sort(a[:, 0]), np.sort(a[:, 1])) for state, a in arrays.items()}


def lanes_of(timeline: Timeline) -> list[Lane]:
    """A lane for each function in the order of their first starts; the rarest share the last."""
    by_name: dict[str, list[Span]] = defaultdict(list)
    for span in timeline.spans:
        by_name[span.name].append(span)
    common = sorted(by_name, key=lambda name: len(by_name[name]), reverse=True)
    kept = set(common if len(common) <= MOST_LANES else common[: MOST_LANES - 1])
    lanes = [
        Lane(name, f" × {len(spans):,}" if len(spans) > 1 else "", tuple(spans))
        for name, spans in by_name.items()
        if name in kept
    ]
    rest = tuple(span for span in timeline.spans if span.name not in kept)
    if rest:
        lanes.append(Lane(f"and {len(common) - len(kept)} more", "", rest))
    return lanes


def averages(starts: Numbers, ends: Numbers, edges: Numbers) -> Numbers:
    """How many stretches there were on average between one edge and the next."""
    begun, ended = _seconds_since(starts, edges), _seconds_since(ends, edges)
    counts: Numbers = np.diff(begun - ended) / np.diff(edges)
    # Differences of large sums leave crumbs around nought.
    counts[counts < 1e-9] = 0.0
    return counts


def _seconds_since(moments: Numbers, edges: Numbers) -> Numbers:
    """For each edge, the seconds since every moment before it, added up."""
    sums = np.concatenate(([0.0], np.cumsum(moments)))
    before = np.searchsorted(moments, edges)
    since: Numbers = before * edges - sums[before]
    return since
