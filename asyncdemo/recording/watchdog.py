"""A thread that looks which line a blocked event loop is at.

The events tell how long a step of the loop took, not which line took it. So a watcher
wakes now and then, and where nothing has been written since, it notes the line of the
learner's code that the loop's thread is executing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Final

from asyncdemo.recording.frames import frames_of_threads
from asyncdemo.recording.landmarks import ASYNC_GENERATOR, COROUTINE, RUN_HANDLE_CODE

# A stretch of 0.1 s then holds at least one look, taken after at least one interval.
INTERVAL = 0.03
# Where a coroutine or an async generator executes, a loop runs it, even one that runs no Handle.
RUN_BY_LOOPS: Final = COROUTINE | ASYNC_GENERATOR


class Watchdog(threading.Thread):
    """Looks at loops that do not move.

    Args:
        progress: Says for each thread how many events it has written.
        owns: Tells whether a file is the learner's own.
        saw: Called with the thread, the code and the line number that was seen.
        fault: Is told of an error of ours, after which it looks no more.

    Example:
        >>> dog = Watchdog(dict, lambda file: True, print, print)
        >>> dog.start()
        >>> dog.stop()
    """

    def __init__(
        self,
        progress: Callable[[], dict[int, int]],
        owns: Callable[[str], bool],
        saw: Callable[[int, CodeType, int], None],
        fault: Callable[[Exception], object],
    ) -> None:
        super().__init__(name="asyncdemo watchdog", daemon=True)
        self._progress = progress
        self._owns = owns
        self._saw = saw
        self._fault = fault
        self._stop_asked = threading.Event()

    def run(self) -> None:
        """Look until asked to stop."""
        try:
            self._watch()
        except Exception as error:  # noqa: BLE001 - any fault of ours must stay with us
            self._fault(error)

    def _watch(self) -> None:
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
            if frame.f_code is RUN_HANDLE_CODE:
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
        if above.f_code is RUN_HANDLE_CODE or above.f_code.co_flags & RUN_BY_LOOPS:
            return True
        above = above.f_back
    return False
