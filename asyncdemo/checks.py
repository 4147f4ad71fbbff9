"""Exercise checks: runs a learner's answer, records it, and says what the run shows.

A check looks at how the code ran. It answers in plain words with the picture, and never
with a traceback; an answer that hangs is ended after a stated time.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from asyncdemo.feedback import Feedback, Finding
from asyncdemo.recorder import record
from asyncdemo.requirements import (
    Attempt,
    Requirement,
    at_most_in_flight,
    awaited,
    failed,
    finished_in_order,
    never_blocked,
    one_after_another,
    overlapped,
    raised,
    ran,
    returned,
    was_cancelled,
)
from asyncdemo.timeline import Timeline

__all__ = [
    "Attempt",
    "Feedback",
    "Requirement",
    "at_most_in_flight",
    "awaited",
    "check",
    "failed",
    "finished_in_order",
    "is_stub",
    "never_blocked",
    "one_after_another",
    "overlapped",
    "raised",
    "ran",
    "returned",
    "was_cancelled",
]

WITHIN = 10.0


async def check(
    answer: Callable[[], Any], *requirements: Requirement, within: float = WITHIN
) -> Feedback:
    """Run a learner's coroutine function and hold its run against the requirements.

    Args:
        answer: The coroutine function the exercise asks for; it takes no arguments.
        requirements: What its run must show.
        within: Seconds after which an answer that has not ended is cancelled.

    Example:
        >>> import asyncio
        >>> from asyncdemo.checks import returned
        >>> async def answer():
        ...     return 42
        >>> asyncio.run(check(answer, returned(42))).solved
        True
    """
    name = getattr(answer, "__name__", "your answer")
    if is_stub(answer):
        return Feedback(
            f"Not solved yet: replace the ... in {name}, run its cell, then run this check again."
        )
    if not inspect.iscoroutinefunction(answer):
        return Feedback(
            f"Not yet: {name} is not a coroutine function. Define it with async def {name}()."
        )
    attempt = await _attempt(answer, within)
    findings = tuple(Finding(need.says, need.find(attempt)) for need in requirements)
    if attempt.error is not None and not any(need.about_error for need in requirements):
        findings += (Finding("it ended without an exception", _explained(attempt.error)),)
    feedback = Feedback("", findings, attempt.timeline)
    return replace(feedback, headline=_headline(name, attempt, feedback))


async def _attempt(answer: Callable[[], Any], within: float) -> Attempt:
    """One run of the answer."""
    import asyncio

    result: Any = None
    error: BaseException | None = None
    with record() as timeline:
        try:
            async with asyncio.timeout(within) as limit:
                result = await answer()
        except (Exception, asyncio.CancelledError) as caught:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise  # it is the check that is cancelled, not what the answer awaited
            error = caught
    ended = within if limit.expired() else None
    return Attempt(_without_caller(timeline), result, error, ended)


def _explained(error: BaseException) -> str:
    said = f": {error}" if str(error) else ""
    return f"It raised {type(error).__name__}{said}."


def _without_caller(timeline: Timeline) -> Timeline:
    """The run as the learner wrote it: the check that called it is left out."""
    caller = timeline.spans[0].id
    return replace(
        timeline,
        spans=tuple(
            replace(span, parent=None) if span.parent == caller else span
            for span in timeline.spans[1:]
        ),
    )


def _headline(name: str, attempt: Attempt, feedback: Feedback) -> str:
    if attempt.ended_after is not None:
        return f"Not yet: {name} had not ended after {attempt.ended_after:g} s, so it was ended."
    if feedback.solved:
        return f"Solved: {name} ran as asked."
    met = sum(not finding.wrong for finding in feedback.findings)
    return f"Not yet: {name} meets {met} of {len(feedback.findings)} requirements."


def is_stub(answer: object) -> bool:
    """Whether an exercise's function still has a `...` to be replaced in its body.

    Example:
        >>> async def answer(): ...
        >>> is_stub(answer)
        True
    """
    import ast
    import textwrap

    try:
        source = textwrap.dedent(inspect.getsource(answer))  # type: ignore[arg-type]
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        return False
    return any(isinstance(node, ast.Constant) and node.value is ... for node in ast.walk(tree))
