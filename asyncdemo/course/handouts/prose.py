"""Markdown as plain data, which the PDF and the HTML are both set from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from asyncdemo.course.errors import CourseError


@dataclass(frozen=True)
class Inline:
    """A piece of a line.

    Attributes:
        kind: What it is; `text` and `code` have a text, the others have parts.
        text: What stands there.
        parts: What a link or an emphasis goes around.
        url: Where a link leads.
    """

    kind: Literal["text", "code", "emph", "strong", "link"]
    text: str = ""
    parts: tuple[Inline, ...] = ()
    url: str = ""


@dataclass(frozen=True)
class Prose:
    """A block of prose.

    Attributes:
        kind: What it is.
        line: The text of a paragraph or a heading.
        level: A heading's level, from 1.
        items: The items of a list, or the one item of a quote, each made of blocks.
        text: The lines of a program.
        language: What the program is written in.
        rows: The cells of a table; the first row is its head.
    """

    kind: Literal["paragraph", "heading", "bullets", "numbers", "quote", "program", "table"]
    line: tuple[Inline, ...] = ()
    level: int = 0
    items: tuple[tuple[Prose, ...], ...] = ()
    text: str = ""
    language: str = ""
    rows: tuple[tuple[tuple[Inline, ...], ...], ...] = ()


LISTS: dict[str, Literal["bullets", "numbers"]] = {
    "bullet_list": "bullets",
    "ordered_list": "numbers",
}
EMPHASES: dict[str, Literal["emph", "strong"]] = {"em": "emph", "strong": "strong"}


def parse(source: str, place: str = "") -> tuple[Prose, ...]:
    r"""The blocks of a markdown text.

    Args:
        source: The markdown.
        place: Where it stands, for an error's text.

    Raises:
        CourseError: There is something in it that cannot be printed, such as HTML.

    Example:
        >>> [block.kind for block in parse("# Tea\n\nIt waits.")]
        ['heading', 'paragraph']
    """
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    tree = SyntaxTreeNode(reader.parse(source))
    return tuple(_block(node, place) for node in tree.children if not _is_comment(node))


def plain(line: Sequence[Inline]) -> str:
    """The text of a line without its emphases and links.

    Example:
        >>> plain(parse("Use `await` *now*.")[0].line)
        'Use await now.'
    """
    return "".join(part.text or plain(part.parts) for part in line)


def slug(text: str) -> str:
    """A text as an anchor to which a link can lead.

    Example:
        >>> slug("What you'll do")
        'what-youll-do'
    """
    words = re.sub(r"[^\w\s-]", "", text.casefold()).split()
    return "-".join(words) or "section"


def _is_comment(node: SyntaxTreeNode) -> bool:
    return node.type == "html_block" and node.content.lstrip().startswith("<!--")


def _block(node: SyntaxTreeNode, place: str) -> Prose:
    match node.type:
        case "heading":
            return Prose("heading", _line(node.children[0], place), level=int(node.tag[1:]))
        case "paragraph":
            return Prose("paragraph", _line(node.children[0], place))
        case "bullet_list" | "ordered_list" as kind:
            items = tuple(_blocks(item, place) for item in node.children)
            return Prose(LISTS[kind], items=items)
        case "blockquote":
            return Prose("quote", items=(_blocks(node, place),))
        case "fence" | "code_block":
            language = node.info.split()[0] if node.info.strip() else ""
            return Prose("program", text=node.content.rstrip("\n"), language=language)
        case "table":
            rows = [row for part in node.children for row in part.children]
            cells = (tuple(_line(cell.children[0], place) for cell in r.children) for r in rows)
            return Prose("table", rows=tuple(cells))
        case other:
            raise CourseError(f"{place}: handouts cannot print a markdown {_called(other)}")


def _blocks(node: SyntaxTreeNode, place: str) -> tuple[Prose, ...]:
    return tuple(_block(child, place) for child in node.children)


def _line(node: SyntaxTreeNode, place: str) -> tuple[Inline, ...]:
    return tuple(_inlines(node.children, place))


def _inlines(nodes: Sequence[SyntaxTreeNode], place: str) -> Iterator[Inline]:
    for node in nodes:
        match node.type:
            case "text":
                yield Inline("text", node.content)
            case "softbreak" | "hardbreak":
                yield Inline("text", " ")
            case "code_inline":
                yield Inline("code", node.content)
            case "em" | "strong" as kind:
                yield Inline(EMPHASES[kind], parts=_line(node, place))
            case "link":
                yield Inline("link", parts=_line(node, place), url=str(node.attrs["href"]))
            case other:
                raise CourseError(f"{place}: handouts cannot print a markdown {_called(other)}")


def _called(kind: str) -> str:
    names = {"html_block": "block of HTML", "html_inline": "piece of HTML", "hr": "ruled line"}
    return names.get(kind, kind.replace("_", " "))
