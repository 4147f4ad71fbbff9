"""What recordings that go on at a time have in common: one look at the interpreter's events.

It gives every thread callbacks of its own, reads what they wrote, and stops them at the limit
or at a fault.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import CodeType, FrameType
from typing import Final

from asyncdemo.recording import blocks, events
from asyncdemo.recording.callbacks import Callbacks, make_callbacks
from asyncdemo.recording.events import Block, Event, Position
from asyncdemo.recording.frames import frames_of_threads
from asyncdemo.recording.monitoring import EVENTS, QUIET, Monitoring
from asyncdemo.recording.observer import Observer, Shared
from asyncdemo.recording.roles import Roles
from asyncdemo.recording.silent_loops import make_silent_callbacks
from asyncdemo.recording.ticks import Ticks
from asyncdemo.recording.user_code import UNSEEN, UserCode
from asyncdemo.recording.watchdog import Watchdog
from asyncdemo.recording.window import Kept

# How many seconds of the past there are marks in while something is done now and then.
LIVE: Final = 4.0


class Session:
    """What recordings that go on at a time have in common.

    Args:
        limit: The most raw events to keep of each thread.
        clock: A function that tells the time in seconds.

    Attributes:
        stopped: Why it stopped before the last recording ended, else empty.
    """

    _current: Session | None = None
    _lock = threading.Lock()

    def __init__(self, limit: int, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.stopped = ""
        self._stopped_at = 0.0
        self._limit = limit
        self._codes: list[UserCode] = []
        self._monitoring = Monitoring()
        self._roles = Roles(self.owns, self._monitoring.watch, self._spread)
        self._several = False
        self._silent = False
        self._threads: dict[int, tuple[Observer, Callbacks]] = {}
        self._samples: deque[Event] = deque()
        self._watchdog = Watchdog(self._progress, self.owns, self._saw, self._fault)
        self._watching = False
        self._kept = Kept()
        self._ticks: list[Ticks] = []
        self._marks = Ticks(self._mark)
        self._shared = Shared(
            clock,
            limit,
            self._roles,
            self._kept,
            self._ticks,
            when_full=self._reached_limit,
            on_silent=self._meet_silent,
        )

    @classmethod
    def join(
        cls, code: UserCode, limit: int, clock: Callable[[], float], last: float = math.inf
    ) -> Session:
        """The session of the recordings going on, or a new one.

        Args:
            code: Whose code the new recording wants.
            limit: The most raw events to keep of each thread.
            clock: A function that tells the time in seconds.
            last: How many seconds of the past the recording needs.
        """
        with cls._lock:
            session = cls._current
            if session is None:
                session = cls(limit, clock)
                session._codes.append(code)
                session._install()
                cls._current = session
            elif session.clock != clock:
                raise ValueError("clock: a recording with another clock is going on")
            else:
                session._codes.append(code)
                session._roles.forget()
                session._monitoring.hear_anew()
            session._kept.add(last)
            return session

    def leave(self, code: UserCode, last: float = math.inf) -> None:
        """One recording is over; after the last the interpreter is as it was."""
        with self._lock:
            self._kept.remove(last)
            self._codes.remove(code)
            if not self._codes:
                self._uninstall()
                Session._current = None

    def tick(self, ticks: Ticks) -> None:
        """Something is to be done in loops now and then, until it is told to stop."""
        self._ticks.append(ticks)
        self._kept.add(LIVE)
        if (found := self._threads.get(threading.get_ident())) is not None:
            found[0].meet_loop()

    def tick_no_more(self, ticks: Ticks) -> None:
        """It is to be done no more."""
        ticks.stop()
        self._ticks.remove(ticks)
        self._kept.remove(LIVE)

    def owns(self, file: str) -> bool:
        """Whether any recording that is going on wants code of that file."""
        return any(code.owns(file) for code in self._codes)

    def positions(self) -> dict[int, Position]:
        """How far each thread's log has come."""
        return {thread: found.log.position for thread, (found, _) in [*self._threads.items()]}

    def events(self, first: dict[int, Position], since: float) -> tuple[float, Iterator[Event]]:
        """What happened since those positions and that time, in its order.

        Returns:
            The same time, or a later one if what came before is forgotten; and the events.
            What is needed to understand them may have happened earlier.
        """
        read = [
            observer.window.read(first.get(thread, (0, 0, 0)), since)
            for thread, (observer, _) in [*self._threads.items()]
        ]
        since = max((known_since for known_since, _ in read), default=since)
        logs = [events for _, events in read]
        samples = [event for event in self._samples if event.time >= since]
        if len(logs) == 1 and not samples:
            return since, logs[0]
        return since, heapq.merge(*logs, samples, key=lambda event: event.time)

    def begin(self, frame: FrameType) -> Block:
        """A block is entered by `frame`."""
        me = threading.get_ident()
        if me not in self._threads:
            self._arrive()
        mine = self._threads[me][0]
        mine.look_at_loop()
        if mine.silent:
            self._meet_silent(mine)
        silent = [thread for thread, (found, _) in [*self._threads.items()] if found.silent]
        # What is under way has started before, and would not be met.
        block = blocks.enter(frame, self.clock, self._roles.is_own, frozenset(silent))
        self._roles.callers.add(block.key)
        for code in blocks.codes_above(frame):
            self._roles.of(code)
        # What ran before this block is unknown to those who read it alone.
        for _, callbacks in [*self._threads.values()]:
            callbacks.say_whose()
        return block

    def so_far(self, block: Block, most: int, first: dict[int, Position]) -> Block:
        """What a block that goes on has been so far, or as much of it as is to be read.

        Args:
            block: As `begin` gave it.
            most: How many events of each thread are to be read, roughly.
            first: Where the recording began.
        """
        now = self._stopped_at if self.stopped else self.clock()
        threads = [*self._threads.items()]
        began = (found.window.recent(first.get(t, (0, 0, 0)), most) for t, (found, _) in threads)
        started = max(block.started, *began)
        return replace(block, started=started, ended=max(started, now), over=False)

    def end(self, block: Block, error: BaseException | None) -> Block:
        """The block is left, with that exception or without one."""
        ended = self._stopped_at if self.stopped else self.clock()
        self._roles.callers.discard(block.key)
        return blocks.leave(block, error, ended, cut=bool(self.stopped))

    def _arrive(self) -> Callbacks:
        """Callbacks for the thread this is called in."""
        return self._equip(Observer(self._shared))

    def _equip(self, observer: Observer) -> Callbacks:
        quiet, depth = QUIET, 2 if self._several else 1
        if self._silent:
            made = make_silent_callbacks(observer, quiet, self._fault, sys._getframe, depth)
        else:
            made = make_callbacks(observer, quiet, self._fault, depth)
        self._threads[observer.log.thread] = observer, made
        return made

    def _spread(self) -> None:
        """There is more than one thread: each is to call the callbacks of its own."""
        if self._several:
            return
        self._several = True
        for observer, _ in [*self._threads.values()]:
            self._equip(observer)
        threads, arrive, thread = self._threads, self._arrive, threading.get_ident

        def dispatcher(name: str) -> Callable[..., object]:
            def callback(*args: object) -> object:
                me = thread()
                if me in UNSEEN:
                    # Not DISABLE: what other threads do there may be of interest.
                    return None
                found = threads.get(me)
                return (found[1] if found else arrive()).by_event[name](*args)

            return callback

        self._monitoring.call({name: dispatcher(name) for name in EVENTS})

    def _meet_silent(self, observer: Observer) -> None:
        """The loop of this thread has no landmarks."""
        self._hear_silent()
        observer.meet_loop()
        if self._kept.rolling and (loop := asyncio._get_running_loop()) is not None:
            self._marks.meet(loop)

    def _mark(self, frame: FrameType) -> float:
        """Between two steps of a loop that does not tell when that is."""
        try:
            self._threads[threading.get_ident()][0].window.between_steps(frame)
        except Exception as error:  # noqa: BLE001 - any fault of ours must stay with us
            self._fault(error)
        return self._kept.seconds / 8

    def _hear_silent(self) -> None:
        """A loop runs that has no landmarks: its coroutines have to tell all themselves."""
        if self._silent:
            return
        self._silent = True
        for observer, _ in [*self._threads.values()]:
            made = self._equip(observer)
        if not self._several:
            self._monitoring.call(made.by_event)
        self._monitoring.hear_silent_loops()

    def _progress(self) -> dict[int, int]:
        logs = {thread: found.log for thread, (found, _) in [*self._threads.items()]}
        # A step that never ends does not look for itself.
        most = max((len(log.times) for log in logs.values()), default=0)
        if not self.stopped and most >= self._limit:
            self._reached_limit()
        return {thread: log.position[1] for thread, log in logs.items()}

    def _saw(self, thread: int, code: CodeType, line: int) -> None:
        now = self.clock()
        self._samples.append(events.Event(now, thread, events.SAMPLE, (code, line), ()))
        while not self._kept.all and self._samples[0].time < now - self._kept.seconds:
            self._samples.popleft()

    def _install(self) -> None:
        self._monitoring.start(self._arrive().by_event)
        # None can be told while there are other interpreters.
        if len(frames_of_threads()) != 1:
            self._spread()
        try:
            self._watchdog.start()
            self._watching = True
        except RuntimeError:
            # No threads here, as in WebAssembly: a blocked loop is seen, its line is not.
            pass
        self._monitoring.hear()

    def _uninstall(self) -> None:
        self._monitoring.stop()
        if self._watching:
            self._watchdog.stop()
        for ticks in (self._marks, *self._ticks):
            ticks.stop()

    def _fault(self, error: Exception) -> None:
        self._stop(f"recording stopped at a fault of its own: {error!r}")

    def _reached_limit(self) -> None:
        self._stop(
            f"recording stopped at its limit of {self._limit} events: record less, "
            "or more with record(limit=...)"
        )

    def _stop(self, reason: str) -> None:
        self._monitoring.deafen()
        if not self.stopped:
            self.stopped, self._stopped_at = reason, self.clock()


def _stop_in_child() -> None:
    """A forked child has the recording's callbacks but nobody to read what they write."""
    if Session._current is not None:
        Session._current._monitoring.deafen()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_stop_in_child)
