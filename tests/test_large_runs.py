"""Runs of very many steps: what is drawn does not grow with them, and what is written is complete.

Nothing here takes the time; `benchmarks/drawing.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, SupportsIndex

import numpy as np
import pytest
import samples
from matplotlib.axes import Axes
from matplotlib.collections import Collection, LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.text import Annotation
from pictures import bars, draw, draw_one, said

from asyncdemo.assembly.drafts import Draft
from asyncdemo.assembly.threads import ThreadState
from asyncdemo.comparison import compare
from asyncdemo.perfetto import to_perfetto
from asyncdemo.picture import payload, style
from asyncdemo.picture.bars import HALF_BAR
from asyncdemo.picture.crowds import MOST_APART
from asyncdemo.picture.sheet import Sheet
from asyncdemo.plot import MOST_POINTS, to_vector
from asyncdemo.saving import save
from asyncdemo.selection import focused
from asyncdemo.text import MOST_ROWS, to_text
from asyncdemo.timeline import Blocked, Span, Timeline


class Counted(tuple[Any, ...]):
    """A tuple that counts how often one of its items is looked at."""

    __slots__ = ()
    looks: ClassVar[int] = 0

    def __iter__(self) -> Iterator[Any]:
        for n in range(len(self)):
            yield self[n]

    def __getitem__(self, at: SupportsIndex | slice) -> Any:
        Counted.looks += 1
        return super().__getitem__(at)


def steps(count: int, *, at: str = "await asyncio.sleep(0)", seconds: float = 1.0) -> Span:
    """A span that runs and waits so many times, and runs for a quarter of the time."""
    part = seconds / count
    parts: list[samples.Part] = [("running", part / 4), ("waiting", part * 3 / 4, at)] * count
    return samples.span(0, "work()", parts)


def points(ax: Axes) -> int:
    shapes = [path for shape in ax.findobj(Collection) for path in shape.get_paths()]
    return sum(np.size(path.vertices) // 2 for path in shapes)


def key(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def layer(ax: Axes, name: str) -> Any:
    """The outline of the only shape of that look."""
    (path,) = [
        path
        for shape in ax.findobj(PolyCollection)
        if shape.get_label() == name
        for path in shape.get_paths()
    ]
    return path.vertices


# -- steps of one span -----------------------------------------------------------------------------


def test_ten_times_the_steps_are_no_more_to_draw() -> None:
    few, many = (draw_one(samples.timeline(steps(count))) for count in (2_000, 20_000))
    assert len(few.get_children()) == len(many.get_children())
    assert points(many) <= points(few) * 1.1
    assert points(many) < 3_000


def test_rows_of_very_many_steps_are_no_more_to_draw() -> None:
    jobs = [replace(steps(200), id=n, label=f"work({n})") for n in range(MOST_ROWS)]
    assert points(draw_one(samples.timeline(*jobs))) < 300_000


def test_a_crowd_shows_the_share_of_the_time_that_it_ran() -> None:
    running = layer(draw_one(samples.timeline(steps(20_000))), "running")
    top, bottom = running[:, 1].min(), running[:, 1].max()
    assert bottom == pytest.approx(HALF_BAR)
    assert bottom - top == pytest.approx(2 * HALF_BAR / 4, rel=0.1)
    assert [running[:, 0].min(), running[:, 0].max()] == pytest.approx([0.0, 1.0])


def test_a_crowd_says_how_many_steps_it_stands_for() -> None:
    ax = draw_one(samples.timeline(steps(20_000)))
    assert said(ax, "awaited") == ["await asyncio.sleep(0) ×20,000"]
    assert said(ax, "ending") == ["✓ returned None · 20,000 waits"]
    assert key(ax) == ["running", "waiting", "shares of the time"]


def test_a_crowd_at_several_places_counts_them() -> None:
    one, two = steps(1_000, at="await a()"), steps(1_000, at="await b()")
    both = tuple(s for pair in zip(one.stretches, two.stretches, strict=True) for s in pair)
    tiled = [(s.state, s.duration / 2, s.at) for s in both]
    ax = draw_one(samples.timeline(samples.span(0, "work()", [*tiled])))
    assert said(ax, "awaited") == ["2,000 waits at 2 places"]


def test_what_can_be_seen_beside_a_crowd_is_drawn_as_ever() -> None:
    crowd: list[samples.Part] = [("running", 1e-5), ("waiting", 1e-5, "await soon()")] * 5_000
    parts: list[samples.Part] = [("waiting", 0.5, "await later()"), *crowd, ("running", 0.3)]
    ax = draw_one(samples.timeline(samples.span(0, "work()", parts)))
    assert (0, 0.0, 0.5) in bars(ax, "waiting")
    assert "await later()" in said(ax, "awaited")
    assert any(end - start == pytest.approx(0.3) for _, start, end in bars(ax, "running"))


def test_a_crowd_on_one_spot_is_a_line() -> None:
    crowd: list[samples.Part] = [("running", 1e-8), ("waiting", 1e-8, "await soon()")] * 5_000
    parts: list[samples.Part] = [("waiting", 0.5, "await later()"), *crowd, ("waiting", 0.5)]
    ax = draw_one(samples.timeline(samples.span(0, "work()", parts)))
    ((_, start, end),) = bars(ax, "running")
    assert [start, end] == pytest.approx([0.5, 0.5001])


def test_as_many_steps_as_can_be_told_apart_are_drawn_one_by_one() -> None:
    few = MOST_APART // 2
    assert len(bars(draw_one(samples.timeline(steps(few))), "running")) == few
    assert len(bars(draw_one(samples.timeline(steps(few + 1))), "running")) == 1


def test_the_single_call_of_a_lane_may_be_a_crowd_too() -> None:
    work = replace(steps(20_000), id=1_000)
    ax = draw_one(samples.timeline(*samples.many(300).spans, work))
    assert "20,000 waits" in said(ax, "note")
    assert "shares of the time" in key(ax)
    assert points(ax) < MOST_POINTS


def test_a_lane_of_calls_that_hardly_ever_run_is_low() -> None:
    ticks = [samples.span(n, "tick()", [("running", 1e-6)], start=n) for n in range(1_000)]
    ax = draw_one(samples.timeline(*ticks))
    areas = [c for c in ax.findobj(PolyCollection) if c.get_label() == "running"]
    highest = min(path.vertices[:, 1].min() for c in areas for path in c.get_paths())
    assert highest > 0.35, "next to the bottom of the lane"


# -- blocked stretches and wakes -------------------------------------------------------------------


def blocking(count: int) -> Timeline:
    """One span that blocks the loop every other second."""
    parts: list[samples.Part] = [("running", 1.0), ("waiting", 1.0, "await asyncio.sleep(1)")]
    span = samples.span(0, "work()", parts * count)
    bands = [Blocked(2 * n, 2 * n + 1, 0, "cafe.py", 7, "crunch()", "work") for n in range(count)]
    return samples.timeline(span, blocked=tuple(bands))


def test_blocked_stretches_on_one_spot_are_one_band() -> None:
    few, many = draw_one(blocking(10)), draw_one(blocking(5_000))
    assert len(said(few, "flag")) > 1
    assert said(many, "flag") == ["blocked 5,000 times by line 7: crunch()"]
    assert points(many) < 5_000


def test_blocked_stretches_apart_keep_their_bands() -> None:
    timeline = blocking(5_000)
    late = Blocked(30_000, 30_500, None, "", 0, "", "")
    ax = draw_one(replace(timeline, blocked=(*timeline.blocked, late), duration=40_000))
    assert said(ax, "flag") == ["blocked 5,000 times by line 7: crunch()", "blocked"]


def test_a_crowd_that_blocked_keeps_its_shares() -> None:
    ax = draw_one(blocking(5_000))
    red = to_rgb(style.BLOCKING.face)
    marked = [c for c in ax.findobj(PolyCollection) if tuple(c.get_facecolor()[0][:3]) == red]
    assert not [path for shape in marked for path in shape.get_paths()]


def test_marking_what_blocked_looks_at_no_stretch_twice() -> None:
    def looks(count: int) -> int:
        timeline = blocking(count)
        (span,) = timeline.spans
        counted = replace(timeline, spans=(replace(span, stretches=Counted(span.stretches)),))
        draw_one(counted)
        Counted.looks = 0
        draw_one(replace(counted))
        return Counted.looks

    assert looks(8_000) < 10 * looks(1_000)


def test_naming_what_blocked_looks_through_no_list_of_spans() -> None:
    def looks(bands: int) -> int:
        spans = tuple(samples.brew(n, "tea", 1.0) for n in range(1, 301))
        blocked = tuple(Blocked(n, n + 0.5, n + 1, "", 0, "", "") for n in range(bands))
        counted = Timeline(Counted(spans), blocked, 300.0, None)
        Counted.looks = 0
        to_perfetto(counted)
        return Counted.looks

    assert looks(300) == looks(3)


def test_wakes_on_one_spot_share_an_arrow() -> None:
    def arrows(count: int) -> tuple[int, list[str]]:
        get: samples.Part = ("waiting", 1 / count, "await queue.get()")
        woken: samples.Part = ("ready", 1 / count, "", 0)
        spans = [samples.span(0, "put()", [("running", 2.0)])]
        spans += [samples.span(1, "get()", [get, woken] * count)]
        ax = draw(Sheet([samples.timeline(*spans)], wakes=True))[0]
        (stems,) = [c for c in ax.findobj(LineCollection) if c.get_label() == "wakes"]
        return len(stems.get_paths()), key(ax)

    few, many, more = arrows(50), arrows(2_000), arrows(20_000)
    assert few[0] == 50
    assert "wakes" in few[1]
    assert more[0] <= many[0] * 1.1
    assert more[0] < 500
    assert "many wakes" in more[1]


# -- files -----------------------------------------------------------------------------------------


def busy_lanes() -> Timeline:
    random = np.random.default_rng(1)
    spans = []
    for n in range(3_000):
        run, wait, ready = random.uniform(0, 0.03, 3)
        parts: list[samples.Part] = [("running", run), ("waiting", wait, "await x()")]
        parts += [("ready", ready), ("running", run)]
        spans.append(samples.span(n, f"job_{n % 12}()", parts, start=random.uniform(0, 1)))
    return samples.timeline(*sorted(spans, key=lambda span: span.start))


def test_a_vector_file_of_very_many_shapes_stores_them_as_pixels() -> None:
    svg = to_vector(busy_lanes(), "svg")
    assert svg.count(b"<image") >= 1
    assert len(svg) < 1_000_000
    assert "job_3 × 250".encode() in svg, "letters stay letters"


def test_a_vector_file_of_few_shapes_has_no_pixels() -> None:
    assert b"<image" not in to_vector(samples.every_outcome(), "svg")


def test_a_picture_of_very_many_steps_does_not_carry_them(monkeypatch: pytest.MonkeyPatch) -> None:
    timeline = samples.timeline(steps(20_000))
    monkeypatch.setattr(Timeline, "to_json", lambda _: pytest.fail("for nothing"))
    assert payload.pack(compare(timeline)) is None


def test_text_and_json_are_complete(tmp_path: Path) -> None:
    timeline = samples.many(20_000)
    lines = to_text(timeline, full=True).split("\n")
    assert sum("'cup " in line for line in lines) == 20_000
    assert Timeline.from_json(timeline.to_json()) == timeline
    save(timeline, tmp_path / "run.txt")
    written = (tmp_path / "run.txt").read_text("utf-8")
    assert written.rstrip("\n").split("\n") == lines


def test_a_function_that_hardly_ever_runs_has_low_blocks() -> None:
    ticks = [samples.span(n, "tick()", [("running", 1e-6)], start=n) for n in range(1_000)]
    bar = to_text(samples.timeline(*ticks)).split("\n")[1].split("│")[1]
    assert set(bar) == {"▁"}


def test_thousands_of_waits_are_counted_legibly() -> None:
    assert "await asyncio.sleep(0) ×20,000" in to_text(samples.timeline(steps(20_000)))


def test_an_overview_of_very_many_functions_can_be_read() -> None:
    spans = [samples.brew(n, "tea", 1.0, start=n / 1e4) for n in range(1, 2_001)]
    names = [f"job_{n // 2 if n < 1_000 else n}" for n in range(2_000)]
    named = [replace(span, name=name) for span, name in zip(spans, names, strict=True)]
    lines = to_text(samples.timeline(*named)).split("\n")
    assert len(lines) == 1 + MOST_ROWS + 3
    assert lines[1].startswith("job_0 × 2 ")
    assert lines[MOST_ROWS].startswith("1,301 more functions × 1,602")


def test_the_text_in_the_bars_does_not_grow_with_the_steps() -> None:
    few, many = (draw_one(samples.timeline(steps(count))) for count in (600, 20_000))
    assert len(few.findobj(Annotation)) == len(many.findobj(Annotation))


# -- selections ------------------------------------------------------------------------------------


def test_a_selection_climbs_a_deep_chain_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chain = [
        samples.span(n, f"level_{n}()", [("running", 1.0)], parent=n - 1 if n else None)
        for n in range(500)
    ]
    leaves = [replace(samples.brew(n, "tea", 1.0), parent=499) for n in range(500, 1_000)]
    climbed = 0
    parent = Timeline.parent

    def counted(timeline: Timeline, span: Span) -> Span | None:
        nonlocal climbed
        climbed += 1
        return parent(timeline, span)

    monkeypatch.setattr(Timeline, "parent", counted)
    selected = focused(samples.timeline(*chain, *leaves), "brew")
    assert {span.parent for span in selected.spans} == {None}
    assert climbed < 2_000


# -- working out a timeline ------------------------------------------------------------------------


def test_a_step_of_a_deep_chain_compares_no_call_with_all_others() -> None:
    class Call(Draft):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Call.compared += 1
            return self is other

        __hash__ = Draft.__hash__

    thread = ThreadState(0)
    calls = [Call("", "", "coroutine", None, 0.0, n, 0) for n in range(1_000)]
    for call in calls:
        thread.push(call)
    assert thread.innermost is calls[-1]
    assert thread.pop(calls[500]) == calls[501:]
    assert thread.innermost is calls[499]
    # The assertion above compares each call with itself.
    assert Call.compared <= 1_000
