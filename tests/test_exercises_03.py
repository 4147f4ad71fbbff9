"""Wrong answers to the exercises of lesson 03, and what their checks say about each."""

from __future__ import annotations

import re

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


ANOTHER_ORDER = """
async def breakfast():
    return await asyncio.gather(brew("toast", 0.2), brew("tea", 0.3))
"""
A_TUPLE = """
async def breakfast():
    tea, toast = await asyncio.gather(brew("tea", 0.3), brew("toast", 0.2))
    return tea, toast
"""
A_LIST_IN_A_LIST = """
async def breakfast():
    return [await asyncio.gather(brew("tea", 0.3), brew("toast", 0.2))]
"""


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (ANOTHER_ORDER, ["It returned ['toast', 'tea']."]),
        (A_TUPLE, ["It returned ('tea', 'toast')."]),
        (A_LIST_IN_A_LIST, ["It returned [['tea', 'toast']]."]),
    ],
    ids=["another order", "a tuple", "a list in a list"],
)
def test_breakfast_that_overlaps_is_told_about_its_result(answer: str, says: list[str]) -> None:
    assert wrong(answered(LESSON, "ex1", answer)) == says


GATHER_NOT_AWAITED = """
async def breakfast():
    return asyncio.gather(brew("tea", 0.3), brew("toast", 0.2))
"""
RESULTS_TOO_EARLY = """
async def breakfast():
    tasks = [asyncio.create_task(brew("tea", 0.3)), asyncio.create_task(brew("toast", 0.2))]
    return [task.result() for task in tasks]
"""


@pytest.mark.parametrize(
    "answer",
    [GATHER_NOT_AWAITED, RESULTS_TOO_EARLY],
    ids=["gather not awaited", "results asked for too early"],
)
def test_breakfast_that_nobody_waits_for_is_told(answer: str) -> None:
    found = wrong(answered(LESSON, "ex1", answer))
    assert "brew('tea', 0.3) ended like this: … unfinished." in found


def test_a_gather_not_awaited_is_answered_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answered(LESSON, "ex1", GATHER_NOT_AWAITED)
    assert not caplog.records


def test_a_list_handed_to_gather_is_told() -> None:
    answer = """
async def breakfast():
    return await asyncio.gather([brew("tea", 0.3), brew("toast", 0.2)])
"""
    with pytest.warns(RuntimeWarning, match="'brew' was never awaited"):
        found = wrong(answered(LESSON, "ex1", answer))
    assert found[0] == "brew never ran. Calling it only makes a coroutine object; await it."
    assert found[-1].startswith("It raised TypeError: ")


PAUSE = """\
async def busy_morning():
    async def pause():
        {}

    return await asyncio.gather(brew("tea", 0.2), pause())
"""
PAUSE_FIRST = PAUSE.format("time.sleep(0.3)").replace(
    'gather(brew("tea", 0.2), pause())', 'gather(pause(), brew("tea", 0.2))'
)
IN_TURN = PAUSE.format("await asyncio.sleep(0.3)").replace(
    'await asyncio.gather(brew("tea", 0.2), pause())', '[await brew("tea", 0.2), await pause()]'
)
LEFT_OUT = IN_TURN.replace("await pause()", "None")


def blocked(line: str, number: int = 3) -> str:
    return f"It was blocked for … by line {number}: {line}."


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            PAUSE.format("time.sleep(0.3)  # mend this line"),
            {blocked("time.sleep(0.3)  # mend this line")},
        ),
        (
            PAUSE.format("await asyncio.sleep(0)\n        time.sleep(0.3)"),
            {blocked("time.sleep(0.3)", 4)},
        ),
        (
            PAUSE.format("for _ in range(30): time.sleep(0.01)"),
            {blocked("for _ in range(30): time.sleep(0.01)")},
        ),
        (
            PAUSE.format("await asyncio.to_thread(time.sleep(0.3))"),
            {
                blocked("await asyncio.to_thread(time.sleep(0.3))"),
                "It raised TypeError: 'NoneType' object is not callable.",
            },
        ),
        (
            PAUSE_FIRST,
            {
                blocked("time.sleep(0.3)"),
                "brew('tea', 0.2) only started after pause() had ended. "
                "Start them all before you wait for any.",
            },
        ),
        (
            IN_TURN,
            {
                "pause() only started after brew('tea', 0.2) had ended. "
                "Start them all before you wait for any."
            },
        ),
        (LEFT_OUT, {"pause never ran. Calling it only makes a coroutine object; await it."}),
        (
            PAUSE.format("return await asyncio.sleep(0.3, 'rested')"),
            {"It returned ['tea', 'rested']."},
        ),
    ],
    ids=[
        "not mended",
        "steps aside, then blocks",
        "many short naps",
        "called here for a thread",
        "the pause first",
        "one after another",
        "the pause left out",
        "another result",
    ],
)
def test_a_morning_still_blocked_or_out_of_step_is_told(answer: str, says: set[str]) -> None:
    found = wrong(answered(LESSON, "ex2", answer))
    # How long is the machine's affair, and a busy one may block for a moment of its own as well.
    assert says <= {re.sub(r"for [\d.]+ m?s by", "for … by", line) for line in found}


def test_time_sleep_awaited_is_told() -> None:
    found = wrong(answered(LESSON, "ex2", PAUSE.format("await time.sleep(0.3)")))
    assert any(line.endswith(" s by line 3: await time.sleep(0.3).") for line in found)
    assert found[-1].startswith("It raised TypeError: ")


def test_a_pause_handed_on_as_an_object_is_told() -> None:
    with pytest.warns(RuntimeWarning, match="'sleep' was never awaited"):
        found = wrong(answered(LESSON, "ex2", PAUSE.format("return asyncio.sleep(0.3)")))
    assert found[-1].startswith("It returned ['tea', <coroutine object sleep at ")


def test_a_pause_in_a_thread_is_as_good() -> None:
    feedback = answered(LESSON, "ex2", PAUSE.format("await asyncio.to_thread(time.sleep, 0.3)"))
    assert feedback.solved, repr(feedback)


@pytest.mark.filterwarnings("ignore:coroutine 'sleep' was never awaited:RuntimeWarning")
@pytest.mark.parametrize(
    "line",
    [
        "asyncio.sleep(0.3)",
        "asyncio.create_task(asyncio.sleep(0.3))",
        "await asyncio.sleep(0)",
        "time.sleep(0.05)",
        "pass",
    ],
    ids=["not awaited", "a task not awaited", "no time at all", "blocks a little", "no pause"],
)
def test_a_pause_that_does_not_stay_is_told(line: str) -> None:
    feedback = answered(LESSON, "ex2", PAUSE.format(line))
    assert not feedback.solved
