"""The prose is spelled right, and no sentence tells the reader that it is easy."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]

# A reader for whom it is not simple learns from these words only that it should be.
BELITTLING = re.compile(r"\b(simply|just)\b", re.IGNORECASE)

PAGES = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]
NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
MODULES = sorted(
    path for folder in ("asyncdemo", "tests") for path in (PROJECT / folder).rglob("*.py")
)


def belittling(text: str) -> list[str]:
    """The lines in which one of the words occurs."""
    return [line.strip() for line in text.splitlines() if BELITTLING.search(line)]


def docstrings(source: str) -> Iterator[str]:
    """The docstrings of a module and of all that it defines."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documented):
            yield ast.get_docstring(node) or ""


def markdown(notebook: str) -> Iterator[str]:
    """The Markdown cells of a notebook."""
    for cell in json.loads(notebook)["cells"]:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])


def test_belittling_words_are_found() -> None:
    assert belittling("Simply await it.\nA justified line.\nIt is just a call.") == [
        "Simply await it.",
        "It is just a call.",
    ]


@pytest.mark.parametrize("page", PAGES)
def test_pages_do_not_belittle(page: str) -> None:
    assert belittling((PROJECT / page).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebooks_do_not_belittle(path: Path) -> None:
    prose = "\n".join(markdown(path.read_text(encoding="utf-8")))

    assert belittling(prose) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_docstrings_do_not_belittle(path: Path) -> None:
    prose = "\n".join(docstrings(path.read_text(encoding="utf-8")))

    assert belittling(prose) == []


def test_codespell_finds_no_misspelling() -> None:
    command = [sys.executable, "-m", "codespell_lib"]
    run = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)

    assert (run.stdout, run.returncode) == ("", 0)
