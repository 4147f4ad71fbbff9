"""Under uvloop no step is seen: what is told is true, and what is unknown is said to be so."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

pytest.importorskip("uvloop", reason="it is what these tests are about")
pytest.importorskip("hypothesis", reason="hypothesis makes the programs")
import uvloop
from hypothesis import given, settings
from laws import states_tile
from random_programs import Do, World, play, programs
from scenes import told
from test_recorder_faithful import laws_broken

from asyncdemo import record
from asyncdemo.recording.window import Window
from asyncdemo.timeline import Timeline

type Scene = Callable[[], Coroutine[Any, Any, object]]
type Played = tuple[Any, World, Timeline | None]
type Recorded = Callable[[Scene], Timeline]


async def brew(drink: str, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return drink


def around(scene: Scene) -> Timeline:
    """The recording is around the loop."""
    with record() as timeline:
        uvloop.run(scene())
    return timeline


def within(scene: Scene) -> Timeline:
    """The recording is in a task of the loop."""

    async def test() -> Timeline:
        with record() as timeline:
            await scene()
        return timeline

    return uvloop.run(test())


both = pytest.mark.parametrize("recorded", [around, within])


def rows(timeline: Timeline) -> list[str]:
    """What is told of all but the caller and the scene."""
    return [line.lstrip("│├└─ ") for line in told(timeline)[2:]]


@both
@pytest.mark.parametrize("way", ["gather", "task group", "create_task"])
def test_tasks_have_parents_creations_and_names_but_nobody_woke_them(
    recorded: Recorded, way: str
) -> None:
    async def scene() -> None:
        if way == "gather":
            await asyncio.gather(brew("tea", 0.01), brew("coffee", 0))
        elif way == "task group":
            async with asyncio.TaskGroup() as group:
                group.create_task(brew("tea", 0.01), name="kettle")
                group.create_task(brew("coffee", 0))
        else:
            tea = asyncio.create_task(brew("tea", 0.01), name="kettle")
            await asyncio.gather(tea, asyncio.create_task(brew("coffee", 0)))

    timeline = recorded(scene)

    waited = "waiting await asyncio.sleep(seconds)"
    assert rows(timeline) == [
        f"task brew('tea', 0.01): not started · running · {waited} · running → returned 'tea'",
        f"task brew('coffee', 0): not started · running · {waited} · running → returned 'coffee'",
    ]
    (serving,) = timeline.named("scene")
    tea, coffee = timeline.named("brew")
    assert tea.parent == coffee.parent == serving.id
    assert serving.line < tea.parent_line <= coffee.parent_line
    assert tea.task_name == ("" if way == "gather" else "kettle")
    assert timeline.max_in_flight == 2
    assert all(states_tile(span) for span in timeline.spans)


@both
def test_that_ready_is_unknown_is_said_of_the_spans_of_the_loop(recorded: Recorded) -> None:
    timeline = recorded(lambda: brew("tea", 0.01))

    (tea,) = timeline.named("brew")
    assert not tea.ready_known
    assert not timeline.ready_known
    assert timeline.spans[0].ready_known == (recorded is around)
    assert not [wake for wake in timeline.wakes if wake.woken == tea.id]
    for state in ("ready", "waiting"):
        with pytest.raises(ValueError, match=f"how long brew.* was {state} is not known"):
            tea.time(state)
    assert tea.time("running") > 0
    for measure in (lambda: timeline.one_after_another, lambda: timeline.speedup):
        with pytest.raises(ValueError, match="waited for is not known: its event loop"):
            measure()


def test_the_first_task_is_the_callers_and_of_others_nobody_knows_who_created_them() -> None:
    async def scene() -> None:
        task = asyncio.get_running_loop().create_task(brew("tea", 0))
        await task

    timeline = around(scene)

    first, tea = timeline.named("scene", "brew")
    assert (first.is_task, first.parent) == (True, 0)
    assert (tea.is_task, tea.parent, tea.parent_line) == (True, None, 0)


def test_a_caller_waits_for_a_loop_that_it_runs_without_asyncios_help() -> None:
    async def scene() -> None:
        await brew("tea", 0.05)

    loop = uvloop.new_event_loop()
    with contextlib.closing(loop), record() as timeline:
        loop.run_until_complete(scene())
        loop.run_until_complete(scene())

    caller, first, _, second, _ = timeline.spans
    assert first.parent == second.parent == caller.id
    assert caller.time("waiting") > 0.09
    assert caller.awaits[0] == "loop.run_until_complete(scene())"


@both
def test_a_task_cancelled_before_its_first_step_never_runs(recorded: Recorded) -> None:
    async def scene() -> None:
        task = asyncio.create_task(brew("tea", 1))
        task.cancel()
        await asyncio.wait([task])

    assert rows(recorded(scene)) == ["task brew('tea', 1): not started → cancelled"]


@both
def test_who_was_handed_a_job_in_a_thread_is_its_parent(recorded: Recorded) -> None:
    def scrub(seconds: float) -> None:
        time.sleep(seconds)

    async def scene() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            await asyncio.gather(
                asyncio.to_thread(scrub, 0.02), loop.run_in_executor(pool, scrub, 0.01)
            )

    timeline = recorded(scene)
    (serving,) = timeline.named("scene")
    assert {span.parent for span in timeline.named("scrub")} == {serving.id}
    assert [span.ready_known for span in timeline.named("scrub")] == [True, True]


@both
def test_an_eager_task_is_its_creators(recorded: Recorded) -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.Task(brew("tea", 0), loop=loop, eager_start=True)

    timeline = recorded(scene)
    (tea,), (serving,) = timeline.named("brew"), timeline.named("scene")
    assert (tea.is_task, tea.parent) == (True, serving.id)


@both
def test_a_call_that_blocks_the_loop_is_told_with_its_line(recorded: Recorded) -> None:
    async def block() -> None:
        time.sleep(0.15)

    async def scene() -> None:
        tasks = asyncio.create_task(brew("tea", 0.3)), asyncio.create_task(block())
        await asyncio.wait(tasks)

    timeline = recorded(scene)
    (blocked,) = timeline.blocked
    assert blocked.source == "time.sleep(0.15)"
    assert blocked.span == timeline.named("block")[0].id
    assert 0.15 <= blocked.duration < 0.3


def test_a_loop_that_waits_is_not_blocked() -> None:
    assert not around(lambda: brew("tea", 0.2)).blocked


def test_what_a_plain_callback_does_is_not_a_finished_tasks_doing() -> None:
    async def scene() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, lambda: asyncio.ensure_future(brew("later", 0)))
        await asyncio.create_task(brew("first", 0))
        await asyncio.sleep(0.03)

    timeline = around(scene)
    first, later = timeline.named("brew")
    assert later.label == "brew('later', 0)"
    assert later.parent != first.id


def streams() -> Scene:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readline())
        writer.close()

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"tea\n")
        with contextlib.closing(writer):
            return await reader.readline()

    async def scene() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await asyncio.gather(ask(port), ask(port))

    return scene


@both
def test_calls_over_streams(recorded: Recorded) -> None:
    timeline = recorded(streams())
    (serving,) = timeline.named("scene")
    assert [span.parent for span in timeline.named("ask")] == [serving.id] * 2
    assert [span.outcome for span in timeline.named("ask", "answer")] == ["returned"] * 4
    assert all(states_tile(span) for span in timeline.spans)
    assert timeline.named("ask")[0].awaits[-1] == "await reader.readline()"


async def two() -> None:
    await asyncio.gather(brew("tea", 0.02), brew("coffee", 0.01))


def known(timeline: Timeline) -> list[bool]:
    """Of each call of `two()`: whether ready is known of it, and of what it gathered."""
    found = []
    for span in timeline.named("two"):
        below = timeline.children(span)
        assert [call.label for call in below] == ["brew('tea', 0.02)", "brew('coffee', 0.01)"]
        assert {call.ready_known for call in below} == {span.ready_known}
        woken = [s.woken_by for s in span.stretches if s.woken_by is not None]
        assert woken == ([below[0].id] if span.ready_known else [])
        assert [s.state for s in span.stretches].count("running") == 2
        found.append(span.ready_known)
    return found


@pytest.mark.parametrize("silent", [(True, False), (False, True), (True, False, True, False)])
def test_loops_of_both_kinds_one_after_the_other(silent: tuple[bool, ...]) -> None:
    with record() as timeline:
        for each in silent:
            if each:
                uvloop.run(two())
            else:
                asyncio.run(two())

    assert known(timeline) == [not each for each in silent]
    assert all(span.parent == 0 for span in timeline.named("two"))


def test_a_silent_loop_after_one_that_failed() -> None:
    async def fail() -> None:
        await brew("tea", 0)
        raise ZeroDivisionError

    loop = uvloop.new_event_loop()
    with contextlib.closing(loop), record() as timeline:
        with contextlib.suppress(ZeroDivisionError):
            asyncio.run(fail())
        loop.run_until_complete(two())

    assert known(timeline) == [False]
    assert [span.ready_known for span in timeline.named("fail")] == [True]


@pytest.mark.parametrize("first", ["uvloop", "asyncio"])
def test_loops_of_both_kinds_in_two_threads(first: str) -> None:
    begun = threading.Event()

    async def then_two() -> None:
        begun.set()
        for _ in range(3):
            await two()

    def other() -> None:
        (uvloop if first == "asyncio" else asyncio).run(then_two())

    async def scene() -> None:
        thread = threading.Thread(target=other)
        await two()
        thread.start()
        begun.wait()
        await two()
        await asyncio.to_thread(thread.join)
        await two()

    with record() as timeline:
        (uvloop if first == "uvloop" else asyncio).run(scene())

    found = dict.fromkeys({span.thread for span in timeline.named("two")})
    assert len(found) == 2
    for thread in found:
        here = [span for span in timeline.named("two") if span.thread == thread]
        assert len(here) == 3
        assert {span.ready_known for span in here} == {(first == "asyncio") == (thread == 0)}
    assert sorted(known(timeline)) == [False] * 3 + [True] * 3


def test_a_recording_within_another_knows_that_the_loop_is_silent() -> None:
    inner: list[Timeline] = []

    async def scene() -> None:
        await two()
        with record() as timeline:
            await two()
        inner.append(timeline)

    assert known(around(scene)) == [False, False]
    assert known(inner[0]) == [False]
    assert not inner[0].spans[0].ready_known


def test_a_recording_begun_while_another_thread_runs_a_silent_loop_knows_that() -> None:
    begun, go = threading.Event(), threading.Event()

    async def scene() -> None:
        await two()
        begun.set()
        await asyncio.to_thread(go.wait)
        await two()

    with record():
        thread = threading.Thread(target=lambda: uvloop.run(scene()))
        thread.start()
        begun.wait()
        with record() as timeline:
            go.set()
            thread.join()

    assert known(timeline) == [False]


def played(program: tuple[Do, ...], second: float, recorded: Recorded | None) -> Played:
    """What a program returns and does on uvloop, and the timeline if it is recorded."""
    world, results = World(second=second), []

    async def scene() -> None:
        results.append(await play(world, program))

    timeline = recorded(scene) if recorded else uvloop.run(scene())
    return results[0], world, timeline


# What none of the parts waits for a clock for happens in the same order each time.
@both
@settings(max_examples=max(1, settings().max_examples // 2))
@given(program=programs)
def test_a_recorded_program_does_the_same_and_its_timeline_tells_the_truth(
    recorded: Recorded, program: tuple[Do, ...]
) -> None:
    result, world, _ = played(program, 0, None)
    recorded_result, recorded_world, timeline = played(program, 0, recorded)

    assert recorded_result == result
    assert [what for _, what in recorded_world.effects] == [what for _, what in world.effects]
    laws_hold(timeline, recorded_world)


@both
@settings(max_examples=max(1, settings().max_examples // 20))
@given(program=programs)
def test_the_timeline_of_a_program_that_waits_tells_the_truth(
    recorded: Recorded, program: tuple[Do, ...]
) -> None:
    _, world, timeline = played(program, 0.03, recorded)
    laws_hold(timeline, world)


def laws_hold(timeline: Timeline, world: World) -> None:
    """A timeline obeys the laws, and tells nothing about when calls of the loop were ready."""
    calls = [span for span in timeline.spans if span.kind != "caller"]
    broken = [*laws_broken(timeline, world)]
    broken += [
        f"{span.label} was ready"
        for span in calls
        if span.ready_known or any(stretch.state == "ready" for stretch in span.stretches)
    ]
    assert broken == [], "\n".join([repr(timeline), *broken])


def test_of_a_loop_without_landmarks_the_last_seconds_can_be_kept_too() -> None:
    async def call() -> None:
        await asyncio.sleep(0.01)

    async def serve() -> None:
        deadline = time.monotonic() + 0.6
        while time.monotonic() < deadline:
            await call()

    recording = record(last=0.2)
    with recording as timeline:
        uvloop.run(serve())
        ((observer, _),) = recording._session._threads.values()
        kept = observer.log.times[-1] - observer.log.times[0]

    assert timeline.duration == pytest.approx(0.2)
    assert kept < 0.5
    assert not timeline.ready_known
    (server,) = timeline.named("serve")
    assert (server.start, server.label) == (0.0, "serve(…)")
    assert 3 < len(timeline.named("call")) < 30
    assert all(states_tile(span) for span in timeline.spans)


def test_a_fault_between_its_steps_ends_the_recording_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Window, "between_steps", fail)
    with pytest.warns(RuntimeWarning, match="fault of its own: ZeroDivisionError") as caught:
        with record(last=0.2) as timeline:
            assert uvloop.run(brew("tea", 0.3)) == "tea"

    assert len(caught) == 1
    assert timeline.cut is not None
