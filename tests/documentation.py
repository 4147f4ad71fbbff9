"""The programs in CPython's documentation of asyncio, as a Linux distribution packages it.

Its text is fetched when it is asked for, and nothing of it is kept here.
"""

from __future__ import annotations

import ast
import builtins
import doctest
import re
import subprocess
import symtable
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

RUNS = re.compile(r"\basyncio\.run\(|\.run_forever\(|\.run_until_complete\(")


@dataclass(frozen=True)
class Example:
    """A program of the documentation.

    Attributes:
        name: Its page, and which block of code there it is.
        source: Its text, with what the page takes as known: imports, and functions that
            a block before it defines.
    """

    name: str
    source: str


class Unavailable(Exception):  # noqa: N818 - it reads as what is the matter
    """The documentation cannot be had here."""


def fetch(folder: Path) -> Path:
    """Fetches the newest documentation that this machine's distribution has; where its pages are.

    Raises:
        Unavailable: There is no such distribution, or no network.
    """
    try:
        listed = _said("apt-cache", "search", "--names-only", r"^python3\.[0-9]+-doc$")
        versions = [int(v) for v in re.findall(r"^python3\.(\d+)-doc", listed, re.MULTILINE)]
        if not versions:
            raise Unavailable("no package of the documentation is known")
        _said("apt-get", "download", f"python3.{max(versions)}-doc", folder=folder)
        (package,) = folder.glob("*.deb")
        _said("dpkg-deb", "-x", str(package), str(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(str(error)) from None
    # A package may name its folder twice, once as a link.
    return min(folder.glob("usr/share/doc/*/html/library/asyncio-task.html")).parent


def _said(*command: str, folder: Path | None = None) -> str:
    return subprocess.run(
        command, cwd=folder, check=True, capture_output=True, encoding="utf-8"
    ).stdout


def examples(pages: Path) -> Iterator[Example]:
    """The programs on the pages about asyncio."""
    for page in sorted(pages.glob("asyncio*.html")):
        blocks = [*_blocks(page.read_text("utf-8"))]
        for n, block in enumerate(blocks):
            source = _completed(block, blocks[:n])
            if source is not None:
                yield Example(f"{page.stem}-{n + 1:02}", source)


class _Blocks(HTMLParser):
    """Collects the blocks of preformatted text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "pre":
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "pre"

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def _blocks(page: str) -> Iterator[str]:
    parser = _Blocks()
    parser.feed(page)
    for text in parser.found:
        if text.startswith(">>>"):
            # What is typed at a prompt, without what it answers.
            text = "\n".join(e.source for e in doctest.DocTestParser().get_examples(text))
        try:
            compile(text, "block", "exec")
        except SyntaxError:
            # Output of a program, or an await that stands alone.
            continue
        yield text


def _completed(block: str, before: list[str]) -> str | None:
    """The block with what its page takes as known; None if it is no program even so."""
    source = block
    if _defines(source, "main") and not RUNS.search(source):
        source += "\nasyncio.run(main())\n"
    if not RUNS.search(source):
        return None
    while missing := _missing(source):
        known = _known(min(missing), before)
        if known is None:
            return None
        source = f"{known}\n\n{source}"
    return source


def _known(name: str, before: list[str]) -> str | None:
    """What gives a name its meaning: a module, or the last definition before."""
    if name in sys.stdlib_module_names:
        return f"import {name}"
    found = (text for block in reversed(before) if (text := _defines(block, name)))
    return next(found, None)


def _defines(source: str, name: str) -> str | None:
    """The text of a function or class that a block defines."""
    for node in ast.parse(source).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.name == name:
                return ast.get_source_segment(source, node)
    return None


def _missing(source: str) -> set[str]:
    """The names that a program uses, and that neither it nor Python defines."""
    module = symtable.symtable(source, "block", "exec")
    defined = {s.get_name() for s in module.get_symbols() if s.is_assigned() or s.is_imported()}
    used: set[str] = set()
    tables = [module]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        used |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
        if table is module:
            used |= {s.get_name() for s in table.get_symbols() if s.is_referenced()}
    return used - defined - vars(builtins).keys() - {"__name__", "__file__"}
