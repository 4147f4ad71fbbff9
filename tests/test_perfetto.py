"""Traces: what viewers show of them, read event by event as the format and Perfetto have it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from random_programs import Do, World, play, programs
from samples import (
    blocked_loop,
    brew,
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

from asyncdemo.perfetto import to_perfetto
from asyncdemo.timeline import Blocked, Timeline


def seen(shown: Timeline) -> Viewer:
    """What a viewer shows of a timeline's trace, in which nothing may be wrong."""
    viewer = view(to_perfetto(shown))
    assert viewer.faults == []
    return viewer


EMPTY = timeline()


@pytest.mark.parametrize(
    "shown",
    [
        three_drinks(), staircase(), every_outcome(), blocked_loop(), many(300), EMPTY,
        three_drinks().only("brew"), every_outcome().only("radio", "drip"),
        replace(three_drinks(), cut=0.5),
    ],
)  # fmt: skip
def test_every_event_is_as_the_format_has_it(shown: Timeline) -> None:
    viewer = seen(shown)

    slices = [found.name for track in viewer.tracks.values() for found in track]
    assert all(any(name.startswith(s.label) for name in slices) for s in shown.spans)


@given(programs)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_a_program_does_its_slices_nest_and_its_states_fill_them(
    program: tuple[Do, ...],
) -> None:
    async def scene() -> None:
        await play(World(), program)

    shown = recorded(scene)
    viewer = seen(shown)

    spans = [s for track in viewer.tracks.values() for s in track if "outcome" in s.args]
    assert len(spans) == len(shown.spans)
    for number, track in viewer.tracks.items():
        if viewer.names[number] == "recording":
            continue
        # Tips: whatever is drawn at the end of a branch is a state, and no state lies in one.
        tips = [a for a, b in zip(track, [*track[1:], None], strict=True) if is_tip(a, b)]
        assert all("state" in tip.args for tip in tips if tip.start < tip.end)
        assert len(tips) == sum("state" in s.args or s.start == s.end for s in track)
        covered = sum(tip.end - tip.start for tip in tips)
        assert covered == max(s.end for s in track) - min(s.start for s in track)


def is_tip(one: Any, following: Any) -> bool:
    return following is None or following.depth <= one.depth


def test_a_call_and_those_it_awaits_share_a_track() -> None:
    viewer = seen(staircase())

    assert viewer.in_order == ["cell", "recording"]
    assert viewer.told("cell")[:6] == [
        "cell 0–1304500",
        "  running 0–1000",
        "  await brew('tea', 0.6) 1000–1100",
        "  brew('tea', 0.6) 1100–601500",
        "    running 1100–1200",
        "    await asyncio.sleep(seconds) 1200–601200",
    ]


def test_a_track_for_each_task_in_the_order_of_a_picture() -> None:
    assert seen(three_drinks()).in_order == [
        "cell",
        "recording",
        "brew('tea', 1.0)",
        "brew('coffee', 0.3)",
        "brew('cocoa', 0.6)",
    ]
    assert seen(every_outcome()).in_order == [
        "cell",
        "recording",
        "brew('tea', 1.0)",
        "drip(3) · async generator",
        "burn('toast')",
        "grind('beans') · in another thread",
        "radio()",
    ]


def test_a_task_that_has_not_started_is_shown_before_its_call() -> None:
    assert seen(three_drinks()).told("brew('coffee', 0.3)") == [
        "not started 600–700",
        "brew('coffee', 0.3) 700–301100",
        "  running 700–800",
        "  await asyncio.sleep(seconds) 800–300800",
        "  ready 300800–301000",
        "  running 301000–301100",
    ]


def test_how_a_call_ended_can_be_read_without_opening_it() -> None:
    names = {found.name for track in seen(every_outcome()).tracks.values() for found in track}

    assert "brew('tea', 1.0) ⊘ cancelled" in names
    assert "burn('toast') ✗ raised ValueError" in names
    assert "drip(3) ■ closed" in names
    assert "grind('beans')" in names
    assert "radio() … unfinished" in names


def test_a_call_tells_where_it_comes_from_and_what_came_of_it() -> None:
    tea = replace(brew(1, "tea", 1.0, start=0.5), task_name="first")
    cell = span(0, "cell", [("running", 0.6), ("waiting", 1.0, "await tea")], kind="caller")
    viewer = seen(timeline(cell, tea))

    (call,) = [s for s in viewer.track("brew('tea', 1.0) · first") if "outcome" in s.args]
    assert call.args == {
        "outcome": "returned",
        "result": "'tea'",
        "file": "cafe.py",
        "line": 3,
        "created": "0.500000 s",
        "created by": "cell",
        "at line": 9,
        "task": "first",
    }


def test_only_what_is_known_is_told() -> None:
    cell = replace(span(0, "cell", [("running", 1.0)], result=""), file="", parent_line=0)

    args = seen(timeline(cell)).track("cell")[0].args
    assert args == {"outcome": "returned", "line": 3}


def test_when_a_call_was_created_is_told_where_it_began_to_run_later() -> None:
    early = replace(span(1, "early()", [("running", 1.0)], start=0.5), created=0.1 + 0.2)
    at_once = span(2, "at_once()", [("running", 1.0)], start=0.5)

    viewer = seen(timeline(early, at_once))
    assert viewer.track("early()")[0].args["created"] == "0.300000 s"
    # speedscope takes calls for one that are named alike and tell the same.
    assert "created" not in viewer.track("at_once()")[0].args


def test_states_tell_the_await_and_who_woke_them() -> None:
    states = {s.name: s.args for s in seen(every_outcome()).track("radio()")}

    assert states["await song.get()"] == {"state": "waiting", "line": 7}
    assert states["ready"] == {"state": "ready", "woken by": "burn('toast')"}


async def drip(count: int) -> AsyncIterator[int]:
    for drop in range(count):
        await asyncio.sleep(0.1)
        yield drop


async def pour(drop: int) -> None:
    await asyncio.sleep(0.1)


def test_a_generator_has_a_track_for_its_consumer_goes_on_while_it_waits() -> None:
    async def consume() -> None:
        async for drop in drip(2):
            await pour(drop)

    viewer = seen(recorded(consume))

    generator = viewer.told("drip(2) · async generator")
    assert sum("yield drop" in line for line in generator) == 2
    (consumer,) = [name for name in viewer.in_order if "consume" in name or "test" in name][:1]
    assert any("pour(1)" in line for line in viewer.told(consumer))
    assert not any("pour" in line for line in generator)


def test_generators_that_take_turns_do_not_overlap() -> None:
    async def taste() -> None:
        async with contextlib.aclosing(drip(3)) as one, contextlib.aclosing(drip(2)) as other:
            for stream in (one, other, one, other):
                await anext(stream)  # type: ignore[call-overload]

    viewer = seen(recorded(taste))

    assert {"drip(3) · async generator", "drip(2) · async generator"} < {*viewer.names.values()}


def test_a_chain_of_awaits_too_deep_for_viewers_goes_on_on_another_track() -> None:
    async def climb(levels: int) -> None:
        await (climb(levels - 1) if levels else asyncio.sleep(0.1))

    viewer = seen(recorded(lambda: climb(600)))

    spans = [s for track in viewer.tracks.values() for s in track if "outcome" in s.args]
    assert len([s for s in spans if s.name.startswith("climb")]) == 601
    assert max(s.depth for s in spans) == 249
    assert sum(name.startswith("climb") for name in viewer.names.values()) == 2


def test_calls_of_one_parent_that_overlap_are_kept_apart() -> None:
    cell = span(0, "cell", [("running", 1.0)], kind="caller")
    one = span(1, "one()", [("running", 0.5)], start=0.1, parent=0)
    other = span(2, "other()", [("running", 0.5)], start=0.3, parent=0)
    late = span(3, "late()", [("running", 0.5)], start=0.8, parent=0)

    assert seen(timeline(cell, one, other, late)).in_order[2:] == ["other()", "late()"]


def test_a_call_in_another_thread_has_a_track_of_its_own() -> None:
    job = span(0, "grind()", [("running", 1.0)], is_task=True, kind="thread")
    inner = replace(span(1, "serve()", [("running", 0.5)], start=0.1, parent=0), thread=1)

    assert len(seen(timeline(job, inner)).in_order[1:]) == 2


def test_no_arrow_leads_back_in_time() -> None:
    cell = span(0, "cell", [("running", 1.0)], kind="caller")
    at_once = span(1, "at_once()", [("running", 1e-7)], parent=0, is_task=True)

    assert seen(timeline(cell, at_once)).arrows == []


def test_arrows_lead_from_who_created_a_task() -> None:
    async def main() -> None:
        await asyncio.gather(pour(1), pour(2))

    told = seen(recorded(main)).arrows_told()

    assert sum(line.startswith("created: ") for line in told) == 2
    assert any(line.endswith("running → pour(2), running") for line in told)


def test_arrows_lead_from_who_woke_a_call_to_where_it_goes_on() -> None:
    async def producer(queue: asyncio.Queue[int]) -> None:
        await asyncio.sleep(0.1)
        queue.put_nowait(1)
        await asyncio.sleep(0.1)

    async def worker(queue: asyncio.Queue[int]) -> None:
        await queue.get()

    async def main() -> None:
        queue: asyncio.Queue[int] = asyncio.Queue()
        await asyncio.gather(worker(queue), producer(queue))

    told = seen(recorded(main)).arrows_told()

    woken = [line for line in told if line.startswith("woken: producer")]
    assert woken[0] == "woken: producer(Queue(…)), running → worker(Queue(…)), running"


def test_an_arrow_from_a_caller_that_waits_for_its_loop_starts_where_it_last_ran() -> None:
    cell = span(0, "cell", [("running", 0.1), ("waiting", 1.1, "asyncio.run()")], kind="caller")
    job = replace(brew(1, "tea", 1.0, start=0.15), is_task=True)
    (arrow,) = seen(timeline(cell, job)).arrows

    assert (arrow[1].name, arrow[1].end) == ("running", 100_000)


def test_an_arrow_to_a_task_that_never_ran_leads_to_where_it_waited_for_its_start() -> None:
    cell = span(0, "cell", [("running", 1.0)], kind="caller")
    parts: list[Any] = [("not started", 0.5)]
    idle = span(
        1, "idle()", parts, start=0.1, parent=0, is_task=True, outcome="cancelled", result=""
    )
    viewer = seen(timeline(cell, idle))

    assert viewer.arrows_told() == ["created: cell, running → idle(), not started"]
    assert viewer.told("idle()") == [
        "not started 100000–600000",
        "idle() ⊘ cancelled 600000–600000",
    ]


def test_a_call_without_duration_is_a_mark() -> None:
    cell = span(0, "cell", [("running", 1.0)], kind="caller")
    short = span(1, "short()", [("running", 1e-9)], start=0.5, parent=0)
    events = json.loads(to_perfetto(timeline(cell, short)))["traceEvents"]

    assert [e["ph"] for e in events if e["name"] == "short()"] == ["i"]


def test_the_loop_blocked_is_a_track_above_the_tasks() -> None:
    viewer = seen(blocked_loop())

    assert viewer.in_order[2:4] == ["loop blocked", "brew('tea', 0.4)"]
    assert viewer.told("loop blocked") == ["line 12: time.sleep(0.5) in scrub 300000–800000"]
    assert viewer.track("loop blocked")[0].args["call"] == "scrub()"


def test_loops_of_two_threads_may_be_blocked_at_one_time() -> None:
    bands = [Blocked(start, start + 0.3, None, "", 0, "", "") for start in (0.2, 0.0, 0.3)]
    viewer = seen(replace(three_drinks(), blocked=tuple(bands)))

    assert viewer.in_order[2:4] == ["loop blocked", "loop blocked (2)"]
    assert len(viewer.track("loop blocked")) == 2


@pytest.mark.parametrize("sample", [three_drinks, staircase, every_outcome, blocked_loop])
def test_the_counter_of_calls_rises_to_the_most_in_flight(sample: Callable[[], Timeline]) -> None:
    shown = sample()
    counted = seen(shown).counters["in flight calls"]

    assert max(calls for _, calls in counted) == shown.max_in_flight
    assert counted[0][0] == 0 and counted[-1][1] == 0


def test_the_counter_of_code_running_is_full_while_the_loop_is_blocked() -> None:
    steps = seen(blocked_loop()).counters["code running per cent"]

    def at(moment: float) -> float:
        return [share for ts, share in steps if ts <= moment][-1]

    assert at(550_000) == 100
    assert at(150_000) == 0
    assert steps[-1][1] == 0


def test_the_caller_is_no_call_in_flight() -> None:
    cell = span(0, "cell", [("running", 1.0)], kind="caller")

    assert seen(timeline(cell)).counters["in flight calls"] == [(0, 0)]


def test_time_in_which_a_call_and_its_caller_run_counts_once() -> None:
    cell = span(0, "cell", [("running", 0.0025), ("waiting", 0.9975, "await brew()")])
    inner = span(1, "brew()", [("running", 0.0025), ("waiting", 0.5, "await tea")], parent=0)
    steps = seen(timeline(cell, inner)).counters["code running per cent"]

    assert steps == [(0, 50), (5000, 0)]


def test_worker_threads_keep_no_loop_busy() -> None:
    grind = span(0, "grind()", [("running", 1.0)], is_task=True, kind="thread")
    in_a_thread = replace(span(1, "serve()", [("running", 0.5)]), thread=2)

    counters = seen(timeline(grind, in_a_thread)).counters
    assert [name for name in counters if "running" in name] == ["code running in thread 2 per cent"]


def test_what_is_to_be_known_of_the_recording_is_told_below_the_caller() -> None:
    viewer = seen(replace(three_drinks(), blocked=blocked_loop().blocked))

    assert viewer.in_order[:3] == ["cell", "recording", "loop blocked"]
    assert viewer.told("recording") == [
        "1.0 s instead of 1.9 s · up to 3 in flight · loop blocked for 0.50 s 0–1001400"
    ]
    assert viewer.process == "asyncdemo"


def test_a_cut_and_what_a_loop_does_not_tell_can_be_read_without_opening_them() -> None:
    assert seen(replace(silent(), cut=0.5)).told("recording") == [
        "1.0 s · up to 2 in flight · recording cut at 0.50 s 0–1000000",
        "  This event loop does not tell when calls become ready or who wakes them: "
        "waiting includes ready. 0–1000000",
        "    recording cut 500000–1000000",
    ]


def test_the_text_is_the_same_for_the_same_timeline() -> None:
    shown = every_outcome()

    assert to_perfetto(shown) == to_perfetto(Timeline.from_json(shown.to_json()))


def test_characters_are_not_escaped() -> None:
    odd = replace(three_drinks().spans[1], label="brew('日本 \"tea\"')", parent=None)
    text = to_perfetto(timeline(odd))

    assert "\\u" not in text
    assert "brew('日本 \"tea\"')" in seen(timeline(odd)).in_order


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"ph": "Z"}, "no such phase"),
        ({"tid": "one"}, "tid is 'one'"),
        ({"dur": None}, "dur is None"),
        ({"dur": -1.0}, "a negative time"),
        ({"dur": 0.3}, "no eighth of a microsecond"),
        ({"dur": 9e9}, "ends after"),
        ({"cname": "mauve"}, "no such colour"),
        ({"colour": "red"}, "has colour"),
        ({"tid": 99}, "has no name"),
    ],
)
def test_what_is_wrong_with_an_event_is_seen(broken: dict[str, Any], fault: str) -> None:
    trace = json.loads(to_perfetto(staircase()))
    call = next(e for e in trace["traceEvents"] if e["name"] == "brew('tea', 0.6)")
    call |= broken

    assert any(fault in found for found in view(json.dumps(trace)).faults)


def test_an_arrow_that_leads_to_no_slice_is_seen() -> None:
    trace = json.loads(to_perfetto(three_drinks()))
    ends = [event for event in trace["traceEvents"] if event["ph"] == "f"]
    ends[-1]["tid"] = 99

    assert any("leads past None" in found for found in view(json.dumps(trace)).faults)
