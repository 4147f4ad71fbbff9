"""What a command needs beyond the recorder: looked for before it starts."""

from __future__ import annotations

from importlib.util import find_spec

from asyncdemo.course.errors import CourseError


def require(extra: str, *modules: str) -> None:
    """Makes sure that the modules of one of the package's extras are installed.

    Args:
        extra: The extra in `pyproject.toml` that brings them.
        modules: The names that the command imports.

    Raises:
        CourseError: Some are missing; its text names the command that installs them.

    Example:
        >>> require("check", "nbval", "tea")
        Traceback (most recent call last):
            ...
        asyncdemo.course.errors.CourseError: tea not found; this installs what is missing: ...
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise CourseError(
            f"{' and '.join(missing)} not found; this installs what is missing: "
            f'python -m pip install "asyncdemo[{extra}]"'
        )
