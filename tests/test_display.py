"""How timelines show themselves in a notebook."""

import base64
import html
import struct
import sys
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from reruns import jittered, sanitized
from samples import blocked_loop, every_outcome, many, staircase, three_drinks, timeline

from asyncdemo.alt_text import alt_text
from asyncdemo.comparison import compare
from asyncdemo.display import mimebundle
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"


class Images(HTMLParser):
    """The attributes of every element, and any text beside them."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def drawing(monkeypatch):
    """A `to_png` that draws nothing, but notes what it was asked for."""
    asked = []

    def to_png(shown):
        asked.append(shown)
        return PNG, 760, 240

    monkeypatch.setitem(sys.modules, "asyncdemo.plot", SimpleNamespace(to_png=to_png))
    return asked


@pytest.mark.parametrize("shown", [blocked_loop(), compare(staircase(), three_drinks()), many(300)])
def test_the_bundle_holds_text_html_and_png(drawing, shown):
    bundle = mimebundle(shown)
    assert sorted(bundle) == ["image/png", "text/html", "text/plain"]
    assert drawing == [shown]
    assert bundle["text/plain"] == to_text(shown)
    assert base64.b64decode(bundle["image/png"], validate=True) == PNG


def test_the_html_is_one_image_with_alt_text(drawing):
    page = Images(mimebundle(every_outcome())["text/html"])
    ((tag, attributes),) = page.elements
    assert tag == "img"
    assert page.text == ""
    assert attributes["alt"] == alt_text(every_outcome())
    kind, data = attributes["src"].split(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(data, validate=True) == PNG
    assert (attributes["width"], attributes["height"]) == ("760", "240")
    assert "max-width:100%" in attributes["style"]
    assert "background:#fff" in attributes["style"]


def test_markup_in_labels_is_text(drawing):
    nasty = "brew('\"><script>alert(1)</script>')"
    once = three_drinks()
    shown = replace(once, spans=(once.spans[0], replace(once.spans[1], label=nasty)))
    page = Images(mimebundle(shown)["text/html"])
    assert len(page.elements) == 1
    assert nasty in page.elements[0][1]["alt"]


def test_the_bundle_is_what_ipython_asks_for(drawing):
    assert three_drinks()._repr_mimebundle_(include=None, exclude=None) == mimebundle(
        three_drinks()
    )
    both = compare(staircase(), three_drinks())
    assert both._repr_mimebundle_() == mimebundle(both)


def test_an_empty_timeline_is_a_sentence(drawing):
    assert mimebundle(timeline()) == {"text/plain": to_text(timeline())}
    assert drawing == []


def test_a_timeline_still_recording_is_a_sentence(drawing):
    bundle = object.__new__(Timeline)._repr_mimebundle_()
    assert list(bundle) == ["text/plain"]
    assert "use it after the `with record()` block" in bundle["text/plain"]


def test_a_picture_that_fails_leaves_text_and_one_line_of_warning(monkeypatch, capsys):
    def to_png(shown):
        raise ValueError("no font\nat all")

    monkeypatch.setitem(sys.modules, "asyncdemo.plot", SimpleNamespace(to_png=to_png))
    with pytest.warns(RuntimeWarning) as caught:
        bundle = mimebundle(three_drinks())
    assert bundle == {"text/plain": to_text(three_drinks())}
    (warning,) = caught
    assert str(warning.message) == ("no picture, so text instead (ValueError: no font at all)")


def test_the_warning_is_printed_on_one_line(tmp_path):
    import subprocess

    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from asyncdemo.timeline import Span, Timeline\n"
        "from asyncdemo.display import mimebundle\n"
        "call = (0, 'f()', 'f', 'coroutine', None, True, '', 0, 0, 1, (), 'returned')\n"
        "span = Span(*call, '', '', 0, 0, 0)\n"
        "print(*mimebundle(Timeline((span,), (), 1.0, None)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert run.stdout == "text/plain\n"
    assert run.stderr.count("\n") == 1
    assert "no picture, so text instead (ModuleNotFoundError: " in run.stderr
    assert "matplotlib" in run.stderr


def test_the_real_picture_has_twice_the_pixels():
    bundle = mimebundle(three_drinks())
    data = base64.b64decode(bundle["image/png"])
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    pixels = struct.unpack(">II", data[16:24])
    ((_, attributes),) = Images(bundle["text/html"]).elements
    assert pixels == pytest.approx(
        [2 * int(attributes[side]) for side in ("width", "height")], abs=1
    )


# What nbval compares.


@pytest.mark.parametrize("sample", [three_drinks, staircase, every_outcome, blocked_loop])
def test_timing_leaves_no_trace(monkeypatch, sample):
    def page(shown, png, width):
        plot = SimpleNamespace(to_png=lambda _: (png, width, 300))
        monkeypatch.setitem(sys.modules, "asyncdemo.plot", plot)
        return sanitized(mimebundle(shown)["text/html"])

    once = page(sample(), PNG, 760)
    for seed in range(5):
        assert page(jittered(sample(), seed), PNG + bytes([seed]), 760.5 + seed) == once


def test_what_the_code_did_is_compared(drawing):
    once = sanitized(mimebundle(three_drinks())["text/html"])
    shown = three_drinks()
    cancelled = replace(shown.spans[3], outcome="cancelled", result="")
    for other in (staircase(), replace(shown, spans=(*shown.spans[:3], cancelled))):
        assert sanitized(mimebundle(other)["text/html"]) != once


def test_the_sanitized_html(drawing):
    (before, after) = sanitized(mimebundle(three_drinks())["text/html"]).split(" src=")
    assert html.unescape(before).startswith(
        '<img alt="Timeline:<DURATION>, up to 3 in flight. OVERLAP cell: from<DURATION> '
    )
    assert "brew(&#x27;tea&#x27;, 1.0), a task of cell: from<DURATION> to<DURATION>, " in before
    assert after == (
        '"data:image/png;base64,PICTURE" width="SIZE" height="SIZE" '
        'style="max-width:100%;min-width:600px;height:auto;background:#fff;border-radius:6px">'
    )
