"""Of a recording that goes on and on, only the last seconds are kept, and shown rightly."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import Counter

import looptime
import pytest

pytest.importorskip("hypothesis", reason="hypothesis makes the programs")
from hypothesis import example, given
from hypothesis import strategies as st
from laws import states_tile
from random_programs import Do, World, play, programs

from asyncdemo import Timeline, record
from asyncdemo.timeline import Span


async def knead(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def bake(seconds: float) -> None:
    await knead(seconds)


async def shop(days: int) -> None:
    """One loaf a second, in a task of its own, and an oven that nobody opens."""
    oven = asyncio.create_task(asyncio.Event().wait())
    closed = asyncio.create_task(asyncio.sleep(2 * days), name="closed")
    async with asyncio.TaskGroup() as loaves:
        for _ in range(days):
            loaves.create_task(bake(0.5), name="loaf")
            await asyncio.sleep(1)
    closed.cancel()
    oven.cancel()


def sold(days: int, last: float, limit: int = 100_000) -> tuple[Timeline, int]:
    """The last seconds of a shop's days, and how many events were kept."""
    loop = looptime.new_event_loop()
    recording = record(clock=loop.time, last=last, limit=limit)
    with asyncio.Runner(loop_factory=lambda: loop) as runner, recording as timeline:
        runner.run(shop(days))
        kept = sum(len(found.log.times) for found, _ in recording._session._threads.values())
    return timeline, kept


def test_only_the_last_seconds_are_shown() -> None:
    timeline, _ = sold(100, last=3.2)

    assert timeline.duration == pytest.approx(3.2)
    assert Counter(span.name for span in timeline.spans) == {
        "sold": 1, "shop": 1, "bake": 3, "knead": 3,
    }  # fmt: skip
    caller, shop_, *_ = timeline.spans
    assert [s.at for s in caller.stretches if s.duration] == ["runner.run(shop(days))"]
    assert shop_.awaits == ("await asyncio.sleep(1)",) * 4
    loaves = timeline.named("bake")
    assert [loaf.start for loaf in loaves] == pytest.approx([0.2, 1.2, 2.2])
    assert {loaf.task_name for loaf in loaves} == {"loaf"}
    assert {loaf.label for loaf in loaves} == {"bake(0.5)"}


def test_what_was_under_way_is_shown_from_the_start_of_the_window() -> None:
    timeline, _ = sold(100, last=0.3)

    (shop_,) = timeline.named("shop")
    assert (shop_.start, shop_.end) == (0.0, pytest.approx(0.3))
    assert [s.state for s in shop_.stretches if s.duration] == ["waiting"]


def test_a_recording_shorter_than_its_window_is_shown_whole() -> None:
    timeline, _ = sold(3, last=60.0)

    assert [span.label for span in timeline.named("shop")] == ["shop(3)"]
    assert timeline.duration == pytest.approx(3.0)


@pytest.mark.parametrize("limit", [100_000, 200])
def test_memory_is_bounded_however_long_it_goes_on(limit: int) -> None:
    short, long = sold(50, 5.0, limit)[1], sold(1_000, 5.0, limit)[1]

    assert long <= 1.5 * short
    assert long <= limit


def test_where_the_limit_is_smaller_than_the_window_less_is_shown() -> None:
    timeline, _ = sold(1_000, last=500.0, limit=400)

    assert timeline.cut is None
    assert 1.0 < timeline.duration < 50.0
    assert all(states_tile(span) for span in timeline.spans)


def state_at(span: Span, time: float) -> str:
    """What a span was doing at a time; empty before it was created and after its end."""
    found = [s.state for s in span.stretches if s.start <= time < s.end]
    return found[0] if found else ""


def at(timeline: Timeline, time: float) -> Counter[tuple[str, str]]:
    """How many calls of each function were in which state at a time."""
    states = Counter((span.name, state_at(span, time)) for span in timeline.spans)
    return Counter({key: count for key, count in states.items() if key[1]})


CANCELLED_GROUP = (Do("time out", 0.3, ((Do("group", 0.0, ((Do("swallow", 0.3),),)),),)),)


@given(programs, st.sampled_from([0.04, 0.15, 0.3, 0.7, 2.0]))
@example(CANCELLED_GROUP, 0.04)
def test_a_window_shows_what_a_whole_recording_shows_of_it(
    program: tuple[Do, ...], last: float
) -> None:
    loop = looptime.new_event_loop()
    ticks = itertools.count()

    def clock() -> float:
        return loop.time() + next(ticks) * 1e-7

    async def scene() -> tuple[Timeline, Timeline]:
        with record(clock=clock) as whole, record(clock=clock, last=last) as window:
            await play(World(), program)
        return whole, window

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        whole, window = runner.run(scene())

    assert window.duration == pytest.approx(min(last, whole.duration), abs=1e-3)
    since = whole.duration - window.duration
    # Between these moments nothing happens but steps that take no time.
    for n in range(int(whole.duration / 0.05) + 1):
        time = n * 0.05 + 0.03
        if since < time < whole.duration:
            assert at(window, time - since) == at(whole, time), time
    assert all(states_tile(span) for span in window.spans)


def test_a_window_reads_on_after_another_recording_needed_all() -> None:
    loop = looptime.new_event_loop()

    async def scene() -> tuple[Timeline, Timeline]:
        with record(clock=loop.time, last=2.0) as window:
            await bake(10)
            with record(clock=loop.time) as whole:
                await bake(20)
                await bake(30)
            await bake(1)
        return whole, window

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        whole, window = runner.run(scene())

    assert [span.duration for span in whole.named("bake")] == pytest.approx([20, 30])
    assert [span.duration for span in window.named("bake")] == pytest.approx([1, 1])


def test_each_thread_keeps_a_window_of_its_own() -> None:
    ended: list[float] = []

    def serve() -> None:
        async def forever() -> None:
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline:
                await knead(0.01)

        asyncio.run(forever())
        ended.append(time.monotonic())

    with record(last=0.25) as timeline:
        other = threading.Thread(target=serve)
        other.start()
        serve()
        other.join()

    threads = Counter(span.thread for span in timeline.named("knead"))
    assert set(threads) == {0, 1}
    assert pytest.approx(timeline.duration) == 0.25
    assert {span.label for span in timeline.named("serve.<locals>.forever", "forever")} == {
        "forever(…)"
    }
    assert all(states_tile(span) for span in timeline.spans)


def test_jobs_of_a_thread_pool_are_forgotten_too() -> None:
    async def cook() -> None:
        deadline = time.monotonic() + 0.5
        while time.monotonic() < deadline:
            await asyncio.to_thread(time.sleep, 0.001)

    recording = record(last=0.1)
    with recording as timeline:
        asyncio.run(cook())
        logs = [found.log for found, _ in recording._session._threads.values()]
        kept = max(log.times[-1] - log.times[0] for log in logs if len(log.times) > 10)

    assert kept < 0.3
    assert timeline.duration == pytest.approx(0.1)
    assert {span.label for span in timeline.spans if span.kind == "thread"} == {"sleep(0.001)"}


@pytest.mark.parametrize("last", [0, -1.0, float("nan")])
def test_a_window_without_seconds_is_refused(last: float) -> None:
    with pytest.raises(ValueError, match="last: it is a number of seconds above 0"):
        record(last=last)


def test_the_last_events_are_read_from_the_first_mark_that_has_few_behind_it() -> None:
    loop = looptime.new_event_loop()

    async def scene() -> list[Timeline]:
        recording = record(clock=loop.time, last=100.0)
        with recording:
            await shop(60)
            return [recording.so_far(most) for most in (10_000, 200, 1)]

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        whole, some, few = runner.run(scene())

    assert whole.duration == pytest.approx(60)
    # A loaf takes 13 events or so, and there is a mark every 25 seconds.
    assert some.duration == few.duration == pytest.approx(10, abs=1)
    assert len(few.named("bake")) == pytest.approx(10, abs=1)
