"""What the tasks of a loop are suspended in: the calls that await each other, down to a future.

A task is asked for its coroutine, and that for what it awaits, as `asyncio`'s own call graph
does. Async generators and a few wrappers do not tell; the garbage collector knows what they hold.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Final

from asyncdemo.recording.events import Chain
from asyncdemo.recording.landmarks import awaited_future, coroutine_of, task_name

# What stands between a call and the one that it awaits: `anext()` and the like on an async
# generator, and `__await__()` of a coroutine.
WRAPPERS: Final = frozenset(
    ("async_generator_asend", "async_generator_athrow", "anext_awaitable", "coroutine_wrapper")
)


def chains_under_way(is_own: Callable[[CodeType], bool]) -> Iterator[Chain]:
    """The learner's own calls that the tasks of the running loop are suspended in, oldest first.

    Args:
        is_own: Tells whether code is the learner's own.

    Example:
        >>> [*chains_under_way(lambda code: True)]
        []
    """
    if asyncio._get_running_loop() is None:
        return
    for task in sorted(asyncio.all_tasks(), key=_age):
        calls = tuple(
            (id(frame), frame.f_code, frame.f_lasti)
            for frame in _suspended(coroutine_of(task))
            if is_own(frame.f_code)
        )
        if calls:
            yield Chain(calls, awaited_future(task))


def _age(task: asyncio.Task[object]) -> tuple[int, str]:
    # Tasks whose names were chosen come last: nothing tells when they were created.
    name = task_name(task)
    number = name.removeprefix("Task-")
    return (int(number), "") if number.isdecimal() else (sys.maxsize, name)


def _suspended(awaited: object) -> Iterator[FrameType]:
    """The suspended frames of a call and of those that it awaits, the outermost first."""
    while True:
        frame: FrameType | None = None
        if type(awaited) is CoroutineType and awaited.cr_suspended:
            frame, awaited = awaited.cr_frame, awaited.cr_await
        elif type(awaited) is AsyncGeneratorType and awaited.ag_suspended:
            frame, awaited = awaited.ag_frame, awaited.ag_await
        elif type(awaited) is GeneratorType and awaited.gi_suspended:
            frame, awaited = awaited.gi_frame, awaited.gi_yieldfrom
        elif type(awaited).__name__ in WRAPPERS:
            awaited = _wrapped(awaited)
        else:
            return
        if frame is not None:
            yield frame


def _wrapped(wrapper: object) -> object:
    kinds = (CoroutineType, AsyncGeneratorType)
    held = gc.get_referents(wrapper)
    # `anext()` with a default wraps another wrapper.
    inner = (o for o in held if type(o) in kinds or type(o).__name__ in WRAPPERS)
    return next(inner, None)
