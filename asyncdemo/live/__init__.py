"""A timeline drawn while it is being recorded, by the loop that it shows.

Drawing is a callback of the loop's own, a few times a second: while the loop is blocked, the
picture stands still. It shows the calls in flight and those that ended last, so that drawing
costs about the same however long the program runs.
"""

from __future__ import annotations

import sys
import threading
import time
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Final, Protocol

from asyncdemo.recording.ticks import Ticks
from asyncdemo.timeline import Timeline

EVERY: Final = 0.25
# Drawing takes this part of the time at most; the rest is the program's.
PART: Final = 1 / 10
# However long it takes: not to be drawn at all would be worse.
RAREST: Final = 1.0
MOST_EVENTS: Final = 2_000


class Screen(Protocol):
    """Where a timeline is drawn anew and anew."""

    def draw(self, timeline: Timeline) -> None:
        """Show what was recorded so far."""

    def close(self, timeline: Timeline) -> None:
        """Show what was recorded, or leave no trace."""


class Live:
    """Draws a timeline now and then, until it is closed.

    Args:
        so_far: Gives what was recorded so far, or of it about that many events.
        screen: Where to draw; None to look for a notebook or a terminal.

    Attributes:
        ticks: What is to be done in the loops that run.

    Example:
        >>> with record(live=True) as timeline:  # doctest: +SKIP
        ...     await serve()
    """

    def __init__(self, so_far: Callable[[int], Timeline], screen: Screen | None = None) -> None:
        self.ticks = Ticks(self._tick)
        self._so_far = so_far
        self._screen = screen or _screen_here()
        self._drawing = threading.Lock()

    def close(self, timeline: Timeline) -> None:
        """The recording is over, and this is what it recorded."""
        self.ticks.stop()
        with self._drawing:
            self._do(lambda screen: screen.close(timeline))

    def _tick(self, frame: FrameType) -> float:
        # Another thread may have a loop of its own, and be drawing.
        if not self._drawing.acquire(blocking=False):
            return EVERY
        try:
            started = time.perf_counter()
            self._do(lambda screen: screen.draw(self._so_far(MOST_EVENTS)))
            took = time.perf_counter() - started
            return min(max(EVERY, took / PART), RAREST)
        finally:
            self._drawing.release()

    def _do(self, act: Callable[[Screen], None]) -> None:
        if self._screen is None:
            return
        try:
            act(self._screen)
        except Exception as error:  # noqa: BLE001 - the program must not fail for a picture
            self._screen = None
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            warnings.warn(f"no more live pictures ({reason})", RuntimeWarning, stacklevel=2)


def _screen_here() -> Screen | None:
    """A notebook's or a terminal's screen; None where nobody would see it."""
    if _in_notebook():
        from asyncdemo.live.notebook import Notebook

        return Notebook()
    if sys.stderr is not None and sys.stderr.isatty():
        from asyncdemo.live.terminal import Terminal

        return Terminal(sys.stderr)
    return None


def _in_notebook() -> bool:
    if "IPython" not in sys.modules:
        return False
    from IPython import get_ipython

    return hasattr(get_ipython(), "kernel")
