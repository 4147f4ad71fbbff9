"""Writes down what the program does in one thread, event by event.

It is told what happens outside the learner's own coroutines, at the landmarks of the
standard library, and answers whether that place in the code is of any interest. It looks at
the program's objects and keeps none of them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, Final, Literal

from asyncdemo.recording import events, landmarks
from asyncdemo.recording.events import Call, Log
from asyncdemo.recording.landmarks import GENERATOR, RUN_HANDLE, RUN_HANDLE_CODE
from asyncdemo.recording.roles import Roles
from asyncdemo.recording.ticks import Ticks
from asyncdemo.recording.window import Kept, Window

SUBMITTED: Final[dict[int, Literal["thread", "process"]]] = {
    landmarks.SUBMIT_THREAD: "thread",
    landmarks.SUBMIT_PROCESS: "process",
}
# What somebody does who is to be known: the learner's coroutine, or a handle.
ACTED: Final = (landmarks.CREATE_TASK, *SUBMITTED)
# They return tasks that a loop has created.
MAKERS: Final = (landmarks.NAME_TASK, landmarks.MAKE_TASK)


@dataclass(frozen=True)
class Shared:
    """What the observers of all threads have in common.

    Attributes:
        clock: Tells the time in seconds.
        limit: The most events to write in a thread.
        roles: Tells what code is of interest.
        kept: Tells how much of a log is to be kept.
        ticks: What is to be done in loops now and then.
        when_full: Called when a log has reached the limit.
        on_silent: Called when the thread of an observer runs a loop that has no landmarks.
    """

    clock: Callable[[], float]
    limit: int
    roles: Roles
    kept: Kept
    ticks: list[Ticks]
    when_full: Callable[[], object]
    on_silent: Callable[[Observer], object]

    @classmethod
    def example(cls) -> Shared:
        """One that watches all code, for the examples in docstrings."""
        roles = Roles(lambda file: True, lambda code, role: None, print)
        return cls(time.perf_counter, 100, roles, Kept(), [], print, print)


class Observer:
    """Writes raw events to the log of the thread that makes it.

    Args:
        shared: What all observers have in common.

    Attributes:
        silent: Whether the loop that this thread runs is known to have no landmarks.

    Example:
        >>> Observer(Shared.example()).log.position
        (0, 0, 0)
    """

    def __init__(self, shared: Shared) -> None:
        self.shared = shared
        self.log = Log(threading.get_ident())
        self.clock, self.roles = shared.clock, shared.roles
        self.window = Window(self.log, shared.clock, shared.limit, shared.roles, shared.kept)
        self.silent = False
        self._looked = False

    def write(self, kind: int, *items: object, keys: tuple[int, ...] = ()) -> None:
        """Write one event, and say so if that was the last one allowed."""
        self.log.items.extend((kind, *items))
        for key in keys:
            self.log.keys.append(key)
        times = self.log.times
        times.append(self.clock())
        if len(times) >= self.shared.limit:
            self.shared.when_full()

    def write_of(self, frame: FrameType, kind: int, *items: object) -> None:
        """Write an event and whose it is."""
        self.log.remark(events.WHOSE, id(frame))
        self.write(kind, *items)

    def look_at_loop(self) -> None:
        """Write whether the loop that runs has no landmarks, once for each loop."""
        loop = None if self._looked else asyncio._get_running_loop()
        if loop is None:
            return
        self._looked = True
        if landmarks.is_silent(loop):
            self.silent = True
            self.write(events.SILENT)
            self.shared.on_silent(self)

    def between_steps(self, frame: FrameType) -> None:
        """Nothing is half done in this thread.

        Args:
            frame: The loop's, or that of a worker which is about to begin a job.
        """
        if self.shared.kept.rolling:
            self.window.between_steps(frame)
        self.meet_loop()

    def meet_loop(self) -> None:
        """Whatever is to be done now and then, is to be done in the loop that runs."""
        if self.shared.ticks and (loop := asyncio._get_running_loop()) is not None:
            for ticks in self.shared.ticks:
                ticks.meet(loop)

    def _end_loop(self) -> bool:
        """Write that a loop ends, and have it said of the next event whose it is.

        The next loop may be another, and if that is silent nobody says when its steps begin.
        """
        self.write(events.LOOP_END)
        self.silent = self._looked = False
        return True

    def on_start(self, frame: FrameType, role: int) -> bool:
        """A function that is not the learner's begins; whether that is of any interest."""
        if role == landmarks.RUN_LOOP:
            self.silent = self._looked = False
            self.write(events.LOOP, *self.roles.place_above(frame))
        elif role == landmarks.NEW_THREAD:
            self.roles.on_thread()
        elif role in (landmarks.JOB_RESULT, landmarks.JOB_EXCEPTION):
            outcome = landmarks.job_outcome(frame, role)
            self.write(events.JOB_END, outcome, keys=(landmarks.own(frame),))
        else:
            return False
        return True

    def on_return(self, frame: FrameType, role: int, value: Any, unsaid: bool) -> bool:
        """A function that is not the learner's, and that is watched, returns.

        Args:
            frame: Its frame.
            role: The role of its code.
            value: What it returns.
            unsaid: Whether it is to be said which of the learner's coroutines is running.

        Returns:
            Whether it is to be said with the next event.
        """
        if unsaid and (role in ACTED or (self.silent and role in MAKERS)):
            unsaid = not self.say_who_acts(frame, asyncio.current_task)
        if role == landmarks.CALL_AT:
            future, seconds = landmarks.timer(value)
            self.write(events.TIMER, seconds, keys=(id(value), future))
        elif role == landmarks.CREATE_TASK:
            self._write_created(events.CREATED, frame, value)
        elif role in MAKERS:
            if not self.silent:
                self._write_created(events.NAMED, frame, value)
            elif role == landmarks.NAME_TASK or not landmarks.was_there(frame, value):
                self._write_created(events.CREATED, frame, value)
        elif role in SUBMITTED:
            job = landmarks.submitted_job(frame, SUBMITTED[role])
            self.write(events.JOB, *self.roles.place_above(frame), job, keys=(id(value),))
        elif role == landmarks.JOB_RUNNING:
            if value is True:
                self.between_steps(frame)
                self.write(events.JOB_START, keys=(landmarks.own(frame),))
        elif role == landmarks.RUN_LOOP:
            unsaid = self._end_loop()
        return unsaid

    def on_unwind(self, role: int) -> bool:
        """An exception leaves a function that is not the learner's.

        Returns:
            Whether it is to be said with the next event which coroutine is running.
        """
        if role == landmarks.RUN_ONCE:
            self.write(events.STEPS_END)
        elif role == landmarks.RUN_LOOP:
            return self._end_loop()
        return False

    def start_apart(self, frame: FrameType, code: CodeType) -> None:
        """Write the first step of a call that the frame which runs does not await.

        It is that of a task that runs at once, the first event of a step of the loop, or an
        async generator's.
        """
        self.look_at_loop()
        words = self.roles.of(code) != landmarks.USER
        parent, call = self._call(self.roles.labels.of(frame) if words else None, frame)
        self.write(events.START_APART, code, call, keys=(id(frame), parent))

    def resume(self, frame: FrameType, kind: int) -> None:
        """Write that a suspended frame goes on, and which of the learner's asks for that."""
        self.look_at_loop()
        above = frame.f_back
        while above is not None and self.roles.of(above.f_code) not in landmarks.OWN:
            above = above.f_back
        self.log.remark(events.WHOSE, id(frame))
        self.write(kind, frame.f_code, keys=(id(above) if above is not None else 0,))

    def throw(self, frame: FrameType, role: int) -> None:
        """Write that an exception is thrown into a suspended frame."""
        self.look_at_loop()
        # A task that is cancelled before its first step never starts.
        self.roles.new_tasks.discard(id(frame))
        if role == landmarks.GENERATOR or self.silent:
            self.resume(frame, events.THROW)
            return
        self.log.remark(events.WHOSE, id(frame))
        self.write(events.THROW, frame.f_code, keys=(0,))

    def _call(self, label: str | None, frame: FrameType) -> tuple[int, Call]:
        is_task = False
        above = frame.f_back
        while above is not None:
            role = self.roles.of(above.f_code)
            if role not in landmarks.OWN and id(above) in self.roles.callers:
                # Without a landmark in between, it may still be a loop that runs the task.
                is_task = is_task or (self.silent and asyncio._get_running_loop() is not None)
                return id(above), Call(label, above.f_code, above.f_lasti, is_task)
            if role in landmarks.OWN:
                return id(above), Call(label, above.f_code, above.f_lasti, is_task)
            if role == landmarks.RUN_HANDLE:
                break
            # An eager task takes its first step inside create_task().
            is_task = is_task or role == landmarks.CREATE_TASK
            above = above.f_back
        return 0, Call(label, None, 0, True)

    def _write_created(self, kind: int, frame: FrameType, task: object) -> None:
        found = landmarks.created_task(task)
        if found is None:
            return
        begun, name, started = found
        code, key = begun.f_code, id(begun)
        role = self.roles.of(code)
        if role not in landmarks.OWN:
            if kind == events.CREATED:
                # As that of gather(asyncio.to_thread(...)), whose job is to have a parent.
                self.write(events.FOREIGN_TASK, keys=(id(task),))
            return
        words = not started and role == landmarks.WORDED
        if not started:
            self.roles.new_tasks.add(key)
        label = self.roles.labels.of(begun) if words else None
        place, at = self.roles.place_above(frame)
        self.write(kind, place, at, label, name, code, started, keys=(key,))

    def say_who_acts(
        self, frame: FrameType, current_task: Callable[[], object] = lambda: None
    ) -> bool:
        """Says which of the learner's coroutines is running; returns whether one is.

        If none is, it says which handle runs: who scheduled that is behind what a plain
        callback does. With `current_task` it says which library's task runs, if one does.
        """
        if not _in_task():
            self._say_which_handle(frame)
            return False
        known, role_of = self.roles.known.get, self.roles.of
        above: FrameType | None = frame
        while above is not None:
            code = above.f_code
            role = known(id(code)) or role_of(code)
            if role:
                if role <= GENERATOR:
                    self.log.remark(events.WHOSE, id(above))
                    return True
                if role == RUN_HANDLE:
                    task = current_task()
                    key = landmarks.own(above) if task is None else id(task)
                    self.log.remark(events.CAUSE, key)
                    return False
            above = above.f_back
        in_loop = self.silent and asyncio._get_running_loop() is not None
        if in_loop and (task := current_task()) is not None:
            self.log.remark(events.CAUSE, id(task))
        return False

    def _say_which_handle(self, frame: FrameType) -> None:
        # Six frames up, in the callback of a transport.
        above: FrameType | None = frame
        while above is not None:
            if above.f_code is RUN_HANDLE_CODE:
                self.log.items.append(events.CAUSE)
                self.log.keys.append(landmarks.own(above))
                return
            above = above.f_back


def _in_task() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:
        return False
