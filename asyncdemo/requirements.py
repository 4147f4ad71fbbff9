"""What an exercise asks of a run: each requirement looks at a timeline and answers in words.

A requirement is told by the calls it is about. A call is named by its function (`brew`) or
by its whole label (`brew('tea', 0.3)`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from asyncdemo import intervals, wording
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
    """

    says: str
    find: Callable[[Attempt], str]
    about_error: bool = False


def ran(name: str, times: int = 1) -> Requirement:
    """The function was called and awaited that many times, and ended without an exception.

    Example:
        >>> ran("brew", 2).says
        'brew ran 2 times'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(name)
        bad = [span for span in spans if span.outcome != "returned"]
        if not spans:
            return f"{name} never ran. Calling it only makes a coroutine object; await it."
        if len(spans) != times:
            return f"{name} ran {_times(len(spans))}."
        return f"{_ended(bad[0])}." if bad else ""

    return Requirement(f"{name} ran {_times(times)}", find)


def overlapped(*names: str) -> Requirement:
    """All calls of these functions were in flight at one and the same moment.

    Example:
        >>> overlapped("brew").says
        'all calls of brew were in flight at the same time'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(*names)
        if len(spans) < 2:
            return f"There was no second call of {_listed(names)} to overlap with."
        for earlier, later in pairwise(spans):
            if earlier.end <= later.start:
                return (
                    f"{later.label} only started after {earlier.label} had ended. "
                    "Start them all before you wait for any."
                )
        return "" if _share_a_moment(spans) else f"{_listed(names)} never all overlapped."

    return Requirement(f"all calls of {_listed(names)} were in flight at the same time", find)


def one_after_another(*names: str) -> Requirement:
    """No two calls of these functions were in flight at the same time.

    Example:
        >>> one_after_another("brew").says
        'the calls of brew ran one after another'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(*names)
        for earlier, later in pairwise(spans):
            if later.start < earlier.end:
                return f"{later.label} started before {earlier.label} had ended."
        return ""

    return Requirement(f"the calls of {_listed(names)} ran one after another", find)


def awaited(name: str, by: str) -> Requirement:
    """Every call of that function was awaited by a call of the other.

    Example:
        >>> awaited("brew", by="serve").says
        'serve awaited brew'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(name)
        if not spans:
            return f"{name} never ran."
        for span in spans:
            parent = attempt.timeline.parent(span)
            if parent is None or parent not in attempt.calls(by):
                other = parent.label if parent else "nobody that was recorded"
                return f"{span.label} was awaited by {other}."
        return ""

    return Requirement(f"{by} awaited {name}", find)


def failed(name: str, error: type[BaseException]) -> Requirement:
    """A call of that function was left by this exception, whoever caught it.

    Example:
        >>> failed("spill", OSError).says
        'spill raised OSError'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(name)
        if not spans:
            return f"{name} never ran."
        return (
            "" if any(span.result == error.__name__ for span in spans) else f"{_ended(spans[0])}."
        )

    return Requirement(f"{name} raised {error.__name__}", find)


def finished_in_order(*calls: str) -> Requirement:
    """These calls ended in this order.

    Example:
        >>> finished_in_order("brew('tea', 0.1)", "brew('cocoa', 0.2)").says
        "they ended in this order: brew('tea', 0.1), brew('cocoa', 0.2)"
    """

    def find(attempt: Attempt) -> str:
        ended = sorted(attempt.calls(*calls), key=lambda span: span.end)
        found = [_named_by(span, calls) for span in ended]
        return "" if found == list(calls) else f"The order of the ends was: {', '.join(found)}."

    return Requirement(f"they ended in this order: {', '.join(calls)}", find)


def at_most_in_flight(most: int, *names: str) -> Requirement:
    """Never more than `most` calls of these functions were in flight at one time.

    Example:
        >>> at_most_in_flight(2, "brew").says
        'at most 2 calls of brew were in flight at any time'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(*names)
        found = intervals.most_at_once((span.start, span.end) for span in spans)
        return "" if found <= most else f"At one moment {found} of them were in flight."

    return Requirement(f"at most {most} calls of {_listed(names)} were in flight at any time", find)


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
        return ""

    return Requirement("the loop was never blocked", find)


def was_cancelled(name: str) -> Requirement:
    """Every call of that function ended by cancellation.

    Example:
        >>> was_cancelled("brew").says
        'brew was cancelled'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(name)
        if not spans:
            return f"{name} never ran."
        kept = [span for span in spans if span.outcome != "cancelled"]
        return f"{_ended(kept[0])}." if kept else ""

    return Requirement(f"{name} was cancelled", find)


def returned(value: Any) -> Requirement:
    """The answer returned this value.

    Example:
        >>> returned(42).says
        'it returned 42'
    """

    def find(attempt: Attempt) -> str:
        return "" if attempt.result == value else f"It returned {attempt.result!r}."

    return Requirement(f"it returned {value!r}", find)


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

    return Requirement(f"it raised {error.__name__}", find, about_error=True)


def _share_a_moment(spans: tuple[Span, ...]) -> bool:
    return max(span.start for span in spans) < min(span.end for span in spans)


def _named_by(span: Span, calls: tuple[str, ...]) -> str:
    return span.label if span.label in calls else span.name.rpartition(".")[2]


def _ended(span: Span) -> str:
    return f"{span.label} ended like this: {wording.ending(span)}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(names)
