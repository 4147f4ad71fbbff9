"""What a timeline's picture shows, in sentences: for those who hear it or cannot load it.

As with the text form, only durations may differ from run to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncdemo import wording
from asyncdemo.columns import fit, fit_middle
from asyncdemo.text import MOST_ROWS, by_function, most_in_flight
from asyncdemo.timeline import Blocked, Span, Timeline

if TYPE_CHECKING:
    from asyncdemo.comparison import Comparison

# A listener cannot skim: beyond these the first ones stand for all.
MOST_SAID = 20
MOST_BLOCKED = 5
MOST_AWAITS = 3
MOST_WAKES = 12
LONGEST_LABEL, LONGEST_AWAIT = 60, 80
JOBS = ("thread", "process")


def alt_text(shown: Timeline | Comparison) -> str:
    """What the picture shows, as one would say it on the phone.

    Example:
        >>> alt_text(timeline)  # doctest: +SKIP
        "Timeline: 0.31 s, one call. brew('tea', 0.3): from 0 s to 0.30 s, waited at ..."
    """
    if isinstance(shown, Timeline):
        return f"Timeline: {_description(shown, MOST_SAID)}"
    count = len(shown.timelines)
    told = [f"{count} timelines on one time scale."] if count > 1 else []
    for n, (title, timeline) in enumerate(zip(shown.titles, shown.timelines, strict=True), 1):
        name = f"Number {n}" if count > 1 else "Timeline"
        said = _description(timeline, max(MOST_SAID // count, 3))
        said += _wakes(timeline) if shown.wakes else ""
        told.append(f"{name}, {title}: {said}" if title else f"{name}: {said}")
    return " ".join(told)


def _description(timeline: Timeline, rows: int) -> str:
    if wording.nothing_ran(timeline):
        said = [wording.NOTHING_RAN]
    else:
        said = [wording.headline(timeline).replace(" · ", ", ") + ".", _insight(timeline)]
    said.append(wording.ready_unknown(timeline))
    said += [_blocked(timeline, blocked) for blocked in timeline.blocked[:MOST_BLOCKED]]
    if len(timeline.blocked) > MOST_BLOCKED:
        said.append(f"It was blocked {len(timeline.blocked) - MOST_BLOCKED} more times.")
    if len(timeline.spans) > MOST_ROWS:
        groups = list(by_function(timeline).items())
        told = [_group(name, spans) for name, spans in groups]
    else:
        told = [_row(timeline, row.span) for row in timeline.rows]
    said += told[:rows]
    if len(told) > rows:
        kind = "functions" if len(timeline.spans) > MOST_ROWS else "rows"
        said.append(f"{len(told) - rows:,} more {kind} are left out here.")
    return " ".join(sentence for sentence in said if sentence)


def _wakes(timeline: Timeline) -> str:
    said = wording.wakes(timeline)
    more = len(said) - MOST_WAKES
    said[MOST_WAKES:] = [f"and {more} more such pairs"] if more > 0 else []
    return f" Arrows: {', '.join(said)}." if said else ""


def _insight(timeline: Timeline) -> str:
    calls = [span for span in timeline.spans if span.kind != "caller"]
    if len(calls) < 2:
        return ""
    if wording.one_chain(timeline):
        return "Each call awaited the next."
    if timeline.max_in_flight < 2:
        return "Nothing overlapped: each call had ended before the next one started."
    if not timeline.ready_known:
        return "Calls were in flight together."
    if timeline.speedup < wording.OVERLAPPED:
        return "Calls were in flight together, but that saved next to no time."
    return "The calls overlapped: while one waited, others went on."


def _row(timeline: Timeline, span: Span) -> str:
    parts = [f"from {wording.duration(span.start)} to {wording.duration(span.end)}"]
    if awaits := wording.awaited(span):
        said = [fit(at, LONGEST_AWAIT) for at in awaits[:MOST_AWAITS]]
        more = len(awaits) - len(said)
        said += [f"{more} more {'place' if more == 1 else 'places'}"] if more else []
        parts.append(f"waited at {' and at '.join(said)}")
    elif span.kind not in JOBS:
        parts.append("never suspended")
    parts.append(_ending(span))
    return f"{_label(span)}{_relation(timeline, span)}: {', '.join(parts)}."


def _label(span: Span) -> str:
    return fit_middle(span.label, LONGEST_LABEL)


def _relation(timeline: Timeline, span: Span) -> str:
    parent = timeline.parent(span)
    if parent is None:
        return ", in another thread" if span.thread else ""
    if span.kind in JOBS:
        said = f"run {wording.kind_word(span)} for"
    elif span.is_task:
        said = "a task of"
    elif span.kind == "async generator":
        said = "an async generator of"
    else:
        said = "awaited by"
    return f", {said} {_label(parent)}"


def _ending(span: Span) -> str:
    if span.kind == "caller" and span.outcome == "returned":
        return "reached the end of its block"
    if span.outcome in ("cancelled", "closed"):
        return f"was {span.outcome}"
    if span.outcome == "unfinished":
        return "unfinished when the recording ended"
    return f"{span.outcome} {span.result}".rstrip()


def _group(name: str, spans: tuple[Span, ...]) -> str:
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    parts = [f"from {wording.duration(start)} to {wording.duration(end)}"]
    if in_flight := most_in_flight(spans):
        parts.append(f"up to {in_flight:,} in flight")
    # Without the signs, which a screen reader would spell out.
    parts += [said[2:] for said in wording.outcomes(spans).split(" · ")]
    calls = "1 call" if len(spans) == 1 else f"{len(spans):,} calls"
    return f"{name}, {calls}: {', '.join(parts)}."


def _blocked(timeline: Timeline, blocked: Blocked) -> str:
    start, end = wording.duration(blocked.start), wording.duration(blocked.end)
    said = f"The loop was blocked from {start} to {end} by {wording.blocked_by(timeline, blocked)}"
    held_up = [_label(span) for span in timeline.spans if _held_up(span, blocked) >= 0.1]
    if not held_up:
        return f"{said}."
    more = f" and {len(held_up) - 3} more" if len(held_up) > 3 else ""
    return f"{said}; ready meanwhile and held up: {', '.join(held_up[:3])}{more}."


def _held_up(span: Span, blocked: Blocked) -> float:
    """Seconds for which the span was ready and the blocked loop could not run it."""
    return sum(
        max(min(s.end, blocked.end) - max(s.start, blocked.start), 0.0)
        for s in span.stretches
        if s.state == "ready"
    )
