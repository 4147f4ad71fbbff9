"""What the threads of this interpreter are executing."""

from __future__ import annotations

import importlib
import sys
from types import FrameType

# Its name since 3.13, and that before.
INTERPRETERS = ("_interpreters", "_xxsubinterpreters")


def frames_of_threads() -> dict[int, FrameType]:
    """The innermost frame of each thread, by its identifier; none if they cannot be looked at.

    `sys._current_frames()` looks into other interpreters too, and with a GIL of their own that
    ends the process (3.12 to 3.15). So it is not asked while there are any.

    Example:
        >>> import threading
        >>> frames_of_threads()[threading.get_ident()].f_code.co_name
        'frames_of_threads'
    """
    return sys._current_frames() if _alone() else {}


def _alone() -> bool:
    for name in INTERPRETERS:
        try:
            interpreters = importlib.import_module(name)
        except ImportError:
            continue
        return len(interpreters.list_all()) == 1
    return True
