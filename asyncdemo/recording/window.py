"""The last seconds of a recording that goes on and on: what came before them is forgotten.

A log can be read from where nothing is half done: between two steps of a loop, when all its
tasks are suspended. So now and then a mark is set there, which says what they are suspended
in. What was written before the oldest mark that is needed can go.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Final

from asyncdemo.recording import landmarks
from asyncdemo.recording.events import MARK, Chain, Event, Log, Position
from asyncdemo.recording.roles import Roles
from asyncdemo.recording.under_way import chains_under_way

# Marks in the time that is kept: more is kept than was asked for by one part of these.
MARKS: Final = 4
# Parts of the limit: the most events between two marks, and the most that are kept.
BETWEEN: Final = 1 / 8
KEPT: Final = 3 / 4


@dataclass(frozen=True)
class Mark:
    """A place from which a log can be read.

    Attributes:
        time: On the recording's clock.
        position: Where the next event was going to stand.
        under_way: The suspended calls of each task of the thread's loop.
        waiting: The lines of the callers that wait for the loop, the outermost first.
        silent: Whether that loop has no landmarks.
    """

    time: float
    position: Position
    under_way: tuple[Chain, ...]
    waiting: tuple[tuple[CodeType | None, int], ...]
    silent: bool

    def event(self, thread: int) -> Event:
        """What a reader is told first."""
        return Event(self.time, thread, MARK, (self.under_way, self.waiting, self.silent), ())


class Kept:
    """How much the recordings going on need of what is past.

    Attributes:
        rolling: Whether one of them needs its last seconds only.
        seconds: The most seconds that such a one needs.
        all: Whether nothing may be forgotten, because another one needs all.

    Example:
        >>> kept = Kept()
        >>> kept.add(30.0)
        >>> kept.rolling, kept.all
        (True, False)
    """

    def __init__(self) -> None:
        self._needed: list[float] = []
        self.rolling = self.all = False
        self.seconds = math.inf

    def add(self, last: float) -> None:
        """A recording begins that needs its last seconds, or all if they are infinite."""
        self._needed.append(last)
        self._sum_up()

    def remove(self, last: float) -> None:
        """One that needed as much is over."""
        self._needed.remove(last)
        self._sum_up()

    def _sum_up(self) -> None:
        rolling = [last for last in self._needed if last != math.inf]
        self.rolling, self.all = bool(rolling), len(rolling) < len(self._needed)
        self.seconds = max(rolling, default=math.inf)


class Window:
    """The marks in one thread's log.

    Args:
        log: What is written and forgotten.
        clock: A function that tells the time in seconds.
        limit: The most events to keep.
        roles: Tells who waits for the loop.
        kept: Tells how much is to be kept.

    Example:
        >>> import sys, time
        >>> roles = Roles(lambda file: True, lambda code, role: None, print)
        >>> kept = Kept()
        >>> kept.add(30.0)
        >>> window = Window(Log(7), time.perf_counter, 100, roles, kept)
        >>> window.between_steps(sys._getframe())
        >>> since, events = window.read((0, 0, 0), since=0.0)
        >>> since, [*events]
        (0.0, [])
    """

    def __init__(
        self, log: Log, clock: Callable[[], float], limit: int, roles: Roles, kept: Kept
    ) -> None:
        self._kept = kept
        self._log = log
        self._lock = threading.Lock()
        self._clock = clock
        self._limit = limit
        self._roles = roles
        self._marks: deque[Mark] = deque()
        self._next_mark = -math.inf
        self._next_count = 0.0
        # Whether what came before the first mark is no longer needed.
        self._is_past = False

    def between_steps(self, frame: FrameType) -> None:
        """Nothing is half done in this thread: set a mark, if it is time.

        Args:
            frame: The loop's, or that of a worker which is about to begin a job.
        """
        now = self._clock()
        if now < self._next_mark and len(self._log.times) < self._next_count:
            return
        mark = self._mark(frame, now)
        with self._lock:
            self._marks.append(mark)
            self._forget(now)
        self._next_mark = now + self._kept.seconds / MARKS
        self._next_count = len(self._log.times) + max(1.0, self._limit * BETWEEN)

    def _mark(self, frame: FrameType, now: float) -> Mark:
        loop = asyncio._get_running_loop()
        return Mark(
            time=now,
            position=self._log.position,
            under_way=tuple(chains_under_way(self._roles.is_own)),
            waiting=tuple(self._waiting_above(frame)),
            silent=loop is not None and landmarks.is_silent(loop),
        )

    def read(self, first: Position, since: float) -> tuple[float, Iterator[Event]]:
        """The events from a position on; or less, if they tell all since that time.

        Args:
            first: Where the recording began.
            since: On the recording's clock.

        Returns:
            The same time, or a later one if what came before is forgotten; and the events.
        """
        # Else this thread could go on to forget what is about to be read.
        with self._lock:
            mark = self._start(first, since)
            if mark is None:
                return since, self._log.read(first)
            events = self._log.read(mark.position)
            return max(since, mark.time), itertools.chain((mark.event(self._log.thread),), events)

    def recent(self, first: Position, most: int) -> float:
        """The time from which on there are not many more events than that; at worst the last mark.

        Args:
            first: Where the recording began.
            most: How many events there may be.
        """
        with self._lock:
            end = self._log.position[1]
            if end - first[1] <= most or not self._marks:
                return -math.inf
            few = (mark for mark in self._marks if end - mark.position[1] <= most)
            # A moment after it, or the mark before would be read from.
            return math.nextafter(next(few, self._marks[-1]).time, math.inf)

    def _start(self, first: Position, since: float) -> Mark | None:
        marks = [mark for mark in self._marks if mark.position >= first]
        early = [mark for mark in marks if mark.time < since]
        if early:
            return early[-1]
        return marks[0] if marks and self._log.has_forgotten(first) else None

    def _forget(self, now: float) -> None:
        marks, end = self._marks, self._log.position[1]
        early, most = now - self._kept.seconds, self._limit * KEPT
        while len(marks) > 1 and (marks[1].time <= early or end - marks[0].position[1] > most):
            marks.popleft()
            self._is_past = True
        if self._kept.all or not self._is_past:
            return
        self._log.forget(marks[0].position)
        # Texts that calls share; those that come share new ones.
        self._roles.labels.forget()

    def _waiting_above(self, frame: FrameType) -> Iterator[tuple[CodeType | None, int]]:
        found = []
        above: FrameType | None = frame
        while above is not None:
            if self._roles.of(above.f_code) == landmarks.RUN_LOOP:
                found.append(self._roles.place_above(above))
            above = above.f_back
        return reversed(found)
