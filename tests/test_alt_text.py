"""What is said of a picture to those who hear it."""

from dataclasses import replace

import pytest
from pictures import handing_over
from reruns import jittered, sanitized, slower
from samples import (
    blocked_loop,
    brew,
    every_outcome,
    many,
    span,
    staircase,
    three_drinks,
    timeline,
)

from asyncdemo.alt_text import alt_text
from asyncdemo.comparison import compare
from asyncdemo.timeline import Blocked


def test_three_drinks_at_once():
    assert alt_text(three_drinks()) == (
        "Timeline: 1.0 s instead of 1.9 s, up to 3 in flight. "
        "The calls overlapped: while one waited, others went on. "
        "cell: from 0 s to 1.0 s, "
        "waited at await asyncio.gather(brew('tea', 1.0), brew('coffee', 0.3), …), "
        "reached the end of its block. "
        "brew('tea', 1.0), a task of cell: from 600 µs to 1.0 s, "
        "waited at await asyncio.sleep(seconds), returned 'tea'. "
        "brew('coffee', 0.3), a task of cell: from 700 µs to 0.30 s, "
        "waited at await asyncio.sleep(seconds), returned 'coffee'. "
        "brew('cocoa', 0.6), a task of cell: from 800 µs to 0.60 s, "
        "waited at await asyncio.sleep(seconds), returned 'cocoa'."
    )


def test_one_after_another():
    told = alt_text(staircase())
    assert told.startswith(
        "Timeline: 1.3 s, one after another. "
        "Nothing overlapped: each call had ended before the next one started. "
        "cell: from 0 s to 1.3 s, waited at await brew('tea', 0.6) and at "
        "await brew('coffee', 0.3) and at await brew('cocoa', 0.4), reached the end of its block. "
        "brew('tea', 0.6), awaited by cell: from 1.1 ms to 0.60 s, "
    )


def test_every_outcome_and_kind():
    told = alt_text(every_outcome()).split(" others went on. ")[1]
    assert told == (
        "cell: from 0 s to 0.45 s, waited at await serve_everyone(), raised ExceptionGroup. "
        "serve_everyone(), awaited by cell: from 1.0 ms to 0.45 s, "
        "waited at async with asyncio.TaskGroup() as group:, raised ExceptionGroup. "
        "brew('tea', 1.0), a task of serve_everyone(): from 3.0 ms to 0.40 s, "
        "waited at await asyncio.sleep(seconds), was cancelled. "
        "drip(3), an async generator of brew('tea', 1.0): from 0.10 s to 0.22 s, "
        "waited at yield drop, was closed. "
        "burn('toast'), a task of serve_everyone(): from 2.0 ms to 0.40 s, "
        "waited at await asyncio.sleep(0.4), raised ValueError. "
        "grind('beans'), run in another thread for serve_everyone(): "
        "from 0.10 s to 0.30 s, returned 42. "
        "radio(), a task of serve_everyone(): from 0.10 s to 0.45 s, "
        "waited at await song.get(), unfinished when the recording ended."
    )


def test_a_blocked_loop_says_who_was_held_up():
    assert (
        "The loop was blocked from 0.30 s to 0.80 s by line 12: time.sleep(0.5) in scrub; "
        "ready meanwhile and held up: brew('tea', 0.4). "
    ) in alt_text(blocked_loop())


@pytest.mark.parametrize(
    ("count", "held_up"),
    [
        (1, "; ready meanwhile and held up: job(1)."),
        (3, "; ready meanwhile and held up: job(1), job(2), job(3)."),
        (6, "; ready meanwhile and held up: job(1), job(2), job(3) and 3 more."),
        (0, "."),
    ],
)
def test_those_held_up_are_named_or_counted(count, held_up):
    jobs = [
        span(n + 1, f"job({n + 1})", [("waiting", 0.1, "await x"), ("ready", 0.5)])
        for n in range(count)
    ]
    # Ready for less than 0.1 s of the block: it hardly lost anything.
    brief = span(9, "brief()", [("waiting", 0.55, "await x"), ("ready", 0.5)])
    block = Blocked(0.1, 0.6, None, "", 0, "", "")
    told = alt_text(timeline(*jobs, brief, blocked=(block,)))
    assert f"from 0.10 s to 0.60 s by code that was not recorded{held_up} " in told


def test_many_blocked_stretches_are_counted():
    blocks = tuple(Blocked(n / 10, n / 10 + 0.1, 2, "", n, f"work{n}()", "f") for n in range(1, 9))
    told = alt_text(replace(blocked_loop(), blocked=blocks))
    assert "work5() in f" in told
    assert "work6()" not in told
    assert "It was blocked 3 more times." in told
    assert "more times" not in alt_text(replace(blocked_loop(), blocked=blocks[:5]))


def test_a_call_that_never_suspended_says_so():
    told = alt_text(timeline(span(0, "add(1, 2)", [("running", 0.1)], result="3")))
    assert told == (
        "Timeline: 0.10 s, one call. add(1, 2): from 0 s to 0.10 s, never suspended, returned 3."
    )


def test_an_overlap_that_saved_nothing_says_so():
    long = span(0, "long()", [("running", 1.0)])
    short = span(1, "short()", [("running", 0.05)], start=0.5)
    assert "in flight together, but that saved next to no time." in alt_text(timeline(long, short))


def test_more_awaits_than_one_can_listen_to():
    job = span(0, "job()", [("waiting", 0.1, f"await {n}()") for n in "abcde"])
    assert (
        "waited at await a() and at await b() and at await c() and at 2 more places, returned None."
    ) in alt_text(timeline(job))


def test_nothing_ran():
    assert alt_text(timeline()) == (
        "Timeline: No coroutine ran while this was recorded: a coroutine runs once it is awaited, "
        "or handed to asyncio.run()."
    )


def test_twenty_rows_are_told_and_the_others_counted():
    told = alt_text(many(50))
    assert "'cup 19'" in told
    assert "'cup 20'" not in told
    assert told.endswith(" 31 more rows are left out here.")
    assert "left out" not in alt_text(many(19))


def test_an_overview_is_told_by_function():
    shown = many(1500)
    burnt = replace(shown.spans[-1], outcome="raised", result="ValueError")
    assert alt_text(replace(shown, spans=(*shown.spans[:-1], burnt))) == (
        "Timeline: 2.6 s instead of 25 min 3 s, up to 1,001 in flight. "
        "The calls overlapped: while one waited, others went on. "
        "cell, 1 call: from 0 s to 2.6 s, 1 returned. "
        "brew, 1,500 calls: from 1.1 ms to 2.5 s, up to 1,001 in flight, "
        "1,499 returned, 1 raised."
    )
    assert "brew, 200 calls" in alt_text(many(200))
    assert "180 more rows are left out" in alt_text(many(199))


def test_long_labels_are_shortened():
    job = span(0, "fetch('" + "x" * 90 + "/1')", [("running", 1.0)])
    (sentence,) = [s for s in alt_text(timeline(job)).split(". ") if "fetch" in s]
    assert sentence.split(":")[0].startswith("fetch('xxxx")
    assert "…" in sentence
    assert len(sentence.split(":")[0]) == 60


def test_a_comparison_is_told_one_by_one():
    told = alt_text(compare(staircase(), three_drinks(), titles=["await", "gather"]))
    assert told.startswith("2 timelines on one time scale. Number 1, await: 1.3 s, one after")
    assert " Number 2, gather: 1.0 s instead of 1.9 s, up to 3 in flight. The calls overl" in told
    assert alt_text(compare(staircase())) == alt_text(staircase())
    assert alt_text(compare(staircase(), titles=["await"])).startswith("Timeline, await: 1.3 s, ")


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("sample", [three_drinks, staircase, every_outcome, blocked_loop])
def test_timing_leaves_no_trace(sample, seed):
    assert sanitized(alt_text(jittered(sample(), seed))) == sanitized(alt_text(sample()))


@pytest.mark.parametrize("factor", [0.0098, 0.3, 0.97, 1.03, 70.0])
@pytest.mark.parametrize("sample", [three_drinks, staircase, every_outcome])
def test_units_leave_no_trace(sample, factor):
    assert sanitized(alt_text(slower(sample(), factor))) == sanitized(alt_text(sample()))


def test_what_the_code_did_is_compared():
    once = three_drinks()
    other = replace(once, spans=(*once.spans[:3], brew(3, "milk", 0.6)))
    assert sanitized(alt_text(other)) != sanitized(alt_text(once))
    assert sanitized(alt_text(staircase())) != sanitized(alt_text(once))


def test_on_request_it_says_who_woke_whom():
    said = alt_text(compare(handing_over(), wakes=True))

    assert said.endswith(" Arrows: produce() woke consume() ×2, consume() woke cell.")
