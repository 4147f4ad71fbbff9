"""Sheets to be drawn in tests, of every shape that a picture may have, and how to read them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import samples
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from asyncdemo.picture import style
from asyncdemo.picture.sheet import Sheet
from asyncdemo.timeline import Blocked, Timeline


def rows(count: int) -> Timeline:
    """That many rows: a caller, and jobs of many lengths."""
    jobs = [samples.brew(n, "tea", 0.2 + n * 37 % 97 / 80, start=n / 1e4) for n in range(1, count)]
    parts: list[samples.Part] = [("running", 0.001), ("waiting", 1.5, "await gather(*jobs)")]
    return samples.timeline(samples.span(0, "cell", parts, kind="caller"), *jobs)


def scaled(timeline: Timeline, by: float) -> Timeline:
    """The same timeline, so many times as long."""
    spans = tuple(
        replace(
            span,
            created=span.created * by,
            start=span.start * by,
            end=span.end * by,
            stretches=tuple(replace(s, start=s.start * by, end=s.end * by) for s in span.stretches),
        )
        for span in timeline.spans
    )
    bands = tuple(replace(b, start=b.start * by, end=b.end * by) for b in timeline.blocked)
    cut = timeline.cut and timeline.cut * by
    return Timeline(spans, bands, timeline.duration * by, cut)


def long_texts() -> Timeline:
    """Labels, awaited expressions and results that are much too long, and hostile characters."""
    label = "fetch('https://example.org/a/very/long/path/that/goes/on/{}', timeout=2.5)"
    awaited = "await asyncio.wait_for(session.get(url, headers=headers), timeout=timeout)"
    parts: list[samples.Part] = [("running", 0.001), ("waiting", 0.5, awaited), ("running", 0.003)]
    jobs = [
        samples.span(n, label.format(n), parts, start=n / 8, result=repr("x" * 300))
        for n in range(6)
    ]
    odd = samples.span(6, "日本('☕ 😀 $x^2$ \\frac $y$')", parts, result="'\\alpha $\\beta$ 😀'")
    lines = samples.span(7, "shop()", [("waiting", 1, "await gather(\n    a(),\n    b(),\n)")])
    return samples.timeline(*jobs, odd, lines)


def deep(levels: int = 12) -> Timeline:
    """Each call awaits the next."""
    spans = [
        samples.span(
            n,
            f"level_{n}(depth={n})",
            [
                ("running", 0.02),
                ("waiting", 1.2 - n / levels, f"await level_{n + 1}(depth={n + 1})"),
            ],
            start=n / 50,
            parent=n - 1 if n else None,
        )
        for n in range(levels)
    ]
    return samples.timeline(*spans)


def bands(*times: tuple[float, float], source: str = "hash_all(passwords)") -> Timeline:
    """A blocked stretch for each pair of times, by different lines."""
    found = tuple(
        Blocked(start, end, 2, "cafe.py", n, f"{source} + {n}", "hash_all")
        for n, (start, end) in enumerate(times, 10)
    )
    return replace(rows(6), blocked=found)


def handing_over() -> Timeline:
    """A producer that wakes a consumer twice, which wakes the cell."""
    cell = samples.span(
        0, "cell", [("waiting", 0.9, "await main()"), ("ready", 0.1, "", 2)], kind="caller"
    )
    pause: samples.Part = ("waiting", 0.3, "await asyncio.sleep(0.3)")
    work: samples.Part = ("running", 0.01)
    producer = samples.span(1, "produce()", [work, pause, work, pause, work], parent=0)
    get = ("waiting", 0.3, "await queue.get()")
    woken = ("ready", 0.02, "", 1)
    consumer = samples.span(2, "consume()", [work, get, woken, work, get, woken, work], parent=0)
    return samples.timeline(cell, producer, consumer)


ONE = samples.timeline(replace(samples.brew(0, "tea", 1.0), parent=None))
CLOSE = ((0.0, 0.12), (0.3, 0.45), (0.47, 0.6), (0.62, 0.75), (1.2, 1.31), (1.38, 1.501))
DRAWN: dict[str, Sheet] = {
    "one row": Sheet([ONE]),
    "three drinks": Sheet([samples.three_drinks()]),
    "staircase": Sheet([samples.staircase()]),
    "every outcome": Sheet([samples.every_outcome()]),
    "blocked": Sheet([samples.blocked_loop()]),
    "10 rows": Sheet([rows(10)]),
    "40 rows": Sheet([rows(40)]),
    "200 rows": Sheet([rows(200)]),
    "long texts": Sheet([long_texts()]),
    "deep nesting": Sheet([deep()]),
    "60 levels": Sheet([deep(60)]),
    "microseconds": Sheet([scaled(samples.three_drinks(), 2e-4)]),
    "milliseconds": Sheet([scaled(samples.every_outcome(), 0.05)]),
    "minutes": Sheet([scaled(samples.blocked_loop(), 250)]),
    "hours": Sheet([scaled(samples.three_drinks(), 30_000)]),
    "bands close together": Sheet([bands(*CLOSE)]),
    "band at the end": Sheet([bands((1.4, 1.501), source="requests.get('https://a.org/b/c/d')")]),
    "20 bands": Sheet([bands(*((n / 14, n / 14 + 0.06) for n in range(20)))]),
    "cut": Sheet([replace(rows(5), cut=1.0)]),
    "cut at the end": Sheet([replace(bands((1.38, 1.5)), cut=1.5)]),
    "wakes": Sheet([handing_over()], wakes=True),
    "blank": Sheet([samples.every_outcome()], blank=True),
    "nothing": Sheet([samples.timeline()]),
    "overview": Sheet([samples.many(300)]),
    "blocked overview": Sheet([replace(samples.many(300), blocked=bands((0.2, 0.4)).blocked)]),
    "narrow key": Sheet([samples.every_outcome()], width=3.5),
    "narrow": Sheet([samples.blocked_loop()], width=3.5),
    "compared": Sheet(
        [samples.staircase(), bands(*CLOSE), samples.many(300), samples.timeline()],
        ["One after another", "", "A title that goes on and on · " * 8, "Nothing"],
    ),
}


def draw(sheet: Sheet) -> list[Axes]:
    """The axes of the sheet, drawn once, so that everything is in its place."""
    with style.style():
        figure = Figure(figsize=(sheet.width, sheet.height))
        canvas = FigureCanvasAgg(figure)
        axes = sheet.draw(figure)
        canvas.draw()
    return axes


@cache
def drawn(name: str) -> list[Axes]:
    """One of the pictures above, drawn once for all that is asked of it."""
    return draw(DRAWN[name])


def draw_one(timeline: Timeline, **how: bool) -> Axes:
    return draw(Sheet([timeline], **how))[0]


def said(ax: Axes, gid: str) -> list[str]:
    """The texts of one sort, in the order in which they were drawn."""
    return [text.get_text() for text in ax.findobj(Text) if text.get_gid() == gid]


def seen(axes: list[Axes]) -> list[tuple[Text, Bbox]]:
    """Every text that can be seen in the figure, and the pixels that it covers."""
    found: list[tuple[Text, Bbox]] = []
    for ax in axes:
        hidden = {text for tick in ax.xaxis.get_major_ticks() for text in tick.findobj(Text)}
        hidden |= set(ax.yaxis.findobj(Text)) | {ax.xaxis.offsetText}
        if ax.xaxis.get_visible():
            # Only these have a place within the limits.
            low, high = ax.get_xlim()
            at = {text: text.get_position()[0] for text in ax.get_xticklabels()}
            hidden -= {text for text in at if low <= at[text] <= high * (1 + 1e-9)}
        else:
            hidden.add(ax.xaxis.label)
        texts = [t for t in ax.findobj(Text) if t.get_text() and t not in hidden]
        found += [(text, text.get_window_extent()) for text in texts]
    # An annotation of a point outside the axes is not drawn; its extent is the unit box.
    return [(text, box) for text, box in found if box.width and box != Bbox.unit()]


def bars(ax: Axes, name: str) -> list[tuple[float, float, float]]:
    """The row, start and end of every bar that the key would call so."""
    found = []
    for collection in ax.findobj(PolyCollection):
        if collection.get_label() == name:
            for path in collection.get_paths():
                (x0, y0), (x1, y1) = path.vertices.min(axis=0), path.vertices.max(axis=0)
                found.append((round((y0 + y1) / 2, 6), x0, x1))
    return sorted(found)
