"""Wrong answers to the exercises of lesson 08, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "08_share_and_coordinate"


@pytest.mark.parametrize("exercise", ["ex1", "ex2", "ex3"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


TILL = """
async def evening():
    till["total"] = 0
    {before}
    async def pay_in_turn(price):
        {body}

    return await asyncio.gather(pay_in_turn(3), pay_in_turn(5), pay_in_turn(7))
"""
A_LOCK_EACH = TILL.format(
    before="",
    body="""reader = asyncio.Lock()
        async with reader:
            return await pay(price, 0.1)""",
)
NO_LOCK = TILL.format(before="", body="return await pay(price, 0.1)")
LET_GO_TOO_EARLY = TILL.format(
    before="reader = asyncio.Lock()",
    body="""async with reader:
            payment = pay(price, 0.1)
        return await payment""",
)
TWO_PLACES = TILL.format(
    before="reader = asyncio.Semaphore(2)",
    body="""async with reader:
            return await pay(price, 0.1)""",
)
NOT_RETURNED = TILL.format(
    before="reader = asyncio.Lock()",
    body="""async with reader:
            await pay(price, 0.1)""",
)
PLAIN_WITH = TILL.format(
    before="reader = asyncio.Lock()",
    body="""with reader:
            return await pay(price, 0.1)""",
)
AT_ONCE = "pay(5, 0.1) started before pay(3, 0.1) had ended."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (A_LOCK_EACH, [AT_ONCE, "It returned [3, 5, 7]."]),
        (NO_LOCK, [AT_ONCE, "It returned [3, 5, 7]."]),
        (LET_GO_TOO_EARLY, [AT_ONCE, "It returned [3, 5, 7]."]),
        (TWO_PLACES, [AT_ONCE, "It returned [3, 5, 12]."]),
        (NOT_RETURNED, ["It returned [None, None, None]."]),
    ],
    ids=["a lock each", "no lock", "let go too early", "two places", "not returned"],
)
def test_a_till_that_is_not_guarded_is_told_why(answer: str, says: list[str]) -> None:
    assert wrong(answered(LESSON, "ex1", answer)) == says


def test_a_lock_without_async_with_is_told_what_was_raised() -> None:
    raised = wrong(answered(LESSON, "ex1", PLAIN_WITH))[-1]
    # Python 3.14 adds: Did you mean to use 'async with'?
    assert raised.startswith("It raised TypeError: ")
    assert "Lock' object does not support the context manager protocol" in raised


POTS = """
async def six_pots():
    {before}
    async def fill(pot):
        {body}

    return await asyncio.gather(*(fill(pot) for pot in "ABCDEF"))
"""
UNBOUNDED = POTS.format(before="", body="return await brew(pot, 0.1)")
A_SEMAPHORE_EACH = POTS.format(
    before="",
    body="""async with asyncio.Semaphore(2):
            return await brew(pot, 0.1)""",
)
ONE_KETTLE = POTS.format(
    before="kettle = asyncio.Lock()",
    body="""async with kettle:
            return await brew(pot, 0.1)""",
)
THREE_KETTLES = POTS.format(
    before="kettles = asyncio.Semaphore(3)",
    body="""async with kettles:
            return await brew(pot, 0.1)""",
)
NEVER_BREWED = POTS.format(before="", body="return pot")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (UNBOUNDED, ["At one moment 6 of them were in flight."]),
        (A_SEMAPHORE_EACH, ["At one moment 6 of them were in flight."]),
        (THREE_KETTLES, ["At one moment 3 of them were in flight."]),
        (
            ONE_KETTLE,
            [
                "brew('B', 0.1) only started after brew('A', 0.1) had ended. "
                "Start them all before you wait for any."
            ],
        ),
        (
            NEVER_BREWED,
            ["brew('A', 0.1) never ran. Calling it only makes a coroutine object; await it."],
        ),
    ],
    ids=["unbounded", "a semaphore each", "three kettles", "one kettle", "never brewed"],
)
def test_other_than_two_kettles_are_told_why(answer: str, says: list[str]) -> None:
    assert wrong(answered(LESSON, "ex2", answer)) == says


MAP_BOUNDED = """
from asyncdemo.patterns import map_bounded

async def six_pots():
    async def fill(pot):
        return await brew(pot, 0.1)

    return await map_bounded(fill, "ABCDEF", limit=2)
"""


def test_the_library_s_own_bounded_gather_is_an_answer_too() -> None:
    assert answered(LESSON, "ex2", MAP_BOUNDED).solved


CUPS = """
async def three_cups():
    tea, cocoa = make("tea", "pot", "milk"), make("cocoa", "milk", "ice")
    punch = {punch}
    return {served}
"""
GATHERED = "await asyncio.gather(tea, cocoa, punch)"
STILL_A_CIRCLE = CUPS.format(punch='make("punch", "ice", "pot")', served=GATHERED)
WITH_ITSELF = CUPS.format(punch='make("punch", "pot", "pot")', served=GATHERED)
BY_TURNS = CUPS.format(
    punch='make("punch", "ice", "pot")', served="[await tea, await cocoa, await punch]"
)
GIVEN_UP = CUPS.format(punch='asyncio.wait_for(make("punch", "ice", "pot"), 0.2)', served=GATHERED)
LEFT_OUT = CUPS.format(punch='brew("punch", 0.1)', served=GATHERED)


def test_a_circle_that_is_left_is_ended_and_shown() -> None:
    feedback = answered(LESSON, "ex3", STILL_A_CIRCLE, within=0.3)
    assert feedback.headline == (
        "Not yet: three_cups had not ended after 0.3 s, so it was ended. Until then it waited: "
        "make('tea', 'pot', 'milk') at async with tools[second]; "
        "make('cocoa', 'milk', 'ice') at async with tools[second]; "
        "make('punch', 'ice', 'pot') at async with tools[second]."
    )


def test_a_drink_that_waits_for_itself_is_ended_and_shown() -> None:
    feedback = answered(LESSON, "ex3", WITH_ITSELF, within=0.5)
    assert feedback.headline.startswith("Not yet: three_cups had not ended after 0.5 s")
    assert "make('punch', 'pot', 'pot') at async with tools[second]" in feedback.headline


def test_one_drink_after_another_is_no_cure() -> None:
    assert wrong(answered(LESSON, "ex3", BY_TURNS)) == [
        "make('cocoa', 'milk', 'ice') only started after make('tea', 'pot', 'milk') had ended. "
        "Start them all before you wait for any."
    ]


def test_a_time_limit_is_no_cure() -> None:
    assert wrong(answered(LESSON, "ex3", GIVEN_UP))[-1] == "It raised TimeoutError."


def test_a_punch_without_locks_is_not_taken_for_one() -> None:
    assert wrong(answered(LESSON, "ex3", LEFT_OUT)) == ["make ran 2 times."]
