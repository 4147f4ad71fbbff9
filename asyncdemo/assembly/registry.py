"""What is known so far while raw events are read: spans, threads, who waits for what.

Frames, handles and futures are known by numbers that are reused, so each is forgotten as
soon as it is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from types import CodeType
from typing import Final

from asyncdemo.assembly.drafts import Draft, Place
from asyncdemo.assembly.threads import BlockedDraft, ThreadState
from asyncdemo.recording.events import Chain
from asyncdemo.recording.labels import plain_name
from asyncdemo.recording.landmarks import ASYNC_GENERATOR
from asyncdemo.timeline import Kind

# They wait for no loop to run them.
OUTSIDE_LOOPS: Final = ("thread", "process")


class Registry:
    """The spans in the making, and what connects them.

    Args:
        owns: Tells whether code of a file is to be shown.
        ignored: Keys of frames that are not to be shown.
        under_way: The calls that other tasks were suspended in at the start.
        silent: The threads whose loop has no landmarks, at the start.

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

    def __init__(
        self,
        owns: Callable[[str], bool],
        ignored: frozenset[int] = frozenset(),
        under_way: tuple[Chain, ...] = (),
        silent: frozenset[int] = frozenset(),
    ) -> None:
        self.owns = owns
        self.ignored = set(ignored)
        self.under_way = {key: chain for chain in under_way for key, _, _ in chain.calls}
        self._awaited_under_way = {chain.future: chain for chain in under_way if chain.future}
        self.silent = silent
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
            state.silent = thread in self.silent
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
            ready_known=kind in OUTSIDE_LOOPS or not self.thread.silent,
        )
        self.drafts.append(draft)
        return draft

    def begin(self, label: str, code: CodeType) -> Draft:
        """A call of a coroutine or async generator, hidden unless its code is to be shown."""
        if self.owns(code.co_filename):
            return self.new(label, kind_of(code), code)
        draft = self.new("", kind_of(code), code)
        draft.hidden = True
        return draft

    def met_under_way(self, key: int) -> Draft | None:
        """A span that had started before the recording did; None where nothing is known of it."""
        chain = self.under_way.get(key)
        if key in self.ignored or chain is None:
            return None
        self.begin_under_way(chain, 0.0)
        return self.live[key]

    def meet_awaiting(self, future: int) -> None:
        """Somebody does something about a future: a task under way may wait for it."""
        chain = self._awaited_under_way.get(future)
        if chain is not None:
            self.begin_under_way(chain, 0.0)

    def begin_under_way(self, chain: Chain, since: float) -> None:
        """The calls of a task that had started, and was suspended, when reading began."""
        awaiter: Draft | None = None
        self.thread.suspensions += 1
        # What awaits the caller is not to be shown.
        callers = [n for n, (key, _, _) in enumerate(chain.calls) if self._caller_by(key)]
        for key, code, offset in chain.calls[callers[0] if callers else 0 :]:
            place, draft = self.place(code, offset), self._caller_by(key)
            if draft is not None:
                self.thread.pop(draft)
            else:
                draft = self.begin_suspended(code, since)
                draft.is_task = awaiter is None
                draft.awaiter, draft.parent = awaiter, self.shown(awaiter)
                self.know(draft, key)
            if awaiter is not None:
                awaiter.awaits, draft.called_at = draft, awaiter.place
            draft.suspension = self.thread.suspensions
            draft.wait(since, place, chain.future)
            if chain.future:
                self.waiters[chain.future].append(draft)
            else:
                draft.wake(since, None)
                # In the round before: it runs in the one that comes.
                self.thread.woken.append((draft, draft.since, self.thread.rounds - 1))
            self.under_way.pop(key, None)
            awaiter = draft
        self._awaited_under_way.pop(chain.future, None)

    def _caller_by(self, key: int) -> Draft | None:
        draft = self.live.get(key)
        return draft if draft is not None and draft.kind == "caller" else None

    def forget_under_way(self) -> None:
        """What was under way when the recording began is no longer of interest."""
        self.under_way.clear()
        self._awaited_under_way.clear()

    def begin_suspended(self, code: CodeType, since: float) -> Draft:
        """A call that had started, and was suspended, when reading began."""
        draft = self.begin(f"{plain_name(code)}(…)", code)
        draft.created = draft.since = draft.start = since
        draft.state = "waiting"
        return draft

    def know(self, draft: Draft, key: int) -> None:
        """A span is known by that key from now on."""
        if draft.key == key and self.live.get(key) is draft:
            return
        other = self.live.get(key)
        if other is not None:
            # The key is another's now, so its frame is gone.
            self.abandon(other)
        self.ignored.discard(key)
        draft.key = key
        self.live[key] = draft

    def shown(self, draft: Draft | None) -> Draft | None:
        """That span, or the first that awaits it and is shown."""
        while draft is not None and draft.hidden:
            draft = draft.awaiter
        return draft

    def run(self, draft: Draft, since: float | None = None) -> None:
        """A span takes a step in this thread: now, or since a little earlier."""
        draft.run(self.now if since is None else since)
        self.thread.push(draft)

    def drop(self, draft: Draft) -> None:
        """A span has ended, and its key may be another's soon."""
        if self.live.get(draft.key) is draft:
            del self.live[draft.key]

    def stop_running(self, draft: Draft) -> None:
        """A span is no longer on this thread's call stack, nor is what it called."""
        for above in self.thread.pop(draft):
            self.abandon(above)

    def abandon(self, draft: Draft) -> None:
        """A span ended without an event: 3.13.0 has none for a generator that is closed."""
        if draft.kind != "caller" and draft.end is None:
            draft.finish(self.now, "closed", "")
            self.drop(draft)

    def suspend_unseen(self) -> None:
        """The loop goes on, so whoever seems to run waits, although no event has said so."""
        thread = self.thread
        thread.suspensions += 1
        for draft in reversed(thread.running):
            inner = draft.awaits
            if inner is not None and inner.state == "waiting":
                self.wait_with(draft, inner)
            else:
                # Unrecorded code awaits for it: a task group that was cancelled, for its tasks.
                draft.wait(self.now, draft.place, 0)
                draft.unseen = True
                draft.suspension = thread.suspensions
        thread.running.clear()

    def wait_with(self, draft: Draft, inner: Draft) -> None:
        """A span waits because the call does that it awaits."""
        self.await_future(draft, draft.place, inner.awaiting)
        draft.suspension, draft.unseen = inner.suspension, inner.unseen
        if inner.ready_at is not None:
            draft.wake(self.now, None)

    def await_future(self, draft: Draft, place: Place | None, future: int) -> None:
        """A span suspends at `place` until `future` is done."""
        draft.wait(self.now, place, future)
        self.waiters[future].append(draft)

    def look_at_deadline(self, draft: Draft) -> None:
        """A sleeper that was due while the loop was busy is ready from its deadline on."""
        deadline = self.deadlines.get(draft.awaiting)
        if deadline is not None and deadline <= self.now:
            draft.wake(deadline, None)

    def begin_silent_step(self) -> None:
        """A span goes on that no other of this thread runs, and its loop says nothing of that."""
        thread, now = self.thread, self.now
        outside = [draft for draft in thread.running if draft.calls_loops]
        thread.running = {d: None for d in thread.running if not d.calls_loops}
        if all(draft.since <= thread.suspended_at for draft in thread.running):
            # Whoever still seems to run has suspended with the last that did.
            self.now = thread.suspended_at
        self.suspend_unseen()
        self.now = now
        thread.running = dict.fromkeys(outside)
        thread.cause = None
        thread.begin_step(now)

    def end_silent_step(self) -> None:
        """A span stops running; if none is left, what comes next is none of their doing."""
        thread = self.thread
        if thread.silent and not thread.running:
            thread.cause = None
            self.end_step(thread)

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
