"""What each form of a timeline says where it is not known when calls became ready."""

from dataclasses import replace

import pytest
from pictures import draw_one, said
from samples import silent, span, three_drinks, timeline
from trace_viewer import view

from asyncdemo import wording
from asyncdemo.alt_text import alt_text
from asyncdemo.checks import Attempt, never_blocked, woke
from asyncdemo.perfetto import to_perfetto
from asyncdemo.plot import plot
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

NOTE = (
    "This event loop does not tell when calls become ready or who wakes them: "
    "waiting includes ready."
)


def test_nothing_is_said_where_it_is_known():
    assert three_drinks().ready_known
    assert wording.ready_unknown(three_drinks()) == ""
    assert "event loop" not in to_text(three_drinks()) + alt_text(three_drinks())


def test_one_loop_of_several_is_told_from_the_others():
    mixed = timeline(*silent().spans, span(3, "other()", [("running", 0.1)]))
    assert wording.ready_unknown(mixed).startswith("One event loop does not tell")
    assert wording.ready_unknown(mixed).endswith("waiting there includes ready.")
    assert wording.ready_unknown(mixed.only("brew")) == NOTE
    assert wording.ready_unknown(mixed.only("other")) == ""


def test_the_headline_compares_with_nothing():
    assert wording.headline(silent()) == "1.0 s · up to 2 in flight"


def test_the_text_says_so_on_a_line_of_its_own():
    lines = to_text(silent()).splitlines()
    assert lines[-2] == NOTE
    assert " ".join(to_text(silent(), width=60).splitlines()[-3:-1]) == NOTE


def test_the_alt_text_says_so():
    assert f"Calls were in flight together. {NOTE}" in alt_text(silent())


def test_the_picture_says_so_below_its_title_but_not_on_a_sheet_for_predictions():
    assert said(draw_one(silent()), "subtitle") == [NOTE]
    assert said(plot(silent(), blank=True), "subtitle") == []


def test_the_trace_says_so_over_its_whole_length_and_shows_nothing_ready():
    text = to_perfetto(silent())
    assert view(text).faults == []
    assert f"  {NOTE} 0–1000000" in view(text).told("recording")
    assert '"state":"ready"' not in text
    assert "event loop" not in to_perfetto(three_drinks())


def test_checks_that_depend_on_it_say_that_it_is_unknown():
    attempt = Attempt(silent())
    assert woke("serve", "brew").find(attempt) == (
        "Who woke brew is not known: its event loop does not tell when a call becomes ready."
    )
    assert never_blocked().find(attempt) == (
        "No recorded call blocked it; whether anything else did is not known."
    )


@pytest.mark.parametrize("measure", ["one_after_another", "speedup"])
def test_measures_that_depend_on_it_refuse(measure):
    with pytest.raises(ValueError, match=r"^what serve\(\) waited for is not known: its event"):
        getattr(silent(), measure)


def test_json_keeps_it_and_is_as_it_was_where_it_is_known():
    assert Timeline.from_json(silent().to_json()) == silent()
    assert "ready_known" not in three_drinks().to_json()
    some = replace(silent(), spans=(*silent().spans[:2], *three_drinks().spans[3:]))
    assert Timeline.from_json(some.to_json()) == some
