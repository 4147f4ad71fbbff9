"""Where things go in a picture, in inches, worked out before anything is drawn.

From left to right: a column of labels, the time axis, and room for the endings that stand to
the right of the bars. All of a picture stays inside the place that its axes had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

from matplotlib import rcParams as rc
from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec
from matplotlib.text import Annotation
from matplotlib.transforms import Affine2DBase, Bbox, ScaledTranslation, Transform

from asyncdemo.picture.fonts import Font
from asyncdemo.picture.style import Look

WIDTH = 9.0
GAP = 0.09
LINE = 0.18
# Narrower than the line around a step that ran, and so hidden by it.
NARROWEST_SEEN = 1.5 / 72
LARGEST_LABELS = 0.38
LARGEST_ENDING = 0.27
# Axes too small for any of this are drawn over their edge rather than not at all.
LEAST_AXIS = 0.3


@dataclass(frozen=True)
class Columns:
    """The widths that the panels of one picture share, and the time that the axis shows."""

    label: float
    axis: float
    right: float
    seconds: float

    def inches(self, seconds: float) -> float:
        """How far right of the start of the axis that moment is."""
        return seconds / self.seconds * self.axis

    @property
    def dot(self) -> float:
        """Seconds that are so short on the axis that they cannot be seen."""
        return NARROWEST_SEEN / self.axis * self.seconds

    @property
    def width(self) -> float:
        """Inches from the left of the labels to the right of the endings."""
        return self.label + self.axis + self.right


@dataclass(frozen=True)
class Margins:
    """Inches kept free around the bars; an axes locator that takes them off the axes' place."""

    ax: Axes
    left: float
    right: float
    top: float
    bottom: float

    def __call__(self, ax: Any, renderer: Any = None) -> Bbox:
        """What is left of the axes' own place; matplotlib asks each time that it draws."""
        place, figure = ax.get_position(original=True), ax.figure.bbox
        dpi = ax.figure.dpi
        across, up = dpi / figure.width, dpi / figure.height
        x0, x1 = place.x0 + self.left * across, place.x1 - self.right * across
        y0, y1 = place.y0 + self.bottom * up, place.y1 - self.top * up
        # A window may be made too small for the margins; an axes of no size cannot be drawn.
        return Bbox.from_extents(x0, y0, max(x1, x0 + 0.001), max(y1, y0 + 0.001))

    def get_subplotspec(self) -> SubplotSpec | None:
        """The axes' place in a grid, which `tight_layout` asks of a locator."""
        return self.ax.get_subplotspec()


class Content(Protocol):
    """What fills a panel: rows of spans, or the lanes of an overview."""

    @property
    def count(self) -> int:
        """How many rows or lanes there are."""

    @property
    def pitch(self) -> float:
        """Inches from one to the next."""

    @property
    def label_width(self) -> float:
        """Inches that the widest label would like."""

    @property
    def endings(self) -> Iterable[tuple[float, float]]:
        """The moment at which each ending is written, and the inches it would like."""

    def draw(self, ax: Axes, columns: Columns) -> None:
        """Draw it into axes whose limits are set."""

    def looks(self, columns: Columns) -> Sequence[Look]:
        """The looks that can be seen, for the key."""


def columns_for(contents: Sequence[Content], width: float, seconds: float) -> Columns:
    """The columns in which the labels and endings of all these contents have room."""
    # The name of the unit is written in the label column, beside the first tick.
    unit = Font("DejaVu Sans", rc["axes.labelsize"]).width("microseconds") + 3 * GAP
    widest = max(content.label_width for content in contents) + GAP
    label = min(max(widest, unit), max(width * LARGEST_LABELS, unit))
    room = width - label
    axis = room - 0.3
    for content in contents:
        for at, wish in content.endings:
            needed = min(wish, width * LARGEST_ENDING) + 2 * GAP
            if at > 0:
                axis = min(axis, (room - needed) * seconds / at)
    axis = max(axis, LEAST_AXIS)
    return Columns(label, axis, room - axis, seconds)


def inches_from(ax: Axes, x: float, y: float) -> Transform:
    """Inches right of and above the point `(x, y)`, in fractions of the axes."""
    return ax.figure.dpi_scale_trans + ScaledTranslation(x, y, cast(Affine2DBase, ax.transAxes))


def write(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    font: Font,
    ink: str,
    *,
    right: float = 0.0,
    up: float = 0.0,
    transform: Transform | None = None,
    gid: str,
) -> Annotation:
    """Write a text, its left end some inches right of and above a point in the data.

    With a transform the point is in that instead. A point of the data that is moved out of
    the axes takes its text with it.
    """
    return ax.annotate(
        text,
        at,
        xycoords=transform or "data",
        xytext=(right * 72, up * 72),
        textcoords="offset points",
        family=font.family,
        size=font.size,
        weight=font.weight,
        color=ink,
        va="center",
        parse_math=False,
        gid=gid,
        zorder=4,
    )
