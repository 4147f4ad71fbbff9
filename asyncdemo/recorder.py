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
from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import Final

from asyncdemo.timeline import Timeline

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

    def __enter__(self) -> Timeline:
        from asyncdemo.recording.session import Session

        self._session = Session.join(self._code, self._limit, self._clock, self._last)
        self._timeline = object.__new__(Timeline)
        self._first = self._session.positions()
        self._block = self._session.begin(sys._getframe(1))
        return self._timeline

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        block = self._session.end(self._block, error)
        from asyncdemo.assembly import assemble

        since, events = self._session.events(
            self._first, max(block.started, block.ended - self._last)
        )
        self._session.leave(self._code, self._last)
        block = replace(block, started=since)
        assemble(self._timeline, block, events, self._code.owns)
        if self._session.stopped:
            warnings.warn(self._session.stopped, RuntimeWarning, stacklevel=2)
