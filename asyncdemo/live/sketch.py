"""A timeline as a small SVG picture, drawn in a millisecond or two.

The picture of `plot` takes a hundred times as long, which a running loop cannot wait for. This
one has the same colours and the same order, and says less in words.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator
from typing import Final

from asyncdemo import wording
from asyncdemo.columns import columns, fit_middle
from asyncdemo.display import STYLE
from asyncdemo.picture import style
from asyncdemo.timeline import Row, Span, Stretch, Timeline

# All in pixels.
WIDTH: Final = 864
TOP, ROW, BOTTOM = 34, 22, 44
LABELS, ENDINGS = 250, 190
AXIS: Final = WIDTH - LABELS - ENDINGS
BAR: Final = 13
LETTER: Final = 7.3
FONT: Final = "DejaVu Sans, Verdana, sans-serif"
# A bar that is narrower than this is not seen, and is drawn only where a call runs.
SEEN: Final = 0.6
HATCH: Final = (
    '<pattern id="ready" width="5" height="5" patternUnits="userSpaceOnUse"'
    f' patternTransform="rotate(45)"><rect width="5" height="5" fill="{style.READY.face}"/>'
    f'<rect width="1.6" height="5" fill="{style.READY.edge}"/></pattern>'
)


def sketch(timeline: Timeline) -> str:
    """HTML that shows the rows of a timeline, up to now.

    Args:
        timeline: With no more rows than there is room for.

    Example:
        >>> sketch(timeline)[:9]  # doctest: +SKIP
        '<img alt='
    """
    rows = timeline.rows
    height = TOP + ROW * len(rows) + BOTTOM
    bottom = TOP + ROW * len(rows)
    size = f'width="{WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FONT}" font-size="12">',
        f"<defs>{HATCH}</defs>",
        f'<rect {size} fill="{style.PAPER}"/>',
        _text(8, 22, wording.headline(timeline), style.INK, 'font-size="14" font-weight="bold"'),
        *_blocked(timeline, bottom),
        *(part for n, row in enumerate(rows) for part in _row(timeline, row, TOP + ROW * n)),
        *_axis(timeline, bottom),
        *_key(bottom + 26),
        "</svg>",
    ]
    data = base64.b64encode("".join(parts).encode()).decode("ascii")
    alt = html.escape(wording.headline(timeline))
    return (
        f'<img alt="Recording: {alt}" src="data:image/svg+xml;base64,{data}"'
        f' {size} style="{STYLE}">'
    )


def _x(timeline: Timeline, seconds: float) -> float:
    return LABELS + AXIS * seconds / (timeline.duration or 1.0)


def _row(timeline: Timeline, row: Row, top: float) -> Iterator[str]:
    span, base = row.span, top + ROW / 2 + 4
    indent = 12 * (len(row.guide) // 3)
    room = int((LABELS - 16 - indent) / LETTER)
    label = fit_middle(span.label, max(room, 6))
    mono = 'font-family="DejaVu Sans Mono, monospace"'
    yield _text(8 + indent, base, label, style.label_ink(span), mono)
    for stretch in span.stretches:
        yield from _bar(timeline, span, stretch, top + (ROW - BAR) / 2)
    end = _x(timeline, span.end) + 6
    ending = "…" if span.outcome == "unfinished" else wording.ending(span)
    room = int((WIDTH - end) / LETTER)
    if columns(ending) > room:
        ending = fit_middle(ending, max(room, 1))
    yield _text(end, base, ending, style.ending_ink(span))


def _bar(timeline: Timeline, span: Span, stretch: Stretch, top: float) -> Iterator[str]:
    left, right = _x(timeline, stretch.start), _x(timeline, stretch.end)
    if right - left < SEEN and stretch.state != "running":
        return
    look = style.look(span, stretch)
    width = max(right - left, 1.6 if stretch.state == "running" else 0.0)
    face = "url(#ready)" if stretch.state == "ready" else look.face
    line = f' stroke="{look.edge}" stroke-dasharray="2 2"' if stretch.state == "not started" else ""
    yield (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{BAR}"'
        f' fill="{face}"{line}/>'
    )


def _blocked(timeline: Timeline, bottom: float) -> Iterator[str]:
    for blocked in timeline.blocked:
        left, right = _x(timeline, blocked.start), _x(timeline, blocked.end)
        yield (
            f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{bottom - TOP}"'
            f' fill="{style.BLOCKED.face}" stroke="{style.BLOCKED.edge}"/>'
        )


def _axis(timeline: Timeline, bottom: float) -> Iterator[str]:
    yield (f'<path d="M{LABELS} {bottom + 3}H{LABELS + AXIS}" stroke="{style.QUIET_INK}"/>')
    yield _text(LABELS, bottom + 17, "0 s", style.QUIET_INK)
    now = wording.duration(timeline.duration)
    yield _text(LABELS + AXIS, bottom + 17, now, style.QUIET_INK, 'text-anchor="end"')


def _key(base: float) -> Iterator[str]:
    looks = (style.RUNNING, style.WAITING, style.READY, style.NOT_STARTED)
    for n, look in enumerate(looks):
        left = LABELS + 110 * n
        face = "url(#ready)" if look is style.READY else look.face
        line = f' stroke="{look.edge}"' if look is style.NOT_STARTED else ""
        yield f'<rect x="{left}" y="{base}" width="20" height="9" fill="{face}"{line}/>'
        yield _text(left + 26, base + 9, look.name, style.QUIET_INK, 'font-size="11"')


def _text(x: float, y: float, text: str, ink: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{ink}" {more}>{html.escape(text)}</text>'
