"""`record()`: watches coroutines as they run, through `sys.monitoring` (PEP 669).

Nothing in the recorded program changes: no decorator, no patched loop, no task factory.
An `Observer` writes raw events that hold numbers and strings only; what they mean is worked
out when the block ends, by `assembly`.
"""

from __future__ import annotations

import math
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final

from asyncdemo.timeline import Timeline

if TYPE_CHECKING:
    from asyncdemo.live import Live
    from asyncdemo.recording.events import Block, Event

LIMIT: Final = 1_000_000


class record:  # noqa: N801 - reads like a verb, as the context managers of contextlib do
    """Record every coroutine call in a block, and fill a timeline when the block ends.

    Works around any asyncio code: in a notebook cell with top-level `await`, in a coroutine,
    or around `asyncio.run()`. Recordings may be nested and repeated.

    Args:
        include: Names of libraries whose coroutines are shown too, such as `("aiohttp",)`.
            Without it, only code outside the standard library and site-packages is.
        limit: The most raw events to keep of each thread, roughly 40 bytes each. Beyond it
            recording stops with a warning, and the timeline says where it is cut.
        last: How many seconds before its end the timeline is to show. What came before is
            forgotten as the program runs, so that a server can be recorded for days. If the
            last seconds have more events than `limit`, the timeline shows less of them.
        live: Draw it anew while the block runs, a few times a second: below a notebook's cell, or
            at the bottom of a terminal. The loop draws, so a blocked loop stands still.
        clock: A function that tells the time in seconds; a test with a virtual clock gives
            its loop's `time`.

    Raises:
        RuntimeError: Other tools hold both free slots of `sys.monitoring`.
        ValueError: A library to include is not installed, or a recording with another
            clock or limit is going on.

    Example:
        >>> import asyncio
        >>> from asyncdemo import record
        >>> async def brew(drink):
        ...     await asyncio.sleep(0.01)
        ...     return drink
        >>> with record() as timeline:
        ...     drink = asyncio.run(brew("tea"))
        >>> timeline.named("brew")[0].result
        "'tea'"
    """

    def __init__(
        self,
        *,
        include: Iterable[str] = (),
        limit: int = LIMIT,
        last: float = math.inf,
        live: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        from asyncdemo.recording.user_code import UserCode

        if isinstance(include, str):
            raise ValueError(f"include: a tuple of names is needed, such as ({include!r},)")
        if not last > 0:
            raise ValueError("last: it is a number of seconds above 0")
        if limit < 1:
            raise ValueError("limit: at least one event must be kept")
        self._code = UserCode(include)
        self._limit = limit
        self._clock = clock
        self._last = last
        self._is_live = live
        self._live: Live | None = None
        self._block: Block | None = None

    def __enter__(self) -> Timeline:
        from asyncdemo.recording.session import Session

        self._session = Session.join(self._code, self._limit, self._clock, self._last)
        self._timeline = object.__new__(Timeline)
        if self._is_live:
            from asyncdemo.live import Live

            self._live = Live(self.so_far)
        self._first = self._session.positions()
        self._block = self._session.begin(sys._getframe(1))
        if self._live is not None:
            # What this imports, the loop would have to wait for later.
            self.so_far()
            self._session.tick(self._live.ticks)
        return self._timeline

    def so_far(self, most: int = LIMIT) -> Timeline:
        """What was recorded until now, in a block that goes on.

        Args:
            most: How many raw events to look at, the last ones; roughly.

        Raises:
            RuntimeError: The block was not entered yet.

        Example:
            >>> recording = record()
            >>> with recording:
            ...     recording.so_far().spans[0].outcome
            'unfinished'
        """
        if self._block is None:
            raise RuntimeError("so_far: nothing is recorded before the block is entered")
        block = self._session.so_far(self._block, most, self._first)
        from asyncdemo.assembly import assemble

        block, events = self._read(block)
        timeline = object.__new__(Timeline)
        assemble(timeline, block, events, self._code.owns)
        return timeline

    def _read(self, block: Block) -> tuple[Block, Iterator[Event]]:
        since = max(block.started, block.ended - self._last)
        since, events = self._session.events(self._first, since)
        return replace(block, started=since), events

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        from asyncdemo.assembly import assemble

        assert self._block is not None
        block, events = self._read(self._session.end(self._block, error))
        self._session.leave(self._code, self._last)
        assemble(self._timeline, block, events, self._code.owns)
        if self._live is not None:
            self._session.tick_no_more(self._live.ticks)
            self._live.close(self._timeline)
        if self._session.stopped:
            warnings.warn(self._session.stopped, RuntimeWarning, stacklevel=2)
