"""The callbacks that `sys.monitoring` calls for one thread: what costs a recording its time.

Each knows at once what to do about the learner's own coroutines, and writes one event;
whatever else it is called for, it leaves to the observer. It never lets an error of ours
reach the recorded program.

Within one step of the loop the learner's calls begin and end as they nest, so that most
events need not say whose they are. Only the first one of a step does.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from types import CodeType
from typing import Any, Final, NamedTuple

from asyncdemo.recording import events, landmarks
from asyncdemo.recording.labels import plain
from asyncdemo.recording.landmarks import (
    ASYNC_GENERATOR,
    CALL_SOON,
    CREATE_TASK,
    GENERATOR,
    RUN_ONCE,
    USER,
    WORDED,
    before_first_step,
    done_future,
)
from asyncdemo.recording.observer import Observer

HANDED_OUT: Final = "async_generator_wrapped_value"
# No future has this id, nor the 0 of a bare yield.
NOTHING: Final = -1
# A task schedules its next step through one of these, which says nothing that is not known.
TASK_STEP: Final = "TaskStepMethWrapper"
# Exact types whose values may be kept: they hold nothing, and nobody notices how long they live.
SCALARS: Final = frozenset((int, float, bool, type(None)))

type Callback = Callable[..., object]


class Callbacks(NamedTuple):
    """The callbacks for one thread.

    Attributes:
        by_event: By the event's name in `sys.monitoring.events`.
        say_whose: Makes the next event say whose it is.
    """

    by_event: dict[str, Callback]
    say_whose: Callable[[], None]


def make_callbacks(
    observer: Observer, quiet: object, fault: Callable[[Exception], object], depth: int = 1
) -> Callbacks:
    """The callbacks that write to the log of one thread's observer.

    Args:
        observer: Writes what is not about the learner's own code, and holds the log.
        quiet: What a callback returns to hear no more of a place: `sys.monitoring.DISABLE`.
            Starts are heard of all code, suspensions and returns of what `Roles` watches.
        fault: Is told of an error of ours.
        depth: How many frames the program is above a callback.

    Example:
        >>> from asyncdemo.recording.observer import Shared
        >>> observer = Observer(Shared.example())
        >>> sorted(make_callbacks(observer, None, print).by_event)[:2]
        ['PY_RESUME', 'PY_RETURN']
    """
    # Names of this function, not attributes: each is looked up for every event.
    log, role_of, label_of = observer.log, observer.roles.of, observer.roles.labels.of
    put, write, tick, about = log.items.append, log.items.extend, log.times.append, log.keys.append
    known, clock, frame_at = observer.roles.known.get, observer.clock, sys._getframe
    new_tasks, length, full = observer.roles.new_tasks, log.times.__len__, observer.shared.limit
    kept, ticks = observer.shared.kept, observer.shared.ticks
    STEP, STEPS_END, WHOSE = events.STEP, events.STEPS_END, events.WHOSE  # noqa: N806
    START, START_WORDED = events.START, events.START_WORDED  # noqa: N806
    START_TASK, SOON, CREATED = events.START_TASK, events.SOON, events.CREATED  # noqa: N806
    GIVE_WAY, SUSPEND, SUSPEND_TOO = events.GIVE_WAY, events.SUSPEND, events.SUSPEND_TOO  # noqa: N806
    RETURN, RETURN_NONE = events.RETURN, events.RETURN_NONE  # noqa: N806
    # These two are met at every step of the loop.
    run_handle, call_soon = landmarks.RUN_HANDLE_CODE, landmarks.CALL_SOON_CODE
    task_step: type | None = None
    # Whether the next event is to say whose it is; whether the loop's steps are seen at all,
    # whether one may be going on; and whether it was to be said before create_task() began.
    unsaid = stepping = before = True
    steps_seen = False
    # What the frame before awaits if it has suspended, and nothing has happened since.
    awaited = NOTHING

    def on_start(code: CodeType, offset: int) -> object:
        nonlocal unsaid, before, stepping, awaited
        try:
            if code is run_handle:
                unsaid = stepping = True
                awaited = NOTHING
                put(STEP)
                tick(clock())
                return None
            role = known(id(code)) or role_of(code)
            if role == USER or role == WORDED:  # noqa: PLR1714, SIM109 - quicker than `in`
                awaited = NOTHING
                if not unsaid:
                    if role == USER:
                        put(START)
                        put(code)
                    else:
                        write((START_WORDED, code, label_of(frame_at(depth))))
                    tick(clock())
                    return None
                unsaid = False
                frame = frame_at(depth)
                key = id(frame)
                if key in new_tasks:
                    new_tasks.discard(key)
                    write((START_TASK, code))
                    about(key)
                    tick(clock())
                else:
                    observer.start_apart(frame, code)
                return None
            if role == GENERATOR:
                unsaid, awaited = False, NOTHING
                observer.start_apart(frame_at(depth), code)
                return None
            if role == CREATE_TASK:
                # An eager task takes its first step in there.
                before, unsaid = unsaid, True
                return None
            return None if observer.on_start(frame_at(depth), role) else quiet
        except Exception as error:  # noqa: BLE001 - any fault of ours must stay with us
            return fault(error)

    def on_resume(code: CodeType, offset: int) -> object:
        nonlocal unsaid, awaited
        try:
            if (stepping or steps_seen) and known(id(code)) != GENERATOR:
                return quiet
            unsaid, awaited = True, NOTHING
            observer.resume(frame_at(depth), events.RESUME)
            return None
        except Exception as error:  # noqa: BLE001
            return fault(error)

    def on_yield(code: CodeType, offset: int, value: object) -> object:
        nonlocal unsaid, awaited
        try:
            if value is None:
                if awaited == 0:
                    put(SUSPEND_TOO)
                    put(offset)
                    return None
                unsaid, awaited = False, 0
                put(GIVE_WAY)
                put(offset)
                about(id(frame_at(depth)))
                tick(clock())
                return None
            future = id(value)
            if future == awaited:
                put(SUSPEND_TOO)
                put(offset)
                return None
            if code.co_flags & ASYNC_GENERATOR and type(value).__name__ == HANDED_OUT:
                unsaid, awaited = False, NOTHING
                observer.write_of(frame_at(depth), events.HAND_OUT, offset)
                return None
            unsaid, awaited = False, future
            put(SUSPEND)
            put(offset)
            about(id(frame_at(depth)))
            about(future)
            tick(clock())
            return None
        except Exception as error:  # noqa: BLE001
            return fault(error)

    def on_return(code: CodeType, offset: int, value: Any) -> object:
        nonlocal unsaid, steps_seen, stepping, awaited, task_step
        try:
            # Whoever suspends from here on does so by itself.
            awaited = NOTHING
            if code is call_soon and type(value._callback) is task_step:
                return None
            role = known(id(code)) or role_of(code)
            # Only what is watched comes here, and the learner's own roles are the first ones.
            if role <= GENERATOR:
                if unsaid:
                    unsaid = False
                    put(WHOSE)
                    about(id(frame_at(depth)))
                if value is None:
                    put(RETURN_NONE)
                else:
                    write((RETURN, value if type(value) in SCALARS else plain(value)))
                tick(clock())
                return None
            if role == CALL_SOON:
                kind = type(value._callback)
                if kind.__name__ == TASK_STEP:
                    task_step = kind
                if unsaid:
                    unsaid = not observer.say_who_schedules(depth)
                put(SOON)
                about(id(value))
                about(done_future(value))
                tick(clock())
                return None
            if role == RUN_ONCE:
                if stepping:
                    stepping, steps_seen = False, True
                    put(STEPS_END)
                    tick(clock())
                if kept.rolling or ticks:
                    observer.between_steps(frame_at(depth))
                if length() >= full:
                    observer.shared.when_full()
                return None
            if role == CREATE_TASK and unsaid:
                # Nothing has run in there.
                unsaid = before
            if role == CREATE_TASK and not unsaid:
                observer.write_created(CREATED, frame_at(depth), value)
                return None
            unsaid = observer.on_return(frame_at(depth), role, value, unsaid)
            return None
        except Exception as error:  # noqa: BLE001
            return fault(error)

    # Before 3.15 a place cannot be disabled for these two: ValueError reaches the program.
    def on_unwind(code: CodeType, offset: int, error: BaseException) -> object:
        nonlocal unsaid, awaited
        try:
            role = known(id(code)) or role_of(code)
            if role == GENERATOR and before_first_step(code, offset):
                return None
            if 0 < role <= GENERATOR:
                awaited = NOTHING
                if unsaid:
                    unsaid = False
                    put(WHOSE)
                    about(id(frame_at(depth)))
                observer.write(events.UNWIND, (_outcome(error), type(error).__name__))
            else:
                unsaid = observer.on_unwind(role) or unsaid
            return None
        except Exception as ours:  # noqa: BLE001
            return fault(ours)

    def on_throw(code: CodeType, offset: int, error: BaseException) -> object:
        nonlocal unsaid, awaited
        try:
            role = known(id(code)) or role_of(code)
            if role == GENERATOR and before_first_step(code, offset):
                return None
            if 0 < role <= GENERATOR:
                unsaid, awaited = False, NOTHING
                observer.throw(frame_at(depth), role)
            return None
        except Exception as ours:  # noqa: BLE001
            return fault(ours)

    def say_whose() -> None:
        nonlocal unsaid, awaited
        unsaid, awaited = True, NOTHING

    by_event: dict[str, Callback] = {
        "PY_START": on_start,
        "PY_RESUME": on_resume,
        "PY_YIELD": on_yield,
        "PY_RETURN": on_return,
        "PY_UNWIND": on_unwind,
        "PY_THROW": on_throw,
    }
    return Callbacks(by_event, say_whose)


def _outcome(error: Any) -> str:
    if isinstance(error, asyncio.CancelledError):
        return "cancelled"
    return "closed" if isinstance(error, GeneratorExit) else "raised"
