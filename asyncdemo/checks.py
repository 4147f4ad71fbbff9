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
from asyncdemo.requirements.attempt import Attempt, Requirement
from asyncdemo.requirements.calls import (
    awaited,
    cancelled_within,
    failed,
    handled_once,
    ran,
    ran_in,
    was_cancelled,
    woke,
)
from asyncdemo.requirements.order import (
    at_least_in_flight,
    at_most_in_flight,
    finished_in_order,
    one_after_another,
    overlapped,
    started_in_order,
)
from asyncdemo.requirements.whole import (
    ended_within,
    never_blocked,
    nothing_left,
    raised,
    returned,
)
from asyncdemo.timeline import Span, Timeline

__all__ = [
    "Attempt",
    "Feedback",
    "Requirement",
    "at_least_in_flight",
    "at_most_in_flight",
    "awaited",
    "cancelled_within",
    "check",
    "ended_within",
    "failed",
    "finished_in_order",
    "handled_once",
    "is_stub",
    "never_blocked",
    "nothing_left",
    "one_after_another",
    "overlapped",
    "raised",
    "ran",
    "ran_in",
    "returned",
    "started_in_order",
    "was_cancelled",
    "woke",
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
    if wrong := _no_answer(answer, name):
        return Feedback(f"Not yet: {wrong}")
    # Here, not above: it brings asyncio and the recorder, which a table of contents need not.
    from asyncdemo.attempts import attempt as run

    attempt = await run(answer, within)
    # How an answer that was ended here ended is not its own doing.
    judged = [n for n in requirements if attempt.ended_after is None or not n.about_end]
    findings = tuple(Finding(need.says, need.find(attempt)) for need in judged)
    if attempt.ended_after is not None:
        findings += (Finding(f"it ended within {within:g} s", "It was ended then."),)
    own_error = attempt.error is not None and attempt.ended_after is None
    if own_error and not any(need.about_error for need in requirements):
        findings += (Finding("it ended without an exception", _explained(attempt)),)
    feedback = Feedback("", findings, attempt.timeline)
    return replace(feedback, headline=_headline(name, attempt, feedback))


def _no_answer(answer: object, name: str) -> str:
    """Why something cannot be run as an answer, or the empty string."""
    if inspect.iscoroutine(answer):
        return "this is a coroutine object, not a function. Define the function with async def."
    if not inspect.iscoroutinefunction(answer):
        define = f"async def {name}()" if callable(answer) else "async def"
        return f"{name} is not a coroutine function. Define it with {define}."
    try:
        inspect.signature(answer).bind()
    except TypeError:
        return f"{name} takes no arguments here. Define it with async def {name}()."
    return ""


def _explained(attempt: Attempt) -> str:
    error = attempt.error
    said = f": {error}".removesuffix(".") if str(error) else ""
    return f"It raised {type(error).__name__}{said}."


def _headline(name: str, attempt: Attempt, feedback: Feedback) -> str:
    if attempt.ended_after is not None:
        after = f"{attempt.ended_after:g} s"
        return f"Not yet: {name} had not ended after {after}, so it was ended.{_stuck(attempt)}"
    if feedback.solved:
        return f"Solved: {name} ran as asked."
    met = sum(not finding.wrong for finding in feedback.findings)
    return f"Not yet: {name} meets {met} of {len(feedback.findings)} requirements."


def _stuck(attempt: Attempt) -> str:
    """What the calls that waited for something else than each other were waiting at."""
    spans = attempt.timeline.spans
    if attempt.ended_after is None or not spans:
        return ""
    # A little before it was ended, all that hangs has long been where it hangs.
    moment = spans[0].created + 0.9 * attempt.ended_after
    waiting = {
        span.id: stretch.at
        for span in spans
        for stretch in span.stretches
        if stretch.state == "waiting" and stretch.start <= moment < stretch.end
    }
    inner = [s for s in spans if s.id in waiting and not _child_waits(attempt.timeline, s, waiting)]
    places = [f"{span.label} at {waiting[span.id]}" for span in inner]
    return f" Until then it waited: {'; '.join(places[:4])}." if places else ""


def _child_waits(timeline: Timeline, span: Span, waiting: dict[int, str]) -> bool:
    return any(child.id in waiting for child in timeline.children(span))


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
