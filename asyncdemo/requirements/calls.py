"""Requirements about calls: that they ran, who awaited them, where they ran, how they ended."""

from __future__ import annotations

from typing import Any, Literal

from asyncdemo import wording
from asyncdemo.requirements.attempt import (
    Attempt,
    Requirement,
    ended,
    how_often,
    listed,
    never_ran,
    of_calls,
)
from asyncdemo.timeline import READY_UNKNOWN, Span


def ran(name: str, times: int = 1) -> Requirement:
    """The function was called and awaited that many times, and ended without an exception.

    Example:
        >>> ran("brew", 2).says
        'brew ran 2 times'
    """

    def find(spans: tuple[Span, ...]) -> str:
        bad = [span for span in spans if span.outcome != "returned"]
        if len(spans) != times:
            return f"{name} ran {how_often(len(spans))}."
        return f"{ended(bad[0])}." if bad else ""

    return of_calls(name, f"{name} ran {how_often(times)}", find)


def awaited(name: str, by: str) -> Requirement:
    """Every call of that function was awaited by a call of the other.

    Example:
        >>> awaited("brew", by="serve").says
        'serve awaited brew'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(name)
        if not spans:
            return never_ran(name)
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

    def find(spans: tuple[Span, ...]) -> str:
        return "" if any(span.result == error.__name__ for span in spans) else f"{ended(spans[0])}."

    return of_calls(name, f"{name} raised {error.__name__}", find)


def was_cancelled(name: str) -> Requirement:
    """Every call of that function ended by cancellation.

    Example:
        >>> was_cancelled("brew").says
        'brew was cancelled'
    """

    def find(spans: tuple[Span, ...]) -> str:
        kept = [span for span in spans if span.outcome != "cancelled"]
        return f"{ended(kept[0])}." if kept else ""

    return of_calls(name, f"{name} was cancelled", find)


def cancelled_within(seconds: float, *names: str) -> Requirement:
    """Every call of these functions was cancelled, and had ended that soon after it started.

    Args:
        seconds: From a call's first step to its end, its own clean-up included.
        names: Functions or whole labels.

    Example:
        >>> cancelled_within(0.5, "brew").says
        'every call of brew was cancelled and had ended within 0.5 s'
    """

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(*names)
        if not spans:
            return never_ran(listed(names))
        for span in spans:
            if span.outcome != "cancelled":
                return f"{ended(span)}."
            if span.duration > seconds:
                return f"{span.label} took {wording.duration(span.duration)} to end."
        return ""

    says = f"every call of {listed(names)} was cancelled and had ended within {seconds:g} s"
    return Requirement(says, find)


def handled_once(name: str, *items: Any) -> Requirement:
    """The function was called exactly once with each of these first arguments, and returned.

    Args:
        name: The function.
        items: Plain values: numbers, texts, None.

    Example:
        >>> handled_once("serve", "tea", "cocoa").says
        "serve handled each of 'tea' and 'cocoa' once"
    """

    def find(attempt: Attempt) -> str:
        for item in items:
            one = f"{name}({item!r}"
            labels = (f"{one})", f"{one},")
            spans = [span for span in attempt.calls(name) if span.label.startswith(labels)]
            if len(spans) != 1:
                return f"{one}) ran {how_often(len(spans))}." if spans else f"{one}) never ran."
            if spans[0].outcome != "returned":
                return f"{ended(spans[0])}."
        return ""

    return Requirement(f"{name} handled each of {listed(tuple(map(repr, items)))} once", find)


def ran_in(kind: Literal["thread", "process"], *names: str) -> Requirement:
    """Every call of these functions ran in a worker thread, or in another process.

    Example:
        >>> ran_in("thread", "scrub").says
        'scrub ran in another thread'
    """
    where = {"thread": "in another thread", "process": "in another process"}

    def find(attempt: Attempt) -> str:
        spans = attempt.calls(*names)
        if not spans:
            # A plain function on the loop leaves no row.
            return f"No call of {listed(names)} was given to a {kind}."
        for span in spans:
            if span.kind != kind:
                return f"{span.label} ran {where.get(span.kind, 'on the event loop')}."
        return ""

    return Requirement(f"{listed(names)} ran {where[kind]}", find)


def woke(by: str, name: str) -> Requirement:
    """A call of the first function woke a call of the second.

    Example:
        >>> woke("cook", "waiter").says
        'cook woke waiter'
    """

    def find(attempt: Attempt) -> str:
        wakers = {span.id for span in attempt.calls(by)}
        woken = {span.id for span in attempt.calls(name)}
        if not woken:
            return never_ran(name)
        if any(wake.by in wakers and wake.woken in woken for wake in attempt.timeline.wakes):
            return ""
        if not all(span.ready_known for span in attempt.calls(name)):
            return f"Who woke {name} is not known: {READY_UNKNOWN}."
        labels = {span.id: span.label for span in attempt.timeline.spans}
        # The check itself wakes an answer that it ends.
        others = {
            labels[wake.by]
            for wake in attempt.timeline.wakes
            if wake.woken in woken and wake.by in labels
        }
        return f"{name} was woken by {', '.join(sorted(others)) or 'no other call'}."

    return Requirement(f"{by} woke {name}", find)
