"""Text in the columns of a terminal: how wide it is, how to shorten it and how to fill it up."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

ELLIPSIS = "…"


def columns(text: str) -> int:
    """The terminal columns that a text takes: two for a wide sign such as 茶."""
    # Most texts are plain, and in very long ones each character would be looked up for nothing.
    return len(text) if text.isascii() and text.isprintable() else sum(map(_columns, text))


@cache
def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fit(text: str, room: int) -> str:
    """The text on one line, its end left out where it is too wide."""
    line = _one_line(text)
    return line if columns(line) <= room else _head(line, room - 1).rstrip() + ELLIPSIS


def fit_middle(text: str, room: int) -> str:
    """The text on one line, its middle left out where too wide: calls often differ at the end."""
    line = _one_line(text)
    if columns(line) <= room:
        return line
    head = _head(line, (room - 1) * 6 // 10)
    tail = _head(line[::-1], room - 1 - columns(head))[::-1]
    return head + ELLIPSIS + tail


def fit_parts(parts: Sequence[str], room: int, most: int = 3) -> str:
    """As many of the parts as there is room for: `await a() · await b() · +4 more`."""
    tail = ""
    for kept in range(min(len(parts), most), 0, -1):
        tail = f" · +{len(parts) - kept} more" if len(parts) > kept else ""
        text = " · ".join(map(_one_line, parts[:kept])) + tail
        if columns(text) <= room:
            return text
    return fit(parts[0], room - len(tail)) + tail if parts else ""


def pad(text: str, room: int) -> str:
    """The text, with spaces after it up to `room` columns."""
    return text + " " * (room - columns(text))


def _one_line(text: str) -> str:
    lines = text.splitlines()
    return " ".join(line.strip() for line in lines) if len(lines) > 1 else text


def _head(text: str, room: int) -> str:
    for n, char in enumerate(text):
        room -= _columns(char)
        if room < 0:
            return text[:n]
    return text
