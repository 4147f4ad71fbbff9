"""The timelines inside their own picture: there and back, and no more than that."""

from dataclasses import replace

import pytest
from pictures import handing_over

from asyncdemo import compare
from asyncdemo.picture import payload
from asyncdemo.plot import to_png
from asyncdemo.timeline import Span, Stretch, Timeline


def span(id: int, label: str = "brew('tea')") -> Span:
    waiting = Stretch("waiting", 0.123456789, 0.5, "await asyncio.sleep(0.4)", 3)
    return Span(
        id=id,
        label=label,
        name="brew",
        kind="coroutine",
        parent=None,
        is_task=False,
        task_name="",
        created=0.123456789,
        start=0.123456789,
        end=0.5,
        stretches=(waiting,),
        outcome="returned",
        result="'tea ☕'",
        file="/home/somebody/lesson.py",
        line=1,
        parent_line=0,
        thread=0,
    )


TIMELINE = Timeline((span(0),), (), 0.5, None)


def test_a_picture_carries_what_it_shows() -> None:
    shown = compare(TIMELINE, TIMELINE, titles=["one", "other"])

    carried = payload.unpack(to_png(shown).data)

    assert carried is not None
    assert carried.titles == ("one", "other")
    (found,) = carried.timelines[0].spans
    assert (found.label, found.result, found.end) == ("brew('tea')", "'tea ☕'", 0.5)
    assert found.start == pytest.approx(0.123456789, abs=1e-7)


def test_the_picture_drawn_of_what_it_carries_is_the_same() -> None:
    png = to_png(TIMELINE).data
    carried = payload.unpack(png)

    assert carried is not None
    assert to_png(carried).data == png


def test_no_file_of_the_machine_is_named() -> None:
    carried = payload.unpack(to_png(TIMELINE).data)

    assert carried is not None
    assert [found.file for found in carried.timelines[0].spans] == [""]


def test_a_blank_sheet_does_not_carry_the_answer() -> None:
    assert payload.unpack(to_png(TIMELINE, blank=True).data) is None


def test_what_is_shown_as_an_overview_is_not_carried() -> None:
    many = replace(TIMELINE, spans=tuple(span(n) for n in range(payload.MOST_SPANS + 1)))

    assert payload.pack(compare(many)) is None


def test_what_would_swell_a_notebook_is_not_carried() -> None:
    letters = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(20_000))
    long = replace(TIMELINE, spans=(span(0, letters),))

    assert payload.pack(compare(long)) is None


@pytest.mark.parametrize("png", [b"", b"no picture", to_png(TIMELINE).data[:400]])
def test_what_cannot_be_read_carries_nothing(png: bytes) -> None:
    assert payload.unpack(png) is None


def test_the_arrows_are_drawn_anew_too() -> None:
    timeline = handing_over()

    for wakes in (True, False):
        found = payload.unpack(to_png(compare(timeline, wakes=wakes)).data)
        assert found is not None
        assert found.wakes is wakes
