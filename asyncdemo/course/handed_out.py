"""What was done to a learner's copy of the course, as data and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from asyncdemo.course.places import as_seen_from_here


class Deed(Enum):
    """What was done about one notebook; the value says it to the learner."""

    ADDED = "added"
    RESTORED = "added again; it was gone"
    UPDATED = "brought up to date; you had not changed it"
    KEPT = "kept yours"
    REPLACED = "fresh again"
    CURRENT = "up to date"
    UNREADABLE = "cannot be read; left as it is"
    RETIRED = "no longer in the course; yours stays"
    LEFT_OUT = "left out; the course's own file cannot be read"


@dataclass(frozen=True)
class Step:
    """What was done about one notebook.

    Attributes:
        notebook: Its file name in the course.
        deed: What was done.
        beside: The file name of the new version beside the learner's, or of the learner's
            backup beside the new one; empty when there is neither.

    Example:
        >>> print(Step("02_a.ipynb", Deed.KEPT, "02_a (updated).ipynb"))
        02_a: kept yours; the new one ends in "(updated)"
    """

    notebook: str
    deed: Deed
    beside: str = ""

    def __str__(self) -> str:
        stem = Path(self.notebook).stem
        ending = Path(self.beside).stem.removeprefix(stem).strip()
        whose = "yours now" if self.deed is Deed.REPLACED else "the new one"
        where = f'; {whose} ends in "{ending}"' if ending else ""
        return f"{stem}: {self.deed.value}{where}"


@dataclass(frozen=True)
class Copy:
    """A learner's copy and what was done to bring it up to date.

    Attributes:
        folder: Where it is.
        steps: One for each notebook.
        lost_record: Whether notebooks were there, but no record of what was handed out.
    """

    folder: Path
    steps: tuple[Step, ...]
    lost_record: bool = False


def told(copy: Copy) -> Iterator[str]:
    """What was done to a copy, in lines for its learner.

    Example:
        >>> list(told(Copy(Path("my-course"), ())))
        ['Your copy of the course is in my-course']
    """
    yield f"Your copy of the course is in {as_seen_from_here(copy.folder)}"
    if copy.lost_record:
        yield "  no record of what was put there is left, so every change counts as yours"
    yield from (f"  {step}" for step in copy.steps if step.deed is not Deed.CURRENT)
    current = sum(step.deed is Deed.CURRENT for step in copy.steps)
    if current:
        yield f"  {'all' if current == len(copy.steps) else current} up to date"
    if any(step.deed is Deed.UNREADABLE for step in copy.steps):
        yield "  rename a notebook that cannot be read, and run this again to get a fresh one"
