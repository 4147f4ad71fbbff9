"""Wrong answers to the exercises of lesson 02, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "02_follow_the_await"

CHAIN = """
async def deliver():
    text = {}
    return text.upper()
"""
TRY = """
async def serve_anyway():
    drink = None
    try:
        drink = await spill("tea", 0.1)
    except Spilled as problem:
        {}
    return drink
"""


NEVER = "{} never ran. Calling it only makes a coroutine object; await it."


def once_each(says: list[str]) -> list[str]:
    """The sentences, each as often as a reader has to read it."""
    return [*dict.fromkeys(says)]


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


NOT_UPPER = """
async def deliver():
    return await make("coffee")
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (CHAIN.format("'coffee with hot water'"), [NEVER.format("make"), NEVER.format("boil")]),
        (
            CHAIN.format("'coffee with ' + await boil(0.4)"),
            [NEVER.format("make"), "boil(0.4) was awaited by deliver()."],
        ),
        (CHAIN.format("await make('tea')"), ["It returned 'TEA WITH HOT WATER'."]),
        (NOT_UPPER, ["It returned 'coffee with hot water'."]),
    ],
    ids=["the text typed in", "make left out", "another drink", "small letters"],
)
def test_a_chain_of_another_kind_is_told_why(answer: str, says: list[str]) -> None:
    assert once_each(wrong(answered(LESSON, "ex1", answer))) == says


def test_a_task_that_is_awaited_is_as_good() -> None:
    answer = CHAIN.format("await asyncio.create_task(make('coffee'))")
    feedback = answered(LESSON, "ex1", answer)
    assert feedback.solved, repr(feedback)


WITHOUT_AWAIT = [CHAIN.format("make('coffee')"), CHAIN.format("await make('coffee').upper()")]


@pytest.mark.parametrize("answer", WITHOUT_AWAIT, ids=["no await", "the letters awaited"])
def test_the_letters_of_a_coroutine_object_are_told(answer: str) -> None:
    with pytest.warns(RuntimeWarning, match="'make' was never awaited"):
        found = wrong(answered(LESSON, "ex1", answer))
    assert "It raised AttributeError: 'coroutine' object has no attribute 'upper'." in found


@pytest.mark.filterwarnings("ignore:coroutine 'make' was never awaited:RuntimeWarning")
def test_a_missing_await_is_told_by_the_call_that_misses_it() -> None:
    found = wrong(answered(LESSON, "ex1", WITHOUT_AWAIT[0]))
    assert "make never ran. Calling it only makes a coroutine object; await it." in found


def test_the_letters_of_a_task_are_told() -> None:
    found = wrong(answered(LESSON, "ex1", CHAIN.format("asyncio.create_task(make('coffee'))")))
    assert found[-1].startswith("It raised AttributeError: ")
    assert found[-1].endswith("Task' object has no attribute 'upper'.")


AT_ONCE = """
async def serve_anyway():
    both = spill("tea", 0.1), brew("water", 0.1)
    return (await asyncio.gather(*both, return_exceptions=True))[1]
"""
NOTHING_TRIED = """
async def serve_anyway():
    return await brew("water", 0.1)
"""
BY_ANOTHER = """
async def serve_anyway():
    return await carry_safely("tea")
"""
NO_BREW = NEVER.format("brew")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (TRY.format("drink = 'water'"), [NO_BREW]),
        (TRY.format("drink = problem"), [NO_BREW, "It returned Spilled('tea')."]),
        (TRY.format("await brew('water', 0.1)"), ["It returned None."]),
        (TRY.format("drink = await brew('tea', 0.1)"), ["It returned 'tea'."]),
        (BY_ANOTHER, [NO_BREW, "It returned 'a cloth'."]),
        (NOTHING_TRIED, [NEVER.format("spill")]),
        (AT_ONCE, ["brew('water', 0.1) started before spill('tea', 0.1) had ended."]),
    ],
    ids=[
        "water typed in",
        "the exception returned",
        "the water poured away",
        "tea again",
        "the function of the lesson",
        "nothing tried",
        "both at once",
    ],
)
def test_a_second_choice_of_another_kind_is_told_why(answer: str, says: list[str]) -> None:
    assert once_each(wrong(answered(LESSON, "ex2", answer))) == says


NO_TRY = """
async def serve_anyway():
    drink = await spill("tea", 0.1)
    if isinstance(drink, Spilled):
        drink = await brew("water", 0.1)
    return drink
"""
FINALLY = """
async def serve_anyway():
    try:
        drink = await spill("tea", 0.1)
    finally:
        drink = await brew("water", 0.1)
    return drink
"""
ALL_IN_THE_TRY = """
async def serve_anyway():
    try:
        drink = await spill("tea", 0.1)
        drink = await brew("water", 0.1)
    except Spilled:
        pass
    return drink
"""
SPILLED = "It raised Spilled: tea."
UNBOUND = (
    "It raised UnboundLocalError: "
    "cannot access local variable 'drink' where it is not associated with a value."
)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (NO_TRY, {NO_BREW, SPILLED}),
        (TRY.replace("Spilled", "ValueError").format("pass"), {NO_BREW, SPILLED}),
        (FINALLY, {SPILLED}),
        (ALL_IN_THE_TRY, {NO_BREW, UNBOUND}),
    ],
    ids=["an if for a try", "another exception caught", "finally for except", "all in the try"],
)
def test_an_exception_that_gets_out_is_named(answer: str, says: set[str]) -> None:
    assert says <= set(wrong(answered(LESSON, "ex2", answer)))


NO_AWAIT_IN_TRY = TRY.replace("await spill", "spill").format("drink = await brew('water', 0.1)")


@pytest.mark.parametrize(
    ("answer", "missing", "says"),
    [
        (NO_AWAIT_IN_TRY, "spill", "spill never ran."),
        (TRY.format("drink = brew('water', 0.1)"), "brew", NO_BREW),
    ],
    ids=["in the try", "in the except"],
)
def test_an_object_never_awaited_is_told(answer: str, missing: str, says: str) -> None:
    with pytest.warns(RuntimeWarning, match=f"'{missing}' was never awaited"):
        found = wrong(answered(LESSON, "ex2", answer))
    assert any(line.startswith(says) for line in found)
    assert found[-1].startswith(f"It returned <coroutine object {missing} at ")


def test_an_answer_that_tries_for_ever_is_ended() -> None:
    answer = """
async def serve_anyway():
    while True:
        try:
            return await spill("tea", 0.1)
        except Spilled:
            pass
"""
    feedback = answered(LESSON, "ex2", answer, within=0.5)
    assert feedback.headline.startswith(
        "Not yet: serve_anyway had not ended after 0.5 s, so it was ended."
    )
    assert NO_BREW in wrong(feedback)


def test_water_brewed_beforehand_is_no_second_choice() -> None:
    answer = TRY.replace("None", "water = await brew('water', 0.1)").format("drink = water")
    assert not answered(LESSON, "ex2", answer).solved
