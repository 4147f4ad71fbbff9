"""All that is done with `sys.monitoring` (PEP 669): a slot, callbacks, and what they hear.

This is the only file that touches it. Starts are heard of all code, and tell which code is to
be watched; suspensions and returns are heard of that code only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import CodeType
from typing import Final

from asyncdemo.recording.landmarks import HEARD_AT_RETURN, HEARD_WHERE_SILENT, OWN

# The slots that belong to no kind of tool: 0 is for debuggers, 1 for coverage, 2 for
# profilers, 5 for optimizers (documentation of `sys.monitoring`).
SLOTS: Final = (3, 4)
EVENTS: Final = ("PY_START", "PY_RESUME", "PY_YIELD", "PY_RETURN", "PY_UNWIND", "PY_THROW")
# What a callback returns to hear no more of a place.
QUIET: Final = sys.monitoring.DISABLE


class Monitoring:
    """The interpreter's events, for one tool.

    Raises:
        RuntimeError: Other tools hold both slots; its text says which.

    Example:
        >>> monitoring = Monitoring()
        >>> monitoring.start(dict.fromkeys(EVENTS, print))
        >>> monitoring.stop()
    """

    def __init__(self) -> None:
        self._slot = _free_slot()
        self._watched: list[tuple[CodeType, int]] = []
        self._silent = False

    def start(self, callbacks: Mapping[str, Callable[..., object]]) -> None:
        """Take the slot, and have these called; nothing is heard before `hear`."""
        sys.monitoring.use_tool_id(self._slot, "asyncdemo")
        self.call(callbacks)

    def call(self, callbacks: Mapping[str, Callable[..., object]]) -> None:
        """Have these called from now on, by the names of events."""
        for name, callback in callbacks.items():
            event = getattr(sys.monitoring.events, name)
            sys.monitoring.register_callback(self._slot, event, callback)

    def hear(self) -> None:
        """Hear what all code does, as far as that cannot be had of some code only."""
        # Places that an earlier recording had no interest in may be of interest now.
        self.hear_anew()
        heard = sys.monitoring.events
        sys.monitoring.set_events(self._slot, heard.PY_START | heard.PY_UNWIND | heard.PY_THROW)

    def hear_anew(self) -> None:
        """Hear of all places again of which a callback wanted to hear no more."""
        sys.monitoring.restart_events()

    def watch(self, code: CodeType, role: int) -> None:
        """Hear what code of that role does besides starting."""
        self._watched.append((code, role))
        self._hear_code(code, role)

    def hear_silent_loops(self) -> None:
        """Loops run that have no landmarks: hear what else tells of their tasks."""
        self._silent = True
        for code, role in [*self._watched]:
            self._hear_code(code, role)
        # Where nobody wanted to hear of coroutines that go on, it is wanted now.
        self.hear_anew()

    def deafen(self) -> None:
        """Hear nothing more."""
        sys.monitoring.set_events(self._slot, 0)
        for code, _ in self._watched:
            sys.monitoring.set_local_events(self._slot, code, 0)

    def stop(self) -> None:
        """Hear nothing more, and give the slot back: the interpreter is as it was."""
        self.deafen()
        self.call(dict.fromkeys(EVENTS, None))  # type: ignore[arg-type]  # None takes one away
        sys.monitoring.free_tool_id(self._slot)

    def _hear_code(self, code: CodeType, role: int) -> None:
        heard, silently = sys.monitoring.events, self._silent and role in HEARD_WHERE_SILENT
        if role in OWN:
            wanted = heard.PY_RESUME | heard.PY_YIELD | heard.PY_RETURN
        elif role in HEARD_AT_RETURN or silently:
            wanted = heard.PY_RETURN
        else:
            return
        sys.monitoring.set_local_events(self._slot, code, wanted)


def _free_slot() -> int:
    holders = {slot: sys.monitoring.get_tool(slot) for slot in SLOTS}
    for slot, holder in holders.items():
        if holder is None:
            return slot
    held = " and ".join(f"slot {slot} is held by {holder!r}" for slot, holder in holders.items())
    raise RuntimeError(f"record() cannot watch: {held}; stop that tool first")
