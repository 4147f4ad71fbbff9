"""What came of running one cell again: plain data that goes from process to process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How a cell's new outputs stand to the stored ones."""

    SAME = "same"
    DIFFERS = "differs"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    DIED = "kernel died"
    BROKEN = "broken"
    SKIPPED = "skipped"
    NOT_RUN = "not run"

    @property
    def is_failure(self) -> bool:
        """Whether the cell itself is at fault; one that was left out is not."""
        return self not in (Verdict.SAME, Verdict.SKIPPED, Verdict.NOT_RUN)


@dataclass(frozen=True)
class Difference:
    """One kind of output that is not as stored, after sanitizing.

    Attributes:
        kind: A stream's name, a MIME type, or `error`.
        expected: The stored outputs of this kind.
        got: Those of the new run.
    """

    kind: str
    expected: tuple[str, ...]
    got: tuple[str, ...]


@dataclass(frozen=True)
class CellResult:
    """What came of one code cell.

    Attributes:
        notebook: The notebook's path.
        number: Which of the notebook's code cells it is, from 1.
        cell: The cell's id.
        verdict: How the new outputs stand to the stored ones.
        message: What to say of a failure, on one line.
        differences: What differs, if the verdict is that something does.

    Example:
        >>> result = CellResult("a.ipynb", 1, "brew", Verdict.RAISED, "NameError: tea")
        >>> CellResult.from_json(result.to_json()) == result
        True
    """

    notebook: str
    number: int
    cell: str
    verdict: Verdict
    message: str = ""
    differences: tuple[Difference, ...] = ()

    def to_json(self) -> str:
        """The result on one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> CellResult:
        """The result that `to_json` wrote."""
        data: dict[str, Any] = json.loads(line)
        data["verdict"] = Verdict(data["verdict"])
        data["differences"] = tuple(
            Difference(d["kind"], tuple(d["expected"]), tuple(d["got"]))
            for d in data["differences"]
        )
        return cls(**data)


def error_line(name: str, value: str) -> str:
    """An exception on one line, as the last line of its traceback says it.

    Example:
        >>> error_line("NameError", "name 'tea' is not defined")
        "NameError: name 'tea' is not defined"
    """
    return f"{name}: {value}".strip(": ").partition("\n")[0]
