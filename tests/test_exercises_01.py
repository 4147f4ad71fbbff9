"""Wrong answers to the exercises of lesson 01, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

from asyncdemo.checks import Feedback

LESSON = "01_await_a_coroutine"
# The lesson's own cells leave these to later cells, which are not run here.
TIDY = "order.close()\nloop.close()\n\n"

NEVER_RAN = "multiply never ran. Calling it only makes a coroutine object; await it."
ROUND = """
async def price_of_round():
    price = {}
    return price
"""
TWO_ROUNDS = """
async def price_of_two_rounds():
    total = {}
    return total
"""


def tried(exercise: str, answer: str) -> Feedback:
    return answered(LESSON, exercise, TIDY + answer)


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = tried(exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


@pytest.mark.parametrize(
    ("exercise", "stub", "name"),
    [("ex1", ROUND, "price_of_round"), ("ex2", TWO_ROUNDS, "price_of_two_rounds")],
)
def test_a_gap_that_is_left_is_named(exercise: str, stub: str, name: str) -> None:
    assert tried(exercise, stub.format("await multiply(2, 3) + ...")).headline == (
        f"Not solved yet: replace the ... in {name}, run its cell, then run this check again."
    )


def test_a_task_that_is_awaited_is_as_good() -> None:
    feedback = tried("ex1", ROUND.format("await asyncio.create_task(multiply(6, 7))"))
    assert feedback.solved, repr(feedback)


PRINTED = """
async def price_of_round():
    price = await multiply(6, 7)
    print(price)
"""
CALLED_TWICE = """
async def price_of_round():
    await multiply(6, 7)
    return await multiply(6, 7)
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ROUND.format("42"), [NEVER_RAN]),
        (ROUND.format("await multiply(7, 7)"), ["It returned 49."]),
        (ROUND.format("str(await multiply(6, 7))"), ["It returned '42'."]),
        (ROUND.format("await asyncio.gather(multiply(6, 7))"), ["It returned [42]."]),
        (PRINTED, ["It returned None."]),
        (CALLED_TWICE, ["multiply ran 2 times."]),
    ],
    ids=[
        "the number typed in",
        "another number of cups",
        "a text",
        "a list of one",
        "printed, not returned",
        "called twice",
    ],
)
def test_a_price_come_by_in_another_way_is_told_why(answer: str, says: list[str]) -> None:
    assert wrong(tried("ex1", answer)) == says


SUM_OF_TASKS = """
async def price_of_two_rounds():
    one = asyncio.create_task(multiply(2, 3))
    two = asyncio.create_task(multiply(4, 5))
    return await one + await two
"""
SECOND_NOT_ADDED = """
async def price_of_two_rounds():
    total = await multiply(2, 3)
    await multiply(4, 5)
    return total
"""
OVERLAP = "multiply(4, 5) started before multiply(2, 3) had ended."
NESTED = "await multiply(await multiply(2, 3), await multiply(4, 5))"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            TWO_ROUNDS.format("sum(await asyncio.gather(multiply(2, 3), multiply(4, 5)))"),
            [OVERLAP],
        ),
        (SUM_OF_TASKS, [OVERLAP]),
        (
            TWO_ROUNDS.format("await multiply(2, 3), await multiply(4, 5)"),
            ["It returned (6, 20)."],
        ),
        (TWO_ROUNDS.format(NESTED), ["multiply ran 3 times.", "It returned 120."]),
        (TWO_ROUNDS.format("await multiply(2, 3) + 20"), ["multiply ran once."]),
        (SECOND_NOT_ADDED, ["It returned 6."]),
    ],
    ids=[
        "gathered",
        "two tasks",
        "a comma for a plus",
        "multiplied, not added",
        "the second typed in",
        "the second not added",
    ],
)
def test_two_prices_come_by_in_another_way_are_told_why(answer: str, says: list[str]) -> None:
    assert wrong(tried("ex2", answer)) == says


def test_an_object_awaited_twice_is_told_why() -> None:
    answer = """
async def price_of_two_rounds():
    price = multiply(2, 3)
    return await price + await price
"""
    assert {
        "multiply ran once.",
        "It raised RuntimeError: cannot reuse already awaited coroutine.",
    } <= set(wrong(tried("ex2", answer)))


@pytest.mark.parametrize(
    ("exercise", "answer", "says"),
    [
        (
            "ex1",
            ROUND.format("multiply(6, 7)"),
            {NEVER_RAN, "It returned <coroutine object multiply"},
        ),
        (
            "ex1",
            ROUND.format("asyncio.run(multiply(6, 7))"),
            {
                NEVER_RAN,
                "It raised RuntimeError: asyncio.run() cannot be called from a running event loop.",
            },
        ),
        (
            "ex2",
            TWO_ROUNDS.format("await multiply(2, 3) + multiply(4, 5)"),
            {
                "multiply ran once.",
                "It raised TypeError: unsupported operand type(s) for +: 'int' and 'coroutine'.",
            },
        ),
        (
            "ex2",
            TWO_ROUNDS.format("await (multiply(2, 3) + multiply(4, 5))"),
            {
                NEVER_RAN,
                "It raised TypeError: "
                "unsupported operand type(s) for +: 'coroutine' and 'coroutine'.",
            },
        ),
    ],
    ids=["no await", "asyncio.run for await", "one await for two calls", "the sum awaited"],
)
def test_an_object_never_awaited_is_told(exercise: str, answer: str, says: set[str]) -> None:
    # Python warns as well, with the sentence that the lesson teaches.
    with pytest.warns(RuntimeWarning, match="'multiply' was never awaited"):
        found = wrong(tried(exercise, answer))
    assert says <= {line.partition(" at 0x")[0] for line in found}


def test_a_function_awaited_without_a_call_is_told() -> None:
    # Its words differ between versions of Python.
    assert wrong(tried("ex1", ROUND.format("await multiply")))[-1].startswith(
        "It raised TypeError: "
    )


def test_a_task_not_awaited_is_told() -> None:
    found = wrong(tried("ex1", ROUND.format("asyncio.create_task(multiply(6, 7))")))
    assert found[0] == "multiply(6, 7) ended like this: … unfinished."


def test_a_function_without_async_is_told() -> None:
    answer = ROUND.format("multiply(6, 7)").replace("async def", "def")
    assert tried("ex1", answer).headline == (
        "Not yet: price_of_round is not a coroutine function. "
        "Define it with async def price_of_round()."
    )


def test_an_answer_that_raised_is_not_said_to_have_returned() -> None:
    assert "It returned None." not in wrong(tried("ex1", ROUND.format("await milk")))


def test_calls_that_never_ran_are_not_said_to_have_run_in_turn() -> None:
    feedback = tried("ex2", TWO_ROUNDS.format("26"))
    assert "✓ the calls of multiply ran one after another" not in feedback.lines()


def test_an_object_in_the_place_of_the_function_is_told() -> None:
    answer = "price_of_round = multiply(6, 7)\nprice_of_round.close()\n"
    assert "multiply is not" not in tried("ex1", answer).headline


def test_an_answer_that_asks_for_arguments_is_told() -> None:
    answer = ROUND.replace("()", "(a, b)").format("await multiply(a, b)")
    assert tried("ex1", answer).headline.startswith("Not yet: price_of_round ")
