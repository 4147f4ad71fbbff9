"""The typefaces of an HTML page: the letters that it uses, inside the page itself."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from fontTools.subset import Options, Subsetter, load_font, save_font


@dataclass(frozen=True)
class Face:
    """One font of a family, as matplotlib ships it."""

    family: str
    file: str
    weight: int = 400
    style: str = "normal"


PROSE = (
    Face("Handout", "STIXGeneral.ttf"),
    Face("Handout", "STIXGeneralBol.ttf", weight=700),
    Face("Handout", "STIXGeneralItalic.ttf", style="italic"),
)
CODE = (
    Face("Handout Mono", "DejaVuSansMono.ttf"),
    Face("Handout Mono", "DejaVuSansMono-Bold.ttf", weight=700),
)


def font_faces(text: str) -> str:
    """The style rules that bring the typefaces, cut down to the letters of a text.

    Example:
        >>> font_faces("tea").count("@font-face")
        5
    """
    letters = "".join(sorted(set(text)))
    return "\n".join(_rule(face, _subset(face.file, letters)) for face in (*PROSE, *CODE))


def _rule(face: Face, font: bytes) -> str:
    data = base64.b64encode(font).decode("ascii")
    return (
        f'@font-face{{font-family:"{face.family}";font-weight:{face.weight};'
        f"font-style:{face.style};src:url(data:font/woff;base64,{data})}}"
    )


def _subset(file: str, letters: str) -> bytes:
    # Without what is only for other programs: names, hinting, rare forms.
    options = Options(flavor="woff", hinting=False, layout_features=["kern"], notdef_outline=True)
    # A note of FontForge's to itself.
    options.drop_tables.append("FFTM")
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / file
    made = io.BytesIO()
    with load_font(str(path), options) as font:
        subsetter = Subsetter(options)
        subsetter.populate(text=letters)
        subsetter.subset(font)
        save_font(font, made, options)
    return made.getvalue()
