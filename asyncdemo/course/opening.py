"""Opens the course in JupyterLab: a learner's copy of it, or the course as taught."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from asyncdemo.course import fresh, lab
from asyncdemo.course.copies import hand_out
from asyncdemo.course.errors import CourseError
from asyncdemo.course.handed_out import told
from asyncdemo.course.places import NUMBERED, course_folder, default_copy


def open_course(
    folder: Path | None = None,
    *,
    as_taught: bool = False,
    copy_only: bool = False,
    force: bool = False,
    port: int | None = None,
    browser: bool = True,
    announce: Callable[[str], None] = print,
) -> None:
    """Brings a learner's copy of the course up to date and serves it until Ctrl-C.

    Args:
        folder: Where the copy is or goes; by default where `places.default_copy` says.
        as_taught: Serve the course with its outputs instead, from a throw-away copy.
        copy_only: Bring the copy up to date and serve nothing, as for a classroom's hub.
        force: Put the course's version in the place of each notebook that the learner changed,
            and keep theirs under another name.
        port: The port to listen on; by default the first free one from 8888.
        browser: Whether to open a browser where there is one.
        announce: Is called with each line that the user should read.

    Raises:
        CourseError: JupyterLab, the folder or the port is not to be had.
    """
    if as_taught and (folder is not None or force or copy_only):
        raise CourseError(
            "--as-taught goes with neither a folder nor --force nor --copy-only", exit_code=2
        )
    if not copy_only:
        lab.check_ready(port)
    course = course_folder()
    if not as_taught:
        copy = hand_out(course, folder or default_copy(course), force=force)
        for line in told(copy):
            announce(line)
        if not copy_only:
            lab.serve(copy.folder, port=port, browser=browser, announce=announce)
        return
    with TemporaryDirectory(prefix="asyncdemo-as-taught-", ignore_cleanup_errors=True) as name:
        copy_as_taught(course, Path(name))
        announce("The course as taught: to read and to run; nothing that you change here is kept")
        lab.serve(Path(name), port=port, browser=browser, announce=announce)


def copy_as_taught(course: Path, folder: Path) -> None:
    """Copies the notebooks as they are, with the files that they link to.

    The notebooks become read-only, which JupyterLab shows: nobody takes them for their own.

    Example:
        >>> copy_as_taught(Path("notebooks"), Path("empty"))  # doctest: +SKIP
    """
    for source in sorted(course.glob(NUMBERED)):
        shutil.copyfile(source, folder / source.name)
        (folder / source.name).chmod(stat.S_IREAD)
        try:
            linked = fresh.linked_files(fresh.read(source))
        except fresh.UnreadableError:
            continue
        for file in linked:
            if (course / file).is_file():
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(course / file, folder / file)
