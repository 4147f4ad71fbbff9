"""The patterns: results, order, limits, and that nothing outlives a failure or a cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import looptime
import pytest

from asyncdemo.jobs import Spilled
from asyncdemo.patterns import (
    call_in_time,
    cancel_and_wait,
    first_success,
    map_bounded,
    worker_pool,
)


class Cafe:
    """Counts what is in flight, and remembers how each call ended."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.most = 0
        self.ended: list[str] = []

    async def brew(self, seconds: float) -> float:
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        how = "cancelled"
        try:
            await asyncio.sleep(seconds)
            how = "brewed"
        finally:
            self.in_flight -= 1
            self.ended.append(f"{how} {seconds:g}")
        return seconds

    async def spill(self, seconds: float) -> float:
        await self.brew(seconds)
        raise Spilled(seconds)


@pytest.fixture
def cafe() -> Iterator[Cafe]:
    cafe = Cafe()
    yield cafe
    assert cafe.in_flight == 0


def run[T](scene: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """The scene's result, and the seconds it took on a clock that never really waits."""

    async def timed() -> tuple[T, float]:
        loop = asyncio.get_running_loop()
        start = loop.time()
        result = await scene
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return result, round(loop.time() - start, 6)

    with asyncio.Runner(loop_factory=looptime.new_event_loop) as runner:
        return runner.run(timed())


def test_bounded_calls_keep_the_limit_and_the_order(cafe: Cafe) -> None:
    result, seconds = run(map_bounded(cafe.brew, [3, 1, 2, 1], limit=2))

    assert result == [3, 1, 2, 1]
    assert cafe.most == 2
    assert cafe.ended == ["brewed 1", "brewed 3", "brewed 2", "brewed 1"]
    assert seconds == 4


def test_a_limit_above_the_number_of_items_is_no_limit(cafe: Cafe) -> None:
    assert run(map_bounded(cafe.brew, [1, 2], limit=9)) == ([1, 2], 2)
    assert run(map_bounded(cafe.brew, [], limit=9)) == ([], 0)


def test_bounded_calls_take_items_one_at_a_time(cafe: Cafe) -> None:
    asked: list[float] = []

    def items() -> Iterator[float]:
        for seconds in [1, 1, 5]:
            asked.append(seconds)
            yield seconds

    async def scene() -> list[float]:
        task = asyncio.create_task(map_bounded(cafe.brew, items(), limit=2))
        await asyncio.sleep(0.5)
        early = [*asked]
        await task
        return early

    assert run(scene())[0] == [1, 1]


def test_a_failing_call_ends_the_others(cafe: Cafe) -> None:
    async def brew_or_spill(seconds: float) -> float:
        return await (cafe.spill(seconds) if seconds == 1 else cafe.brew(seconds))

    async def scene() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await map_bounded(brew_or_spill, [1, 9, 9], limit=2)
        assert caught.group_contains(Spilled)

    assert run(scene())[1] == 1
    assert cafe.ended == ["brewed 1", "cancelled 9"]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_allows_nothing_is_refused(limit: int, cafe: Cafe) -> None:
    async def scene() -> None:
        with pytest.raises(ValueError, match="limit"):
            await map_bounded(cafe.brew, [1], limit=limit)

    run(scene())


@pytest.mark.parametrize(
    "pattern",
    [
        lambda brew: map_bounded(brew, [9, 9, 9], limit=2),
        lambda brew: first_success(lambda: brew(9), lambda: brew(9)),
        lambda brew: call_in_time(brew, [9, 9], seconds=20, default=None),
    ],
    ids=["map_bounded", "first_success", "call_in_time"],
)
def test_a_cancelled_pattern_cancels_its_calls(
    pattern: Callable[[Callable[[float], Awaitable[float]]], Coroutine[Any, Any, Any]], cafe: Cafe
) -> None:
    async def scene() -> None:
        task = asyncio.create_task(pattern(cafe.brew))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert run(scene())[1] == 1
    assert cafe.ended == ["cancelled 9"] * 2


def test_the_first_success_ends_the_others(cafe: Cafe) -> None:
    calls = [lambda: cafe.brew(9), lambda: cafe.spill(1), lambda: cafe.brew(2)]

    assert run(first_success(*calls)) == (2, 2)
    assert cafe.ended == ["brewed 1", "brewed 2", "cancelled 9"]


def test_without_any_success_all_failures_are_told(cafe: Cafe) -> None:
    async def scene() -> list[float]:
        with pytest.raises(ExceptionGroup) as caught:
            await first_success(lambda: cafe.spill(2), lambda: cafe.spill(1))
        return [error.args[0] for error in caught.value.exceptions]

    assert run(scene()) == ([2, 1], 2)


def test_first_success_of_nothing_is_refused() -> None:
    async def scene() -> None:
        with pytest.raises(ValueError, match="at least one"):
            await first_success()

    run(scene())


def test_each_call_has_its_own_time_limit(cafe: Cafe) -> None:
    assert run(call_in_time(cafe.brew, [1, 9, 2], seconds=3, default=None)) == ([1, None, 2], 3)
    assert cafe.ended == ["brewed 1", "brewed 2", "cancelled 9"]


def test_a_timeout_of_the_function_s_own_is_no_late_call(cafe: Cafe) -> None:
    async def gives_up(seconds: float) -> float:
        await cafe.brew(seconds)
        raise TimeoutError

    async def scene() -> None:
        with pytest.raises(ExceptionGroup) as caught:
            await call_in_time(gives_up, [1], seconds=3, default=None)
        assert caught.group_contains(TimeoutError)

    run(scene())


def test_cancelling_waits_for_the_clean_up() -> None:
    async def tidies() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(2)

    async def scene() -> list[bool]:
        tasks = [asyncio.create_task(tidies()), asyncio.create_task(asyncio.sleep(0.5))]
        await asyncio.sleep(1)
        await cancel_and_wait(*tasks)
        return [task.cancelled() for task in tasks]

    assert run(scene()) == ([True, False], 3)


def test_workers_share_the_items_of_a_queue(cafe: Cafe) -> None:
    async def scene() -> None:
        async with worker_pool(cafe.brew, workers=2) as orders:
            for seconds in [3, 1, 1]:
                await orders.put(seconds)

    assert run(scene())[1] == 3
    assert (cafe.most, cafe.ended) == (2, ["brewed 1", "brewed 1", "brewed 3"])


def test_a_full_queue_holds_the_producer_back(cafe: Cafe) -> None:
    async def scene() -> list[float]:
        loop = asyncio.get_running_loop()
        times = []
        async with worker_pool(cafe.brew, workers=1, room=1) as orders:
            for _ in range(3):
                await orders.put(1)
                times.append(round(loop.time(), 6))
        return [time - times[0] for time in times]

    assert run(scene())[0] == [0, 0, 1]


@pytest.mark.parametrize("culprit", ["worker", "block"])
def test_a_failure_ends_the_pool(culprit: str, cafe: Cafe) -> None:
    async def scene() -> None:
        handle = cafe.spill if culprit == "worker" else cafe.brew
        with pytest.raises(ExceptionGroup) as caught:
            async with worker_pool(handle, workers=1) as orders:
                await orders.put(1)
                await orders.put(1)
                await asyncio.sleep(0.5)
                if culprit == "block":
                    raise Spilled
        assert caught.group_contains(Spilled)

    run(scene())
    assert cafe.ended == [{"worker": "brewed 1", "block": "cancelled 1"}[culprit]]


def test_a_pool_without_workers_is_refused(cafe: Cafe) -> None:
    async def scene() -> None:
        with pytest.raises(ValueError, match="workers"):
            async with worker_pool(cafe.brew, workers=0):
                pass

    run(scene())
