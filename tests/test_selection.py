"""Parts of a timeline: which spans are left, and below which of them they hang."""

from __future__ import annotations

from dataclasses import replace

import pytest
import samples

from asyncdemo.selection import focused, longer_than
from asyncdemo.timeline import Timeline


def tree(timeline: Timeline) -> list[tuple[str, int | None]]:
    return [(span.label, span.parent) for span in timeline.spans]


def test_calls_that_took_longer_are_left_with_those_above_them() -> None:
    whole = samples.every_outcome()

    assert tree(longer_than(whole, 0.401)) == [("cell", None), ("serve_everyone()", 0)]
    assert [label for label, _ in tree(longer_than(whole, 0.3))] == [
        "cell",
        "serve_everyone()",
        "brew('tea', 1.0)",
        "burn('toast')",
        "radio()",
    ]


def test_a_short_call_stays_above_a_long_one() -> None:
    outer = samples.span(1, "start()", [("running", 0.1)], parent=0)
    inner = samples.span(2, "work()", [("running", 1.0)], parent=1, is_task=True)
    cell = samples.span(0, "cell", [("running", 1.1)], kind="caller")
    whole = samples.timeline(cell, outer, inner)

    assert longer_than(whole, 0.5).spans == whole.spans


def test_a_call_that_took_just_as_long_is_left_out() -> None:
    whole = samples.timeline(
        samples.span(0, "a()", [("running", 0.5)]), samples.span(1, "b()", [("running", 0.25)])
    )

    assert tree(longer_than(whole, 0.25)) == [("a()", None)]


def test_when_no_call_took_longer_it_says_how_long_the_longest_took() -> None:
    with pytest.raises(ValueError, match=r"no call took longer than 5 s; the longest took 1 s"):
        longer_than(samples.three_drinks(), 5)


def test_what_is_no_span_stays_as_it_was() -> None:
    whole = samples.blocked_loop()
    part = focused(whole, "brew")

    assert (part.duration, part.blocked, part.cut) == (whole.duration, whole.blocked, whole.cut)


@pytest.mark.parametrize("name", ["serve_everyone", "the waiter"])
def test_a_function_or_a_task_is_left_with_all_below_it(name: str) -> None:
    whole = samples.every_outcome()
    spans = tuple(replace(s, task_name="the waiter" if s.id == 1 else "") for s in whole.spans)

    assert tree(focused(replace(whole, spans=spans), name)) == [
        ("serve_everyone()", None),
        *[(span.label, span.parent) for span in whole.spans[2:]],
    ]


def test_a_method_is_found_by_its_own_name() -> None:
    brew = replace(samples.brew(1, "tea", 1.0), name="Kitchen.brew")
    whole = samples.timeline(samples.three_drinks().span(0), brew)

    assert tree(focused(whole, "brew")) == tree(focused(whole, "Kitchen.brew"))
    assert tree(focused(whole, "brew")) == [(brew.label, None)]


def test_a_name_that_nothing_has_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no function or task is named 'bake'; there are: brew$"):
        focused(samples.three_drinks(), "bake")


def test_a_deep_chain_is_selected_at_once() -> None:
    deep = 20_000
    spans = [
        samples.span(n, f"f{n}()", [("running", 1.0)], parent=n - 1 if n else None)
        for n in range(deep)
    ]
    whole = samples.timeline(*spans)

    assert longer_than(whole, 0.5).spans == whole.spans
    assert len(focused(whole, "f1").spans) == deep - 1
