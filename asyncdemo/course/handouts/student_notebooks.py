"""Notebooks to hand to a class: without outputs and without solutions."""

from __future__ import annotations

from asyncdemo.course import fresh
from asyncdemo.course.notebook_files import NotebookFile


def student_notebook(file: NotebookFile) -> bytes:
    """The notebook as a file in which the class does the work.

    Nothing in a lesson depends on a solution, so the notebook still runs to its end.

    Example:
        >>> from asyncdemo.course.notebook_files import read
        >>> b"_solution" in student_notebook(read(lesson))  # doctest: +SKIP
        False
    """
    notebook = fresh.cleared(file.notebook)
    notebook["cells"] = [
        cell for cell in notebook["cells"] if "solution" not in cell["metadata"].get("tags", ())
    ]
    return fresh.to_bytes(notebook)
