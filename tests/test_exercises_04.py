"""Wrong answers to the exercises of lesson 04, and what their checks say about each."""

from __future__ import annotations

import sys

import pytest
from exercises import answered, solution, wrong

LESSON = "04_start_tasks"


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


ANY_TASK = """
async def last_orders():
    async with asyncio.TaskGroup() as table:
        asyncio.create_task(brew("tea", 0.4))
        table.create_task(brew("toast", 0.3))
        await asyncio.sleep(0)
        await scrub("counter", 0.2)
    return "closed"
"""
KEPT_BUT_NOT_AWAITED = """
async def last_orders():
    async with asyncio.TaskGroup() as table:
        tea = asyncio.create_task(brew("tea", 0.4))
        table.create_task(brew("toast", 0.3))
        await asyncio.sleep(0)
        await scrub("counter", 0.2)
    return "closed"
"""
BLOCKING_SLEEP = """
async def last_orders():
    async with asyncio.TaskGroup() as table:
        table.create_task(brew("tea", 0.4))
        table.create_task(brew("toast", 0.3))
        time.sleep(0.1)
        await scrub("counter", 0.2)
    return "closed"
"""
AWAITED_AT_ONCE = """
async def last_orders():
    async with asyncio.TaskGroup() as table:
        await table.create_task(brew("tea", 0.4))
        table.create_task(brew("toast", 0.3))
        await asyncio.sleep(0)
        await scrub("counter", 0.2)
    return "closed"
"""
PLAIN_AWAIT = """
async def last_orders():
    async with asyncio.TaskGroup() as table:
        await brew("tea", 0.4)
        table.create_task(brew("toast", 0.3))
        await asyncio.sleep(0)
        await scrub("counter", 0.2)
    return "closed"
"""
CANCELLED = """
async def last_orders():
    async with asyncio.TaskGroup() as table:
        tea = table.create_task(brew("tea", 0.4))
        table.create_task(brew("toast", 0.3))
        await asyncio.sleep(0)
        await scrub("counter", 0.2)
        tea.cancel()
    return "closed"
"""

SCRUBBED_FIRST = (
    "brew('tea', 0.4) only started after scrub('counter', 0.2) had ended. "
    "Start them all before you wait for any."
)
TOAST_TOO_LATE = (
    "brew('toast', 0.3) only started after brew('tea', 0.4) had ended. "
    "Start them all before you wait for any."
)
TEA_UNFINISHED = "brew('tea', 0.4) ended like this: … unfinished."
TEA_LEFT = "brew('tea', 0.4) was still going on; await what you start, or cancel it."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ANY_TASK, [TEA_UNFINISHED, TEA_LEFT]),
        (KEPT_BUT_NOT_AWAITED, [TEA_UNFINISHED, TEA_LEFT]),
        (BLOCKING_SLEEP, [SCRUBBED_FIRST]),
        (AWAITED_AT_ONCE, [TOAST_TOO_LATE]),
        (PLAIN_AWAIT, [TOAST_TOO_LATE]),
        (CANCELLED, ["brew('tea', 0.4) ended like this: ⊘ cancelled."]),
    ],
    ids=[
        "a task outside the group",
        "a task kept, not awaited",
        "a sleep that blocks",
        "a task awaited at once",
        "no task at all",
        "ended by force",
    ],
)
def test_last_orders_that_start_late_or_are_left_are_told(answer: str, says: list[str]) -> None:
    assert wrong(answered(LESSON, "ex1", answer)) == says


def test_an_eager_task_of_the_group_needs_no_suspension() -> None:
    answer = """
async def last_orders():
    asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    async with asyncio.TaskGroup() as table:
        table.create_task(brew("tea", 0.4))
        table.create_task(brew("toast", 0.3))
        await scrub("counter", 0.2)
    return "closed"
"""
    feedback = answered(LESSON, "ex1", answer)
    assert feedback.solved, repr(feedback)


BREWING = """
async def clear_up():
    waits = {"tea": 0.3, "coffee": 0.1, "cocoa": 0.2}
"""
TASKS = BREWING + "    pots = [asyncio.create_task(brew(d, s)) for d, s in waits.items()]\n"
IN_CALL_ORDER = TASKS + "    return [await scrub(await pot, 0) for pot in pots]\n"
ALL_THEN_SCRUBBED = TASKS + (
    "    return [await scrub(drink, 0) for drink in await asyncio.gather(*pots)]\n"
)
ONE_BY_ONE = BREWING + (
    "    return [await scrub(await brew(d, waits[d]), 0) for d in sorted(waits, key=waits.get)]\n"
)
FIRST_ONLY = TASKS + (
    "    for pot in asyncio.as_completed(pots):\n        return [await scrub(await pot, 0)]\n"
)
ASYNC_FOR = TASKS + (
    "    return [await scrub(await pot, 0) async for pot in asyncio.as_completed(pots)]\n"
)

SCRUBBED_LAST = (
    "The order of the ends was: brew('coffee', 0.1), brew('cocoa', 0.2), brew('tea', 0.3), "
    "scrub('tea', 0), scrub('coffee', 0), scrub('cocoa', 0)."
)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (IN_CALL_ORDER, [SCRUBBED_LAST]),
        (ALL_THEN_SCRUBBED, [SCRUBBED_LAST]),
        (
            ONE_BY_ONE,
            [
                "brew('cocoa', 0.2) only started after brew('coffee', 0.1) had ended. "
                "Start them all before you wait for any."
            ],
        ),
        (
            FIRST_ONLY,
            [
                "scrub('cocoa', 0) never ran. Calling it only makes a coroutine object; await it.",
                "brew('tea', 0.3), brew('cocoa', 0.2) were still going on; "
                "await what you start, or cancel it.",
            ],
        ),
    ],
    ids=["in call order", "all, then scrubbed", "one by one", "the first only"],
)
def test_pots_that_are_not_scrubbed_as_they_come_are_told(answer: str, says: list[str]) -> None:
    assert wrong(answered(LESSON, "ex2", answer)) == says


@pytest.mark.skipif(sys.version_info < (3, 13), reason="`async for` over as_completed is of 3.13")
def test_the_form_with_async_for_is_as_good() -> None:
    feedback = answered(LESSON, "ex2", ASYNC_FOR)
    assert feedback.solved, repr(feedback)
