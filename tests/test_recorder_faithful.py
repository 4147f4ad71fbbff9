"""Recording changes no program, and what it tells obeys the laws of a timeline."""

from __future__ import annotations

import asyncio
import itertools
import sys
import warnings
from collections import Counter
from typing import Any

import laws
import looptime
import pytest

pytest.importorskip("hypothesis", reason="hypothesis makes the programs")
from hypothesis import example, given
from hypothesis import strategies as st
from random_programs import Do, World, play, programs
from scenes import recorded

from asyncdemo import record
from asyncdemo.recording import callbacks, observer, watchdog
from asyncdemo.timeline import Timeline

# The files whose code runs in the middle of the recorded program.
CALLBACKS = (callbacks.__file__, observer.__file__)


def played(program: tuple[Do, ...]) -> tuple[Any, World]:
    """The result and the effects without recording."""
    world = World()
    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(play(world, program)), world


def played_recorded(program: tuple[Do, ...]) -> tuple[Any, World, Timeline]:
    """The same with recording."""
    world = World()
    results: list[Any] = []

    async def scene() -> None:
        results.append(await play(world, program))

    timeline = recorded(scene)
    return results[0], world, timeline


@given(programs)
@example((Do("cancel", 0.0, ((Do("swallow", 0.3),),)),))
@example((Do("eager", 0.0, ((Do("give way"),), (Do("log"),))), Do("sleep", 0.1)))
@example((Do("sleep", 0.1), Do("time out", 0.0, ((Do("sleep"),),)), Do("sleep")))
@example((Do("leave iteration", 0.0, ((Do("sleep", 0.1),), (Do("log"),))),))
@example((Do("group", 0.0, ((Do("fail", 0.1),), (Do("iterate", 0.2, ((Do("sleep", 0.3),),)),))),))
@example((Do("cancel", 0.0, ((Do("taste", 0.0, ((Do("sleep"),), (Do("sleep"),))),),)),))
@example((Do("cancel", 0.0, ((Do("group", 0.0, ((Do("sleep", 0.1),),)),),)),))
@example((Do("cancel", 0.0, ((Do("iterate", 0.0, ((Do("group", 0.0, ((Do("sleep"),),)),),)),),)),))
@example((Do("gather", 0.0, (*[(Do("lock"), Do("sleep"))] * 2, (Do("lock", 0.1),))),))
def test_a_recorded_program_does_the_same_and_its_timeline_tells_the_truth(
    program: tuple[Do, ...],
) -> None:
    result, world = played(program)
    recorded_result, recorded_world, timeline = played_recorded(program)

    assert recorded_result == result
    assert recorded_world.effects == world.effects
    broken = [*laws_broken(timeline, world)]
    assert broken == [], "\n".join([repr(timeline), *broken])


@given(programs, st.integers(0, 80))
@example((Do("taste", 0.1, ((Do("sleep"),), (Do("fail"),))),), 3)
def test_a_fault_at_any_event_ends_the_recording_and_nothing_else(
    program: tuple[Do, ...], before: int
) -> None:
    result, world = played(program)
    loop = looptime.new_event_loop()
    written = itertools.count()
    faults = []

    def clock() -> float:
        inside = sys._getframe(1).f_code.co_filename in CALLBACKS
        if inside and next(written) == before:
            faults.append(sys._getframe(1).f_code.co_name)
            raise ZeroDivisionError
        return loop.time()

    async def scene() -> tuple[Any, World, Timeline]:
        recorded_world = World()
        with record(clock=clock) as timeline:
            recorded_result = await play(recorded_world, program)
        return recorded_result, recorded_world, timeline

    with (
        warnings.catch_warnings(record=True) as caught,
        asyncio.Runner(loop_factory=lambda: loop) as runner,
    ):
        warnings.simplefilter("always")
        recorded_result, recorded_world, timeline = runner.run(scene())

    assert recorded_result == result
    assert recorded_world.effects == world.effects
    told = [
        str(warning.message) for warning in caught if "fault of its own" in str(warning.message)
    ]
    assert len(told) == len(faults) <= 1
    assert (timeline.cut is not None) == bool(faults)


def test_a_fault_of_the_watchdog_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(watchdog, "frames_of_threads", fail)
    with pytest.warns(RuntimeWarning, match="fault of its own: ZeroDivisionError") as caught:
        with record() as timeline:
            assert asyncio.run(asyncio.sleep(0.3, "done")) == "done"

    assert len(caught) == 1
    assert timeline.cut is not None


@pytest.mark.parametrize("event", ["start", "resume", "yield", "return", "unwind", "throw"])
def test_a_fault_in_any_callback_is_one_warning(event: str) -> None:
    program = (Do("taste", 0.0, ((Do("sleep", 0.1),),)), Do("cancel", 0.0, ((Do("sleep", 0.3),),)))
    result, world = played(program)
    loop = looptime.new_event_loop()
    faults = []

    def clock() -> float:
        above = sys._getframe(1)
        while above.f_back is not None and above.f_code.co_filename in CALLBACKS and not faults:
            if above.f_code.co_name == f"on_{event}":
                faults.append(event)
                raise ZeroDivisionError
            above = above.f_back
        return loop.time()

    async def scene() -> tuple[Any, World]:
        recorded_world = World()
        with record(clock=clock):
            recorded_result = await play(recorded_world, program)
        return recorded_result, recorded_world

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        with pytest.warns(RuntimeWarning, match="fault of its own: ZeroDivisionError") as caught:
            recorded_result, recorded_world = runner.run(scene())

    assert faults == [event]
    assert len(caught) == 1
    assert recorded_result == result
    assert recorded_world.effects == world.effects


def laws_broken(timeline: Timeline, world: World) -> list[str]:
    """What a timeline says that cannot be so."""
    calls = [span for span in timeline.spans if span.name not in ("test", "recorded.test", "scene")]
    calls = [span for span in calls if "scene" not in span.name and span.kind != "caller"]
    found = []
    ran = [span for span in calls if span.time("running") > 0]
    if len(ran) != world.begun:
        found.append(f"{world.begun} calls began, {len(ran)} spans ran")
    names = {name for name, _ in world.ended}
    ended = Counter((span.name, span.outcome) for span in ran if span.name in names)
    if ended != world.ended:
        found.append(f"calls ended so: {world.ended}, spans so: {ended}")
    # A generator that its consumer dropped is closed when it is collected, which may be later.
    kept = (span for span in calls if span.kind != "async generator")
    found += [f"{span.label} is unfinished" for span in kept if span.outcome == "unfinished"]
    return found + laws.broken(timeline)
