"""What must hold of every timeline, whatever program it is of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from asyncdemo.timeline import Span, Timeline


def broken(timeline: Timeline, *, runs_any_loop: bool = False) -> list[str]:
    """What a timeline says that cannot be so.

    Args:
        timeline: Of any program.
        runs_any_loop: Whether the caller may run a loop that is not asyncio's own, such as
            uvloop's: nothing tells that it waits for it, so it seems to run all the time.
    """
    found = [f"{span.label} has gaps" for span in timeline.spans if not states_tile(span)]
    if len(timeline.rows) != len(timeline.spans):
        found.append("spans are above each other in a circle")
        return found
    found += _outside_recording(timeline)
    found += _outside_parent(timeline)
    found += _running_at_once(timeline, runs_any_loop)
    found += _woken_by_nobody(timeline)
    return found


def states_tile(span: Span) -> bool:
    """Whether the states fill the span from its creation to its end without gap or overlap."""
    edges = [span.created, *(edge for s in span.stretches for edge in (s.start, s.end)), span.end]
    return all(a == b for a, b in zip(edges[::2], edges[1::2], strict=True))


def _outside_recording(timeline: Timeline) -> Iterator[str]:
    for span in timeline.spans:
        if not 0 <= span.created <= span.start <= span.end <= timeline.duration:
            yield f"{span.label} is not within the recording"


def _outside_parent(timeline: Timeline) -> Iterator[str]:
    for span in timeline.spans:
        parent = timeline.parent(span)
        if parent is None:
            continue
        if span.created < parent.start:
            yield f"{span.label} began before {parent.label}"
        if not span.is_task and span.kind == "coroutine" and span.end > parent.end:
            yield f"{span.label} ended after {parent.label}, which awaited it"


def _running_at_once(timeline: Timeline, runs_any_loop: bool) -> Iterator[str]:
    """Spans that ran at one time in one thread although neither was above the other."""
    running = defaultdict(list)
    for span in timeline.spans:
        inner = span.kind == "async generator"
        for stretch in span.stretches:
            if stretch.state == "running" and stretch.end > stretch.start:
                # Of those that start together, those come first that may have the others in them.
                running[span.thread].append((stretch.start, -stretch.end, inner, span.id))
    for stretches in running.values():
        for (_, end, _, one), (start, until, _, other) in pairwise(sorted(stretches)):
            end, until = -end, -until
            above, below = timeline.span(one), timeline.span(other)
            # A generator runs in whoever asks it for a value, and another may have made it.
            nested = until <= end and (
                below.kind == "async generator" or (runs_any_loop and above.kind == "caller")
            )
            if start < end and not nested and not _in_one_line(timeline, above, below):
                yield f"{above.label} and {below.label} ran at {start}"


def _in_one_line(timeline: Timeline, one: Span, other: Span) -> bool:
    return one.id in _line(timeline, other) or other.id in _line(timeline, one)


def _line(timeline: Timeline, span: Span) -> list[int]:
    """A span and all above it."""
    line = [span.id]
    while (parent := timeline.parent(span)) is not None:
        line.append(parent.id)
        span = parent
    return line


def _woken_by_nobody(timeline: Timeline) -> Iterator[str]:
    for wake in timeline.wakes:
        by = timeline.span(wake.by)
        running = any(s.state == "running" and s.start <= wake.time <= s.end for s in by.stretches)
        if not running and by.end > wake.time and by.outcome != "unfinished":
            yield f"{by.label} woke a span at {wake.time}, but did not run then"
