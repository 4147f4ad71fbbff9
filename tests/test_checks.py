"""Exercise checks: what they say of right answers, wrong answers, stubs and answers that hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from asyncdemo.checks import (
    Feedback,
    Requirement,
    at_most_in_flight,
    awaited,
    check,
    failed,
    finished_in_order,
    is_stub,
    never_blocked,
    one_after_another,
    overlapped,
    raised,
    ran,
    returned,
    was_cancelled,
)
from asyncdemo.jobs import Spilled, brew, scrub, spill


def answer_to(answer: Callable[[], Any], *requirements: Requirement, **options: Any) -> Feedback:
    return asyncio.run(check(answer, *requirements, **options))


def wrong(feedback: Feedback) -> list[str]:
    return [finding.wrong for finding in feedback.findings if finding.wrong]


async def in_turn() -> list[str]:
    return [await brew("tea", 0.02), await brew("cocoa", 0.01)]


async def together() -> list[str]:
    return await asyncio.gather(brew("tea", 0.02), brew("cocoa", 0.01))


async def never_awaits() -> list[str]:
    brew("tea", 0.02).close()
    return ["tea", "cocoa"]


async def blocks() -> list[str]:
    await scrub("counter", 0.15)
    return await together()


AT_ONCE = (ran("brew", 2), overlapped("brew"), never_blocked(), returned(["tea", "cocoa"]))


def test_a_right_answer_is_solved() -> None:
    feedback = answer_to(together, *AT_ONCE)
    assert feedback.solved
    assert feedback.headline == "Solved: together ran as asked."
    assert feedback.lines() == [
        "✓ brew ran 2 times",
        "✓ all calls of brew were in flight at the same time",
        "✓ the loop was never blocked",
        "✓ it returned ['tea', 'cocoa']",
    ]


def test_the_timeline_shows_the_answer_and_not_the_check() -> None:
    timeline = answer_to(together, *AT_ONCE).timeline
    assert timeline is not None
    assert [row.guide + row.span.label for row in timeline.rows] == [
        "together()",
        "├─ brew('tea', 0.02)",
        "└─ brew('cocoa', 0.01)",
    ]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            in_turn,
            [
                "brew('cocoa', 0.01) only started after brew('tea', 0.02) had ended. "
                "Start them all before you wait for any."
            ],
        ),
        (
            never_awaits,
            [
                "brew never ran. Calling it only makes a coroutine object; await it.",
                "There was no second call of brew to overlap with.",
            ],
        ),
    ],
)
def test_a_wrong_answer_is_told_what_its_run_showed(
    answer: Callable[[], Any], said: list[str]
) -> None:
    feedback = answer_to(answer, *AT_ONCE)
    assert not feedback.solved
    assert wrong(feedback) == said
    assert feedback.headline == (
        f"Not yet: {answer.__name__} meets {4 - len(said)} of 4 requirements."
    )


def test_a_blocking_answer_is_shown_its_line() -> None:
    (said,) = wrong(answer_to(blocks, *AT_ONCE))
    assert said.startswith("It was blocked for 0.")
    assert "time.sleep(seconds)" in said


@pytest.mark.parametrize(
    ("answer", "requirement", "said"),
    [
        (together, one_after_another("brew"),
         "brew('cocoa', 0.01) started before brew('tea', 0.02) had ended."),
        (together, finished_in_order("brew('tea', 0.02)", "brew('cocoa', 0.01)"),
         "The order of the ends was: brew('cocoa', 0.01), brew('tea', 0.02)."),
        (together, at_most_in_flight(1, "brew"), "At one moment 2 of them were in flight."),
        (together, ran("brew", 3), "brew ran 2 times."),
        (together, returned([]), "It returned ['tea', 'cocoa']."),
        (together, raised(Spilled), "It ended without an exception."),
        (together, was_cancelled("brew"),
         "brew('tea', 0.02) ended like this: ✓ returned 'tea'."),
        (together, was_cancelled("spill"), "spill never ran."),
        (together, awaited("brew", by="in_turn"), "brew('tea', 0.02) was awaited by together()."),
        (together, failed("brew", Spilled),
         "brew('tea', 0.02) ended like this: ✓ returned 'tea'."),
        (together, failed("spill", Spilled), "spill never ran."),
        (together, awaited("spill", by="together"), "spill never ran."),
    ],
)  # fmt: skip
def test_each_requirement_says_what_is_wrong(
    answer: Callable[[], Any], requirement: Requirement, said: str
) -> None:
    assert wrong(answer_to(answer, requirement)) == [said]


@pytest.mark.parametrize(
    ("answer", "requirement"),
    [
        (in_turn, one_after_another("brew")),
        (in_turn, awaited("brew", by="in_turn")),
        (together, finished_in_order("brew('cocoa', 0.01)", "brew('tea', 0.02)")),
        (together, at_most_in_flight(2, "brew")),
    ],
)
def test_each_requirement_can_be_met(answer: Callable[[], Any], requirement: Requirement) -> None:
    assert answer_to(answer, requirement).solved


def test_an_exception_is_named_and_not_raised() -> None:
    async def stumbles() -> None:
        await spill("tea", 0.01)

    feedback = answer_to(stumbles, ran("spill"))
    assert wrong(feedback) == [
        "spill('tea', 0.01) ended like this: ✗ raised Spilled.",
        "It raised Spilled: tea.",
    ]
    assert answer_to(stumbles, raised(Spilled), failed("spill", Spilled)).solved
    assert wrong(answer_to(stumbles, raised(KeyError))) == ["It raised Spilled."]


def test_an_answer_that_fails_in_the_end_is_not_solved() -> None:
    async def fails_late() -> None:
        await together()
        raise OSError

    feedback = answer_to(fails_late, ran("brew", 2))
    assert not feedback.solved
    assert wrong(feedback) == ["It raised OSError."]


def test_a_cancellation_that_escapes_is_explained() -> None:
    async def cancels_and_awaits() -> None:
        task = asyncio.create_task(brew("tea", 1))
        await asyncio.sleep(0)
        task.cancel()
        await task

    assert answer_to(
        cancels_and_awaits, was_cancelled("brew"), raised(asyncio.CancelledError)
    ).solved


def test_a_check_that_is_cancelled_itself_stops() -> None:
    async def scene() -> None:
        task = asyncio.create_task(check(together, ran("brew", 2)))
        await asyncio.sleep(0.005)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scene())


def test_an_answer_that_hangs_is_ended() -> None:
    async def waits_for_nobody() -> None:
        await asyncio.Event().wait()

    began = time.monotonic()
    feedback = answer_to(waits_for_nobody, never_blocked(), within=0.05)
    assert time.monotonic() - began < 9
    assert not feedback.solved
    assert feedback.headline == (
        "Not yet: waits_for_nobody had not ended after 0.05 s, so it was ended."
    )


def test_a_stub_is_greeted_and_not_run() -> None:
    async def stub() -> None:
        drinks = ...
        await spill(str(drinks), 0)

    feedback = answer_to(stub, ran("spill"))
    assert (feedback.solved, feedback.timeline) == (False, None)
    assert repr(feedback) == (
        "Not solved yet: replace the ... in stub, run its cell, then run this check again."
    )


def test_a_plain_function_is_told_from_a_coroutine_function() -> None:
    def plain() -> None:
        pass

    assert answer_to(plain, ran("brew")).headline == (
        "Not yet: plain is not a coroutine function. Define it with async def plain()."
    )


def test_what_has_no_source_is_no_stub() -> None:
    assert not is_stub(len)
    assert not is_stub(together)


def test_feedback_shows_itself_with_escaped_text_and_the_picture() -> None:
    bundle = answer_to(in_turn, overlapped("brew"), returned("<b>"))._repr_mimebundle_()
    assert bundle["text/plain"].startswith("Not yet: in_turn meets 0 of 2 requirements.\n  ✗ all")
    assert "&lt;b&gt;" in bundle["text/html"]
    assert "<b>" not in bundle["text/html"]
    assert '<img alt="Timeline' in bundle["text/html"]
