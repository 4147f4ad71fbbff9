"""The text form of timelines."""

import io
import re
import sys
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

from asyncdemo.columns import columns, fit, fit_middle, fit_parts, pad
from asyncdemo.comparison import compare
from asyncdemo.text import KEY, terminal_width, to_text
from asyncdemo.timeline import Blocked, Stretch

SAMPLES = [three_drinks, staircase, every_outcome, blocked_loop]


def text(*lines):
    return "\n".join(lines)


def bars(shown):
    """The bars of all rows, from top to bottom."""
    return re.findall(r"│([ ·░▒▁-█]+)│ +\d", shown)


def test_three_drinks_at_once():
    assert to_text(three_drinks()) == text(
        "1.0 s instead of 1.9 s · up to 3 in flight",
        "cell                   │█░░░░░░░░░░░░░░█│  1.0 s  ✓ end of block       "
        "await asyncio.gather(brew('t…",
        "├─ brew('tea', 1.0)    │█░░░░░░░░░░░░░░█│  1.0 s  ✓ returned 'tea'     "
        "await asyncio.sleep(seconds)",
        "├─ brew('coffee', 0.3) │█░░░█           │ 0.30 s  ✓ returned 'coffee'  "
        "await asyncio.sleep(seconds)",
        "└─ brew('cocoa', 0.6)  │█░░░░░░░░█      │ 0.60 s  ✓ returned 'cocoa'   "
        "await asyncio.sleep(seconds)",
        "                        0 s        1.0 s",
        "█ running  ░ waiting  ▒ ready  · not started",
    )


def test_a_narrow_text_leaves_the_awaits_out():
    assert to_text(three_drinks(), width=80) == text(
        "1.0 s instead of 1.9 s · up to 3 in flight",
        "cell                   │█░░░░░░░░░░░░░░░░░░░░░░░░░█│  1.0 s  ✓ end of block",
        "├─ brew('tea', 1.0)    │█░░░░░░░░░░░░░░░░░░░░░░░░░█│  1.0 s  ✓ returned 'tea'",
        "├─ brew('coffee', 0.3) │█░░░░░░░█                  │ 0.30 s  ✓ returned 'coffee'",
        "└─ brew('cocoa', 0.6)  │█░░░░░░░░░░░░░░░█          │ 0.60 s  ✓ returned 'cocoa'",
        "                        0 s                   1.0 s",
        "█ running  ░ waiting  ▒ ready  · not started",
    )


def test_every_outcome_kind_and_state():
    assert to_text(every_outcome(), width=120) == text(
        "0.45 s instead of 1.2 s · up to 4 in flight",
        "cell                   │█░░░░░░░░░░░░░░░░░░░░░░░█│ 0.45 s  ✗ raised ExceptionGroup  "
        "await serve_everyone()",
        "└─ serve_everyone()    │█░░░░░░░░░░░░░░░░░░░░░░░░│ 0.45 s  ✗ raised ExceptionGroup  "
        "async with asyncio.TaskGroup() as g…",
        "   ├─ brew('tea', 1.0) │░░░░░░░░░░░░░░░░░░░░░░░  │ 0.40 s  ⊘ cancelled              "
        "await asyncio.sleep(seconds)",
        "   │  └─ drip(3)       │     █░░░░░░█            │ 0.12 s  ■ closed                 "
        "async generator · yield drop",
        "   ├─ burn('toast')    │█░░░░░░░░░░░░░░░░░░░░░█  │ 0.40 s  ✗ raised ValueError      "
        "await asyncio.sleep(0.4)",
        "   ├─ grind('beans')   │  ···████████████        │ 0.20 s  ✓ returned 42            "
        "in another thread",
        "   └─ radio()          │     █░░░░░░░░░░░▒▒▒▒▒▒▒▒│ 0.35 s  … unfinished             "
        "await song.get()",
        "                        0 s                0.45 s",
        "█ running  ░ waiting  ▒ ready  · not started",
    )


def test_a_blocked_loop_names_the_line():
    assert to_text(blocked_loop()) == text(
        "1.0 s instead of 3.2 s · up to 3 in flight · loop blocked for 0.50 s",
        "cell                   │█░░░░░░░░░░░░░░░░█│  1.0 s  ✓ end of block      "
        "await asyncio.gather(…)",
        "├─ brew('tea', 0.4)    │█░░░░░░▒▒▒▒▒▒▒█   │ 0.80 s  ✓ returned 'tea'    "
        "await asyncio.sleep(seconds)",
        "├─ scrub()             │█░░░░██████████   │ 0.80 s  ✓ returned 'clean'  "
        "await asyncio.sleep(0.3)",
        "└─ brew('cocoa', 0.99) │█░░░░░░░░░░░░░░░░█│ 0.99 s  ✓ returned 'cocoa'  "
        "await asyncio.sleep(seconds)",
        "                        0 s          1.0 s",
        "blocked 0.50 s by line 12: time.sleep(0.5) in scrub",
        "█ running  ░ waiting  ▒ ready  · not started",
    )


def test_a_comparison_has_one_time_scale():
    assert to_text(compare(staircase(), three_drinks(), titles=["await", "gather"])) == text(
        "await",
        "1.3 s · one after another",
        "cell                   │█░░░░░░░░░░░░░░█│  1.3 s  ✓ end of block       "
        "await brew('tea',… · +2 more",
        "├─ brew('tea', 0.6)    │█░░░░░░█        │ 0.60 s  ✓ returned 'tea'     "
        "await asyncio.sleep(seconds)",
        "├─ brew('coffee', 0.3) │       █░░░█    │ 0.30 s  ✓ returned 'coffee'  "
        "await asyncio.sleep(seconds)",
        "└─ brew('cocoa', 0.4)  │           █░░░█│ 0.40 s  ✓ returned 'cocoa'   "
        "await asyncio.sleep(seconds)",
        "                        0 s        1.3 s",
        "",
        "gather",
        "1.0 s instead of 1.9 s · up to 3 in flight",
        "cell                   │█░░░░░░░░░░░█   │  1.0 s  ✓ end of block       "
        "await asyncio.gather(brew('t…",
        "├─ brew('tea', 1.0)    │█░░░░░░░░░░░█   │  1.0 s  ✓ returned 'tea'     "
        "await asyncio.sleep(seconds)",
        "├─ brew('coffee', 0.3) │█░░█            │ 0.30 s  ✓ returned 'coffee'  "
        "await asyncio.sleep(seconds)",
        "└─ brew('cocoa', 0.6)  │█░░░░░░█        │ 0.60 s  ✓ returned 'cocoa'   "
        "await asyncio.sleep(seconds)",
        "                        0 s        1.3 s",
        "",
        "█ running  ░ waiting  ▒ ready  · not started",
    )


def test_a_comparison_without_titles_has_no_empty_title_lines():
    assert to_text(compare(staircase(), three_drinks())).startswith("1.3 s · one after another\n")


def test_on_request_it_says_who_woke_whom():
    text = to_text(compare(handing_over(), wakes=True))

    assert "produce() woke consume() ×2\nconsume() woke cell\n" in text
    assert "woke" not in to_text(handing_over())


def test_too_many_rows_become_an_overview():
    shown = many(300)
    shown = replace(
        shown,
        spans=(*shown.spans[:-1], replace(shown.spans[-1], outcome="raised", result="ValueError")),
    )
    assert to_text(shown) == text(
        "1.4 s instead of 5 min 1 s · up to 300 in flight",
        "cell       │░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░│  1.4 s  ✓ end of block       "
        "await all_of_them()",
        "brew × 300 │▂▃▄▅▆▇████████████████▇▆▅▄▃▁  │  1.3 s  up to 300 in flight  "
        "✓ 299 returned · ✗ 1 raised",
        "            0 s                      1.4 s",
        "█ running  ░ waiting  ▒ ready  · not started",
        "▁▂▃▄▅▆▇█ how many in flight",
    )


def test_the_overview_begins_beyond_200_rows_and_can_be_declined():
    assert len(bars(to_text(many(199)))) == 200
    assert len(bars(to_text(many(200)))) == 2
    assert len(bars(to_text(many(200), full=True))) == 201


def test_the_overview_groups_thousands_and_keeps_functions_apart():
    jobs = [brew(n, "tea", 1.0, start=n / 1000) for n in range(1, 1503)]
    tea = [replace(job, name="Kitchen.brew") for job in jobs[:1500]]
    lines = to_text(timeline(*tea, *jobs[1500:])).split("\n")
    assert lines[0].endswith(" · up to 1,001 in flight")
    assert re.fullmatch(
        r"Kitchen.brew × 1,500 │.*│  2.5 s  up to 1,001 in flight  ✓ 1,500 returned", lines[1]
    )
    assert re.fullmatch(
        r"brew × 2             │.*│  1.0 s  up to 2 in flight      ✓ 2 returned", lines[2]
    )


@pytest.mark.parametrize("width", [60, 80, 200])
def test_nothing_ran(width):
    told = to_text(timeline(), width=width)
    assert " ".join(told.split("\n")) == (
        "No coroutine ran while this was recorded: a coroutine runs once it is awaited, "
        "or handed to asyncio.run()."
    )
    assert max(map(len, told.split("\n"))) <= width


def test_a_caller_alone_is_shown_with_what_blocked_it():
    block = Blocked(0.0, 0.5, 0, "cafe.py", 4, "time.sleep(0.5)", "<module>")
    caller = span(0, "cell", [("running", 0.5)], kind="caller", outcome="raised", result="OSError")
    lines = to_text(timeline(caller, blocked=(block,))).split("\n")
    assert lines[0].startswith("No coroutine ran while this was recorded")
    assert re.fullmatch(r"cell │█+│ 0.50 s  ✗ raised OSError", lines[2])
    assert lines[4] == "blocked 0.50 s by line 4: time.sleep(0.5) in <module>"


def test_awaits_that_suspended_it_are_folded():
    sleepy = span(0, "sleepy()", [("waiting", 0.1, "await asyncio.sleep(0)")] * 10)
    busy = span(1, "busy()", [("waiting", 0.1, f"await step({n})") for n in "abcdefg"])
    lines = to_text(timeline(sleepy, busy), width=140).split("\n")
    assert lines[1].endswith("  await asyncio.sleep(0) ×10")
    assert lines[2].endswith("  await step(a) · await step(b) · +5 more")


def test_a_thread_is_named_besides_its_awaits():
    elsewhere = replace(span(0, "job()", [("waiting", 1.0, "await x")]), thread=2)
    assert to_text(timeline(elsewhere)).split("\n")[1].endswith("in another thread · await x")


def test_blocked_stretches_stand_in_order_and_end_at_ten():
    blocks = tuple(Blocked(n / 10, n / 10 + 0.1, 2, "", n, f"work{n}()", "f") for n in range(1, 14))
    told = to_text(replace(blocked_loop(), blocked=blocks)).split("\n")
    said = [line for line in told if line.startswith("blocked")]
    assert said[0] == "blocked 0.10 s by line 1: work1() in f"
    assert said[9:] == ["blocked 0.10 s by line 10: work10() in f", "blocked 3 more times"]
    assert "more times" not in to_text(replace(blocked_loop(), blocked=blocks[:10]))


def state_bar_of(*stretches, seconds=10.0):
    """The bar of one span with these stretches in a text whose cells are counted."""
    job = replace(
        span(0, "job()", []),
        stretches=tuple(stretches),
        created=stretches[0].start,
        end=stretches[-1].end,
    )
    (bar,) = bars(to_text(replace(timeline(job), duration=seconds)))
    assert len(bar) == 40
    return bar


def test_a_cell_shows_the_state_that_fills_most_of_it():
    # A cell is 0.25 s.
    assert (
        state_bar_of(
            Stretch("not started", 1.0, 2.0),
            Stretch("waiting", 2.0, 3.1),
            Stretch("ready", 3.1, 4.2),
            Stretch("waiting", 4.2, 5.0),
        )
        == " " * 4 + "····" + "░░░░" + "▒▒▒▒▒" + "░░░" + " " * 20
    )


def test_short_steps_show_where_a_call_begins_and_ends_only():
    assert (
        state_bar_of(
            Stretch("not started", 0.0, 0.9),
            Stretch("running", 0.9, 0.9001),
            Stretch("waiting", 0.9001, 2.1),
            Stretch("running", 2.1, 2.1001),
            Stretch("waiting", 2.1001, 3.0),
            Stretch("running", 3.0, 3.0001),
        )
        == "···█" + "░" * 8 + "█" + " " * 27
    )


@pytest.mark.parametrize("at", [0.0, 5.0, 9.9999, 10.0])
def test_the_shortest_span_has_a_cell(at):
    bar = state_bar_of(Stretch("running", at, at))
    assert bar.strip() == "█"
    assert bar.index("█") == min(int(at * 4), 39)


def test_a_recording_without_length_has_bars_too():
    assert state_bar_of(Stretch("running", 0.0, 0.0), seconds=0.0) == "█" + " " * 39


def test_the_key_is_the_same_whatever_the_bars_show():
    calm = timeline(span(0, "job()", [("running", 1.0)]))
    assert to_text(calm).split("\n")[-1] == to_text(every_outcome()).split("\n")[-1] == KEY


@pytest.mark.parametrize("width", [60, 72, 80, 100, 120, 160])
@pytest.mark.parametrize("sample", SAMPLES)
def test_lines_fit_and_bars_stand_under_each_other(sample, width):
    rows = [line for line in to_text(sample(), width=width).split("\n") if "│ " in line]
    ends = {(line.rindex("│"), len(bars(line)[0])) for line in rows}
    assert len(ends) == 1
    assert ends.pop()[1] >= 10
    assert all(len(line) <= width for line in rows)


def test_wide_signs_keep_the_columns_straight():
    tea = [span(0, "brew('茶')", [("running", 1.0)]), span(1, "brew('tea')", [("running", 1.0)])]
    lines = to_text(timeline(*tea)).split("\n")
    assert lines[1].startswith("brew('茶')  │█")
    assert lines[2].startswith("brew('tea') │█")


def test_long_labels_lose_their_middle():
    url = "fetch('https://example.org/a/very/long/path/indeed/page"
    pages = [span(n, f"{url}{n}')", [("running", 1.0)], start=n) for n in (1, 2)]
    lines = to_text(timeline(*pages)).split("\n")
    assert [line.split(" │")[0] for line in lines[1:3]] == [
        "fetch('https://ex…deed/page1')",
        "fetch('https://ex…deed/page2')",
    ]


def test_deep_rows_keep_a_label():
    chain = [
        span(n, f"dive({n})", [("waiting", 1.0)], parent=n - 1 if n else None) for n in range(30)
    ]
    lines = to_text(timeline(*chain)).split("\n")
    assert lines[4].startswith("      └─ dive(3) ")
    assert lines[30].startswith("…           └─ dive(29) ")


def test_source_on_several_lines_stands_on_one():
    job = span(0, "job()", [("waiting", 1.0, "await gather(\n    a(),\n    b())")])
    assert to_text(timeline(job)).split("\n")[1].endswith("  await gather( a(), b())")


@pytest.mark.parametrize(
    ("shown", "room", "fitted"),
    [
        ("brew('tea')", 11, "brew('tea')"),
        ("brew('tea')", 10, "brew('tea…"),
        ("brew  me", 7, "brew…"),
        ("茶茶茶", 6, "茶茶茶"),
        ("茶茶茶", 5, "茶茶…"),
        ("茶茶茶", 4, "茶…"),
        ("   └─ a", 9, "   └─ a"),
    ],
)
def test_fit(shown, room, fitted):
    assert fit(shown, room) == fitted
    assert columns(fitted) <= room


@pytest.mark.parametrize(
    ("shown", "room", "fitted"),
    [("abcdefghij", 10, "abcdefghij"), ("abcdefghij", 7, "abc…hij"), ("茶bcdef茶", 6, "茶b…茶")],
)
def test_fit_middle(shown, room, fitted):
    assert fit_middle(shown, room) == fitted
    assert columns(fitted) <= room


@pytest.mark.parametrize(
    ("room", "fitted"),
    [
        (99, "aaaa · bbbb · cccc · +2 more"),
        (28, "aaaa · bbbb · cccc · +2 more"),
        (27, "aaaa · bbbb · +3 more"),
        (20, "aaaa · +4 more"),
        (13, "aa… · +4 more"),
    ],
)
def test_fit_parts(room, fitted):
    assert fit_parts(["aaaa", "bbbb", "cccc", "dddd", "eeee"], room) == fitted


def test_fit_parts_of_one_or_none():
    assert fit_parts([], 10) == ""
    assert fit_parts(["aaaa", "bbbb"], 11) == "aaaa · bbbb"
    assert fit_parts(["aaaa"], 3) == "aa…"


def test_columns_and_pad():
    # A letter, an accent that stands on it, a wide sign, a sign with its selector.
    assert [columns(sign) for sign in ("a", "e\u0301", "茶", "✓\ufe0f", "")] == [1, 1, 2, 1, 0]
    assert pad("茶", 4) == "茶  "


class Terminal(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self):
        return True


def test_repr_fits_the_terminal(monkeypatch):
    assert terminal_width() == 100
    monkeypatch.setattr(sys, "stdout", Terminal())
    for terminal, width in [("72", 72), ("300", 140)]:
        monkeypatch.setenv("COLUMNS", terminal)
        assert terminal_width() == width
        assert repr(three_drinks()) == to_text(three_drinks(), width=width)


def test_it_needs_no_matplotlib_and_no_asyncio(tmp_path):
    import subprocess

    code = (
        "import sys, asyncdemo.timeline, asyncdemo.text, asyncdemo.display\n"
        "print({'matplotlib', 'numpy'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert run.stdout == "set()\n"


# What nbval compares.


@pytest.mark.parametrize("sample", [*SAMPLES, lambda: many(300)])
@pytest.mark.parametrize("full", [False, True])
def test_timing_leaves_no_trace(sample, full):
    shown = sample()
    once = sanitized(to_text(shown, full=full))
    for seed in range(10):
        assert sanitized(to_text(jittered(shown, seed), full=full)) == once


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("factor", [0.00031, 0.0095, 0.095, 0.33, 0.98, 1.02, 9.9, 62.0, 130.0])
def test_units_leave_no_trace(sample, factor):
    assert sanitized(to_text(slower(sample(), factor))) == sanitized(to_text(sample()))


def changed(sample, id, **changes):
    shown = sample()
    spans = tuple(replace(s, **changes) if s.id == id else s for s in shown.spans)
    return replace(shown, spans=spans)


def test_sanitized_text_of_three_drinks():
    assert sanitized(to_text(three_drinks())) == text(
        "<DURATION> · up to 3 in flight",
        "cell                   |BAR|<DURATION>  ✓ end of block       "
        "await asyncio.gather(brew('t…",
        "├─ brew('tea', 1.0)    |BAR|<DURATION>  ✓ returned 'tea'     await asyncio.sleep(seconds)",
        "├─ brew('coffee', 0.3) |BAR|<DURATION>  ✓ returned 'coffee'  await asyncio.sleep(seconds)",
        "└─ brew('cocoa', 0.6)  |BAR|<DURATION>  ✓ returned 'cocoa'   await asyncio.sleep(seconds)",
        "<DURATION>",
        "█ running  ░ waiting  ▒ ready  · not started",
    )


@pytest.mark.parametrize(
    "other",
    [
        changed(three_drinks, 2, outcome="cancelled", result=""),
        changed(three_drinks, 2, result="'tea'"),
        changed(three_drinks, 2, label="brew('coffee', 0.4)"),
        changed(three_drinks, 3, parent=2),
        changed(
            three_drinks, 1, stretches=(Stretch("waiting", 0.0, 1.0, "await asyncio.sleep(2)"),)
        ),
        changed(three_drinks, 1, stretches=(Stretch("waiting", 0.0, 1.0),)),
        changed(three_drinks, 1, kind="thread"),
        changed(three_drinks, 1, start=0.0, end=0.0),
        replace(three_drinks(), spans=three_drinks().spans[:3]),
        replace(three_drinks(), blocked=blocked_loop().blocked),
        replace(three_drinks(), cut=0.5),
        staircase(),
    ],
)
def test_what_the_code_did_is_compared(other):
    assert sanitized(to_text(other)) != sanitized(to_text(three_drinks()))


def test_the_line_that_blocked_is_compared():
    once = blocked_loop()
    for changes in ({"line": 13}, {"source": "time.sleep(0.4)"}, {"function": "scour"}):
        other = replace(once, blocked=(replace(once.blocked[0], **changes),))
        assert sanitized(to_text(other)) != sanitized(to_text(once))


def test_tree_guides_are_compared_and_no_bar_is_taken_for_one():
    spans = [span(0, "a()", [("running", 1.0)])]
    for n, parent in enumerate([0, 1, 2, 3, 3, 1, 0], 1):
        spans.append(span(n, f"b{n}()", [("running", 1.0)], parent=parent))
    masked = sanitized(to_text(timeline(*spans)))
    assert [line.split(" |BAR|")[0].rstrip() for line in masked.split("\n")[1:-2]] == [
        row.guide + row.span.label for row in timeline(*spans).rows
    ]


@pytest.mark.parametrize(
    "kept",
    [
        "brew('tea', 1.0)",
        "await asyncio.sleep(0.3) ×10",
        "async with asyncio.timeout(0.5)",
        "up to 3 in flight",
        "✓ returned 3",
        "✓ returned 0.25",
        "✓ returned '5 s'",
        "✓ returned 'about 5 ms'",
        "line 12: time.sleep(0.5) in scrub",
        "fetch × 10,000",
        "[3, 4] 3 items 5 more",
        "x1 s",
        "0xff",
        "Task('tea')",
        "/home/ann/cafe.py:12",
    ],
)
def test_what_must_not_be_masked(kept):
    assert sanitized(kept) == kept


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        ("took 0.31 s.", "took<DURATION>."),
        ("took   340 µs", "took<DURATION>"),
        ("│█░ │  12 ms  ✓", "|BAR|<DURATION>  ✓"),
        ("(2 min 5 s)", "(<DURATION>)"),
        ("1 min", "<DURATION>"),
        ("0 s", "<DURATION>"),
        ("Executing <Task> took 0.502 seconds", "Executing <Task> took<DURATION>"),
        ("<function brew at 0x7f3a5c2b1d00>", "<function brew at 0xADDRESS>"),
        ("<Task pending name='Task-17'>", "<Task pending name='Task-N'>"),
        ("/tmp/ipykernel_812/3920.py:3: RuntimeWarning", "CELL:3: RuntimeWarning"),
        ("at /private/var/a b/T/ipykernel_8/39.py:3", "at CELL:3"),
        (r"C:\Users\Ann Lee\Temp\ipykernel_8\39.py:3: E", "CELL:3: E"),
        ("at /usr/lib/python3.13/asyncio/runners.py:195>", "at LIB/runners.py:LINE>"),
        (r"at C:\Python313\Lib\asyncio\runners.py:71>", "at LIB/runners.py:LINE>"),
    ],
)
def test_what_is_masked(shown, masked):
    assert sanitized(shown) == masked
