"""Finds, reads and writes notebook files; whatever is wrong with one is said on one line."""

from __future__ import annotations

import json
import secrets
import shutil
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from asyncdemo.course.errors import CourseError
from asyncdemo.course.places import as_seen_from_here, course_folder


@dataclass(frozen=True)
class NotebookFile:
    """A notebook as it was when it was read.

    Attributes:
        path: Where it is, as the user would write it.
        content: What the file held.
        notebook: What that says.
    """

    path: Path
    content: bytes
    notebook: Any

    @property
    def code_cells(self) -> list[Any]:
        """The code cells, in order."""
        return [cell for cell in self.notebook.cells if cell.cell_type == "code"]


def find(named: Sequence[Path]) -> list[Path]:
    """The notebooks that the user named, each once.

    Args:
        named: Notebooks, and folders of which all notebooks are meant; the course by default.

    Raises:
        CourseError: A folder has no notebooks.

    Example:
        >>> find([Path("notebooks")])[0].name  # doctest: +SKIP
        '01_await_a_coroutine.ipynb'
    """
    found: dict[Path, Path] = {}
    for path in named or [Path(as_seen_from_here(course_folder()))]:
        for notebook in _in_folder(path) if path.is_dir() else [path]:
            found.setdefault(notebook.resolve(), notebook)
    return [*found.values()]


def _in_folder(folder: Path) -> list[Path]:
    notebooks = sorted(folder.glob("*.ipynb"))
    if not notebooks:
        raise CourseError(f"there is no notebook in {folder}", exit_code=2)
    return notebooks


def read(path: Path) -> NotebookFile:
    """Reads a notebook of format 4, the one that Jupyter has written since 2015.

    Raises:
        CourseError: There is none, or it is damaged.

    Example:
        >>> len(read(Path("notebooks/01_await_a_coroutine.ipynb")).code_cells)  # doctest: +SKIP
        18
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CourseError(f"there is no notebook {path}", exit_code=2) from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}", exit_code=2) from None
    try:
        data = json.loads(content)
    except ValueError as error:
        raise CourseError(f"{path} is not JSON: {error}", exit_code=2) from None
    if not isinstance(data, dict) or data.get("nbformat") != 4:
        raise CourseError(f"{path} is no notebook of format 4", exit_code=2)
    with warnings.catch_warnings():
        # Ids that are missing or given twice are mended, as JupyterLab does.
        warnings.simplefilter("ignore")
        try:
            nbformat.validate(data)
            notebook = nbformat.reads(json.dumps(data), as_version=4)
        # Where nbformat meets something it does not expect, it fails in its own ways.
        except (nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
            # The lines after the first quote the schema.
            fault = str(error).strip().partition("\n")[0]
            raise CourseError(f"{path} is no valid notebook: {fault}", exit_code=2) from None
    return NotebookFile(path, content, notebook)


def replace(file: NotebookFile, notebook: Any) -> None:
    """Writes a notebook in the place of the one that was read, whole or not at all.

    Args:
        file: The notebook that was read; it is left alone if someone else wrote it since.
        notebook: What it is to say.

    Raises:
        CourseError: It was changed in the meantime, or cannot be written.
    """
    text = nbformat.writes(notebook)
    place = file.path.resolve()
    try:
        if place.read_bytes() != file.content:
            raise CourseError(f"{file.path} was changed while it ran; it is left as it is")
        draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        try:
            draft.write_bytes((text if text.endswith("\n") else text + "\n").encode())
            shutil.copymode(place, draft)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise CourseError(f"{file.path} cannot be written: {error.strerror}") from None
