"""Reusable concurrency patterns that the lessons build up to, each a small coroutine.

They are honest about failure and cancellation: an exception or a cancellation ends every call
that was started, waits for its clean-up, and then goes on to the caller; nothing keeps running
behind it. They are built on `asyncio.TaskGroup`, so several failures come as one
`ExceptionGroup` (Python's documentation, "Task groups").
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

__all__ = ["call_in_time", "cancel_and_wait", "first_success", "map_bounded", "worker_pool"]


async def map_bounded[T, R](
    function: Callable[[T], Awaitable[R]], items: Iterable[T], *, limit: int
) -> list[R]:
    """Call a coroutine function for every item, with never more than `limit` in flight.

    Args:
        function: The coroutine function; it is called with one item.
        items: The items. An iterator is only asked for the next item when a call can start.
        limit: The most calls in flight at a time, 1 or more.

    Returns:
        The results, in the order of the items.

    Raises:
        ValueError: `limit` is less than 1.
        ExceptionGroup: A call failed. The others were cancelled, and have ended.

    Example:
        >>> async def double(number):
        ...     await asyncio.sleep(0.01)
        ...     return 2 * number
        >>> asyncio.run(map_bounded(double, [1, 2, 3], limit=2))
        [2, 4, 6]
    """
    if limit < 1:
        raise ValueError("limit: at least one call must be allowed")
    results: dict[int, R] = {}
    numbered = enumerate(items)

    async def work() -> None:
        # One iterator for all: whoever is free takes the next item.
        for number, item in numbered:
            results[number] = await function(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(limit):
            group.create_task(work())
    return [results[number] for number in sorted(results)]


async def first_success[R](*calls: Callable[[], Awaitable[R]]) -> R:
    """Make several calls at once; return the first result, and cancel the rest.

    Args:
        calls: Coroutine functions without arguments, such as `lambda: fetch(mirror)`: a
            function, not a coroutine object, so that none is left that was never awaited.

    Returns:
        The result of the call that returned first. All others have ended by then.

    Raises:
        ValueError: There are no calls.
        ExceptionGroup: Every call failed; it holds all their exceptions, in the order of the
            calls.

    Example:
        >>> async def answer(seconds):
        ...     await asyncio.sleep(seconds)
        ...     return seconds
        >>> asyncio.run(first_success(lambda: answer(5), lambda: answer(0.01)))
        0.01
    """
    if not calls:
        raise ValueError("calls: there must be at least one")

    async def call(function: Callable[[], Awaitable[R]]) -> R:
        return await function()

    tasks = [asyncio.create_task(call(function)) for function in calls]
    try:
        for done in asyncio.as_completed(tasks):
            with suppress(Exception):
                return await done
    finally:
        await cancel_and_wait(*tasks)
    failures = [error for task in tasks if isinstance(error := task.exception(), Exception)]
    raise ExceptionGroup("every call failed", failures)


async def call_in_time[T, R, D](
    function: Callable[[T], Awaitable[R]], items: Iterable[T], *, seconds: float, default: D
) -> list[R | D]:
    """Call a coroutine function for all items at once, each call with a time limit of its own.

    Args:
        function: The coroutine function; it is called with one item.
        items: The items.
        seconds: How long each call may take; one that takes longer is cancelled.
        default: What stands for the result of such a call.

    Returns:
        The results, in the order of the items.

    Raises:
        ExceptionGroup: A call failed for another reason. The others were cancelled.

    Example:
        >>> async def nap(seconds):
        ...     await asyncio.sleep(seconds)
        ...     return "rested"
        >>> asyncio.run(call_in_time(nap, [0.01, 60], seconds=0.5, default="woken"))
        ['rested', 'woken']
    """

    async def call(item: T) -> R | D:
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await function(item)
        except TimeoutError:
            # A TimeoutError may also be the function's own.
            if not limit.expired():
                raise
            return default

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(call(item)) for item in items]
    return [task.result() for task in tasks]


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks, and wait until their clean-up has ended.

    Cancelling only asks; a task ends when its `finally` blocks have. Exceptions of the tasks
    are not raised here: ask each task.

    Args:
        tasks: Tasks of the running loop; those that have ended are left alone.

    Example:
        >>> async def main():
        ...     task = asyncio.create_task(asyncio.sleep(60))
        ...     await cancel_and_wait(task)
        ...     return task.cancelled()
        >>> asyncio.run(main())
        True
    """
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)


@asynccontextmanager
async def worker_pool[T](
    handle: Callable[[T], Awaitable[object]], *, workers: int, room: int = 0
) -> AsyncIterator[asyncio.Queue[T]]:
    """A queue whose items are handled by several workers while the block runs.

    Leaving the block waits until every item is handled, and then ends the workers.

    Args:
        handle: The coroutine function; it is called with one item.
        workers: How many items are handled at a time, 1 or more.
        room: How many items may wait in the queue before `put` waits too; 0 for no limit.

    Yields:
        The queue to put items into.

    Raises:
        ValueError: `workers` is less than 1.
        ExceptionGroup: Handling an item failed, or the block did. What was going on was
            cancelled, and has ended; what was still in the queue is not handled.

    Example:
        >>> served = []
        >>> async def serve(drink):
        ...     served.append(drink)
        >>> async def main():
        ...     async with worker_pool(serve, workers=2, room=4) as orders:
        ...         for drink in ["tea", "cocoa"]:
        ...             await orders.put(drink)
        >>> asyncio.run(main())
        >>> served
        ['tea', 'cocoa']
    """
    if workers < 1:
        raise ValueError("workers: at least one is needed")
    queue: asyncio.Queue[T] = asyncio.Queue(room)

    async def work() -> None:
        while True:
            item = await queue.get()
            await handle(item)
            queue.task_done()

    async with asyncio.TaskGroup() as group:
        crew = [group.create_task(work()) for _ in range(workers)]
        yield queue
        await queue.join()
        for worker in crew:
            worker.cancel()
