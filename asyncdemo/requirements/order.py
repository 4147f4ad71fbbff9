"""Requirements about several calls: which overlapped, in which order, how many at a time."""

from __future__ import annotations

from itertools import pairwise

from asyncdemo import intervals
from asyncdemo.requirements.attempt import Attempt, Requirement, listed, never_ran
from asyncdemo.timeline import Span


def overlapped(*names: str) -> Requirement:
    """All calls of these functions were in flight at one and the same moment.

    Example:
        >>> overlapped("brew").says
        'all calls of brew were in flight at the same time'
    """

    def find(attempt: Attempt) -> str:
        if missing := _missing(attempt, names):
            return missing
        spans = attempt.calls(*names)
        if len(spans) < 2:
            return f"There was no second call of {listed(names)} to overlap with."
        for earlier, later in pairwise(spans):
            if earlier.end <= later.start:
                return (
                    f"{later.label} only started after {earlier.label} had ended. "
                    "Start them all before you wait for any."
                )
        return "" if _share_a_moment(spans) else f"{listed(names)} never all overlapped."

    return Requirement(f"all calls of {listed(names)} were in flight at the same time", find)


def one_after_another(*names: str) -> Requirement:
    """No two calls of these functions were in flight at the same time.

    Example:
        >>> one_after_another("brew").says
        'the calls of brew ran one after another'
    """

    def find(attempt: Attempt) -> str:
        if missing := _missing(attempt, names):
            return missing
        for earlier, later in pairwise(attempt.calls(*names)):
            if later.start < earlier.end:
                return f"{later.label} started before {earlier.label} had ended."
        return ""

    return Requirement(f"the calls of {listed(names)} ran one after another", find)


def finished_in_order(*calls: str) -> Requirement:
    """These calls ended in this order.

    Example:
        >>> finished_in_order("brew('tea', 0.1)", "brew('cocoa', 0.2)").says
        "they ended in this order: brew('tea', 0.1), brew('cocoa', 0.2)"
    """

    def find(attempt: Attempt) -> str:
        if missing := _missing(attempt, calls):
            return missing
        ended = [span for span in attempt.calls(*calls) if span.outcome != "unfinished"]
        found = [_named_by(span, calls) for span in sorted(ended, key=lambda span: span.end)]
        said = ", ".join(found) or "none ended"
        return "" if found == list(calls) else f"The order of the ends was: {said}."

    return Requirement(f"they ended in this order: {', '.join(calls)}", find)


def started_in_order(*calls: str) -> Requirement:
    """These calls started in this order.

    Example:
        >>> started_in_order("grind", "brew").says
        'they started in this order: grind, brew'
    """

    def find(attempt: Attempt) -> str:
        if missing := _missing(attempt, calls):
            return missing
        found = [_named_by(span, calls) for span in attempt.calls(*calls)]
        return "" if found == list(calls) else f"The order was: {', '.join(found)}."

    return Requirement(f"they started in this order: {', '.join(calls)}", find)


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

    calls = "1 call" if most == 1 else f"{most} calls"
    were = "was" if most == 1 else "were"
    return Requirement(f"at most {calls} of {listed(names)} {were} in flight at any time", find)


def at_least_in_flight(least: int, *names: str) -> Requirement:
    """At some moment at least that many calls of these functions were in flight.

    Example:
        >>> at_least_in_flight(2, "brew").says
        'at least 2 calls of brew were in flight at some moment'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(*names)
        found = intervals.most_at_once((span.start, span.end) for span in spans)
        return "" if found >= least else f"There were never more than {found}."

    says = f"at least {least} calls of {listed(names)} were in flight at some moment"
    return Requirement(says, find)


def _missing(attempt: Attempt, names: tuple[str, ...]) -> str:
    """What is said of the first of these that never ran, or the empty string."""
    return next((never_ran(name) for name in names if not attempt.calls(name)), "")


def _share_a_moment(spans: tuple[Span, ...]) -> bool:
    return max(span.start for span in spans) < min(span.end for span in spans)


def _named_by(span: Span, calls: tuple[str, ...]) -> str:
    return span.label if span.label in calls else span.name.rpartition(".")[2]
