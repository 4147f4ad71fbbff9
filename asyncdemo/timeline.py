"""What one `record()` saw, as frozen plain data, and the measures taken on it.

Times are `float` seconds from the start of the recording. Nothing here knows asyncio or
matplotlib; a timeline that is shown asks the renderers to draw it, and that is all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Literal

from asyncdemo import intervals

State = Literal["not started", "running", "waiting", "ready"]
Outcome = Literal["returned", "raised", "cancelled", "closed", "unfinished"]
Kind = Literal["coroutine", "async generator", "thread", "process", "caller"]

JSON_FORMAT = "asyncdemo timeline 1"
STILL_RECORDING = "this timeline is still being recorded: use it after the `with record()` block"
READY_UNKNOWN = "its event loop does not tell when a call becomes ready"
# Levels that a tree guide shows. Without an end, guides in a chain of 10,000 awaits take 300 MB.
DEEPEST_GUIDE = 50


@dataclass(frozen=True)
class Stretch:
    """A stretch of time that a span spent in one state.

    Attributes:
        state: What the span was doing.
        start: Seconds from the start of the recording.
        end: Seconds from the start of the recording; never before `start`.
        at: While waiting: the source text it waits at, such as `await asyncio.sleep(1)`,
            or `yield n` for an async generator between two values. Otherwise empty.
        line: While waiting: the line of `at` in the span's file. 0 when unknown.
        woken_by: While ready: the id of the span that made it ready, or None when that was
            a timer, the network or anything else outside the recorded code.
    """

    state: State
    start: float
    end: float
    at: str = ""
    line: int = 0
    woken_by: int | None = None

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return self.end - self.start


@dataclass(frozen=True)
class Span:
    """One coroutine call, from its first step to its end.

    Calls of async generators, jobs in worker threads, and the caller (the cell or function
    whose `with record()` block it was) are spans too; `kind` tells them apart.

    Attributes:
        id: Position in `Timeline.spans` of the whole recording.
        label: The call with its plain arguments, such as `brew('tea', 1.0)`.
        name: The function's qualified name, such as `brew` or `Kitchen.brew`.
        kind: What was called.
        parent: Id of the span that awaits this one, or that created its task.
        is_task: Whether it is the first span of a task of its own.
        task_name: The task's name if the program chose one, else empty.
        created: When its task (or thread job) was created; equals `start` without one.
        start: When its first step ran.
        end: When it ended, or when recording did.
        stretches: Its states; they tile `created` to `end` without gap or overlap.
        outcome: How it ended. For the caller, `returned` means that the block was left
            without an exception.
        result: The plain value it returned, or the name of the exception it raised.
        file: Where the function is defined.
        line: The line of its `def`.
        parent_line: The line in the parent that awaits it or creates its task; 0 if unknown.
        thread: 0 for the thread that records, 1, 2, ... for the others in order of arrival.
        ready_known: Whether it is known when it became ready, and who woke it. Not under an
            event loop that is not asyncio's own, such as uvloop's: there it is waiting until
            it runs, even if it has been ready for a while.
    """

    id: int
    label: str
    name: str
    kind: Kind
    parent: int | None
    is_task: bool
    task_name: str
    created: float
    start: float
    end: float
    stretches: tuple[Stretch, ...]
    outcome: Outcome
    result: str
    file: str
    line: int
    parent_line: int
    thread: int
    ready_known: bool = True

    @property
    def duration(self) -> float:
        """Seconds from its first step to its end."""
        return self.end - self.start

    def time(self, state: State) -> float:
        """Seconds spent in `state`.

        Raises:
            ValueError: It is not known when the span was waiting and when it was ready.

        Example:
            >>> span.time("ready")  # doctest: +SKIP
            0.31
        """
        if state in {"waiting", "ready"} and not self.ready_known:
            raise ValueError(f"how long {self.label} was {state} is not known: {READY_UNKNOWN}")
        return sum(s.duration for s in self.stretches if s.state == state)

    @property
    def awaits(self) -> tuple[str, ...]:
        """The source text of every await that really suspended it, in order."""
        return tuple(s.at for s in self.stretches if s.state == "waiting" and s.at)


@dataclass(frozen=True)
class Blocked:
    """A stretch in which an event loop could run nothing else for 0.1 s or more.

    Attributes:
        start: Seconds from the start of the recording.
        end: Seconds from the start of the recording.
        span: Id of the span that was running, or None if it was a plain callback.
        file: The file of the line that blocked; empty when nobody could be seen at it.
        line: The line that blocked; 0 when unknown.
        source: The text of that line, stripped.
        function: The name of the function that the line belongs to.
    """

    start: float
    end: float
    span: int | None
    file: str
    line: int
    source: str
    function: str

    @property
    def duration(self) -> float:
        """Seconds for which the loop was blocked."""
        return self.end - self.start


@dataclass(frozen=True)
class Wake:
    """One span making another ready: at `time`, the span `by` woke the span `woken`."""

    time: float
    by: int
    woken: int


@dataclass(frozen=True)
class Row:
    """One row of a picture: a span and the tree guide (such as `├─ `) before its label."""

    span: Span
    guide: str


@dataclass(frozen=True, repr=False)
class Timeline:
    """All that one `record()` saw.

    `record()` hands it out empty when its block is entered and fills it when the block is
    left; reading it before raises `RuntimeError`.

    Attributes:
        spans: Every span, in the order of their starts.
        blocked: Every stretch of 0.1 s or more in which a loop could run nothing else; under
            a loop that is not asyncio's own, those in which recorded calls ran.
        duration: Seconds from the start of the recording to its end.
        cut: When recording stopped at its limit or at a fault, else None. Nothing before
            that moment is missing.

    Example:
        >>> import asyncio
        >>> from asyncdemo import record
        >>> async def brew(drink):
        ...     await asyncio.sleep(0.01)
        ...     return drink
        >>> with record() as timeline:
        ...     drink = asyncio.run(brew("tea"))
        >>> [span.outcome for span in timeline.named("brew")]
        ['returned']
    """

    spans: tuple[Span, ...]
    blocked: tuple[Blocked, ...]
    duration: float
    cut: float | None

    def __getattr__(self, name: str) -> Any:
        if name in self.__dataclass_fields__:
            raise RuntimeError(STILL_RECORDING)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @cached_property
    def ready_known(self) -> bool:
        """Whether it is known of every span when it became ready, and who woke it."""
        return all(span.ready_known for span in self.spans)

    def span(self, id: int) -> Span:
        """The span with that id.

        Raises:
            KeyError: This timeline has no such span.
        """
        return self._by_id[id]

    def named(self, *names: str) -> tuple[Span, ...]:
        """The spans of the functions with these names, in the order of their starts.

        A name is a function's own (`brew`) or its qualified name (`Kitchen.brew`).
        """
        return tuple(s for s in self.spans if s.name in names or s.name.split(".")[-1] in names)

    def only(self, *names: str) -> Timeline:
        """The same recording with only the spans of these functions, for measuring them.

        Example:
            >>> timeline.only("fetch").max_in_flight  # doctest: +SKIP
            8
        """
        kept = self.named(*names)
        ids = {span.id for span in kept}
        spans = tuple(s if s.parent in ids else replace(s, parent=None) for s in kept)
        return replace(self, spans=spans)

    def children(self, span: Span) -> tuple[Span, ...]:
        """The spans that it awaited or whose tasks it created, in the order of their starts."""
        return self._children.get(span.id, ())

    def parent(self, span: Span) -> Span | None:
        """The span that awaits this one, or that created its task."""
        return self._by_id.get(span.parent) if span.parent is not None else None

    @cached_property
    def _by_id(self) -> dict[int, Span]:
        return {span.id: span for span in self.spans}

    @cached_property
    def _children(self) -> dict[int | None, tuple[Span, ...]]:
        found: dict[int | None, list[Span]] = {}
        for span in self.spans:
            parent = span.parent if span.parent in self._by_id else None
            found.setdefault(parent, []).append(span)
        return {parent: tuple(spans) for parent, spans in found.items()}

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The spans as a picture shows them: in start order, children under their parent."""
        rows: list[Row] = []
        # A stack, not recursion: an await chain may be deeper than Python's recursion limit.
        todo = [(span, "", "") for span in reversed(self._children.get(None, ()))]
        while todo:
            span, guide, indent = todo.pop()
            rows.append(Row(span, guide))
            below = self.children(span)
            for n, child in reversed(list(enumerate(below, 1))):
                branch, beneath = ("└─ ", "   ") if n == len(below) else ("├─ ", "│  ")
                deeper = indent if len(indent) >= 3 * DEEPEST_GUIDE else indent + beneath
                todo.append((child, indent + branch, deeper))
        return tuple(rows)

    @cached_property
    def wakes(self) -> tuple[Wake, ...]:
        """Who woke whom, in order of time, as far as `ready_known` of a span says so."""
        found = [
            Wake(stretch.start, stretch.woken_by, span.id)
            for span in self.spans
            for stretch in span.stretches
            if stretch.woken_by is not None
        ]
        return tuple(sorted(found, key=lambda wake: wake.time))

    @cached_property
    def one_after_another(self) -> float:
        """Seconds that the same work would have taken one after another.

        The sum, over all spans, of the time spent running or waiting for something outside
        the recorded code (a timer, the network). Time that a span waited for another span
        is that other span's, and being ready is nobody's work: neither counts twice.

        Raises:
            ValueError: It is not known of every span who woke it; see `ready_known`.
        """
        for span in self.spans:
            if not span.ready_known:
                raise ValueError(f"what {span.label} waited for is not known: {READY_UNKNOWN}")
        return sum(self._own_time(span) for span in self.spans)

    def _own_time(self, span: Span) -> float:
        elsewhere = ("thread", "process")
        awaited = [
            (child.start, child.end)
            for child in self.children(span)
            if not child.is_task or child.kind in elsewhere
        ]
        own: list[intervals.Interval] = []
        for stretch, following in zip(span.stretches, (*span.stretches[1:], None), strict=False):
            for_another = following is not None and following.woken_by is not None
            for_ever = following is None and span.outcome == "unfinished"
            for_its_consumer = span.kind == "async generator" and stretch.at.startswith("yield")
            if stretch.state == "running" or (
                stretch.state == "waiting" and not (for_another or for_ever or for_its_consumer)
            ):
                own.append((stretch.start, stretch.end))
        return intervals.length(intervals.subtract(own, awaited))

    @property
    def speedup(self) -> float:
        """How many times faster it was than one after another; 1.0 for an empty timeline.

        Raises:
            ValueError: It is not known of every span who woke it; see `ready_known`.
        """
        return self.one_after_another / self.duration if self.duration else 1.0

    @cached_property
    def max_in_flight(self) -> int:
        """The most calls in flight at any one time.

        A call with a child in flight is not counted beside its child, nor is the caller:
        three jobs gathered by `main()` are three in flight.
        """
        alone: list[intervals.Interval] = []
        for span in self.spans:
            if span.kind != "caller":
                below = [(c.start, c.end) for c in self.children(span)]
                alone += intervals.subtract([(span.start, span.end)], below)
        return intervals.most_at_once(alone)

    def to_json(self) -> str:
        """The whole timeline as JSON text, which `from_json` reads back unchanged."""
        import json

        data = {field.name: getattr(self, field.name) for field in fields(self)}
        # Spans and what they hold are plain data, and `asdict` would copy all of it first.
        return json.dumps({"format": JSON_FORMAT, **data}, ensure_ascii=False, default=_saved)

    @classmethod
    def from_json(cls, text: str) -> Timeline:
        """The timeline that `to_json` wrote.

        Raises:
            ValueError: The text is not JSON, or not a timeline of this format.
        """
        import json

        try:
            data = json.loads(text)
            if data.pop("format") != JSON_FORMAT:
                raise KeyError
            spans = tuple(_span(span) for span in data.pop("spans"))
            blocked = tuple(Blocked(**b) for b in data.pop("blocked"))
            return cls(spans=spans, blocked=blocked, **data)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(
                f"this is not a timeline saved by to_json in the format {JSON_FORMAT!r}"
            ) from error

    def __repr__(self) -> str:
        if "spans" not in vars(self):
            return f"<{STILL_RECORDING}>"
        from asyncdemo.text import terminal_width, to_text

        return to_text(self, width=terminal_width())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        if "spans" not in vars(self):
            return {"text/plain": repr(self)}
        from asyncdemo.display import mimebundle

        return mimebundle(self)


def _saved(part: object) -> dict[str, Any]:
    data = vars(part)
    if data.get("ready_known"):
        # As it was written before there was anything else to say, and still is read.
        return {name: value for name, value in data.items() if name != "ready_known"}
    return data


def _span(data: dict[str, Any]) -> Span:
    stretches: Iterable[dict[str, Any]] = data.pop("stretches")
    return Span(stretches=tuple(Stretch(**s) for s in stretches), **data)
