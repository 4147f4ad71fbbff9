"""Something that is done in every loop now and then, between the program's own steps.

It is a callback like any other of the loop's: where the loop is blocked, it has to wait too.
"""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Callable
from types import FrameType


class Ticks:
    """Calls a function in each loop that it meets, until it is told to stop.

    Args:
        act: Is given the frame that runs, and says in how many seconds to call it again.

    Example:
        >>> async def main():
        ...     ticks = Ticks(lambda frame: print("tick") or 60.0)
        ...     ticks.meet(asyncio.get_running_loop())
        ...     await asyncio.sleep(0.01)
        ...     ticks.stop()
        >>> asyncio.run(main())
        tick
    """

    def __init__(self, act: Callable[[FrameType], float]) -> None:
        self._act = act
        self._loops: weakref.WeakSet[asyncio.AbstractEventLoop] = weakref.WeakSet()
        self._stopped = False

    def meet(self, loop: asyncio.AbstractEventLoop) -> None:
        """A loop runs in this thread."""
        if not self._stopped and loop not in self._loops:
            self._loops.add(loop)
            loop.call_soon(self._tick, loop)

    def stop(self) -> None:
        """Call it no more."""
        self._stopped = True

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._stopped:
            seconds = self._act(sys._getframe())
            loop.call_later(seconds, self._tick, loop)
