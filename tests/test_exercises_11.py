"""Wrong answers to the exercises of lesson 11, and what their checks say about each."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from exercises import answered, solution, wrong

LESSON = "11_talk_to_servers"

# Connections that a wrong answer leaves open are closed by Python, which says so.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def _said_now() -> Iterator[None]:
    yield
    gc.collect()


@pytest.mark.parametrize("exercise", ["ex1", "ex2"])
def test_the_solution_solves_it(exercise: str) -> None:
    feedback = answered(LESSON, exercise, solution(LESSON, exercise))
    assert feedback.solved, repr(feedback)


LIMIT = "timeout=ClientTimeout(0.3)"
BOTH = "await asyncio.gather(*calls, return_exceptions=True)"


def in_time(*lines: str, limit: str = LIMIT) -> str:
    body = "\n        ".join(lines)
    return f"""
async def in_time():
    async with serve() as kitchen, ClientSession(kitchen.url, {limit}) as guest:
        calls = fetch(guest, "tea"), fetch(guest, "cake", 5)
        {body}
"""


CAKE = "fetch(ClientSession(…), 'cake', 5)"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            in_time("return [await call for call in calls][0]"),
            f"{CAKE} only started after fetch(ClientSession(…), 'tea', 0.2) had ended. "
            "Start them all before you wait for any.",
        ),
        (in_time(f"return {BOTH}"), "It returned ['tea', TimeoutError()]."),
        (in_time("return (await asyncio.gather(*calls))[0]"), "It raised TimeoutError."),
        (
            in_time(
                "async with asyncio.timeout(0.3):",
                f"    return ({BOTH})[0]",
                limit="",
            ),
            f"{CAKE} ended like this: ⊘ cancelled.",
        ),
        (
            in_time(f"return ({BOTH})[0]", limit="timeout=ClientTimeout(0.1)"),
            "It returned TimeoutError().",
        ),
        (
            in_time("tea, cake = map(asyncio.ensure_future, calls)", "return await tea"),
            f"{CAKE} was still going on; await what you start, or cancel it.",
        ),
    ],
    ids=[
        "one after another",
        "both results",
        "the exception stops it",
        "one timeout for both",
        "too little time",
        "the cake is left alone",
    ],
)
def test_a_guest_who_does_not_get_the_tea_in_time_is_told_why(answer: str, says: str) -> None:
    lines = wrong(answered(LESSON, "ex1", answer))
    assert any(says in line for line in lines), lines


def test_a_guest_without_a_limit_is_ended() -> None:
    headline = answered(LESSON, "ex1", in_time(f"return ({BOTH})[0]", limit="")).headline
    assert "had not ended after 1 s" in headline
    assert f"Until then it waited: {CAKE} at async with session.get(" in headline


def test_a_limit_for_each_request_is_an_answer_too() -> None:
    answer = """
async def in_time():
    async def fetch(session, drink, seconds=0.2):
        path = f"/page/{drink}?delay={seconds}"
        async with session.get(path, timeout=ClientTimeout(0.3)) as answer:
            return await answer.text()

    async with serve() as kitchen, ClientSession(kitchen.url) as guest:
        async with asyncio.TaskGroup() as group:
            tea = group.create_task(fetch(guest, "tea"))
            try:
                await fetch(guest, "cake", 5)
            except TimeoutError:
                pass
        return tea.result()
"""
    feedback = answered(LESSON, "ex1", answer)
    assert feedback.solved, repr(feedback)


def till(*lines: str) -> str:
    body = "\n        ".join(lines)
    return f"""
async def at_the_till():
    async def till(reader, writer):
        {body}

    server = await asyncio.start_server(till, "127.0.0.1", 0)
    async with server:
        return await asyncio.gather(order(server, "tea"), order(server, "cocoa"))
"""


ANSWERS = ("async for line in reader:", "    writer.write(line.upper())")
RECEIPT, CLOSE = 'await brew("receipt", 0.1)', "writer.close()"


def test_a_till_that_leaves_its_clients_waiting_is_named() -> None:
    no_end = till("async for line in reader:", "    writer.write(line.strip().upper())", CLOSE)
    headline = answered(LESSON, "ex2", no_end, within=0.5).headline
    assert "had not ended after 0.5 s" in headline
    assert "order(Server(…), 'tea') at await reader.readline()" in headline


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (till(RECEIPT, CLOSE), "It returned ['', '']."),
        (
            till(*ANSWERS[:1], "    writer.write(line)", RECEIPT, CLOSE),
            "It returned ['tea', 'cocoa'].",
        ),
        (
            till(*ANSWERS, CLOSE),
            "brew never ran. Calling it only makes a coroutine object; await it.",
        ),
        (till(*ANSWERS, 'asyncio.create_task(brew("receipt", 0.1))', CLOSE), "were still going on"),
    ],
    ids=["no answer", "no capitals", "no receipt", "a receipt that nobody waits for"],
)
def test_a_till_that_answers_otherwise_is_told_so(answer: str, says: str) -> None:
    lines = wrong(answered(LESSON, "ex2", answer))
    assert any(says in line for line in lines), lines


def test_a_till_that_reads_one_line_is_an_answer_too() -> None:
    answer = till("writer.write((await reader.readline()).upper())", RECEIPT, CLOSE)
    assert answered(LESSON, "ex2", answer).solved
