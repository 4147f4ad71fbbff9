"""Shows a timeline in a terminal, in colour, or as plain text where there is none."""

from __future__ import annotations

import os
from typing import TextIO

from asyncdemo.comparison import Comparison
from asyncdemo.timeline import Timeline

WIDEST = 140
MORE = "One line for each function; -o FILE.txt has one for each of all {:,} calls."


def show(shown: Timeline | Comparison, stream: TextIO) -> None:
    """Write the text form.

    Args:
        shown: A timeline, or a comparison of several.
        stream: A terminal, whose width is used and which gets colours unless `NO_COLOR` is
            set; or a file or pipe, which gets 100 columns of plain text.

    Example:
        >>> show(timeline, sys.stderr)  # doctest: +SKIP
    """
    from asyncdemo.text import to_text

    if not stream.isatty():
        _write(to_text(shown) + _more(shown), stream)
        return
    from rich.console import Console

    console = Console(file=stream, highlight=False, markup=False)
    # One column is left, for terminals that begin a line anew when the last one is filled.
    width = min(console.width - 1, WIDEST)
    if os.environ.get("NO_COLOR") or console.is_dumb_terminal or not _is_unicode(stream):
        _write(to_text(shown, width=width) + _more(shown), stream)
    else:
        from asyncdemo.colours import in_colour

        console.print(in_colour(shown, width=width).append(_more(shown)), soft_wrap=True)


def _more(shown: Timeline | Comparison) -> str:
    """Where the calls are that the text has left out, as a last line."""
    from asyncdemo.text import is_overview

    timelines = (shown,) if isinstance(shown, Timeline) else shown.timelines
    calls = sum(span.kind != "caller" for timeline in timelines for span in timeline.spans)
    return f"\n{MORE.format(calls)}" if any(map(is_overview, timelines)) else ""


def _is_unicode(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("-", "").startswith("utf")


def _write(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    # Windows gives pipes an encoding that has no signs for bars and tree guides.
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()
