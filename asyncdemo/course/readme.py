"""The README's picture: the very one that a lesson shows, with its alt text."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

import nbformat

from asyncdemo.course.errors import CourseError

NOTEBOOK = "notebooks/03_gather_several_coroutines.ipynb"
CELL = "run-gather"
PICTURE = "notebooks/pictures/gather.png"


def is_current(root: Path) -> bool:
    """Whether the README shows what the lesson shows today.

    Args:
        root: The project's folder.

    Raises:
        CourseError: The lesson does not show it any more.

    Example:
        >>> is_current(Path("."))  # doctest: +SKIP
        True
    """
    text, png = _wanted(root)
    picture = root / PICTURE
    return (
        (root / "README.md").read_text(encoding="utf-8") == text
        and picture.exists()
        and picture.read_bytes() == png
    )


def update(root: Path) -> None:
    """Take the picture and its alt text over from the lesson into the README.

    Args:
        root: The project's folder.

    Raises:
        CourseError: The lesson does not show the picture any more.

    Example:
        >>> update(Path("."))  # doctest: +SKIP
    """
    text, png = _wanted(root)
    (root / "README.md").write_text(text, encoding="utf-8")
    (root / PICTURE).parent.mkdir(exist_ok=True)
    (root / PICTURE).write_bytes(png)


def _wanted(root: Path) -> tuple[str, bytes]:
    """The README's text and its picture, as the lesson wants them."""
    notebook = nbformat.read(root / NOTEBOOK, as_version=4)
    outputs = [out for cell in notebook.cells if cell.id == CELL for out in cell.outputs]
    pages = "".join(output.get("data", {}).get("text/html", "") for output in outputs)
    shown = re.findall(r'alt="([^"]+)" src="data:image/png;base64,([^"]+)"', pages)
    if len(shown) != 1:
        raise CourseError(f"{NOTEBOOK}: cell {CELL} is to show the README's picture and does not")
    alt, data = shown[0]
    line = f"![{html.unescape(alt)}]({PICTURE})"
    text = (root / "README.md").read_text(encoding="utf-8")
    text = re.sub(rf"^!\[.*\]\({re.escape(PICTURE)}\)$", lambda _: line, text, flags=re.M)
    return text, base64.b64decode(data)
