"""Runs a notebook from top to bottom in a fresh kernel; the file is not touched."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

from asyncdemo.course.cell_results import error_line
from asyncdemo.course.errors import CourseError
from asyncdemo.course.notebook_files import NotebookFile


def run(
    file: NotebookFile,
    *,
    timeout: int,
    on_start: Callable[[Any], object] = lambda cell: None,
    on_end: Callable[[Any], object] = lambda cell: None,
) -> Any:
    """Runs all cells of a notebook, with the kernel that `asyncdemo check` uses.

    Args:
        file: The notebook.
        timeout: How many seconds one cell may take.
        on_start: Is called with each code cell before it runs.
        on_end: Is called with each code cell when it has run.

    Returns:
        A copy of the notebook with the new outputs.

    Raises:
        CourseError: A cell failed that is not tagged `raises-exception`.

    Example:
        >>> from pathlib import Path
        >>> from asyncdemo.course.notebook_files import read
        >>> lesson = read(Path("notebooks/01_await_a_coroutine.ipynb"))  # doctest: +SKIP
        >>> run(lesson, timeout=60).cells[2].execution_count  # doctest: +SKIP
        1
    """
    notebook = copy.deepcopy(file.notebook)
    place = f"{file.path}"

    def start(cell: Any, cell_index: int) -> None:
        nonlocal place
        place = f"{file.path}, cell {cell.get('id')}"
        on_start(cell)

    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(
            kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager()
        ),
        timeout=timeout,
        record_timing=False,
        shutdown_kernel="immediate",
        # The cells are no part of the history of the user's own IPython.
        extra_arguments=["--HistoryManager.hist_file=:memory:"],
        resources={"metadata": {"path": str(file.path.resolve().parent)}},
        on_cell_execute=start,
        on_cell_executed=lambda cell, **_: on_end(cell),
    )
    try:
        # Step by step, because nbclient's `execute` answers Ctrl-C by waiting until the timeout.
        with client.setup_kernel(cleanup_kc=True, stderr=subprocess.DEVNULL):
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
            client.set_widgets_metadata()
    except CellExecutionError as error:
        reason = f"raised {error_line(error.ename, error.evalue)}"
    except CellTimeoutError:
        reason = f"it did not end within {timeout} s"
    except DeadKernelError:
        reason = "the kernel died"
    except RuntimeError as error:
        reason = f"the kernel did not start: {error}"
    else:
        return notebook
    raise CourseError(f"{place}: {reason}; the file is left as it was")
