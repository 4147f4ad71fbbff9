"""Writes down what the monitored program does, event by event.

It is told of every start, suspension, return and exception, and answers whether that place
in the code is of any interest. It looks at the program's objects and keeps none of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final, Literal

from asyncdemo.recording import events, landmarks
from asyncdemo.recording.labels import VARARGS, VARKEYWORDS, call_label

COROUTINE, ASYNC_GENERATOR = 0x80, 0x200  # inspect.CO_COROUTINE, inspect.CO_ASYNC_GENERATOR
VARIABLE = VARARGS | VARKEYWORDS

SUBMITTED: Final[dict[int, Literal["thread", "process"]]] = {
    landmarks.SUBMIT_THREAD: "thread",
    landmarks.SUBMIT_PROCESS: "process",
}


class Observer:
    """Writes raw events to the flat list `log`.

    Args:
        clock: Tells the time in seconds.
        limit: The most events to write.
        owns: Tells whether a file is the learner's own.
        when_full: Called once, when `log` has reached the limit.

    Example:
        >>> import time
        >>> observer = Observer(time.perf_counter, 100, lambda file: True, lambda: None)
        >>> observer.log
        []
    """

    def __init__(
        self,
        clock: Callable[[], float],
        limit: int,
        owns: Callable[[str], bool],
        when_full: Callable[[], None],
    ) -> None:
        self.log: list[Any] = []
        self.clock = clock
        self.limit = limit
        self.full = limit * events.WIDTH  # the items in `log` at which to stop
        self.owns = owns
        self.when_full = when_full
        # Which step each thread's loop is in, 0 between steps; the watchdog reads it.
        self.steps: dict[int, int] = {}
        # Frames of sync callers that entered a block: calls they make have them as parents.
        self.callers: set[int] = set()
        self.roles: dict[int, int] = {}  # by the id of a code object
        self._codes: list[CodeType] = []  # keeps those ids from being reused
        self._labelled: set[int] = set()  # new tasks, whose label is written already
        self._bare_labels: dict[int, str] = {}  # of calls without arguments, by code
        self._step = 0

    def write(
        self, kind: int, key: int, code: CodeType | None, offset: int, detail: object = None
    ) -> None:
        """Append one event, and say so if that was the last one allowed."""
        self.log.extend((kind, self.clock(), threading.get_ident(), key, code, offset, detail))
        if len(self.log) >= self.full:
            self.when_full()

    def sample(self, thread: int, code: CodeType, line: int) -> None:
        """Write that `thread`, whose loop does not move, was seen at that line."""
        self.log.extend((events.SAMPLE, self.clock(), thread, 0, code, line, None))

    def enter_step(self) -> None:
        """Note that this thread's loop has begun another step."""
        self._step += 1
        self.steps[threading.get_ident()] = self._step

    def leave_step(self) -> None:
        """Note that this thread's loop is between two steps."""
        self.steps[threading.get_ident()] = 0

    def role(self, code: CodeType) -> int:
        """Which landmark that code is, or whether it is a coroutine of the learner's own."""
        role = self.roles.get(id(code))
        if role is None:
            if code.co_flags & (COROUTINE | ASYNC_GENERATOR) and self.owns(code.co_filename):
                role = landmarks.USER
            else:
                role = landmarks.landmark(code)
            self._codes.append(code)
            self.roles[id(code)] = role
        return role

    def forget_roles(self) -> None:
        """Look at all code anew: what is the learner's own has changed."""
        self.roles.clear()

    def forget_label(self, key: int) -> None:
        """A task that was cancelled before its first step never starts."""
        self._labelled.discard(key)

    def on_start(self, frame: FrameType, code: CodeType) -> bool:
        """A function that is not the learner's begins; whether that is of any interest."""
        role = self.role(code)
        if role == landmarks.RUN_HANDLE:
            self.enter_step()
            self.write(events.STEP, landmarks.own(frame), None, 0)
        elif role == landmarks.RUN_LOOP:
            place, at = self._place_in_user_code(frame)
            self.write(events.LOOP, 0, place, at)
        elif role in (landmarks.JOB_RESULT, landmarks.JOB_EXCEPTION):
            outcome = landmarks.job_outcome(frame, role)
            self.write(events.JOB_END, landmarks.own(frame), None, 0, outcome)
        else:
            return False
        return True

    def on_return(self, frame: FrameType, code: CodeType, value: object) -> bool:
        """A function that is not the learner's returns; whether that is of any interest."""
        role = self.role(code)
        if role == landmarks.RUN_HANDLE:
            self._write_step_end()
        elif role == landmarks.CALL_SOON:
            self.write(events.SOON, id(value), None, 0, landmarks.done_future(value))
        elif role == landmarks.CALL_AT:
            self.write(events.TIMER, id(value), None, 0, landmarks.timer(value))
        elif role == landmarks.CREATE_TASK:
            self._write_created(events.CREATED, frame, value)
        elif role == landmarks.NAME_TASK:
            self._write_created(events.NAMED, frame, value)
        elif role in SUBMITTED:
            place, at = self._place_in_user_code(frame)
            job = landmarks.submitted_job(frame, SUBMITTED[role])
            self.write(events.JOB, id(value), place, at, job)
        elif role == landmarks.JOB_RUNNING:
            if value is True:
                self.write(events.JOB_START, landmarks.own(frame), None, 0)
        elif role == landmarks.RUN_LOOP:
            self.write(events.LOOP_END, 0, None, 0)
        else:
            return False
        return True

    def on_unwind(self, code: CodeType) -> None:
        """An exception leaves a function that is not the learner's."""
        role = self.role(code)
        if role == landmarks.RUN_HANDLE:
            self._write_step_end()
        elif role == landmarks.RUN_LOOP:
            self.write(events.LOOP_END, 0, None, 0)

    def call(self, frame: FrameType, code: CodeType) -> tuple[str, int, CodeType | None, int, bool]:
        """What the first step of one of the learner's coroutines calls, and who: a `Call`."""
        key = id(frame)
        if key in self._labelled:
            self._labelled.discard(key)
            label = ""
        else:
            label = self._bare_labels.get(id(code)) or self._label(frame, code)
        is_task = False
        above = frame.f_back
        while above is not None:
            role = self.role(above.f_code)
            if role == landmarks.USER or id(above) in self.callers:
                return (label, id(above), above.f_code, above.f_lasti, is_task)
            if role == landmarks.RUN_HANDLE:
                break
            # An eager task takes its first step inside create_task().
            is_task = is_task or role == landmarks.CREATE_TASK
            above = above.f_back
        return (label, 0, None, 0, True)

    def _label(self, frame: FrameType, code: CodeType) -> str:
        label = call_label(frame)
        if not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & VARIABLE):
            self._bare_labels[id(code)] = label
        return label

    def _write_step_end(self) -> None:
        self.leave_step()
        self.write(events.STEP_END, 0, None, 0)

    def _write_created(self, kind: int, frame: FrameType, task: object) -> None:
        found = landmarks.created_task(task)
        if found is None or self.role(found[1].code) != landmarks.USER:
            return
        key, created = found
        if not created.started:
            self._labelled.add(key)
        place, at = self._place_in_user_code(frame)
        self.write(kind, key, place, at, created)

    def _place_in_user_code(self, frame: FrameType) -> tuple[CodeType | None, int]:
        """Where the learner's code called what `frame` runs."""
        above = frame.f_back
        while above is not None:
            if self.owns(above.f_code.co_filename):
                return above.f_code, above.f_lasti
            above = above.f_back
        return None, 0
