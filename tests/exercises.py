"""Tries wrong answers on the exercises of a lesson, as a learner would type them.

The lesson's own cells are used: its imports and definitions, and the check of the exercise.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import json
import linecache
from pathlib import Path
from typing import Any

from asyncdemo.checks import Feedback

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
DEFINING = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)


def answered(lesson: str, exercise: str, answer: str, *, within: float | None = None) -> Feedback:
    """What the check of an exercise says about an answer.

    Args:
        lesson: The notebook's name without its ending.
        exercise: The stem of the exercise's cells, such as `ex1`.
        answer: The text of the cell that the learner completes.
        within: A shorter time limit than the check's own, for answers that hang.
    """
    cells = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_bytes())["cells"]
    names: dict[str, Any] = {"__name__": f"{lesson}"}
    for cell in cells:
        source = "".join(cell["source"])
        if cell["id"] == f"{exercise}-stub":
            _tidy(names)
            _run(answer, names, f"<answer to {exercise} of {lesson}>")
        elif cell["id"] == f"{exercise}-check":
            if within is not None:
                source = _with_limit(source, within)
            return asyncio.run(_last_value(source, names))
        elif cell["cell_type"] == "code" and not source.startswith("%%"):
            # A value that only a run gives, such as a timeline, is no part of an exercise; nor is
            # one that needs a running loop.
            for number, statement in enumerate(_definitions(source)):
                with contextlib.suppress(NameError, RuntimeError):
                    _run(statement, names, f"<{cell['id']} of {lesson}, {number}>")
    raise AssertionError(f"{lesson} has no exercise {exercise}")


def _tidy(names: dict[str, Any]) -> None:
    """Closes what a lesson's cells made and only a notebook would go on to use."""
    for value in names.values():
        if inspect.iscoroutine(value) or isinstance(value, asyncio.AbstractEventLoop):
            value.close()


def wrong(feedback: Feedback) -> list[str]:
    """What is wrong with an answer, one sentence or two for each requirement not met."""
    return [finding.wrong for finding in feedback.findings if finding.wrong]


def solution(lesson: str, exercise: str) -> str:
    """The exercise's own solution, under the name that the check asks for."""
    cells = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_bytes())["cells"]
    (source,) = ("".join(c["source"]) for c in cells if c["id"] == f"{exercise}-solution")
    return "\n\n".join(_definitions(source.replace("_solution(", "(")))


def _definitions(source: str) -> list[str]:
    """The statements of a cell that only define something and run no coroutine."""
    tree = ast.parse(source)
    return [ast.unparse(n) for n in tree.body if isinstance(n, DEFINING) and not _awaits(n)]


def _awaits(node: ast.stmt) -> bool:
    # An `await` in a function that is being defined is none of the cell's own.
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    return any(isinstance(inner, ast.Await | ast.AsyncWith) for inner in ast.walk(node))


def _run(source: str, names: dict[str, Any], file: str) -> None:
    # With its lines where `inspect` and the timeline look for them.
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)


def _with_limit(source: str, within: float) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "check"
        ):
            kept = [word for word in node.keywords if word.arg != "within"]
            node.keywords = [*kept, ast.keyword("within", ast.Constant(within))]
    return ast.unparse(ast.fix_missing_locations(tree))


async def _last_value(source: str, names: dict[str, Any]) -> Any:
    """The value of a cell's last expression."""
    tree = ast.parse(source)
    last = tree.body.pop()
    assert isinstance(last, ast.Expr)
    exec(compile(tree, "<check>", "exec"), names)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    return await eval(compile(ast.Expression(last.value), "<check>", "eval", flags=flags), names)
