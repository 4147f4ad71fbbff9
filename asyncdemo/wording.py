"""What the picture, the text and the alt text say in common: durations, headlines, outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

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
# No reader counts more in one bar.
MANY_WAITS = 20

IN_LOOPS = ("coroutine", "async generator")
NOT_RECORDED = "code that was not recorded"
NOTHING_RAN = (
    "No coroutine ran while this was recorded: a coroutine runs once it is awaited, "
    "or handed to asyncio.run()."
)


def duration(seconds: float) -> str:
    """Seconds as a reader says them: `340 µs`, `12 ms`, `0.25 s`, `1.0 s`, `2 min 5 s`."""
    if seconds <= 0.0000005:
        return "0 s"
    if seconds < 0.0009995:
        return f"{seconds * 1e6:.0f} µs"
    if seconds < 0.00995:
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
    calls = sum(span.kind != "caller" for span in timeline.spans)
    if not calls:
        return "No coroutine ran"
    took = duration(timeline.duration)
    if calls == 1:
        said = f"{took} · one call"
    elif one_chain(timeline):
        said = f"{took} · one chain of awaits"
    elif timeline.max_in_flight < 2:
        said = f"{took} · one after another"
    elif not timeline.ready_known or timeline.speedup < OVERLAPPED:
        said = f"{took} · up to {timeline.max_in_flight:,} in flight"
    else:
        sequential = duration(timeline.one_after_another)
        said = f"{took} instead of {sequential} · up to {timeline.max_in_flight:,} in flight"
    if timeline.blocked:
        said += f" · loop blocked for {duration(sum(b.duration for b in timeline.blocked))}"
    if timeline.cut is not None:
        said += f" · recording cut at {duration(timeline.cut)}"
    return said


def ready_unknown(timeline: Timeline) -> str:
    """What is to be said where it is not known when calls became ready; empty where it is."""
    if timeline.ready_known:
        return ""
    known = any(span.ready_known and span.kind in IN_LOOPS for span in timeline.spans)
    which, there = ("One event loop", " there") if known else ("This event loop", "")
    return (
        f"{which} does not tell when calls become ready or who wakes them: "
        f"waiting{there} includes ready."
    )


def one_chain(timeline: Timeline) -> bool:
    """Whether each call awaited the next, so that there was one thing to wait for at a time."""
    calls = [span for span in timeline.spans if span.kind != "caller"]
    ends = sum(not timeline.children(span) for span in calls)
    # A thread may run on when the call that awaited it has ended.
    outlived = any(c.end > span.end for span in calls for c in timeline.children(span))
    return ends == 1 and len(calls) > 1 and timeline.max_in_flight < 2 and not outlived


def ending(span: Span) -> str:
    """How a span ended: a sign, a word, and the result or the exception's name."""
    sign = SIGNS[span.outcome]
    if span.kind == "caller" and span.outcome == "returned":
        return f"{sign} end of block"
    return f"{sign} {span.outcome} {span.result}".rstrip()


def culprit(blocked: Blocked) -> str:
    """Which line blocked the loop: `line 12: time.sleep(0.5)`; empty when nobody saw it."""
    return f"line {blocked.line}: {blocked.source}" if blocked.line else ""


def awaited(span: Span) -> list[str]:
    """The awaits that suspended it, each once: `await a() ×10`, `await b()`."""
    return [f"{at} ×{n:,}" if n > 1 else at for at, n in Counter(span.awaits).items()]


def many_waits(span: Span) -> str:
    """How many times it waited, where that is more than a picture shows: `1,200 waits`."""
    waits = sum(stretch.state == "waiting" for stretch in span.stretches)
    return f"{waits:,} waits" if waits > MANY_WAITS else ""


def kind_word(span: Span) -> str:
    """What is special about where or how it ran; empty for a coroutine on this loop."""
    if span.kind == "process":
        return "in another process"
    if span.kind == "thread" or span.thread:
        return "in another thread"
    return "async generator" if span.kind == "async generator" else ""


def nothing_ran(timeline: Timeline) -> bool:
    """Whether it saw no coroutine at all, but the caller at most."""
    return all(span.kind == "caller" for span in timeline.spans)


def wakes(timeline: Timeline) -> list[str]:
    """Who woke whom, each pair once: `cook() woke waiter() ×2`."""
    labels = {span.id: span.label for span in timeline.spans}
    pairs = Counter(
        (labels[wake.by], labels[wake.woken]) for wake in timeline.wakes if wake.by in labels
    )
    return [
        f"{by} woke {woken} ×{n:,}" if n > 1 else f"{by} woke {woken}"
        for (by, woken), n in pairs.items()
    ]


def outcomes(spans: Sequence[Span]) -> str:
    """How many ended in which way: `✓ 9,990 returned · ✗ 10 raised`."""
    count = Counter(span.outcome for span in spans)
    return " · ".join(
        f"{sign} {count[outcome]:,} {outcome}" for outcome, sign in SIGNS.items() if count[outcome]
    )


def blocked_by(timeline: Timeline, blocked: Blocked) -> str:
    """What blocked the loop, as well as it is known: a line, or else a call."""
    if blocked.line:
        return f"{culprit(blocked)} in {blocked.function}"
    try:
        return timeline.span(blocked.span).label if blocked.span is not None else NOT_RECORDED
    except KeyError:
        return NOT_RECORDED
