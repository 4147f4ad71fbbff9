"""Notebooks of a few cells, made up for the tests of the commands that run notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output


def cell(
    id: str, source: str, *outputs: Any, count: int | None = 1, tags: Sequence[str] = ()
) -> Any:
    """A code cell that was run and gave these outputs."""
    metadata = {"tags": [*tags]} if tags else {}
    return new_code_cell(
        source, id=id, outputs=[*outputs], execution_count=count, metadata=metadata
    )


def printed(text: str, stream: str = "stdout") -> Any:
    return new_output("stream", name=stream, text=text)


def shown(text: str, **others: str) -> Any:
    """The value of a cell's last line; `text_html="<b>"` is how it looks as HTML."""
    data = {"text/plain": text} | {kind.replace("_", "/"): part for kind, part in others.items()}
    return new_output("execute_result", data, execution_count=1)


def raised(name: str, value: str) -> Any:
    return new_output("error", ename=name, evalue=value, traceback=[f"{name}: {value}"])


def write(path: Path, *cells: Any) -> Path:
    """Stores the cells as a notebook the way `asyncdemo refresh` would leave it."""
    notebook = new_notebook(cells=[*cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)
    return path
