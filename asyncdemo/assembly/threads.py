"""What one thread is doing while events are read: who runs, who caused it, since when.

Also finds the stretches in which its event loop was blocked.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from types import CodeType

from asyncdemo.assembly import sources
from asyncdemo.assembly.drafts import Draft
from asyncdemo.recording.labels import caller_label, plain_name
from asyncdemo.timeline import Blocked

# The threshold of asyncio's own debug mode, `loop.slow_callback_duration`, in seconds.
BLOCKED = 0.1


@dataclass(frozen=True)
class BlockedDraft:
    """A blocked stretch, and the span that ran in it."""

    start: float
    end: float
    draft: Draft | None
    file: str
    line: int
    function: str

    def final(self, ids: dict[int, int]) -> Blocked:
        """The stretch as a timeline has it; `ids` gives each draft's id by its sequence number."""
        return Blocked(
            start=max(0.0, self.start),
            end=self.end,
            span=ids.get(self.draft.sequence) if self.draft else None,
            file=self.file,
            line=self.line,
            source=sources.line_text(self.file, self.line),
            function=self.function,
        )


@dataclass
class ThreadState:
    """One thread.

    Attributes:
        number: 0 for the thread that records, then in order of arrival.
        running: The spans on its call stack, the innermost last. The keys of a dictionary:
            where calls await each other thousands deep, a list would be searched at each step.
        cause: When none of them runs: the span that brought about what happens now.
        loops: For each event loop started in it, the sync caller that waits for it.
        last_child: The span that ended last of those that such a caller started.
        step_since: When the step of its loop that is going on began.
        fresh: Whether none of the spans has run in that step yet.
        suspensions: How many times awaiting calls have suspended together.
        suspended_at: When the last of them suspended.
        rounds: How many times its loop has run all handles that were ready.
        woken: The spans that were made ready in it: since when they waited, in which round.
        unclaimed: Who did something lately that nobody was known to wait for, and when.
        left: The span that ended or handed out a value last. An exception may be thrown next
            into whoever awaits it.
        acted: The span that ran last in that step.
        samples: The lines it was seen at in that step: file, line, function, span.
        untold: Whether the last of `loops` is one that did not say when it began.
        main_due: Whether its loop has begun and run no task yet.
        silent: Whether its loop has no landmarks. A step of such a loop lasts from when a span
            goes on until none runs.
    """

    number: int
    running: dict[Draft, None] = field(default_factory=dict)
    cause: Draft | None = None
    loops: list[Draft | None] = field(default_factory=list)
    last_child: Draft | None = None
    step_since: float | None = None
    fresh: bool = True
    suspensions: int = 0
    suspended_at: float = 0.0
    rounds: int = 0
    woken: list[tuple[Draft, float, int]] = field(default_factory=list)
    unclaimed: deque[tuple[float, Draft]] = field(default_factory=lambda: deque(maxlen=100))
    left: Draft | None = None
    acted: Draft | None = None
    samples: list[tuple[str, int, str, Draft | None]] = field(default_factory=list)
    untold: bool = False
    main_due: bool = False
    silent: bool = False

    @property
    def innermost(self) -> Draft | None:
        """The span whose code is executing."""
        return next(reversed(self.running), None)

    @property
    def actor(self) -> Draft | None:
        """The span that is behind what happens now, if any."""
        shown = (draft for draft in reversed(self.running) if not draft.hidden)
        return next(shown, self.cause)

    @property
    def waiting_caller(self) -> Draft | None:
        """The sync caller that waits for the loop going on."""
        return next((caller for caller in reversed(self.loops) if caller is not None), None)

    def push(self, draft: Draft) -> None:
        """A span begins to run."""
        self.running.pop(draft, None)
        self.running[draft] = None
        self.acted = self.acted if draft.hidden else draft
        self.fresh = False

    def pop(self, draft: Draft) -> list[Draft]:
        """A span stops running; returns those above it, which ended without an event."""
        if draft not in self.running:
            return []
        above: list[Draft] = []
        while (last := self.running.popitem()[0]) is not draft:
            above.append(last)
        return above[::-1]

    def end_round(self) -> None:
        """Its loop has run all handles that were ready when it looked.

        So what was made ready in an earlier round has run. Where it seems to wait still,
        unrecorded code has caught a cancellation for it and awaits something else.
        """
        for draft, since, round in self.woken:
            if round < self.rounds and draft.state == "waiting" and draft.since == since:
                draft.wait_on()
        self.woken = [woken for woken in self.woken if woken[2] >= self.rounds]
        self.rounds += 1

    def seen_at(self, code: CodeType, line: int) -> None:
        """The watchdog saw this thread, whose loop does not move, at a line."""
        function = caller_label(code) if code.co_name.startswith("<") else plain_name(code)
        self.samples.append((code.co_filename, line, function, self.innermost))

    def begin_step(self, now: float) -> None:
        """Its loop begins to run a handle."""
        self.step_since, self.acted, self.fresh = now, self.actor, True
        self.samples.clear()

    def end_step(self, now: float) -> BlockedDraft | None:
        """Its loop is done with a handle; returns the stretch if it was a long one."""
        since, self.step_since = self.step_since, None
        if since is None or now - since < BLOCKED:
            return None
        if not self.samples:
            return BlockedDraft(since, now, self.acted, "", 0, "")
        (file, line, function, draft), _ = Counter(self.samples).most_common(1)[0]
        # Where no event had said who runs, it was whoever the next one was about.
        return BlockedDraft(since, now, draft or self.acted, file, line, function)
