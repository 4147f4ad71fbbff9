"""Parts of a timeline: the long calls only, or one function and all that ran below it.

A selection is a timeline too: its spans keep their ids, and hang below the nearest span above
them that is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from asyncdemo.timeline import Span, Timeline

MOST_NAMES = 8


def longer_than(timeline: Timeline, seconds: float) -> Timeline:
    """The spans that took longer than that, and those above them.

    Raises:
        ValueError: No call took longer; its text says how long the longest one took.

    Example:
        >>> longer_than(timeline, 0.5).named("brew")  # doctest: +SKIP
        (Span(id=1, label="brew('tea', 1.0)", ...),)
    """
    long = [s for s in timeline.spans if s.duration > seconds and s.kind != "caller"]
    if not long:
        longest = max((s.duration for s in timeline.spans if s.kind != "caller"), default=0.0)
        raise ValueError(
            f"no call took longer than {seconds:g} s; the longest took {longest:.3g} s"
        )
    kept: set[int] = set()
    for span in long:
        for above in chain((span,), _above(timeline, span)):
            if above.id in kept:
                break
            kept.add(above.id)
    return _only(timeline, kept)


def focused(timeline: Timeline, name: str) -> Timeline:
    """The spans of one function or task, and all below them.

    Args:
        timeline: What was recorded.
        name: A function's own name, its qualified name, or the name of a task.

    Raises:
        ValueError: Nothing has that name; its text says which names there are.

    Example:
        >>> [span.label for span in focused(timeline, "serve").spans]  # doctest: +SKIP
        ['serve(3)', 'brew()', 'pour()']
    """
    todo = [*timeline.named(name), *(s for s in timeline.spans if s.task_name == name)]
    if not todo:
        raise ValueError(f"no function or task is named {name!r}; {_names(timeline.spans)}")
    kept: set[int] = set()
    # A stack, not recursion: an await chain may be deeper than Python's recursion limit.
    while todo:
        span = todo.pop()
        if span.id not in kept:
            kept.add(span.id)
            todo += timeline.children(span)
    return _only(timeline, kept)


def latest(timeline: Timeline, most: int) -> Timeline:
    """The calls in flight and those that ended last, as many as that, with those above them.

    Example:
        >>> len(latest(timeline, 2).spans)  # doctest: +SKIP
        2
    """
    if len(timeline.spans) <= most:
        return timeline
    kept: set[int] = set()
    for span in sorted(timeline.spans, key=lambda s: (s.outcome != "unfinished", -s.end)):
        line = {above.id for above in chain((span,), _above(timeline, span))}
        if len(kept | line) <= most:
            kept |= line
        if len(kept) == most:
            break
    return _only(timeline, kept)


def _above(timeline: Timeline, span: Span) -> Iterator[Span]:
    above = timeline.parent(span)
    while above is not None:
        yield above
        above = timeline.parent(above)


def _only(timeline: Timeline, kept: set[int]) -> Timeline:
    nearest: dict[int, int | None] = {}
    spans = tuple(
        replace(span, parent=_nearest_above(timeline, span, kept, nearest))
        for span in timeline.spans
        if span.id in kept
    )
    return replace(timeline, spans=spans)


def _nearest_above(
    timeline: Timeline, span: Span, kept: set[int], nearest: dict[int, int | None]
) -> int | None:
    """The nearest span above that is kept; `nearest` has those found before, for all passed."""
    passed = [span.id]
    found: int | None = None
    for above in _above(timeline, span):
        if above.id in kept or above.id in nearest:
            found = above.id if above.id in kept else nearest[above.id]
            break
        passed.append(above.id)
    nearest.update(dict.fromkeys(passed, found))
    return found


def _names(spans: Iterable[Span]) -> str:
    names = [*dict.fromkeys(span.name for span in spans if span.kind != "caller")]
    if not names:
        return "no coroutine ran"
    more = len(names) - MOST_NAMES
    return f"there are: {', '.join(names[:MOST_NAMES])}" + (f" and {more} more" if more > 0 else "")
