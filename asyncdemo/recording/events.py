"""The raw events that the recorder writes and the assembly reads.

Each thread has a log of its own, three columns that only it appends to: what happened, when,
and to which object. Columns of numbers take a fifth of the memory of a million tuples, and
give Python's garbage collector nothing to look through while the program runs.

An event is one kind in the column `items`, followed by what the kind says below; a time,
unless it is a remark about the event that follows or is part of the one before; and a key for
each object it is about. A key is a number that stands for one object while it lives: `id()` of a
coroutine's frame, of a handle or of a future. A number is reused once its object is gone.

Within one step of the loop the learner's calls begin and end as they nest. So an event is
about the frame that runs, and only the first one of a step says whose it is. A frame is known
by its key from its first suspension on.

What events say is made of numbers and plain immutable values only: an event that kept a
user's object alive would change the program it watches.
"""

from __future__ import annotations

import itertools
import threading
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Final, Literal, NamedTuple

(
    # Remarks about the event that follows. They have no time.
    WHOSE,  # Whose event it is. key: the frame
    CAUSE,  # Which handle the loop is running, where no coroutine of the user's has run yet, or
    #         which library's task. key: the handle or the task
    # What coroutines do.
    START,  # First step of a call that the running frame awaits. code, which says the label too
    START_WORDED,  # The same with arguments. code, label
    START_TASK,  # First step of a task whose creation was seen. code; key: its frame
    START_APART,  # First step of a call that is the first event of a step, that begins in
    #               create_task(), or of an async generator. code, Call; keys: its frame and its
    #               parent's, or 0
    RESUME,  # A suspended frame goes on. Only where no STEP would tell: in an async generator,
    #          or under a loop that runs no Handle. code; key: the frame that asks for it, or 0
    GIVE_WAY,  # A frame suspends for nothing: asyncio.sleep(0). offset of the await; key: the frame
    SUSPEND,  # A frame suspends. offset of the await; keys: the frame, and the awaited future
    SUSPEND_TOO,  # The frame that awaits the one before suspends with it, at the same time.
    #               offset of the await
    HAND_OUT,  # An async generator hands a value out. offset of the yield
    RETURN,  # A frame returned. The plain result: a number, or text that stands for it
    RETURN_NONE,  # A frame returned None
    UNWIND,  # An exception left a frame. (outcome, name of the exception)
    THROW,  # An exception is thrown into a suspended frame. As RESUME; key: 0 for a coroutine
    CREATED,  # A task was created. code, offset: the line that created it; label, as for a
    #           START; its name if it was chosen, else empty; its coroutine's code; whether that
    #           has started, as an eager task has; key: its coroutine's frame
    FOREIGN_TASK,  # A task of a library's coroutine was created. key: the task
    NAMED,  # A task has its final name. As CREATED
    # What loops and executors do.
    SOON,  # call_soon(); keys: the handle, and the done future it is called with, or 0
    TIMER,  # call_at(). seconds until then; keys: the handle, and the sleeper's future, or 0
    STEP,  # The loop begins to run a handle, and is done with the one before
    STEPS_END,  # The loop is done with all handles that were ready
    LOOP,  # asyncio.run() or the like begins; they nest. code, offset: the caller's line
    LOOP_END,  # ... and ends
    JOB,  # An executor was given a job. code, offset: the line; Job; key: its future
    JOB_START,  # The job begins in its own thread. key: its future
    JOB_END,  # (outcome, text); key: its future
    SILENT,  # The loop that runs has no landmarks, as uvloop: neither its steps nor what becomes
    #          ready is seen, and every event says whose it is
    # Only in what is read.
    SAMPLE,  # The loop has not moved for a while. code, line
    MARK,  # Reading begins here, not at the start. The calls under way; where callers wait for
    #        the loop; whether that has no landmarks
) = range(30)

# How many items follow the kind, and how many keys it has.
ITEMS: Final = {
    WHOSE: 0, CAUSE: 0, START: 1, START_WORDED: 2, START_TASK: 1, START_APART: 2, RESUME: 1,
    GIVE_WAY: 1, SUSPEND: 1, SUSPEND_TOO: 1, HAND_OUT: 1, RETURN: 1, RETURN_NONE: 0, UNWIND: 1,
    THROW: 1, CREATED: 6, NAMED: 6, FOREIGN_TASK: 0, SOON: 0, TIMER: 1, STEP: 0, STEPS_END: 0,
    LOOP: 2, LOOP_END: 0, SILENT: 0, JOB: 3, JOB_START: 0, JOB_END: 1,
}  # fmt: skip
KEYS: Final = {
    WHOSE: 1, CAUSE: 1, START_TASK: 1, START_APART: 2, RESUME: 1, THROW: 1, GIVE_WAY: 1, SUSPEND: 2,
    CREATED: 1, NAMED: 1, FOREIGN_TASK: 1, SOON: 2, TIMER: 2, JOB: 1, JOB_START: 1, JOB_END: 1,
}  # fmt: skip

# Where each of the three columns stands, counted from the start of the recording.
type Position = tuple[int, int, int]


class Event(NamedTuple):
    """One event as the assembly reads it.

    Attributes:
        time: On the recording's clock.
        thread: `threading.get_ident()` of the thread it happened in.
        kind: One of the kinds above.
        items: What the kind says.
        keys: The objects it is about.
        whose: The key of the frame it is about, where that is said; else 0.
        cause: The key of the handle that the loop is running, where that is said; else 0.
    """

    time: float
    thread: int
    kind: int
    items: tuple[Any, ...]
    keys: tuple[int, ...]
    whose: int = 0
    cause: int = 0


class Log:
    """What happened in one thread, in three columns.

    Args:
        thread: `threading.get_ident()` of the thread.

    Attributes:
        items: Kinds, each followed by what it says.
        times: On the recording's clock.
        keys: The objects that the events are about.

    Example:
        >>> log = Log(7)
        >>> log.write(STEP, 0.5)
        >>> [event.time for event in log.read()]
        [0.5]
    """

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.items: list[Any] = []
        self.times = array("d")
        self.keys = array("Q")
        self._forgotten: Position = (0, 0, 0)
        self._lock = threading.Lock()

    @property
    def position(self) -> Position:
        """Where the next event is going to stand."""
        items, times, keys = self._forgotten
        return items + len(self.items), times + len(self.times), keys + len(self.keys)

    def write(self, kind: int, time: float, *items: object, keys: tuple[int, ...] = ()) -> None:
        """Append one event."""
        self.items.extend((kind, *items))
        self.times.append(time)
        self.keys.extend(keys)

    def remark(self, kind: int, key: int) -> None:
        """Append a remark about the event that is written next."""
        self.items.append(kind)
        self.keys.append(key)

    def has_forgotten(self, position: Position) -> bool:
        """Whether something was let go of that was written from a position on."""
        return position < self._forgotten

    def forget(self, before: Position) -> None:
        """Let go of all events before a position."""
        with self._lock:
            items, times, keys = self._behind(before)
            del self.items[:items], self.times[:times], self.keys[:keys]
            self._forgotten = before

    def read(self, start: Position = (0, 0, 0)) -> Iterator[Event]:
        """The events that have been written from a position on."""
        with self._lock:
            items, times, keys = self._behind(start)
            copies = self.items[items:], self.times[times:], self.keys[keys:]
        return _parsed(self.thread, *copies)

    def _behind(self, position: Position) -> tuple[int, ...]:
        return tuple(max(0, at - gone) for at, gone in zip(position, self._forgotten, strict=True))


def _parsed(
    thread: int, items: list[Any], times_written: array[float], keys_written: array[int]
) -> Iterator[Event]:
    times, keys = iter(times_written), iter(keys_written)
    at = whose = cause = 0
    time: float | None = None
    while at < len(items):
        kind = items[at]
        end = at + 1 + ITEMS[kind]
        said = tuple(items[at + 1 : end])
        about = tuple(itertools.islice(keys, KEYS.get(kind, 0)))
        at = end
        if kind == WHOSE:
            (whose,) = about
        elif kind == CAUSE:
            (cause,) = about
        elif kind == SUSPEND_TOO:
            if time is not None:
                yield Event(time, thread, kind, said, about)
        elif (time := next(times, None)) is not None:
            yield Event(time, thread, kind, said, about, whose, cause)
            whose = cause = 0
        # Otherwise another thread is about to write the rest of its last event.


class Chain(NamedTuple):
    """The calls that one task is suspended in.

    Attributes:
        calls: The keys of their frames, their codes, and the offsets of the awaits; the
            outermost first.
        future: The key of the future that they wait for; 0 where they are about to go on.
    """

    calls: tuple[tuple[int, CodeType, int], ...]
    future: int


class Call(NamedTuple):
    """Detail of START_APART: what was called, and where its parent is (None: it has none)."""

    label: str | None
    parent_code: CodeType | None
    parent_offset: int
    is_task: bool


class Job(NamedTuple):
    """Detail of JOB."""

    label: str
    name: str
    kind: Literal["thread", "process"]
    code: CodeType | None


@dataclass(frozen=True)
class Block:
    """One `with record()` block: who entered it, and when it began and ended.

    Attributes:
        key: `id` of the frame that entered it.
        code: That frame's code.
        label: How its row is called: `cell`, `cafe.py` or `main()`.
        thread: The thread it ran in.
        in_loop: Whether an event loop was running that thread already.
        silent: The threads known to run a loop that has no landmarks.
        enclosing: Keys of the coroutine frames that await the caller.
        under_way: The suspended calls of the tasks that had started before.
        started: On the recording's clock.
        ended: On the recording's clock; the moment of the cut if recording stopped early.
        error: Name of the exception that left the block, else empty.
        cancelled: Whether that exception was a cancellation.
        cut: Whether recording stopped early.
        over: Whether it was left; else this is what it is so far.
    """

    key: int
    code: CodeType
    label: str
    thread: int
    in_loop: bool
    silent: frozenset[int]
    enclosing: frozenset[int]
    under_way: tuple[Chain, ...]
    started: float
    ended: float = 0.0
    error: str = ""
    cancelled: bool = False
    cut: bool = False
    over: bool = True
