"""A notebook as a learner first meets it, and the fingerprint by which a change is noticed."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from asyncdemo.course.progress import is_solved

type Notebook = dict[str, Any]


class UnreadableError(Exception):
    """A file that is no notebook, or cannot be read at all."""


def read(path: Path) -> Notebook:
    """The notebook in a file.

    Raises:
        UnreadableError: There is none in it.

    Example:
        >>> read(Path("notebooks/01_await_a_coroutine.ipynb"))["nbformat"]  # doctest: +SKIP
        4
    """
    try:
        notebook: Notebook = json.loads(path.read_bytes())
        fingerprint(notebook), has_solved(notebook)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError(path.name) from error
    return notebook


def cleared(notebook: Notebook) -> Notebook:
    """A copy without outputs and execution counts, its solutions folded; cell ids stay.

    Example:
        >>> cell = {"cell_type": "code", "id": "a", "source": "1", "metadata": {}}
        >>> run = {**cell, "outputs": ["1"], "execution_count": 1}
        >>> cleared({"cells": [run]})["cells"][0]["outputs"]
        []
    """
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        metadata = cell.setdefault("metadata", {})
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
            metadata.pop("execution", None)
        if "solution" in metadata.get("tags", ()):
            metadata.setdefault("jupyter", {})["source_hidden"] = True
    return notebook


def to_bytes(notebook: Notebook) -> bytes:
    """A notebook as it is stored, laid out as Jupyter does.

    Example:
        >>> len(to_bytes({"cells": []}).splitlines())
        3
    """
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def fingerprint(notebook: Notebook) -> str:
    """A hash of the cells' ids, kinds and texts.

    Running, folding and saving leave it as it is. So does the empty cell that JupyterLab
    appends when Shift+Enter is pressed in the last one.

    Example:
        >>> fingerprint({"cells": []})[:8]
        '4f53cda1'
    """
    cells = [_essence(cell) for cell in notebook["cells"]]
    essence = [cell for cell in cells if cell[2].strip()]
    return hash_of(json.dumps(essence).encode())


def hash_of(content: bytes) -> str:
    """The hash by which a file's content is known again.

    Example:
        >>> hash_of(b"tea")[:8]
        'a9f74d1e'
    """
    return hashlib.sha256(content).hexdigest()


def has_solved(notebook: Notebook) -> bool:
    """Whether the saved outputs show a solved exercise.

    Example:
        >>> has_solved({"cells": []})
        False
    """
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return any(is_solved(cell) for cell in code if str(cell.get("id")).endswith("-check"))


def linked_files(notebook: Notebook) -> list[str]:
    """The files, other notebooks aside, that the prose shows or links to by a relative path.

    Example:
        >>> prose = "![A loop](pictures/loop.png) and [the web](https://example.org)"
        >>> linked_files({"cells": [{"cell_type": "markdown", "source": prose}]})
        ['pictures/loop.png']
    """
    prose = "\n".join(
        _text(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"
    )
    targets = re.findall(r"""\]\(([^)\s]+)|\bsrc=["']([^"']+)""", prose)
    parts = [urlsplit(markdown or markup) for markdown, markup in targets]
    paths = [unquote(part.path) for part in parts if not part.scheme and not part.netloc]
    inside = [path for path in paths if path and not path.startswith(("/", "../"))]
    return sorted({path for path in inside if not path.endswith(".ipynb")})


def _essence(cell: dict[str, Any]) -> tuple[str | None, str, str, Any]:
    """What of a cell is the author's or the learner's, rather than the program's."""
    return cell.get("id"), cell["cell_type"], _text(cell["source"]), cell.get("attachments")


def _text(source: str | list[str]) -> str:
    return "".join(source)
