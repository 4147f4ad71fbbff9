"""The reusable coroutines of the lessons."""

from __future__ import annotations

import pytest
from scenes import recorded, told

from asyncdemo import jobs


def test_brew_waits() -> None:
    async def serve() -> None:
        await jobs.brew("tea", 2.0)

    timeline = recorded(serve)
    assert told(timeline)[2] == (
        "   └─ brew('tea', 2.0): running · waiting await asyncio.sleep(seconds) · ready · running "
        "→ returned 'tea'"
    )
    assert timeline.named("brew")[0].duration == pytest.approx(2.0, abs=1e-3)


def test_spill_fails_after_its_wait() -> None:
    async def serve() -> None:
        with pytest.raises(jobs.Spilled, match="tea"):
            await jobs.spill("tea", 1.0)

    (span,) = recorded(serve).named("spill")
    assert (span.outcome, span.result) == ("raised", "Spilled")
    assert span.duration == pytest.approx(1.0, abs=1e-3)


def test_scrub_never_waits() -> None:
    async def serve() -> None:
        await jobs.scrub("cup", 0.01)

    (span,) = recorded(serve).named("scrub")
    assert (span.awaits, span.result) == ((), "'cup'")


def test_pour_streams() -> None:
    cups: list[str] = []

    async def serve() -> None:
        cups.extend([cup async for cup in jobs.pour("tea", 2, 0.5)])

    (span,) = recorded(serve).named("pour")
    assert cups == ["tea 1", "tea 2"]
    assert span.awaits == (
        "await asyncio.sleep(seconds)",
        'yield f"{drink} {number}"',
        "await asyncio.sleep(seconds)",
        'yield f"{drink} {number}"',
    )
    assert span.kind == "async generator"


def test_grind_computes() -> None:
    assert jobs.grind(2) == sum(range(500_000))
