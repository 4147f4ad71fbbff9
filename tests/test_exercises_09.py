"""Wrong answers to the exercises of lesson 09, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "09_pass_work_through_queues"


@pytest.mark.parametrize("exercise", ["ex1", "ex2", "ex3"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


def ended(*calls: str) -> str:
    return f"The order of the ends was: {', '.join(calls)}."


ENDLESS_QUEUE = """
async def rush_hour():
    orders = asyncio.Queue()
    crew = [barista(orders, 0.1), barista(orders, 0.18)]
    await asyncio.gather(waiter(orders, 0, pills=2), *crew)
"""
ROOM_FOR_ONE = """
async def rush_hour():
    orders = asyncio.Queue(maxsize=1)
    crew = [barista(orders, 0.1), barista(orders, 0.18)]
    await asyncio.gather(waiter(orders, 0, pills=2), *crew)
"""
ONE_BARISTA = """
async def rush_hour():
    orders = asyncio.Queue(maxsize=2)
    crew = [barista(orders, 0.1)]
    await asyncio.gather(waiter(orders, 0, pills=1), *crew)
"""
ONE_AFTER_THE_OTHER = """
async def rush_hour():
    orders = asyncio.Queue()
    await waiter(orders, 0, pills=2)
    await barista(orders, 0.1)
    await barista(orders, 0.18)
"""
THREE_BARISTAS = """
async def rush_hour():
    orders = asyncio.Queue(maxsize=2)
    crew = [barista(orders, seconds) for seconds in (0.1, 0.18, 0.3)]
    await asyncio.gather(waiter(orders, 0, pills=3), *crew)
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ENDLESS_QUEUE, [ended("waiter", *["brew"] * 5)]),
        (ROOM_FOR_ONE, [ended(*["brew"] * 4, "waiter", "brew")]),
        (ONE_BARISTA, ["There were never more than 1.", "barista ran once."]),
        (
            ONE_AFTER_THE_OTHER,
            ["There were never more than 1.", ended("waiter", *["brew"] * 5)],
        ),
        (THREE_BARISTAS, ["barista ran 3 times."]),
    ],
    ids=["endless queue", "room for one", "one barista", "one after the other", "three baristas"],
)
def test_a_rush_hour_that_is_not_shared_or_not_held_back(answer: str, says: list[str]) -> None:
    assert wrong(answered(LESSON, "ex1", answer)) == says


ONE_PILL = """
async def rush_hour():
    orders = asyncio.Queue(maxsize=2)
    crew = [barista(orders, 0.1), barista(orders, 0.18)]
    await asyncio.gather(waiter(orders, 0, pills=1), *crew)
"""
WAITER_FIRST = """
async def rush_hour():
    orders = asyncio.Queue(maxsize=2)
    await waiter(orders, 0, pills=2)
    await asyncio.gather(barista(orders, 0.1), barista(orders, 0.18))
"""
TWO_QUEUES = """
async def rush_hour():
    orders = asyncio.Queue(maxsize=2)
    crew = [barista(orders, 0.1), barista(asyncio.Queue(), 0.18)]
    await asyncio.gather(waiter(orders, 0, pills=2), *crew)
"""


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        (ONE_PILL, "barista(Queue(…), 0.18) at await orders.get()"),
        (WAITER_FIRST, "waiter(Queue(…), 0, 2) at await orders.put(cup)"),
        (TWO_QUEUES, "barista(Queue(…), 0.18) at await orders.get()"),
    ],
    ids=["one pill", "the waiter alone first", "a queue of her own"],
)
def test_a_rush_hour_that_does_not_end_is_told_who_waits_where(answer: str, place: str) -> None:
    feedback = answered(LESSON, "ex1", answer, within=0.8)
    assert feedback.headline == (
        "Not yet: rush_hour had not ended after 0.8 s, so it was ended. "
        f"Until then it waited: {place}."
    )


AS_THEY_ARE = """
async def fair():
    await serve(waiting, by_rank, asyncio.PriorityQueue())
"""
NUMBER_FIRST = """
async def fair():
    numbered = [(number, rank, drink) for number, (rank, drink) in enumerate(waiting)]
    await serve(numbered, by_rank, asyncio.PriorityQueue())
"""
NUMBER_LAST = """
async def fair():
    numbered = [(rank, drink, number) for number, (rank, drink) in enumerate(waiting)]
    await serve(numbered, by_rank, asyncio.PriorityQueue())
"""
LATEST_FIRST = """
async def fair():
    numbered = [(rank, -number, drink) for number, (rank, drink) in enumerate(waiting)]
    await serve(numbered, by_rank, asyncio.PriorityQueue())
"""
WITHOUT_RANK = """
async def fair():
    numbered = list(enumerate(drink for rank, drink in waiting))
    await serve(numbered, by_rank, asyncio.PriorityQueue())
"""


def brewed(*drinks: str) -> str:
    return ended(*[f"brew({drink!r}, 0.1)" for drink in drinks])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (AS_THEY_ARE, brewed("mocha", "cocoa", "tea")),
        (NUMBER_FIRST, brewed("tea", "mocha", "cocoa")),
        (NUMBER_LAST, "brew('mocha') never ran."),
        (LATEST_FIRST, brewed("mocha", "cocoa", "tea")),
        (WITHOUT_RANK, brewed("tea", "mocha", "cocoa")),
    ],
    ids=["as they are", "number first", "number last", "latest first", "without rank"],
)
def test_an_unfair_order_is_named(answer: str, says: str) -> None:
    assert wrong(answered(LESSON, "ex2", answer))[0] == says


CAREFUL = """
async def sold_out():
    async def careful(orders):
        while True:
            drink = await orders.get()
            if drink == "mocha":
                {}
            await brew(drink, 0.1)
            orders.task_done()

    await serve(["tea", "mocha", "cocoa"], careful, asyncio.Queue())
"""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("break", "brew('cocoa') never ran."),
        ("orders.put_nowait('tea'); orders.task_done(); continue", "brew('tea') ran 2 times."),
        ("pass", "brew ran 3 times."),
        ("orders.task_done()", "brew ran 3 times."),
        ("raise ValueError(drink)", "brew('cocoa') never ran."),
    ],
    ids=["break", "tea instead", "made all the same", "told and made", "raise"],
)
def test_a_mocha_that_is_not_passed_over(line: str, says: str) -> None:
    assert says in wrong(answered(LESSON, "ex3", CAREFUL.format(line), within=0.6))


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("continue", "careful(Queue(…)) at await orders.get()"),
        ("break", "serve([…], careful, Queue(…)) at await orders.join()"),
    ],
    ids=["not told", "went home"],
)
def test_who_still_waits_when_the_mocha_is_not_told(line: str, place: str) -> None:
    feedback = answered(LESSON, "ex3", CAREFUL.format(line), within=0.6)
    assert feedback.headline == (
        "Not yet: sold_out had not ended after 0.6 s, so it was ended. "
        f"Until then it waited: {place}."
    )
