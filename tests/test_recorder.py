"""`record()` in real time: threads, blocked loops, faults, limits, and what it leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from scenes import told

from asyncdemo import Timeline, record
from asyncdemo.recording import callbacks
from asyncdemo.recording.monitoring import SLOTS


async def brew(drink: str, seconds: float) -> str:
    await asyncio.sleep(seconds)
    return drink


async def scrub(seconds: float) -> None:
    await asyncio.sleep(0.01)
    time.sleep(seconds)


def monitoring_state() -> list[object]:
    """All that a recording may have changed in the interpreter."""
    tools = [sys.monitoring.get_tool(slot) for slot in range(6)]
    used = [
        sys.monitoring.get_events(slot)
        for slot in range(6)
        if sys.monitoring.get_tool(slot) is not None
    ]
    return [tools, used, threading.enumerate()]


@pytest.fixture(autouse=True)
def leaves_the_interpreter_as_it_was() -> Iterator[None]:
    before = monitoring_state()
    yield
    assert monitoring_state() == before


def test_a_script_waits_at_asyncio_run_for_its_main() -> None:
    with record() as timeline:
        asyncio.run(brew("tea", 0.01))

    assert told(timeline) == [
        "test_a_script_waits_at_asyncio_run_for_its_main(): running · waiting "
        "asyncio.run(brew(\"tea\", 0.01)) · ready by brew('tea', 0.01) · running → returned",
        "└─ task brew('tea', 0.01): not started · running · waiting await "
        "asyncio.sleep(seconds) · ready · running → returned 'tea'",
    ]
    assert timeline.max_in_flight == 1


def test_a_sync_block_in_which_nothing_runs() -> None:
    with record() as timeline:
        brew("tea", 1).close()

    assert told(timeline) == ["test_a_sync_block_in_which_nothing_runs(): running → returned"]


def test_jobs_in_worker_threads_are_spans_that_wake_their_callers() -> None:
    def grind(beans: int) -> int:
        # Far enough apart that the one that ends last is also the last to be heard of.
        time.sleep(0.1 * beans)
        return beans * 2

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            await asyncio.gather(asyncio.to_thread(grind, 1), loop.run_in_executor(pool, grind, 2))

    with record() as timeline:
        asyncio.run(serve())

    jobs = timeline.named("grind")
    assert sorted(job.label for job in jobs) == ["grind(1)", "grind(2)"]
    assert {(job.kind, job.outcome, job.parent_line > 0) for job in jobs} <= {
        ("thread", "returned", True),
        ("thread", "returned", False),
    }
    assert sorted(job.result for job in jobs) == ["2", "4"]
    assert all(job.thread > 0 and timeline.span(job.parent or 0).name == "serve" for job in jobs)
    assert all(job.line == grind.__code__.co_firstlineno for job in jobs)
    last = max(jobs, key=lambda job: job.end)
    woken = timeline.named("serve")[0].stretches[-2]
    assert (woken.state, woken.woken_by) == ("ready", last.id)


def test_a_job_that_a_gathered_coroutine_of_the_library_gives_has_its_parent() -> None:
    async def brew_and_grind() -> None:
        await asyncio.gather(brew("tea", 0.01), asyncio.to_thread(time.sleep, 0.02))

    with record() as timeline:
        asyncio.run(brew_and_grind())

    (job,) = timeline.named("sleep")
    parent = timeline.parent(job)
    assert parent is not None
    assert parent.name.endswith("brew_and_grind")


def test_the_time_of_a_job_in_a_thread_is_not_its_waiters_too() -> None:
    async def grind(seconds: float) -> None:
        await asyncio.to_thread(time.sleep, seconds)

    async def grind_twice() -> None:
        await asyncio.gather(grind(0.1), grind(0.1))

    with record() as timeline:
        asyncio.run(grind_twice())

    jobs = timeline.named("sleep")
    assert timeline.one_after_another < 1.5 * sum(job.duration for job in jobs)


def test_a_failing_job_in_a_thread_names_its_exception() -> None:
    def jam() -> None:
        raise OSError("paper jam")

    async def serve() -> None:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(jam)

    with record() as timeline:
        asyncio.run(serve())

    (job,) = timeline.named("jam")
    assert (job.outcome, job.result) == ("raised", "OSError")


def test_several_loops_in_several_threads_do_not_mix() -> None:
    def run(drink: str) -> None:
        asyncio.run(brew(drink, 0.02))

    with record() as timeline:
        threads = [threading.Thread(target=run, args=(drink,)) for drink in ("tea", "cocoa")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    spans = timeline.named("brew")
    assert sorted(span.result for span in spans) == ["'cocoa'", "'tea'"]
    assert sorted(span.thread for span in spans) == [1, 2]
    assert all(
        [s.state for s in span.stretches]
        == ["not started", "running", "waiting", "ready", "running"]
        for span in spans
    )


def test_a_blocked_loop_names_the_line_that_blocked() -> None:
    async def serve() -> None:
        await asyncio.gather(scrub(0.3), brew("tea", 0.05))

    with record() as timeline:
        asyncio.run(serve())

    (blocked,) = (b for b in timeline.blocked if "scrub" in b.function)
    assert blocked.source.startswith("time.sleep(seconds)")
    assert blocked.line == scrub.__code__.co_firstlineno + 2
    assert blocked.file == __file__
    assert timeline.span(blocked.span or 0).name == "scrub"
    assert blocked.duration > 0.29
    # The tea was due long before the loop had time for it.
    (tea,) = timeline.named("brew")
    ready = tea.stretches[-2]
    assert (ready.state, ready.woken_by) == ("ready", None)
    assert ready.start < blocked.start + 0.15
    assert ready.end >= blocked.end


def test_a_callback_that_blocks_is_seen_without_a_span() -> None:
    def stall() -> None:
        time.sleep(0.2)

    async def serve() -> None:
        asyncio.get_running_loop().call_soon(stall)
        await asyncio.sleep(0.01)

    with record() as timeline:
        asyncio.run(serve())

    (blocked,) = (b for b in timeline.blocked if b.function == "stall")
    assert blocked.span is None


def test_what_runs_outside_a_loop_blocks_no_loop() -> None:
    with record() as timeline:
        time.sleep(0.15)

    assert timeline.blocked == ()


def test_nested_and_repeated_recordings_each_see_their_own_part() -> None:
    with record() as outer:
        asyncio.run(brew("first", 0))
        with record() as inner:
            asyncio.run(brew("second", 0))
        asyncio.run(brew("third", 0))
    with record() as later:
        asyncio.run(brew("fourth", 0))

    assert [s.result for s in outer.named("brew")] == ["'first'", "'second'", "'third'"]
    assert [s.result for s in inner.named("brew")] == ["'second'"]
    assert [s.result for s in later.named("brew")] == ["'fourth'"]


def test_a_recording_within_a_recording_may_ask_for_more() -> None:
    with record() as outer:
        with record(include=("asyncio",)) as inner:
            asyncio.run(brew("tea", 0))
    assert {s.name for s in inner.spans} > {s.name for s in outer.spans} - {inner.spans[0].name}
    assert not outer.named("sleep")
    assert inner.named("sleep")


def test_a_task_that_was_under_way_before_is_shown_from_the_start() -> None:
    async def serve() -> Timeline:
        task = asyncio.create_task(brew("tea", 0.03))
        await asyncio.sleep(0)
        with record() as timeline:
            await task
        return timeline

    timeline = asyncio.run(serve())

    assert told(timeline) == [
        "serve(): running · waiting await task · ready by brew(…) · running → returned",
        "task brew(…): waiting await asyncio.sleep(seconds) · ready · running → returned 'tea'",
    ]
    assert timeline.named("brew")[0].start == 0.0


@pytest.mark.parametrize(
    ("error", "outcome", "result"),
    [
        (ValueError, "raised", "ValueError"),
        (KeyboardInterrupt, "raised", "KeyboardInterrupt"),
        (asyncio.CancelledError, "cancelled", "CancelledError"),
    ],
)
def test_an_exception_that_leaves_the_block_is_told(
    error: type[BaseException], outcome: str, result: str
) -> None:
    with pytest.raises(error), record() as timeline:
        asyncio.run(brew("tea", 0))
        raise error
    caller = timeline.spans[0]
    assert (caller.outcome, caller.result) == (outcome, result)
    assert timeline.named("brew")[0].outcome == "returned"


@pytest.mark.skipif(sys.platform == "win32", reason="signal.raise_signal interrupts no wait there")
def test_ctrl_c_in_the_block_leaves_a_sound_timeline() -> None:
    def interrupt() -> None:
        time.sleep(0.05)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    presser = threading.Thread(target=interrupt)
    with pytest.raises(KeyboardInterrupt), record() as timeline:
        presser.start()
        asyncio.run(brew("tea", 10))
    presser.join()
    assert timeline.named("brew")[0].outcome == "cancelled"
    assert timeline.spans[0].result == "KeyboardInterrupt"


def test_no_object_of_the_program_is_kept_alive() -> None:
    class Cup:
        pass

    async def pour(cup: Cup, *more: Cup, spare: Cup) -> Cup:
        await asyncio.sleep(0)
        return cup

    async def serve() -> None:
        cup = Cup()
        task = asyncio.create_task(pour(cup, cup, spare=cup))
        await task
        dead.append(weakref.ref(cup))
        dead.append(weakref.ref(task))

    dead: list[weakref.ref[object]] = []
    gc.disable()
    try:
        with record() as timeline:
            asyncio.run(serve())
            assert [reference() for reference in dead] == [None, None]
    finally:
        gc.enable()
    assert timeline.named("pour")[0].label == "pour(Cup(…), Cup(…), spare=Cup(…))"
    assert timeline.named("pour")[0].result == "Cup(…)"


def test_a_slot_that_another_tool_holds_is_named() -> None:
    for slot, name in zip(SLOTS, ("tracer", "spy"), strict=True):
        sys.monitoring.use_tool_id(slot, name)
    try:
        with pytest.raises(RuntimeError, match=r"slot 3 is held by 'tracer'.*slot 4.*'spy'"):
            record().__enter__()
    finally:
        for slot in SLOTS:
            sys.monitoring.free_tool_id(slot)


def test_another_slot_is_taken_when_one_is_held() -> None:
    sys.monitoring.use_tool_id(SLOTS[0], "tracer")
    try:
        with record() as timeline:
            asyncio.run(brew("tea", 0))
    finally:
        sys.monitoring.free_tool_id(SLOTS[0])
    assert timeline.named("brew")


def test_beyond_its_limit_recording_stops_and_says_so() -> None:
    async def serve() -> None:
        for _ in range(20):
            await brew("tea", 0)

    with pytest.warns(RuntimeWarning, match="limit of 100 events"), record(limit=100) as timeline:
        asyncio.run(serve())

    assert timeline.cut == timeline.duration
    whole = [span for span in timeline.named("brew") if span.outcome == "returned"]
    assert 5 < len(whole) < 20
    assert timeline.spans[0].outcome == "unfinished"


def test_a_fault_of_the_recorder_never_reaches_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(handle: object) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(callbacks, "done_future", fail)
    with pytest.warns(RuntimeWarning, match="fault of its own: ZeroDivisionError"):
        with record() as timeline:
            result = asyncio.run(brew("tea", 0.01))
    assert result == "tea"
    assert timeline.cut is not None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"include": "aiohttp"}, "a tuple of names is needed"),
        ({"include": ("no_such_package",)}, "no package or module named 'no_such_package'"),
        ({"limit": 0}, "at least one event"),
    ],
)
def test_bad_options_are_told_in_one_line(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(**options)  # type: ignore[arg-type]


def test_a_second_clock_is_refused() -> None:
    with record():
        with pytest.raises(ValueError, match="another clock"):
            record(clock=time.monotonic).__enter__()


def test_reading_a_timeline_too_early_says_why() -> None:
    with record() as timeline:
        with pytest.raises(RuntimeError, match="still being recorded"):
            _ = timeline.spans


def test_it_works_through_an_exit_stack() -> None:
    with contextlib.ExitStack() as stack:
        timeline = stack.enter_context(record())
        asyncio.run(brew("tea", 0))
    assert timeline.spans[0].label == "test_it_works_through_an_exit_stack()"
    assert timeline.named("brew")


def test_a_script_is_called_by_its_file_name(tmp_path: Path) -> None:
    script = tmp_path / "cafe.py"
    script.write_text(
        "import asyncio\n"
        "from asyncdemo import record\n"
        "async def brew(): await asyncio.sleep(0.01)\n"
        "with record() as timeline:\n"
        "    asyncio.run(brew())\n"
        "print([span.label for span in timeline.spans])\n"
    )
    result = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True
    )
    assert result.stdout == "['cafe.py', 'brew()']\n"
    assert result.stderr == ""


# A thread of the program's own runs each, as anyio.to_interpreter and InterpreterPoolExecutor do.
OTHER_INTERPRETERS = """
import threading
from asyncdemo import record

try:
    import _interpreters as interpreters
    run = interpreters.exec
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string

def job():
    other = interpreters.create()
    run(other, "import json, pickle")
    interpreters.destroy(other)

for _ in range(10):
    with record():
        thread = threading.Thread(target=job)
        thread.start()
        thread.join()
"""


def test_other_interpreters_run_on_while_a_thread_waits_for_them() -> None:
    # In a process of its own, because looking into another interpreter's frames ends it.
    ended = subprocess.run(
        [sys.executable, "-c", OTHER_INTERPRETERS], capture_output=True, check=False, text=True
    )
    assert (ended.returncode, ended.stderr) == (0, "")
