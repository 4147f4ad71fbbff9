"""Which spans of a timeline share a track of a trace, and what each shows where.

In a trace, slices on one track are either apart or one within the other. A task and the calls
it awaits nest like that, so they share a track. What does not nest has a track of its own: an
async generator, which lives on while its consumer awaits others; a job in another thread or
process; and whatever a program drives by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asyncdemo.timeline import Span, Stretch, Timeline

# Trace viewers leave out what is nested deeper: Perfetto has 512 levels, and a call takes one
# more than the calls above it, for its states.
DEEPEST = 250
# Eighths of a microsecond. Viewers add start and duration as floating-point numbers, in which
# eighths are exact; of tenths, the sum might come out after the next slice's start.
TICKS_PER_MICROSECOND = 8


def ticks(seconds: float) -> int:
    """Seconds as a whole number of eighths of a microsecond."""
    return round(seconds * 1e6 * TICKS_PER_MICROSECOND)


@dataclass(frozen=True)
class Piece:
    """A stretch of a span, or the part of one in which no call nested within it goes on.

    Attributes:
        span: Whose state it is.
        stretch: The state, and what goes with it.
        start: Ticks from the start of the recording.
        end: Ticks from the start of the recording; after `start`.
    """

    span: Span
    stretch: Stretch
    start: int
    end: int


@dataclass(frozen=True)
class Tracks:
    """Every span's place on a track.

    Attributes:
        roots: The span that each track begins with: the caller, then as in a picture, that is
            by their starts, and those that a call brought about after it.
        nested: The calls within a span on its track, by the span's id, one after another.
        pieces: The states that a span shows on its track, by its id, one after another.
        track_of: The number of each span's track in `roots`, by the span's id.

    Example:
        >>> empty = Timeline(spans=(), blocked=(), duration=0.0, cut=None)
        >>> Tracks.of(empty).roots
        ()
    """

    roots: tuple[Span, ...]
    nested: dict[int, list[Span]]
    pieces: dict[int, list[Piece]]
    track_of: dict[int, int]

    @classmethod
    def of(cls, timeline: Timeline) -> Tracks:
        """The tracks of a timeline."""
        roots, nested = _nest(timeline)
        row_of = {row.span.id: n for n, row in enumerate(timeline.rows)}
        roots.sort(key=lambda span: (span.kind != "caller", row_of[span.id]))
        pieces = {span.id: _pieces(span, nested[span.id]) for span in timeline.spans}
        for calls in nested.values():
            for call in calls:
                # Before its first step, the track is its parent's.
                first = ticks(call.start)
                pieces[call.id] = [piece for piece in pieces[call.id] if piece.start >= first]
        return cls(tuple(roots), nested, pieces, _numbers(roots, nested))

    def on(self, root: Span) -> list[Span]:
        """The spans of the track that begins with `root`, each before those within it."""
        return _within(root, self.nested)


def _nest(timeline: Timeline) -> tuple[list[Span], dict[int, list[Span]]]:
    """The spans that have a track of their own, and those within each span."""
    roots: list[Span] = []
    nested: dict[int, list[Span]] = {span.id: [] for span in timeline.spans}
    depth: dict[int, int] = {}
    for span in timeline.spans:
        parent = timeline.parent(span)
        above = depth.get(parent.id, DEEPEST) if parent is not None else DEEPEST
        if parent is not None and above < DEEPEST and _fits(span, parent, nested[parent.id]):
            nested[parent.id].append(span)
            depth[span.id] = above + 1
        else:
            roots.append(span)
            depth[span.id] = 1
    return roots, nested


def _fits(span: Span, parent: Span, before: Sequence[Span]) -> bool:
    """Whether its slice nests in its parent's, after those that are there."""
    apart = span.is_task or span.kind != "coroutine" or span.thread != parent.thread
    since = max(parent.start, before[-1].end) if before else parent.start
    return not apart and since <= span.start and span.end <= parent.end


def _pieces(span: Span, nested: Sequence[Span]) -> list[Piece]:
    found: list[Piece] = []

    def add(stretch: Stretch, start: float, end: float) -> None:
        if ticks(start) < ticks(end):
            found.append(Piece(span, stretch, ticks(start), ticks(end)))

    first = 0
    for stretch in span.stretches:
        since = stretch.start
        while first < len(nested) and nested[first].start < stretch.end:
            call = nested[first]
            add(stretch, since, call.start)
            since = max(since, call.end)
            if call.end > stretch.end:
                break
            first += 1
        add(stretch, since, stretch.end)
    return found


def _within(root: Span, nested: dict[int, list[Span]]) -> list[Span]:
    found, todo = [], [root]
    while todo:
        span = todo.pop()
        found.append(span)
        todo += reversed(nested[span.id])
    return found


def _numbers(roots: Sequence[Span], nested: dict[int, list[Span]]) -> dict[int, int]:
    return {span.id: n for n, root in enumerate(roots) for span in _within(root, nested)}
