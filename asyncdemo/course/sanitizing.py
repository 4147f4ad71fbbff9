"""What differs from run to run without meaning anything, and outputs without it."""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from asyncdemo.course.places import course_folder

RULES = "nbval_sanitize.cfg"
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_PICTURES = ("image/png", "image/jpeg")


def merged(outputs: Iterable[Any]) -> list[Any]:
    """The outputs with one output for each stream between two that are none.

    How a print is cut into messages is up to the clock; and which of two streams comes first.

    Args:
        outputs: A cell's outputs; they are not changed.

    Example:
        >>> tea, cocoa = ({"output_type": "stream", "name": "stdout", "text": t} for t in "tc")
        >>> merged([tea, cocoa])
        [{'output_type': 'stream', 'name': 'stdout', 'text': 'tc'}]
    """
    found: list[Any] = []
    for streams, group in itertools.groupby(outputs, lambda o: o["output_type"] == "stream"):
        copies = copy.deepcopy([*group])
        if not streams:
            found += copies
            continue
        by_name: dict[str, Any] = {}
        for output in copies:
            if output["name"] in by_name:
                by_name[output["name"]]["text"] += output["text"]
            else:
                by_name[output["name"]] = output
        found += [by_name[name] for name in sorted(by_name, reverse=True)]
    return found


def rules_for(folder: Path) -> Path:
    """The sanitize file for a folder's notebooks: the one in it, or else the course's own.

    Example:
        >>> rules_for(Path("notebooks")).name
        'nbval_sanitize.cfg'
    """
    own = folder / RULES
    return own if own.exists() else course_folder() / RULES


class Sanitizer:
    """The rules of a sanitize file, applied the way nbval applies them.

    Args:
        rules: The sanitize file.

    Example:
        >>> Sanitizer(Path("notebooks/nbval_sanitize.cfg")).text("998 ms")  # doctest: +SKIP
        '<DURATION>'
    """

    def __init__(self, rules: Path) -> None:
        from nbval.plugin import get_sanitize_patterns

        self._rules = dict(get_sanitize_patterns(rules.read_text(encoding="ascii")))

    def text(self, text: str) -> str:
        """The text without what the rules mask."""
        for regex, replacement in self._rules.items():
            text = re.sub(regex, replacement, text)
        return text

    def same(self, stored: Iterable[Any], new: Iterable[Any]) -> bool:
        """Whether two runs' outputs differ in nothing but what is masked, and in pictures.

        This asks for more than nbval does: the outputs' order, tracebacks, and that a picture
        is there.
        """
        return self._canonical(stored) == self._canonical(new)

    def _canonical(self, outputs: Iterable[Any]) -> list[Any]:
        return [self._value(output) for output in merged(outputs)]

    def _value(self, value: Any) -> Any:
        match value:
            case str():
                return self.text(value)
            case dict():
                return {
                    key: "PICTURE" if key in _PICTURES else self._value(part)
                    for key, part in value.items()
                    if key != "execution_count"
                }
            case [*parts] if all(isinstance(part, str) for part in parts):
                return self.text(_COLOUR.sub("", "\n".join(parts)))
            case _:
                return json.dumps(value, sort_keys=True)
