"""Says what is wrong with a cell, with what was expected and what came as a short diff."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from asyncdemo.course.cell_results import CellResult, Difference, Verdict

# More than this fills a screen and is not read.
MOST_LINES = 30
# Where a line of HTML can be cut: what it shows is one sentence, and each part of a page is one.
_DATA = re.compile(r"[A-Za-z0-9+/=]{120,}")
_BREAKS = re.compile(r"(?<=[.:;]) (?=\S)|(?<=.)(?=<(?!br|/))")


def explain(result: CellResult) -> list[str]:
    """What is wrong with a cell, line by line.

    Example:
        >>> difference = Difference("stdout", ("tea",), ("cocoa",))
        >>> result = CellResult("a.ipynb", 2, "brew", Verdict.DIFFERS, "", (difference,))
        >>> print(*explain(result), sep=chr(10))
        a.ipynb, cell brew (code cell 2): the outputs are not as stored
          --- expected: stdout as stored
          +++ got: stdout of this run
          @@ -1 +1 @@
          -tea
          +cocoa
    """
    place = f"{result.notebook}, cell {result.cell} (code cell {result.number})"
    lines = [f"{place}: {_fault(result)}"]
    kinds = [difference.kind for difference in result.differences]
    for difference in sorted(result.differences, key=lambda d: d.kind == "text/html"):
        if difference.kind == "text/html" and "text/plain" in kinds:
            lines.append("  text/html differs too")
        else:
            lines += [f"  {line}".rstrip() for line in _diff(difference)]
    return lines


def _fault(result: CellResult) -> str:
    match result.verdict:
        case Verdict.DIFFERS:
            return "the outputs are not as stored"
        case Verdict.RAISED:
            return f"raised {result.message}"
        case _:
            return result.message or result.verdict


def _diff(difference: Difference) -> Iterator[str]:
    kind, expected, got = difference.kind, difference.expected, difference.got
    if expected and got and len(expected) != len(got):
        yield f"{kind}: {len(expected)} expected, {len(got)} came"
    tell_end = len({value.endswith("\n") for value in expected + got}) > 1
    lines = list(
        difflib.unified_diff(
            _lines(expected, kind, tell_end),
            _lines(got, kind, tell_end),
            f"expected: {kind} as stored" if expected else f"expected: no {kind}",
            f"got: {kind} of this run" if got else f"got: no {kind}",
            n=2,
            lineterm="",
        )
    )
    if not lines and len(expected) == len(got):
        lines = [f"-{expected!r}", f"+{got!r}"]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"… {len(lines) - MOST_LINES} more lines"


def _lines(values: Sequence[str], kind: str, tell_end: bool) -> list[str]:
    lines: list[str] = []
    for value in values:
        text = _DATA.sub(lambda data: f"[{len(data[0])} characters of data]", value)
        if kind == "text/html":
            text = _BREAKS.sub("\n", text)
        lines += [_visible(line) for line in text.splitlines() or [""]]
        if tell_end and not value.endswith("\n"):
            lines.append("\\ No newline at the end")
    return lines


def _visible(line: str) -> str:
    """The line with a sign for each blank at its end and each character that cannot be seen."""
    text = line.rstrip(" ")
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return shown + "␠" * (len(line) - len(text))
