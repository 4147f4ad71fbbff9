"""One panel of a picture: its content, framed by title, flags, time axis and key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from matplotlib import rcParams as rc
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from asyncdemo.picture import axis, key, style
from asyncdemo.picture.bands import Band, bands_of
from asyncdemo.picture.flags import Flag, flags_for, lanes
from asyncdemo.picture.fonts import Fonts
from asyncdemo.picture.layout import LINE, Columns, Content, Margins, inches_from
from asyncdemo.picture.marks import draw_marks
from asyncdemo.picture.style import Look
from asyncdemo.timeline import Timeline

TICKS = 0.24
TITLE_LINE = 0.21
TITLE_GAP = 0.1
SUBTITLE_GAP = 0.04
SEPARATOR = " · "


@dataclass(frozen=True)
class Panel:
    """A timeline's content with all that stands around it.

    Attributes:
        timeline: What is drawn.
        content: Its rows, or the lanes of its overview.
        columns: The columns that it shares with the other panels of the picture.
        title: The bold line at the top.
        subtitle: The quieter line below it, if any.
        note: A sentence below that on what the picture cannot show, if any.
        looks: What the key explains; nothing where another panel's key does.
        last: Whether it is the panel at the bottom, which names the axis.
        marked: Whether blocked stretches and the end of a cut recording are marked.
        spare: Inches left over at the bottom.
    """

    timeline: Timeline
    content: Content
    columns: Columns
    title: str
    subtitle: str = ""
    note: str = ""
    looks: Sequence[Look] = ()
    last: bool = True
    marked: bool = True
    spare: float = 0.0

    @cached_property
    def _fonts(self) -> Fonts:
        return Fonts.for_pitch(1.0)

    @cached_property
    def _bands(self) -> Sequence[Band]:
        return bands_of(self.timeline, self.columns)

    @cached_property
    def _flags(self) -> Sequence[Flag]:
        if not self.marked:
            return ()
        return flags_for(self._bands, self.timeline.cut, self.columns, self._fonts.note)

    @cached_property
    def _title(self) -> str:
        font = self._fonts.title
        return font.wrap(font.drawable(self.title), self.columns.width, SEPARATOR)

    @cached_property
    def _subtitle(self) -> str:
        font = self._fonts.subtitle
        width = self.columns.width
        lines = [
            font.wrap(font.drawable(self.subtitle), width, SEPARATOR),
            font.wrap(font.drawable(self.note), width),
        ]
        return "\n".join(filter(None, lines))

    @cached_property
    def _below_subtitle(self) -> float:
        return TITLE_GAP + lanes(self._flags) * LINE

    @cached_property
    def _below_title(self) -> float:
        gap = SUBTITLE_GAP if self._subtitle else 0.0
        return self._below_subtitle + gap + _lines(self._subtitle) * LINE

    @property
    def top(self) -> float:
        """Inches above the rows."""
        return self._below_title + _lines(self._title) * TITLE_LINE

    @property
    def bottom(self) -> float:
        """Inches below the rows."""
        return TICKS + key.height(self.looks, self.columns.width)

    @property
    def height(self) -> float:
        """Inches from the top of the title to the bottom of the key."""
        return self.top + self.content.count * self.content.pitch + self.bottom

    def draw(self, ax: Axes) -> None:
        """Draw the panel into the place of these axes, and nothing beyond it."""
        columns = self.columns
        margins = Margins(ax, columns.label, columns.right, self.top, self.bottom + self.spare)
        ax.set_axes_locator(margins)
        ax.apply_aspect(margins(ax))
        axis.dress(ax, columns.seconds)
        self._lay_paper(ax)
        if self.last:
            axis.name_unit(ax, columns.seconds, inches_from(ax, 0, 0), -columns.label)
        ax.set_ylim(self.content.count - 0.5, -0.5)
        self.content.draw(ax, columns)
        if self.marked:
            draw_marks(ax, self._bands, self.timeline.cut, self._flags, self._fonts.note)
        self._write_titles(ax)
        key.draw_key(ax, self.looks, columns, TICKS)

    def _lay_paper(self, ax: Axes) -> None:
        """Put white behind all of it: the reader's own figure may be dark."""
        low = -self.bottom - self.spare
        rows = self.content.count * self.content.pitch
        paper = Rectangle(
            (-self.columns.label, low),
            self.columns.width,
            self.top + rows - low,
            facecolor=style.PAPER,
            transform=inches_from(ax, 0, 0),
            clip_on=False,
            zorder=-1,
            gid="paper",
        )
        ax.add_artist(paper)

    def _write_titles(self, ax: Axes) -> None:
        font, left = self._fonts.title, -self.columns.label
        title = ax.set_title(
            self._title,
            loc="left",
            y=1.0,
            family=font.family,
            size=font.size,
            weight=font.weight,
            color=rc["axes.titlecolor"],
            parse_math=False,
            linespacing=1.15,
        )
        # The shift is the transform's, not the position's: so set_title can still take its place.
        shift = ScaledTranslation(left, self._below_title, ax.figure.dpi_scale_trans)
        title.set_transform(ax.transAxes + shift)
        if self._subtitle:
            ax.text(
                left,
                self._below_subtitle,
                self._subtitle,
                transform=inches_from(ax, 0, 1),
                family=self._fonts.subtitle.family,
                size=self._fonts.subtitle.size,
                color=style.QUIET_INK,
                va="bottom",
                parse_math=False,
                gid="subtitle",
            )


def _lines(text: str) -> int:
    return text.count("\n") + 1 if text else 0
