"""Colours change no character of the text form, and stand where they mean something."""

from __future__ import annotations

from io import StringIO

import pytest
import samples
from rich.console import Console
from rich.text import Text

from asyncdemo.colours import BLOCKED, OUTCOMES, STATES, TITLE, in_colour
from asyncdemo.comparison import Comparison, compare
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

SHOWN = [
    samples.three_drinks(),
    samples.every_outcome(),
    samples.blocked_loop(),
    samples.many(300),
    samples.timeline(),
    samples.timeline(samples.three_drinks().span(0)),
    compare(samples.staircase(), samples.three_drinks(), titles=["awaited", "gathered"]),
    compare(samples.staircase(), samples.many(300), wakes=True),
]


def styled(text: Text, style: str) -> list[str]:
    """The parts of a text that have a style, in order, neighbours put together."""
    spans = sorted((s.start, s.end) for s in text.spans if s.style == style)
    joined: list[list[int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    return [text.plain[start:end] for start, end in joined]


@pytest.mark.parametrize("width", [60, 79, 119])
@pytest.mark.parametrize("shown", SHOWN)
def test_no_character_changes(shown: Timeline | Comparison, width: int) -> None:
    assert in_colour(shown, width=width).plain == to_text(shown, width=width)


@pytest.mark.parametrize("shown", SHOWN)
def test_a_console_without_colours_prints_the_text_form(shown: Timeline | Comparison) -> None:
    console = Console(file=StringIO(), width=120, color_system=None)
    with console.capture() as captured:
        console.print(in_colour(shown, width=119), soft_wrap=True)

    assert captured.get() == to_text(shown, width=119) + "\n"


def test_states_are_coloured_in_bars_and_in_the_key_only() -> None:
    text = in_colour(samples.three_drinks())

    running = styled(text, STATES["running"])
    assert set("".join(running)) == {"█"}
    assert len(running) == text.plain.count("█")  # no two of them are neighbours
    waiting = styled(text, STATES["waiting"])
    assert sum(map(len, waiting)) == text.plain.count("░")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("returned", ["✓ returned"]),
        ("raised", ["✗ raised"] * 3),
        ("cancelled", ["⊘ cancelled"]),
    ],
)
def test_outcomes_are_coloured(outcome: str, words: list[str]) -> None:
    text = in_colour(samples.every_outcome())
    found = styled(text, OUTCOMES[outcome])  # type: ignore[index]

    assert [part for part in found if len(part) > 5] == words


def test_an_overview_colours_heights_and_counts() -> None:
    text = in_colour(samples.many(300))

    assert any("▇" in part for part in styled(text, STATES["running"]))
    assert "✓ 300 returned" in styled(text, OUTCOMES["returned"])


def test_a_blocked_loop_is_red_where_it_is_told() -> None:
    assert styled(in_colour(samples.blocked_loop()), BLOCKED) == [
        "loop blocked for 0.50 s",
        "blocked",
    ]


def test_titles_and_headlines_are_bold_and_nothing_else_is() -> None:
    shown = compare(samples.staircase(), samples.three_drinks(), titles=["awaited", "gathered"])

    lines = in_colour(shown).plain.split("\n")
    second = lines.index("gathered")
    assert styled(in_colour(shown), TITLE) == [*lines[:2], *lines[second : second + 2]]


def test_words_of_the_program_are_not_taken_for_the_timeline() -> None:
    odd = samples.span(0, "f('│██│ 3 s  ✓ returned')", [("running", 1.0)], result="'✗ raised'")
    text = in_colour(samples.timeline(odd))

    assert text.plain == to_text(samples.timeline(odd))
    assert "✓ returned" in styled(text, OUTCOMES["returned"])
