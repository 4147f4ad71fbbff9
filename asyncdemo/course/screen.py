"""Shows how far a command has come: a bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

_STYLES = {"  -": "red", "  +": "green", "  @": "cyan"}


class Screen(Protocol):
    """Where a command says what it does."""

    def at(self, place: str) -> None:
        """Says what is being done now; a pipe is not told."""

    def advance(self) -> None:
        """Counts one cell as done."""

    def say(self, lines: Sequence[str]) -> None:
        """Writes lines that stay."""


class _Pipe:
    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def at(self, place: str) -> None:
        pass

    def advance(self) -> None:
        pass

    def say(self, lines: Sequence[str]) -> None:
        encoding = self.stream.encoding or "utf-8"
        for line in lines:
            # Windows gives pipes an encoding that has no signs for bars and tree guides.
            print(line.encode(encoding, "backslashreplace").decode(encoding), file=self.stream)
        self.stream.flush()


class _Terminal:
    def __init__(self, progress: Progress, cells: int) -> None:
        self.progress = progress
        self.task = progress.add_task("", total=cells)

    def at(self, place: str) -> None:
        self.progress.update(self.task, description=place)

    def advance(self) -> None:
        self.progress.advance(self.task)

    def say(self, lines: Sequence[str]) -> None:
        for line in lines:
            text = Text(line, style=_STYLES.get(line[:3], ""))
            # Indented lines are quoted, and stay whole when they are copied.
            self.progress.console.print(text, soft_wrap=line.startswith(" "))


@contextmanager
def screen(cells: int, console: Console | None = None) -> Iterator[Screen]:
    """The terminal with a progress bar at its foot, or a pipe.

    Args:
        cells: How many cells make the whole.
        console: The terminal; by default the standard output, if it is one.

    Example:
        >>> with screen(2) as shown:
        ...     shown.advance()
        ...     shown.say(["a.ipynb: 2 cells as stored"])
        a.ipynb: 2 cells as stored
    """
    if console is None:
        console = Console()
        # FORCE_COLOR makes rich take a pipe for a terminal, and a bar would fill the log.
        if not sys.stdout.isatty() or console.is_dumb_terminal:
            yield _Pipe(sys.stdout)
            return
    columns = (
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        yield _Terminal(progress, cells)
