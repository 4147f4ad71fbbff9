"""Wrong answers to the exercises of lesson 06, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "06_cancel_and_time_out"


@pytest.mark.parametrize("exercise", ["ex1", "ex2", "ex3"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


AROUND_THE_GUEST = """
async def give_up():
    try:
        return await guest(0.2, brew("tea", 0.6))
    finally:
        await rinse()
"""
RAISED_AGAIN = """
async def give_up():
    async def brew_and_rinse():
        try:
            await brew("tea", 0.6)
        except asyncio.CancelledError:
            await rinse()
            raise

    return await guest(0.2, brew_and_rinse())
"""


@pytest.mark.parametrize("answer", [AROUND_THE_GUEST, RAISED_AGAIN])
def test_rinsing_in_another_good_place_solves_it_too(answer: str) -> None:
    feedback = answered(LESSON, "ex1", answer)
    assert feedback.solved, repr(feedback)


WRONG_EXCEPTION = """
async def give_up():
    async def brew_and_rinse():
        try:
            await brew("tea", 0.6)
        except TimeoutError:
            await rinse()

    return await guest(0.2, brew_and_rinse())
"""
SWALLOWED = """
async def give_up():
    async def brew_and_rinse():
        try:
            await brew("tea", 0.6)
        except asyncio.CancelledError:
            await rinse()

    return await guest(0.2, brew_and_rinse())
"""
NO_TRY = """
async def give_up():
    async def brew_and_rinse():
        await brew("tea", 0.6)
        await rinse()

    return await guest(0.2, brew_and_rinse())
"""
IN_THE_BACKGROUND = """
async def give_up():
    async def brew_and_rinse():
        try:
            await brew("tea", 0.6)
        finally:
            asyncio.create_task(rinse())

    return await guest(0.2, brew_and_rinse())
"""
PATIENT = """
async def give_up():
    async def brew_and_rinse():
        try:
            await brew("tea", 0.6)
        finally:
            await rinse()

    await guest(1, brew_and_rinse())
    return "left"
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (WRONG_EXCEPTION, "rinse never ran."),
        (NO_TRY, "rinse never ran."),
        (SWALLOWED, "It returned None."),
        (
            IN_THE_BACKGROUND,
            "rinse() was still going on; await what you start, or cancel it.",
        ),
        (PATIENT, "brew('tea', 0.6) ended like this: ✓ returned 'tea'."),
    ],
    ids=["wrong exception", "no try", "swallowed", "in the background", "no limit"],
)
def test_a_pot_that_is_not_rinsed_in_time_is_told_why(answer: str, says: str) -> None:
    assert any(line.startswith(says) for line in wrong(answered(LESSON, "ex1", answer)))


NOT_SHIELDED = """
async def settle():
    payment = asyncio.create_task(brew("receipt", 0.4))
    answer = await guest(0.2, payment)
    return answer, await payment
"""
MADE_UP = """
async def settle():
    payment = asyncio.create_task(brew("receipt", 0.4))
    answer = await guest(0.2, payment)
    return answer, "receipt"
"""
LEFT_BEHIND = """
async def settle():
    payment = asyncio.create_task(brew("receipt", 0.4))
    answer = await guest(0.2, asyncio.shield(payment))
    return answer, "receipt"
"""
ASKED_TOO_EARLY = """
async def settle():
    payment = asyncio.create_task(brew("receipt", 0.4))
    answer = await guest(0.2, asyncio.shield(payment))
    return answer, payment.result()
"""
PAID_TWICE = """
async def settle():
    payment = asyncio.create_task(brew("receipt", 0.4))
    answer = await guest(0.2, asyncio.shield(brew("receipt", 0.4)))
    return answer, await payment
"""
STAYED = """
async def settle():
    payment = asyncio.create_task(brew("receipt", 0.4))
    answer = await guest(1, payment)
    return answer, await payment
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (NOT_SHIELDED, "brew('receipt', 0.4) ended like this: ⊘ cancelled."),
        (MADE_UP, "brew('receipt', 0.4) ended like this: ⊘ cancelled."),
        (
            LEFT_BEHIND,
            "brew('receipt', 0.4) was still going on; await what you start, or cancel it.",
        ),
        (ASKED_TOO_EARLY, "It raised InvalidStateError: Result is not set."),
        (PAID_TWICE, "brew('receipt', 0.4) ran 2 times."),
        (STAYED, "It returned ('receipt', 'receipt')."),
    ],
    ids=["not shielded", "made up", "left behind", "asked too early", "paid twice", "stayed"],
)
def test_a_payment_that_is_cut_short_or_forgotten_is_told_so(answer: str, says: str) -> None:
    assert any(line.startswith(says) for line in wrong(answered(LESSON, "ex2", answer)))


ONE_BY_ONE = """
async def serve_table():
    waits = {"tea": 0.1, "cocoa": 5, "coffee": 0.2}
    return [await guest(0.3, brew(drink, seconds)) for drink, seconds in waits.items()]
"""
ONE_LIMIT = """
async def serve_table():
    waits = {"tea": 0.1, "cocoa": 5, "coffee": 0.2}
    orders = [brew(drink, seconds) for drink, seconds in waits.items()]
    return [await guest(0.3, asyncio.gather(*orders))]
"""
NOBODY_CANCELS = """
async def serve_table():
    waits = {"tea": 0.1, "cocoa": 5, "coffee": 0.2}
    orders = [asyncio.create_task(brew(drink, seconds)) for drink, seconds in waits.items()]
    await asyncio.wait(orders, timeout=0.3)
    return [order.result() if order.done() else "left" for order in orders]
"""
SHIELDED = """
async def serve_table():
    waits = {"tea": 0.1, "cocoa": 5, "coffee": 0.2}
    orders = [guest(0.3, asyncio.shield(brew(drink, s))) for drink, s in waits.items()]
    return await asyncio.gather(*orders)
"""
NO_LIMIT = """
async def serve_table():
    waits = {"tea": 0.1, "cocoa": 5, "coffee": 0.2}
    orders = [brew(drink, seconds) for drink, seconds in waits.items()]
    return await asyncio.gather(*orders)
"""
STILL_GOING_ON = "brew('cocoa', 5) was still going on; await what you start, or cancel it."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ONE_BY_ONE, "brew('cocoa', 5) only started after brew('tea', 0.1) had ended."),
        (ONE_LIMIT, "It returned ['left']."),
        (NOBODY_CANCELS, STILL_GOING_ON),
        (SHIELDED, STILL_GOING_ON),
    ],
    ids=["one by one", "one limit for all", "nobody cancels", "shielded"],
)
def test_orders_without_limits_of_their_own_are_told_why(answer: str, says: str) -> None:
    assert any(line.startswith(says) for line in wrong(answered(LESSON, "ex3", answer)))


def test_a_table_without_any_limit_is_ended_and_told_what_it_waited_for() -> None:
    feedback = answered(LESSON, "ex3", NO_LIMIT, within=0.6)
    assert feedback.headline == (
        "Not yet: serve_table had not ended after 0.6 s, so it was ended. "
        "Until then it waited: brew('cocoa', 5) at await asyncio.sleep(seconds)."
    )
