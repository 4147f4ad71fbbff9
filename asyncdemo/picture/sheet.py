"""Pictures put together: one panel for each timeline, one time axis for them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from asyncdemo import wording
from asyncdemo.picture import style
from asyncdemo.picture.axis import neat_end
from asyncdemo.picture.fonts import Fonts
from asyncdemo.picture.layout import WIDTH, Columns, Content, columns_for, inches_from
from asyncdemo.picture.overview import LANE_HEIGHT, Lanes
from asyncdemo.picture.panel import Panel
from asyncdemo.picture.rows import Rows, pitch_for
from asyncdemo.picture.style import Look
from asyncdemo.timeline import Timeline

MOST_ROWS = 200
EXPECT = "Draw what you expect"
EDGE = 0.12
BETWEEN_PANELS = 0.22
# The axis goes on a little after the end, so that the end is seen to be one.
AFTER_THE_END = 1.02
# Rows closer than this cannot be read; an overview can.
LOWEST_PITCH = 0.1
# Bars in the reader's own axes do not grow beyond this, however much room there is.
HIGHEST_PITCH = 0.6


@dataclass(frozen=True)
class Nothing:
    """What stands in for the rows when no coroutine ran."""

    timeline: Timeline
    pitch: float = 0.3
    count: int = 1
    label_width: float = 0.0
    endings: tuple[tuple[float, float], ...] = ()

    def looks(self, columns: Columns) -> Sequence[Look]:
        """None."""
        return ()

    def draw(self, ax: Axes, columns: Columns) -> None:
        """Say so, and take the axis away: there is no time to be read on it."""
        ax.xaxis.set_visible(False)
        ax.spines["bottom"].set_visible(False)
        font = Fonts.for_pitch(1.0).subtitle
        ax.text(
            -columns.label,
            0.0,
            font.wrap(wording.NOTHING_RAN, columns.width),
            transform=inches_from(ax, 0, 1),
            family=font.family,
            size=font.size,
            color=style.QUIET_INK,
            linespacing=1.5,
            va="top",
            gid="nothing",
        )


@dataclass(frozen=True)
class Sheet:
    """One picture: timelines with their titles, stacked in panels as high as they need."""

    timelines: Sequence[Timeline]
    titles: Sequence[str] = ("",)
    blank: bool = False
    wakes: bool = False
    width: float = WIDTH
    overview: bool = False

    @cached_property
    def panels(self) -> list[Panel]:
        """The panels from top to bottom."""
        return panels_for(self, self.width - 2 * EDGE, None)

    @property
    def height(self) -> float:
        """Inches from the top of the picture to its bottom."""
        inside = sum(panel.height for panel in self.panels)
        return inside + BETWEEN_PANELS * (len(self.panels) - 1) + 2 * EDGE

    def draw(self, figure: FigureBase) -> list[Axes]:
        """Draw all panels into a figure of this size."""
        drawn: list[Axes] = []
        top = self.height - EDGE
        for panel in self.panels:
            bottom = top - panel.height
            place = figure.add_gridspec(
                left=EDGE / self.width,
                right=1 - EDGE / self.width,
                bottom=bottom / self.height,
                top=top / self.height,
            )
            ax = figure.add_subplot(place[0, 0])
            panel.draw(ax)
            drawn.append(ax)
            top = bottom - BETWEEN_PANELS
        return drawn


def draw_into(ax: Axes, timeline: Timeline, *, blank: bool, wakes: bool) -> None:
    """Draw one timeline into the place of these axes."""
    place, figure = ax.get_position(original=True), ax.figure.bbox
    width = place.width * figure.width / ax.figure.dpi
    height = place.height * figure.height / ax.figure.dpi
    rows = max(len(timeline.spans), 1)
    sheet = Sheet((timeline,), ("",), blank, wakes, width)
    # What stands around the rows depends on the size of the text, and that on the rows' height.
    pitch = LOWEST_PITCH
    for _ in range(3):
        (panel,) = panels_for(sheet, width, pitch)
        room = height - panel.top - panel.bottom
        if room / rows < LOWEST_PITCH:
            sheet = replace(sheet, overview=True)
        pitch = max(0.01, min(HIGHEST_PITCH, room / panel.content.count))
    (panel,) = panels_for(sheet, width, pitch)
    spare = height - panel.top - panel.bottom - pitch * panel.content.count
    replace(panel, spare=max(0.0, spare)).draw(ax)


def panels_for(sheet: Sheet, width: float, pitch: float | None) -> list[Panel]:
    """The panels of a sheet; `pitch` is given where the axes' height is not ours to choose."""
    contents = [_content(timeline, pitch, sheet) for timeline in sheet.timelines]
    columns = columns_for(contents, width, _seconds(sheet))
    looks = () if sheet.blank else _looks(contents, columns, sheet)
    panels: list[Panel] = []
    for timeline, title, content in zip(sheet.timelines, sheet.titles, contents, strict=True):
        last = len(panels) == len(contents) - 1
        said = EXPECT if sheet.blank else wording.headline(timeline)
        panels.append(
            Panel(
                timeline,
                content,
                columns,
                title=title or said,
                subtitle=said if title else "",
                note="" if sheet.blank else wording.ready_unknown(timeline),
                looks=looks if last else (),
                last=last,
                marked=not sheet.blank,
            )
        )
    return panels


def _content(timeline: Timeline, pitch: float | None, sheet: Sheet) -> Content:
    """Rows where they can be read, else lanes."""
    if all(span.kind == "caller" for span in timeline.spans):
        return Nothing(timeline)
    # Each has a row; an overview need not know in which order.
    rows = len(timeline.spans)
    if sheet.overview or rows > MOST_ROWS:
        return Lanes(timeline, pitch or LANE_HEIGHT, sheet.blank)
    return Rows(timeline, pitch or pitch_for(rows, sheet.blank), sheet.blank, sheet.wakes)


def _seconds(sheet: Sheet) -> float:
    """Where the axis ends."""
    longest = max(max((t.duration, *(span.end for span in t.spans))) for t in sheet.timelines)
    return neat_end(longest or 1e-6) if sheet.blank else (longest or 1e-6) * AFTER_THE_END


def _looks(contents: Sequence[Content], columns: Columns, sheet: Sheet) -> tuple[Look, ...]:
    seen = {look.name for content in contents for look in content.looks(columns)}
    if any(timeline.blocked for timeline in sheet.timelines):
        seen.add(style.BLOCKED.name)
    return tuple(look for look in style.KEY if look.name in seen)
