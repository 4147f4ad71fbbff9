"""`record()`: watches coroutines as they run, through `sys.monitoring` (PEP 669).

Nothing in the recorded program changes: no decorator, no patched loop, no task factory.
An `Observer` writes raw events that hold numbers and strings only; what they mean is worked
out when the block ends, by `assembly`. This is the only file that touches `sys.monitoring`.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Final

from asyncdemo.timeline import Timeline

if TYPE_CHECKING:
    from asyncdemo.recording.events import Block
    from asyncdemo.recording.user_code import UserCode

# The slots that belong to no kind of tool: 0 is for debuggers, 1 for coverage, 2 for
# profilers, 5 for optimizers (documentation of `sys.monitoring`).
SLOTS: Final = (3, 4)
LIMIT: Final = 1_000_000


class record:  # noqa: N801 - reads like a verb, as the context managers of contextlib do
    """Record every coroutine call in a block, and fill a timeline when the block ends.

    Works around any asyncio code: in a notebook cell with top-level `await`, in a coroutine,
    or around `asyncio.run()`. Recordings may be nested and repeated.

    Args:
        include: Names of libraries whose coroutines are shown too, such as `("aiohttp",)`.
            Without it, only code outside the standard library and site-packages is.
        limit: The most raw events to keep, roughly 150 bytes each. Beyond it recording
            stops with a warning, and the timeline says where it is cut.
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
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        from asyncdemo.recording.user_code import UserCode

        if isinstance(include, str):
            raise ValueError(f"include: a tuple of names is needed, such as ({include!r},)")
        if limit < 1:
            raise ValueError("limit: at least one event must be kept")
        self._code = UserCode(include)
        self._limit = limit
        self._clock = clock

    def __enter__(self) -> Timeline:
        self._session = _Session.join(self._code, self._limit, self._clock)
        self._timeline = object.__new__(Timeline)
        self._first = len(self._session.observer.log)
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

        log = self._session.observer.log[self._first :]
        self._session.leave(self._code)
        assemble(self._timeline, block, log, self._code.owns)
        if self._session.stopped:
            warnings.warn(self._session.stopped, RuntimeWarning, stacklevel=2)


class _Session:
    """The one use of `sys.monitoring` that all recordings going on at a time share."""

    _current: _Session | None = None
    _lock = threading.Lock()

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        from asyncdemo.recording.callbacks import make_callbacks
        from asyncdemo.recording.observer import Observer
        from asyncdemo.recording.watchdog import Watchdog

        self.observer = Observer(clock, limit, self.owns, self._reached_limit)
        self.stopped = ""
        self._stopped_at = 0.0
        self._codes: list[UserCode] = []
        self._watchdog = Watchdog(self.observer.steps, self.owns, self.observer.sample)
        self._watching = False
        self._slot = _free_slot()
        made = make_callbacks(self.observer, sys.monitoring.DISABLE, self._fault)
        self._callbacks = {
            getattr(sys.monitoring.events, name): callback for name, callback in made.items()
        }

    @classmethod
    def join(cls, code: UserCode, limit: int, clock: Callable[[], float]) -> _Session:
        """The session of the recordings going on, or a new one."""
        with cls._lock:
            session = cls._current
            if session is None:
                session = cls(limit, clock)
                session._codes.append(code)
                session._install()
                cls._current = session
            elif session.observer.clock is not clock:
                raise ValueError("clock: a recording with another clock is going on")
            else:
                session._codes.append(code)
                session.observer.forget_roles()
                sys.monitoring.restart_events()
            return session

    def leave(self, code: UserCode) -> None:
        """One recording is over; after the last the interpreter is as it was."""
        with self._lock:
            self._codes.remove(code)
            if not self._codes:
                self._uninstall()
                _Session._current = None

    def owns(self, file: str) -> bool:
        """Whether any recording that is going on wants code of that file."""
        return any(code.owns(file) for code in self._codes)

    def begin(self, frame: FrameType) -> Block:
        """A block is entered by `frame`."""
        from asyncdemo.recording import blocks

        block = blocks.enter(frame, self.observer.clock)
        if block.in_loop:
            self.observer.enter_step()
        self.observer.callers.add(block.key)
        return block

    def end(self, block: Block, error: BaseException | None) -> Block:
        """The block is left, with that exception or without one."""
        from asyncdemo.recording import blocks

        ended = self._stopped_at if self.stopped else self.observer.clock()
        self.observer.callers.discard(block.key)
        return blocks.leave(block, error, ended, cut=bool(self.stopped))

    def _install(self) -> None:
        monitoring = sys.monitoring
        monitoring.use_tool_id(self._slot, "asyncdemo")
        for event, callback in self._callbacks.items():
            monitoring.register_callback(self._slot, event, callback)
        # Places that an earlier recording had no interest in may be of interest now.
        monitoring.restart_events()
        try:
            self._watchdog.start()
            self._watching = True
        except RuntimeError:
            # No threads here, as in WebAssembly: a blocked loop is seen, its line is not.
            pass
        monitoring.set_events(self._slot, sum(self._callbacks))

    def _uninstall(self) -> None:
        monitoring = sys.monitoring
        monitoring.set_events(self._slot, 0)
        for event in self._callbacks:
            monitoring.register_callback(self._slot, event, None)
        monitoring.free_tool_id(self._slot)
        if self._watching:
            self._watchdog.stop()

    def _fault(self, error: Exception) -> None:
        self._stop(f"recording stopped at a fault of its own: {error!r}")

    def _reached_limit(self) -> None:
        self._stop(
            f"recording stopped at its limit of {self.observer.limit} events: record less, "
            "or more with record(limit=...)"
        )

    def _stop(self, reason: str) -> None:
        sys.monitoring.set_events(self._slot, 0)
        if not self.stopped:
            self.stopped, self._stopped_at = reason, self.observer.clock()


def _free_slot() -> int:
    holders = {slot: sys.monitoring.get_tool(slot) for slot in SLOTS}
    for slot, holder in holders.items():
        if holder is None:
            return slot
    held = " and ".join(f"slot {slot} is held by {holder!r}" for slot, holder in holders.items())
    raise RuntimeError(f"record() cannot watch: {held}; stop that tool first")


def _stop_in_child() -> None:
    """A forked child has the recording's callbacks but nobody to read what they write."""
    if _Session._current is not None:
        sys.monitoring.set_events(_Session._current._slot, 0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stop_in_child)
