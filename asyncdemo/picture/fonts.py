"""The fonts of a picture: how wide a text is, how to shorten it, and which characters can be drawn.

Widths are sums of the fonts' own advances: nothing has to be drawn to be measured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from matplotlib import rcParams as rc
from matplotlib.font_manager import FontProperties, findfont, get_font

Family = Literal["DejaVu Sans", "DejaVu Sans Mono"]
Weight = Literal["normal", "bold"]

SUBSTITUTE = "□"
ELLIPSIS = "…"
FEWEST = 6
# Sums of advances are not exact to the last bit.
SLACK = 1e-6


@dataclass(frozen=True)
class Font:
    """A font that matplotlib bundles, at a size in points."""

    family: Family
    size: float
    weight: Weight = "normal"

    def width(self, text: str) -> float:
        """Inches that the text takes."""
        return self.size / 72 * sum(_advance(self.family, self.weight, char) for char in text)

    def drawable(self, text: str) -> str:
        """The text on one line, with `□` for every character that the font lacks."""
        line = re.sub(r"\s*\n\s*", " ", text.strip())
        known = _characters(self.family, self.weight)
        return "".join(char if ord(char) in known else SUBSTITUTE for char in line)

    def fit(self, text: str, inches: float, fewest: int = FEWEST) -> str:
        """The text, its end left out where it is too wide.

        Empty when fewer than `fewest` characters would stay: those tell a reader nothing.
        """
        if self.width(text) <= inches + SLACK:
            return text
        room = inches - self.width(ELLIPSIS)
        kept = self._head(text, room).rstrip()
        return kept + ELLIPSIS if len(kept) >= fewest else ""

    def fit_middle(self, text: str, inches: float) -> str:
        """The text, its middle left out where it is too wide: calls often differ at the end."""
        if self.width(text) <= inches + SLACK:
            return text
        room = inches - self.width(ELLIPSIS)
        head = self._head(text, room * 0.6)
        tail = self._head(text[::-1], room - self.width(head))[::-1]
        return head + ELLIPSIS + tail

    def wrap(self, text: str, inches: float, separator: str = " ") -> str:
        """The text broken at separators into lines no wider than that."""
        lines = [""]
        for part in text.split(separator):
            longer = f"{lines[-1]}{separator}{part}" if lines[-1] else part
            if lines[-1] and self.width(longer) > inches:
                lines.append(part)
            else:
                lines[-1] = longer
        return "\n".join(self.fit(line, inches) or line[:FEWEST] for line in lines)

    def _head(self, text: str, inches: float) -> str:
        left = inches * 72 / self.size
        for n, char in enumerate(text):
            left -= _advance(self.family, self.weight, char)
            if left < -SLACK:
                return text[:n]
        return text


@dataclass(frozen=True)
class Fonts:
    """The fonts of one picture; rows that are close together take smaller ones."""

    label: Font
    awaited: Font
    ending: Font
    note: Font
    title: Font
    subtitle: Font
    key: Font

    @classmethod
    def for_pitch(cls, pitch: float) -> Fonts:
        """The fonts for rows that are `pitch` inches apart."""
        label, body, small = rc["ytick.labelsize"], rc["font.size"], rc["legend.fontsize"]
        most = pitch * 72
        return cls(
            label=Font("DejaVu Sans Mono", min(label, most * 0.62)),
            awaited=Font("DejaVu Sans Mono", min(small, most * 0.52)),
            ending=Font("DejaVu Sans", min(body, most * 0.62)),
            note=Font("DejaVu Sans Mono", small),
            title=Font("DejaVu Sans", rc["axes.titlesize"], "bold"),
            subtitle=Font("DejaVu Sans", body),
            key=Font("DejaVu Sans", small),
        )


def _path(family: Family, weight: Weight) -> str:
    return str(findfont(FontProperties(family=family, weight=weight)))


@cache
def _characters(family: Family, weight: Weight) -> frozenset[int]:
    # A control character has a glyph in some fonts, but none that a reader can see.
    found = get_font(_path(family, weight)).get_charmap()
    return frozenset(code for code in found if chr(code).isprintable())


@cache
def _advance(family: Family, weight: Weight, char: str) -> float:
    """The character's advance, in ems."""
    font = get_font(_path(family, weight))
    font.set_size(100, 72)
    glyph = font.load_char(ord(char))
    return glyph.linearHoriAdvance / 65536 / 100
