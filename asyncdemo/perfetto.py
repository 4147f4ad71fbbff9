"""Timelines as trace files, which Perfetto, Chrome's tracing page and speedscope open.

The file is JSON in the Trace Event Format
(https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU).

A span is a slice on its task's track, with the calls it awaits nested in it. The states are
slices within the innermost call, where they tile the time that no call below takes. So a track
reads like a flame graph whose tips say what the task was doing, and nothing can overlap. A
second track of states for each task would double the tracks, and part a state from its call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from asyncdemo import wording
from asyncdemo.timeline import Blocked, Span, State, Timeline
from asyncdemo.trace.arrows import Arrow, arrows
from asyncdemo.trace.counters import code_running, in_flight
from asyncdemo.trace.tracks import TICKS_PER_MICROSECOND, Piece, Tracks, ticks

PROCESS = 1
# Not the process's number: Perfetto would call that track the main thread, and no other.
FIRST_TRACK = 2
# Names of colours that Chrome reserves; Perfetto gives each name of a slice a colour itself.
COLOURS: dict[State, str] = {
    "not started": "thread_state_unknown",
    "running": "thread_state_running",
    "waiting": "thread_state_sleeping",
    "ready": "thread_state_runnable",
}

type Fields = dict[str, Any]


def to_perfetto(timeline: Timeline) -> str:
    """The timeline as the text of a trace file, for https://ui.perfetto.dev and its like.

    It has a track for each task, each async generator and each job in another thread or
    process; arrows to a call from those who created or woke it; the stretches in which a loop
    was blocked; counters of the calls in flight and of the time in which code ran; and what is
    to be known of the recording as a whole, such as how long it took and where it was cut.

    The text is the same for the same timeline. Write it as UTF-8, which viewers expect.

    Example:
        >>> Path("cafe.json").write_text(to_perfetto(timeline), "utf-8")  # doctest: +SKIP
        4711
    """
    trace = _Trace(timeline)
    timed = sorted(trace.events(), key=lambda event: (event.ts, event.rank))
    events = [*trace.metadata(), *(event.fields for event in timed)]
    # Perfetto would show `\u00b7` for an escaped `·`.
    encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
    lines = ",\n".join(map(encoder.encode, events))
    # By this unit Chrome rounds ends when it nests slices: by ms, to microseconds, which puts one
    # that is shorter than that into the slice before it.
    return f'{{"displayTimeUnit": "ns", "traceEvents": [\n{lines}\n]}}\n'


class _Event(NamedTuple):
    """An event, and what comes first of those at one time.

    Perfetto has an arrow begin or end at the slice of its track that began last, of those that
    it has read.
    """

    ts: int
    rank: int
    fields: Fields


SLICE, FROM, TO, REST = range(4)


def _event(rank: int, phase: str, name: str, ts: int, **fields: Any) -> _Event:
    time = ts / TICKS_PER_MICROSECOND
    return _Event(ts, rank, {"ph": phase, "name": name, "pid": PROCESS, "ts": time, **fields})


def _slice(name: str, start: int, end: int, **fields: Any) -> _Event:
    if start < end:
        return _event(SLICE, "X", name, start, dur=(end - start) / TICKS_PER_MICROSECOND, **fields)
    # speedscope loses its place at a slice without duration that begins with another.
    return _event(SLICE, "i", name, start, s="t", **fields)


class _Trace:
    """The events of one timeline's trace."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.tracks = Tracks.of(timeline)
        self.labels: dict[int | None, str] = {span.id: span.label for span in timeline.spans}
        self.blocked = _lanes(timeline.blocked)
        self.lanes = 1 + len(self.blocked)
        self.callers = sum(root.kind == "caller" for root in self.tracks.roots)

    def metadata(self) -> Iterator[Fields]:
        """The names of the tracks, and their order."""
        names = [_track_name(root) for root in self.tracks.roots]
        names[self.callers : self.callers] = ["recording"] + [
            f"loop blocked ({n})" if n > 1 else "loop blocked"
            for n, _ in enumerate(self.blocked, 1)
        ]
        yield _metadata("process_name", PROCESS, name="asyncdemo")
        for thread, name in enumerate(names, FIRST_TRACK):
            yield _metadata("thread_name", thread, name=name)
            yield _metadata("thread_sort_index", thread, sort_index=thread)

    def events(self) -> Iterator[_Event]:
        """All that has a time; on each track, a slice before those within it."""
        for root in self.tracks.roots:
            for span in self.tracks.on(root):
                yield self._span(span)
                yield from map(self._state, self.tracks.pieces[span.id])
        for number, arrow in enumerate(arrows(self.timeline, self.tracks), 1):
            yield from self._arrow(arrow, number)
        for name, start in _notes(self.timeline):
            yield self._note(name, start)
        for thread, lane in enumerate(self.blocked, FIRST_TRACK + self.callers + 1):
            yield from (self._blocked(blocked, thread) for blocked in lane)
        for ts, calls in in_flight(self.timeline):
            yield _event(REST, "C", "in flight", ts, args={"calls": calls})
        for thread, steps in code_running(self.timeline).items():
            name = f"code running in thread {thread}" if thread else "code running"
            for ts, share in steps:
                yield _event(REST, "C", name, ts, args={"per cent": share})

    def _thread(self, span: Span) -> int:
        number = self.tracks.track_of[span.id]
        return FIRST_TRACK + number + (self.lanes if number >= self.callers else 0)

    def _span(self, span: Span) -> _Event:
        ended = "" if span.outcome == "returned" else f" {wording.ending(span)}"
        args = {
            "outcome": span.outcome,
            "result": span.result,
            "file": span.file,
            "line": span.line,
            "created": self._created(span),
            "created by" if span.is_task else "called by": self.labels.get(span.parent),
            "at line": span.parent_line,
            "task": span.task_name,
        }
        start, end = ticks(span.start), ticks(span.end)
        said = {"cat": span.kind, "args": _known(args)}
        return _slice(span.label + ended, start, end, tid=self._thread(span), **said)

    def _created(self, span: Span) -> str:
        return f"{span.created:.6f} s" if ticks(span.created) < ticks(span.start) else ""

    def _state(self, piece: Piece) -> _Event:
        stretch = piece.stretch
        woken_by = self.labels.get(stretch.woken_by)
        args = {"state": stretch.state, "line": stretch.line, "woken by": woken_by}
        said = {"cat": "state", "cname": COLOURS[stretch.state], "args": _known(args)}
        name, thread = stretch.at or stretch.state, self._thread(piece.span)
        return _slice(name, piece.start, piece.end, tid=thread, **said)

    def _arrow(self, arrow: Arrow, number: int) -> Iterator[_Event]:
        said = {"cat": arrow.why, "id": number}
        source, target = self._thread(arrow.source), self._thread(arrow.target)
        yield _event(FROM, "s", arrow.why, arrow.start, tid=source, **said)
        yield _event(TO, "f", arrow.why, arrow.end, tid=target, bp="e", **said)

    def _note(self, name: str, start: int) -> _Event:
        end, thread = ticks(self.timeline.duration), FIRST_TRACK + self.callers
        return _slice(name, start, end, tid=thread, cat="note", args={})

    def _blocked(self, blocked: Blocked, thread: int) -> _Event:
        args = {
            "call": self.labels.get(blocked.span),
            "function": blocked.function,
            "file": blocked.file,
            "line": blocked.line,
        }
        name = wording.blocked_by(self.timeline, blocked)
        start, end = ticks(blocked.start), ticks(blocked.end)
        said = {"cat": "blocked", "cname": "terrible", "args": _known(args)}
        return _slice(name, start, end, tid=thread, **said)


def _metadata(what: str, thread: int, /, **args: Any) -> Fields:
    # The format asks for no time here, but speedscope does.
    return {"ph": "M", "name": what, "pid": PROCESS, "tid": thread, "ts": 0, "args": args}


def _known(args: Fields) -> Fields:
    """What is said at all: `line: 0` and the like mean that it is unknown."""
    return {key: value for key, value in args.items() if value}


def _track_name(root: Span) -> str:
    return " · ".join(filter(None, (root.label, root.task_name, wording.kind_word(root))))


def _notes(timeline: Timeline) -> list[tuple[str, int]]:
    """What is to be known of the recording, and from when on until its end.

    As slices, for viewers show little of a process's name, and a mark's words when it is opened.
    """
    found = [(wording.headline(timeline), 0)]
    if ready_unknown := wording.ready_unknown(timeline):
        found.append((ready_unknown, 0))
    if timeline.cut is not None:
        found.append(("recording cut", ticks(timeline.cut)))
    return found


def _lanes(blocked: Sequence[Blocked]) -> list[list[Blocked]]:
    """The blocked stretches, those that overlap on different lanes: of loops in two threads."""
    lanes: list[list[Blocked]] = []
    for stretch in sorted(blocked, key=lambda blocked: blocked.start):
        for lane in lanes:
            if lane[-1].end <= stretch.start:
                lane.append(stretch)
                break
        else:
            lanes.append([stretch])
    return lanes
