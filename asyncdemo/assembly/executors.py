"""Reads the events of executors: jobs that run in threads and processes of their own."""

from __future__ import annotations

from collections.abc import Callable

from asyncdemo.assembly.drafts import Draft
from asyncdemo.assembly.registry import Registry
from asyncdemo.recording import events
from asyncdemo.recording.events import Event


class ExecutorEvents:
    """Handlers for what executors do; each is given an event's key, code, offset, detail.

    A job's thread may be faster than the `submit()` that created it. So its span may have
    started, or even ended, before it is known what it is; until then it has no label.

    Args:
        registry: What is known so far.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._jobs: dict[int, Draft] = {}  # by the key of the executor's future
        self.handlers: dict[int, Callable[[Event], None]] = {
            events.JOB: self._job,
            events.JOB_START: self._start,
            events.JOB_END: self._end,
        }

    def _job(self, event: Event) -> None:
        known = self._registry
        (key,) = event.keys
        code, offset, job = event.items
        draft = self._jobs.get(key)
        if draft is None or draft.label:
            draft = self._jobs[key] = known.new("", job.kind, job.code)
        draft.parent, draft.is_task = known.thread.actor, True
        if code is None and draft.parent is None:
            return  # a library's own job
        draft.label, draft.name, draft.kind, draft.code = job.label, job.name, job.kind, job.code
        draft.called_at = known.place(code, offset) if code is not None else None
        if job.kind == "process":
            # It is announced by a thread that may have started it before its kind was known.
            for thread in known.threads.values():
                thread.pop(draft)

    def _start(self, event: Event) -> None:
        known = self._registry
        (key,) = event.keys
        draft = self._jobs.get(key)
        if draft is None or draft.start is not None:
            draft = self._jobs[key] = known.new("", "thread", None)
        draft.thread = known.thread.number
        if draft.kind == "thread":
            known.run(draft)
        else:
            # A process's jobs are announced by one thread, but do not run in it.
            draft.run(known.now)

    def _end(self, event: Event) -> None:
        known = self._registry
        draft = self._jobs.get(event.keys[0])
        if draft is not None and draft.end is None:
            known.stop_running(draft)
            draft.finish(known.now, *event.items[0])
            known.thread.cause = draft
