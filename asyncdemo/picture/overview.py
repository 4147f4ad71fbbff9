"""A picture of very many spans: a lane for each function, with how many did what, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory
from numpy.typing import NDArray

from asyncdemo.picture import style
from asyncdemo.picture.bars import draw_bars
from asyncdemo.picture.crowds import parted
from asyncdemo.picture.fonts import Fonts
from asyncdemo.picture.lanes import Lane, Numbers, lanes_of
from asyncdemo.picture.layout import GAP, Columns, inches_from, write
from asyncdemo.picture.style import Look
from asyncdemo.timeline import Timeline

STEPS = 800
LANE_HEIGHT = 0.8
HALF_LANE = 0.36
HALF_BAR = 0.13
ENDING_LINE = 0.15
NOTE_SHIFT = 0.11
MOST_BUSY = 0.06
# A layer that never takes more of its lane, or for longer, cannot be seen: not in the key.
LEAST_SEEN = 0.03
FEWEST_STEPS = 3


@dataclass(frozen=True)
class Lanes:
    """A timeline with a lane for each function."""

    timeline: Timeline
    pitch: float = LANE_HEIGHT
    blank: bool = False

    @cached_property
    def lanes(self) -> list[Lane]:
        """The lanes from top to bottom."""
        return lanes_of(self.timeline)

    @property
    def count(self) -> int:
        """How many lanes there are."""
        return len(self.lanes)

    @cached_property
    def fonts(self) -> Fonts:
        """The fonts for lanes this high; three lines and more stand in each."""
        return Fonts.for_pitch(self.pitch / 3)

    @property
    def label_width(self) -> float:
        """Inches that the widest label or note would like."""
        font, small = self.fonts.label, self.fonts.ending
        return max(
            max(font.width(font.drawable(lane.name) + lane.number), small.width(lane.note))
            for lane in self.lanes
        )

    @property
    def endings(self) -> Iterator[tuple[float, float]]:
        """The endings all stand at the end of the last span."""
        for lane in self.lanes if not self.blank else ():
            for text, _ in lane.endings:
                yield self.timeline.duration, self.fonts.ending.width(text)

    def looks(self, columns: Columns) -> Sequence[Look]:
        """The looks of all layers that are high enough to be seen."""
        found = {style.RUNNING}
        for lane in self.lanes:
            ((_, crowds),) = parted(lane.spans, columns) if lane.single else (((), ()),)
            if crowds:
                found.add(style.SHARES)
            layers = lane.layers(_edges(columns))
            most = _most(layers)
            high = {look: layer > most * LEAST_SEEN for look, layer in layers.items()}
            found |= {look for look in high if np.count_nonzero(high[look]) >= FEWEST_STEPS}
        return tuple(found)

    def draw(self, ax: Axes, columns: Columns) -> None:
        """Draw all lanes into axes whose limits are set."""
        for n, lane in enumerate(self.lanes):
            self._write_label(ax, columns, n, lane)
            if self.blank or not lane.single:
                ax.axhline(n + HALF_LANE, color=style.GUIDE, linewidth=0.6, zorder=1)
            if not self.blank:
                if lane.single:
                    draw_bars(ax, [(n, lane.spans[0])], columns, HALF_BAR)
                else:
                    self._draw_areas(ax, _edges(columns), n, lane)
                self._write_endings(ax, columns, n, lane)

    def _draw_areas(self, ax: Axes, edges: Numbers, n: int, lane: Lane) -> None:
        layers = lane.layers(edges)
        base, floor = np.full(STEPS, n + HALF_LANE), np.zeros(STEPS)
        scale = 2 * HALF_LANE / _most(layers)
        for look, counts in layers.items():
            lower, upper = base - floor * scale, base - (floor + counts) * scale
            _area(ax, edges, lower, upper, where=counts > 0, look=look)
            floor += counts
        if style.RUNNING in layers:
            # One running among thousands is too low to be seen, so a line below them shows
            # how busy they keep the loop.
            busy = np.minimum(layers[style.RUNNING], 1.0)
            depth = busy * MOST_BUSY / self.pitch
            _area(ax, edges, base, base + depth, where=busy > 0, look=style.RUNNING, line=True)

    def _write_label(self, ax: Axes, columns: Columns, n: int, lane: Lane) -> None:
        font, small = self.fonts.label, self.fonts.ending
        beside = blended_transform_factory(inches_from(ax, 0, 0), ax.transData)
        at, note = (-columns.label, float(n)), "" if self.blank else lane.note
        room = columns.label - GAP - font.width(lane.number)
        text = font.fit_middle(font.drawable(lane.name), room) + lane.number
        up = min(NOTE_SHIFT, self.pitch / 5) if note else 0.0
        write(
            ax, text, at, font, style.label_ink(lane.spans[0]), up=up, transform=beside, gid="label"
        )
        if note:
            note = small.fit(note, columns.label - GAP)
            write(ax, note, at, small, style.QUIET_INK, up=-up, transform=beside, gid="note")

    def _write_endings(self, ax: Axes, columns: Columns, n: int, lane: Lane) -> None:
        font, at = self.fonts.ending, self.timeline.duration
        room = columns.axis + columns.right - columns.inches(at) - GAP
        step = min(ENDING_LINE, self.pitch * 0.95 / len(lane.endings))
        up = (len(lane.endings) - 1) / 2 * step
        for line, (text, ink) in enumerate(lane.endings):
            text = font.fit(font.drawable(text), room) or text[:1]
            write(ax, text, (at, n), font, ink, right=GAP, up=up - line * step, gid="ending")


def _edges(columns: Columns) -> Numbers:
    """The edges between which spans are counted."""
    return np.linspace(0.0, columns.seconds, STEPS + 1)


def _most(layers: dict[Look, Numbers]) -> float:
    # At least one, or a lane of calls of a microsecond each would look as if they ran all the time.
    return max(float(np.max(sum(layers.values(), np.zeros(STEPS)))), 1.0)


def _area(
    ax: Axes,
    edges: Numbers,
    lower: Numbers,
    upper: Numbers,
    *,
    where: NDArray[np.bool_],
    look: Look,
    line: bool = False,
) -> None:
    """One look's part of a stack, drawn as steps from edge to edge."""
    # The last values are given twice: a step needs the end of its last tread.
    lower, upper = (np.append(level, level[-1]) for level in (lower, upper))
    ax.fill_between(
        edges,
        lower,
        upper,
        where=[*where, where[-1]],
        step="post",
        facecolor=look.face,
        edgecolor=look.edge,
        hatch="...." if look is style.NOT_STARTED else look.hatch or None,
        linewidth=look.line if line else 0,
        label=look.name,
        zorder=2,
    )
