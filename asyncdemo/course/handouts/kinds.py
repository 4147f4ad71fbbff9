"""The words that say which handout is meant: editions, papers, formats."""

from __future__ import annotations

from enum import StrEnum


class Edition(StrEnum):
    """Whom a handout is for, or that it is the one page that sums a notebook up."""

    STUDENT = "student"
    TEACHER = "teacher"
    CHEAT_SHEET = "cheat-sheet"

    @property
    def printed_name(self) -> str:
        """What stands at the foot of its pages."""
        return (
            "Cheat sheet" if self is Edition.CHEAT_SHEET else f"{self.value.capitalize()} edition"
        )


class Paper(StrEnum):
    """The paper that a PDF is set for."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def typst_name(self) -> str:
        """What typst calls it."""
        return "us-letter" if self is Paper.LETTER else "a4"


class Format(StrEnum):
    """The kind of file."""

    PDF = "pdf"
    HTML = "html"
