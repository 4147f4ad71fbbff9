"""The README's two pages; `python -m asyncdemo.course.handouts.sample` makes them anew."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

from PIL import Image, PngImagePlugin

from asyncdemo.course.handouts.document import Document
from asyncdemo.course.handouts.kinds import Edition, Paper
from asyncdemo.course.handouts.reading import lesson_from
from asyncdemo.course.handouts.typesetting import HERE, LAYOUT, typesetter
from asyncdemo.course.notebook_files import read

NOTEBOOK = "notebooks/03_gather_several_coroutines.ipynb"
PICTURES = {
    Edition.STUDENT: "notebooks/pictures/handout-student.png",
    Edition.TEACHER: "notebooks/pictures/handout-teacher.png",
}
# The page with the blocked loop.
PAGE = 7
PPI = 80
COLOURS = 200
KEY = "made of"


def is_current(root: Path) -> bool:
    """Whether the pictures show today's layout and today's lesson, durations aside.

    They are not compared pixel by pixel: another version of typst may round differently.

    Args:
        root: The project's folder.

    Example:
        >>> is_current(Path("."))  # doctest: +SKIP
        True
    """
    wanted = _fingerprint(root)
    return all(_stored(root / name) == wanted for name in PICTURES.values())


def update(root: Path) -> None:
    """Makes the pictures anew.

    Args:
        root: The project's folder.

    Example:
        >>> update(Path("."))  # doctest: +SKIP
    """
    lesson = lesson_from(read(root / NOTEBOOK))
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text(KEY, _fingerprint(root))
    for edition, name in PICTURES.items():
        pages = typesetter().pngs(Document(edition, (lesson,)), Paper.A4, PPI)
        with Image.open(io.BytesIO(pages[PAGE - 1])) as page:
            few = page.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(root / name, optimize=True, pnginfo=chunks)


def _stored(picture: Path) -> str:
    try:
        with Image.open(picture) as image:
            return str(image.info.get(KEY, ""))
    except OSError:
        return ""


def _fingerprint(root: Path) -> str:
    """Changes with the layout, and with the lesson's texts and code; not with a new run."""
    file = read(root / NOTEBOOK)
    texts = [(cell.cell_type, cell.source) for cell in file.notebook.cells]
    teaching = root / "notebooks" / "teaching" / f"{Path(NOTEBOOK).stem}.toml"
    parts = [json.dumps(texts).encode(), teaching.read_bytes()]
    parts += [(HERE / name).read_bytes() for name in LAYOUT]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


if __name__ == "__main__":
    update(Path(__file__).parents[3])
