"""Finds which handle a loop is running, from deep inside a plain callback.

A frame's object is made when somebody asks for it. Going up step by step makes one for each
frame on the way, which costs more than all else that is written about a callback. So the loop
is looked for first as far up as it was lately: two distances often take turns.
"""

from __future__ import annotations

import sys
from types import FrameType

from asyncdemo.recording.landmarks import RUN_HANDLE_CODE, own


class RunningHandle:
    """Remembers how far up the loop was.

    Example:
        >>> RunningHandle().key(0)  # no loop runs here
        0
    """

    def __init__(self) -> None:
        self._level = self._other = 0

    def key(self, depth: int) -> int:
        """The key of the handle; 0 where none runs.

        Args:
            depth: How many frames above the caller of this method the program is.
        """
        depth += 1
        try:
            frame = sys._getframe(depth + self._level)
            if frame.f_code is not RUN_HANDLE_CODE:
                self._level, self._other = self._other, self._level
                frame = sys._getframe(depth + self._level)
        except ValueError:
            frame = sys._getframe(depth)
        if frame.f_code is RUN_HANDLE_CODE:
            return own(frame)
        found = self._search(sys._getframe(depth))
        return 0 if found is None else own(found)

    def _search(self, frame: FrameType | None) -> FrameType | None:
        level = 0
        while frame is not None and frame.f_code is not RUN_HANDLE_CODE:
            frame, level = frame.f_back, level + 1
        if frame is not None:
            self._level = level
        return frame
