"""Wrong answers to the exercises of lesson 13, and what their checks say about each."""

from __future__ import annotations

import re

import pytest
from exercises import answered, solution, wrong

LESSON = "13_test_and_debug"


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


EVENING = """
async def evening():
    served = []
    bell = asyncio.Event()

    async def cook():
        {cook}

    async def test_tea():
        {test}
        assert served == ["tea"]

    await asyncio.gather(cook(), test_tea())
"""
SERVE_AND_RING = """served.append(await brew("tea", 0.1))
        bell.set()"""
RING_AND_SERVE = """bell.set()
        served.append(await brew("tea", 0.1))"""
RING_TOO_SOON = """tea = brew("tea", 0.1)
        bell.set()
        served.append(await tea)"""
SERVE_ONLY = 'served.append(await brew("tea", 0.1))'
POLL = """while not served:
            await asyncio.sleep(0.02)"""
BY_NOBODY = "test_tea was woken by no other call."
TOO_EARLY = "test_tea() ended like this: ✗ raised AssertionError."


def told(cook: str, test: str, *, within: float | None = None) -> list[str]:
    """What is wrong with an evening, whatever time it took."""
    found = wrong(answered(LESSON, "ex1", EVENING.format(cook=cook, test=test), within=within))
    return [re.sub(r"took [\d.]+ s", "took … s", line) for line in found]


@pytest.mark.parametrize(
    ("cook", "test", "says"),
    [
        (SERVE_ONLY, "await asyncio.sleep(0.6)", [BY_NOBODY, "It took … s."]),
        (SERVE_AND_RING, "await asyncio.sleep(0.25)", [BY_NOBODY]),
        (SERVE_ONLY, POLL, [BY_NOBODY]),
        (
            SERVE_AND_RING,
            "await asyncio.sleep(0.6)\n        await bell.wait()",
            [BY_NOBODY, "It took … s."],
        ),
    ],
    ids=["not mended", "a shorter sleep", "polling", "sleeps, then asks"],
)
def test_a_guess_is_told_from_being_woken(cook: str, test: str, says: list[str]) -> None:
    assert told(cook, test) == says


@pytest.mark.parametrize(
    ("cook", "test"),
    [
        (SERVE_AND_RING, "pass"),
        (RING_AND_SERVE, "await bell.wait()"),
        (RING_TOO_SOON, "await bell.wait()"),
        (SERVE_AND_RING, "bell.set()"),
        (SERVE_AND_RING, "await asyncio.sleep(0)"),
    ],
    ids=["no wait", "rings first", "rings before the tea", "rings itself", "steps aside once"],
)
def test_a_test_that_looks_too_early_is_told_so(cook: str, test: str) -> None:
    found = told(cook, test)
    assert found[0] == TOO_EARLY
    assert found[-1].startswith("It raised AssertionError")


@pytest.mark.filterwarnings("ignore:coroutine 'Event.wait' was never awaited:RuntimeWarning")
def test_a_wait_that_is_not_awaited_is_told() -> None:
    found = told(SERVE_AND_RING, "bell.wait()")
    assert found[0] == TOO_EARLY
    assert found[1] == BY_NOBODY


def test_a_bell_that_nobody_rings_is_ended_and_named() -> None:
    answer = EVENING.format(cook=SERVE_ONLY, test="await bell.wait()")
    feedback = answered(LESSON, "ex1", answer, within=0.5)
    assert "test_tea() at await bell.wait()" in feedback.headline
    assert BY_NOBODY in wrong(feedback)


def test_a_test_that_blocks_keeps_the_tea_from_being_served() -> None:
    found = told(SERVE_AND_RING, "import time; time.sleep(0.2)")
    assert found[0] == TOO_EARLY


@pytest.mark.parametrize(
    ("cook", "test"),
    [
        (SERVE_AND_RING, "await asyncio.wait_for(bell.wait(), 1)"),
        (
            SERVE_AND_RING,
            "async with asyncio.timeout(1):\n            await bell.wait()",
        ),
    ],
    ids=["wait_for", "timeout"],
)
def test_a_time_limit_around_the_wait_is_as_good(cook: str, test: str) -> None:
    assert told(cook, test) == []


DELIVERIES = """
async def three_deliveries():
    deliver = {deliver}
    return [await restock(item, 0.1, deliver) for item in ["tea", "milk", "sugar"]]
"""
TEA, MILK, SUGAR = (f"deliver('{item}')" for item in ("tea", "milk", "sugar"))
NO_FAILURE = f"{MILK} ended like this: ✓ returned 'milk'."


def delivered(days: str) -> list[str]:
    """What is wrong with deliveries from a shop that is open and closed on these days."""
    return wrong(answered(LESSON, "ex2", DELIVERIES.format(deliver=f"shop({days}, 0.1)")))


@pytest.mark.parametrize(
    ("days", "says"),
    [
        ('["open"] * 3', [NO_FAILURE, f"The order was: {TEA}, {MILK}, {SUGAR}."]),
        (
            '["closed", "open", "open", "open"]',
            [NO_FAILURE, f"The order was: {TEA}, {TEA}, {MILK}, {SUGAR}."],
        ),
        (
            '["open", "open", "closed", "open"]',
            [NO_FAILURE, f"The order was: {TEA}, {MILK}, {SUGAR}, {SUGAR}."],
        ),
        (
            '["open", "closed", "closed", "open", "open"]',
            [f"The order was: {TEA}, {MILK}, {MILK}, {MILK}, {SUGAR}."],
        ),
        (
            '["open", "closed"] * 3',
            [f"The order was: {TEA}, {MILK}, {MILK}, {SUGAR}, {SUGAR}."],
        ),
        (
            '["open", "closed", "closed", "closed", "open"]',
            [
                f"The order was: {TEA}, {MILK}, {MILK}, {MILK}, {SUGAR}.",
                "brew ran 2 times.",
                "It returned ['tea', None, 'sugar'].",
            ],
        ),
    ],
    ids=[
        "never closed",
        "on the first call",
        "on the third call",
        "twice in a row",
        "on every second call",
        "three times in a row",
    ],
)
def test_a_fake_that_fails_on_other_calls_is_told_which(days: str, says: list[str]) -> None:
    assert delivered(days) == says


def test_a_day_for_each_item_is_one_too_few() -> None:
    assert delivered('["open", "closed", "open"]') == [
        "brew ran 2 times.",
        "It returned nothing, for it raised IndexError.",
        "It raised IndexError: pop from empty list.",
    ]


def test_a_tuple_of_days_is_told_what_it_lacks() -> None:
    found = delivered('("open", "closed", "open", "open")')
    assert found[-1] == "It raised AttributeError: 'tuple' object has no attribute 'pop'."


def test_the_number_of_the_call_is_not_what_the_shop_takes() -> None:
    assert delivered("2")[-1] == "It raised AttributeError: 'int' object has no attribute 'pop'."


def test_more_days_than_calls_are_as_good() -> None:
    assert delivered('["open", "closed"] + ["open"] * 9') == []


def test_a_fake_of_ones_own_must_brew() -> None:
    answer = """
async def three_deliveries():
    calls = []

    async def deliver(item):
        calls.append(item)
        if len(calls) == 2:
            raise ConnectionError(item)
        return item

    return [await restock(item, 0.1, deliver) for item in ["tea", "milk", "sugar"]]
"""
    assert wrong(answered(LESSON, "ex2", answer)) == [
        "brew never ran. Calling it only makes a coroutine object; await it."
    ]
