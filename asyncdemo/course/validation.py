"""Runs notebooks again and compares each cell with its stored outputs; nbval does the comparing.

The one definition of how: `asyncdemo check` and the course's own test both come here.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from asyncdemo.course.cell_results import CellResult
from asyncdemo.course.errors import CourseError
from asyncdemo.course.notebook_files import NotebookFile
from asyncdemo.course.sanitizing import rules_for

CELL_TIMEOUT = 60
SETTINGS = Path(__file__).parent / "nbval.ini"
# All cells as stored, some not, or no cells at all; other exit codes say that it could not run.
PYTEST_RAN = (0, 1, 5)
# How long the kernels have to end.
PATIENCE = 20


def arguments(names: Sequence[str], folder: Path, timeout: float) -> list[str]:
    """What pytest is called with, in the notebooks' folder."""
    return [
        # Neither the settings nor the plug-ins of a project that the notebooks are part of.
        *("-c", str(SETTINGS), "--rootdir", str(folder), "--noconftest"),
        *("--disable-plugin-autoload", "-p", "nbval.plugin", "-p", "no:cacheprovider"),
        # The kernel is this very Python, whatever others are installed under the same name.
        *("--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(rules_for(folder))),
        *("--nbval-cell-timeout", str(timeout)),
        # Not as whole paths: pytest takes a bracket in a folder's name for a parameter.
        *(f"./{name}" for name in names),
    ]


def validate(
    notebooks: Sequence[NotebookFile], *, timeout: float = CELL_TIMEOUT
) -> Generator[CellResult]:
    """Runs every code cell in a fresh kernel for each notebook.

    Args:
        notebooks: The notebooks to run; their files are not changed.
        timeout: How many seconds one cell may take.

    Yields:
        What came of each code cell, as soon as it is known.

    Raises:
        CourseError: nbval ended before all cells were run.

    Example:
        >>> from asyncdemo.course.notebook_files import read
        >>> notebook = read(Path("notebooks/01_await_a_coroutine.ipynb"))  # doctest: +SKIP
        >>> {result.verdict.value for result in validate([notebook])}  # doctest: +SKIP
        {'same'}
    """
    for folder, group in itertools.groupby(notebooks, lambda file: file.path.resolve().parent):
        files = [*group]
        names = [file.path.resolve().name for file in files]
        lines = _run(arguments(names, folder, timeout), folder)
        for file in files:
            for cell in file.code_cells:
                line = next(lines, None)
                if line is None:
                    raise CourseError(f"nbval ended before cell {cell.get('id')} of {file.path}")
                yield replace(CellResult.from_json(line), notebook=str(file.path))
        for line in lines:
            raise CourseError(f"nbval ran more cells than there are: {line}")


def _run(pytest_arguments: Sequence[str], folder: Path) -> Iterator[str]:
    """The lines that `nbval_process` writes."""
    kept = {n: v for n, v in os.environ.items() if n not in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            # -P: nothing in the current folder is taken for a module.
            [sys.executable, "-P", "-m", "asyncdemo.course.nbval_process", *pytest_arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env=kept,
            # Ctrl-C reaches this process alone, which then ends the other in good order.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        assert process.stdin and process.stdout
        try:
            for line in process.stdout:
                yield line.decode("ascii")
        finally:
            process.stdin.close()
            try:
                code = process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            process.stdout.close()
        if code not in PYTEST_RAN:
            log.seek(0)
            said = log.read().decode(errors="replace").split("\n")
            reason = next((line for line in reversed(said) if line.strip()), f"exit code {code}")
            raise CourseError(f"nbval did not end as it should: {reason.strip()}")
