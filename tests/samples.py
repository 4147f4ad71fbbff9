"""Timelines made by hand, for the tests of everything that reads a timeline."""

from __future__ import annotations

from dataclasses import replace

from asyncdemo.timeline import Blocked, Kind, Outcome, Span, State, Stretch, Timeline

type Part = tuple[State, float] | tuple[State, float, str] | tuple[State, float, str, int | None]


def span(
    id: int,
    label: str,
    parts: list[Part],
    *,
    start: float = 0.0,
    parent: int | None = None,
    is_task: bool = False,
    kind: Kind = "coroutine",
    outcome: Outcome = "returned",
    result: str = "None",
) -> Span:
    """A span made of `(state, seconds[, awaited text[, woken by]])` parts, from `start` on."""
    stretches: list[Stretch] = []
    now = start
    for state, seconds, *more in parts:
        at = str(more[0]) if more else ""
        by = more[1] if len(more) > 1 and isinstance(more[1], int) else None
        stretches.append(Stretch(state, now, now + seconds, at, 7 if at else 0, by))
        now += seconds
    first_step = next((s.start for s in stretches if s.state != "not started"), now)
    return Span(
        id=id,
        label=label,
        name=label.split("(", maxsplit=1)[0],
        kind=kind,
        parent=parent,
        is_task=is_task,
        task_name="",
        created=start,
        start=first_step,
        end=now,
        stretches=tuple(stretches),
        outcome=outcome,
        result=result,
        file="cafe.py",
        line=3,
        parent_line=9,
        thread=0,
    )


def brew(id: int, drink: str, seconds: float, *, start: float = 0.0, parent: int = 0) -> Span:
    """A job that does nothing but sleep and return its drink."""
    return span(
        id,
        f"brew({drink!r}, {seconds})",
        [
            ("not started", 0.0001),
            ("running", 0.0001),
            ("waiting", seconds, "await asyncio.sleep(seconds)"),
            ("ready", 0.0002),
            ("running", 0.0001),
        ],
        start=start,
        parent=parent,
        is_task=True,
        result=repr(drink),
    )


def timeline(*spans: Span, blocked: tuple[Blocked, ...] = (), cut: float | None = None) -> Timeline:
    """A timeline of these spans that lasts until the last of them ends."""
    duration = max((s.end for s in spans), default=0.0)
    return Timeline(spans=spans, blocked=blocked, duration=duration, cut=cut)


def three_drinks() -> Timeline:
    """A cell that gathers three drinks: 1.0 s instead of 1.9 s, up to 3 in flight."""
    cell = span(
        0,
        "cell",
        [
            ("running", 0.0005),
            ("waiting", 1.0005, "await asyncio.gather(brew('tea', 1.0), brew('coffee', 0.3), …)"),
            ("ready", 0.0001, "", 1),
            ("running", 0.0003),
        ],
        kind="caller",
        result="",
    )
    jobs = [("tea", 1.0), ("coffee", 0.3), ("cocoa", 0.6)]
    drinks = [brew(n, drink, s, start=0.0004 + n / 1e4) for n, (drink, s) in enumerate(jobs, 1)]
    return timeline(cell, *drinks)


def staircase() -> Timeline:
    """A cell that awaits three drinks one after another."""
    jobs = [("tea", 0.6, 0.001), ("coffee", 0.3, 0.602), ("cocoa", 0.4, 0.903)]
    drinks = [
        replace(brew(n, drink, s, start=at), is_task=False)
        for n, (drink, s, at) in enumerate(jobs, 1)
    ]
    cell = span(
        0,
        "cell",
        [
            ("running", 0.001),
            ("waiting", 0.6005, "await brew('tea', 0.6)"),
            ("running", 0.001),
            ("waiting", 0.3, "await brew('coffee', 0.3)"),
            ("running", 0.001),
            ("waiting", 0.4, "await brew('cocoa', 0.4)"),
            ("running", 0.001),
        ],
        kind="caller",
        result="",
    )
    return timeline(cell, *drinks)


def every_outcome() -> Timeline:
    """Every outcome, state and kind once, three levels deep."""
    cell = span(
        0,
        "cell",
        [("running", 0.001), ("waiting", 0.45, "await serve_everyone()"), ("running", 0.001)],
        kind="caller",
        outcome="raised",
        result="ExceptionGroup",
    )
    group = span(
        1,
        "serve_everyone()",
        [("running", 0.002), ("waiting", 0.448, "async with asyncio.TaskGroup() as group:")],
        start=0.001,
        parent=0,
        outcome="raised",
        result="ExceptionGroup",
    )
    slow = span(
        2,
        "brew('tea', 1.0)",
        [("not started", 0.001), ("waiting", 0.4, "await asyncio.sleep(seconds)")],
        start=0.002,
        parent=1,
        is_task=True,
        outcome="cancelled",
        result="",
    )
    bad = span(
        3,
        "burn('toast')",
        [("running", 0.001), ("waiting", 0.399, "await asyncio.sleep(0.4)"), ("running", 0.001)],
        start=0.002,
        parent=1,
        is_task=True,
        outcome="raised",
        result="ValueError",
    )
    drip = span(
        4,
        "drip(3)",
        [("running", 0.01), ("waiting", 0.1, "yield drop"), ("running", 0.01)],
        start=0.1,
        parent=2,
        kind="async generator",
        outcome="closed",
        result="",
    )
    grind = span(
        5,
        "grind('beans')",
        [("not started", 0.05), ("running", 0.2)],
        start=0.05,
        parent=1,
        is_task=True,
        kind="thread",
        result="42",
    )
    radio = span(
        6,
        "radio()",
        [("running", 0.001), ("waiting", 0.2, "await song.get()"), ("ready", 0.15, "", 3)],
        start=0.1,
        parent=1,
        is_task=True,
        outcome="unfinished",
        result="",
    )
    return timeline(cell, group, slow, bad, drip, grind, radio)


def blocked_loop() -> Timeline:
    """A job that blocks the loop for 0.5 s while two others are due."""
    cell = span(
        0,
        "cell",
        [("running", 0.001), ("waiting", 0.999, "await asyncio.gather(…)"), ("running", 0.001)],
        kind="caller",
        result="",
    )
    early = span(
        1,
        "brew('tea', 0.4)",
        [
            ("running", 0.001),
            ("waiting", 0.399, "await asyncio.sleep(seconds)"),
            ("ready", 0.4),
            ("running", 0.001),
        ],
        parent=0,
        is_task=True,
        result="'tea'",
    )
    stuck = span(
        2,
        "scrub()",
        [("running", 0.001), ("waiting", 0.299, "await asyncio.sleep(0.3)"), ("running", 0.5)],
        parent=0,
        is_task=True,
        result="'clean'",
    )
    late = brew(3, "cocoa", 0.99)
    band = Blocked(0.3, 0.8, 2, "cafe.py", 12, "time.sleep(0.5)", "scrub")
    return timeline(cell, early, stuck, late, blocked=(band,))


def many(count: int) -> Timeline:
    """`count` jobs of 1 s, each started 1 ms after the one before, under one caller."""
    cell = span(0, "cell", [("waiting", count / 1000 + 1.1, "await all_of_them()")], kind="caller")
    return timeline(cell, *(brew(n, f"cup {n}", 1.0, start=n / 1000) for n in range(1, count + 1)))


def silent() -> Timeline:
    """Two calls, gathered under a loop that does not tell when they become ready."""
    tea = span(1, "brew('tea')", [("running", 0.1), ("waiting", 0.9, "await x")], parent=0)
    coffee = span(2, "brew('coffee')", [("running", 0.1), ("waiting", 0.4, "await x")], parent=0)
    serve = span(0, "serve()", [("running", 0.1), ("waiting", 0.9, "await asyncio.gather()")])
    return timeline(*(replace(call, ready_known=False) for call in (serve, tea, coffee)))
