"""How a timeline shows itself in a notebook: a picture with alt text, and the text form."""

from __future__ import annotations

import base64
import html
import warnings
from typing import TYPE_CHECKING

from asyncdemo.alt_text import alt_text
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

if TYPE_CHECKING:
    from asyncdemo.comparison import Comparison

# The picture brings its own light background; the corners make it a card on a dark page. In a
# column too narrow for its words, as at 200 % zoom, it is scrolled rather than shrunk further.
STYLE = "max-width:100%;min-width:600px;height:auto;background:#fff;border-radius:6px"


def mimebundle(shown: Timeline | Comparison) -> dict[str, str]:
    """The forms from which a front end chooses: HTML with a picture, PNG (for PDF), plain text.

    `image/png` alone would lose the alt text, and inline SVG is stripped from notebooks that
    are not trusted; an `<img>` that holds its own data is kept everywhere.

    When no picture can be drawn, a warning says why, and the text stands alone.
    """
    bundle = {"text/plain": to_text(shown)}
    if isinstance(shown, Timeline) and not shown.spans:
        return bundle
    try:
        # Here, not above: matplotlib takes a second to import and may be missing.
        from asyncdemo.plot import to_png

        png, width, height = to_png(shown)
    except Exception as error:  # noqa: BLE001 - a learner's cell must not fail for a picture
        _warn(error)
        return bundle
    data = base64.b64encode(png).decode("ascii")
    alt = html.escape(alt_text(shown))
    bundle["text/html"] = (
        f'<img alt="{alt}" src="data:image/png;base64,{data}"'
        f' width="{width}" height="{height}" style="{STYLE}">'
    )
    bundle["image/png"] = data
    return bundle


def _warn(error: Exception) -> None:
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    # Explicit, because the place in this package would be shown as a second line.
    warnings.warn_explicit(
        f"no picture, so text instead ({reason})", RuntimeWarning, filename="asyncdemo", lineno=0
    )
