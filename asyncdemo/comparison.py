"""Several timelines to be shown together, on one time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asyncdemo.timeline import Timeline


@dataclass(frozen=True, repr=False)
class Comparison:
    """Timelines side by side; in a notebook it shows itself as stacked panels.

    Attributes:
        timelines: The timelines, from top to bottom.
        titles: The title of each; empty where the numbers alone say it.
        wakes: Whether arrows show who woke whom.
    """

    timelines: tuple[Timeline, ...]
    titles: tuple[str, ...]
    wakes: bool = False

    def __repr__(self) -> str:
        from asyncdemo.text import terminal_width, to_text

        return to_text(self, width=terminal_width())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from asyncdemo.display import mimebundle

        return mimebundle(self)


def compare(*timelines: Timeline, titles: Sequence[str] = (), wakes: bool = False) -> Comparison:
    """Show several timelines on one time axis, so that a second is as wide in each of them.

    Args:
        timelines: What to compare, from top to bottom; one alone is shown with its title.
        titles: One title for each, or none at all.
        wakes: Draw an arrow from each span to every span that it woke.

    Raises:
        ValueError: There is nothing to compare, or not one title for each timeline.

    Example:
        >>> compare(staircase, gathered, titles=["awaited", "gathered"])  # doctest: +SKIP
    """
    if not timelines:
        raise ValueError("nothing to compare: hand over one timeline or more")
    if titles and len(titles) != len(timelines):
        raise ValueError(
            f"one title for each timeline, please: there are {len(timelines)} timelines "
            f"and {len(titles)} titles"
        )
    return Comparison(timelines, tuple(titles) or ("",) * len(timelines), wakes)
