"""Checks that notebooks still give their stored outputs, and says where they do not."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from asyncdemo.course.cell_results import CellResult, Verdict
from asyncdemo.course.differences import explain
from asyncdemo.course.errors import CourseError
from asyncdemo.course.notebook_files import NotebookFile, find, read
from asyncdemo.course.screen import screen
from asyncdemo.course.validation import CELL_TIMEOUT, validate


def check(named: Sequence[Path] = (), *, timeout: float = CELL_TIMEOUT) -> bool:
    """Runs notebooks again, compares each cell with its stored outputs, and prints what differs.

    Args:
        named: Notebooks and folders of notebooks; the course by default.
        timeout: How many seconds one cell may take.

    Returns:
        Whether every cell gave its stored outputs.

    Raises:
        CourseError: A notebook is not there, is damaged or was never run.

    Example:
        >>> check([Path("notebooks/01_await_a_coroutine.ipynb")])  # doctest: +SKIP
        notebooks/01_await_a_coroutine.ipynb: 18 cells, all as stored
        True
    """
    files = [read(path) for path in find(named)]
    for file in files:
        refuse_unless_run(file)
    results: list[CellResult] = []
    cells = sum(len(file.code_cells) for file in files)
    with closing(validate(files, timeout=timeout)) as new_results, screen(cells) as shown:
        for file in files:
            of_file: list[CellResult] = []
            for cell in file.code_cells:
                shown.at(f"{file.path.name} {cell.get('id')}")
                result = next(new_results)
                if result.verdict.is_failure:
                    shown.say(explain(result))
                of_file.append(result)
                shown.advance()
            shown.say([f"{file.path}: {_counted(of_file)}"])
            results += of_file
        # There is no further one, but an error may have come after the last.
        next(new_results, None)
        advice = _advice(results)
        shown.say(advice)
    return not advice


def refuse_unless_run(file: NotebookFile) -> None:
    """Makes sure that a notebook has outputs to compare with.

    Raises:
        CourseError: A cell was never run; nbval would pass it whatever it did.

    Example:
        >>> refuse_unless_run(read(Path("new.ipynb")))  # doctest: +SKIP
        Traceback (most recent call last):
            ...
        asyncdemo.course.errors.CourseError: new.ipynb: cell brew was never run; ...
    """
    never = [
        cell.get("id")
        for cell in file.code_cells
        if cell.execution_count is None and cell.source.strip() and not _is_left_out(cell)
    ]
    if never:
        others = f" (and {len(never) - 1} more)" if len(never) > 1 else ""
        raise CourseError(
            f"{file.path}: cell {never[0]}{others} was never run; "
            f"this runs the notebook and stores its outputs: {_refresh([file.path])}",
            exit_code=2,
        )


def _is_left_out(cell: Any) -> bool:
    # nbval takes seconds to import, and the process that compares does so too.
    from nbval.plugin import find_comment_markers, find_metadata_tags

    markers = [*find_metadata_tags(cell.metadata), *find_comment_markers(cell.source)]
    return ("skip", True) in markers


def _counted(results: Sequence[CellResult]) -> str:
    verdicts = [result.verdict for result in results]
    parts = []
    if failed := sum(verdict.is_failure for verdict in verdicts):
        parts.append(f"{failed} not as stored")
    if skipped := verdicts.count(Verdict.SKIPPED):
        parts.append(f"{skipped} skipped")
    if not_run := verdicts.count(Verdict.NOT_RUN):
        parts.append(f"{not_run} not run after that")
    cells = "1 cell" if len(results) == 1 else f"{len(results)} cells"
    return f"{cells}, {', '.join(parts) or 'all as stored'}"


def _advice(results: Iterable[CellResult]) -> list[str]:
    """What to do about the cells that are not as stored."""
    failed = [result for result in results if result.verdict.is_failure]
    if not failed:
        return []
    notebooks = list(dict.fromkeys(Path(result.notebook) for result in failed))
    differ_only = all(result.verdict is Verdict.DIFFERS for result in failed)
    first = (
        "If the new outputs are right, this stores them:"
        if differ_only
        else "Mend the cells that did not run to their end; then this stores the new outputs:"
    )
    return [first, f"  {_refresh(notebooks)}"]


def _refresh(notebooks: Iterable[Path]) -> str:
    return shlex.join(["asyncdemo", "refresh", *map(str, notebooks)])
