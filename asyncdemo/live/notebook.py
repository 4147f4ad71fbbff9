"""Draws a timeline anew and anew below a notebook's cell, and the finished picture at the end."""

from __future__ import annotations

from typing import Any, Final

from IPython.display import display

from asyncdemo import display as pictures
from asyncdemo import selection
from asyncdemo.live.sketch import sketch
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

MOST_ROWS: Final = 30


class Notebook:
    """The output of the cell that runs.

    Example:
        >>> screen = Notebook()  # doctest: +SKIP
        >>> screen.draw(timeline)  # doctest: +SKIP
    """

    def __init__(self) -> None:
        self._shown: Any = None

    def draw(self, timeline: Timeline) -> None:
        """Show a sketch in the place of the one before."""
        shown = selection.latest(timeline, MOST_ROWS)
        self._show({"text/html": sketch(shown), "text/plain": to_text(shown)})

    def close(self, timeline: Timeline) -> None:
        """Show the picture that stays."""
        self._show(pictures.mimebundle(timeline))

    def _show(self, bundle: dict[str, str]) -> None:
        if self._shown is None:
            self._shown = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._shown.update(bundle, raw=True)
