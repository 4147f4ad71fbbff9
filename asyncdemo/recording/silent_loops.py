"""Callbacks for recordings in which a loop without landmarks runs, such as uvloop's.

Nothing tells when a step of such a loop begins. So in its thread every event says whose it
is, and every coroutine says that it goes on. In other threads all is as ever, but none may
hear less of any place: it would not be heard in the loop's thread either.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType

from asyncdemo.recording import events
from asyncdemo.recording.callbacks import Callback, Callbacks, make_callbacks
from asyncdemo.recording.observer import Observer


def make_silent_callbacks(
    observer: Observer,
    quiet: object,
    fault: Callable[[Exception], object],
    frame_at: Callable[[int], FrameType],
    depth: int = 1,
) -> Callbacks:
    """As `make_callbacks`, but while a silent loop runs no event leaves unsaid whose it is.

    Args:
        observer: As there.
        quiet: As there.
        fault: As there.
        frame_at: `sys._getframe`, the frame so many levels up.
        depth: As there.
    """
    inner = make_callbacks(observer, quiet, fault, depth + 1)
    say_whose = inner.say_whose
    resume, suspend = inner.by_event["PY_RESUME"], inner.by_event["PY_YIELD"]

    def saying_whose(callback: Callback) -> Callback:
        def said(code: CodeType, offset: int, *value: object) -> object:
            if observer.silent:
                say_whose()
            return callback(code, offset, *value)

        return said

    def on_resume(code: CodeType, offset: int) -> object:
        if not observer.silent:
            resume(code, offset)
            return None
        try:
            say_whose()
            observer.resume(frame_at(depth), events.RESUME)
        except Exception as error:  # noqa: BLE001 - any fault of ours must stay with us
            return fault(error)
        return None

    # Calls that await each other suspend together, of which the innermost says whose that is.
    def on_yield(code: CodeType, offset: int, value: object) -> object:
        return suspend(code, offset, value)

    by_event = {name: saying_whose(callback) for name, callback in inner.by_event.items()}
    return Callbacks({**by_event, "PY_RESUME": on_resume, "PY_YIELD": on_yield}, say_whose)
