"""The timeline's data and the measures taken on it."""

import copy
import json
import pickle
import sys
from dataclasses import FrozenInstanceError, replace

import pytest
from samples import blocked_loop, brew, every_outcome, span, staircase, three_drinks, timeline

from asyncdemo.timeline import Timeline, Wake


def test_durations_and_times_in_a_state():
    early = blocked_loop().span(1)
    assert early.duration == pytest.approx(0.801)
    assert early.time("ready") == pytest.approx(0.4)
    assert early.time("running") == pytest.approx(0.002)
    assert early.time("not started") == 0.0
    assert blocked_loop().blocked[0].duration == pytest.approx(0.5)
    assert early.stretches[1].duration == pytest.approx(0.399)


def test_a_spans_duration_begins_with_its_first_step():
    job = span(0, "job()", [("not started", 5.0), ("running", 0.5)])
    assert (job.created, job.start, job.duration) == (0.0, 5.0, 0.5)


def test_awaits_are_those_that_suspended_it_in_order():
    assert staircase().span(0).awaits == (
        "await brew('tea', 0.6)",
        "await brew('coffee', 0.3)",
        "await brew('cocoa', 0.4)",
    )
    assert span(0, "fib(30)", [("running", 1.0)]).awaits == ()


def test_finding_spans():
    shown = every_outcome()
    assert shown.span(3).label == "burn('toast')"
    with pytest.raises(KeyError):
        shown.span(99)
    assert [s.id for s in shown.named("brew", "radio")] == [2, 6]
    assert shown.named("nobody") == ()


def test_a_method_is_found_by_both_of_its_names():
    shown = timeline(replace(brew(0, "tea", 1.0), name="Kitchen.brew"), brew(1, "cocoa", 1.0))
    assert [s.id for s in shown.named("brew")] == [0, 1]
    assert [s.id for s in shown.named("Kitchen.brew")] == [0]
    assert shown.named("Kitchen") == ()


def test_children_and_parent():
    shown = every_outcome()
    group = shown.span(1)
    assert [s.id for s in shown.children(group)] == [2, 3, 5, 6]
    assert shown.children(shown.span(6)) == ()
    assert shown.parent(group) == shown.span(0)
    assert shown.parent(shown.span(0)) is None


def test_only_keeps_the_recording_and_cuts_parents_that_are_left_out():
    shown = every_outcome()
    some = shown.only("serve_everyone", "brew", "drip")
    assert [(s.id, s.parent) for s in some.spans] == [(1, None), (2, 1), (4, 2)]
    assert (some.duration, some.blocked) == (shown.duration, shown.blocked)
    assert some.max_in_flight == 1
    assert shown.only("nobody").spans == ()


def test_rows_stand_under_their_parents_with_guides():
    assert [row.guide + row.span.label for row in every_outcome().rows] == [
        "cell",
        "└─ serve_everyone()",
        "   ├─ brew('tea', 1.0)",
        "   │  └─ drip(3)",
        "   ├─ burn('toast')",
        "   ├─ grind('beans')",
        "   └─ radio()",
    ]


def test_rows_of_a_timeline_without_the_parents_begin_at_the_left():
    shown = every_outcome()
    orphans = replace(shown, spans=shown.spans[2:])
    assert [row.guide for row in orphans.rows] == ["", "└─ ", "", "", ""]


def test_rows_of_a_chain_deeper_than_the_recursion_limit():
    depth = sys.getrecursionlimit() * 3
    chain = [span(n, f"dive({n})", [("waiting", 1.0)], parent=n - 1) for n in range(depth)]
    rows = timeline(*chain).rows
    assert [row.span.id for row in rows] == list(range(depth))
    assert rows[3].guide == "      └─ "
    assert len(rows[-1].guide) < 200


def test_wakes_are_sorted_by_time():
    first = span(0, "put()", [("running", 1.0)])
    late = span(1, "late()", [("waiting", 0.9, "await a"), ("ready", 0.1, "", 0)])
    soon = span(2, "soon()", [("waiting", 0.2, "await b"), ("ready", 0.1, "", 0), ("running", 0.1)])
    by_timer = span(3, "timer()", [("waiting", 0.2, "await c"), ("ready", 0.1)])
    assert timeline(first, late, soon, by_timer).wakes == (Wake(0.2, 0, 2), Wake(0.9, 0, 1))


@pytest.mark.parametrize(
    ("shown", "seconds", "most"),
    [
        (timeline(), 0.0, 0),
        (three_drinks(), 1.9, 3),
        (staircase(), 1.3, 1),
    ],
)
def test_one_after_another_and_max_in_flight(shown, seconds, most):
    assert shown.one_after_another == pytest.approx(seconds, abs=0.02)
    assert shown.max_in_flight == most


def test_speedup():
    assert three_drinks().speedup == pytest.approx(1.9, abs=0.02)
    assert staircase().speedup == pytest.approx(1.0, abs=0.02)
    assert timeline().speedup == 1.0


def test_waiting_for_another_span_counts_once():
    worker = span(1, "worker()", [("running", 0.2)], start=0.1, is_task=True)
    waiter = span(
        0,
        "waiter()",
        [("running", 0.1), ("waiting", 0.2, "await task"), ("ready", 0.0, "", 1), ("running", 0.1)],
    )
    assert timeline(waiter, worker).one_after_another == pytest.approx(0.4)


def test_waiting_for_a_timer_counts_and_being_ready_does_not():
    job = span(
        0,
        "job()",
        [("not started", 9.0), ("waiting", 2.0, "await x"), ("ready", 4.0), ("running", 1)],
    )
    assert timeline(job).one_after_another == pytest.approx(3.0)


def test_waiting_that_nothing_ended_does_not_count():
    job = span(0, "job()", [("running", 1.0), ("waiting", 5.0, "await x")], outcome="unfinished")
    assert timeline(job).one_after_another == pytest.approx(1.0)
    assert timeline(replace(job, outcome="cancelled")).one_after_another == pytest.approx(6.0)


def test_a_span_without_stretches_did_nothing():
    shown = timeline(replace(span(0, "job()", [("running", 1.0)]), stretches=()))
    assert shown.one_after_another == 0


def test_a_parent_is_not_in_flight_beside_its_child():
    child = span(1, "child()", [("running", 1.0)], start=1.0, parent=0)
    parent = span(0, "parent()", [("running", 3.0)])
    stranger = span(2, "stranger()", [("running", 0.5)], start=2.5)
    assert timeline(parent, child).max_in_flight == 1
    assert timeline(parent, child, stranger).max_in_flight == 2
    assert timeline(replace(parent, kind="caller"), stranger).max_in_flight == 1


@pytest.mark.parametrize(
    "shown", [timeline(), three_drinks(), every_outcome(), blocked_loop(), timeline(cut=0.5)]
)
def test_json_round_trip(shown):
    again = Timeline.from_json(shown.to_json())
    assert again == shown
    assert again.rows == shown.rows


def test_json_keeps_signs_readable():
    job = brew(0, "thé", 1.0)
    assert "brew('thé', 1.0)" in timeline(job).to_json()


def _without(key):
    data = json.loads(three_drinks().to_json())
    del data[key]
    return json.dumps(data)


def _with_span(**changes):
    data = json.loads(three_drinks().to_json())
    data["spans"][0] |= changes
    return json.dumps(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not JSON",
        "[]",
        "3",
        "null",
        "{}",
        '{"format": "asyncdemo timeline 2"}',
        '{"format": "asyncdemo timeline 1"}',
        _without("format"),
        _without("spans"),
        _without("blocked"),
        _without("duration"),
        _with_span(colour="red"),
        _with_span(stretches=3),
        _with_span(stretches=[3]),
        _with_span(stretches=[{}]),
        three_drinks().to_json()[:-1] + ', "more": 1}',
        three_drinks().to_json()[:-10],
    ],
)
def test_json_that_is_no_timeline_is_refused(text):
    with pytest.raises(ValueError, match="not a timeline saved by to_json in the format"):
        Timeline.from_json(text)


@pytest.mark.parametrize(
    "read",
    [
        lambda t: t.spans,
        lambda t: t.duration,
        lambda t: t.cut,
        lambda t: t.rows,
        lambda t: t.max_in_flight,
        lambda t: t.speedup,
        lambda t: t.named("brew"),
        lambda t: t.to_json(),
        lambda t: t == three_drinks(),
    ],
)
def test_reading_while_recording_says_what_to_do(read):
    recording = object.__new__(Timeline)
    with pytest.raises(RuntimeError, match="still being recorded: use it after the `with record"):
        read(recording)


def test_showing_while_recording_says_what_to_do_without_an_error():
    recording = object.__new__(Timeline)
    assert str(recording).startswith("<this timeline is still being recorded")
    assert recording._repr_mimebundle_() == {"text/plain": str(recording)}


def test_what_was_asked_too_early_is_answered_later():
    recording = object.__new__(Timeline)
    with pytest.raises(RuntimeError):
        _ = recording.rows
    filled = three_drinks()
    Timeline.__init__(recording, filled.spans, filled.blocked, filled.duration, filled.cut)
    assert recording.rows == filled.rows


def test_an_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'span_s'"):
        _ = three_drinks().span_s


def test_it_is_frozen_data():
    shown = three_drinks()
    assert shown == three_drinks()
    assert hash(shown) == hash(three_drinks())
    assert shown != replace(three_drinks(), duration=2.0)
    assert shown != staircase()
    for frozen, name in [
        (shown, "spans"),
        (shown.spans[0], "label"),
        (shown.spans[0].stretches[0], "end"),
        (blocked_loop().blocked[0], "line"),
    ]:
        with pytest.raises(FrozenInstanceError):
            setattr(frozen, name, None)


def test_it_can_be_copied_and_pickled_after_measuring():
    shown = three_drinks()
    assert shown.max_in_flight == 3
    assert copy.deepcopy(shown) == shown
    assert pickle.loads(pickle.dumps(shown)) == shown


def test_repr_is_the_text_form():
    assert repr(three_drinks()).startswith("1.0 s instead of 1.9 s · up to 3 in flight\ncell ")
