"""Runs notebooks and stores their outputs, free of anything that differs from run to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

CELL_TIMEOUT = 120


def refresh(path: Path) -> None:
    """Run a notebook from top to bottom in a fresh kernel and store its outputs in it.

    Args:
        path: The notebook; it is written only if every cell ran as its tags say.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed that is not tagged
            `raises-exception`.

    Example:
        >>> refresh(Path("notebooks/01_await_a_coroutine.ipynb"))  # doctest: +SKIP
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    tidy(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def tidy(notebook: Any) -> None:
    """Drop what running leaves behind and a reader does not need."""
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
