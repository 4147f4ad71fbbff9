"""Puts files into a folder, all of them or none, and over nothing that is there already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from asyncdemo.course.errors import CourseError


def refuse_to_overwrite(folder: Path, names: Sequence[str]) -> None:
    """Makes sure that none of these files is there.

    Raises:
        CourseError: One is, or the folder is no folder.

    Example:
        >>> refuse_to_overwrite(Path("handouts"), [])
    """
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file; name a folder", exit_code=2)
    there = [name for name in names if (folder / name).exists()]
    if there:
        others = f" and {len(there) - 1} more" if len(there) > 1 else ""
        raise CourseError(
            f"{folder / there[0]}{others} would be written over; "
            "name another folder, or say --force",
            exit_code=2,
        )


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """A draft of the folder, whose files go into it when all is well, and else nowhere.

    Args:
        folder: The folder; it is made if need be, as are those above it.

    Raises:
        CourseError: The folder cannot be written into.

    Example:
        >>> with filled(Path("handouts")) as draft:  # doctest: +SKIP
        ...     (draft / "a.pdf").write_bytes(pdf)
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    done = False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Inside it, and so on the same disk: a file is moved whole or not at all.
        with TemporaryDirectory(dir=folder, prefix=".unfinished-") as name:
            draft = Path(name)
            yield draft
            for file in sorted(path for path in draft.rglob("*") if path.is_file()):
                place = folder / file.relative_to(draft)
                place.parent.mkdir(parents=True, exist_ok=True)
                file.replace(place)
        done = True
    except OSError as error:
        raise CourseError(f"cannot write into {folder}: {error.strerror}") from error
    finally:
        for place in made if not done else ():
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()
