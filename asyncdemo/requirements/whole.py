"""Requirements about a run as a whole: its result, its time, and what it left behind."""

from __future__ import annotations

import asyncio
from typing import Any

from asyncdemo import wording
from asyncdemo.requirements.attempt import Attempt, Requirement


def never_blocked() -> Requirement:
    """The loop was never blocked for 0.1 s or more.

    Example:
        >>> never_blocked().says
        'the loop was never blocked'
    """

    def find(attempt: Attempt) -> str:
        for blocked in attempt.timeline.blocked:
            where = wording.culprit(blocked)
            return f"It was blocked for {wording.duration(blocked.duration)}" + (
                f" by {where}." if where else "."
            )
        if not attempt.timeline.ready_known:
            return "No recorded call blocked it; whether anything else did is not known."
        return ""

    return Requirement("the loop was never blocked", find)


def returned(value: Any) -> Requirement:
    """The answer returned this value.

    Example:
        >>> returned(42).says
        'it returned 42'
    """

    def find(attempt: Attempt) -> str:
        if attempt.error is not None:
            return f"It returned nothing, for it raised {type(attempt.error).__name__}."
        if isinstance(attempt.result, asyncio.Future):
            kind = "task" if isinstance(attempt.result, asyncio.Task) else "future"
            return f"It returned a {kind}, not its result; await it."
        return "" if attempt.result == value else f"It returned {attempt.result!r}."

    return Requirement(f"it returned {value!r}", find, about_end=True)


def raised(error: type[BaseException]) -> Requirement:
    """The answer was left by this exception.

    Example:
        >>> raised(ValueError).says
        'it raised ValueError'
    """

    def find(attempt: Attempt) -> str:
        if attempt.error is None:
            return "It ended without an exception."
        found = type(attempt.error).__name__
        return "" if isinstance(attempt.error, error) else f"It raised {found}."

    return Requirement(f"it raised {error.__name__}", find, about_error=True, about_end=True)


def ended_within(seconds: float) -> Requirement:
    """The whole answer took no longer than that.

    Example:
        >>> ended_within(0.5).says
        'it took at most 0.5 s'
    """

    def find(attempt: Attempt) -> str:
        took = attempt.timeline.duration
        return "" if took <= seconds else f"It took {wording.duration(took)}."

    return Requirement(f"it took at most {seconds:g} s", find)


def nothing_left() -> Requirement:
    """Every call had ended when the answer did.

    Example:
        >>> nothing_left().says
        'nothing was left running'
    """

    def find(attempt: Attempt) -> str:
        left = [span for span in attempt.timeline.spans if span.outcome == "unfinished"]
        if not left:
            return ""
        was = "was" if len(left) == 1 else "were"
        labels = ", ".join(span.label for span in left[:3])
        if all(span.kind == "async generator" for span in left):
            return f"{labels} {was} left open; close what you leave early."
        return f"{labels} {was} still going on; await what you start, or cancel it."

    return Requirement("nothing was left running", find)
