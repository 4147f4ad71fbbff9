"""Timelines written into files: what a file's name ends in says what goes into it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from asyncdemo.comparison import Comparison
from asyncdemo.timeline import Timeline

type Saved = Literal[".png", ".svg", ".pdf", ".txt", ".json", ".perfetto.json"]

ENDINGS: tuple[Saved, ...] = get_args(Saved.__value__)
# They hold one timeline, to be read back or to be opened in a viewer.
OF_ONE: tuple[Saved, ...] = (".json", ".perfetto.json")


def ending_of(path: Path) -> Saved:
    """Which of the known endings a file's name has.

    Raises:
        ValueError: It has none of them.

    Example:
        >>> ending_of(Path("run.perfetto.json"))
        '.perfetto.json'
    """
    found = [ending for ending in ENDINGS if path.name.lower().endswith(ending)]
    if not found:
        raise ValueError(f"{path}: its name must end in one of {', '.join(ENDINGS)}")
    return max(found, key=len)


def check_endings(paths: Iterable[Path], *, timelines: int = 1) -> None:
    """Make sure that files of these names can be written, before there is anything to lose.

    Args:
        paths: The files.
        timelines: How many timelines will go into each of them.

    Raises:
        ValueError: An ending is unknown, is one for a single timeline only, or the folder is
            not there; its text says so on one line.

    Example:
        >>> check_endings([Path("run.gif")])
        Traceback (most recent call last):
            ...
        ValueError: run.gif: its name must end in one of .png, .svg, .pdf, .txt, .json, ...
    """
    for path in paths:
        if ending_of(path) in OF_ONE and timelines > 1:
            raise ValueError(f"{path}: {ending_of(path)} holds one timeline, not {timelines}")
        if path.is_dir():
            raise ValueError(f"{path}: this is a folder")
        if not path.absolute().parent.is_dir():
            raise ValueError(f"{path}: there is no folder {path.parent}")


def save(shown: Timeline | Comparison, path: Path) -> None:
    """Write a timeline into a file, over one that is there.

    Raises:
        ValueError: The name's ending is unknown, or is one for a single timeline only.
        OSError: The file cannot be written.

    Example:
        >>> save(timeline, Path("run.svg"))  # doctest: +SKIP
    """
    path.write_bytes(_content(shown, ending_of(path), path))


def _content(shown: Timeline | Comparison, ending: Saved, path: Path) -> bytes:
    if ending in {".png", ".svg", ".pdf"}:
        from asyncdemo.plot import to_png, to_vector

        if ending == ".png":
            return to_png(shown).data
        return to_vector(shown, "svg" if ending == ".svg" else "pdf")
    if ending == ".txt":
        from asyncdemo.text import to_text

        # A file has room for every call.
        return f"{to_text(shown, full=True)}\n".encode()
    if not isinstance(shown, Timeline):
        raise ValueError(f"{path}: {ending} holds one timeline, not {len(shown.timelines)}")
    if ending == ".json":
        return shown.to_json().encode()
    from asyncdemo.perfetto import to_perfetto

    return to_perfetto(shown).encode()
