"""What the picture, the text and the alt text say in common: durations, headlines, outcomes."""

from __future__ import annotations

from asyncdemo.timeline import Blocked, Outcome, Span, Timeline

SIGNS: dict[Outcome, str] = {
    "returned": "✓",
    "raised": "✗",
    "cancelled": "⊘",
    "closed": "■",
    "unfinished": "…",
}

# Below this ratio the overlap is not worth a comparison: nothing or nearly nothing overlapped.
OVERLAPPED = 1.1


def duration(seconds: float) -> str:
    """Seconds as a reader says them: `340 µs`, `12 ms`, `0.25 s`, `1.0 s`, `2 min 5 s`."""
    if seconds < 0.0000005:
        return "0 s"
    if seconds < 0.0009995:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.0095:
        return f"{seconds * 1e3:.1f} ms"
    if seconds < 0.0995:
        return f"{seconds * 1e3:.0f} ms"
    if seconds < 0.995:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def headline(timeline: Timeline) -> str:
    """What happened, in numbers: `1.0 s instead of 1.9 s · up to 3 in flight`."""
    if all(span.kind == "caller" for span in timeline.spans):
        return "No coroutine ran"
    took = duration(timeline.duration)
    if timeline.max_in_flight < 2:
        said = f"{took} · one after another"
    elif timeline.speedup < OVERLAPPED:
        said = f"{took} · up to {timeline.max_in_flight} in flight"
    else:
        sequential = duration(timeline.one_after_another)
        said = f"{took} instead of {sequential} · up to {timeline.max_in_flight} in flight"
    if timeline.blocked:
        said += f" · loop blocked for {duration(sum(b.duration for b in timeline.blocked))}"
    if timeline.cut is not None:
        said += f" · recording cut at {duration(timeline.cut)}"
    return said


def ending(span: Span) -> str:
    """How a span ended: a sign, a word, and the result or the exception's name."""
    sign = SIGNS[span.outcome]
    if span.kind == "caller" and span.outcome == "returned":
        return f"{sign} end of block"
    return f"{sign} {span.outcome} {span.result}".rstrip()


def culprit(blocked: Blocked) -> str:
    """Which line blocked the loop: `line 12: time.sleep(0.5)`; empty when nobody saw it."""
    return f"line {blocked.line}: {blocked.source}" if blocked.line else ""
