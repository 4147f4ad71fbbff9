"""A thread that looks which line a blocked event loop is at.

The events tell how long a step of the loop took, not which line took it. So a watcher
wakes now and then, and where nothing has been written since, it notes the line of the
learner's code that the loop's thread is executing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Final

from asyncdemo.recording.frames import frames_of_threads

# A stretch of 0.1 s then holds at least one look, taken after at least one interval.
INTERVAL = 0.03


# Of a coroutine or an async generator: inspect.CO_COROUTINE, inspect.CO_ASYNC_GENERATOR. Where
# one of them executes, a loop runs it, even if it is one that runs no Handle.
COROUTINE: Final = 0x80 | 0x200
RUN_HANDLE: Final = asyncio.Handle._run.__code__


class Watchdog(threading.Thread):
    """Looks at loops that do not move.

    Args:
        progress: Says for each thread how many events it has written.
        owns: Tells whether a file is the learner's own.
        saw: Called with the thread, the code and the line number that was seen.

    Example:
        >>> dog = Watchdog(dict, lambda file: True, print)
        >>> dog.start()
        >>> dog.stop()
    """

    def __init__(
        self,
        progress: Callable[[], dict[int, int]],
        owns: Callable[[str], bool],
        saw: Callable[[int, CodeType, int], None],
    ) -> None:
        super().__init__(name="asyncdemo watchdog", daemon=True)
        self._progress = progress
        self._owns = owns
        self._saw = saw
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Look until asked to stop."""
        before: dict[int, int] = {}
        while not self._stop_asked.wait(INTERVAL):
            now = self._progress()
            for thread, written in now.items():
                if before.get(thread) == written:
                    self._look(thread)
            before = now

    def _look(self, thread: int) -> None:
        frame = frames_of_threads().get(thread)
        while frame is not None and not self._owns(frame.f_code.co_filename):
            if frame.f_code is RUN_HANDLE:
                return
            frame = frame.f_back
        if frame is not None and _in_step(frame):
            self._saw(thread, frame.f_code, frame.f_lineno or 0)

    def stop(self) -> None:
        """Stop looking, and wait until the thread has ended."""
        self._stop_asked.set()
        self.join()


def _in_step(frame: FrameType) -> bool:
    """Whether a loop is running that frame, and is not itself what the frame waits for."""
    above: FrameType | None = frame
    while above is not None:
        if above.f_code is RUN_HANDLE or above.f_code.co_flags & COROUTINE:
            return True
        above = above.f_back
    return False
