"""A `with record()` block: who entered it, when, and how it was left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import CodeType, FrameType

from asyncdemo.recording.events import Block
from asyncdemo.recording.labels import caller_label
from asyncdemo.recording.under_way import chains_under_way
from asyncdemo.recording.user_code import UserCode


def enter(
    frame: FrameType,
    clock: Callable[[], float],
    is_own: Callable[[CodeType], bool],
    silent: frozenset[int],
) -> Block:
    """The block that the code of `frame`, or of whoever called that, has entered now.

    Args:
        frame: Whoever enters it.
        clock: A function that tells the time in seconds.
        is_own: Tells whether code is the learner's own.
        silent: The threads known to run a loop without landmarks.
    """
    caller = _learners_frame(frame)
    return Block(
        key=id(caller),
        code=caller.f_code,
        label=caller_label(caller.f_code),
        thread=threading.get_ident(),
        in_loop=asyncio._get_running_loop() is not None,
        silent=silent,
        enclosing=_keys_above(caller),
        under_way=tuple(chains_under_way(is_own)),
        started=clock(),
    )


def codes_above(frame: FrameType) -> Iterator[CodeType]:
    """The codes of the frames that called `frame`, and its own."""
    above: FrameType | None = frame
    while above is not None:
        yield above.f_code
        above = above.f_back


def leave(block: Block, error: BaseException | None, ended: float, *, cut: bool) -> Block:
    """The same block, left with that exception or without one."""
    return replace(
        block,
        ended=max(block.started, ended),
        error=type(error).__name__ if error is not None else "",
        cancelled=isinstance(error, asyncio.CancelledError),
        cut=cut,
    )


def _learners_frame(frame: FrameType) -> FrameType:
    """The frame that entered the block, past `contextlib.ExitStack` and the like."""
    own = UserCode()
    above: FrameType | None = frame
    while above is not None and not own.owns_code(above.f_code):
        above = above.f_back
    return above or frame


def _keys_above(frame: FrameType) -> frozenset[int]:
    keys = set()
    above = frame.f_back
    while above is not None:
        keys.add(id(above))
        above = above.f_back
    return frozenset(keys)
