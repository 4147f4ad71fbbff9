"""Runs notebooks again and stores their outputs, where these say anything new."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat

from asyncdemo.course import readme
from asyncdemo.course.errors import CourseError
from asyncdemo.course.notebook_files import NotebookFile, find, read, replace
from asyncdemo.course.places import course_folder
from asyncdemo.course.running import run
from asyncdemo.course.sanitizing import Sanitizer, merged, rules_for
from asyncdemo.course.screen import Screen, screen
from asyncdemo.course.validation import CELL_TIMEOUT


def refresh(
    named: Sequence[Path] = (), *, timeout: int = CELL_TIMEOUT, anew: bool = False
) -> list[CourseError]:
    """Runs notebooks again, stores what is new in their outputs, and prints what that was.

    A cell keeps its stored outputs if the new ones differ in nothing but what is masked when
    outputs are compared, and in their pictures: so durations make no noise in git.

    Args:
        named: Notebooks and folders of notebooks; the course by default.
        timeout: How many seconds one cell may take.
        anew: Store all outputs anew, also those that say the same.

    Returns:
        Why notebooks could not be refreshed; their files are as they were.

    Raises:
        CourseError: A notebook is not there or is damaged; then none was run.

    Example:
        >>> refresh([Path("notebooks/01_await_a_coroutine.ipynb")])  # doctest: +SKIP
        notebooks/01_await_a_coroutine.ipynb: unchanged
        []
    """
    if not named and _checkout() is None:
        raise CourseError("the course is installed, not checked out; name a notebook", exit_code=2)
    files = [read(path) for path in find(named)]
    failures = []
    with screen(sum(len(file.code_cells) for file in files)) as shown:
        for file in files:
            try:
                shown.say([f"{file.path}: {_refresh(file, timeout, anew, shown)}"])
                shown.say(_update_readme(file))
            except CourseError as error:
                failures.append(error)
    return failures


def _refresh(file: NotebookFile, timeout: int, anew: bool, shown: Screen) -> str:
    """Refreshes one notebook and says what changed."""
    new = run(
        file,
        timeout=timeout,
        on_start=lambda cell: shown.at(f"{file.path.name} {cell.get('id')}"),
        on_end=lambda cell: shown.advance(),
    )
    tidy(new)
    sanitizer = None if anew else Sanitizer(rules_for(file.path.resolve().parent))
    changed = keep_outputs(file.notebook, new, sanitizer)
    if new == file.notebook:
        return "unchanged"
    nbformat.validate(new)
    replace(file, new)
    return f"changed {', '.join(changed)}" if changed else "changed counts or metadata only"


def tidy(notebook: Any) -> None:
    """Drops what running leaves behind and a reader does not need.

    Example:
        >>> notebook = nbformat.v4.new_notebook()
        >>> tidy(notebook)
        >>> notebook.metadata.language_info
        {'name': 'python'}
    """
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = merged(cell.outputs)


def keep_outputs(stored: Any, new: Any, sanitizer: Sanitizer | None) -> list[str]:
    """Puts stored outputs in the place of new ones that say the same.

    Args:
        stored: The notebook as it was.
        new: The same notebook, run again; it is changed.
        sanitizer: Says what is the same; without one, only what is equal is.

    Returns:
        The ids of the cells whose outputs are new.
    """
    changed = []
    for old_cell, cell in zip(stored.cells, new.cells, strict=True):
        if cell.cell_type != "code" or old_cell.outputs == cell.outputs:
            continue
        if sanitizer and sanitizer.same(old_cell.outputs, cell.outputs):
            cell.outputs = old_cell.outputs
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
        else:
            changed.append(cell.get("id"))
    return changed


def _checkout() -> Path | None:
    """The project's folder, unless the course is part of an installed package."""
    root = course_folder().parent
    return root if (root / "pyproject.toml").is_file() else None


def _update_readme(file: NotebookFile) -> list[str]:
    root = _checkout()
    if root is None or file.path.resolve() != (root / readme.NOTEBOOK).resolve():
        return []
    if readme.is_current(root):
        return []
    readme.update(root)
    return [f"{readme.PICTURE} and README.md: changed, as they show that notebook's picture"]
