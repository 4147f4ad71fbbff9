"""What goes through all rows: the bands in which the loop was blocked, and a recording's cut."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from asyncdemo.picture import style
from asyncdemo.picture.bands import Band
from asyncdemo.picture.flags import Flag
from asyncdemo.picture.fonts import Font
from asyncdemo.picture.layout import LINE, inches_from


def draw_marks(
    ax: Axes, bands: Sequence[Band], cut: float | None, flags: Sequence[Flag], font: Font
) -> None:
    """Draw the bands and the cut of a timeline, and the flags over them."""
    look, upright = style.BLOCKED, ax.get_xaxis_transform()
    areas = PolyCollection(
        [[(b.start, 0.0), (b.end, 0.0), (b.end, 1.0), (b.start, 1.0)] for b in bands],
        facecolors=look.face,
        linewidths=0,
        transform=upright,
        zorder=0.3,
        label=look.name,
    )
    sides = LineCollection(
        [[(x, 0.0), (x, 1.0)] for b in bands for x in (b.start, b.end)],
        colors=look.edge,
        linewidths=look.line,
        transform=upright,
        zorder=1,
    )
    ax.add_collection(areas, autolim=False)
    ax.add_collection(sides, autolim=False)
    if cut is not None:
        ax.axvline(cut, color=style.CUT_INK, linewidth=1, linestyle=(0, (4, 2)), zorder=1)
    for flag in flags:
        if flag.text:
            _draw_flag(ax, flag, font)


def _draw_flag(ax: Axes, flag: Flag, font: Font) -> None:
    up = flag.lane * LINE
    over = blended_transform_factory(ax.transData, inches_from(ax, 0, 1))
    pole = Line2D(
        [flag.at, flag.at],
        # Not through its own text, where that reaches back over it.
        [0, up + (LINE - 0.02 if flag.left > flag.pole else 0.02)],
        color=flag.ink,
        linewidth=style.BLOCKED.line,
        transform=over,
        clip_on=False,
    )
    ax.add_artist(pole)
    beside = ScaledTranslation(flag.left - flag.pole, 0, ax.figure.dpi_scale_trans)
    ax.annotate(
        flag.text,
        (flag.at, 0.5),
        # Only the pole's place decides whether the text is shown when the axes are zoomed.
        xycoords=("data", "axes fraction"),
        annotation_clip=True,
        xytext=(flag.at, up + LINE / 2),
        textcoords=over + beside,
        family=font.family,
        size=font.size,
        color=flag.ink,
        va="center",
        parse_math=False,
        gid="flag",
    )
