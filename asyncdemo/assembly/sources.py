"""The source text of a place in the code: the exact expression that a frame awaits."""

from __future__ import annotations

import itertools
import linecache
from types import CodeType


def line_text(file: str, line: int) -> str:
    """The stripped text of a line; empty when the source is not to be had."""
    return linecache.getline(file, line).strip() if line else ""


def line_at(code: CodeType, offset: int) -> int:
    """The line of an instruction; 0 when unknown."""
    return _position(code, offset)[0] or 0


def awaited(code: CodeType, offset: int) -> tuple[str, int]:
    """What a frame that suspends at `offset` waits at, and on which line.

    An `await` or `yield` gives its whole expression on one line; `async with` and
    `async for` give their header. Without a source the text is empty.
    """
    line, end_line, start, end = _position(code, offset)
    if not line:
        return "", 0
    lines = [linecache.getline(code.co_filename, n) for n in range(line, (end_line or line) + 1)]
    if start is None or end is None:
        return lines[0].strip(), line
    # Columns count bytes of UTF-8, not characters.
    cut = [text.encode() for text in lines]
    cut[-1], after = cut[-1][:end], cut[-1][end:]
    before, cut[0] = cut[0][:start], cut[0][start:]
    text = _one_line([part.decode(errors="replace") for part in cut])
    # The position is that of the whole statement: before 3.13 for `async with` too.
    if text.startswith(("async for ", "async with ")):
        return _header(lines[0].strip()), line
    opening = before.decode(errors="replace").lstrip()
    if opening.startswith("async with ") and not text.startswith("await "):
        text = opening + text + after.decode(errors="replace").partition(":")[0]
    return text, line


def _header(statement: str) -> str:
    """The first line of a compound statement, up to the colon before its body."""
    return statement.removesuffix(":") if statement.endswith(":") else statement.partition(":")[0]


def _position(code: CodeType, offset: int) -> tuple[int | None, int | None, int | None, int | None]:
    # Two bytes to a code unit, one position to each.
    positions = itertools.islice(code.co_positions(), offset // 2, None)
    return next(positions, (None, None, None, None))


def _one_line(lines: list[str]) -> str:
    """Lines of one expression joined as if written on one line."""
    joined = ""
    for text in (line.strip() for line in lines):
        if text.startswith((")", "]", "}")):
            joined = joined.removesuffix(",")
        elif joined and not joined.endswith(("(", "[", "{")):
            joined += " "
        joined += text
    return joined
