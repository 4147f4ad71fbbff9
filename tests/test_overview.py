"""What an overview of very many spans shows, asked of its artists and its numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import samples
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from asyncdemo.picture import style
from asyncdemo.picture.lanes import MOST_LANES, averages, lanes_of
from asyncdemo.picture.sheet import MOST_ROWS, Sheet
from asyncdemo.timeline import Timeline


def draw(timeline: Timeline, *, blank: bool = False) -> Axes:
    with style.style():
        sheet = Sheet([timeline], blank=blank)
        return sheet.draw(Figure(figsize=(sheet.width, sheet.height)))[0]


def said(ax: Axes, gid: str) -> list[str]:
    return [text.get_text() for text in ax.findobj(Text) if text.get_gid() == gid]


def of_many_functions(functions: int) -> Timeline:
    """300 spans of that many functions, the first ones being called once more than the rest."""
    spans = [samples.brew(n, "tea", 0.5, start=n / 1000) for n in range(1, 301)]
    return samples.timeline(*(replace(s, name=f"job_{s.id % functions}") for s in spans))


def test_it_begins_where_rows_could_not_be_read() -> None:
    rows = draw(samples.many(MOST_ROWS - 1))
    lanes = draw(samples.many(MOST_ROWS))
    assert len(said(rows, "label")) == MOST_ROWS
    assert said(lanes, "label") == ["cell", f"brew × {MOST_ROWS}"]


def test_a_lane_says_how_many_there_were_and_how_many_at_once() -> None:
    ax = draw(samples.many(10_000))
    assert said(ax, "label") == ["cell", "brew × 10,000"]
    assert said(ax, "note") == ["up to 1,001 in flight"]
    assert said(ax, "ending") == ["✓ end of block", "✓ 10,000 returned"]


def test_a_lane_counts_its_outcomes() -> None:
    timeline = samples.many(300)
    spans = tuple(replace(s, outcome="raised") if s.id in (7, 8) else s for s in timeline.spans)
    ax = draw(replace(timeline, spans=spans))
    assert said(ax, "ending")[1:] == ["✓ 298 returned", "✗ 2 raised"]


def test_functions_stand_in_the_order_of_their_first_starts() -> None:
    assert [lane.name for lane in lanes_of(of_many_functions(4))] == [
        "job_1",
        "job_2",
        "job_3",
        "job_0",
    ]


def test_the_rarest_functions_share_the_last_lane() -> None:
    lanes = lanes_of(of_many_functions(48))
    assert len(lanes) == MOST_LANES
    assert lanes[-1].name == "and 37 more"
    assert sum(len(lane.spans) for lane in lanes) == 300


def test_as_many_functions_as_lanes_need_no_sharing() -> None:
    lanes = lanes_of(of_many_functions(MOST_LANES))
    assert len(lanes) == MOST_LANES
    assert not lanes[-1].name.startswith("and")


def test_averages_count_what_overlaps_a_step() -> None:
    starts, ends = np.array([0.0, 0.5, 2.0]), np.array([1.0, 1.0, 4.0])
    counts = averages(starts, ends, np.array([0.0, 1.0, 2.0, 3.0, 4.0]))
    assert counts.tolist() == [1.5, 0.0, 1.0, 1.0]


def test_averages_keep_all_of_the_time() -> None:
    random = np.random.default_rng(1)
    starts = random.uniform(0, 9, 10_000)
    ends = starts + random.uniform(0, 1, 10_000)
    edges = np.linspace(0, 10, 801)
    counts = averages(np.sort(starts), np.sort(ends), edges)
    assert np.sum(counts * np.diff(edges)) == pytest.approx(np.sum(ends - starts))
    assert counts.min() >= 0


def test_the_areas_are_as_high_as_the_counts() -> None:
    # 300 jobs of 1 s, each started 1 ms after the one before: all wait from 0.3 s to 1.0 s.
    ax = draw(samples.many(300))
    areas = [c for c in ax.findobj(PolyCollection) if c.get_label() == "waiting"]
    # The other is the bar of the cell.
    waiting = max(areas, key=lambda area: len(area.get_paths()[0].vertices))
    outline = waiting.get_paths()[0].vertices
    highest = outline[:, 1].min()
    full = outline[np.isclose(outline[:, 1], highest, atol=0.01)]
    assert full[:, 0].min() == pytest.approx(0.3, abs=0.01)
    assert full[:, 0].max() == pytest.approx(1.0, abs=0.01)


def test_ten_times_the_spans_are_no_more_to_draw() -> None:
    few, many = draw(samples.many(500)), draw(samples.many(5000))
    assert len(few.get_children()) == len(many.get_children())
    assert points(many) < points(few) * 3


def points(ax: Axes) -> int:
    return sum(len(p.vertices) for c in ax.findobj(PolyCollection) for p in c.get_paths())


def test_a_blank_overview_gives_nothing_away() -> None:
    ax = draw(samples.many(300), blank=True)
    assert said(ax, "label") == ["cell", "brew × 300"]
    assert not ax.findobj(PolyCollection)
    assert not said(ax, "note") + said(ax, "ending")
