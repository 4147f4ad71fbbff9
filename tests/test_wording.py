"""Durations, headlines and outcomes in words."""

from dataclasses import replace

import pytest
from samples import blocked_loop, brew, every_outcome, span, staircase, three_drinks, timeline

from asyncdemo import wording
from asyncdemo.timeline import Blocked


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 s"),
        (-0.1, "0 s"),
        (0.0000005, "0 s"),
        (0.0000006, "1 µs"),
        (0.00034, "340 µs"),
        (0.000999, "999 µs"),
        (0.0009996, "1.0 ms"),
        (0.0049, "4.9 ms"),
        (0.0096, "9.6 ms"),
        (0.00996, "10 ms"),
        (0.012, "12 ms"),
        (0.0994, "99 ms"),
        (0.0996, "0.10 s"),
        (0.25, "0.25 s"),
        (0.994, "0.99 s"),
        (0.996, "1.0 s"),
        (1.04, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (125.3, "2 min 5 s"),
        (119.8, "2 min"),
    ],
)
def test_duration(seconds, said):
    assert wording.duration(seconds) == said


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (timeline(), "No coroutine ran"),
        (three_drinks().only("cell"), "No coroutine ran"),
        (timeline(brew(0, "tea", 1.0)), "1.0 s · one call"),
        (staircase(), "1.3 s · one after another"),
        (
            timeline(
                span(0, "serve()", [("waiting", 1.0, "await pour()")]),
                span(1, "pour()", [("waiting", 1.0, "await boil()")], parent=0),
                span(2, "boil()", [("waiting", 1.0, "await asyncio.sleep(1)")], parent=1),
            ),
            "1.0 s · one chain of awaits",
        ),
        (three_drinks(), "1.0 s instead of 1.9 s · up to 3 in flight"),
        (
            replace(three_drinks(), cut=0.5),
            "1.0 s instead of 1.9 s · up to 3 in flight · recording cut at 0.50 s",
        ),
    ],
)
def test_headline(shown, said):
    assert wording.headline(shown) == said


def test_headline_of_an_overlap_that_saved_nothing():
    long = span(0, "long()", [("running", 1.0)])
    short = span(1, "short()", [("running", 0.05)], start=0.5)
    assert wording.headline(timeline(long, short)) == "1.0 s · up to 2 in flight"


def test_headline_adds_up_how_long_the_loop_was_blocked():
    once = blocked_loop()
    twice = replace(once, blocked=(*once.blocked, Blocked(0.85, 1.0, None, "", 0, "", "")))
    assert wording.headline(once).endswith(" · loop blocked for 0.50 s")
    assert wording.headline(twice).endswith(" · loop blocked for 0.65 s")


def test_every_ending():
    assert [wording.ending(span) for span in every_outcome().spans] == [
        "✗ raised ExceptionGroup",
        "✗ raised ExceptionGroup",
        "⊘ cancelled",
        "✗ raised ValueError",
        "■ closed",
        "✓ returned 42",
        "… unfinished",
    ]
    assert wording.ending(three_drinks().span(0)) == "✓ end of block"
    assert wording.ending(brew(0, "tea", 1.0)) == "✓ returned 'tea'"


def test_culprit():
    assert wording.culprit(blocked_loop().blocked[0]) == "line 12: time.sleep(0.5)"
    assert wording.culprit(Blocked(0.0, 0.2, 1, "", 0, "", "")) == ""


@pytest.mark.parametrize(
    ("span_id", "line", "said"),
    [
        (2, 12, "line 12: time.sleep(0.5) in scrub"),
        (2, 0, "scrub()"),
        (None, 0, "code that was not recorded"),
        (99, 0, "code that was not recorded"),
    ],
)
def test_blocked_by(span_id, line, said):
    shown = blocked_loop()
    blocked = replace(shown.blocked[0], span=span_id, line=line)
    assert wording.blocked_by(shown, blocked) == said


def _waiting(*awaits):
    return span(0, "brew()", [("waiting", 0.1, at) for at in awaits])


@pytest.mark.parametrize(
    ("awaits", "said"),
    [
        ([], []),
        (["await a()"], ["await a()"]),
        (["await a()"] * 10, ["await a() ×10"]),
        (["await a()", "await b()", "await a()"], ["await a() ×2", "await b()"]),
        (["yield n", "", "yield n"], ["yield n ×2"]),
    ],
)
def test_awaited(awaits, said):
    assert wording.awaited(_waiting(*awaits)) == said


@pytest.mark.parametrize(
    ("kind", "thread", "said"),
    [
        ("coroutine", 0, ""),
        ("caller", 0, ""),
        ("coroutine", 2, "in another thread"),
        ("thread", 0, "in another thread"),
        ("process", 0, "in another process"),
        ("async generator", 0, "async generator"),
    ],
)
def test_kind_word(kind, thread, said):
    assert wording.kind_word(replace(brew(0, "tea", 1.0), kind=kind, thread=thread)) == said


def test_outcomes_are_counted_in_a_fixed_order():
    assert wording.outcomes(every_outcome().spans) == (
        "✓ 1 returned · ✗ 3 raised · ⊘ 1 cancelled · ■ 1 closed · … 1 unfinished"
    )
    assert wording.outcomes([brew(0, "tea", 1.0)] * 9990) == "✓ 9,990 returned"


def test_a_thread_that_outlives_whoever_awaited_it_is_no_chain():
    outer = span(0, "guest()", [("waiting", 0.2, "await asyncio.to_thread(work)")])
    thread = replace(span(1, "work()", [("running", 0.5)], parent=0), kind="thread", thread=1)

    assert wording.headline(timeline(outer, thread)) == "0.50 s · one after another"
