"""What a picture shows, asked of its artists: nothing here compares pixels or takes the time."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
import samples
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.font_manager import findfont, get_font
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from pictures import (
    DRAWN,
    ONE,
    bands,
    bars,
    draw,
    draw_one,
    drawn,
    handing_over,
    long_texts,
    rows,
    said,
    scaled,
    seen,
)

from asyncdemo import wording
from asyncdemo.picture import style
from asyncdemo.picture.axis import neat_end
from asyncdemo.picture.sheet import Sheet
from asyncdemo.plot import Comparison, compare
from asyncdemo.timeline import Blocked, Timeline

each_picture = pytest.mark.parametrize("name", DRAWN)

# -- every picture -------------------------------------------------------------------------------


@each_picture
def test_no_text_overlaps_another(name: str) -> None:
    for (one, here), (other, there) in combinations(seen(drawn(name)), 2):
        shared = Bbox.intersection(here, there)
        overlap = shared is not None and shared.width > 0.5 and shared.height > 0.5
        assert not overlap, f"{one.get_text()!r} and {other.get_text()!r}"


@each_picture
def test_no_text_leaves_the_figure(name: str) -> None:
    axes = drawn(name)
    page = axes[0].figure.bbox
    for text, box in seen(axes):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= page.x1 and box.y1 <= page.y1
        assert inside, text.get_text()


@each_picture
def test_an_awaited_text_lies_inside_its_bar(name: str) -> None:
    for ax in drawn(name):
        for note in ax.findobj(Annotation):
            if note.get_gid() == "awaited":
                start, row = note.xy
                ends = [
                    end
                    for name in ("running", "waiting", "waiting at yield")
                    for at, begin, end in bars(ax, name)
                    if at == row and begin == start
                ]
                box = note.get_window_extent().transformed(ax.transData.inverted())
                assert start < box.x0
                assert box.x1 < max(ends)


@each_picture
def test_every_character_is_in_its_font(name: str) -> None:
    for text, _ in seen(drawn(name)):
        known = get_font(findfont(text.get_fontproperties())).get_charmap()
        assert text.get_fontfamily()[0].startswith("DejaVu Sans")
        assert {char for char in text.get_text() if ord(char) not in known} <= {"\n"}


@each_picture
def test_no_text_is_taken_for_mathematics(name: str) -> None:
    assert not [t for t, _ in seen(drawn(name)) if "$" in t.get_text() and t.get_parse_math()]


# -- rows ----------------------------------------------------------------------------------------


def test_a_row_for_each_span_in_the_timelines_order() -> None:
    timeline = samples.every_outcome()
    ax = draw_one(timeline)
    assert said(ax, "label") == [row.span.label for row in timeline.rows]
    heights = [text.xy[1] for text in ax.findobj(Annotation) if text.get_gid() == "label"]
    assert heights == list(range(len(timeline.rows)))
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row is at the top"


def test_every_row_ends_in_its_outcome() -> None:
    timeline = samples.every_outcome()
    endings = said(draw_one(timeline), "ending")
    assert endings == [wording.ending(row.span) for row in timeline.rows]


def test_the_title_says_what_happened() -> None:
    timeline = samples.blocked_loop()
    assert draw_one(timeline).get_title("left") == wording.headline(timeline)


@pytest.mark.parametrize("state", ["running", "waiting", "ready"])
def test_bars_are_as_long_as_the_stretches(state: str) -> None:
    timeline = samples.every_outcome()
    tooth = 0.01
    expected = sorted(
        (n, s.start, s.end)
        for n, row in enumerate(timeline.rows)
        for s in row.span.stretches
        if s.state == state and not (state == "waiting" and s.at.startswith("yield"))
    )
    drawn = bars(draw_one(timeline), state)
    assert [bar[:2] for bar in drawn] == [bar[:2] for bar in expected]
    for (_, _, end), (_, _, true_end) in zip(drawn, expected, strict=True):
        assert true_end == end or true_end < end < true_end + tooth


def test_a_running_stretch_of_no_length_is_still_a_line() -> None:
    (running,) = [c for c in draw_one(ONE).findobj(PolyCollection) if c.get_label() == "running"][
        :1
    ]
    assert running.get_linewidth()[0] > 0.5


def test_a_generator_that_handed_out_a_value_looks_different() -> None:
    ax = draw_one(samples.every_outcome())
    assert len(bars(ax, "waiting at yield")) == 1


def test_a_bar_that_has_no_room_for_its_await_is_left_empty() -> None:
    parts: list[samples.Part] = [("waiting", 0.01, "await soon()"), ("waiting", 1, "await later()")]
    assert said(draw_one(samples.timeline(samples.span(0, "f()", parts))), "awaited") == [
        "await later()"
    ]


def test_the_word_await_is_the_first_to_go() -> None:
    parts: list[samples.Part] = [
        ("waiting", 1, "await queue.get()"),
        ("waiting", 3.8, "await now()"),
    ]
    awaited = said(draw_one(samples.timeline(samples.span(0, "f()", parts))), "awaited")
    assert awaited == ["queue.get()", "await now()"]


def test_a_long_await_is_cut_short() -> None:
    shortened = said(draw_one(long_texts()), "awaited")
    assert "await gather( a(), b(), )" in shortened
    assert any(text.endswith("…") for text in shortened)


def test_a_long_label_keeps_its_start_and_its_end() -> None:
    label = said(draw_one(long_texts()), "label")[0]
    assert label.startswith("fetch('https://")
    assert "…" in label
    assert label.endswith("timeout=2.5)")


def test_what_the_font_lacks_is_a_box() -> None:
    assert said(draw_one(long_texts()), "label")[-2].startswith("□□('☕ □ $x^2$")


def test_a_job_in_a_thread_says_so() -> None:
    assert "in a thread" in said(draw_one(samples.every_outcome()), "awaited")


def test_the_key_explains_what_can_be_seen_and_nothing_else() -> None:
    def key(timeline: Timeline) -> list[str]:
        legend = draw_one(timeline).get_legend()
        assert legend is not None
        return [text.get_text() for text in legend.get_texts()]

    # Its jobs were ready and not started for 0.1 ms, which nobody can see.
    assert key(samples.three_drinks()) == ["running", "waiting"]
    assert key(samples.blocked_loop()) == ["running", "waiting", "ready", "blocked"]
    assert key(samples.every_outcome()) == [
        "running",
        "waiting",
        "waiting at yield",
        "ready",
        "not started",
    ]


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (1e-5, "microseconds"),
        (0.02, "milliseconds"),
        (1, "seconds"),
        (50, "seconds"),
        (500, "minutes"),
        (30_000, "hours"),
    ],
)
def test_the_axis_counts_in_a_unit_that_fits(times: float, unit: str) -> None:
    ax = draw_one(scaled(samples.three_drinks(), times))
    assert ax.get_xlabel() == unit
    labels = [text.get_text() for text in ax.get_xticklabels()]
    assert all(len(label) <= 4 for label in labels)
    assert 3 <= len(labels) <= 12


def test_a_timeline_of_no_length_can_be_drawn() -> None:
    assert said(draw_one(scaled(samples.three_drinks(), 0)), "label")


# -- bands, cuts and wakes -----------------------------------------------------------------------


def test_a_band_names_the_line_that_blocked() -> None:
    ax = draw_one(samples.blocked_loop())
    assert said(ax, "flag") == ["blocked by line 12: time.sleep(0.5)"]
    (band,) = [c for c in ax.findobj(PolyCollection) if c.get_label() == "blocked"]
    (path,) = band.get_paths()
    assert path.get_extents().intervalx.tolist() == [0.3, 0.8]
    assert path.get_extents().intervaly.tolist() == [0.0, 1.0], "all rows"


def test_the_bar_that_blocked_stands_out() -> None:
    ax = draw_one(samples.blocked_loop())
    red = [
        c for c in ax.findobj(PolyCollection)
        if c.get_facecolor()[0][:3].tolist() == list(to_rgb(style.BLOCKING.face))
    ]  # fmt: skip
    assert [path.get_extents().intervalx.tolist() for c in red for path in c.get_paths()] == [
        [0.3, 0.8]
    ]


def test_a_band_whose_line_nobody_saw_says_only_that() -> None:
    band = Blocked(0.2, 0.4, None, "", 0, "", "")
    assert said(draw_one(replace(rows(3), blocked=(band,))), "flag") == ["blocked"]


def test_bands_close_together_all_say_their_line() -> None:
    flags = said(draw_one(bands((0.1, 0.2), (0.3, 0.4), (0.6, 0.7))), "flag")
    assert [text.removeprefix("blocked by ")[:8] for text in flags] == [
        "line 10:",
        "line 11:",
        "line 12:",
    ]


def test_a_cut_says_where_recording_stopped() -> None:
    assert said(draw_one(replace(rows(5), cut=1.0)), "flag") == ["recording stopped"]


def test_wakes_are_drawn_on_request() -> None:
    timeline = handing_over()

    def arrows(ax: Axes) -> list[list[list[float]]]:
        (lines,) = [c for c in ax.collections if c.get_label() == "wakes"]
        return [path.vertices.tolist() for path in lines.get_paths()]

    assert not [c for c in draw_one(timeline).collections if c.get_label() == "wakes"]
    drawn = arrows(draw_one(timeline, wakes=True))
    assert [stem[0][0] for stem in drawn] == [wake.time for wake in timeline.wakes]
    assert all(stem[0][0] == stem[1][0] for stem in drawn), "a wake has no length"
    assert [round(stem[0][1]) for stem in drawn] == [wake.by for wake in timeline.wakes]
    assert [round(stem[1][1]) for stem in drawn] == [wake.woken for wake in timeline.wakes]


# -- blank, nothing, compared --------------------------------------------------------------------


def test_a_blank_sheet_gives_nothing_away() -> None:
    timeline = samples.blocked_loop()
    ax = draw_one(timeline, blank=True)
    assert said(ax, "label") == [row.span.label for row in timeline.rows]
    assert ax.get_title("left") == "Draw what you expect"
    assert not ax.findobj(PolyCollection)
    assert not [gid for gid in ("awaited", "ending", "flag") if said(ax, gid)]
    assert ax.get_legend() is None
    assert ax.get_xlim() == (0, 1.5)


@pytest.mark.parametrize("seconds", [3e-5, 0.099, 0.28, 0.999, 1.002, 1.3, 59, 119, 300, 9000])
def test_the_end_of_a_blank_axis_is_neat_and_not_the_answer(seconds: float) -> None:
    assert seconds * 1.1 <= neat_end(seconds) <= seconds * 1.8


def test_nothing_recorded_is_a_small_friendly_picture() -> None:
    only_cell = samples.timeline(samples.span(0, "cell", [("running", 0.1)], kind="caller"))
    for timeline in (samples.timeline(), only_cell):
        ax = draw_one(timeline)
        assert ax.get_title("left") == "No coroutine ran"
        assert "a coroutine runs once it is awaited" in said(ax, "nothing")[0]


def test_compared_timelines_share_one_scale() -> None:
    axes = draw(Sheet([samples.staircase(), rows(10)], ["Awaited", "Gathered"]))
    first, second = axes
    assert first.get_xlim() == second.get_xlim()
    assert first.get_window_extent().x0 == second.get_window_extent().x0
    assert first.get_window_extent().x1 == second.get_window_extent().x1
    assert first.get_window_extent().y0 > second.get_window_extent().y1
    assert [ax.get_title("left") for ax in axes] == ["Awaited", "Gathered"]
    assert said(first, "subtitle") == [wording.headline(samples.staircase())]
    assert (first.get_xlabel(), second.get_xlabel()) == ("", "seconds")


def test_without_titles_the_numbers_are_the_titles() -> None:
    both = compare(samples.staircase(), samples.three_drinks())
    assert both == Comparison((samples.staircase(), samples.three_drinks()), ("", ""))
    first, _ = draw(Sheet(both.timelines, both.titles))
    assert first.get_title("left") == wording.headline(samples.staircase())


def test_compare_wants_something_to_compare() -> None:
    with pytest.raises(ValueError, match="nothing to compare"):
        compare()


def test_compare_wants_a_title_for_each_or_none() -> None:
    with pytest.raises(ValueError, match="there are 1 timelines and 2 titles"):
        compare(samples.staircase(), titles=["one", "two"])


# -- the style -----------------------------------------------------------------------------------


def lightness(colour: str) -> float:
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_states_can_be_told_apart_in_greyscale() -> None:
    running, ready, waiting = map(
        lightness, (style.RUNNING.face, style.READY.face, style.WAITING.face)
    )
    assert running < ready - 0.3
    assert ready < waiting - 0.05
    assert style.READY.hatch


@pytest.mark.parametrize("ink", [*style.OUTCOME_INK.values(), style.INK, style.QUIET_INK])
def test_words_stand_out_from_the_paper(ink: str) -> None:
    def luminance(colour: str) -> float:
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in to_rgb(colour)
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    # The contrast that WCAG 2 asks of text.
    assert 1.05 / (luminance(ink) + 0.05) > 4.5
