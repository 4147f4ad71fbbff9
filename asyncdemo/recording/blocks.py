"""A `with record()` block: who entered it, when, and how it was left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import CodeType, CoroutineType, FrameType

from asyncdemo.recording.events import Block, Chain
from asyncdemo.recording.labels import caller_label
from asyncdemo.recording.landmarks import coroutine_of
from asyncdemo.recording.user_code import UserCode


def enter(frame: FrameType, clock: Callable[[], float], silent: frozenset[int]) -> Block:
    """The block that the code of `frame`, or of whoever called that, has entered now.

    `silent` are the threads known to run a loop without landmarks.
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
        under_way=tuple(_chains_under_way()),
        started=clock(),
    )


def codes_above(frame: FrameType) -> Iterator[CodeType]:
    """The codes of the frames that called `frame`, and its own."""
    above: FrameType | None = frame
    while above is not None:
        yield above.f_code
        above = above.f_back


def codes_under_way(block: Block) -> Iterator[CodeType]:
    """The codes of the calls that other tasks are suspended in."""
    for chain in block.under_way:
        for _, code, _ in chain:
            yield code


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


def _chains_under_way() -> Iterator[Chain]:
    """The calls that the other tasks of the running loop are suspended in."""
    if asyncio._get_running_loop() is None:
        return
    for task in asyncio.all_tasks():
        chain: list[tuple[int, CodeType, int]] = []
        awaited = coroutine_of(task)
        while type(awaited) is CoroutineType and awaited.cr_suspended and awaited.cr_frame:
            frame = awaited.cr_frame
            chain.append((id(frame), awaited.cr_code, frame.f_lasti))
            awaited = awaited.cr_await
        if chain:
            yield tuple(chain)


def _keys_above(frame: FrameType) -> frozenset[int]:
    keys = set()
    above = frame.f_back
    while above is not None:
        keys.add(id(above))
        above = above.f_back
    return frozenset(keys)
