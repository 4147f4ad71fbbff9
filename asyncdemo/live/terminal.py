"""Draws a timeline anew and anew at the bottom of a terminal, below what the program prints."""

from __future__ import annotations

import sys
from typing import Final, TextIO

from rich.console import Console
from rich.live import Live as RichLive
from rich.text import Text

from asyncdemo import selection
from asyncdemo.colours import in_colour
from asyncdemo.timeline import Timeline

WIDEST: Final = 140
# Lines that are no rows: headline, scale, key and an empty one for the cursor; a few to spare
# for blocked lines and what the program prints.
OTHER_LINES: Final = 8


class Terminal:
    """A part of the terminal that the text form of a timeline is written into.

    What the program prints into the same terminal appears above it, line by line.

    Args:
        stream: The terminal.

    Example:
        >>> screen = Terminal(sys.stderr)  # doctest: +SKIP
        >>> screen.draw(timeline)  # doctest: +SKIP
    """

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False, markup=False)
        self._live = RichLive(
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
            vertical_overflow="crop",
        )

    def draw(self, timeline: Timeline) -> None:
        """Write it over what was drawn before."""
        if not self._live.is_started:
            self._live.start()
        self._live.update(self._text(timeline), refresh=True)

    def close(self, timeline: Timeline) -> None:
        """Leave the terminal to whoever comes next."""
        self._live.stop()

    def _text(self, timeline: Timeline) -> Text:
        rows = max(self._console.height - OTHER_LINES, 3)
        shown = selection.latest(timeline, rows)
        text = in_colour(shown, width=min(self._console.width - 1, WIDEST))
        text.no_wrap, text.overflow = True, "crop"
        return text
