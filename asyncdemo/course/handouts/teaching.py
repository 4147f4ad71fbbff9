"""What a teacher needs beside a notebook: minutes, misconceptions and the key picture.

They stand in `teaching/NOTEBOOK.toml` beside the notebooks, in plain text that can be reviewed
and changed without running anything. Learners' copies of the notebooks hold none of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from asyncdemo.course.errors import CourseError

FOLDER = "teaching"


@dataclass(frozen=True)
class Teaching:
    """What one notebook's teaching file says; nothing, if it has none.

    Attributes:
        minutes: How long each section takes, by its heading.
        misconceptions: What learners often believe instead, by the id of the cell that asks
            for the prediction.
        key_picture: The id of the cell whose picture stands on the cheat sheet.
    """

    minutes: Mapping[str, int] = field(default_factory=dict)
    misconceptions: Mapping[str, str] = field(default_factory=dict)
    key_picture: str = ""


def teaching_for(notebook: Path) -> Teaching:
    """What the teaching file of a notebook says.

    Raises:
        CourseError: The file is damaged, or says something that no handout prints.

    Example:
        >>> teaching_for(Path("notebooks/none.ipynb")).minutes
        {}
    """
    path = notebook.parent / FOLDER / f"{notebook.stem}.toml"
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Teaching()
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise CourseError(f"{path} cannot be read: {reason}", exit_code=2) from None
    unknown = set(data) - {"minutes", "misconceptions", "key_picture"}
    if unknown:
        raise CourseError(f"{path}: {min(unknown)} is nothing that a handout prints", exit_code=2)
    return Teaching(
        _table(path, data, "minutes", int),
        _table(path, data, "misconceptions", str),
        str(data.get("key_picture", "")),
    )


def _table(path: Path, data: Mapping[str, Any], name: str, kind: type[Any]) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict) or not all(type(value) is kind for value in table.values()):
        wanted = "whole numbers" if kind is int else "texts"
        raise CourseError(f"{path}: {name} must be a table of {wanted}", exit_code=2)
    return table
