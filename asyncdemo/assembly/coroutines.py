"""Reads the events of coroutines, async generators and tasks.

The events of one thread nest: what starts or resumes runs until it suspends or ends.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from asyncdemo.assembly.drafts import Draft
from asyncdemo.assembly.registry import ASYNC_GENERATOR, Registry, kind_of
from asyncdemo.recording import events
from asyncdemo.recording.events import Call, Task
from asyncdemo.timeline import Outcome


class CoroutineEvents:
    """Handlers for what coroutines do; each is given an event's key, code, offset, detail.

    Args:
        registry: What is known so far.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.handlers: dict[int, Callable[..., None]] = {
            events.START: self._start,
            events.RESUME: self._resume,
            events.THROW: self._resume,
            events.YIELD: self._yield,
            events.RETURN: self._return,
            events.UNWIND: self._unwind,
            events.CREATED: self._created,
            events.NAMED: self._named,
        }

    def _start(
        self,
        key: int,
        code: CodeType,
        offset: int,
        detail: tuple[str, int, CodeType | None, int, bool],
    ) -> None:
        known, call = self._registry, Call(*detail)
        if key in known.live:
            known.abandon(known.live.pop(key))
        known.ignored.discard(key)
        if not known.owns(code.co_filename):
            known.ignored.add(key)
            return
        draft = known.unborn.pop(key, None)
        if draft is None or draft.code is not code:
            draft = known.new(call.label, kind_of(code), code)
            draft.parent = known.live.get(call.parent)
            draft.is_task = call.is_task
            if call.parent_code is not None:
                draft.called_at = known.place(call.parent_code, call.parent_offset)
                # Task(..., eager_start=True) takes the first step where it is called.
                draft.is_task = draft.is_task or draft.called_at.is_call
        known.live[key] = draft
        known.run(draft)

    def _resume(self, key: int, code: CodeType, offset: int, detail: None) -> None:
        known = self._registry
        if key in known.unborn:
            # Cancelled before its first step: it ends without ever running.
            known.live[key] = known.unborn.pop(key)
            return
        draft = known.live.get(key)
        if draft is None:
            draft = known.met_under_way(key, code, running=False)
            if draft is None:
                return
            draft.place = known.place(code, offset)
        if draft.state == "waiting":
            known.look_at_deadline(draft)
            known.deadlines.pop(draft.awaiting, None)
        known.run(draft)

    def _yield(self, key: int, code: CodeType, offset: int, awaiting: int) -> None:
        known = self._registry
        draft = known.live.get(key) or known.met_under_way(key, code, running=True)
        if draft is None:
            return
        known.stop_running(draft)
        place = known.place(code, offset)
        if awaiting in (events.NOTHING, events.HANDED_OUT):
            draft.wait(known.now, place, 0)
        else:
            known.await_future(draft, place, awaiting)
        if awaiting == events.NOTHING:
            draft.wake(known.now, None)
        if awaiting != events.HANDED_OUT:
            self._let_chain_wait(draft)
        if not known.thread.running:
            known.thread.cause = None

    def _let_chain_wait(self, draft: Draft) -> None:
        # A span that catches a cancellation and awaits again does so unnoticed by those
        # that await it: no event says that they wait for something else now.
        while draft.parent and not draft.is_task and draft.parent.state == "waiting":
            inner, draft = draft, draft.parent
            if draft.ready_at is None:
                return
            self._registry.await_future(draft, draft.place, inner.awaiting)
            if inner.ready_at is not None:
                draft.wake(self._registry.now, None)

    def _return(self, key: int, code: CodeType, offset: int, result: str) -> None:
        self._end(key, code, "returned", "" if code.co_flags & ASYNC_GENERATOR else result)

    def _unwind(self, key: int, code: CodeType, offset: int, detail: tuple[Outcome, str]) -> None:
        outcome, name = detail
        self._end(key, code, outcome, name if outcome == "raised" else "")

    def _end(self, key: int, code: CodeType, outcome: Outcome, result: str) -> None:
        known, thread = self._registry, self._registry.thread
        draft = known.live.get(key) or known.met_under_way(key, code, running=True)
        known.ignored.discard(key)
        if draft is None:
            return
        known.live.pop(key, None)
        known.stop_running(draft)
        draft.finish(known.now, outcome, result)
        if not thread.running:
            thread.cause = draft
        if draft.parent is not None and draft.parent is thread.waiting_caller:
            thread.last_child = draft

    def _created(self, key: int, code: CodeType | None, offset: int, task: Task) -> None:
        known = self._registry
        if not known.owns(task.code.co_filename):
            return
        draft = known.live.get(key)
        if draft is None or not task.started:
            draft = known.unborn[key] = known.new(task.label, "coroutine", task.code)
            draft.parent = known.thread.actor or known.thread.waiting_caller
        draft.is_task = True
        draft.task_name = task.name
        if code is not None:
            draft.called_at = known.place(code, offset)

    def _named(self, key: int, code: CodeType | None, offset: int, task: Task) -> None:
        draft = self._registry.unborn.get(key) or self._registry.live.get(key)
        if draft is not None and draft.code is task.code:
            draft.task_name = task.name
