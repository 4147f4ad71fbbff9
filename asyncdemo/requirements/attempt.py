"""One run of a learner's answer, and the form of a requirement that judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asyncdemo import wording
from asyncdemo.timeline import Span, Timeline


@dataclass(frozen=True)
class Attempt:
    """One run of a learner's answer.

    Attributes:
        timeline: How it ran.
        result: What it returned, or None.
        error: The exception that left it, or None.
        ended_after: The seconds after which it was ended because it hung, or None.
    """

    timeline: Timeline
    result: Any = None
    error: BaseException | None = None
    ended_after: float | None = None

    def calls(self, *names: str) -> tuple[Span, ...]:
        """The spans of these functions or labels, in the order of their starts."""
        return tuple(
            span
            for span in self.timeline.spans
            if span.label in names or span.name.rpartition(".")[2] in names
        )


@dataclass(frozen=True)
class Requirement:
    """Something that a run must show.

    Attributes:
        says: What must be so, as a sentence that is true of a solution.
        find: Says what is wrong with an attempt, or the empty string.
        about_error: Whether it judges the exception that leaves the answer; without such a
            requirement an answer must not be left by one.
        about_end: Whether it judges how the answer ended: its result, its exception, its time.
            An answer that hung and was ended is not held against it.
    """

    says: str
    find: Callable[[Attempt], str]
    about_error: bool = False
    about_end: bool = False


def of_calls(name: str, says: str, find: Callable[[tuple[Span, ...]], str]) -> Requirement:
    """A requirement about the calls of one function, which has to run.

    Args:
        name: A function or a whole label.
        says: What must be so, as a sentence that is true of a solution.
        find: Says what is wrong with the calls, of which there is at least one, or nothing.

    Example:
        >>> of_calls("brew", "brew ran once", lambda spans: "").find(attempt)  # doctest: +SKIP
        'brew never ran. Calling it only makes a coroutine object; await it.'
    """

    def find_in(attempt: Attempt) -> str:
        spans = attempt.calls(name)
        return find(spans) if spans else never_ran(name)

    return Requirement(says, find_in)


def ended(span: Span) -> str:
    """How a call ended, as half a sentence: `brew('tea') ended like this: ✓ returned 'tea'`."""
    return f"{span.label} ended like this: {wording.ending(span)}"


def how_often(count: int) -> str:
    """How often: `once`, `3 times`."""
    return "once" if count == 1 else f"{count} times"


def listed(names: tuple[str, ...]) -> str:
    """Several names: `brew and pause`."""
    return " and ".join(names)


def never_ran(name: str) -> str:
    """What is said of a function that left no row."""
    return f"{name} never ran. Calling it only makes a coroutine object; await it."
