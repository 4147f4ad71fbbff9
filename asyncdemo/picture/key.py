"""The key of a picture: a quiet line of swatches below the time axis."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import rcParams as rc
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from asyncdemo.picture import style
from asyncdemo.picture.bars import CARET_RIGHT, CARET_SIZE, DOTS
from asyncdemo.picture.fonts import Fonts
from asyncdemo.picture.layout import Columns, inches_from
from asyncdemo.picture.style import Look

LINE = 0.18
GAP = 0.06
SHARES_SIZE = 7


def per_line(looks: Sequence[Look], width: float) -> int:
    """How many entries have room side by side."""
    font = Fonts.for_pitch(1.0).key
    around = rc["legend.handlelength"] + rc["legend.handletextpad"] + rc["legend.columnspacing"]
    widest = max(font.width(look.name) for look in looks) + around * font.size / 72
    return max(1, min(len(looks), int(width / widest)))


def height(looks: Sequence[Look], width: float) -> float:
    """Inches that the key takes, with the gap above it."""
    return GAP + LINE * -(-len(looks) // per_line(looks, width)) if looks else 0.0


def draw_key(ax: Axes, looks: Sequence[Look], columns: Columns, below: float) -> None:
    """Draw the key, that many inches below the axes' lower edge."""
    if not looks:
        return
    key = ax.legend(
        handles=[_swatch(look) for look in looks],
        loc="upper left",
        bbox_to_anchor=(-columns.label, -below - GAP),
        bbox_transform=inches_from(ax, 0, 0),
        ncols=per_line(looks, columns.width),
        frameon=rc["legend.frameon"],
        labelcolor=rc["legend.labelcolor"],
        prop={"family": rc["font.family"], "size": rc["legend.fontsize"]},
    )
    key.set_zorder(1)


def _swatch(look: Look) -> Artist:
    if look in {style.WAKES, style.MANY_WAKES}:
        line = Line2D([], [], marker=CARET_RIGHT, markersize=CARET_SIZE)
    elif look is style.NOT_STARTED:
        line = Line2D([], [], linestyle=DOTS, dash_capstyle="round")
    elif look is style.SHARES:
        return Line2D(
            [],
            [],
            linestyle="",
            marker="s",
            markersize=SHARES_SIZE,
            fillstyle="bottom",
            markerfacecolor=look.face,
            markerfacecoloralt=look.edge,
            markeredgewidth=0,
            label=look.name,
        )
    else:
        return Rectangle(
            (0, 0),
            1,
            1,
            facecolor=look.face,
            edgecolor=look.edge,
            linewidth=look.line,
            hatch=look.hatch or None,
            label=look.name,
        )
    line.set(color=look.edge, linewidth=look.line, label=look.name)
    return line
