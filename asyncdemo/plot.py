"""Timelines as matplotlib pictures. Nothing imports matplotlib until something is drawn."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from asyncdemo.comparison import Comparison, compare
from asyncdemo.timeline import Timeline

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Comparison", "Png", "compare", "plot", "to_png", "to_vector"]

# Twice the pixels that a page calls one, so that it is crisp on a good screen and in print.
DENSITY = 2
CSS_PIXELS_PER_INCH = 96
# Those of an SVG file take about 25 bytes each.
MOST_POINTS = 30_000


class Png(NamedTuple):
    """A picture as PNG data, and the size at which a page should show it.

    Attributes:
        data: The PNG file.
        width: CSS pixels across; the data hold twice as many.
        height: CSS pixels down; the data hold twice as many.
    """

    data: bytes
    width: int
    height: int


def plot(
    timeline: Timeline, *, ax: Axes | None = None, blank: bool = False, wakes: bool = False
) -> Axes:
    """Draw a timeline: a row for each span, or an overview where there are too many of them.

    Everything is drawn inside the place that the axes have, and made to fit the size they have
    now. More than 200 rows, or more than the axes have room for, become an overview with a lane
    for each function. Steps that are too many and too close to be told apart become the shares of
    the time that each state took.

    Args:
        timeline: What was recorded.
        ax: Axes to draw into; nothing else is touched. Without it, a new pyplot figure is
            made that is as high as the rows need.
        blank: Draw the rows and the axis only: a sheet for drawing a prediction by hand.
        wakes: Draw an arrow from each span to every span that it woke.

    Returns:
        The axes, whose data are seconds across and row numbers down.

    Example:
        >>> ax = plot(timeline, wakes=True)  # doctest: +SKIP
        >>> ax.axvline(0.5)  # doctest: +SKIP
    """
    from asyncdemo.picture import sheet as paper
    from asyncdemo.picture import style

    with style.style():
        if ax is not None:
            paper.draw_into(ax, timeline, blank=blank, wakes=wakes)
            return ax
        from matplotlib import pyplot

        sheet = paper.Sheet((timeline,), ("",), blank=blank, wakes=wakes)
        figure = pyplot.figure(figsize=(sheet.width, sheet.height))
        return sheet.draw(figure)[0]


def to_png(shown: Timeline | Comparison, *, blank: bool = False) -> Png:
    """The picture as a PNG file, made without pyplot; the same bytes for the same timeline.

    The file carries the timelines themselves in a text chunk, as long as they are few.

    Example:
        >>> data, width, height = to_png(timeline)  # doctest: +SKIP
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    from asyncdemo.picture import payload, style
    from asyncdemo.picture import sheet as paper

    if isinstance(shown, Timeline):
        shown = compare(shown)
    with style.style():
        sheet = paper.Sheet(shown.timelines, shown.titles, blank, shown.wakes)
        dpi = CSS_PIXELS_PER_INCH * DENSITY
        figure = Figure(figsize=(sheet.width, sheet.height), dpi=dpi)
        canvas: Any = FigureCanvasAgg(figure)
        sheet.draw(figure)
        canvas.draw()
    size = canvas.get_width_height()
    image = Image.frombytes("RGBA", size, bytes(canvas.buffer_rgba())).convert("RGB")
    palette = Image.new("P", (1, 1))
    palette.putpalette(style.palette())
    few = image.quantize(palette=palette, dither=Image.Dither.NONE)
    file = io.BytesIO()
    # A sheet for predictions must not carry the answer.
    carried = None if blank else payload.pack(shown)
    few.save(file, format="png", optimize=True, pnginfo=carried)
    return Png(file.getvalue(), round(image.width / DENSITY), round(image.height / DENSITY))


def to_vector(
    shown: Timeline | Comparison,
    kind: Literal["svg", "pdf"],
    *,
    blank: bool = False,
    width: float | None = None,
) -> bytes:
    """The picture as an SVG or PDF file whose letters stay letters.

    The bytes are the same for the same timelines: the file tells no date. Where shapes have very
    many points, the file holds them as pixels.

    Args:
        shown: A timeline, or a comparison of several.
        kind: Which kind of file.
        blank: Draw the rows and the axis only.
        width: Inches across; as wide as on a screen unless it is given.

    Example:
        >>> to_vector(timeline, "svg")[:5]  # doctest: +SKIP
        b'<?xml'
    """
    import matplotlib
    from matplotlib.figure import Figure

    from asyncdemo.picture import layout, style
    from asyncdemo.picture import sheet as paper

    if isinstance(shown, Timeline):
        shown = compare(shown)
    undated: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Creator": None},
        "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    with style.style():
        # Undone with the style.
        matplotlib.rcParams["svg.fonttype"] = "none"
        matplotlib.rcParams["svg.hashsalt"] = "asyncdemo"
        # Type 3, the default, makes letters that many programs cannot search or edit.
        matplotlib.rcParams["pdf.fonttype"] = 42
        across = layout.WIDTH if width is None else width
        sheet = paper.Sheet(shown.timelines, shown.titles, blank, shown.wakes, across)
        figure = Figure(figsize=(sheet.width, sheet.height))
        _canvas(figure, kind)
        sheet.draw(figure)
        _bound(figure)
        file = io.BytesIO()
        # The density is that of what is stored as pixels.
        dpi = CSS_PIXELS_PER_INCH * DENSITY
        figure.savefig(file, format=kind, metadata=undated[kind], dpi=dpi)
    return file.getvalue()


def _bound(figure: Figure) -> None:
    """Where shapes have more points than a file should hold, they are stored as pixels.

    Letters, axes and the key stay what they are.
    """
    import numpy as np

    shapes = [shape for ax in figure.axes for shape in ax.collections]
    points = sum(np.size(path.vertices) // 2 for shape in shapes for path in shape.get_paths())
    if points > MOST_POINTS:
        for shape in shapes:
            shape.set_rasterized(True)


def _canvas(figure: Figure, kind: Literal["svg", "pdf"]) -> None:
    """Letters are measured as this kind of file draws them."""
    if kind == "svg":
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        FigureCanvasSVG(figure)
    else:
        from matplotlib.backends.backend_pdf import FigureCanvasPdf

        FigureCanvasPdf(figure)
