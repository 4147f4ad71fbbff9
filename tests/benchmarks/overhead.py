"""How much slower a program runs while it is recorded, beside two other ways of watching it.

    python -m uv run python tests/benchmarks/overhead.py

Every round runs a program plainly and watched, one right after the other in this process, so
that both meet the same machine. What is printed is the median of the rounds' ratios. The
recorder's own work after the block is not part of it; nothing of the program waits for that.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator

from programs import PROGRAMS
from viztracer import VizTracer

from asyncdemo import record

ROUNDS = 9
LIMIT = 10_000_000
# What the project allows itself.
ALLOWED = {"steps": 2.0, "nested": 3.5, "http": 1.15}
ALLOWED_BYTES = 40
EVENTS = ("PY_START", "PY_RESUME", "PY_YIELD", "PY_RETURN", "PY_UNWIND", "PY_THROW")

type Watch = Callable[[], contextlib.AbstractContextManager[object]]


@contextlib.contextmanager
def recorded() -> Iterator[None]:
    """Asyncdemo's recorder, left without working out a timeline."""
    recording = record(limit=LIMIT)
    recording.__enter__()
    try:
        yield
    finally:
        recording._session.leave(recording._code)


@contextlib.contextmanager
def empty_callbacks() -> Iterator[None]:
    """Callbacks of `sys.monitoring` that do nothing, for everything that coroutines do."""

    def callback(code: object, *_: object) -> object:
        return None if code.co_flags & 0x280 else sys.monitoring.DISABLE  # type: ignore[attr-defined]

    def of_exception(code: object, *_: object) -> object:
        return None

    monitoring, slot = sys.monitoring, 4
    monitoring.use_tool_id(slot, "empty callbacks")
    for name in EVENTS:
        never_quiet = name in ("PY_UNWIND", "PY_THROW")
        made = of_exception if never_quiet else callback
        monitoring.register_callback(slot, getattr(monitoring.events, name), made)
    monitoring.restart_events()
    monitoring.set_events(slot, sum(getattr(monitoring.events, name) for name in EVENTS))
    try:
        yield
    finally:
        monitoring.set_events(slot, 0)
        monitoring.free_tool_id(slot)


@contextlib.contextmanager
def viztracer() -> Iterator[None]:
    """VizTracer with its awareness of asyncio's tasks."""
    tracer = VizTracer(log_async=True, verbose=0, tracer_entries=LIMIT)
    tracer.start()
    try:
        yield
    finally:
        tracer.stop()
        tracer.clear()


WATCHES: dict[str, Watch] = {
    "asyncdemo": recorded,
    "empty callbacks": empty_callbacks,
    "VizTracer": viztracer,
}


def seconds(program: Callable[[], object], watch: Watch = contextlib.nullcontext) -> float:
    """How long one run takes."""
    gc.collect()
    with watch():
        start = time.perf_counter()
        asyncio.run(program())  # type: ignore[arg-type]
        return time.perf_counter() - start


def ratio(program: Callable[[], object], watch: Watch) -> float:
    """How many times as long a program takes when it is watched."""
    pairs = [(seconds(program), seconds(program, watch)) for _ in range(ROUNDS)]
    return statistics.median(watched / plain for plain, watched in pairs)


def bytes_per_event(program: Callable[[], object]) -> float:
    """The most memory that the recorder's log takes, for each event in it."""

    def peak(watch: Watch) -> int:
        gc.collect()
        tracemalloc.start()
        with watch():
            asyncio.run(program())  # type: ignore[arg-type]
            _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    recording = record(limit=LIMIT)

    @contextlib.contextmanager
    def counted() -> Iterator[None]:
        recording.__enter__()
        try:
            yield
        finally:
            recording._session.leave(recording._code)

    more = peak(counted) - peak(contextlib.nullcontext)
    logs = [observer.log for observer, _ in recording._session._threads.values()]
    return more / sum(1 for log in logs for _ in log.read())


def main() -> None:
    """Measures and prints a table; the exit code says whether the project keeps its word."""
    print(f"Times as long as the plain run, median of {ROUNDS} pairs, {sys.version.split()[0]}\n")
    print(f"{'':10}" + "".join(f"{name:>17}" for name in [*WATCHES, "allowed", "bytes/event"]))
    kept = True
    for name, program in PROGRAMS.items():
        ratios = {kind: ratio(program, watch) for kind, watch in WATCHES.items()}
        size = bytes_per_event(program)
        cells = [*(f"{value:.2f}" for value in ratios.values()), f"{ALLOWED[name]:.2f}"]
        print(f"{name:10}" + "".join(f"{cell:>17}" for cell in [*cells, f"{size:.1f}"]))
        kept = kept and ratios["asyncdemo"] <= ALLOWED[name] and size <= ALLOWED_BYTES
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()
