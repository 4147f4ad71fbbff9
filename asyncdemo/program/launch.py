"""Runs a program as `python` would, in this process, and records it.

What the program can tell is the same as under `python`: its `__main__`, arguments, path, exit
code, and what it prints, a traceback included.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TextIO

from asyncdemo.program import entry
from asyncdemo.program.entry import Program
from asyncdemo.recorder import LIMIT, record
from asyncdemo.timeline import Timeline

OWN_FILES = (__file__, entry.__file__)


@dataclass(frozen=True)
class Ran:
    """What became of a program.

    Attributes:
        timeline: What was recorded until its end, whichever end that was; None in a child that
            the program forked, which has nothing to show.
        exit_code: What `sys.exit()` is to be called with.
        interrupted: Whether Ctrl-C ended it.
        said: Why recording stopped before the program did; else empty.
    """

    timeline: Timeline | None
    exit_code: int
    interrupted: bool = False
    said: str = ""


class ProgramRecording(record):
    """A recording in which the caller is called like the program while it goes on, too.

    Args:
        program: What runs.
        include: Names of libraries whose coroutines are recorded too.
        limit: The most raw events to keep of each thread.
        live: Whether to draw it while it runs.
        last: How many seconds before its end are to be shown.

    Example:
        >>> recording = ProgramRecording(Program("cafe.py"))
        >>> with recording:
        ...     recording.so_far().spans[0].label
        'cafe.py'
    """

    def __init__(
        self,
        program: Program,
        *,
        include: Sequence[str] = (),
        limit: int = LIMIT,
        live: bool = False,
        last: float = math.inf,
    ) -> None:
        super().__init__(include=include, limit=limit, live=live, last=last)
        self._program = program

    def so_far(self, most: int = LIMIT) -> Timeline:
        """What was recorded until now."""
        return _renamed(super().so_far(most), self._program)


def run(
    program: Program,
    *,
    include: Sequence[str] = (),
    limit: int = LIMIT,
    live: bool = False,
    last: float = math.inf,
) -> Ran:
    """Run a program and record it.

    The process is the program's from here on: `__main__`, `sys.argv` and `sys.path` stay its.

    Args:
        program: What to run.
        include: Names of libraries whose coroutines are recorded too.
        limit: The most raw events to keep of each thread.
        live: Whether to draw it while it runs, in the terminal.
        last: How many seconds before its end are to be shown.

    Raises:
        ValueError: There is no such program, or no such library; nothing has run.
        RuntimeError: Other tools hold what the recorder needs; nothing has run.

    Example:
        >>> run(Program("cafe.py", ("--fast",))).timeline  # doctest: +SKIP
        1.0 s instead of 1.9 s · up to 3 in flight
    """
    execute = entry.prepare(program)
    libraries = (*include, *entry.own_library(program))
    recording = ProgramRecording(program, include=libraries, limit=limit, live=live, last=last)
    started_in = os.getpid()
    timeline = recording.__enter__()
    error: BaseException | None = None
    try:
        execute()
    except BaseException as ended:  # noqa: BLE001 - whatever ends it, Python would tell it
        error = ended
    if os.getpid() != started_in:
        # A forked child that came here, as no child of multiprocessing does.
        return Ran(None, _tell(error))
    _let_ctrl_c_end_us()
    said = _end(recording, error)
    interrupted = type(error) is KeyboardInterrupt
    exit_code = _tell(error)
    # It holds the program's frames, and they hold what Python would have let go by now.
    del error
    return Ran(_renamed(timeline, program), exit_code, interrupted, said)


def _end(recording: record, error: BaseException | None) -> str:
    """Ends the recording, and answers why it was cut, if it was."""
    failed = None if isinstance(error, SystemExit) and not error.code else error
    # Its warning is told by the command; the program's filters may make it an exception.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        recording.__exit__(type(failed) if failed else None, failed, None)
    return " ".join(str(warning.message) for warning in caught)


def _let_ctrl_c_end_us() -> None:
    """What was recorded may take a while to be shown, and need not be waited for."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _tell(error: BaseException | None) -> int:
    """Says what Python says about the exception that ended a program; answers the exit code."""
    if error is None:
        return 0
    if isinstance(error, SystemExit):
        return _exit_code(error)
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename in OWN_FILES:
        traceback = traceback.tb_next
    _flush(sys.stdout)
    try:
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
    except SystemExit as ended:
        return _exit_code(ended)
    except BaseException:  # noqa: BLE001 - the program's own hook failed; Python's does not
        sys.__excepthook__(type(error), error, traceback)
    return 1


def _exit_code(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return error.code or 0
    _flush(sys.stdout)
    print(error.code, file=sys.stderr)  # noqa: T201 - so does Python
    return 1


def _flush(stream: TextIO) -> None:
    """What was printed before comes before, also where both streams go to one file."""
    # It may be closed, or a pipe that nobody reads: Python says so when the process ends.
    with contextlib.suppress(AttributeError, OSError, ValueError):
        stream.flush()


def _renamed(timeline: Timeline, program: Program) -> Timeline:
    """The caller is the program, not what launched it."""
    caller, *others = timeline.spans
    file = getattr(sys.modules.get("__main__"), "__file__", None) or ""
    caller = replace(caller, label=program.label, name=program.label, file=file, line=1)
    return replace(timeline, spans=(caller, *others))
