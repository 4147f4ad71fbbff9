"""The time axis: its unit, its ticks, and a neat end for a sheet that is drawn on by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from matplotlib import rcParams as rc
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import Formatter, MaxNLocator
from matplotlib.transforms import Transform


@dataclass(frozen=True)
class Unit:
    """What the axis counts in; its data stay seconds."""

    name: str
    seconds: float


UNITS = (
    (0.001, Unit("microseconds", 1e-6)),
    (0.1, Unit("milliseconds", 1e-3)),
    (120.0, Unit("seconds", 1.0)),
    (7200.0, Unit("minutes", 60.0)),
    (math.inf, Unit("hours", 3600.0)),
)
NEAT = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0)
INCHES_PER_TICK = 0.62


def unit_for(seconds: float) -> Unit:
    """The unit in which that much time reads well."""
    return next(unit for below, unit in UNITS if seconds < below)


def neat_end(seconds: float) -> float:
    """A round number of units that is clearly more: it tells the scale, not the answer."""
    unit = unit_for(seconds * 1.1).seconds
    scaled = seconds * 1.1 / unit
    power = 10.0 ** math.floor(math.log10(scaled))
    return unit * power * next(n for n in NEAT if scaled <= n * power * (1 + 1e-9))


class UnitLocator(MaxNLocator):
    """Ticks at round numbers of the unit, as many as have room on the axis as it is drawn."""

    def __init__(self, unit: Unit) -> None:
        super().__init__(steps=[1, 2, 5, 10])
        self.unit = unit

    def tick_values(self, vmin: float, vmax: float) -> Sequence[float]:
        """The ticks from `vmin` to `vmax`, both in seconds."""
        most = self._most()
        # Fewer ticks are better where the last of them then stands at the very end.
        for steps in range(most, 1, -1):
            ticks = self._ticks(vmin, vmax, steps)
            if any(math.isclose(tick, vmax) for tick in ticks):
                return ticks
        return self._ticks(vmin, vmax, most)

    def _ticks(self, vmin: float, vmax: float, steps: int) -> list[float]:
        self.set_params(nbins=steps)
        scale = self.unit.seconds
        return [tick * scale for tick in super().tick_values(vmin / scale, vmax / scale)]

    def _most(self) -> int:
        axes = cast(Axis, self.axis).axes
        return min(10, max(2, int(axes.bbox.width / axes.figure.dpi / INCHES_PER_TICK)))


class UnitFormatter(Formatter):
    """Seconds written in the unit, all ticks with the same number of decimals."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit

    def __call__(self, x: float, pos: int | None = None) -> str:
        """One value, as it stands under the pointer."""
        return f"{x / self.unit.seconds:.4g}"

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks."""
        scaled = [value / self.unit.seconds for value in values]
        step = min((b - a for a, b in pairwise(scaled)), default=1.0)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
        return [f"{tick:.{decimals}f}" for tick in scaled]


def dress(ax: Axes, seconds: float) -> None:
    """Give any axes, the reader's own too, a time axis from 0 to `seconds` and a light grid."""
    unit = unit_for(seconds)
    ax.set_facecolor(rc["axes.facecolor"])
    for side, spine in ax.spines.items():
        spine.set(visible=side == "bottom", color=rc["axes.edgecolor"], lw=rc["axes.linewidth"])
    ax.set_xlim(0, seconds)
    ax.xaxis.set_major_locator(UnitLocator(unit))
    ax.xaxis.set_major_formatter(UnitFormatter(unit))
    ax.tick_params(
        axis="x",
        which="major",
        color=rc["xtick.color"],
        labelcolor=rc["xtick.labelcolor"],
        labelsize=rc["xtick.labelsize"],
        labelfontfamily=rc["font.family"][0],
        length=rc["xtick.major.size"],
        width=rc["xtick.major.width"],
        pad=rc["xtick.major.pad"],
    )
    ax.set_yticks([])
    ax.set_axisbelow(True)
    ax.grid(True, axis="x", color=rc["grid.color"], linewidth=rc["grid.linewidth"])
    ax.xaxis.set_visible(True)


def name_unit(ax: Axes, seconds: float, inches: Transform, left: float) -> None:
    """Write the unit beside the first tick, that many inches from the start of the axis."""
    ax.set_xlabel(
        unit_for(seconds).name,
        size=rc["axes.labelsize"],
        color=rc["axes.labelcolor"],
        family=rc["font.family"],
        ha="left",
        va="top",
    )
    below = (rc["xtick.major.size"] + rc["xtick.major.pad"]) / 72
    ax.xaxis.set_label_coords(left, -below, inches)
