"""Wrong answers to the exercises of lesson 10, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "10_iterate_asynchronously"


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


def pool(handing_over: str, workers: int = 2) -> str:
    return f"""
async def tea_for_three():
    async with worker_pool(serve, workers={workers}) as counter:
        async for cup in pour("tea", 3, 0.05):
            {handing_over}
"""


A_TASK_EACH = """
async def tea_for_three():
    async with asyncio.TaskGroup() as group:
        async for cup in pour("tea", 3, 0.05):
            group.create_task(serve(cup))
"""
LEFT_BEHIND = """
async def tea_for_three():
    async for cup in pour("tea", 3, 0.05):
        asyncio.create_task(serve(cup))
"""
FEWER_CUPS = pool("await counter.put(cup)").replace('"tea", 3', '"tea", 2')


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (A_TASK_EACH, "At one moment 3 of them were in flight."),
        (pool("await counter.put(cup)", workers=3), "At one moment 3 of them were in flight."),
        (pool("await counter.put(cup)", workers=1), "There were never more than 1."),
        (pool("await serve(cup)"), "There were never more than 1."),
        (pool("counter.put(cup).close()"), "serve('tea 1') never ran."),
        (FEWER_CUPS, "serve('tea 3') never ran."),
        (
            LEFT_BEHIND,
            "serve('tea 1'), serve('tea 2'), serve('tea 3') were still going on; "
            "await what you start, or cancel it.",
        ),
    ],
    ids=[
        "a task each",
        "three workers",
        "one worker",
        "the loop serves",
        "never put",
        "fewer cups",
        "left behind",
    ],
)
def test_other_than_two_waiters_are_counted(answer: str, says: str) -> None:
    assert says in wrong(answered(LESSON, "ex1", answer))


def test_a_semaphore_in_each_task_is_an_answer_too() -> None:
    answer = """
async def tea_for_three():
    two = asyncio.Semaphore(2)

    async def wait_on(cup):
        async with two:
            await serve(cup)

    async with asyncio.TaskGroup() as group:
        async for cup in pour("tea", 3, 0.05):
            group.create_task(wait_on(cup))
"""
    assert answered(LESSON, "ex1", answer).solved


def stack(pots: str) -> str:
    return f"""
async def tasting():
    drinks = ["tea", "coffee", "cocoa"]
    async with AsyncExitStack() as stack:
        pots = [{pots} for drink in drinks]
        return [await anext(poured) for poured in pots]
"""


ONE_POT_AT_A_TIME = """
async def tasting():
    cups = []
    for drink in ["tea", "coffee", "cocoa"]:
        async with aclosing(pot(drink, 5)) as poured:
            cups.append(await anext(poured))
    return cups
"""
IN_ORDER = """
async def tasting():
    pots = [pot(drink, 5) for drink in ["tea", "coffee", "cocoa"]]
    cups = [await anext(poured) for poured in pots]
    for poured in pots:
        await poured.aclose()
    return cups
"""
RINSED_BY_HAND = """
async def tasting():
    drinks = ["tea", "coffee", "cocoa"]
    pots = [pour(drink, 5, 0.1) for drink in drinks]
    cups = [await anext(poured) for poured in pots]
    for drink in reversed(drinks):
        await rinse(drink)
    return cups
"""
FORWARD = "The order of the ends was: rinse('tea'), rinse('coffee'), rinse('cocoa')."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ONE_POT_AT_A_TIME, FORWARD),
        (IN_ORDER, FORWARD),
        (RINSED_BY_HAND, "rinse('cocoa') was awaited by tasting()."),
        (stack("pot(drink, 5)"), "pot('tea', 5), pot('coffee', 5), pot('cocoa', 5) were still"),
        (stack("aclosing(pot(drink, 5))"), "It raised TypeError: 'aclosing' object is not an"),
        (
            stack("await stack.enter_async_context(pot(drink, 5))"),
            "It raised TypeError: 'builtins.async_generator' object does not support the "
            "asynchronous context manager protocol.",
        ),
        (
            stack("await stack.enter_async_context(kettle(drink))"),
            "rinse('cocoa') was awaited by kettle('cocoa').",
        ),
    ],
    ids=[
        "one pot at a time",
        "in order",
        "rinsed by hand",
        "not closed",
        "not entered",
        "no aclosing",
        "kettles",
    ],
)
def test_pots_that_are_not_closed_in_reverse_are_named(answer: str, says: str) -> None:
    assert any(line.startswith(says) for line in wrong(answered(LESSON, "ex2", answer)))


def test_pushing_aclose_on_the_stack_is_an_answer_too() -> None:
    answer = """
async def tasting():
    cups = []
    async with AsyncExitStack() as stack:
        for drink in ["tea", "coffee", "cocoa"]:
            poured = pot(drink, 5)
            stack.push_async_callback(poured.aclose)
            cups.append(await anext(poured))
    return cups
"""
    assert answered(LESSON, "ex2", answer).solved
