"""A handout as one HTML page that asks no host for anything."""

from __future__ import annotations

import html
import re
from pathlib import Path

from asyncdemo.course.handouts.document import AUTHOR, Document
from asyncdemo.course.handouts.page_body import Body
from asyncdemo.course.handouts.typefaces import font_faces

STYLE = Path(__file__).parent / "handout.css"
# Browsers that are told so would refuse whatever the page does not hold itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"


def page(document: Document) -> bytes:
    """The document as an HTML page; the same bytes for the same document.

    Example:
        >>> page(document)[:15]  # doctest: +SKIP
        b'<!DOCTYPE html>'
    """
    body = "\n".join(Body(document).parts())
    style = STYLE.read_text(encoding="utf-8")
    text = html.unescape(re.sub(r"<[^>]*>", "", body))
    made = f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="author" content="{AUTHOR}">
<title>{html.escape(document.title)}</title>
<style>
{font_faces(text + text.upper())}
{style}</style>
</head>
<body class="{document.edition.value}">
{body}
</body>
</html>
"""
    return made.encode()
