"""Sets lessons as PDF: the same pages in both editions, tagged for screen readers (PDF/UA-1)."""

from __future__ import annotations

import hashlib
import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import matplotlib
import typst

from asyncdemo.course.errors import CourseError
from asyncdemo.course.handouts.document import Document
from asyncdemo.course.handouts.kinds import Paper

HERE = Path(__file__).parent
LAYOUT = ("handout.typ", "handout.tmTheme")
STANDARD: Final = "ua-1"


@cache
def typesetter() -> Typesetter:
    """The typesetter of this process: the next document is set faster by what it remembers."""
    return Typesetter()


class Typesetter:
    """Sets documents in a temporary folder of its own, which goes when it does.

    Example:
        >>> typesetter().pdf(document, Paper.A4)[:5]  # doctest: +SKIP
        b'%PDF-'
    """

    def __init__(self) -> None:
        self._folder = TemporaryDirectory(prefix="asyncdemo-handouts-")
        self._place = Path(self._folder.name)
        for name in LAYOUT:
            shutil.copyfile(HERE / name, self._place / name)
        # The letters in pictures are matplotlib's; everything else typst brings.
        letters = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        self._fonts = typst.Fonts(include_system_fonts=False, font_paths=[letters])

    def pdf(self, document: Document, paper: Paper) -> bytes:
        """The document as a PDF file; the same bytes for the same document.

        Raises:
            CourseError: It cannot be set.
        """
        made = self._made(document, paper, format="pdf", pdf_standards=[STANDARD])
        assert isinstance(made, bytes)
        return made

    def pngs(self, document: Document, paper: Paper, ppi: float) -> list[bytes]:
        """The document's pages as pictures, `ppi` pixels to the inch."""
        made = self._made(document, paper, format="png", ppi=ppi)
        return [made] if isinstance(made, bytes) else list(made or ())

    def _made(self, document: Document, paper: Paper, **options: Any) -> bytes | list[bytes] | None:
        data = json.dumps(document.printed(self._keep), ensure_ascii=False).encode()
        compiler = typst.Compiler(
            self._place / LAYOUT[0],
            root=self._place,
            font_paths=self._fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": self._keep(data, "json"), "paper": paper.typst_name},
        )
        try:
            made: bytes | list[bytes] | None = compiler.compile(**options)
        except typst.TypstError as error:
            raise CourseError(f"{document.name} cannot be set: {error.message}") from error
        return made

    def _keep(self, content: bytes, ending: str) -> str:
        """Puts a file into the folder, under a name that follows from its content."""
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
        path = self._place / name
        if not path.exists():
            path.write_bytes(content)
        return name
