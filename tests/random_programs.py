"""Random asyncio programs, for showing that recording them changes nothing and tells the truth.

A program is plain data. Running it logs each effect with the loop's time, and counts the
coroutine calls that began, so that a timeline can be held to what really happened.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

SECONDS = st.sampled_from([0.0, 0.1, 0.2, 0.3])


@dataclass(frozen=True)
class Do:
    """One action: what to do, how long, and with which programs."""

    what: str
    seconds: float = 0.0
    parts: tuple[tuple[Do, ...], ...] = ()


SIMPLE = ("sleep", "give way", "log", "fail", "put", "get", "lock", "set", "wait", "swallow")
WITH_PARTS = (
    "call", "gather", "gather all", "group", "cancel", "shield", "time out", "iterate",
    "leave iteration", "eager", "semaphore", "stream", "taste",
)  # fmt: skip

simple = st.builds(Do, st.sampled_from(SIMPLE), SECONDS)
programs = st.recursive(
    st.lists(simple, min_size=1, max_size=3).map(tuple),
    lambda inner: st.lists(
        simple
        | st.builds(
            Do,
            st.sampled_from(WITH_PARTS),
            SECONDS,
            st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
        min_size=1,
        max_size=4,
    ).map(tuple),
    max_leaves=12,
)


class Broken(Exception):  # noqa: N818 - it reads as what happened
    """What programs fail with."""


@dataclass
class World:
    """What the parts of one program share, and what they did.

    `second` is how many seconds one of the program takes: with 0, none of it waits for a clock.
    """

    effects: list[tuple[float, str]] = field(default_factory=list)
    begun: int = 0
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
    queue: asyncio.Queue[int] = field(default_factory=lambda: asyncio.Queue(1))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    event: asyncio.Event = field(default_factory=asyncio.Event)
    semaphore: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))
    second: float = 1.0

    @contextlib.contextmanager
    def counts(self, name: str) -> Iterator[None]:
        """Counts a call, and how it ends."""
        self.begun += 1
        outcome = "raised"
        try:
            yield
            outcome = "returned"
        except asyncio.CancelledError:
            outcome = "cancelled"
            raise
        finally:
            self.ended[name, outcome] += 1

    def log(self, what: str) -> None:
        self.effects.append((round(asyncio.get_running_loop().time(), 6), what))


async def run(world: World, program: tuple[Do, ...]) -> int:
    """Runs a program; returns how many of its actions succeeded."""
    with world.counts("run"):
        done = 0
        for action in program:
            try:
                await act(world, action)
                done += 1
            except (Broken, TimeoutError, ExceptionGroup) as error:
                world.log(type(error).__name__)
        return done


async def act(world: World, do: Do) -> None:
    """Carries out one action."""
    world.begun += 1
    world.log(do.what)
    parts = do.parts
    match do.what:
        case "sleep":
            await asyncio.sleep(do.seconds * world.second)
        case "give way":
            await asyncio.sleep(0)
        case "fail":
            await asyncio.sleep(do.seconds * world.second)
            raise Broken
        case "put" | "get" | "wait" | "lock":
            async with asyncio.timeout((do.seconds + 0.05) * world.second):
                await with_others(world, do.what)
        case "set":
            world.event.set()
            await asyncio.sleep(0)
            world.event.clear()
        case "swallow":
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(do.seconds * world.second)
            await asyncio.sleep(0.1 * world.second)
        case "call":
            for part in parts:
                await run(world, part)
        case "gather" | "gather all":
            everything = do.what == "gather all"
            await asyncio.gather(
                *(fail_or_run(world, p) for p in parts), return_exceptions=everything
            )
        case "group":
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(fail_or_run(world, part))
        case "cancel":
            tasks = [asyncio.create_task(run(world, part)) for part in parts]
            await asyncio.sleep(do.seconds * world.second)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        case "shield":
            tasks = [asyncio.create_task(run(world, part)) for part in parts]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(do.seconds * world.second):
                    await asyncio.shield(tasks[0])
            await asyncio.wait(tasks)
        case "time out":
            async with asyncio.timeout(do.seconds * world.second):
                await run(world, parts[0])
        case "iterate":
            async for _ in each(world, parts):
                await asyncio.sleep(do.seconds * world.second)
        case "leave iteration":
            async with contextlib.aclosing(each(world, parts)) as values:
                async for _ in values:
                    break
        case "taste":
            async with contextlib.AsyncExitStack() as stack:
                opened = [contextlib.aclosing(each(world, parts)) for _ in parts]
                streams = [await stack.enter_async_context(stream) for stream in opened]
                for stream in streams:
                    await anext(stream)
        case "stream":
            async for _ in each(world, parts):
                pass
        case "eager":
            loop = asyncio.get_running_loop()
            tasks = [asyncio.Task(run(world, part), loop=loop, eager_start=True) for part in parts]
            await asyncio.gather(*tasks)
        case "semaphore":
            # Those that hold it may wait for it: a semaphore in a semaphore.
            async with asyncio.timeout(world.second):
                await asyncio.gather(*(guarded(world, part) for part in parts))


async def fail_or_run(world: World, program: tuple[Do, ...]) -> int:
    """Runs a program, and fails if it begins with a failure."""
    with world.counts("fail_or_run"):
        if program[0].what == "fail":
            await asyncio.sleep(program[0].seconds * world.second)
            raise Broken
        return await run(world, program)


async def with_others(world: World, what: str) -> None:
    """Waits for what other parts do."""
    with world.counts("with_others"):
        if what == "put":
            await world.queue.put(1)
        elif what == "get":
            await world.queue.get()
        elif what == "wait":
            await world.event.wait()
        else:
            async with world.lock:
                await asyncio.sleep(0.1 * world.second)


async def guarded(world: World, program: tuple[Do, ...]) -> int:
    """Runs a program while no more than one other does."""
    with world.counts("guarded"):
        async with world.semaphore:
            return await run(world, program)


async def each(world: World, parts: tuple[tuple[Do, ...], ...]) -> AsyncIterator[int]:
    """Hands out what each program gives, and takes a while to tidy up."""
    world.begun += 1
    try:
        for part in parts:
            yield await run(world, part)
    finally:
        await asyncio.sleep(0.1 * world.second)
        world.log("tidied")


async def play(world: World, program: tuple[Do, ...]) -> Any:
    """Runs a program to its end, whatever becomes of it, and whatever it leaves behind."""
    world.begun += 1
    try:
        result: Any = await run(world, program)
    except asyncio.CancelledError:
        # 3.12.1 lets a cancellation out of some groups and timeouts within each other.
        result = "cancelled"
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others)
    return result
