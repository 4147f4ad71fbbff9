"""The bars of the text form: states, or how many are in flight, over time in block characters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from asyncdemo.timeline import Span, State

BAR: dict[State, str] = {"running": "█", "waiting": "░", "ready": "▒", "not started": "·"}
HEIGHTS = "▁▂▃▄▅▆▇█"


def state_bar(span: Span, cells: int, seconds: float) -> str:
    """The states of one span; a cell shows the state that fills most of it.

    Args:
        span: The span to draw.
        cells: Characters in the bar.
        seconds: What the whole bar stands for, from the start of the recording.
    """
    spent: list[dict[State, float]] = [{} for _ in range(cells)]
    for stretch in span.stretches:
        for cell, part in _parts(stretch.start, stretch.end, cells, seconds):
            spent[cell][stretch.state] = spent[cell].get(stretch.state, 0.0) + part
    chars = [BAR[max(states, key=lambda s: states[s])] if states else " " for states in spent]
    # A step is often shorter than a cell. The first and the last one mark where the call began
    # and ended, so they show.
    steps = [cell for cell, states in enumerate(spent) if "running" in states]
    for cell in steps[:1] + steps[-1:]:
        chars[cell] = BAR["running"]
    return "".join(chars)


def height_bar(spans: Sequence[Span], cells: int, seconds: float) -> str:
    """How many of the spans were in flight: the highest blocks are the most that there were.

    Where that is less than one, on average, the highest blocks stand for one.
    """
    busy = [0.0] * cells
    for span in spans:
        for cell, part in _parts(span.start, span.end, cells, seconds):
            busy[cell] += part
    most = max(*busy, seconds / cells) or 1.0
    return "".join(HEIGHTS[round(b / most * 7)] if b else " " for b in busy)


def _parts(start: float, end: float, cells: int, seconds: float) -> Iterator[tuple[int, float]]:
    """The cells that a stretch touches, and the seconds it spends in each."""
    size = seconds / cells or 1.0
    first = min(int(start / size), cells - 1)
    yield first, min(end, (first + 1) * size) - start
    for cell in range(first + 1, cells):
        if end <= cell * size:
            break
        yield cell, min(end, (cell + 1) * size) - cell * size
