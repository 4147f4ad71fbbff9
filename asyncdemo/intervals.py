"""Arithmetic on sets of time intervals: subtract one from another, add up, count overlaps."""

from __future__ import annotations

from collections.abc import Iterable

type Interval = tuple[float, float]


def merge(intervals: Iterable[Interval], gap: float = 0.0) -> list[Interval]:
    """The same time as sorted intervals that neither touch nor overlap.

    Args:
        intervals: In any order.
        gap: Time between two of them that is passed over, and counted as theirs.
    """
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1] + gap:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of `intervals` outside `holes`, sorted and merged."""
    left: list[Interval] = []
    cuts = merge((start, end) for start, end in holes if start < end)
    first = 0
    for start, end in merge(intervals):
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        at = first
        while at < len(cuts) and cuts[at][0] < end:
            if start < cuts[at][0]:
                left.append((start, cuts[at][0]))
            start = max(start, cuts[at][1])
            at += 1
        if start < end:
            left.append((start, end))
    return left


def length(intervals: Iterable[Interval]) -> float:
    """Seconds that the intervals cover; time that several cover counts once."""
    return sum(end - start for start, end in merge(intervals))


def most_at_once(intervals: Iterable[Interval]) -> int:
    """The greatest number of intervals that overlap at any one time; touching is no overlap."""
    changes = [
        change for start, end in intervals if end > start for change in ((start, 1), (end, -1))
    ]
    most = now = 0
    for _, step in sorted(changes):
        now += step
        most = max(most, now)
    return most
