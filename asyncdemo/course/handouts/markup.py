"""Prose and code as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import BashLexer, PythonLexer, TextLexer

from asyncdemo.course.handouts.prose import Inline, Prose

type Resolve = Callable[[str], str]

TAGS = {"emph": "em", "strong": "strong"}
LEXERS = {"python": PythonLexer, "py": PythonLexer, "bash": BashLexer, "console": BashLexer}


def line_of(line: Sequence[Inline], resolve: Resolve) -> str:
    """A line of prose.

    Args:
        line: Its pieces.
        resolve: Says where a link leads on this page; to nothing, for the empty text.

    Example:
        >>> line_of([Inline("code", "a < b")], str)
        '<code>a &lt; b</code>'
    """
    return "".join(_span(part, resolve) for part in line)


def code_of(source: str, language: str = "python", label: str = "") -> str:
    """A program, coloured; one that is too wide can be scrolled by keyboard too.

    Example:
        >>> code_of("tea", "text")
        '<pre tabindex="0"><code>tea</code></pre>'
    """
    lexer = LEXERS.get(language, TextLexer)(stripnl=False, ensurenl=False)
    inside = highlight(source, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
    # The lexer marks what stands beside the Python in `%%script`, which is no mistake.
    inside = re.sub(r'<span class="err">(.*?)</span>', r"\1", inside)
    named = f' aria-label="{html.escape(label)}"' if label else ""
    return f'<pre tabindex="0"{named}><code>{inside}</code></pre>'


def prose_of(block: Prose, resolve: Resolve, deeper: int = 0) -> str:
    """A block of prose.

    Args:
        block: The block.
        resolve: As for `line_of`.
        deeper: By how many levels the page's headings are below the lesson's.

    Example:
        >>> prose_of(Prose("paragraph", (Inline("text", "Tea."),)), str)
        '<p>Tea.</p>'
    """

    def inside(item: Sequence[Prose]) -> str:
        if len(item) == 1 and item[0].kind == "paragraph":
            return line_of(item[0].line, resolve)
        return "".join(prose_of(part, resolve, deeper) for part in item)

    match block.kind:
        case "heading":
            tag = f"h{block.level + deeper}"
            return f"<{tag}>{line_of(block.line, resolve)}</{tag}>"
        case "paragraph":
            return f"<p>{line_of(block.line, resolve)}</p>"
        case "bullets" | "numbers" as kind:
            tag = "ul" if kind == "bullets" else "ol"
            items = "".join(f"<li>{inside(item)}</li>" for item in block.items)
            return f"<{tag}>{items}</{tag}>"
        case "quote":
            return f"<blockquote>{inside(block.items[0])}</blockquote>"
        case "program":
            return code_of(block.text, block.language or "text")
        case "table":
            head, *body = block.rows
            rows = [_row(head, "th", ' scope="col"', resolve)]
            rows += [_row(row, "td", "", resolve) for row in body]
            return f"<table>{''.join(rows)}</table>"


def _row(cells: Sequence[Sequence[Inline]], tag: str, extra: str, resolve: Resolve) -> str:
    inside = "".join(f"<{tag}{extra}>{line_of(cell, resolve)}</{tag}>" for cell in cells)
    return f"<tr>{inside}</tr>"


def _span(part: Inline, resolve: Resolve) -> str:
    if part.kind == "text":
        return html.escape(part.text, quote=False)
    if part.kind == "code":
        return f"<code>{html.escape(part.text, quote=False)}</code>"
    inside = line_of(part.parts, resolve)
    if part.kind != "link":
        return f"<{TAGS[part.kind]}>{inside}</{TAGS[part.kind]}>"
    url = resolve(part.url)
    return f'<a href="{html.escape(url)}">{inside}</a>' if url else f"<em>{inside}</em>"
