"""Wrong answers to the exercises of lesson 03, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "03_gather_several_coroutines"


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


ONE_BY_ONE = """
async def breakfast():
    tea_and_toast = [await brew("tea", 0.3), await brew("toast", 0.2)]
    return tea_and_toast
"""
TASK_TOO_LATE = """
async def breakfast():
    tea = await asyncio.create_task(brew("tea", 0.3))
    return [tea, await asyncio.create_task(brew("toast", 0.2))]
"""
NOT_AWAITED = """
async def breakfast():
    tea_and_toast = [brew("tea", 0.3), brew("toast", 0.2)]
    for call in tea_and_toast: call.close()
    return tea_and_toast
"""
ANSWER_ONLY = """
async def breakfast():
    return ["tea", "toast"]
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ONE_BY_ONE, "brew('toast', 0.2) only started after brew('tea', 0.3) had ended."),
        (TASK_TOO_LATE, "brew('toast', 0.2) only started after brew('tea', 0.3) had ended."),
        (NOT_AWAITED, "brew never ran. Calling it only makes a coroutine object; await it."),
        (ANSWER_ONLY, "brew never ran."),
    ],
    ids=["one by one", "tasks awaited at once", "not awaited", "answer only"],
)
def test_breakfast_that_does_not_overlap_is_told_why(answer: str, says: str) -> None:
    assert any(line.startswith(says) for line in wrong(answered(LESSON, "ex1", answer)))
