"""Breaks lines that no page is wide enough for, and marks where they go on."""

from __future__ import annotations

MOST_COLUMNS = 112
GOES_ON = "↪ "


def folded(text: str, columns: int = MOST_COLUMNS) -> str:
    """The text with every line no longer than that; a sign stands where a line goes on.

    Lines break at spaces where they have any.

    Example:
        >>> print(folded("one two three", columns=9))
        one two
        ↪ three
    """
    lines: list[str] = []
    for line in text.split("\n"):
        rest = line
        while len(rest) > columns:
            start = len(rest) - len(rest.lstrip())
            at = rest.rfind(" ", max(start, len(GOES_ON)) + 1, columns + 1)
            at = at if at > 0 else columns
            lines.append(rest[:at])
            rest = GOES_ON + rest[at:].lstrip()
        lines.append(rest)
    return "\n".join(lines)
