"""What a cell's stored outputs show: lines of text, an exception, pictures."""

from __future__ import annotations

import base64
import html
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

IMAGE = re.compile(r'<img alt="([^"]*)"[^>]*? src="data:image/png;base64,([^"]+)"')
# Where a cell's own file is named, as in a warning; no class needs its number.
CELL_FILE = re.compile(r"(?:[A-Za-z]:)?[\\/][^'\"<>:\n]*ipykernel_\d+[\\/]+\d+\.py")
REQUIREMENT = re.compile(r"^  ([✓✗] .*)$", flags=re.M)


@dataclass(frozen=True)
class Picture:
    """A picture in an output.

    Attributes:
        png: Its file.
        alt: What it shows, in words.
    """

    png: bytes
    alt: str


@dataclass(frozen=True)
class Outputs:
    """What a cell shows when it is run.

    Attributes:
        text: What it prints and what its last line is, as in a terminal.
        failure: The exception that it ends with, on one line.
        pictures: Its pictures.
        verdict: The first line of an exercise check's answer.
        requirements: What the check looked for, each with a sign before it.
    """

    text: str = ""
    failure: str = ""
    pictures: tuple[Picture, ...] = ()
    verdict: str = ""
    requirements: tuple[str, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines of text there are, an exception among them."""
        return len(self.text.splitlines()) + bool(self.failure)


def outputs_of(cell: Any) -> Outputs:
    r"""The outputs of a code cell.

    Example:
        >>> said = {"output_type": "stream", "name": "stdout", "text": "tea\n"}
        >>> outputs_of({"outputs": [said]}).text
        'tea'
    """
    texts: list[str] = []
    failure = verdict = ""
    pictures: list[Picture] = []
    requirements: list[str] = []
    for kind, group in itertools.groupby(cell["outputs"], lambda output: output["output_type"]):
        if kind == "stream":
            texts += _streams(group)
            continue
        for output in group:
            if kind == "error":
                failure = f"{output['ename']}: {output['evalue']}".rstrip(": ")
                continue
            data = output["data"]
            found = [*_pictures(data.get("text/html", ""))]
            plain = data.get("text/plain", "")
            if plain.startswith(("Solved: ", "Not yet: ", "Not solved yet: ")):
                verdict = plain.splitlines()[0]
                requirements += REQUIREMENT.findall(plain)
            elif not found:
                texts.append(plain.rstrip())
            pictures += found
    text = CELL_FILE.sub("CELL", "\n".join(text for text in texts if text))
    return Outputs(text, failure, tuple(pictures), verdict, tuple(requirements))


def met(requirements: Sequence[str]) -> tuple[str, ...]:
    """What a check looks for, from the answer to a solution: the requirements without signs.

    Example:
        >>> met(["✓ it returned 42"])
        ('it returned 42',)
    """
    return tuple(requirement[2:] for requirement in requirements)


def _streams(outputs: Iterable[Any]) -> Iterator[str]:
    """What was printed, then what was warned of: which of them came first is up to the clock."""
    said = {"stdout": "", "stderr": ""}
    for output in outputs:
        said[output["name"]] += output["text"]
    yield from (text.rstrip() for text in said.values())


def _pictures(markup: str) -> Iterator[Picture]:
    for alt, data in IMAGE.findall(markup):
        yield Picture(base64.b64decode(data), html.unescape(alt))
