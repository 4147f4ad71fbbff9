"""Reads the events of event loops: what became ready, thanks to whom, and how long it took."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from asyncdemo.assembly.drafts import Draft
from asyncdemo.assembly.registry import Registry
from asyncdemo.recording import events


class LoopEvents:
    """Handlers for what loops do; each is given an event's key, code, offset, detail.

    Args:
        registry: What is known so far.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._scheduled_by: dict[int, Draft | None] = {}  # by handle
        self.handlers: dict[int, Callable[..., None]] = {
            events.SOON: self._soon,
            events.TIMER: self._timer,
            events.STEP: self._step,
            events.STEP_END: self._step_end,
            events.LOOP: self._loop,
            events.LOOP_END: self._loop_end,
            events.SAMPLE: self._sample,
        }

    def _soon(self, key: int, code: None, offset: int, future: int) -> None:
        known = self._registry
        by = self._scheduled_by[key] = known.thread.actor
        if not future:
            return
        for draft in known.waiters.pop(future, ()):
            if draft.awaiting == future and draft.state == "waiting":
                if by is None:
                    known.look_at_deadline(draft)
                draft.wake(known.now, by)

    def _timer(self, key: int, code: None, offset: int, timer: tuple[int, float] | None) -> None:
        self._scheduled_by.pop(key, None)
        if timer is not None:
            future, seconds = timer
            self._registry.deadlines[future] = self._registry.now + seconds

    def _step(self, key: int, code: None, offset: int, detail: None) -> None:
        thread = self._registry.thread
        # Nothing can be running between two steps: what seems so ended without an event.
        for draft in thread.running:
            self._registry.abandon(draft)
        thread.running.clear()
        thread.cause = self._scheduled_by.pop(key, None)
        thread.begin_step(self._registry.now)

    def _step_end(self, key: int, code: None, offset: int, detail: None) -> None:
        self._registry.end_step(self._registry.thread)

    def _sample(self, key: int, code: CodeType, line: int, detail: None) -> None:
        self._registry.thread.seen_at(code, line)

    def _loop(self, key: int, code: CodeType | None, offset: int, detail: None) -> None:
        known = self._registry
        caller = known.thread.innermost
        known.thread.loops.append(caller)
        if caller is not None:
            known.thread.pop(caller)
            caller.wait(known.now, known.place(code, offset) if code else None, 0)

    def _loop_end(self, key: int, code: None, offset: int, detail: None) -> None:
        thread = self._registry.thread
        caller = thread.loops.pop() if thread.loops else None
        if caller is not None:
            caller.wake(self._registry.now, thread.last_child)
            self._registry.run(caller)
