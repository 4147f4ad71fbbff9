"""The raw events that the recorder writes and the assembly reads.

They are written into one flat list, `WIDTH` items each: a million small tuples would keep
Python's garbage collector busy while the program runs. The items of an event are
`kind, time, thread, key, code, offset, detail`:

- `time`: the recording's clock, in its own seconds;
- `thread`: `threading.get_ident()` of the thread it happened in;
- `key`: a number that stands for one object while it lives: `id()` of a coroutine's frame,
  of a handle or of an executor's future. A number is reused once its object is gone, so an
  event that begins something always begins something new;
- `code`, `offset`: where in the source it happened, or None and 0;
- `detail`: what the kind says below, made of numbers and strings only: an event that kept a
  user's object alive would change the program it watches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any, Literal, NamedTuple

type Event = tuple[int, float, int, int, CodeType | None, int, Any]

WIDTH = 7

(
    START,  # First step of a call. code, offset 0. detail: Call
    RESUME,  # A suspended frame goes on
    YIELD,  # A frame suspends. offset: of the await. detail: id of the awaited future,
    #         NOTHING for a bare yield (asyncio.sleep(0)), HANDED_OUT by an async generator
    RETURN,  # A frame returned. detail: the plain result as text
    UNWIND,  # An exception left a frame. detail: (outcome, name of the exception)
    THROW,  # An exception is thrown into a suspended frame
    CREATED,  # A task was created; key: its coroutine's frame. code, offset: the line that
    #           created it. detail: Task
    NAMED,  # A task has its final name; key: as above. detail: Task
    SOON,  # call_soon(); key: the handle. detail: id of the done future it is called with, or 0
    TIMER,  # call_at(); key: the handle. detail: (the sleeper's future, seconds) or None
    STEP,  # The loop begins to run a handle; key: the handle
    STEP_END,  # ... and is done with it
    LOOP,  # asyncio.run() or the like begins; they nest. code, offset: the caller's line
    LOOP_END,  # ... and ends
    JOB,  # An executor was given a job; key: its future. code, offset: line. detail: Job
    JOB_START,  # The job begins in its own thread
    JOB_END,  # detail: (outcome, text)
    SAMPLE,  # The loop has not moved for a while. code: of the line; offset: its line number
) = range(18)

NOTHING = 0
HANDED_OUT = -1


def each_event(log: list[Any]) -> Iterator[Event]:
    """The events of a flat list, one tuple each.

    Example:
        >>> len(list(each_event([STEP, 0.5, 7, 1, None, 0, None] * 3)))
        3
    """
    items = iter(log)
    return zip(*[items] * WIDTH, strict=True)


class Call(NamedTuple):
    """Detail of START: what was called, and by which frame (key 0: by a task of its own).

    It is written as a bare tuple, which is made faster.
    """

    label: str
    parent: int
    parent_code: CodeType | None
    parent_offset: int
    is_task: bool


class Task(NamedTuple):
    """Detail of CREATED and NAMED; an eager task has started, and has its label already."""

    label: str
    name: str
    code: CodeType
    started: bool


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
        enclosing: Keys of the coroutine frames that await the caller.
        started: On the recording's clock.
        ended: On the recording's clock; the moment of the cut if recording stopped early.
        error: Name of the exception that left the block, else empty.
        cancelled: Whether that exception was a cancellation.
        cut: Whether recording stopped early.
    """

    key: int
    code: CodeType
    label: str
    thread: int
    in_loop: bool
    enclosing: frozenset[int]
    started: float
    ended: float = 0.0
    error: str = ""
    cancelled: bool = False
    cut: bool = False
