"""How many calls were in flight, and how much of the time code ran, over the recording."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import accumulate

from asyncdemo import intervals
from asyncdemo.timeline import Timeline
from asyncdemo.trace.tracks import ticks

# How finely the share of time in which code ran is told.
BINS = 200

type Steps = list[tuple[int, float]]


def in_flight(timeline: Timeline) -> Steps:
    """How many calls are in flight from which tick on, counted as `max_in_flight` does."""
    changes: Counter[int] = Counter()
    for span in timeline.spans:
        if span.kind != "caller":
            below = [(call.start, call.end) for call in timeline.children(span)]
            for start, end in intervals.subtract([(span.start, span.end)], below):
                changes[ticks(start)] += 1
                changes[ticks(end)] -= 1
    moments = [0, *sorted(changes.keys() - {0})]
    return _changes(moments, [float(n) for n in accumulate(changes[m] for m in moments)])


def code_running(timeline: Timeline) -> dict[int, Steps]:
    """In how many per cent of the time code ran in each thread that has a loop, in 200 bins.

    Jobs in worker threads and processes keep no loop busy, so they are not counted.
    """
    ran: defaultdict[int, list[intervals.Interval]] = defaultdict(list)
    for span in timeline.spans:
        if span.kind not in {"thread", "process"}:
            ran[span.thread] += [(s.start, s.end) for s in span.stretches if s.state == "running"]
    width = timeline.duration / BINS
    if not width:
        return {}
    moments = [ticks(n * width) for n in range(BINS + 1)]
    return {
        thread: _changes(moments, [*_shares(intervals.merge(busy), width), 0.0])
        for thread, busy in sorted(ran.items())
    }


def _shares(busy: list[intervals.Interval], width: float) -> list[float]:
    seconds = [0.0] * BINS
    for start, end in busy:
        for n in range(int(start / width), min(int(end / width) + 1, BINS)):
            seconds[n] += max(0.0, min(end, (n + 1) * width) - max(start, n * width))
    return [min(round(100 * s / width, 1), 100.0) for s in seconds]


def _changes(moments: list[int], values: list[float]) -> Steps:
    """The moments at which the value is another than before, and the first."""
    before = [None, *values]
    return [
        (moment, value)
        for moment, value, last in zip(moments, values, before, strict=False)
        if value != last
    ]
