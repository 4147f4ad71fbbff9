"""What it costs to work out, measure, show and save a timeline, as the run grows.

    python -m uv run python tests/benchmarks/drawing.py [--most 65536] [SHAPE]...

Each run has four times the spans (or waits, or wakes) of the one before. What is printed is the
processor's time for each span, in microseconds for the smallest run and as a ratio to that for
the others: where the cost grows no faster than the spans, no ratio grows with them. Every run is
measured in a process of its own, and every cost on a timeline that has worked out nothing yet;
the last column is the most memory that the process took.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import gc
import math
import resource
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from matplotlib.figure import Figure
from shapes import SHAPES, Clock

from asyncdemo import compare, record
from asyncdemo.alt_text import alt_text
from asyncdemo.perfetto import to_perfetto
from asyncdemo.plot import plot, to_png, to_vector
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

FEWEST, TIMES, MOST = 1024, 4, 65536
LIMIT = 100_000_000
# Small runs are measured several times, for what is short is easily disturbed.
ROUNDS, MANY = 3, 10_000
# A cost that grows with the square of the spans is far beyond it: ×64 in the largest run.
ALLOWED = 3.0


def measures(timeline: Timeline) -> None:
    """Everything that a timeline works out about itself."""
    timeline.max_in_flight, timeline.speedup, timeline.wakes, timeline.rows  # noqa: B018


COSTS: dict[str, Callable[[Timeline], object]] = {
    "measures": measures,
    "PNG": to_png,
    "wakes": lambda timeline: to_png(compare(timeline, wakes=True)),
    "axes": lambda timeline: plot(timeline, ax=Figure(figsize=(9, 6)).add_subplot()),
    "SVG": lambda timeline: to_vector(timeline, "svg"),
    "text": to_text,
    "full text": lambda timeline: to_text(timeline, full=True),
    "alt text": alt_text,
    "notebook": lambda timeline: timeline._repr_mimebundle_(),
    "to JSON": Timeline.to_json,
    "from JSON": lambda timeline: Timeline.from_json(TEXTS[id(timeline)]),
    "Perfetto": to_perfetto,
}
# What is read is written before the time is taken.
TEXTS: dict[int, str] = {}


def recorded(shape: str, size: int) -> tuple[Timeline, float]:
    """A timeline of that shape and size, and the seconds that working it out took."""
    clock = Clock()
    sys.setrecursionlimit(10_000)
    with record(limit=LIMIT, clock=clock) as timeline:
        asyncio.run(SHAPES[shape](size, clock))
        ended = time.process_time()
    return timeline, time.process_time() - ended


def seconds(cost: str, timeline: Timeline) -> float:
    """How long it takes, on a timeline that has worked out nothing yet."""
    fresh = dataclasses.replace(timeline)
    if cost == "from JSON":
        TEXTS[id(fresh)] = fresh.to_json()
    gc.collect()
    start = time.process_time()
    COSTS[cost](fresh)
    took = time.process_time() - start
    TEXTS.clear()
    return took


def measured(shape: str, size: int) -> dict[str, float]:
    """What one run costs, in seconds, and the most memory in MB."""
    # What is imported and looked up once belongs to no run.
    small, _ = recorded("tasks", 300)
    for cost in COSTS:
        seconds(cost, small)
    rounds = range(ROUNDS if size < MANY else 1)
    runs = [recorded(shape, size) for _ in rounds]
    found = {"assembly": min(took for _, took in runs)}
    timeline, _ = runs[0]
    found |= {cost: min(seconds(cost, timeline) for _ in rounds) for cost in COSTS}
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found | {"MB": most / (2**20 if sys.platform == "darwin" else 2**10)}


def in_its_own_process(shape: str, size: int) -> dict[str, float]:
    """The same, measured where no other run has left anything behind."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, shape, size).result()


def grows(shape: str, sizes: list[int]) -> bool:
    """Prints the costs of a shape; whether one of them grows faster than the spans."""
    columns = ["assembly", *COSTS]
    print(f"\n{shape}: {SHAPES[shape].__doc__}")
    print(f"{'':>8}" + "".join(f"{name:>10}" for name in [*columns, "MB"]), flush=True)
    first: dict[str, float] = {}
    worst = 1.0
    for size in sizes:
        each = in_its_own_process(shape, size)
        memory = each.pop("MB")
        each = {cost: took / size * 1e6 for cost, took in each.items()}
        if first:
            ratios = {cost: took / first[cost] for cost, took in each.items()}
            worst = max(ratios.values())
            said = [f"×{ratios[cost]:.2f}" for cost in columns]
        else:
            first = each
            said = [f"{each[cost]:.1f} µs" for cost in columns]
        print(
            f"{size:>8}" + "".join(f"{cell:>10}" for cell in [*said, f"{memory:.0f}"]), flush=True
        )
    return worst > ALLOWED


def main() -> None:
    """Measures and prints a table for each shape; the exit code says whether a cost grows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shapes", nargs="*", metavar="SHAPE", help=", ".join(SHAPES))
    parser.add_argument("--most", type=int, default=MOST, help="spans of the largest run")
    asked = parser.parse_args()
    unknown = {*asked.shapes} - {*SHAPES}
    if unknown:
        parser.error(f"no such shape: {', '.join(sorted(unknown))}")
    steps = int(math.log(max(asked.most / FEWEST, 1), TIMES) + 1e-9)
    sizes = [FEWEST * TIMES**n for n in range(steps + 1)]
    print(f"Microseconds for each span, and as a ratio to those; {sys.version.split()[0]}")
    print(
        f"A ratio above {ALLOWED:g} in the largest run is a cost that grows faster than the spans."
    )
    growing = [shape for shape in asked.shapes or SHAPES if grows(shape, sizes)]
    sys.exit(1 if growing else 0)


if __name__ == "__main__":
    main()
