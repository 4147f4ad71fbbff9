"""Raw events -> Timeline: works out from what happened what each span was doing when.

The events of one thread nest: what starts or resumes runs until it suspends or ends, and
the innermost span that runs is the one that acts. Frames, handles and futures are known by
numbers that are reused, so each is forgotten as soon as it is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from types import CodeType

from asyncdemo import events
from asyncdemo.drafts import Draft, Place
from asyncdemo.events import Block, Call, Event, Job, Task
from asyncdemo.labels import plain_name
from asyncdemo.threads import BlockedDraft, ThreadState
from asyncdemo.timeline import Blocked, Kind, Outcome, Timeline

ASYNC_GENERATOR = 0x200  # inspect.CO_ASYNC_GENERATOR


def assemble(
    timeline: Timeline, block: Block, log: Iterable[Event], owns: Callable[[str], bool]
) -> None:
    """Fill `timeline` with what the events of one block tell.

    Args:
        timeline: Handed out when the block was entered, still empty.
        block: Who entered it, when it began and ended.
        log: The raw events in between, in the order in which they were written.
        owns: Tells whether code of a file is to be shown.
    """
    assembly = Assembly(block, owns)
    for event in log:
        assembly.read(event)
    drafts, blocked = assembly.finish()
    ids = {draft.sequence: n for n, draft in enumerate(drafts)}
    length = block.ended - block.started
    Timeline.__init__(
        timeline,
        spans=tuple(draft.span(ids) for draft in drafts),
        blocked=tuple(
            Blocked(
                start=b.start,
                end=b.end,
                span=ids[b.draft.sequence] if b.draft else None,
                file=b.file,
                line=b.line,
                source=b.source,
                function=b.function,
            )
            for b in blocked
        ),
        duration=length,
        cut=length if block.cut else None,
    )


class Assembly:
    """Reads raw events one by one, and knows at each what every span is doing.

    Args:
        block: Who entered the block, when it began and ended.
        owns: Tells whether code of a file is to be shown.

    Example:
        >>> code = compile("", "cafe.py", "exec")
        >>> block = Block(1, code, "cafe.py", 7, False, frozenset(), started=0.0, ended=1.0)
        >>> drafts, blocked = Assembly(block, lambda file: True).finish()
        >>> drafts[0].label, drafts[0].end
        ('cafe.py', 1.0)
    """

    def __init__(self, block: Block, owns: Callable[[str], bool]) -> None:
        self._block = block
        self._owns = owns
        self._drafts: list[Draft] = []
        self._live: dict[int, Draft] = {}  # started and not ended, by the key of the frame
        self._unborn: dict[int, Draft] = {}  # tasks not started yet, by the key of the frame
        self._jobs: dict[int, Draft] = {}  # by the key of the executor's future
        self._ignored = set(block.enclosing)  # keys of frames that are not to be shown
        self._scheduled: dict[int, Draft | None] = {}  # who scheduled a handle
        self._waiters: defaultdict[int, list[Draft]] = defaultdict(list)  # by awaited future
        self._deadlines: dict[int, float] = {}  # by the future that a timer completes
        self._places: dict[tuple[int, int], Place] = {}
        self._blocked: list[BlockedDraft] = []
        self._threads: dict[int, ThreadState] = {}
        self._now = 0.0
        self._thread = self._thread_state(block.thread)
        self._handlers: dict[int, Callable[..., None]] = {
            events.START: self._start,
            events.RESUME: self._resume,
            events.THROW: self._resume,
            events.YIELD: self._yield,
            events.RETURN: self._return,
            events.UNWIND: self._unwind,
            events.CREATED: self._created,
            events.NAMED: self._named,
            events.SOON: self._soon,
            events.TIMER: self._timer,
            events.STEP: self._step,
            events.STEP_END: self._step_end,
            events.LOOP: self._loop,
            events.LOOP_END: self._loop_end,
            events.JOB: self._job,
            events.JOB_START: self._job_start,
            events.JOB_END: self._job_end,
            events.SAMPLE: self._sample,
        }
        self._caller = self._new(block.label, "caller", block.code)
        self._caller.name = plain_name(block.code)
        self._live[block.key] = self._caller
        self._run(self._caller)
        if block.in_loop:
            self._thread.begin_step(0.0)

    def read(self, event: Event) -> None:
        """Take in the next event."""
        kind, time, thread, key, code, offset, detail = event
        self._now = max(0.0, time - self._block.started)
        self._thread = self._thread_state(thread)
        self._handlers[kind](key, code, offset, detail)

    def finish(self) -> tuple[list[Draft], list[BlockedDraft]]:
        """Every span in start order, the caller first, and every blocked stretch."""
        end = self._now = self._block.ended - self._block.started
        for thread in self._threads.values():
            self._note_blocked(thread.end_step(end))
        if self._caller.end is None:
            outcome: Outcome = "raised" if self._block.error else "returned"
            if self._block.cancelled:
                outcome = "cancelled"
            if self._block.cut:
                outcome = "unfinished"
            self._caller.finish(end, outcome, self._block.error)
        shown = [draft for draft in self._drafts if draft.label]
        for draft in shown:
            if draft.end is None:
                self._look_at_deadline(draft)
                draft.finish(end, "unfinished", "")
        shown.sort(key=lambda draft: (draft is not self._caller, draft.start, draft.sequence))
        return shown, self._blocked

    # -- coroutines and async generators -------------------------------------------------

    def _start(self, key: int, code: CodeType, offset: int, call: Call) -> None:
        self._abandon(self._live.pop(key, None))
        self._ignored.discard(key)
        if not self._owns(code.co_filename):
            self._ignored.add(key)
            return
        draft = self._unborn.pop(key, None)
        if draft is None or draft.code is not code:
            draft = self._new(call.label, _kind(code), code)
            draft.parent = self._live.get(call.parent)
            draft.is_task = call.is_task
            if call.parent_code is not None:
                draft.called_at = self._place(call.parent_code, call.parent_offset)
        self._live[key] = draft
        self._run(draft)

    def _resume(self, key: int, code: CodeType, offset: int, detail: None) -> None:
        if key in self._unborn:
            # Cancelled before its first step: it ends without ever running.
            self._live[key] = self._unborn.pop(key)
            return
        draft = self._live.get(key)
        if draft is None:
            draft = self._met_under_way(key, code)
            if draft is None:
                return
            draft.start = 0.0
            draft.wait(0.0, self._place(code, offset), 0)
        if draft.state == "waiting":
            self._look_at_deadline(draft)
            self._deadlines.pop(draft.awaiting, None)
        self._run(draft)

    def _yield(self, key: int, code: CodeType, offset: int, awaiting: int) -> None:
        draft = self._live.get(key) or self._met_under_way(key, code, running=True)
        if draft is None:
            return
        self._stop_running(draft)
        draft.wait(self._now, self._place(code, offset), awaiting)
        if awaiting == events.NOTHING:
            draft.wake(self._now, None)
        elif awaiting != events.HANDED_OUT:
            self._waiters[awaiting].append(draft)
            self._let_chain_wait(draft)
        if not self._thread.running:
            self._thread.cause = None

    def _let_chain_wait(self, draft: Draft) -> None:
        # A span that catches a cancellation and awaits again does so unnoticed by those
        # that await it: no event says that they wait for something else now.
        awaiting = draft.awaiting
        while draft.parent and not draft.is_task and draft.parent.state == "waiting":
            draft = draft.parent
            if draft.awaiting == awaiting:
                return
            draft.wait(self._now, draft.place, awaiting)
            self._waiters[awaiting].append(draft)

    def _return(self, key: int, code: CodeType, offset: int, result: str) -> None:
        self._end(key, code, "returned", "" if code.co_flags & ASYNC_GENERATOR else result)

    def _unwind(self, key: int, code: CodeType, offset: int, detail: tuple[Outcome, str]) -> None:
        outcome, name = detail
        self._end(key, code, outcome, name if outcome == "raised" else "")

    def _end(self, key: int, code: CodeType, outcome: Outcome, result: str) -> None:
        draft = self._live.get(key) or self._met_under_way(key, code, running=True)
        self._ignored.discard(key)
        if draft is None:
            return
        self._live.pop(key, None)
        self._stop_running(draft)
        draft.finish(self._now, outcome, result)
        if not self._thread.running:
            self._thread.cause = draft
        if draft.parent is not None and draft.parent is self._thread.waiting_caller:
            self._thread.last_child = draft

    def _created(self, key: int, code: CodeType | None, offset: int, task: Task) -> None:
        if not self._owns(task.code.co_filename):
            return
        draft = self._live.get(key)
        if draft is None or draft.code is not task.code or draft.end is not None:
            draft = self._unborn[key] = self._new(task.label, "coroutine", task.code)
            draft.parent = self._thread.actor or self._thread.waiting_caller
        draft.is_task = True
        draft.task_name = task.name
        if code is not None:
            draft.called_at = self._place(code, offset)

    def _named(self, key: int, code: CodeType | None, offset: int, task: Task) -> None:
        draft = self._unborn.get(key) or self._live.get(key)
        if draft is not None and draft.code is task.code:
            draft.task_name = task.name

    # -- the loop --------------------------------------------------------------------------

    def _soon(self, key: int, code: None, offset: int, future: int) -> None:
        by = self._scheduled[key] = self._thread.actor
        for draft in self._waiters.pop(future, ()) if future else ():
            if draft.awaiting == future:
                if by is None:
                    self._look_at_deadline(draft)
                draft.wake(self._now, by)

    def _timer(self, key: int, code: None, offset: int, timer: tuple[int, float] | None) -> None:
        self._scheduled.pop(key, None)
        if timer is not None:
            future, seconds = timer
            self._deadlines[future] = self._now + seconds

    def _look_at_deadline(self, draft: Draft) -> None:
        """A sleeper that was due while the loop was busy is ready from its deadline on."""
        deadline = self._deadlines.get(draft.awaiting)
        if deadline is not None and deadline <= self._now:
            draft.wake(deadline, None)

    def _step(self, key: int, code: None, offset: int, detail: None) -> None:
        for draft in self._thread.running:
            self._abandon(draft)
        self._thread.running.clear()
        self._thread.cause = self._scheduled.pop(key, None)
        self._thread.begin_step(self._now)

    def _step_end(self, key: int, code: None, offset: int, detail: None) -> None:
        self._note_blocked(self._thread.end_step(self._now))

    def _sample(self, key: int, code: CodeType, line: int, detail: None) -> None:
        self._thread.seen_at(code, line)

    def _loop(self, key: int, code: CodeType | None, offset: int, detail: None) -> None:
        caller = self._thread.innermost
        self._thread.loops.append(caller)
        if caller is not None:
            self._thread.pop(caller)
            caller.wait(self._now, self._place(code, offset) if code else None, 0)

    def _loop_end(self, key: int, code: None, offset: int, detail: None) -> None:
        caller = self._thread.loops.pop() if self._thread.loops else None
        if caller is not None:
            caller.wake(self._now, self._thread.last_child)
            self._run(caller)

    # -- jobs in other threads and processes ---------------------------------------------------

    def _job(self, key: int, code: CodeType | None, offset: int, job: Job) -> None:
        draft = self._jobs.get(key)
        if draft is None or draft.label:
            draft = self._jobs[key] = self._new("", job.kind, job.code)
        if code is None:
            return
        draft.label, draft.name, draft.kind, draft.code = job.label, job.name, job.kind, job.code
        draft.parent, draft.is_task = self._thread.actor, True
        draft.called_at = self._place(code, offset)

    def _job_start(self, key: int, code: None, offset: int, detail: None) -> None:
        draft = self._jobs.get(key)
        if draft is None or draft.start is not None:
            # Its thread was faster than the submit() that created it.
            draft = self._jobs[key] = self._new("", "thread", None)
        if draft.kind == "thread":
            self._run(draft)
        else:
            draft.run(self._now)
        draft.thread = self._thread.number

    def _job_end(self, key: int, code: None, offset: int, detail: tuple[Outcome, str]) -> None:
        draft = self._jobs.pop(key, None)
        if draft is not None:
            self._stop_running(draft)
            draft.finish(self._now, *detail)
            self._thread.cause = draft

    # -- what all share ------------------------------------------------------------------------

    def _new(self, label: str, kind: Kind, code: CodeType | None) -> Draft:
        draft = Draft(
            label=label,
            name=plain_name(code) if code else "",
            kind=kind,
            code=code,
            created=self._now,
            since=self._now,
            sequence=len(self._drafts),
            thread=self._thread.number,
        )
        self._drafts.append(draft)
        return draft

    def _met_under_way(self, key: int, code: CodeType, running: bool = False) -> Draft | None:
        """A span that had started before the recording did; None when it is not to be shown."""
        if key in self._ignored or not self._owns(code.co_filename):
            return None
        draft = self._new(f"{plain_name(code)}(…)", _kind(code), code)
        draft.created = draft.since = 0.0
        self._live[key] = draft
        if running:
            draft.run(0.0)
        return draft

    def _run(self, draft: Draft) -> None:
        draft.run(self._now)
        self._thread.push(draft)

    def _stop_running(self, draft: Draft) -> None:
        for above in self._thread.pop(draft):
            self._abandon(above)

    def _abandon(self, draft: Draft | None) -> None:
        """It ended without an event: 3.13.0 has none for a generator that is closed."""
        if draft is not None and draft is not self._caller and draft.end is None:
            draft.finish(self._now, "closed", "")
            self._live = {key: live for key, live in self._live.items() if live is not draft}

    def _note_blocked(self, blocked: BlockedDraft | None) -> None:
        if blocked is not None:
            self._blocked.append(blocked)

    def _place(self, code: CodeType, offset: int) -> Place:
        where = (id(code), offset)
        return self._places.get(where) or self._places.setdefault(where, Place(code, offset))

    def _thread_state(self, thread: int) -> ThreadState:
        state = self._threads.get(thread)
        if state is None:
            state = self._threads[thread] = ThreadState(len(self._threads))
        return state


def _kind(code: CodeType) -> Kind:
    return "async generator" if code.co_flags & ASYNC_GENERATOR else "coroutine"
