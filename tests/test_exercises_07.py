"""Wrong answers to the exercises of lesson 07, and what their checks say about each."""

from __future__ import annotations

import nbformat
import pytest
from exercises import NOTEBOOKS, answered, solution, wrong

LESSON = "07_keep_the_loop_free"


@pytest.mark.parametrize("exercise", ["ex1", "ex2", "ex3"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


def with_line(exercise: str, line: str) -> str:
    """The solution with another line in place of the one that it mends."""
    mended = {
        "ex1": "return await asyncio.to_thread(check_pin, '1234')",
        "ex2": "await asyncio.sleep(0)",
        "ex3": "return await asyncio.get_running_loop().run_in_executor(cellar, grind, 60)",
    }
    text = solution(LESSON, exercise)
    assert text.count(mended[exercise]) == 1, text
    return text.replace(mended[exercise], line)


def told(exercise: str, line: str, *, starts: list[str]) -> None:
    """The check says these things, and only these, about such an answer."""
    found = wrong(answered(LESSON, exercise, with_line(exercise, line)))
    assert len(found) == len(starts), found
    for said, start in zip(found, starts, strict=True):
        assert said.startswith(start), found


NO_THREAD = "No call of check_pin was given to a thread."
HASHED_HERE = "It was blocked for "


@pytest.mark.parametrize(
    ("line", "starts"),
    [
        ("return check_pin('1234')", [NO_THREAD, HASHED_HERE]),
        ("await asyncio.sleep(0); return check_pin('1234')", [NO_THREAD, HASHED_HERE]),
        ("return await pay('1234')", [NO_THREAD, HASHED_HERE]),
        (
            "return await asyncio.to_thread(check_pin('1234'))",
            [
                NO_THREAD,
                HASHED_HERE,
                "It returned nothing, for it raised TypeError.",
                "It raised TypeError: 'str' object is",
            ],
        ),
        (
            "return await asyncio.to_thread(check_pin)",
            [
                "It returned nothing, for it raised TypeError.",
                "It raised TypeError: check_pin() missing 1 required",
            ],
        ),
    ],
    ids=["on the loop", "after a pause", "another async def", "called at once", "no argument"],
)
def test_a_pin_that_is_not_checked_in_a_thread_is_told_why(line: str, starts: list[str]) -> None:
    told("ex1", line, starts=starts)


GROUND_IN_ONE_PIECE = "It was blocked for "


@pytest.mark.parametrize(
    "line",
    ["pass", "__import__('time').sleep(0)", "await asyncio.gather()", "await nothing()"],
    ids=["nothing", "the other sleep", "an await of nothing", "a coroutine that never suspends"],
)
def test_stepping_aside_without_a_suspension_is_told_what_it_blocked(line: str) -> None:
    define = "    async def nothing():\n        pass\n\n    async def grind_politely"
    answer = with_line("ex2", line).replace("    async def grind_politely", define)
    found = wrong(answered(LESSON, "ex2", answer))
    assert len(found) == 1 and found[0].startswith(GROUND_IN_ONE_PIECE), found


@pytest.mark.filterwarnings("ignore:coroutine 'sleep' was never awaited")
def test_a_sleep_that_nobody_awaits_is_no_stepping_aside() -> None:
    told("ex2", "asyncio.sleep(0)", starts=[GROUND_IN_ONE_PIECE])


def test_stepping_aside_for_longer_is_stepping_aside() -> None:
    assert answered(LESSON, "ex2", with_line("ex2", "await asyncio.sleep(0.001)")).solved


LOOP = "asyncio.get_running_loop()"
NO_PROCESS = "No call of grind was given to a process."


def test_a_result_that_the_loop_waits_for_is_told_that_the_cups_were_late() -> None:
    line = "return cellar.submit(grind, 60).result()"
    told("ex3", line, starts=["The order of the ends was: grind_below, brew('D', 0.05)."])


def test_a_future_of_the_other_kind_is_told_so() -> None:
    answer = with_line("ex3", "return await cellar.submit(grind, 60)")
    # Leaving the `with` block waits for the job, which may be long enough to be told, too.
    *_, nothing, error = wrong(answered(LESSON, "ex3", answer))
    assert nothing.startswith("It returned nothing")
    assert error.startswith("It raised TypeError: ")


@pytest.mark.parametrize(
    "line",
    [
        "return await asyncio.to_thread(grind, 60)",
        f"return await {LOOP}.run_in_executor(None, grind, 60)",
    ],
    ids=["to_thread", "the loop's own pool"],
)
def test_grinding_in_a_thread_is_told_so(line: str) -> None:
    found = wrong(answered(LESSON, "ex3", with_line("ex3", line)))
    assert found[0] == "grind(60) ran in another thread."


def test_a_call_instead_of_a_function_is_told_so() -> None:
    line = f"return await {LOOP}.run_in_executor(cellar, grind(60))"
    found = wrong(answered(LESSON, "ex3", with_line("ex3", line)))
    assert found[0] == NO_PROCESS
    assert found[-1] == "It raised TypeError: 'int' object is not callable."


def test_a_function_without_a_name_to_import_is_told_so() -> None:
    line = f"return await {LOOP}.run_in_executor(cellar, lambda: grind(60))"
    found = wrong(answered(LESSON, "ex3", with_line("ex3", line)))
    assert found[0] == NO_PROCESS
    # AttributeError before Python 3.14, PicklingError since.
    assert "Can't " in found[-1] and "<lambda>" in found[-1]


def test_wrapping_the_future_is_right_too() -> None:
    line = "return await asyncio.wrap_future(cellar.submit(grind, 60))"
    assert answered(LESSON, "ex3", with_line("ex3", line)).solved


def test_the_stored_picture_shows_that_the_tea_was_late() -> None:
    stored = nbformat.read(NOTEBOOKS / f"{LESSON}.ipynb", as_version=4)
    code = (cell for cell in stored.cells if cell.cell_type == "code")
    (output,) = next(cell for cell in code if "live=True" in cell.source).outputs

    tea = next(line for line in output.data["text/plain"].split("\n") if "brew('tea'" in line)
    assert "▒▒" in tea
