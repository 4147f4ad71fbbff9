"""The mistakes that a user of the course's commands can mend."""

from __future__ import annotations


class CourseError(Exception):
    """A mistake that the user can mend; its text says how, on one line.

    Attributes:
        exit_code: What the command ends with: 2 for a wrong argument, otherwise 1.

    Example:
        >>> CourseError("there is no folder lessons", exit_code=2).exit_code
        2
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code
