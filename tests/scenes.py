"""Runs a scene in virtual time, recorded, and tells what the timeline says, line by line."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable

import looptime

from asyncdemo import record
from asyncdemo.timeline import Stretch, Timeline


def recorded(
    scene: Callable[[], Awaitable[object]], *, include: Iterable[str] = (), limit: int = 100_000
) -> Timeline:
    """The timeline of one scene. Sleeping takes no time; each event takes a microsecond."""
    loop = looptime.new_event_loop()
    ticks = itertools.count()

    def clock() -> float:
        return loop.time() + next(ticks) * 1e-6

    async def test() -> Timeline:
        with record(clock=clock, include=include, limit=limit) as timeline:
            await scene()
        return timeline

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(test())


def told(timeline: Timeline) -> list[str]:
    """Each row in words: its place in the tree, its states one after another, its end."""
    lines = []
    for row in timeline.rows:
        span = row.span
        states = " · ".join(state(timeline, s) for s in span.stretches)
        task = "task " if span.is_task else ""
        lines.append(
            f"{row.guide}{task}{span.label}: {states} → {span.outcome} {span.result}".rstrip()
        )
    return lines


def state(timeline: Timeline, stretch: Stretch) -> str:
    """One stretch in words."""
    if stretch.state == "waiting":
        return f"waiting {stretch.at}"
    if stretch.woken_by is not None:
        return f"ready by {timeline.span(stretch.woken_by).label}"
    return stretch.state
