"""The rows of a picture: for each span its label, its bar and its ending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox, TransformedBbox, blended_transform_factory

from asyncdemo import wording
from asyncdemo.picture import style
from asyncdemo.picture.bars import (
    TOOTH,
    Points,
    are_many_wakes,
    draw_bars,
    draw_blocking,
    draw_wakes,
)
from asyncdemo.picture.crowds import Crowd, is_crowded, parted
from asyncdemo.picture.fonts import Font, Fonts
from asyncdemo.picture.layout import GAP, Columns, inches_from, write
from asyncdemo.picture.style import Look
from asyncdemo.timeline import Row, Span, Stretch, Timeline

FEWEST_AWAITED = 9
# More rows than these are looked at for their shape; their text would be most of the picture.
MOST_AWAITED = 100
WIDEST_INDENT = 1.4
ELSEWHERE = {"thread": "in a thread", "process": "in a process"}


def pitch_for(rows: int, blank: bool) -> float:
    """Inches from row to row: many rows move together, a sheet to draw on needs room."""
    return 0.42 if blank else max(0.18, min(0.32, 0.35 - rows * 0.0025))


@dataclass(frozen=True)
class Rows:
    """A timeline with a row for each span."""

    timeline: Timeline
    pitch: float
    blank: bool = False
    wakes: bool = False

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.timeline.rows)

    @cached_property
    def fonts(self) -> Fonts:
        """The fonts for rows this close."""
        return Fonts.for_pitch(self.pitch)

    @cached_property
    def _indent(self) -> float:
        """Inches per level: less where the nesting is deep, so that labels keep their room."""
        deepest = max(_level(row) for row in self.timeline.rows)
        return min(self.fonts.label.width("xx"), WIDEST_INDENT / max(deepest, 1))

    @cached_property
    def label_width(self) -> float:
        """Inches that the widest label would like, its indent included."""
        font = self.fonts.label
        return max(
            _level(row) * self._indent + font.width(font.drawable(row.span.label))
            for row in self.timeline.rows
        )

    @property
    def endings(self) -> Iterator[tuple[float, float]]:
        """Where the ending of each row starts, and the inches it would like."""
        for row in self.timeline.rows if not self.blank else ():
            tooth = TOOTH if row.span.outcome == "unfinished" else 0.0
            yield row.span.end, self.fonts.ending.width(self._ending(row.span)) + tooth

    @cached_property
    def _is_crowded(self) -> bool:
        return is_crowded(self.timeline.spans)

    def _ending(self, span: Span) -> str:
        said = wording.ending(span)
        waits = wording.many_waits(span) if self._is_crowded else ""
        return self.fonts.ending.drawable(f"{said} · {waits}" if waits else said)

    def looks(self, columns: Columns) -> Sequence[Look]:
        """The looks of all stretches that are wide enough to be seen."""
        found: set[Look] = set()
        for span, (apart, crowds) in self._parted(columns):
            found |= {
                style.look(span, stretch)
                for stretch in apart
                if stretch.state == "running" or stretch.duration >= columns.dot
            }
            for crowd in crowds:
                found |= {style.SHARES, *crowd.looks}
        if self.wakes and self.timeline.wakes:
            found.add(style.MANY_WAKES if are_many_wakes(self.timeline) else style.WAKES)
        return tuple(found)

    def _parted(self, columns: Columns) -> Iterator[tuple[Span, tuple[list[Stretch], list[Crowd]]]]:
        spans = [row.span for row in self.timeline.rows]
        return zip(spans, parted(spans, columns), strict=True)

    def draw(self, ax: Axes, columns: Columns) -> None:
        """Draw all rows into axes whose limits are set."""
        self._write_labels(ax, columns)
        if self.blank:
            self._rule(ax)
            return
        draw_bars(ax, ((n, row.span) for n, row in enumerate(self.timeline.rows)), columns)
        draw_blocking(ax, self.timeline, columns)
        if self.wakes:
            draw_wakes(ax, self.timeline, columns)
        for n, (span, (apart, crowds)) in enumerate(self._parted(columns)):
            if self.count <= MOST_AWAITED:
                for stretch in apart:
                    self._write_in_bar(ax, columns, n, span, stretch)
                for crowd in crowds:
                    self._write_in_crowd(ax, columns, n, crowd)
            self._write_ending(ax, columns, n, span)

    def _rule(self, ax: Axes) -> None:
        """A line below each row, for a hand to draw on."""
        lines = [[(0.0, n + 0.5), (1.0, n + 0.5)] for n in range(self.count)]
        across = blended_transform_factory(ax.transAxes, ax.transData)
        rules = LineCollection(
            lines, colors=style.GRID, linewidths=0.7, transform=across, zorder=0.5
        )
        ax.add_collection(rules, autolim=False)

    def _write_labels(self, ax: Axes, columns: Columns) -> None:
        beside = blended_transform_factory(inches_from(ax, 0, 0), ax.transData)
        font = self.fonts.label
        guides: list[Points] = []
        for n, row in enumerate(self.timeline.rows):
            left = -columns.label + _level(row) * self._indent
            text = font.fit_middle(font.drawable(row.span.label), -left - GAP)
            write(
                ax, text, (left, n), font, style.label_ink(row.span), transform=beside, gid="label"
            )
            guides += _guide_lines(row.guide, n, -columns.label, self._indent)
        lines = LineCollection(
            guides, colors=style.GUIDE, linewidths=0.8, transform=beside, clip_on=False
        )
        ax.add_collection(lines, autolim=False)

    def _write_in_bar(
        self, ax: Axes, columns: Columns, n: int, span: Span, stretch: Stretch
    ) -> None:
        font = self.fonts.awaited
        room = columns.inches(stretch.duration) - 1.5 * GAP
        if room < font.width("x"):
            return
        if span.kind in ELSEWHERE and stretch.state == "running":
            where = ELSEWHERE[span.kind]
            text, ink = font.fit(where, room, len(where)), style.PAPER
        else:
            text = font.drawable(stretch.at)
            if font.width(text) > room:
                # The bar itself says that it waits: the word is the first to go.
                text = font.fit(text.removeprefix("await "), room, FEWEST_AWAITED)
            ink = style.QUIET_INK if span.kind == "caller" else style.AWAITED_INK
        if text:
            note = _write_inside(ax, text, stretch, n, font, ink=ink)
            if self.wakes:
                paper = style.look(span, stretch).face
                note.set_bbox({"facecolor": paper, "linewidth": 0, "pad": 0.5})

    def _write_in_crowd(self, ax: Axes, columns: Columns, n: int, crowd: Crowd) -> None:
        font = self.fonts.awaited
        # The rest shows the shares, which the text's own paper hides.
        room = columns.inches(crowd.end - crowd.start) / 2
        texts = (font.drawable(text) for text in crowd.waits)
        text = next((text for text in texts if font.width(text) <= room), "")
        if text:
            ink = style.QUIET_INK if crowd.span.kind == "caller" else style.AWAITED_INK
            note = _write_inside(ax, text, crowd, n, font, ink=ink)
            # What ran may be as high as the text.
            note.set_bbox({"facecolor": style.WAITING.face, "linewidth": 0, "pad": 0.5})

    def _write_ending(self, ax: Axes, columns: Columns, n: int, span: Span) -> None:
        font, text = self.fonts.ending, self._ending(span)
        shift = GAP + (TOOTH if span.outcome == "unfinished" else 0.0)
        room = columns.axis + columns.right - columns.inches(span.end) - shift
        text, ink = font.fit(text, room) or text[:1], style.ending_ink(span)
        note = write(ax, text, (span.end, n), font, ink, right=shift, gid="ending")
        if self.wakes or self.timeline.blocked or self.timeline.cut is not None:
            # Lines that go through all rows stop short of the words.
            note.set_bbox({"facecolor": style.PAPER, "linewidth": 0, "pad": 0.8})


def _write_inside(
    ax: Axes, text: str, part: Stretch | Crowd, n: int, font: Font, *, ink: str
) -> Annotation:
    note = write(ax, text, (part.start, n), font, ink, right=GAP / 2, gid="awaited")
    # Axes made smaller later cut the text rather than let it run over its bar.
    corners = Bbox.from_extents(part.start, n - 0.5, part.end, n + 0.5)
    note.set_clip_box(TransformedBbox(corners, ax.transData))
    return note


def _level(row: Row) -> int:
    # A guide has three characters per level.
    return len(row.guide) // 3


def _guide_lines(guide: str, n: int, left: float, indent: float) -> Iterator[Points]:
    for level, cell in enumerate(guide[i : i + 3] for i in range(0, len(guide), 3)):
        x = left + (level + 0.35) * indent
        if cell[0] in "│├":
            yield [(x, n - 0.5), (x, n + 0.5)]
        if cell[0] == "└":
            yield [(x, n - 0.5), (x, n)]
        if cell[0] in "├└":
            yield [(x, n), (left + (level + 0.85) * indent, n)]
