"""Raw events -> Timeline: works out from what happened what each span was doing when."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterable, Iterator

from asyncdemo.assembly.coroutines import CoroutineEvents
from asyncdemo.assembly.drafts import Draft
from asyncdemo.assembly.executors import ExecutorEvents
from asyncdemo.assembly.loops import LoopEvents
from asyncdemo.assembly.registry import Registry
from asyncdemo.recording.events import CREATED, FOREIGN_TASK, JOB, SOON, Block, Event
from asyncdemo.recording.labels import plain_name
from asyncdemo.timeline import Outcome, Timeline

__all__ = ["assemble"]

# What a span or a plain callback brings about; it is said which, where that is not known.
ACTS = (SOON, CREATED, FOREIGN_TASK, JOB)


def assemble(
    timeline: Timeline, block: Block, log: Iterable[Event], owns: Callable[[str], bool]
) -> None:
    """Fill `timeline` with what the events of one block tell.

    Args:
        timeline: Handed out when the block was entered, still empty.
        block: Who entered it, when it began and ended.
        log: The raw events in between, in the order of time; see `events`.
        owns: Tells whether code of a file is to be shown.

    Example:
        >>> code, none = compile("", "cafe.py", "exec"), frozenset()
        >>> block = Block(1, code, "cafe.py", 7, False, none, none, (), started=0.0, ended=1.0)
        >>> timeline = object.__new__(Timeline)
        >>> assemble(timeline, block, [], lambda file: True)
        >>> [(span.label, span.end) for span in timeline.spans]
        [('cafe.py', 1.0)]
    """
    known = Registry(owns, block.enclosing, block.under_way, block.silent)
    loops, coroutines = LoopEvents(known), CoroutineEvents(known)
    handlers = {
        **coroutines.handlers,
        **loops.handlers,
        **ExecutorEvents(known).handlers,
    }
    with _uncollected():
        caller = _enter(known, block)
        for event in log:
            # Below 0 is what happened before a window of the last seconds.
            known.now = event.time - block.started
            known.enter_thread(event.thread)
            if event.kind in ACTS:
                if known.thread.silent and not event.whose:
                    # A plain callback, of which nobody knows who scheduled it.
                    known.begin_silent_step()
                loops.note_cause(event)
                coroutines.go_on(event)
            handlers[event.kind](event)
        known.enter_thread(block.thread)
        known.now = block.ended - block.started
        if block.over:
            # It has left the block, so it runs, although no event may have said so.
            coroutines.run_again(caller)
        _fill(timeline, known, block, _finish(known, block, caller))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Holds the garbage collector back: much is made here, and nothing of it is garbage.

    With it, assembling 100,000 spans took three times as long.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _enter(known: Registry, block: Block) -> Draft:
    """The span of the caller, which runs when the recording starts."""
    known.threads.clear()
    known.enter_thread(block.thread)
    caller = known.new(block.label, "caller", block.code)
    known.know(caller, block.key)
    caller.name = plain_name(block.code)
    caller.ready_known = not (block.in_loop and known.thread.silent)
    known.run(caller)
    if block.in_loop:
        known.thread.begin_step(0.0)
    return caller


def _finish(known: Registry, block: Block, caller: Draft) -> list[Draft]:
    """Every span that is to be shown, ended, in the order of their starts."""
    end = known.now
    for thread in known.threads.values():
        known.end_step(thread)
    if caller.end is None:
        caller.finish(end, _outcome(block), block.error)
    shown = [draft for draft in known.drafts if draft.label and not draft.is_over]
    for draft in shown:
        if draft.end is None:
            known.look_at_deadline(draft)
            draft.finish(end, "unfinished", "")
    # The caller is first: it was there before the recording started.
    return sorted(shown, key=lambda draft: (draft is not caller, draft.start, draft.sequence))


def _outcome(block: Block) -> Outcome:
    if block.cut or not block.over:
        return "unfinished"
    if block.cancelled:
        return "cancelled"
    return "raised" if block.error else "returned"


def _fill(timeline: Timeline, known: Registry, block: Block, drafts: list[Draft]) -> None:
    ids = {draft.sequence: n for n, draft in enumerate(drafts)}
    length = block.ended - block.started
    Timeline.__init__(
        timeline,
        spans=tuple(draft.span(ids) for draft in drafts),
        blocked=tuple(blocked.final(ids) for blocked in known.blocked if blocked.end > 0.0),
        duration=length,
        cut=length if block.cut else None,
    )
