"""A timeline is drawn while it is recorded, by the loop; the program does not notice."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import looptime
import pytest
import samples
from laws import states_tile
from random_programs import Do, World, play
from test_recorder_faithful import played

import asyncdemo.live
from asyncdemo import record, selection
from asyncdemo.live import MOST_EVENTS
from asyncdemo.live.sketch import sketch
from asyncdemo.live.terminal import Terminal
from asyncdemo.timeline import Timeline


class Shots:
    """A screen that keeps what is drawn."""

    def __init__(self) -> None:
        self.drawn: list[tuple[float, Timeline]] = []
        self.closed: list[Timeline] = []

    def draw(self, timeline: Timeline) -> None:
        self.drawn.append((time.perf_counter(), timeline))

    def close(self, timeline: Timeline) -> None:
        self.closed.append(timeline)


@pytest.fixture
def shots(monkeypatch: pytest.MonkeyPatch) -> Shots:
    """Where live pictures go in this test."""
    screen = Shots()
    monkeypatch.setattr(asyncdemo.live, "_screen_here", lambda: screen)
    return screen


async def brew(drink: str, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return drink


def test_a_timeline_is_drawn_as_it_grows(shots: Shots) -> None:
    async def main() -> None:
        while len(shots.drawn) < 3:
            await brew("tea", 0.1)

    with record(live=True) as timeline:
        asyncio.run(main())

    drawn = [snapshot for _, snapshot in shots.drawn]
    assert len(drawn) >= 2
    durations = [snapshot.duration for snapshot in drawn]
    assert durations == sorted(durations)
    assert {s.outcome for s in drawn[0].spans if s.name in ("main", "test")} <= {"unfinished"}
    assert all(states_tile(span) for snapshot in drawn for span in snapshot.spans)
    assert shots.closed == [timeline]
    assert {span.outcome for span in timeline.named("brew")} == {"returned"}


def test_a_block_inside_a_running_loop_is_drawn_too(shots: Shots) -> None:
    async def cell() -> None:
        with record(live=True):
            await brew("tea", 0.3)

    asyncio.run(cell())

    first = shots.drawn[0][1]
    assert (first.spans[0].kind, first.spans[0].outcome) == ("caller", "unfinished")


def test_while_the_loop_is_blocked_nothing_is_drawn(shots: Shots) -> None:
    blocked: list[float] = []

    async def main() -> None:
        await asyncio.sleep(0.1)
        blocked.append(time.perf_counter())
        time.sleep(0.6)
        blocked.append(time.perf_counter())
        await asyncio.sleep(0.3)

    with record(live=True):
        asyncio.run(main())

    start, end = blocked
    times = [at for at, _ in shots.drawn]
    assert any(at < start for at in times)
    assert not any(start < at < end for at in times)
    assert any(at > end for at in times)


def test_under_a_loop_without_landmarks_it_is_drawn_too(shots: Shots) -> None:
    uvloop = pytest.importorskip("uvloop")

    with record(live=True):
        uvloop.run(brew("tea", 0.4))

    assert shots.drawn[0][1].named("brew")[0].outcome == "unfinished"


# No two of their timers are due at the same time: which is first then, no loop promises.
PROGRAMS: tuple[tuple[Do, ...], ...] = (
    (Do("gather", 0.0, ((Do("sleep", 0.31), Do("put", 0.52)), (Do("fail", 0.77),))),),
    (Do("cancel", 0.43, ((Do("sleep", 1.1), Do("log")), (Do("swallow", 0.91),))), Do("sleep", 0.3)),
    (Do("shield", 0.33, ((Do("sleep", 0.71),),)), Do("iterate", 0.11, ((Do("sleep", 0.4),),))),
    (Do("group", 0.0, ((Do("sleep", 0.61),), (Do("lock", 0.2), Do("sleep", 0.17)))),),
)


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_does_not_notice(program: tuple[Do, ...], shots: Shots) -> None:
    result, world = played(program)
    loop = looptime.new_event_loop()
    drawn_world = World()

    async def scene() -> Any:
        with record(live=True, clock=loop.time):
            return await play(drawn_world, program)

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        drawn_result = runner.run(scene())

    assert drawn_result == result
    assert drawn_world.effects == world.effects
    assert len(shots.drawn) >= 2
    assert all(states_tile(span) for _, snapshot in shots.drawn for span in snapshot.spans)


def test_a_screen_that_fails_is_one_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Shots):
        def draw(self, timeline: Timeline) -> None:
            raise OSError("the terminal is gone")

    monkeypatch.setattr(asyncdemo.live, "_screen_here", Broken)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with record(live=True) as timeline:
            assert asyncio.run(brew("tea", 0.6)) == "tea"

    told = [str(warning.message) for warning in caught]
    assert told == ["no more live pictures (OSError: the terminal is gone)"]
    assert timeline.named("brew")[0].outcome == "returned"


def test_where_nobody_would_see_it_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    with record(live=True) as timeline:
        asyncio.run(brew("tea", 0.3))

    assert capsys.readouterr() == ("", "")
    assert timeline.named("brew")


def test_what_was_recorded_so_far_can_be_asked_for() -> None:
    recording = record()
    with pytest.raises(RuntimeError, match="nothing is recorded before the block"):
        recording.so_far()

    async def main() -> Timeline:
        brewing = asyncio.create_task(brew("tea", 60))
        await brew("milk", 0.01)
        found = recording.so_far()
        brewing.cancel()
        return found

    with recording:
        timeline = asyncio.run(main())

    tea, milk = sorted(timeline.named("brew"), key=lambda span: span.outcome, reverse=True)
    assert (tea.outcome, milk.outcome) == ("unfinished", "returned")
    assert timeline.named("main")[0].stretches[-1].state == "running"
    assert timeline.cut is None


def test_of_a_long_run_only_the_last_events_are_read(shots: Shots) -> None:
    loop = looptime.new_event_loop()

    async def scene() -> Timeline:
        with record(live=True, clock=loop.time) as timeline:
            for _ in range(40):
                await asyncio.gather(*(brew("tea", 0.9) for _ in range(100)))
        return timeline

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        whole = runner.run(scene())

    assert len(whole.named("brew")) == 4_000
    # Each of these calls writes five events or more.
    shown = [len(snapshot.named("brew")) for _, snapshot in shots.drawn]
    assert max(shown) <= MOST_EVENTS // 5 + 100
    assert shown[-1] >= 100


def test_the_calls_in_flight_are_kept_before_those_that_ended() -> None:
    early = [samples.brew(n, f"early {n}", 0.1, start=0.1 * n) for n in range(1, 9)]
    going = replace(samples.brew(9, "going", 0.5), outcome="unfinished", result="")
    caller = samples.span(0, "cell", [("waiting", 1.5, "await all()")], kind="caller")
    few = selection.latest(samples.timeline(caller, *early, going), 4)

    labels = [span.label for span in few.spans]
    assert labels == ["cell", "brew('early 7', 0.1)", "brew('early 8', 0.1)", "brew('going', 0.5)"]
    assert selection.latest(few, 4) is few


def test_a_sketch_is_well_formed_and_says_what_is_what() -> None:
    from base64 import b64decode

    timeline = samples.three_drinks()
    found = re.search(r"base64,([^\"]+)", sketch(timeline))
    assert found
    root = ET.fromstring(b64decode(found[1]))
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]

    assert {span.label for span in timeline.spans} <= {*texts}
    assert {"running", "waiting", "ready", "not started"} <= {*texts}
    width = float(root.get("width", 0))
    bars = [element for element in root.iter() if element.tag.endswith("rect")]
    assert all(float(bar.get("x", 0)) + float(bar.get("width", 0)) <= width for bar in bars)


@pytest.fixture
def terminal() -> Iterator[tuple[Any, list[bytes]]]:
    """A terminal of 20 lines, and what was written into it."""
    if os.name == "nt":
        pytest.skip("there are no such terminals")
    import pty
    import termios

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (20, 100))
    written: list[bytes] = []

    def read() -> None:
        try:
            while data := os.read(ours, 65536):
                written.append(data)
        except OSError:
            pass

    reader = threading.Thread(target=read)
    reader.start()
    with os.fdopen(theirs, "w") as stream:
        yield stream, written
    reader.join()
    os.close(ours)


def test_in_a_terminal_no_more_is_drawn_than_fits(
    terminal: tuple[Any, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, written = terminal
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Terminal(stream)
    timeline = samples.many(100)
    screen.draw(timeline)
    screen.draw(timeline)
    screen.close(timeline)
    stream.flush()
    time.sleep(0.05)

    frame = b"".join(written).decode().split("\x1b[2K")[0]
    assert 5 < frame.count("\n") <= 20
