"""Exercise checks: what they say of right answers, wrong answers, stubs and answers that hang."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import re
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from asyncdemo import attempts
from asyncdemo.checks import (
    Feedback,
    Requirement,
    at_least_in_flight,
    at_most_in_flight,
    awaited,
    cancelled_within,
    check,
    ended_within,
    failed,
    finished_in_order,
    handled_once,
    is_stub,
    never_blocked,
    nothing_left,
    one_after_another,
    overlapped,
    raised,
    ran,
    ran_in,
    returned,
    started_in_order,
    was_cancelled,
    woke,
)
from asyncdemo.jobs import Spilled, brew, pour, scrub, spill

NEVER = "{} never ran. Calling it only makes a coroutine object; await it."


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


async def in_a_thread() -> list[str]:
    return [await asyncio.to_thread(wash, "cup")]


def wash(what: str) -> str:
    return what


async def leaves_one_behind() -> None:
    hidden.add(asyncio.create_task(brew("tea", 60)))
    await asyncio.sleep(0)


async def leaves_a_pot_open() -> None:
    pots.append(pour("tea", 3, 0.01))
    await anext(pots[0])


pots: list[AsyncIterator[str]] = []
hidden: set[asyncio.Task[str]] = set()


async def cancels_one() -> None:
    task = asyncio.create_task(brew("tea", 60))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


async def signals() -> None:
    done = asyncio.Event()

    async def waiter() -> None:
        await done.wait()

    async def cook() -> None:
        await asyncio.sleep(0.01)
        done.set()

    await asyncio.gather(waiter(), cook())


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
                NEVER.format("brew"),
                NEVER.format("brew"),
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
        (together, was_cancelled("spill"), NEVER.format("spill")),
        (together, awaited("brew", by="in_turn"), "brew('tea', 0.02) was awaited by together()."),
        (together, failed("brew", Spilled),
         "brew('tea', 0.02) ended like this: ✓ returned 'tea'."),
        (together, failed("spill", Spilled), NEVER.format("spill")),
        (together, awaited("spill", by="together"), NEVER.format("spill")),
        (in_turn, at_least_in_flight(2, "brew"), "There were never more than 1."),
        (together, started_in_order("brew('cocoa', 0.01)", "brew('tea', 0.02)"),
         "The order was: brew('tea', 0.02), brew('cocoa', 0.01)."),
        (together, started_in_order("spill"), NEVER.format("spill")),
        (together, finished_in_order("spill"), NEVER.format("spill")),
        (leaves_one_behind, finished_in_order("brew"), "The order of the ends was: none ended."),
        (leaves_a_pot_open, nothing_left(),
         "pour('tea', 3, 0.01) was left open; close what you leave early."),
        (together, cancelled_within(1, "brew"),
         "brew('tea', 0.02) ended like this: ✓ returned 'tea'."),
        (together, cancelled_within(1, "spill"), NEVER.format("spill")),
        (together, handled_once("brew", "tea", "coffee"), "brew('coffee') never ran."),
        (cancels_one, handled_once("brew", "tea"),
         "brew('tea', 60) ended like this: ⊘ cancelled."),
        (together, ran_in("thread", "brew"), "brew('tea', 0.02) ran on the event loop."),
        (in_a_thread, ran_in("process", "wash"), "wash('cup') ran in another thread."),
        (never_awaits, ran_in("thread", "wash"), "No call of wash was given to a thread."),
        (together, woke("brew", "spill"), NEVER.format("spill")),
        (signals, woke("waiter", "cook"), "cook was woken by no other call."),
        (together, woke("brew", "wash"), NEVER.format("wash")),
        (together, woke("together", "together"),
         "together was woken by brew('tea', 0.02)."),
        (leaves_one_behind, nothing_left(),
         "brew('tea', 60) was still going on; await what you start, or cancel it."),
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
        (together, at_least_in_flight(2, "brew")),
        (together, started_in_order("brew('tea', 0.02)", "brew('cocoa', 0.01)")),
        (together, handled_once("brew", "tea", "cocoa")),
        (together, nothing_left()),
        (together, ended_within(60)),
        (cancels_one, cancelled_within(30, "brew")),
        (in_a_thread, ran_in("thread", "wash")),
        (signals, woke("cook", "waiter")),
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


def test_a_message_that_ends_in_a_full_stop_gets_no_second_one() -> None:
    async def too_early() -> None:
        asyncio.get_running_loop().create_future().result()

    assert wrong(answer_to(too_early, ran("too_early"))) == [
        "too_early() ended like this: ✗ raised InvalidStateError.",
        "It raised InvalidStateError: Result is not set.",
    ]


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
        "Not yet: waits_for_nobody had not ended after 0.05 s, so it was ended. "
        "Until then it waited: waits_for_nobody() at await asyncio.Event().wait()."
    )


def test_what_took_too_long_is_said_with_its_time() -> None:
    said = wrong(answer_to(together, ended_within(0.001)))
    said += wrong(answer_to(cancels_one, cancelled_within(0.001, "brew")))
    assert [re.sub(r"took [\d.]+ (ms|s)", "took TIME", line) for line in said] == [
        "It took TIME.",
        "brew('tea', 60) took TIME to end.",
    ]


def test_an_item_that_was_handled_twice_is_named() -> None:
    async def twice() -> None:
        await asyncio.gather(brew("tea", 0.01), brew("tea", 0.02), brew("teapot", 0))

    assert wrong(answer_to(twice, handled_once("brew", "tea"))) == ["brew('tea') ran 2 times."]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "PATIENCE", 0.2)


def test_how_an_answer_that_was_ended_ended_is_not_held_against_it() -> None:
    async def hangs() -> None:
        await brew("tea", 60)

    feedback = answer_to(hangs, returned("tea"), raised(Spilled), woke("cook", "brew"), within=0.05)
    assert feedback.lines() == [
        "✗ cook woke brew: not yet. brew was woken by no other call.",
        "✗ it ended within 0.05 s: not yet. It was ended then.",
    ]


def test_a_deadlock_is_ended_and_explained() -> None:
    async def deadlocked() -> None:
        kettle, mug = asyncio.Lock(), asyncio.Lock()

        async def left() -> None:
            async with kettle:
                await asyncio.sleep(0)
                await mug.acquire()

        async def right() -> None:
            async with mug:
                await asyncio.sleep(0)
                await kettle.acquire()

        await asyncio.gather(left(), right())

    feedback = answer_to(deadlocked, never_blocked(), within=0.2)
    assert feedback.headline == (
        "Not yet: deadlocked had not ended after 0.2 s, so it was ended. Until then it waited: "
        "left() at await mug.acquire(); right() at await kettle.acquire()."
    )


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("swallowed", [asyncio.CancelledError, BaseException])
def test_an_answer_that_swallows_its_cancellation_is_ended(swallowed: type[BaseException]) -> None:
    async def stubborn() -> None:
        for _ in range(2):
            with contextlib.suppress(swallowed):
                await asyncio.sleep(60)
        await asyncio.sleep(60)

    feedback = answer_to(stubborn, never_blocked(), within=0.05)
    assert not feedback.solved
    assert feedback.headline.startswith("Not yet: stubborn had not ended after 0.05 s")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("swallows", [False, True])
def test_an_answer_that_blocks_for_ever_is_interrupted(swallows: bool) -> None:
    async def stuck() -> None:
        if swallows:
            with contextlib.suppress(BaseException):
                time.sleep(600)
        time.sleep(600)

    before = signal.getsignal(signal.SIGINT)
    feedback = answer_to(stuck, never_blocked(), within=0.05)
    assert feedback.headline == ("Not yet: stuck had not ended after 0.05 s, so it was ended.")
    assert "time.sleep(600)" in wrong(feedback)[0]
    assert signal.getsignal(signal.SIGINT) is before


def test_tasks_that_an_answer_leaves_behind_are_ended_and_no_others() -> None:
    async def scene() -> tuple[Feedback, bool, set[Any]]:
        other = asyncio.create_task(asyncio.sleep(60))
        feedback = await check(leaves_one_behind, nothing_left())
        left = asyncio.all_tasks() - {other, asyncio.current_task()}
        kept = not other.done()
        other.cancel()
        return feedback, kept, left

    feedback, kept, left = asyncio.run(scene())
    assert not feedback.solved
    assert (kept, left) == (True, set())


def test_a_ctrl_c_during_a_check_is_passed_on() -> None:
    async def interrupted() -> None:
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(1)

    with pytest.raises(KeyboardInterrupt):
        answer_to(interrupted, never_blocked())


def test_a_check_leaves_the_garbage_collector_as_it_was() -> None:
    frozen: list[int] = []

    async def counted() -> None:
        frozen.append(gc.get_freeze_count())

    answer_to(counted, never_blocked())
    assert frozen[0] > 1000
    assert gc.get_freeze_count() == 0


def test_in_another_thread_a_check_does_without_its_alarm() -> None:
    found: list[Feedback] = []
    thread = threading.Thread(target=lambda: found.append(answer_to(together, *AT_ONCE)))
    thread.start()
    thread.join()
    assert found[0].solved


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
