"""The text of an await, exactly as it is written, whatever its form."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from scenes import recorded


@contextlib.asynccontextmanager
async def door() -> AsyncIterator[None]:
    await asyncio.sleep(1)
    yield
    await asyncio.sleep(1)


async def drops() -> AsyncIterator[int]:
    await asyncio.sleep(1)
    yield 1


async def several_lines() -> None:
    await asyncio.gather(
        asyncio.sleep(
            1,
        ),
        asyncio.sleep(2),
    )


async def with_header() -> None:
    async with asyncio.timeout(9), door():  # a comment
        pass


async def with_body_on_one_line() -> None:
    async with door(): await asyncio.sleep(2)  # fmt: skip  # noqa: E701


async def for_header() -> None:
    async for drop in drops():
        assert drop


async def comprehension() -> None:
    assert [drop async for drop in drops()] == [1]


async def umlauts() -> None:
    größe = 1; await asyncio.sleep(größe); größe += 1  # fmt: skip  # noqa: E702


async def within_an_expression() -> None:
    assert (1, await asyncio.sleep(1, 2)) == (1, 2)


async def yields_a_value() -> None:
    async for drop in drops():
        await asyncio.sleep(drop)


@pytest.mark.parametrize(
    ("scene", "awaits"),
    [
        (several_lines, ["await asyncio.gather(asyncio.sleep(1), asyncio.sleep(2))"]),
        (with_header, ["async with asyncio.timeout(9), door()"] * 2),
        (
            with_body_on_one_line,
            ["async with door()", "await asyncio.sleep(2)", "async with door()"],
        ),
        (for_header, ["async for drop in drops()"]),
        (comprehension, ["[drop async for drop in drops()]"]),
        (umlauts, ["await asyncio.sleep(größe)"]),
        (within_an_expression, ["await asyncio.sleep(1, 2)"]),
        (yields_a_value, ["async for drop in drops()", "await asyncio.sleep(drop)"]),
    ],
)
def test_the_awaited_text(scene: Callable[[], Awaitable[None]], awaits: list[str]) -> None:
    (span,) = recorded(scene).named(scene.__name__)  # type: ignore[attr-defined]
    assert list(span.awaits) == awaits


def test_code_without_a_source_still_has_its_rows() -> None:
    names: dict[str, Callable[[], Awaitable[None]]] = {}
    exec("import asyncio\nasync def ghost(): await asyncio.sleep(1)", names)

    (span,) = recorded(names["ghost"]).named("ghost")
    assert (span.label, span.awaits, span.outcome) == ("ghost()", (), "returned")
    assert [s.state for s in span.stretches] == ["running", "waiting", "ready", "running"]
