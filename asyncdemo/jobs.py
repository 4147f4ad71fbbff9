"""Reusable jobs for lessons: they wait, block, compute, fail and stream, all from one café.

Each is written by hand in a lesson before a later lesson imports it from here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator


class Spilled(Exception):  # noqa: N818 - it reads as what happened: raised Spilled
    """A drink went to the floor."""


async def brew(drink: str, seconds: float) -> str:
    """Brew a drink: wait without keeping the loop busy, as for a server's answer.

    Args:
        drink: What to brew; it is returned.
        seconds: How long it takes.

    Example:
        >>> asyncio.run(brew("tea", 0.01))
        'tea'
    """
    await asyncio.sleep(seconds)
    return drink


async def scrub(what: str, seconds: float) -> str:
    """Scrub something: block the loop, as code does that was not written for asyncio.

    Args:
        what: What to scrub; it is returned.
        seconds: For how long nothing else on the loop can run.

    Example:
        >>> asyncio.run(scrub("counter", 0.01))
        'counter'
    """
    time.sleep(seconds)
    return what


def grind(spoons: int) -> int:
    """Grind coffee: a plain function that computes and never waits, for threads and processes.

    Args:
        spoons: How much to grind; a spoon is a quarter of a million additions, a hundredth of
            a second or so.

    Returns:
        The sum of what was added: the same for the same number of spoons.

    Example:
        >>> grind(1)
        31249875000
    """
    return sum(range(spoons * 250_000))


async def spill(drink: str, seconds: float) -> str:
    """Carry a drink, and spill it: wait, then fail.

    Args:
        drink: What is carried.
        seconds: After how long it is spilled.

    Raises:
        Spilled: Always.

    Example:
        >>> asyncio.run(spill("tea", 0.01))
        Traceback (most recent call last):
        ...
        asyncdemo.jobs.Spilled: tea
    """
    await asyncio.sleep(seconds)
    raise Spilled(drink)


async def pour(drink: str, cups: int, seconds: float) -> AsyncIterator[str]:
    """Pour cup after cup: stream values with a wait before each.

    Args:
        drink: What to pour.
        cups: How many cups.
        seconds: How long each takes.

    Yields:
        `tea 1`, `tea 2`, and so on.

    Example:
        >>> async def taste():
        ...     return [cup async for cup in pour("tea", 2, 0.01)]
        >>> asyncio.run(taste())
        ['tea 1', 'tea 2']
    """
    for number in range(1, cups + 1):
        await asyncio.sleep(seconds)
        yield f"{drink} {number}"
