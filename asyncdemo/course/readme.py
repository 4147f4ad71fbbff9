"""The README's picture: the very one that a lesson shows, with its alt text."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

import nbformat

NOTEBOOK = "notebooks/03_gather_several_coroutines.ipynb"
CELL = "run-gather"
PICTURE = "notebooks/pictures/gather.png"


def update(root: Path) -> bool:
    """Take the picture and its alt text over from the lesson into the README.

    Args:
        root: The project's folder.

    Returns:
        Whether anything had to be changed.

    Example:
        >>> update(Path("."))  # doctest: +SKIP
        False
    """
    notebook = nbformat.read(root / NOTEBOOK, as_version=4)
    (cell,) = (cell for cell in notebook.cells if cell.id == CELL)
    shown = cell.outputs[-1].data["text/html"]
    ((alt, data),) = re.findall(r'alt="([^"]+)" src="data:image/png;base64,([^"]+)"', shown)
    readme, picture = root / "README.md", root / PICTURE
    text = readme.read_text(encoding="utf-8")
    line = f"![{html.unescape(alt)}]({PICTURE})"
    new_text = re.sub(rf"^!\[.*\]\({re.escape(PICTURE)}\)$", lambda _: line, text, flags=re.M)
    png = base64.b64decode(data)
    if new_text == text and picture.exists() and picture.read_bytes() == png:
        return False
    readme.write_text(new_text, encoding="utf-8")
    picture.parent.mkdir(exist_ok=True)
    picture.write_bytes(png)
    return True
