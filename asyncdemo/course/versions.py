"""The names of what is put beside a learner's notebook: `02_a (updated).ipynb` and the like."""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path


def free_name(path: Path, word: str) -> Path:
    """A path beside `path` with the word in its name, numbered if that is taken.

    Example:
        >>> free_name(Path("02_a.ipynb"), "updated").name
        '02_a (updated).ipynb'
    """
    words = (word if number == 1 else f"{word} {number}" for number in count(1))
    paths = (path.with_name(f"{path.stem} ({words}){path.suffix}") for words in words)
    return next(path for path in paths if not os.path.lexists(path))


def word_in(file: str) -> str:
    """The word that was put into a file's name, with its number; empty if there is none.

    Example:
        >>> word_in("02_a (updated 2).ipynb")
        'updated 2'
    """
    found = re.search(r" \(((?:updated|backup)(?: \d+)?)\)\.ipynb$", file)
    return found[1] if found else ""


def is_version(file: str, notebook: str) -> bool:
    """Whether a file's name says that it is a newer version of a notebook.

    Example:
        >>> is_version("02_a (updated 2).ipynb", "02_a.ipynb")
        True
    """
    word = word_in(file)
    return word.startswith("updated") and file == f"{Path(notebook).stem} ({word}).ipynb"


def versions(notebook: Path) -> list[Path]:
    """The newer versions beside a notebook.

    Example:
        >>> versions(Path("no such folder/02_a.ipynb"))
        []
    """
    files = sorted(notebook.parent.glob("*.ipynb"))
    return [path for path in files if is_version(path.name, notebook.name)]
