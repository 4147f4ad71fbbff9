"""Bars: what a span did over time; and the arrows between them: who woke whom."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from asyncdemo.picture import style
from asyncdemo.picture.bands import MOST_APART
from asyncdemo.picture.crowds import STACK, Crowd, parted
from asyncdemo.picture.layout import Columns
from asyncdemo.picture.style import Look
from asyncdemo.timeline import Span, Timeline, Wake

HALF_BAR = 0.31
TOOTH = 0.045
TEETH = 3
DOTS = (0, (0.1, 2.4))
# Matplotlib's markers whose tip is at the point itself.
CARET_UP: Literal[6] = 6
CARET_RIGHT: Literal[5] = 5
CARET_DOWN: Literal[7] = 7
CARET_SIZE = 4.5

# Up to here, each wake has an arrow of its own.
MOST_ARROWS = 500

type Points = list[tuple[float, float]]


def draw_bars(
    ax: Axes, spans: Iterable[tuple[int, Span]], columns: Columns, half: float = HALF_BAR
) -> None:
    """Draw the bars of these spans, each in the row whose number stands before it."""
    bars: dict[Look, list[Points]] = defaultdict(list)
    stacks: dict[Look, list[Points]] = defaultdict(list)
    dotted: list[Points] = []
    tooth = TOOTH / columns.axis * columns.seconds
    rows = list(spans)
    parts = parted((span for _, span in rows), columns)
    for (row, span), (apart, crowds) in zip(rows, parts, strict=True):
        for crowd in crowds:
            for look, shape in _stack(crowd, columns, row, half):
                stacks[look].append(shape)
        for stretch in apart:
            torn = span.outcome == "unfinished" and stretch is span.stretches[-1]
            if stretch.state == "not started":
                dotted.append([(stretch.start, row), (stretch.end, row)])
            else:
                shape = _bar(stretch.start, stretch.end, row, half, tooth if torn else 0.0)
                bars[style.look(span, stretch)].append(shape)
    for look, shapes in bars.items():
        ax.add_collection(_collection(look, shapes), autolim=False)
    for look, shapes in stacks.items():
        layer = _collection(look, shapes)
        # Each is drawn down to the bottom of the bar, over those that stand on it.
        layer.set_zorder(2.4 - 0.1 * STACK.index(look))
        ax.add_collection(layer, autolim=False)
    look = style.NOT_STARTED
    dots = LineCollection(
        dotted,
        colors=look.edge,
        linewidths=look.line,
        linestyles=[DOTS],
        capstyle="round",
        label=look.name,
        zorder=2,
    )
    ax.add_collection(dots, autolim=False)


def _stack(crowd: Crowd, columns: Columns, row: int, half: float) -> Iterator[tuple[Look, Points]]:
    """The shares of a crowd, as steps above the bottom of its bar."""
    edges, shares = crowd.shares(columns)
    bottom, height = row + half, np.zeros(len(edges) - 1)
    for look, share in shares.items():
        height += share
        # The top of the stack is the top of the bar, whatever crumbs its sum may have.
        level = bottom - 2 * half * np.minimum(height, 1.0)
        steps = np.column_stack([np.repeat(edges, 2)[1:-1], np.repeat(level, 2)])
        corners = [(float(edges[-1]), bottom), (float(edges[0]), bottom)]
        yield look, [*map(tuple, steps.tolist()), *corners]


def draw_blocking(ax: Axes, timeline: Timeline, columns: Columns) -> None:
    """Mark the parts of running stretches that blocked the loop."""
    # Parts in a crowd would hide its shares; the bands say that they blocked.
    shortest = columns.dot if len(timeline.blocked) > MOST_APART else 0.0
    shapes = [
        _bar(start, end, row, HALF_BAR, 0.0)
        for row, start, end in _blocking_parts(timeline)
        if end - start >= shortest
    ]
    ax.add_collection(_collection(style.BLOCKING, shapes), autolim=False)


def _blocking_parts(timeline: Timeline) -> Iterator[tuple[int, float, float]]:
    rows = _row_numbers(timeline)
    for band in timeline.blocked:
        if band.span is not None and band.span in rows:
            stretches = timeline.span(band.span).stretches
            # One span may have blocked the loop thousands of times.
            first = bisect_right(stretches, band.start, key=lambda stretch: stretch.end)
            for at in range(first, len(stretches)):
                stretch = stretches[at]
                if stretch.start >= band.end:
                    break
                start, end = max(stretch.start, band.start), min(stretch.end, band.end)
                if stretch.state == "running" and start < end:
                    yield rows[band.span], start, end


def draw_wakes(ax: Axes, timeline: Timeline, columns: Columns) -> None:
    """Draw an arrow from each span to every other span that it woke."""
    rows = _row_numbers(timeline)
    wakes: Iterable[Wake] = timeline.wakes
    if are_many_wakes(timeline):
        # Of those that would be drawn on one spot, the last.
        wakes = {(w.by, w.woken, int(w.time / columns.dot)): w for w in wakes}.values()
    stems: list[Points] = []
    tips: dict[int, Points] = {CARET_DOWN: [], CARET_UP: []}
    for wake in wakes:
        if wake.by in rows and wake.woken in rows and wake.by != wake.woken:
            by, woken = rows[wake.by], rows[wake.woken]
            way = HALF_BAR if by < woken else -HALF_BAR
            stems.append([(wake.time, by + way), (wake.time, woken - way)])
            tips[CARET_DOWN if by < woken else CARET_UP].append((wake.time, woken - way))
    look = style.WAKES
    lines = LineCollection(stems, colors=look.edge, linewidths=look.line, zorder=3, label=look.name)
    ax.add_collection(lines, autolim=False)
    for caret, points in tips.items():
        xs, ys = [x for x, _ in points], [y for _, y in points]
        ax.plot(xs, ys, ls="", marker=caret, ms=CARET_SIZE, color=look.edge, zorder=3.1)


def are_many_wakes(timeline: Timeline) -> bool:
    """Whether those too close to be told apart share an arrow."""
    return len(timeline.wakes) > MOST_ARROWS


def _row_numbers(timeline: Timeline) -> dict[int, int]:
    return {row.span.id: n for n, row in enumerate(timeline.rows)}


def _bar(start: float, end: float, row: int, half: float, tooth: float) -> Points:
    """A rectangle, or with a tooth one whose end is torn off."""
    top, bottom = row - half, row + half
    cuts = 2 * TEETH
    torn: Points = [
        (end + tooth * (cut % 2), top + (bottom - top) * cut / cuts)
        for cut in range(1, cuts)
        if tooth
    ]
    return [(start, top), (end, top), *torn, (end, bottom), (start, bottom)]


def _collection(look: Look, shapes: list[Points]) -> PolyCollection:
    return PolyCollection(
        shapes,
        facecolors=look.face,
        edgecolors=look.edge,
        linewidths=look.line,
        hatch=look.hatch or None,
        joinstyle="miter",
        label=look.name,
        zorder=2.5 if look.name == style.RUNNING.name else 2,
    )
