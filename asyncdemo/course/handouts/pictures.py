"""Pictures of timelines for print and for pages: as they ran, and blank to be drawn on."""

from __future__ import annotations

from dataclasses import dataclass

from asyncdemo.comparison import Comparison
from asyncdemo.course.handouts.outputs import Picture

# Narrower than on a screen, so that the letters stay large enough on paper.
PRINT_WIDTH = 8.2


@dataclass(frozen=True)
class Sheet:
    """One timeline's pictures.

    Attributes:
        alt: What the real picture shows, in words.
        real: The real picture for print: SVG, or the stored PNG where it carries no timeline.
        blank: The blank sheet for print, SVG; without labels where rows would give too much
            away, or where the picture carries no timeline.
        real_png: The real picture for a page.
        blank_png: The blank sheet for a page; empty where that is `blank` itself.
        blank_alt: What the blank sheet shows, in words.
    """

    alt: str
    real: bytes
    blank: bytes
    real_png: bytes
    blank_png: bytes
    blank_alt: str


def sheet_for(picture: Picture) -> Sheet:
    """Both pictures of what an output shows.

    Example:
        >>> sheet_for(Picture(png, "Timeline: one call.")).blank[:5]  # doctest: +SKIP
        b'<?xml'
    """
    from asyncdemo.picture import payload
    from asyncdemo.plot import to_png, to_vector

    shown = payload.unpack(picture.png)
    if shown is None:
        return Sheet(picture.alt, picture.png, UNLABELLED_SHEET, picture.png, b"", UNLABELLED)
    real = to_vector(shown, "svg", width=PRINT_WIDTH)
    if not any(span.kind != "caller" for t in shown.timelines for span in t.spans):
        # That nothing ran is the answer; so the sheet must not say it.
        return Sheet(picture.alt, real, UNLABELLED_SHEET, picture.png, b"", UNLABELLED)
    blank = to_vector(shown, "svg", blank=True, width=PRINT_WIDTH)
    blank_png = to_png(shown, blank=True).data
    return Sheet(picture.alt, real, blank, picture.png, blank_png, _rows(shown))


UNLABELLED = "An empty timeline: four rows without labels and a time axis, to draw on."
UNLABELLED_SHEET = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 590 170" width="590" height="170">'
    b'<g fill="none" stroke="#b3b8be" stroke-width="0.8">'
    b'<path d="M130 40h450M130 70h450M130 100h450M10 40h100M10 70h100M10 100h100M10 130h100"/>'
    b'<path d="M130 20v110M242.5 20v110M355 20v110M467.5 20v110M580 20v110"/></g>'
    b'<path d="M130 130h450" fill="none" stroke="#5f6670" stroke-width="0.8"/></svg>'
)


def _rows(shown: Comparison) -> str:
    """The rows of a blank sheet, in words."""
    labels = [row.span.label for timeline in shown.timelines for row in timeline.rows]
    return f"An empty timeline to draw on. Its rows: {', '.join(labels)}."
