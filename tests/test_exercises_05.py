"""Wrong answers to the exercises of lesson 05, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "05_handle_failures"


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


NOTHING_CAUGHT = """
async def fallen():
    results = await asyncio.gather(*orders())
    return [str(result) for result in results if isinstance(result, Exception)]
"""
FIRST_ONLY = """
async def fallen():
    results = []
    try:
        await asyncio.gather(*orders())
    except Spilled as problem:
        results.append(problem)
    return [str(result) for result in results if isinstance(result, Spilled)]
"""
STOPPED = """
async def fallen():
    results = []
    try:
        await together(orders())
    except* Spilled as part:
        results += part.exceptions
    return [str(result) for result in results]
"""
ONE_BY_ONE = """
async def fallen():
    results = []
    for order in orders():
        try:
            results.append(await order)
        except Spilled as problem:
            results.append(problem)
    return [str(result) for result in results if isinstance(result, Exception)]
"""
ALL_RETURNED = """
async def fallen():
    results = await asyncio.gather(*orders(), return_exceptions=True)
    return [str(result) for result in results]
"""
ANSWER_ONLY = """
async def fallen():
    return ["cocoa", "milk"]
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (NOTHING_CAUGHT, "It raised Spilled: cocoa."),
        (FIRST_ONLY, "brew('tea', 0.5) ended like this: … unfinished."),
        (
            FIRST_ONLY,
            "brew('tea', 0.5), spill('milk', 0.3) were still going on; "
            "await what you start, or cancel it.",
        ),
        (FIRST_ONLY, "It returned ['cocoa']."),
        (STOPPED, "brew('tea', 0.5) ended like this: ⊘ cancelled."),
        (STOPPED, "It returned ['cocoa']."),
        (
            ONE_BY_ONE,
            "spill('cocoa', 0.1) only started after brew('tea', 0.5) had ended. "
            "Start them all before you wait for any.",
        ),
        (ALL_RETURNED, "It returned ['tea', 'cocoa', 'milk']."),
        (ANSWER_ONLY, "brew never ran. Calling it only makes a coroutine object; await it."),
    ],
    ids=[
        "nothing caught",
        "first failure only: the tea",
        "first failure only: left behind",
        "first failure only: the milk",
        "stopped: the tea",
        "stopped: the milk",
        "one by one",
        "all returned",
        "answer only",
    ],
)
def test_fallen_that_does_not_hear_of_every_tray_is_told_why(answer: str, says: str) -> None:
    assert says in wrong(answered(LESSON, "ex1", answer))


def last_round(run: str, first: str, second: str) -> str:
    return f"""
async def last_round():
    told = []
    try:
        {run}
    {first}:
        told.append("spilled")
    {second}:
        told.append("no cloth")
    return told
"""


CALLS = 'brew_neatly("tea", 0.5), spill("cocoa", 0.1)'
GATHER = f"await asyncio.gather({CALLS})"
RETURNED = f"await asyncio.gather({CALLS}, return_exceptions=True)"
TOGETHER = f"await together([{CALLS}])"
STARRED = ("except* Spilled", "except* LookupError")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            last_round(TOGETHER, "except Spilled", "except LookupError"),
            [
                "It returned nothing, for it raised ExceptionGroup.",
                "It raised ExceptionGroup: unhandled errors in a TaskGroup (2 sub-exceptions).",
            ],
        ),
        (
            last_round(GATHER, *STARRED),
            [
                "brew('tea', 0.5) ended like this: … unfinished.",
                "brew_neatly('tea', 0.5), brew('tea', 0.5) were still going on; "
                "await what you start, or cancel it.",
                "It returned ['spilled'].",
            ],
        ),
        (
            last_round(RETURNED, *STARRED),
            ["brew('tea', 0.5) ended like this: ✓ returned 'tea'.", "It returned []."],
        ),
        (
            last_round(TOGETHER, "except* Exception", "except* LookupError"),
            ["It returned ['spilled']."],
        ),
        (
            last_round(TOGETHER, "except ExceptionGroup", "except LookupError"),
            ["It returned ['spilled']."],
        ),
        (
            'async def last_round():\n    return ["spilled", "no cloth"]',
            ["brew never ran. Calling it only makes a coroutine object; await it."],
        ),
    ],
    ids=["group only", "stars only", "returned", "too wide", "the whole group", "answer only"],
)
def test_a_last_round_that_is_not_mended_is_told_why(answer: str, says: list[str]) -> None:
    assert wrong(answered(LESSON, "ex2", answer)) == says


def test_the_three_orders_taken_by_hand_are_as_good() -> None:
    answer = """
async def fallen():
    tasks = [asyncio.create_task(order) for order in orders()]
    await asyncio.wait(tasks)
    return [str(task.exception()) for task in tasks if task.exception()]
"""
    feedback = answered(LESSON, "ex1", answer)
    assert feedback.solved, repr(feedback)


def test_the_group_of_the_lesson_is_as_good_as_one_of_ones_own() -> None:
    feedback = answered(LESSON, "ex2", last_round(TOGETHER, *STARRED))
    assert feedback.solved, repr(feedback)
