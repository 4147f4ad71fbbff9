"""Requirements about calls that are made again: what they say, and what they let pass."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress

import pytest

from asyncdemo.checks import Requirement, check
from asyncdemo.jobs import Spilled
from asyncdemo.requirements.requests import answered_once, backed_off, tried_again

NEVER = "fetch never ran. Calling it only makes a coroutine object; await it."


def found(
    requirement: Requirement, *tries: tuple[str, bool], pauses: tuple[float, ...] = ()
) -> str:
    """What a requirement says of a run in which these tries are made one after another.

    Args:
        requirement: The requirement.
        tries: What is fetched, and whether that succeeds.
        pauses: The seconds between one try and the next; without them, no time at all.
    """
    outcomes = iter([good for _, good in tries])

    async def fetch(path: str) -> str:
        if not next(outcomes):
            raise Spilled(path)
        return path

    async def answer() -> None:
        for number, (path, _) in enumerate(tries):
            with suppress(Spilled):
                await fetch(path)
            await asyncio.sleep(pauses[number] if number < len(pauses) else 0)

    return asyncio.run(check(answer, requirement)).findings[0].wrong


@pytest.mark.parametrize("tries", [[("tea", False), ("tea", True)], [("tea", True)]])
def test_a_failure_that_was_tried_again_passes(tries: list[tuple[str, bool]]) -> None:
    assert found(tried_again("fetch"), *tries) == ""


@pytest.mark.parametrize(
    "tries",
    [
        [("tea", False)],
        [("tea", True), ("tea", False)],
        [("tea", False), ("tea", False)],
        [("tea", False), ("cocoa", True)],
    ],
    ids=["once", "after a success", "given up", "another"],
)
def test_a_failure_that_was_not_tried_again_is_told(tries: list[tuple[str, bool]]) -> None:
    says = "fetch('tea') raised Spilled, and was not made again."
    assert found(tried_again("fetch"), *tries) == says


def test_a_call_made_again_while_the_first_is_in_flight_is_no_retry() -> None:
    async def fetch(path: str) -> None:
        await asyncio.sleep(0.01)
        raise Spilled(path)

    async def answer() -> None:
        await asyncio.gather(fetch("tea"), fetch("tea"), return_exceptions=True)

    feedback = asyncio.run(check(answer, tried_again("fetch")))
    assert feedback.findings[0].wrong == "fetch('tea') raised Spilled, and was not made again."


def test_a_call_that_was_cancelled_need_not_be_made_again() -> None:
    async def fetch(path: str) -> None:
        await asyncio.sleep(60)

    async def answer() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(fetch("tea"), 0.01)

    assert asyncio.run(check(answer, tried_again("fetch"))).solved


FAILING = [("tea", False)] * 4


def test_pauses_that_grow_pass() -> None:
    assert found(backed_off("fetch", 0.05), *FAILING, pauses=(0.05, 0.1, 0.2)) == ""


def test_one_pause_need_not_grow() -> None:
    assert found(backed_off("fetch", 0.05), *FAILING[:2], pauses=(0.06,)) == ""


def test_nothing_made_again_has_no_pauses() -> None:
    assert found(backed_off("fetch", 0.05), ("tea", True), ("cocoa", True)) == ""


@pytest.mark.parametrize(
    ("pauses", "says"),
    [
        ((0, 0, 0), "…, … and …"),
        ((0.1, 0.1, 0.1), "…, … and …"),
        ((0.2, 0.1), "… and …"),
        ((0.01, 0.1), "… and …"),
        ((0,), "…"),
    ],
    ids=["no time at all", "alike", "shorter", "too soon at first", "too soon"],
)
def test_other_pauses_are_told(pauses: tuple[float, ...], says: str) -> None:
    tries = FAILING[: len(pauses) + 1]
    told = found(backed_off("fetch", 0.05), *tries, pauses=pauses)
    assert re.sub(r"[\d.]+ (µs|ms|s)\b", "…", told) == f"fetch('tea') was made again after {says}."


def test_each_answered_once_passes_whatever_failed_before() -> None:
    tries = [("tea", False), ("tea", True), ("cocoa", True)]
    assert found(answered_once("fetch", 2), *tries) == ""


def test_what_was_answered_twice_is_told() -> None:
    tries = [("tea", True), ("cocoa", True), ("tea", True)]
    assert found(answered_once("fetch", 2), *tries) == "fetch('tea') returned 2 times."


@pytest.mark.parametrize(
    "tries", [[("tea", True)], [("tea", True), ("cocoa", False)]], ids=["not asked", "failed"]
)
def test_what_was_not_answered_is_told(tries: list[tuple[str, bool]]) -> None:
    assert found(answered_once("fetch", 2), *tries) == "It returned for 1."


@pytest.mark.parametrize(
    "requirement", [tried_again("fetch"), backed_off("fetch", 0.1), answered_once("fetch", 1)]
)
def test_a_function_that_never_ran_is_told(requirement: Requirement) -> None:
    assert found(requirement) == NEVER
