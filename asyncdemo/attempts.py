"""Runs a learner's answer once, records it, and brings it to an end whatever it does.

An answer may hang, swallow its cancellation, block the loop for ever or leave tasks behind.
Each is ended here, after the recording has shown it, so that the next cell starts clean.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from asyncdemo.alarm import Alarm, BlockedTooLongError
from asyncdemo.recorder import record
from asyncdemo.requirements.attempt import Attempt
from asyncdemo.timeline import Timeline

# How long a task may take to end once it is cancelled, and again once it is closed.
PATIENCE = 1.0

# Marks the tasks that an answer creates, each of which has a copy of its creator's context:
# tasks of the notebook's own, and of other cells, are not to be touched.
_attempt: contextvars.ContextVar[int] = contextvars.ContextVar("asyncdemo attempt")
_numbers = itertools.count()


@contextlib.contextmanager
def _short_collections() -> Iterator[None]:
    """Keeps the garbage collector from what was there before.

    In a notebook's kernel a full collection takes a tenth of a second on a busy machine: the
    answer would seem to block the loop.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


async def attempt(answer: Callable[[], Any], within: float) -> Attempt:
    """Run a coroutine function in a task of its own.

    Args:
        answer: The coroutine function; it is called without arguments.
        within: Seconds after which it is cancelled, and closed if that does not end it.

    Example:
        >>> async def answer():
        ...     return 42
        >>> asyncio.run(attempt(answer, 10)).result
        42
    """
    number = next(_numbers)
    context = contextvars.copy_context()
    context.run(_attempt.set, number)
    with _short_collections(), Alarm(within + 3 * PATIENCE), record() as timeline:
        task = asyncio.get_running_loop().create_task(answer(), context=context)
        try:
            ended, _ = await asyncio.wait({task}, timeout=within)
        finally:
            await _end([task])
    await _end(_tasks_of(number))
    if task.done() and not task.cancelled() and task.exception() is None:
        _forget(task.result())
    error = None if task.cancelled() else task.exception()
    if task.cancelled():
        error = asyncio.CancelledError()
    hung = not ended or isinstance(error, BlockedTooLongError)
    return Attempt(
        _as_written(timeline),
        task.result() if error is None else None,
        error,
        within if hung else None,
    )


async def _end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels tasks, and closes those that will not be cancelled."""
    left = {task for task in tasks if not task.done()}
    for stop in (_cancel, _close):
        if not left:
            return
        for task in left:
            stop(task)
        _, left = await asyncio.wait(left, timeout=PATIENCE)


def _cancel(task: asyncio.Task[Any]) -> None:
    task.add_done_callback(_retrieve)
    task.cancel()


def _close(task: asyncio.Task[Any]) -> None:
    coroutine = task.get_coro()
    assert coroutine is not None
    # It may answer GeneratorExit with any error, or await again, which is a RuntimeError.
    with contextlib.suppress(Exception):
        coroutine.close()
    task.cancel()


def _forget(result: object) -> None:
    """Ends a future that was returned in place of its result, such as that of `gather()`."""
    if isinstance(result, asyncio.Future):
        result.add_done_callback(_retrieve)
        result.cancel()


def _retrieve(task: asyncio.Future[Any]) -> None:
    """Nobody is to be told of an exception of a task that was ended here."""
    if not task.cancelled():
        task.exception()


def _tasks_of(number: int) -> Iterator[asyncio.Task[Any]]:
    for task in asyncio.all_tasks():
        if task.get_context().get(_attempt) == number:
            yield task


def _as_written(timeline: Timeline) -> Timeline:
    """The run as the learner wrote it: what this module did is left out."""
    ours = {span.id for span in timeline.spans if span.file == __file__}
    return replace(
        timeline,
        spans=tuple(
            replace(span, parent=None) if span.parent in ours else span
            for span in timeline.spans
            if span.id not in ours
        ),
    )
