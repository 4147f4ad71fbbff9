"""The few places in the standard library that tell what a loop and its executors do.

The recorder sees every function start and return. At these it reads what only they know:
who created a task, which future is done, which handle runs, when a job begins in its thread.
Facts were read from CPython's own sources, 3.12 to 3.15: `Lib/asyncio/base_events.py`,
`Lib/asyncio/events.py` and `Lib/concurrent/futures/`.
"""

from __future__ import annotations

import asyncio
import opcode
import os
import sys
from asyncio import futures, tasks
from collections.abc import Callable
from types import CodeType, CoroutineType, FrameType, FunctionType
from typing import Any, Final, Literal

from asyncdemo.recording.events import Job
from asyncdemo.recording.labels import forget, plain, plain_call, submitted_call

COROUTINE: Final = 0x80  # inspect.CO_COROUTINE
ASYNC_GENERATOR: Final = 0x200  # inspect.CO_ASYNC_GENERATOR

(
    OTHER,  # not of interest
    USER,  # a coroutine of the learner's own, without arguments
    WORDED,  # a coroutine of the learner's own with arguments, which its label says
    GENERATOR,  # an async generator of the learner's own; the last of the learner's own
    CREATE_TASK,
    NAME_TASK,
    MAKE_TASK,
    CALL_SOON,
    CALL_AT,
    RUN_HANDLE,
    RUN_ONCE,
    RUN_LOOP,
    SUBMIT_THREAD,
    SUBMIT_PROCESS,
    JOB_RUNNING,
    JOB_RESULT,
    JOB_EXCEPTION,
    NEW_THREAD,
) = range(18)

OWN: Final = (USER, WORDED, GENERATOR)
# Landmarks that are heard when they return; the others tell all when they start.
HEARD_AT_RETURN: Final = (
    CREATE_TASK,
    NAME_TASK,
    CALL_SOON,
    CALL_AT,
    RUN_ONCE,
    RUN_LOOP,
    SUBMIT_THREAD,
    SUBMIT_PROCESS,
    JOB_RUNNING,
)

# Under a loop without landmarks these are heard too. Elsewhere they would say nothing new.
HEARD_WHERE_SILENT: Final = (MAKE_TASK,)

MAKES_GENERATOR: Final = opcode.opmap["RETURN_GENERATOR"]
WORD: Final = 2  # bytes of an instruction

# The folder of the standard library, such as `python3.13`.
LIBRARY: Final = os.path.basename(os.path.dirname(os.__file__))

LANDMARKS: Final = {
    (LIBRARY, "threading.py", "Thread._bootstrap_inner"): NEW_THREAD,
    ("asyncio", "base_events.py", "BaseEventLoop.create_task"): CREATE_TASK,
    # On 3.12 and 3.13.0 it is here that a task gets its name, after the loop created it.
    ("asyncio", "tasks.py", "create_task"): NAME_TASK,
    # What else has the loop create tasks.
    ("asyncio", "tasks.py", "ensure_future"): MAKE_TASK,
    # 3.12 names a group's task after the loop created it, too.
    ("asyncio", "taskgroups.py", "TaskGroup.create_task"): (
        NAME_TASK if sys.version_info < (3, 13) else MAKE_TASK
    ),
    # What call_soon() and call_soon_threadsafe() both do, before the latter wakes the loop.
    ("asyncio", "base_events.py", "BaseEventLoop._call_soon"): CALL_SOON,
    # It does without the other from 3.14 on.
    ("asyncio", "base_events.py", "BaseEventLoop.call_soon_threadsafe"): CALL_SOON,
    ("asyncio", "base_events.py", "BaseEventLoop.call_at"): CALL_AT,
    ("asyncio", "base_events.py", "BaseEventLoop._run_once"): RUN_ONCE,
    ("asyncio", "base_events.py", "BaseEventLoop.run_forever"): RUN_LOOP,
    ("asyncio", "base_events.py", "BaseEventLoop.run_until_complete"): RUN_LOOP,
    ("asyncio", "runners.py", "run"): RUN_LOOP,
    ("asyncio", "runners.py", "Runner.run"): RUN_LOOP,
    ("asyncio", "runners.py", "Runner.close"): RUN_LOOP,
    ("asyncio", "events.py", "Handle._run"): RUN_HANDLE,
    ("futures", "thread.py", "ThreadPoolExecutor.submit"): SUBMIT_THREAD,
    ("futures", "process.py", "ProcessPoolExecutor.submit"): SUBMIT_PROCESS,
    ("futures", "_base.py", "Future.set_running_or_notify_cancel"): JOB_RUNNING,
    ("futures", "_base.py", "Future.set_result"): JOB_RESULT,
    ("futures", "_base.py", "Future.set_exception"): JOB_EXCEPTION,
}
# The code of the two that are met at every step.
RUN_HANDLE_CODE: Final = asyncio.Handle._run.__code__
CALL_SOON_CODE: Final = asyncio.BaseEventLoop._call_soon.__code__  # type: ignore[attr-defined]
QUALNAMES: Final = {qualname for _, _, qualname in LANDMARKS}

# Both implementations of each, in C and in Python, have the same methods.
FUTURE_TYPES: Final[tuple[Any, ...]] = (asyncio.Future, getattr(futures, "_PyFuture", None))
TASK_TYPES: Final[tuple[Any, ...]] = (asyncio.Task, getattr(tasks, "_PyTask", None))
# How to ask a future of exactly that type whether it is done.
DONE: Final[dict[type, Callable[[Any], bool]]] = {
    kind: kind.done for kind in (*FUTURE_TYPES, *TASK_TYPES) if kind is not None
}


def landmark(code: CodeType) -> int:
    """Which landmark a code object is, or OTHER."""
    if code.co_qualname not in QUALNAMES:
        return OTHER
    if "_call_soon" in code.co_names:
        return OTHER
    folder, file = os.path.split(code.co_filename)
    return LANDMARKS.get((os.path.basename(folder), file, code.co_qualname), OTHER)


def is_silent(loop: object) -> bool:
    """Whether a loop has no landmarks: one that is not made of asyncio's own Python code.

    Example:
        >>> is_silent(object())
        True
    """
    return not isinstance(loop, asyncio.BaseEventLoop)


def before_first_step(code: CodeType, offset: int) -> bool:
    """Whether a generator that is at that offset has never run.

    One that is closed before its first step gets the exception where it was made.

    Example:
        >>> async def stream():
        ...     yield 1
        >>> before_first_step(stream.__code__, 0)
        True
    """
    # On 3.12 the offset is that of the instruction which makes it, later that of the next.
    return MAKES_GENERATOR not in code.co_code[: max(offset - WORD, 0) : WORD]


def done_future(handle: Any) -> int:
    """The `id` of the future whose completion scheduled this handle; 0 for other handles.

    A future that completes calls `call_soon(callback, self)`. Only the types' own methods
    are called: a subclass may have overridden them, and its code is not ours to run.
    """
    args = handle._args
    if not args:
        return 0
    first = args[0]
    done = DONE.get(type(first)) or _done_of(type(first))
    return id(first) if done is not None and done(first) else 0


def _done_of(kind: type) -> Callable[[Any], bool] | None:
    own = _own_type(kind, FUTURE_TYPES)
    return None if own is None else own.done


def _own_type(kind: type, kinds: tuple[Any, ...]) -> Any:
    """Which of asyncio's own types that is or derives from, or None."""
    if kind in kinds or kind in TASK_TYPES:
        return kind
    return next((own for own in kinds if own is not None and issubclass(kind, own)), None)


def timer(handle: Any) -> tuple[int, float]:
    """The `id` of the future that a timer completes, and the seconds until then.

    Only `asyncio.sleep()` gives its timer the future to complete; for others it is 0.
    """
    if handle._callback is not futures._set_result_unless_cancelled:  # type: ignore[attr-defined]
        return 0, 0.0
    return id(handle._args[0]), handle._when - handle._loop.time()


def created_task(task: Any) -> tuple[FrameType, str, bool] | None:
    """What a new task is going to run: its frame, its chosen name, and whether it has begun.

    None when there is no coroutine to see.
    """
    own = _own_type(type(task), TASK_TYPES)
    # As in `coroutine_of`, without a call that every new task would have to wait for.
    if own is None or own.done(task):
        return None
    coroutine = own.get_coro(task)
    frame = coroutine.cr_frame if type(coroutine) is CoroutineType else None
    if frame is None:
        return None
    name = own.get_name(task)
    chosen = "" if name[:5] == "Task-" else plain(name).strip("'")
    return frame, chosen, coroutine.cr_suspended


def task_name(task: Any) -> str:
    """The name of a task: `Task-7`, which counts them, if nobody chose another."""
    own = _own_type(type(task), TASK_TYPES)
    return "" if own is None else str(own.get_name(task))


def coroutine_of(task: Any) -> object:
    """What a task runs; None when it is done, or no task of asyncio's own making.

    Only the types' own methods are called, as above.
    """
    own = _own_type(type(task), TASK_TYPES)
    # An eager task may be done already; on 3.12.1 asking it for its coroutine crashes.
    return None if own is None or own.done(task) else own.get_coro(task)


def awaited_future(task: Any) -> int:
    """The `id` of the future that a suspended task waits for; 0 where it waits for none.

    It is about to go on then: the future is done, or there was none.
    """
    future = task._fut_waiter if _own_type(type(task), TASK_TYPES) is not None else None
    if future is None:
        return 0
    done = DONE.get(type(future)) or _done_of(type(future))
    return 0 if done is not None and done(future) else id(future)


def was_there(frame: FrameType, task: object) -> bool:
    """Whether a returning `ensure_future()` was given the task that it returns."""
    values = frame.f_locals
    given = values.get("coro_or_future") is task
    forget(values)
    return given


def own(frame: FrameType) -> int:
    """The `id` of a method's `self`."""
    values = frame.f_locals
    key = id(values["self"])
    if type(values) is dict:
        forget(values)
    return key


def submitted_job(frame: FrameType, kind: Literal["thread", "process"]) -> Job:
    """The job that a returning `submit()` was given."""
    values = frame.f_locals
    function, args, kwargs = submitted_call(values["fn"], values["args"], values["kwargs"])
    forget(values)
    name = plain(function).removesuffix("(…)")
    code = function.__code__ if type(function) is FunctionType else None
    return Job(plain_call(name, args, kwargs), name, kind, code)


def job_outcome(frame: FrameType, role: int) -> tuple[str, str]:
    """How a job ended, from the `set_result()` or `set_exception()` that says so."""
    values = frame.f_locals
    if role == JOB_RESULT:
        outcome = ("returned", plain(values.get("result")))
    else:
        outcome = ("raised", type(values.get("exception")).__name__)
    forget(values)
    return outcome
