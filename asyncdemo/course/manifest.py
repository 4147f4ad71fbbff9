"""The record, in a learner's copy of the course, of what was handed out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

# Hidden, so that the file browser shows lessons only; the window's layout is kept there too.
STATE = ".asyncdemo"
NAME = f"{STATE}/handed_out.json"
ABOUT = "What `asyncdemo lab` put here, as hashes: so it knows which files you changed. Keep it."


def load(folder: Path) -> dict[str, str] | None:
    """The fingerprints of what was handed out, by file name; None if they are lost.

    Example:
        >>> load(Path("no such folder")) is None
        True
    """
    try:
        found = json.loads((folder / NAME).read_bytes())["handed_out"]
        items = [(file, mark) for file, mark in found.items() if isinstance(mark, str)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return dict(items) if len(items) == len(found) else None


def save(folder: Path, handed_out: Mapping[str, str]) -> None:
    """Writes the record.

    Raises:
        OSError: It cannot be written.

    Example:
        >>> save(Path("my-course"), {"01_await_a_coroutine.ipynb": "4f53"})  # doctest: +SKIP
    """
    (folder / STATE).mkdir(exist_ok=True)
    content = {"about": ABOUT, "handed_out": dict(sorted(handed_out.items()))}
    write(folder / NAME, (json.dumps(content, indent=1) + "\n").encode())


def write(path: Path, content: bytes) -> None:
    """Writes a file whole or not at all.

    Raises:
        OSError: It cannot be written.

    Example:
        >>> write(Path("notes.txt"), b"tea")  # doctest: +SKIP
    """
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
