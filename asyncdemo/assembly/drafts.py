"""A span while it is being assembled: its state changes, one stretch after another."""

from __future__ import annotations

import dis
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType

from asyncdemo.assembly import sources
from asyncdemo.timeline import Kind, Outcome, Span, State, Stretch


class Place:
    """A place in the source, an instruction of a code object, and its text."""

    def __init__(self, code: CodeType, offset: int) -> None:
        self.code = code
        self.offset = offset

    @cached_property
    def awaited(self) -> tuple[str, int]:
        """What is awaited here, and the line."""
        return sources.awaited(self.code, self.offset)

    @cached_property
    def is_call(self) -> bool:
        """Whether a function is called here, and nothing is awaited or iterated over."""
        return dis.opname[self.code.co_code[self.offset]].startswith("CALL")

    @cached_property
    def line(self) -> int:
        """The line; 0 when unknown."""
        return sources.line_at(self.code, self.offset)


@dataclass(eq=False)
class Draft:
    """A span in the making. Times are seconds from the start of the recording."""

    label: str
    name: str
    kind: Kind
    code: CodeType | None
    created: float
    sequence: int
    thread: int
    key: int = 0  # of its frame, while it lives
    parent: Draft | None = None
    # The call that awaits it and the one that it awaits, shown or not; and which of its
    # thread's suspensions it is in: calls that await each other suspend and go on together.
    awaiter: Draft | None = None
    awaits: Draft | None = None
    suspension: int = 0
    # Not to be shown; it is known, so that others can be told from it.
    hidden: bool = False
    is_task: bool = False
    task_name: str = ""
    called_at: Place | None = None
    start: float | None = None
    end: float | None = None
    outcome: Outcome = "unfinished"
    result: str = ""
    # What it is doing now, and since when.
    state: State = "not started"
    since: float = 0.0
    place: Place | None = None
    awaiting: int = 0
    ready_at: float | None = None
    # Whether it waits for something that no event has told of.
    unseen: bool = False
    woken_by: Draft | None = None
    # Whether its loop tells when it becomes ready.
    ready_known: bool = True
    stretches: list[tuple[State, float, float, Place | None, Draft | None]] = field(
        default_factory=list
    )

    @property
    def is_over(self) -> bool:
        """Whether it ended before the time that is to be shown."""
        return self.end is not None and self.end < 0.0

    @property
    def calls_loops(self) -> bool:
        """Whether it is a sync caller, which waits for the loops that it runs."""
        return self.kind == "caller" and not self.suspension

    def run(self, now: float) -> None:
        """It takes a step."""
        if self.start is None:
            self.start = max(now, self.created)
        if self.state != "running":
            self._close(now)
            self.state, self.since = "running", max(now, self.since)

    def wait(self, now: float, place: Place | None, awaiting: int) -> None:
        """It suspends at `place`, until the future `awaiting` is done."""
        self._close(now)
        self.state, self.since = "waiting", max(now, self.since)
        self.place, self.awaiting = place, awaiting
        self.ready_at = self.woken_by = None
        self.unseen = False

    def wake(self, at: float, by: Draft | None) -> None:
        """What it waits for has come, thanks to the span `by` or to something outside."""
        if self.ready_known and self.state == "waiting" and self.ready_at is None:
            self.ready_at, self.woken_by = max(at, self.since), by

    def wait_on(self) -> None:
        """It was woken, but waits again at the same place, and nobody has seen it run."""
        self.ready_at = self.woken_by = None
        self.unseen = True

    def finish(self, now: float, outcome: Outcome, result: str) -> None:
        """It ended."""
        if self.start is None:
            self.start = max(now, self.created)
        self._close(now)
        self.end = max(now, self.since)
        self.outcome, self.result = outcome, result

    def _close(self, now: float) -> None:
        now = max(now, self.since)
        if self.state == "waiting":
            until = now if self.ready_at is None else min(self.ready_at, now)
            self._add("waiting", self.since, until, self.place, None)
            if self.ready_at is not None:
                self._add("ready", until, now, None, self.woken_by)
        else:
            self._add(self.state, self.since, now, None, None)
        self.since = now

    def _add(
        self, state: State, start: float, end: float, place: Place | None, by: Draft | None
    ) -> None:
        # An empty stretch is kept only if it says something: an await, or who woke it.
        if end > start or place is not None or by is not None:
            self.stretches.append((state, start, end, place, by))

    def span(self, ids: dict[int, int]) -> Span:
        """The finished span; `ids` gives each draft's id by its sequence number."""
        assert self.start is not None and self.end is not None
        return Span(
            id=ids[self.sequence],
            label=self.label,
            name=self.name,
            kind=self.kind,
            parent=ids.get(self.parent.sequence) if self.parent else None,
            is_task=self.is_task,
            task_name=self.task_name,
            created=max(0.0, self.created),
            start=max(0.0, self.start),
            end=self.end,
            stretches=tuple(
                Stretch(
                    state,
                    max(0.0, start),
                    end,
                    *(place.awaited if place else ("", 0)),
                    ids.get(by.sequence) if by else None,
                )
                for state, start, end, place, by in self.stretches
                if start >= 0.0 or end > 0.0
            ),
            outcome=self.outcome,
            result=self.result,
            file=self.code.co_filename if self.code else "",
            line=self.code.co_firstlineno if self.code else 0,
            parent_line=self.called_at.line if self.called_at else 0,
            thread=self.thread,
            ready_known=self.ready_known,
        )
