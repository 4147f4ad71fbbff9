"""Wrong answers to the exercises of lesson 14, and what their checks say about each."""

from __future__ import annotations

import pytest
from exercises import answered, solution, wrong

LESSON = "14_choose_and_scale"


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


SLEEPS = "in_pool(threads, time.sleep, 0.3)"
GRINDS = "in_pool(processes, grind, 60)"
NO_THREAD = "No call of sleep was given to a thread."
NO_PROCESS = "No call of grind was given to a process."


def told(answer: str, exercise: str = "ex1") -> list[str]:
    """What the check of the exercise says is wrong with an answer."""
    return wrong(answered(LESSON, exercise, answer))


def rush_hour(sleeps: str = SLEEPS, grinds: str = GRINDS) -> str:
    """The first exercise's solution, with other calls."""
    text = solution(LESSON, "ex1")
    assert (text.count(SLEEPS), text.count(GRINDS)) == (1, 1), text
    return text.replace(SLEEPS, sleeps).replace(GRINDS, grinds)


def test_all_in_processes_is_told() -> None:
    found = told(rush_hour(sleeps="in_pool(processes, time.sleep, 0.3)"))
    assert found == ["sleep(0.3) ran in another process."]


def test_all_in_threads_is_told() -> None:
    found = told(rush_hour(grinds="in_pool(threads, grind, 60)"))
    # Such a thread keeps the lock, so that the loop may be told to have been blocked, too.
    assert found[0] == "grind(60) ran in another thread."


def test_the_tools_exchanged_are_told() -> None:
    swapped = {"sleeps": "in_pool(processes, time.sleep, 0.3)"}
    found = told(rush_hour(**swapped, grinds="in_pool(threads, grind, 60)"))
    assert found[:2] == ["sleep(0.3) ran in another process.", "grind(60) ran in another thread."]


def test_another_sleep_is_told() -> None:
    found = told(rush_hour(sleeps="asyncio.sleep(0.3)"))
    assert found[0] == NO_THREAD
    assert found[1].startswith("sleep never ran.")


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
def test_calls_made_on_the_loop_are_told() -> None:
    found = told(rush_hour("in_pool(threads, time.sleep(0.3))", "in_pool(processes, grind(60))"))
    assert found[:2] == [NO_THREAD, NO_PROCESS]
    assert found[2].startswith("It was blocked for ")
    assert found[-1].startswith("It raised TypeError: ")


def test_one_after_another_is_told() -> None:
    answer = f"""
async def rush_hour():
    slept = await {SLEEPS}
    ground = await {GRINDS}
    return [await brew("tea", 0.3), slept, ground]
"""
    found = told(answer)
    assert found == [
        "grind(60) only started after sleep(0.3) had ended. Start them all before you wait for any."
    ]


@pytest.mark.parametrize(
    "sleeps",
    ["asyncio.to_thread(time.sleep, 0.3)", "in_pool(None, time.sleep, 0.3)"],
    ids=["to_thread", "the loop's own pool"],
)
def test_other_threads_are_as_good(sleeps: str) -> None:
    feedback = answered(LESSON, "ex1", rush_hour(sleeps))
    assert feedback.solved, repr(feedback)


MENDED = "beans = await in_pool(processes, grind, 120)"


def at_noon(line: str) -> str:
    """The second exercise's solution, with another line in place of the mended one."""
    text = solution(LESSON, "ex2")
    assert text.count(MENDED) == 1, text
    return text.replace(MENDED, line)


@pytest.mark.parametrize(
    "line",
    [
        "beans = grind(120)",
        "await asyncio.sleep(0); beans = grind(120)",
        "beans = await asyncio.sleep(0, grind(120))",
    ],
    ids=["on the loop", "after a pause", "before a pause"],
)
def test_grinding_on_the_loop_is_told(line: str) -> None:
    found = told(at_noon(line), "ex2")
    assert found[0] == NO_PROCESS
    assert found[-1].startswith("It was blocked for ")


def test_grinding_in_a_thread_is_told() -> None:
    found = told(at_noon("beans = await asyncio.to_thread(grind, 120)"), "ex2")
    assert found[0] == "grind(120) ran in another thread."


def test_a_result_that_the_loop_waits_for_is_told_what_it_blocked() -> None:
    line = "beans = processes.submit(grind, 120).result()"
    found = told(at_noon(line), "ex2")
    assert any(
        said.startswith("It was blocked for ") and said.endswith(f"{line}.") for said in found
    ), found


def test_a_process_of_its_own_for_each_guest_is_told_that_it_blocks() -> None:
    line = "with pool_of(1) as own: beans = own.submit(grind, 120).result()"
    found = told(at_noon(line), "ex2")
    assert any(said.startswith("It was blocked for ") for said in found), found


def test_no_beans_are_told() -> None:
    found = told(at_noon("beans = in_pool(processes, grind, 120); beans.close()"), "ex2")
    assert found[0] == NO_PROCESS
    assert found[-1].startswith("It returned ['<coroutine object in_pool at ")
