"""The callbacks that `sys.monitoring` calls: what costs a recording its time.

Each knows at once what to do about the learner's own coroutines, and writes one event;
whatever else it is called for, it leaves to the observer. It never lets an error of ours
reach the recorded program.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from types import CodeType
from typing import Any, Final

from asyncdemo.recording import events
from asyncdemo.recording.labels import plain
from asyncdemo.recording.landmarks import USER
from asyncdemo.recording.observer import Observer

HANDED_OUT: Final = "async_generator_wrapped_value"

type Callback = Callable[..., object]


def make_callbacks(
    observer: Observer, quiet: object, fault: Callable[[Exception], object]
) -> dict[str, Callback]:
    """One callback for each event, by the event's name in `sys.monitoring.events`.

    Args:
        observer: Writes what is not about the learner's own code, and holds the log.
        quiet: What a callback returns to hear no more of a place: `sys.monitoring.DISABLE`.
        fault: Is told of an error of ours.

    Example:
        >>> import time
        >>> observer = Observer(time.perf_counter, 100, lambda file: True, lambda: None)
        >>> sorted(make_callbacks(observer, None, print))[:2]
        ['PY_RESUME', 'PY_RETURN']
    """
    # Names of this function, not attributes: each is looked up for every event.
    role_of, roles, log = observer.role, observer.roles, observer.log
    known, write, length = roles.get, log.extend, log.__len__
    clock, thread, frame_at, full = (
        observer.clock,
        threading.get_ident,
        sys._getframe,
        observer.full,
    )
    START, RESUME, YIELD = events.START, events.RESUME, events.YIELD  # noqa: N806
    RETURN, UNWIND, THROW = events.RETURN, events.UNWIND, events.THROW  # noqa: N806

    def on_start(code: CodeType, offset: int) -> object:
        try:
            if (known(id(code)) or role_of(code)) == USER:
                frame = frame_at(1)
                call = observer.call(frame, code)
                write((START, clock(), thread(), id(frame), code, 0, call))
                if length() >= full:
                    observer.when_full()
                return None
            return None if observer.on_start(frame_at(1), code) else quiet
        except Exception as error:  # noqa: BLE001 - any fault of ours must stay with us
            return fault(error)

    def on_resume(code: CodeType, offset: int) -> object:
        try:
            if (known(id(code)) or role_of(code)) == USER:
                write((RESUME, clock(), thread(), id(frame_at(1)), code, offset, None))
                return None
            return quiet
        except Exception as error:  # noqa: BLE001
            return fault(error)

    def on_yield(code: CodeType, offset: int, value: object) -> object:
        try:
            if (known(id(code)) or role_of(code)) != USER:
                return quiet
            if value is None:
                awaited = events.NOTHING
            elif type(value).__name__ == HANDED_OUT:
                awaited = events.HANDED_OUT
            else:
                awaited = id(value)
            write((YIELD, clock(), thread(), id(frame_at(1)), code, offset, awaited))
            if length() >= full:
                observer.when_full()
            return None
        except Exception as error:  # noqa: BLE001
            return fault(error)

    def on_return(code: CodeType, offset: int, value: object) -> object:
        try:
            if (known(id(code)) or role_of(code)) == USER:
                write((RETURN, clock(), thread(), id(frame_at(1)), code, offset, plain(value)))
                return None
            return None if observer.on_return(frame_at(1), code, value) else quiet
        except Exception as error:  # noqa: BLE001
            return fault(error)

    # Before 3.15 a place cannot be disabled for these two: ValueError reaches the program.
    def on_unwind(code: CodeType, offset: int, error: BaseException) -> object:
        try:
            if (known(id(code)) or role_of(code)) == USER:
                how = (_outcome(error), type(error).__name__)
                write((UNWIND, clock(), thread(), id(frame_at(1)), code, offset, how))
            else:
                observer.on_unwind(code)
            return None
        except Exception as ours:  # noqa: BLE001
            return fault(ours)

    def on_throw(code: CodeType, offset: int, error: BaseException) -> object:
        try:
            if (known(id(code)) or role_of(code)) == USER:
                key = id(frame_at(1))
                observer.forget_label(key)
                write((THROW, clock(), thread(), key, code, offset, None))
            return None
        except Exception as ours:  # noqa: BLE001
            return fault(ours)

    return {
        "PY_START": on_start,
        "PY_RESUME": on_resume,
        "PY_YIELD": on_yield,
        "PY_RETURN": on_return,
        "PY_UNWIND": on_unwind,
        "PY_THROW": on_throw,
    }


def _outcome(error: Any) -> str:
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    return "closed" if isinstance(error, GeneratorExit) else "raised"
