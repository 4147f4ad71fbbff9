"""An alarm for a learner's code that blocks the event loop and does not stop.

While the loop is blocked no timeout of asyncio's can go off. A thread can: it interrupts the
main thread as Ctrl-C does, and the handler raises inside the code that blocks.
"""

from __future__ import annotations

import _thread
import asyncio
import signal
import threading
from types import FrameType
from typing import Any

from asyncdemo.recording.user_code import UserCode

# The modules whose coroutines wait for the answer; their code is not the answer's.
CHECKING = ("asyncdemo.attempts", "asyncdemo.checks")
# Between two attempts to interrupt: the code may swallow the first.
AGAIN = 0.5


class BlockedTooLongError(BaseException):
    """Raised in code that blocked the loop until the alarm. No `except Exception` catches it."""


class Alarm:
    """A context that interrupts the learner's code if it lasts too long.

    It works in the main thread, where notebooks and scripts run their code, and does nothing
    elsewhere: Python delivers signals to the main thread only (documentation of `signal`).

    Args:
        seconds: How long the block may take.

    Example:
        >>> with Alarm(5):
        ...     answer = 6 * 7
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._over = threading.Event()
        self._rang = False
        self._own = UserCode()
        self._previous: Any = None

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
            threading.Thread(target=self._wait, name="asyncdemo alarm", daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _wait(self) -> None:
        pause = self._seconds
        while not self._over.wait(pause):
            self._rang, pause = True, AGAIN
            if hasattr(signal, "pthread_kill"):
                main = threading.main_thread().ident
                assert main is not None
                signal.pthread_kill(main, signal.SIGINT)
            else:  # Windows
                _thread.interrupt_main()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self._rang:  # somebody else's Ctrl-C
            if callable(self._previous):
                self._previous(number, frame)
            return
        self._rang = False
        if not self._over.is_set() and self._in_answer(frame):
            raise BlockedTooLongError

    def _in_answer(self, frame: FrameType | None) -> bool:
        """Whether the loop runs the learner's code now, which alone is to be interrupted.

        An exception in asyncio's own code, or in the check's, would end more than the answer.
        """
        found = False
        while frame is not None and frame.f_code is not asyncio.Handle._run.__code__:
            if frame.f_globals.get("__name__") in CHECKING:
                return False
            found = found or self._own.owns_code(frame.f_code)
            frame = frame.f_back
        return found
