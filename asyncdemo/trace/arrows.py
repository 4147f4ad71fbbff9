"""Who created and who woke whom, as arrows between the states that a trace shows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from asyncdemo.timeline import Span, Timeline
from asyncdemo.trace.tracks import Piece, Tracks, ticks


@dataclass(frozen=True)
class Arrow:
    """An arrow from where one span ran to where another goes on.

    Attributes:
        why: What the first did to the other.
        source: The span that did it.
        start: Ticks from the start of the recording, within a piece in which `source` ran.
        target: The span that it was done to.
        end: Ticks from the start of the recording, within a piece of `target`; after `start`.
    """

    why: Literal["created", "called", "woken"]
    source: Span
    start: int
    target: Span
    end: int


def arrows(timeline: Timeline, tracks: Tracks) -> Iterator[Arrow]:
    """Who created, called and woke whom, as far as that leads from one track to another.

    Example:
        >>> empty = Timeline(spans=(), blocked=(), duration=0.0, cut=None)
        >>> [*arrows(empty, Tracks.of(empty))]
        []
    """
    ran = {
        id: [piece for piece in pieces if piece.stretch.state == "running"]
        for id, pieces in tracks.pieces.items()
    }
    for root in tracks.roots:
        source = timeline.parent(root)
        if source is not None:
            end = _beginning(root, tracks.pieces[root.id])
            start = _start(ran[source.id], ticks(root.created), end)
            if start is not None:
                yield Arrow("created" if root.is_task else "called", source, start, root, end)
    for pieces in tracks.pieces.values():
        for ready, following in zip(pieces, [*pieces[1:], None], strict=False):
            by = ready.stretch.woken_by
            if by is not None and by in ran:
                end = _going_on(ready, following)
                start = _start(ran[by], ticks(ready.stretch.start), end)
                if start is not None:
                    yield Arrow("woken", timeline.span(by), start, ready.span, end)


def _inside(piece: Piece, moment: int) -> int:
    """The moment in the piece that is nearest to that one, and not at its edge.

    At an edge, viewers differ in which slice an arrow leads to.
    """
    last = piece.end - 1
    return max(min(moment, last), min(piece.start + 1, last))


def _start(ran: list[Piece], moment: int, end: int) -> int | None:
    """The moment, or the last one before it in which the span ran.

    A task wakes those who wait for it when its coroutine has ended, and a sync caller creates
    the first task of the loop that it waits for.
    """
    last = bisect_right(ran, moment, key=lambda piece: piece.start) - 1
    if last < 0:
        return None
    start = _inside(ran[last], min(moment, end - 1))
    return start if start < end else None


def _beginning(root: Span, pieces: list[Piece]) -> int:
    """Where a task, or what else has a track, begins to run; or where it ends without."""
    start = ticks(root.start)
    first = [piece for piece in pieces if piece.start == start]
    if not first and pieces and ticks(root.end) == start:
        first = pieces[-1:]
    return _inside(first[0], start) if first else start


def _going_on(ready: Piece, following: Piece | None) -> int:
    """Where the woken span runs next: viewers draw an arrow from the end of what ran before."""
    goes_on = following if following and following.start == ready.end else None
    target = goes_on or ready
    return _inside(target, target.start)
