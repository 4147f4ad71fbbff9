"""Programs of many shapes and of any size, whose timelines are drawn to measure what that costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

CHAIN = 5
WORKERS = 10
# As deep as the stack allows.
DEEPEST = 4096
# Virtual seconds: each is long enough for a stretch to count as one in which the loop was blocked.
BLOCKING = 0.2

type Program = Callable[[int, "Clock"], Coroutine[object, object, object]]


class Clock:
    """A clock that goes on by a microsecond each time it is read, and by more when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time in seconds."""
        self.now += 1e-6
        return self.now


async def pause() -> None:
    await asyncio.sleep(0)


async def tasks(size: int, clock: Clock) -> None:
    """As many tasks as spans, each with one short wait."""
    await asyncio.gather(*(pause() for _ in range(size)))


async def chain(levels: int) -> None:
    await (chain(levels - 1) if levels > 1 else pause())


async def chains(count: int) -> None:
    for _ in range(count):
        await chain(CHAIN - 1)


async def nested(size: int, clock: Clock) -> None:
    """Ten tasks with many nested calls, five deep."""
    await asyncio.gather(*(chains(size // CHAIN // WORKERS) for _ in range(WORKERS)))


async def deep(size: int, clock: Clock) -> None:
    """Chains of up to 4,096 calls, each of which awaits the next, one after another."""
    for _ in range(max(size // DEEPEST, 1)):
        await chain(min(size, DEEPEST))


async def hold(lock: asyncio.Lock) -> None:
    async with lock:
        await asyncio.sleep(0)


async def one_lock(size: int, clock: Clock) -> None:
    """As many tasks as spans, all of which wait for one lock."""
    lock = asyncio.Lock()
    await asyncio.gather(*(hold(lock) for _ in range(size)))


async def take(queue: asyncio.Queue[int]) -> None:
    await queue.get()


async def one_queue(size: int, clock: Clock) -> None:
    """As many tasks as spans, all of which wait for one queue, and one that fills it."""
    queue: asyncio.Queue[int] = asyncio.Queue()
    takers = [asyncio.create_task(take(queue)) for _ in range(size)]
    await asyncio.sleep(0)
    for n in range(size):
        queue.put_nowait(n)
    await asyncio.gather(*takers)


async def waiter(steps: int) -> None:
    for _ in range(steps):
        await asyncio.sleep(0)


async def waits(size: int, clock: Clock) -> None:
    """One task with as many waits as other programs have spans."""
    await asyncio.create_task(waiter(size))


async def talk(out: asyncio.Queue[int], back: asyncio.Queue[int], rounds: int) -> None:
    for n in range(rounds):
        out.put_nowait(n)
        await back.get()


async def wakes(size: int, clock: Clock) -> None:
    """Two tasks that wake each other as many times as other programs have spans."""
    one: asyncio.Queue[int] = asyncio.Queue()
    two: asyncio.Queue[int] = asyncio.Queue()
    await asyncio.gather(talk(one, two, size // 2), talk(two, one, size // 2))


async def crunch(count: int, clock: Clock) -> None:
    for _ in range(count):
        clock.now += BLOCKING
        await asyncio.sleep(0)


async def one_blocker(size: int, clock: Clock) -> None:
    """One task that blocks the loop as many times as other programs have spans."""
    await asyncio.create_task(crunch(size, clock))


async def block(clock: Clock) -> None:
    clock.now += BLOCKING
    await asyncio.sleep(0)


async def blocking(size: int, clock: Clock) -> None:
    """As many tasks as spans, each of which blocks the loop."""
    await asyncio.gather(*(block(clock) for _ in range(size)))


async def functions(size: int, clock: Clock) -> None:
    """As many functions as spans, each called once."""
    made: dict[str, Callable[[], Coroutine[object, object, None]]] = {"asyncio": asyncio}  # type: ignore[dict-item]
    code = "".join(f"async def f{n}(): await asyncio.sleep(0)\n" for n in range(size))
    exec(compile(code, __file__, "exec"), made)
    await asyncio.gather(*(made[f"f{n}"]() for n in range(size)))


SHAPES: dict[str, Program] = {
    "tasks": tasks,
    "nested": nested,
    "deep": deep,
    "one lock": one_lock,
    "one queue": one_queue,
    "waits": waits,
    "wakes": wakes,
    "blocking": blocking,
    "one blocker": one_blocker,
    "functions": functions,
}
