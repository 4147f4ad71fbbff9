"""Reads the events of event loops: what became ready, thanks to whom, and how long it took."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from asyncdemo.assembly.drafts import Draft
from asyncdemo.assembly.registry import Registry
from asyncdemo.recording import events
from asyncdemo.recording.events import Event


class LoopEvents:
    """Handlers for what loops do; each is given an event's key, code, offset, detail.

    Args:
        registry: What is known so far.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._scheduled_by: dict[int, Draft | None] = {}  # by handle or task
        self.handlers: dict[int, Callable[[Event], None]] = {
            events.SOON: self._soon,
            events.FOREIGN_TASK: self._foreign_task,
            events.TIMER: self._timer,
            events.STEP: self._step,
            events.STEPS_END: self._steps_end,
            events.SILENT: self._silent,
            events.LOOP: self._loop,
            events.LOOP_END: self._loop_end,
            events.SAMPLE: self._sample,
            events.MARK: self._mark,
        }

    def note_cause(self, event: Event) -> None:
        """A plain callback does what follows: behind it is who scheduled the handle."""
        if event.cause:
            self._registry.thread.cause = self._scheduled_by.get(event.cause)

    def _soon(self, event: Event) -> None:
        known = self._registry
        handle, future = event.keys
        by = self._scheduled_by[handle] = known.thread.actor
        if not future:
            return
        if by is not None and by is known.thread.cause and by.end is None:
            # It scheduled the callback that does this, and does something else by now.
            by = None
        known.meet_awaiting(future)
        waiters = known.waiters.pop(future, ())
        if by is not None and not waiters:
            known.thread.unclaimed.append((known.now, by))
        for draft in waiters:
            if draft.awaiting == future and draft.state == "waiting":
                if by is None:
                    known.look_at_deadline(draft)
                draft.wake(known.now, by)
                known.thread.woken.append((draft, draft.since, known.thread.rounds))

    def _foreign_task(self, event: Event) -> None:
        self._scheduled_by[event.keys[0]] = self._registry.thread.actor

    def _timer(self, event: Event) -> None:
        handle, future = event.keys
        self._scheduled_by.pop(handle, None)
        if future:
            self._registry.deadlines[future] = self._registry.now + event.items[0]

    def _step(self, event: Event) -> None:
        known, thread = self._registry, self._registry.thread
        known.end_step(thread)
        known.suspend_unseen()
        thread.cause, thread.silent = None, False
        thread.begin_step(known.now)

    def _steps_end(self, event: Event) -> None:
        self._registry.end_step(self._registry.thread)
        self._registry.suspend_unseen()
        self._registry.thread.end_round()

    def _silent(self, event: Event) -> None:
        self._registry.thread.silent = True

    def _sample(self, event: Event) -> None:
        self._registry.thread.seen_at(*event.items)

    def _mark(self, event: Event) -> None:
        """Reading begins here: all tasks are suspended, and the loop began long ago."""
        known = self._registry
        chains, waiting, known.thread.silent = event.items
        if known.thread.number == 0:
            # They were under way in this thread when the recording began.
            known.forget_under_way()
        for chain in chains:
            known.begin_under_way(chain, known.now)
        for code, offset in waiting:
            self._begin_loop(code, offset)
        known.thread.main_due = False

    def _loop(self, event: Event) -> None:
        self._begin_loop(*event.items)

    def _begin_loop(self, code: CodeType | None, offset: int) -> None:
        known = self._registry
        self._end_untold()
        caller = known.thread.innermost
        known.thread.loops.append(caller)
        known.thread.main_due = True
        if caller is not None:
            known.thread.pop(caller)
            caller.wait(known.now, known.place(code, offset) if code else None, 0)

    def _end_untold(self) -> None:
        """No loop begins while another runs: one that did not say when it ended is over."""
        thread = self._registry.thread
        if thread.untold:
            thread.untold = False
            if caller := thread.loops.pop():
                self._registry.run(caller)

    def _loop_end(self, event: Event) -> None:
        thread = self._registry.thread
        caller = thread.loops.pop() if thread.loops else None
        if caller is not None:
            caller.wake(self._registry.now, thread.last_child)
            self._registry.run(caller)
