"""Copies the course for a learner, and later adds what is new without touching their work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from asyncdemo.course import fresh, manifest
from asyncdemo.course.errors import CourseError
from asyncdemo.course.handed_out import Copy, Deed, Step
from asyncdemo.course.places import NUMBERED
from asyncdemo.course.versions import free_name, is_version, versions


def hand_out(course: Path, folder: Path, *, force: bool = False) -> Copy:
    """Copies the course into a folder, or brings the copy in it up to date.

    A notebook that the learner changed, or solved an exercise in, is never written to: its new
    version is put beside it.

    Args:
        course: The folder of the course's notebooks.
        folder: The learner's; it is made if need be.
        force: Put the course's version in the place of the learner's, which is kept under
            another name.

    Raises:
        CourseError: The folder is not one for a copy, or cannot be written into.

    Example:
        >>> hand_out(Path("notebooks"), Path("my-course")).steps[0]  # doctest: +SKIP
        Step(notebook='00_start_here.ipynb', deed=<Deed.ADDED: 'added'>, beside='')
    """
    lessons = sorted(path.name for path in course.glob(NUMBERED))
    try:
        _check(course, folder, lessons)
        known = manifest.load(folder)
        record = dict(known or {})
        lost_record = known is None and any((folder / name).exists() for name in lessons)
        folder.mkdir(exist_ok=True)
        steps = [_lesson(course, folder, name, record, force) for name in lessons]
        steps += _retired(folder, lessons, record)
        if record != known:
            manifest.save(folder, record)
    except OSError as error:
        raise CourseError(f"cannot write into {folder}: {error.strerror}") from error
    return Copy(folder, tuple(steps), lost_record)


def _check(course: Path, folder: Path, lessons: Iterable[str]) -> None:
    """Refuses a folder in which a copy would get lost or do harm."""
    place = folder.resolve()
    if place.is_relative_to(course.resolve()):
        raise CourseError(f"{folder} is the course itself; name another folder", exit_code=2)
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file; name a folder", exit_code=2)
    if not place.parent.is_dir():
        raise CourseError(f"there is no folder {place.parent}", exit_code=2)
    if not folder.exists():
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CourseError(f"cannot write into {folder}: your work would not be saved")
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if names and not (folder / manifest.NAME).exists() and names.isdisjoint(lessons):
        raise CourseError(f"{folder} holds other files; name a new or an empty folder", exit_code=2)


def _lesson(course: Path, folder: Path, name: str, record: dict[str, str], force: bool) -> Step:
    """Hands out one notebook, and notes in the record what was handed out."""
    try:
        notebook = fresh.cleared(fresh.read(course / name))
    except fresh.UnreadableError:
        return Step(name, Deed.LEFT_OUT)
    new, content = fresh.fingerprint(notebook), fresh.to_bytes(notebook)
    for file in fresh.linked_files(notebook):
        _linked_file(course, folder, file, record)

    mine = folder / name
    there = os.path.lexists(mine)
    own, text = _state(mine, record)
    if there and text == new and not (force and own):
        record[name] = new
        return Step(name, Deed.CURRENT)
    deed, target, backup = Deed.UPDATED, mine, ""
    if not there:
        deed = Deed.RESTORED if name in record else Deed.ADDED
    elif own and force:
        deed, backup = Deed.REPLACED, free_name(mine, "backup").name
        mine.rename(folder / backup)
    elif own:
        deed = Deed.KEPT if text else Deed.UNREADABLE
        beside = {path: _state(path, record) for path in versions(mine)}
        known = {mark for file, mark in record.items() if is_version(file, name)}
        if new in {record.get(name), *known, *(text for _, text in beside.values())}:
            return Step(name, Deed.CURRENT if text else deed)
        # An earlier version that was never used would only be one more to choose from.
        unused = (path for path, (own, _) in beside.items() if not own)
        target = next(unused, None) or free_name(mine, "updated")
    manifest.write(target, content)
    record[target.name] = new
    return Step(name, deed, backup or (target.name if target != mine else ""))


def _state(path: Path, record: dict[str, str]) -> tuple[bool, str]:
    """Whether what is in a file is the learner's own, and its fingerprint, empty if unreadable."""
    try:
        notebook = fresh.read(path)
    except fresh.UnreadableError:
        return True, ""
    text = fresh.fingerprint(notebook)
    return text != record.get(path.name) or fresh.has_solved(notebook), text


def _linked_file(course: Path, folder: Path, file: str, record: dict[str, str]) -> None:
    """Hands out a picture or the like, unless the learner has put another in its place."""
    source, target = course / file, folder / file
    if not source.is_file():
        return
    content = source.read_bytes()
    new = fresh.hash_of(content)
    there = fresh.hash_of(target.read_bytes()) if target.exists() else None
    if there not in (None, new, record.get(file)):
        return
    if there != new:
        target.parent.mkdir(parents=True, exist_ok=True)
        manifest.write(target, content)
    record[file] = new


def _retired(folder: Path, lessons: list[str], record: dict[str, str]) -> Iterator[Step]:
    """Says once of a notebook that the course has no longer, and forgets it."""
    for name in sorted(file for file in record if file.endswith(".ipynb")):
        if name in lessons or any(is_version(name, lesson) for lesson in lessons):
            continue
        del record[name]
        if (folder / name).exists():
            yield Step(name, Deed.RETIRED)
