"""Where the course's notebooks lie, and where a learner's copy of them goes."""

from __future__ import annotations

from pathlib import Path

import asyncdemo
from asyncdemo.course.errors import CourseError
from asyncdemo.course.manifest import NAME as MANIFEST

COPY_IN_CHECKOUT = "my-course"
COPY_ELSEWHERE = "asyncdemo-course"
NUMBERED = "[0-9][0-9]_*.ipynb"


def course_folder() -> Path:
    """The folder of the course's notebooks: inside an installed package, beside a checkout's.

    Raises:
        CourseError: They are in neither place.

    Example:
        >>> course_folder()  # doctest: +SKIP
        PosixPath('asyncdemo/notebooks')
    """
    package = Path(asyncdemo.__file__).resolve().parent
    for folder in (package / "course" / "notebooks", package.parent / "notebooks"):
        if folder.is_dir():
            return folder
    raise CourseError("the course's notebooks are not installed", exit_code=2)


def default_copy(course: Path) -> Path:
    """Where the learner's copy goes when no folder is named.

    Beside the course in a checkout, where git ignores it; otherwise in the current folder, or
    in the current folder itself if that is such a copy already.

    Example:
        >>> default_copy(course_folder())  # doctest: +SKIP
        PosixPath('asyncdemo/my-course')
    """
    here = Path.cwd()
    if (here / MANIFEST).is_file():
        return here
    if (course.parent / "pyproject.toml").is_file():
        return course.parent / COPY_IN_CHECKOUT
    return here / COPY_ELSEWHERE


def as_seen_from_here(folder: Path) -> str:
    """A folder the short way, if it is below the current one.

    Example:
        >>> as_seen_from_here(Path.cwd() / "my-course")
        'my-course'
    """
    folder, here = folder.resolve(), Path.cwd()
    return str(folder.relative_to(here) if here in folder.parents else folder)


def first_notebook(folder: Path) -> str | None:
    """The file name of the numbered notebook to open first: the index, where there is one.

    Example:
        >>> first_notebook(Path("notebooks"))  # doctest: +SKIP
        '00_start_here.ipynb'
    """
    # Compared without the suffix, a notebook comes before `02_its_name (updated).ipynb`.
    stems = sorted(path.stem for path in folder.glob(NUMBERED))
    return f"{stems[0]}.ipynb" if stems else None
