"""What is known so far while raw events are read: spans, threads, who waits for what.

Frames, handles and futures are known by numbers that are reused, so each is forgotten as
soon as it is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from types import CodeType

from asyncdemo.assembly.drafts import Draft, Place
from asyncdemo.assembly.threads import BlockedDraft, ThreadState
from asyncdemo.recording.labels import plain_name
from asyncdemo.timeline import Kind

ASYNC_GENERATOR = 0x200  # inspect.CO_ASYNC_GENERATOR


class Registry:
    """The spans in the making, and what connects them.

    Args:
        owns: Tells whether code of a file is to be shown.
        ignored: Keys of frames that are not to be shown.

    Attributes:
        now: When the event being read happened, in seconds from the start.
        thread: The thread it happened in.
        drafts: Every span met so far.
        live: Those that have started and not ended, by the key of their frame.
        unborn: Those whose task has not started yet, by the key of its coroutine's frame.
        waiters: Those that wait for a future, by the future.
        deadlines: When a timer completes a future, by the future.
        blocked: The blocked stretches found so far.

    Example:
        >>> registry = Registry(lambda file: True)
        >>> registry.new("brew('tea')", "coroutine", None).state
        'not started'
    """

    def __init__(self, owns: Callable[[str], bool], ignored: frozenset[int] = frozenset()) -> None:
        self.owns = owns
        self.ignored = set(ignored)
        self.now = 0.0
        self.drafts: list[Draft] = []
        self.live: dict[int, Draft] = {}
        self.unborn: dict[int, Draft] = {}
        self.waiters: defaultdict[int, list[Draft]] = defaultdict(list)
        self.deadlines: dict[int, float] = {}
        self.blocked: list[BlockedDraft] = []
        self.threads: dict[int, ThreadState] = {}
        self.thread = self.enter_thread(0)
        self._places: dict[tuple[int, int], Place] = {}

    def enter_thread(self, thread: int) -> ThreadState:
        """What follows happens in that thread."""
        state = self.threads.get(thread)
        if state is None:
            state = self.threads[thread] = ThreadState(len(self.threads))
        self.thread = state
        return state

    def new(self, label: str, kind: Kind, code: CodeType | None) -> Draft:
        """A span that begins to be known now."""
        draft = Draft(
            label=label,
            name=plain_name(code) if code else "",
            kind=kind,
            code=code,
            created=self.now,
            since=self.now,
            sequence=len(self.drafts),
            thread=self.thread.number,
        )
        self.drafts.append(draft)
        return draft

    def met_under_way(self, key: int, code: CodeType, *, running: bool) -> Draft | None:
        """A span that had started before the recording did; None when it is not to be shown."""
        if key in self.ignored or not self.owns(code.co_filename):
            return None
        draft = self.live[key] = self.new(f"{plain_name(code)}(…)", kind_of(code), code)
        draft.created = draft.since = draft.start = 0.0
        draft.state = "running" if running else "waiting"
        return draft

    def run(self, draft: Draft) -> None:
        """A span takes a step in this thread."""
        draft.run(self.now)
        self.thread.push(draft)

    def stop_running(self, draft: Draft) -> None:
        """A span is no longer on this thread's call stack, nor is what it called."""
        for above in self.thread.pop(draft):
            self.abandon(above)

    def abandon(self, draft: Draft) -> None:
        """A span ended without an event: 3.13.0 has none for a generator that is closed."""
        if draft.kind != "caller" and draft.end is None:
            draft.finish(self.now, "closed", "")
            self.live = {key: live for key, live in self.live.items() if live is not draft}

    def await_future(self, draft: Draft, place: Place | None, future: int) -> None:
        """A span suspends at `place` until `future` is done."""
        draft.wait(self.now, place, future)
        self.waiters[future].append(draft)

    def look_at_deadline(self, draft: Draft) -> None:
        """A sleeper that was due while the loop was busy is ready from its deadline on."""
        deadline = self.deadlines.get(draft.awaiting)
        if deadline is not None and deadline <= self.now:
            draft.wake(deadline, None)

    def end_step(self, thread: ThreadState) -> None:
        """A thread's loop is done with a handle."""
        blocked = thread.end_step(self.now)
        if blocked is not None:
            self.blocked.append(blocked)

    def place(self, code: CodeType, offset: int) -> Place:
        """A place in the source; the same one each time, for its text is looked up once."""
        where = (id(code), offset)
        return self._places.get(where) or self._places.setdefault(where, Place(code, offset))


def kind_of(code: CodeType) -> Kind:
    """Whether calls of that code are coroutines or async generators."""
    return "async generator" if code.co_flags & ASYNC_GENERATOR else "coroutine"
