"""Reads the events of coroutines, async generators and tasks.

The events of one thread nest: what starts or resumes runs until it suspends or ends.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from asyncdemo.assembly.drafts import Draft, Place
from asyncdemo.assembly.registry import Registry
from asyncdemo.recording import events
from asyncdemo.recording.events import Event
from asyncdemo.recording.labels import plain, plain_name
from asyncdemo.recording.landmarks import ASYNC_GENERATOR
from asyncdemo.timeline import Outcome


class CoroutineEvents:
    """Handlers for what coroutines do.

    Args:
        registry: What is known so far.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.handlers: dict[int, Callable[[Event], None]] = {
            events.START: self._start,
            events.START_WORDED: self._start,
            events.START_TASK: self._start_task,
            events.START_APART: self._start_apart,
            events.RESUME: self._resume,
            events.THROW: self._throw,
            events.GIVE_WAY: self._suspend,
            events.SUSPEND: self._suspend,
            events.SUSPEND_TOO: self._suspend_too,
            events.HAND_OUT: self._hand_out,
            events.RETURN: self._return,
            events.RETURN_NONE: self._return,
            events.UNWIND: self._unwind,
            events.CREATED: self._created,
            events.NAMED: self._named,
        }

    def _start(self, event: Event) -> None:
        """A call begins that the frame which runs awaits."""
        known = self._registry
        code, *label = event.items
        self._begin(code, label[0] if label else None, known.thread.innermost)

    def _start_task(self, event: Event) -> None:
        """A task takes its first step."""
        known = self._registry
        (key,), (code,) = event.keys, event.items
        draft = known.unborn.pop(key, None)
        if draft is None or draft.code is not code:
            # It was created before this recording began.
            draft = self._begin(code, f"{plain_name(code)}(…)", None)
            draft.is_task = True
        else:
            self._begin_step(draft.called_at)
            known.thread.main_due = False
            draft.ready_known = not known.thread.silent
            known.run(draft)
        known.know(draft, key)

    def _start_apart(self, event: Event) -> None:
        """A call begins, and it is said which and whose."""
        known = self._registry
        key, parent_key = event.keys
        code, call = event.items
        parent = known.live.get(parent_key)
        if known.thread.silent and call.is_task:
            self._start_untold(event, parent)
            return
        if parent is None and parent_key:
            # It has not suspended yet, so its key is not known, and it runs.
            parent = known.thread.innermost
        elif parent is not None:
            self._go_on(parent)
        draft = self._begin(code, call.label, parent)
        known.know(draft, key)
        draft.is_task = call.is_task
        if call.parent_code is not None:
            draft.called_at = known.place(call.parent_code, call.parent_offset)
            # Task(..., eager_start=True) takes the first step where it is called.
            draft.is_task = draft.is_task or draft.called_at.is_call

    def _start_untold(self, event: Event, caller: Draft | None) -> None:
        """A task of a silent loop takes its first step, and nobody told of its creation.

        The first task of a loop is the one that its caller runs. Who created others is unknown.
        """
        known, thread = self._registry, self._registry.thread
        code, call = event.items
        place = known.place(call.parent_code, call.parent_offset) if call.parent_code else None
        self._begin_step(place)
        draft = self._begin(code, call.label, None)
        known.know(draft, event.keys[0])
        draft.is_task = True
        if caller is not None and thread.main_due:
            draft.parent, draft.called_at = caller, place
        thread.main_due = False

    def _begin_step(self, place: Place | None = None) -> None:
        """A task goes on; if its loop is silent, nothing else has said that a step begins."""
        known, thread = self._registry, self._registry.thread
        if not thread.silent:
            return
        caller = next(iter(thread.running), None)
        if caller is not None and caller.calls_loops:
            # It runs a loop that did not say so when it began.
            thread.pop(caller)
            caller.wait(known.now, place, 0)
            thread.loops.append(caller)
            thread.untold = thread.main_due = True
        known.begin_silent_step()

    def _begin(self, code: CodeType, label: str | None, parent: Draft | None) -> Draft:
        known = self._registry
        draft = known.begin(f"{plain_name(code)}()" if label is None else label, code)
        draft.awaiter, draft.parent = parent, known.shown(parent)
        if parent is not None:
            self._runs_on(parent)
            parent.awaits = draft
        known.run(draft)
        return draft

    def _runs_on(self, draft: Draft) -> None:
        """A span runs while a call seems to wait in it: that is an eager task, made by hand."""
        inner = draft.awaits
        if inner is not None and inner.kind == "coroutine" and inner.state == "waiting":
            inner.is_task, draft.awaits = True, None

    def go_on(self, event: Event) -> None:
        """The event of a loop or an executor says which span brings it about."""
        if event.whose:
            self._whose(event)

    def _resume(self, event: Event) -> None:
        draft = self._known_by(event.whose, event.items[0])
        if draft is None:
            return
        if not event.keys[0]:
            self._begin_step()
        self._ask_for(draft, event.keys[0])
        self._go_on(draft)

    def _ask_for(self, draft: Draft, consumer_key: int) -> None:
        """A generator that has handed out a value goes on: whoever asks for that awaits it."""
        if draft.kind != "async generator" or draft.suspension:
            return
        known = self._registry
        consumer = known.live.get(consumer_key)
        if consumer is not None:
            self._go_on(consumer)
        elif consumer_key:
            consumer = known.thread.innermost
        if consumer is not None:
            draft.awaiter, consumer.awaits = consumer, draft

    def _throw(self, event: Event) -> None:
        known, thread = self._registry, self._registry.thread
        key = event.whose
        above = known.live.get(event.keys[0])
        if not event.keys[0] or (above is not None and above.state == "waiting"):
            # It comes to the innermost of those that await each other first.
            self._begin_step()
        if key in known.unborn:
            # Cancelled before its first step: it ends without ever running.
            known.know(known.unborn[key], key)
            thread.push(known.unborn.pop(key))
            return
        draft = self._known_by(key, event.items[0])
        if draft is None and thread.left is not None:
            draft = thread.left.awaiter
        if draft is not None and draft.end is None:
            self._ask_for(draft, event.keys[0])
            self._wake_up(draft)
            known.run(draft)

    def _known_by(self, key: int, code: CodeType | None = None) -> Draft | None:
        known = self._registry
        draft = known.live.get(key) or known.met_under_way(key)
        if draft is None and code is not None and code.co_flags & ASYNC_GENERATOR:
            # Nobody awaits a generator between two values, so it was in nobody's chain.
            draft = known.begin_suspended(code, 0.0)
            known.know(draft, key)
        return draft

    def _whose(self, event: Event) -> Draft | None:
        """The span that an event is about: the one that is running unless it says another."""
        if not event.whose:
            return self._registry.thread.innermost
        draft = self._known_by(event.whose)
        if draft is not None:
            self._go_on(draft)
        return draft

    def run_again(self, draft: Draft) -> None:
        """A span is known to run at the end of what is read."""
        if draft.end is None:
            self._go_on(draft)

    def _go_on(self, draft: Draft) -> None:
        """A span runs, and so do those that await it: they went on when the step began."""
        if draft.state != "waiting" or draft.calls_loops:
            # A sync caller goes on when the loop ends that it runs.
            return
        known, thread = self._registry, self._registry.thread
        chain = [draft]
        while (
            (above := chain[-1].awaiter) is not None
            and not chain[-1].is_task
            and above.state == "waiting"
            and above.suspension == draft.suspension
        ):
            chain.append(above)
        began = thread.step_since if thread.fresh else None
        above = chain[-1].awaiter
        if above is not None and above.state == "running" and draft.suspension:
            # A generator says that it goes on, and what it awaits has gone on with it.
            began = above.since if above.suspension == draft.suspension else began
        for resumed in reversed(chain):
            self._wake_up(resumed)
            known.run(resumed, began)

    def _wake_up(self, draft: Draft) -> None:
        known = self._registry
        if draft.state == "waiting":
            if draft.unseen:
                # A task group waits for its tasks.
                claims = [(at, by) for at, by in known.thread.unclaimed if by.parent is draft]
                for at, by in claims[-1:]:
                    draft.wake(at, by)
            known.look_at_deadline(draft)
            known.deadlines.pop(draft.awaiting, None)

    def _suspend(self, event: Event) -> None:
        known, thread = self._registry, self._registry.thread
        key, *future = event.keys
        draft = known.live.get(key)
        if draft is not None and draft.state == "running":
            pass
        elif thread.innermost is not None and thread.innermost.key in (0, key):
            draft = thread.innermost
        else:
            draft = self._known_by(key)
            if draft is None:
                return
            self._go_on(draft)
        self._runs_on(draft)
        known.know(draft, key)
        thread.suspensions += 1
        self._wait(draft, event.items[0], future[0] if future else 0)

    def _suspend_too(self, event: Event) -> None:
        draft = self._registry.thread.innermost
        inner = draft.awaits if draft is not None else None
        if draft is not None and inner is not None:
            self._wait(draft, event.items[0], inner.awaiting)

    def _wait(self, draft: Draft, offset: int, future: int) -> None:
        known, thread = self._registry, self._registry.thread
        if draft.code is None:
            return
        known.stop_running(draft)
        thread.suspended_at = known.now
        draft.suspension = thread.suspensions
        place = known.place(draft.code, offset)
        if draft.awaits is not None and draft.awaits.called_at is None:
            draft.awaits.called_at = place
        if future:
            known.await_future(draft, place, future)
        else:
            draft.wait(known.now, place, 0)
            draft.wake(known.now, None)
        self._let_chain_wait(draft)
        if not thread.running:
            thread.cause = None
        known.end_silent_step()

    def _let_chain_wait(self, draft: Draft) -> None:
        # A span that catches a cancellation and awaits again does so unnoticed by those
        # that await it: no event says that they wait for something else now.
        while draft.awaiter and not draft.is_task and draft.awaiter.state == "waiting":
            inner, draft = draft, draft.awaiter
            if draft.ready_at is None:
                return
            self._registry.wait_with(draft, inner)

    def _hand_out(self, event: Event) -> None:
        known = self._registry
        draft = self._whose(event)
        if draft is not None and draft.code is not None:
            known.stop_running(draft)
            draft.wait(known.now, known.place(draft.code, event.items[0]), 0)
            # It goes on when it is asked to, and not with those that suspend.
            draft.suspension = 0
            known.thread.left = draft

    def _return(self, event: Event) -> None:
        draft = self._whose(event)
        if draft is not None and draft.code is not None:
            generates = draft.code.co_flags & ASYNC_GENERATOR
            result = _result(*event.items) if event.items else "None"
            self._end(draft, "returned", "" if generates else result)

    def _unwind(self, event: Event) -> None:
        outcome, name = event.items[0]
        draft = self._whose(event)
        if draft is not None:
            self._end(draft, outcome, name if outcome == "raised" else "")

    def _end(self, draft: Draft, outcome: Outcome, result: str) -> None:
        known, thread = self._registry, self._registry.thread
        self._runs_on(draft)
        known.stop_running(draft)
        draft.finish(known.now, outcome, result)
        known.drop(draft)
        thread.left = draft
        if draft.awaiter is not None and draft.awaiter.awaits is draft:
            draft.awaiter.awaits = None
        shown = known.shown(draft)
        if not thread.running:
            thread.cause = shown
        if draft.parent is not None and draft.parent is thread.waiting_caller:
            thread.last_child = shown
        known.end_silent_step()

    def _created(self, event: Event) -> None:
        known = self._registry
        (key,) = event.keys
        code, offset, label, name, run, started = event.items
        if not known.owns(run.co_filename):
            return
        draft = known.live.get(key)
        if draft is None or not started:
            label = f"{plain_name(run)}()" if label is None else label
            draft = known.unborn[key] = known.new(label, "coroutine", run)
            draft.parent = known.thread.actor or known.thread.waiting_caller
        draft.is_task = True
        draft.task_name = name
        if code is not None:
            draft.called_at = known.place(code, offset)

    def _named(self, event: Event) -> None:
        (key,) = event.keys
        name, run = event.items[3:5]
        draft = self._registry.unborn.get(key) or self._registry.live.get(key)
        if draft is not None and draft.code is run:
            draft.task_name = name


def _result(value: object) -> str:
    """A result as text; texts were made when it was recorded."""
    return value if isinstance(value, str) else plain(value)
