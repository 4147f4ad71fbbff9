"""What `record()` sees, told whole: every row, every state, who woke whom, every end."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable

import laws
import pytest
from laws import states_tile
from scenes import recorded, told

from asyncdemo import record
from asyncdemo.timeline import Timeline


async def brew(drink: str, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return drink


async def add(a: int, b: int) -> int:
    return a + b


async def drip(count: int) -> AsyncIterator[int]:
    try:
        for n in range(count):
            yield n
            await asyncio.sleep(0.1)
    finally:
        await asyncio.sleep(0.2)


def test_gathered_coroutines_overlap_and_the_last_to_finish_wakes_their_parent() -> None:
    async def serve() -> None:
        await asyncio.gather(brew("tea", 1.0), brew("coffee", 0.3))

    timeline = recorded(serve)

    assert told(timeline) == [
        "test(): running · waiting await scene() · ready by brew('tea', 1.0) · running → returned",
        '└─ serve(): running · waiting await asyncio.gather(brew("tea", 1.0), '
        "brew(\"coffee\", 0.3)) · ready by brew('tea', 1.0) · running → returned None",
        "   ├─ task brew('tea', 1.0): not started · running · waiting await "
        "asyncio.sleep(seconds) · ready · running → returned 'tea'",
        "   └─ task brew('coffee', 0.3): not started · running · waiting await "
        "asyncio.sleep(seconds) · ready · running → returned 'coffee'",
    ]
    assert timeline.duration == pytest.approx(1.0, abs=1e-3)
    assert timeline.one_after_another == pytest.approx(1.3, abs=1e-3)
    assert timeline.max_in_flight == 2


def test_awaiting_a_coroutine_that_never_suspends_never_waits() -> None:
    async def order() -> int:
        return await add(1, 2) * 2

    assert told(recorded(order)) == [
        "test(): running → returned",
        "└─ order(): running → returned 6",
        "   └─ add(1, 2): running → returned 3",
    ]


def test_an_await_chain_waits_and_wakes_as_one() -> None:
    async def boil() -> None:
        await asyncio.sleep(1)

    async def pour() -> None:
        await boil()

    assert told(recorded(pour)) == [
        "test(): running · waiting await scene() · ready · running → returned",
        "└─ pour(): running · waiting await boil() · ready · running → returned None",
        "   └─ boil(): running · waiting await asyncio.sleep(1) · ready · running → returned None",
    ]


def test_a_failure_in_a_task_group_cancels_the_siblings() -> None:
    async def burn() -> None:
        await asyncio.sleep(0.1)
        raise ValueError("burnt")

    async def serve() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(brew("tea", 1.0))
            group.create_task(burn())

    async def guarded() -> None:
        with contextlib.suppress(ExceptionGroup):
            await serve()

    assert told(recorded(guarded))[2:] == [
        "   └─ serve(): running · waiting async with asyncio.TaskGroup() as group · "
        "ready by brew('tea', 1.0) · running → raised ExceptionGroup",
        "      ├─ task brew('tea', 1.0): not started · running · waiting await "
        "asyncio.sleep(seconds) · ready by burn() · running → cancelled",
        "      └─ task burn(): not started · running · waiting await asyncio.sleep(0.1) · "
        "ready · running → raised ValueError",
    ]


async def stubborn() -> str:
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        await asyncio.sleep(1)
    return "kept"


async def gives_in() -> str:
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        return "saved"
    return "late"


@pytest.mark.parametrize(
    ("job", "told_of_outer", "told_of_inner"),
    [
        (
            stubborn,
            "task outer(): not started · running · waiting await job() · ready by cancel() · "
            "waiting await job() · ready · running → returned 'kept'",
            "stubborn(): running · waiting await asyncio.sleep(5) · ready by cancel() · running "
            "· waiting await asyncio.sleep(1) · ready · running → returned 'kept'",
        ),
        (
            gives_in,
            "task outer(): not started · running · waiting await job() · ready by cancel() · "
            "running → returned 'saved'",
            "gives_in(): running · waiting await asyncio.sleep(5) · ready by cancel() · running "
            "→ returned 'saved'",
        ),
    ],
)
def test_a_swallowed_cancellation_does_not_break_the_chain(
    job: Callable[[], Awaitable[str]], told_of_outer: str, told_of_inner: str
) -> None:
    async def outer() -> str:
        return await job()

    async def cancel() -> None:
        task = asyncio.create_task(outer())
        await asyncio.sleep(0.1)
        task.cancel()
        await task

    lines = told(recorded(cancel))
    assert lines[2].endswith(told_of_outer)
    assert lines[3].endswith(told_of_inner)


def test_a_task_cancelled_before_its_first_step_never_runs() -> None:
    async def change_mind() -> None:
        task = asyncio.create_task(brew("tea", 1), name="pot")
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    timeline = recorded(change_mind)

    assert told(timeline)[2] == "   └─ task brew('tea', 1): not started → cancelled"
    assert timeline.named("brew")[0].task_name == "pot"
    assert timeline.named("brew")[0].duration == 0


def test_an_eager_task_runs_before_create_task_returns() -> None:
    async def hurry() -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        await asyncio.create_task(brew("tea", 1))
        await asyncio.create_task(add(1, 2))

    assert told(recorded(hurry))[2:] == [
        "   ├─ task brew('tea', 1): running · waiting await asyncio.sleep(seconds) · ready · "
        "running → returned 'tea'",
        "   └─ task add(1, 2): running → returned 3",
    ]


def test_a_task_made_eager_by_hand_is_told_from_an_await() -> None:
    async def hurry() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.Task(brew("tea", 1), loop=loop, eager_start=True)
        await brew("cocoa", 1)

    eager, awaited = recorded(hurry).named("brew")
    assert (eager.is_task, awaited.is_task) == (True, False)
    assert [s.state for s in eager.stretches] == ["running", "waiting", "ready", "running"]


def test_an_async_generator_waits_at_its_yield_and_at_its_await() -> None:
    async def taste() -> None:
        async for _ in drip(1):
            pass

    assert told(recorded(taste)) == [
        "test(): running · waiting await scene() · ready · running · waiting await scene() · "
        "ready · running → returned",
        "└─ taste(): running · waiting async for _ in drip(1) · ready · running · waiting "
        "async for _ in drip(1) · ready · running → returned None",
        "   └─ drip(1): running · waiting yield n · running · waiting await asyncio.sleep(0.1) "
        "· ready · running · waiting await asyncio.sleep(0.2) · ready · running → returned",
    ]


def test_an_async_generator_closed_early_says_so() -> None:
    async def taste() -> None:
        async with contextlib.aclosing(drip(3)) as drops:
            async for _ in drops:
                break

    assert told(recorded(taste))[2] == (
        "   └─ drip(3): running · waiting yield n · running · waiting await asyncio.sleep(0.2) "
        "· ready · running → closed"
    )


def test_a_generator_that_is_only_dropped_is_closed_or_unfinished() -> None:
    async def numbers() -> AsyncIterator[int]:
        for n in range(3):
            yield n

    async def taste() -> None:
        async for _ in numbers():
            break
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    span = recorded(taste).named("numbers")[0]
    # 3.13.0 has no event for a generator that is collected.
    assert span.outcome in ("closed", "unfinished")
    assert span.awaits == ("yield n",)


def test_a_producer_wakes_its_consumer() -> None:
    async def serve() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()

        async def produce() -> None:
            await asyncio.sleep(0.1)
            await queue.put(1)

        async def consume() -> None:
            await queue.get()

        await asyncio.gather(consume(), produce())

    timeline = recorded(serve)

    assert told(timeline)[2] == (
        "   ├─ task consume(): not started · running · waiting await queue.get() · "
        "ready by produce() · running → returned None"
    )
    assert [(timeline.span(w.by).name, timeline.span(w.woken).name) for w in timeline.wakes] == [
        ("produce", "consume"),
        ("consume", "test"),
        ("consume", "serve"),
    ]


def test_a_bare_yield_is_ready_at_once() -> None:
    async def polite() -> None:
        await asyncio.sleep(0)

    assert told(recorded(polite))[1] == (
        "└─ polite(): running · waiting await asyncio.sleep(0) · ready · running → returned None"
    )


def test_what_has_not_ended_is_unfinished_and_what_has_not_begun_not_started() -> None:
    tasks: list[asyncio.Task[str]] = []

    async def leave() -> None:
        tasks.append(asyncio.create_task(brew("tea", 9)))
        await asyncio.sleep(1)
        tasks.append(asyncio.create_task(brew("cocoa", 9)))

    timeline = recorded(leave)

    assert told(timeline)[2:] == [
        "   ├─ task brew('tea', 9): not started · running · waiting await "
        "asyncio.sleep(seconds) → unfinished",
        "   └─ task brew('cocoa', 9): not started → unfinished",
    ]
    assert timeline.named("brew")[0].end == timeline.duration


def test_states_tile_every_span() -> None:
    async def everything() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.gather(stubborn(), brew("tea", 1), gives_in())
        async for _ in drip(2):
            pass

    timeline: Timeline = recorded(everything)
    assert len(timeline.spans) == 6
    assert all(states_tile(span) for span in timeline.spans)
    for span in timeline.spans:
        assert 0 <= span.created <= span.start <= span.end <= timeline.duration


def test_the_line_of_the_parent_is_known() -> None:
    async def serve() -> None:
        await brew("tea", 0.1)
        await asyncio.create_task(brew("cocoa", 0.1))

    awaited, created = recorded(serve).named("brew")
    first = serve.__code__.co_firstlineno
    assert (awaited.parent_line, created.parent_line) == (first + 1, first + 2)
    assert (awaited.is_task, created.is_task) == (False, True)


def test_a_library_is_shown_only_when_asked_for() -> None:
    async def serve() -> None:
        await asyncio.wait_for(brew("tea", 0.1), 1)

    assert [s.name for s in recorded(serve).spans] == ["test", "serve", "brew"]
    asked = recorded(serve, include=("asyncio",))
    assert [s.name for s in asked.spans] == [
        "test",
        "serve",
        "wait_for",
        "Timeout.__aenter__",
        "brew",
        "sleep",
        "Timeout.__aexit__",
    ]


def test_a_task_group_that_waits_for_clean_up_is_waiting_and_not_ready() -> None:
    async def fail() -> None:
        await asyncio.sleep(0.1)
        raise ValueError

    async def tidy() -> None:
        try:
            await asyncio.sleep(1)
        finally:
            await asyncio.sleep(0.3)

    async def serve() -> None:
        with contextlib.suppress(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                group.create_task(tidy())
                group.create_task(fail())

    (span,) = recorded(serve).named("serve")
    assert span.time("ready") < 0.01
    assert span.time("waiting") == pytest.approx(0.4, abs=0.01)


def test_a_caller_that_suspended_runs_when_it_calls_the_next() -> None:
    async def scrub() -> None:
        await asyncio.sleep(0)

    timelines: list[Timeline] = []

    async def serve() -> None:
        with record() as timeline:
            await asyncio.sleep(0)
            await scrub()
        timelines.append(timeline)

    asyncio.run(serve())

    assert told(timelines[0])[0] == (
        "serve(): running · waiting await asyncio.sleep(0) · ready · running · "
        "waiting await scrub() · ready · running → returned"
    )


def test_a_generator_that_was_open_before_is_shown_when_it_goes_on() -> None:
    async def serve() -> None:
        drops = drip(3)
        await anext(drops)
        with record(clock=clock) as timeline:
            await drops.aclose()
        timelines.append(timeline)

    def clock() -> float:
        return next(ticks) * 1e-6

    ticks = itertools.count()
    timelines: list[Timeline] = []
    asyncio.run(serve())

    assert [span.label for span in timelines[0].spans] == ["serve()", "drip(…)"]
    assert timelines[0].spans[1].outcome == "closed"


def test_generators_that_are_closed_in_turn_leave_their_consumer_running() -> None:
    async def wipe() -> None:
        await asyncio.sleep(0.1)

    async def drip(count: int) -> AsyncIterator[int]:
        try:
            for n in range(count):
                yield n
        finally:
            await wipe()

    async def taste() -> list[int]:
        async with contextlib.AsyncExitStack() as stack:
            drips = [
                await stack.enter_async_context(contextlib.aclosing(drip(3))) for _ in range(3)
            ]
            return [await anext(drops) for drops in drips]

    timeline = recorded(taste)
    for drop in timeline.named("wipe"):
        assert [stretch.state for stretch in drop.stretches][-1] == "running"
    (span,) = timeline.named("taste")
    assert (span.outcome, span.result) == ("returned", "[…]")
    assert [s.outcome for s in timeline.named("drip")] == ["closed"] * 3
    assert all(states_tile(span) for span in timeline.spans)


def test_a_generator_goes_on_in_another_call_than_the_one_that_made_it() -> None:
    @contextlib.asynccontextmanager
    async def kitchen() -> AsyncIterator[None]:
        yield
        await asyncio.sleep(0.1)

    async def enter(opened: contextlib.AbstractAsyncContextManager[None]) -> None:
        await opened.__aenter__()

    async def leave(opened: contextlib.AbstractAsyncContextManager[None]) -> None:
        await opened.__aexit__(None, None, None)

    async def serve() -> None:
        opened = kitchen()
        await enter(opened)
        await leave(opened)

    timeline = recorded(serve)
    assert told(timeline)[1:] == [
        "└─ serve(): running · waiting await leave(opened) · ready · running → returned None",
        "   ├─ enter(_AsyncGeneratorContextManager(…)): running → returned None",
        "   │  └─ kitchen(): running · waiting yield · running · "
        "waiting await asyncio.sleep(0.1) · ready · running → returned",
        "   └─ leave(_AsyncGeneratorContextManager(…)): running · "
        "waiting await opened.__aexit__(None, None, None) · ready · running → returned None",
    ]
    assert laws.broken(timeline) == []


def test_a_task_of_a_group_has_the_name_that_was_chosen() -> None:
    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
            group.create_task(brew("tea", 0.1), name="kettle")
            group.create_task(brew("milk", 0.1))

    tea, milk = recorded(scene).named("brew")

    assert (tea.task_name, milk.task_name) == ("kettle", "")
