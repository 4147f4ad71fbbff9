"""What `plot` and `to_png` touch, and what they leave alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations
from unittest.mock import Mock

import matplotlib
import pytest
import samples
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.transforms import Bbox
from pictures import DRAWN, handing_over, rows, said, seen
from PIL import Image

from asyncdemo.picture import style
from asyncdemo.picture.sheet import Sheet
from asyncdemo.plot import compare, plot, to_png

matplotlib.use("agg")


@pytest.fixture(autouse=True)
def no_figure_left_open() -> Iterator[None]:
    yield
    plt.close("all")


def test_plot_draws_into_the_given_axes_and_touches_nothing_else() -> None:
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3))
    right.plot([1, 2, 3])
    place, limits = left.get_position(original=True), right.axis()
    before = len(right.get_children())
    assert plot(samples.three_drinks(), ax=left) is left
    figure.canvas.draw()
    assert (len(right.get_children()), right.axis()) == (before, limits)
    assert figure.axes == [left, right]
    assert left.get_position(original=True).bounds == place.bounds
    slot = place.transformed(figure.transFigure)
    for text, box in seen([left]):
        inside = slot.x0 <= box.x0 and box.x1 <= slot.x1 and slot.y0 <= box.y0 and box.y1 <= slot.y1
        assert inside, text.get_text()


@pytest.mark.parametrize("layout", ["constrained", "compressed", "tight"])
def test_plot_gets_on_with_the_layout_engines(layout: str) -> None:
    figure, axes = plt.subplots(2, 2, figsize=(14, 8), layout=layout)
    for ax, sheet in zip(axes.flat, list(DRAWN.values())[1:5], strict=True):
        plot(sheet.timelines[0], ax=ax)
    figure.canvas.draw()
    test = seen(list(axes.flat))
    for (_, here), (_, there) in combinations(test, 2):
        shared = Bbox.intersection(here, there)
        assert shared is None or shared.width < 1 or shared.height < 1


def test_plot_leaves_the_readers_settings_alone() -> None:
    before = dict(matplotlib.rcParams)
    plot(samples.three_drinks())
    assert dict(matplotlib.rcParams) == before


def test_plot_makes_one_figure_and_does_not_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    show = Mock()
    monkeypatch.setattr(plt, "show", show)
    ax = plot(rows(10))
    assert plt.get_fignums() == [ax.figure.number]
    assert plot(rows(40)).figure.get_figheight() > ax.figure.get_figheight()
    show.assert_not_called()


def test_axes_with_no_room_for_rows_get_an_overview() -> None:
    _, ax = plt.subplots()
    plot(rows(100), ax=ax)
    assert said(ax, "label") == ["cell", "brew × 99"]


@pytest.mark.parametrize("name", DRAWN)
def test_axes_of_any_size_can_be_drawn_into(name: str) -> None:
    for size in ((1.0, 0.5), (3.0, 8.0), (16.0, 1.0)):
        figure, ax = plt.subplots(figsize=size)
        plot(DRAWN[name].timelines[0], ax=ax)
        figure.canvas.draw()
        plt.close(figure)


def test_axes_may_be_drawn_into_in_a_dark_style() -> None:
    with plt.style.context("dark_background"):
        _, ax = plt.subplots()
        plot(samples.three_drinks(), ax=ax)
    (paper,) = [patch for patch in ax.patches if patch.get_gid() == "paper"]
    assert paper.get_facecolor()[:3] == (1, 1, 1)


def test_a_title_of_ones_own_takes_the_place_of_ours() -> None:
    ax = plot(samples.three_drinks())
    ax.set_title("Drinks", loc="left")
    ax.figure.canvas.draw()
    box = ax.title.figure.bbox
    mine = next(extent for text, extent in seen([ax]) if text.get_text() == "Drinks")
    assert box.x0 <= mine.x0 < mine.x1 <= box.x1


def test_a_zoomed_picture_leaves_out_what_is_outside() -> None:
    ax = plot(samples.blocked_loop())
    ax.set_xlim(0.25, 0.5)
    ax.figure.canvas.draw()
    assert ax.figure.get_tightbbox().width <= ax.figure.get_figwidth()


def test_to_png_is_a_palette_png_at_twice_the_size() -> None:
    data, width, height = to_png(samples.blocked_loop())
    image = Image.open(BytesIO(data))
    assert image.mode == "P"
    assert image.size == (2 * width, 2 * height)
    assert image.info.keys() <= {"transparency", "asyncdemo timelines"}, "no date, no software"
    colours = {colour for _, colour in image.convert("RGB").getcolors()}
    exact = (style.PAPER, style.RUNNING.face, style.WAITING.face, style.BLOCKED.face)
    assert {tuple(round(255 * part) for part in to_rgb(c)) for c in exact} <= colours


def test_to_png_gives_the_same_bytes_whatever_the_readers_settings() -> None:
    before = to_png(samples.every_outcome())
    with plt.style.context("dark_background"), plt.rc_context({"font.size": 30}):
        assert to_png(samples.every_outcome()) == before


@pytest.mark.parametrize("sheet", [DRAWN["three drinks"], DRAWN["compared"], DRAWN["nothing"]])
def test_to_png_leaves_no_figure_open(sheet: Sheet) -> None:
    assert to_png(compare(*sheet.timelines)).width == 864
    assert plt.get_fignums() == []


def test_to_png_can_be_blank_or_show_wakes() -> None:
    pictures = {
        to_png(compare(handing_over(), wakes=wakes), blank=blank).data
        for blank, wakes in ((False, False), (True, False), (False, True))
    }
    assert len(pictures) == 3


def test_importing_does_not_import_matplotlib() -> None:
    check = "import sys, asyncdemo.plot; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", check], check=True)
