"""Runs nbval in a process of its own and writes one line for each cell; `validation` reads them.

Started as `python -m asyncdemo.course.nbval_process ARGUMENTS`, with the arguments of pytest.
It ends when its standard input does: so no kernel outlives an `asyncdemo check` that was killed.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from queue import Empty
from typing import Any

import nbval.plugin
import pytest
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, NbCellError, coalesce_streams, transform_streams_for_comparison

from asyncdemo.course.cell_results import CellResult, Difference, Verdict, error_line

# How long a dead kernel, or the end of the command, may go unnoticed.
HEARTBEAT = 0.5
# How long the kernels may take to end once the command has.
PATIENCE = 10


class KernelDiedError(Exception):
    """The kernel is gone, and no message will come from it any more."""


class WatchedKernel(RunningKernel):  # type: ignore[misc]
    """A kernel whose death is noticed at once; nbval itself waits for the cell's timeout."""

    def get_message(self, stream: str, timeout: float | None = None) -> Any:
        """The next message from the kernel."""
        end = float("inf") if timeout is None else time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            # Asked before waiting, so that what the kernel said last is still read.
            alive = self.is_alive()
            try:
                return super().get_message(stream, timeout=max(0.0, min(left, HEARTBEAT)))
            except Empty:
                if not alive:
                    raise KernelDiedError from None
                if left <= HEARTBEAT:
                    raise


class Reporter:
    """A pytest plug-in that reports each cell, and leaves out those after a lost kernel."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self.write = write
        self.lost: set[object] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Leaves a cell out if its kernel is dead, or busy with a cell that timed out."""
        if item.parent in self.lost:
            pytest.skip()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Writes what came of the cell."""
        report = yield
        if isinstance(item, IPyNbCell) and (
            report.when == "call" or (report.when == "setup" and not report.passed)
        ):
            result = self._result(item, report, call.excinfo)
            if result.verdict in (Verdict.TIMED_OUT, Verdict.DIED):
                self.lost.add(item.parent)
            self.write(result.to_json() + "\n")
        return report

    def _result(
        self, item: Any, report: pytest.TestReport, excinfo: pytest.ExceptionInfo[Any] | None
    ) -> CellResult:
        def result(verdict: Verdict, message: str = "", *differences: Difference) -> CellResult:
            cell = item.cell.get("id", "")
            return CellResult(
                str(item.path), item.cell_num + 1, cell, verdict, message, differences
            )

        error = excinfo.value if excinfo else None
        timeout = item.config.option.nbval_cell_timeout
        if item.parent in self.lost:
            return result(Verdict.NOT_RUN)
        if report.when == "setup":
            return result(Verdict.DIED, f"the kernel did not start: {error}")
        if isinstance(error, KernelDiedError):
            return result(Verdict.DIED, "the kernel died")
        if item.parent.timed_out:
            waiting = isinstance(error, NbCellError) and "waiting for output" in str(error)
            late = "its outputs did not end" if waiting else "it did not end"
            return result(Verdict.TIMED_OUT, f"{late} within {timeout:g} s")
        if report.passed:
            return result(Verdict.SAME)
        if report.skipped:
            return result(Verdict.SKIPPED)
        if not isinstance(error, NbCellError):
            return result(Verdict.BROKEN, f"{type(error).__name__}: {error}")
        if error.inner_traceback is None:
            return result(Verdict.BROKEN, str(error))
        if "exception" in str(error):
            output = item.test_outputs[-1]
            return result(Verdict.RAISED, error_line(output["ename"], output["evalue"]))
        return result(Verdict.DIFFERS, "", *_differences(item))


def _differences(cell: Any) -> list[Difference]:
    expected, got = (_by_kind(cell, o) for o in (cell.cell.outputs, cell.test_outputs))
    return [
        Difference(kind, expected.get(kind, ()), got.get(kind, ()))
        for kind in {**expected, **got}
        if expected.get(kind) != got.get(kind)
    ]


def _by_kind(cell: Any, outputs: list[Any]) -> dict[str, tuple[str, ...]]:
    """What nbval compares, in its own words: `IPyNbCell.compare_outputs`."""
    values: dict[str, tuple[str, ...]] = {}
    for output in transform_streams_for_comparison(coalesce_streams(outputs)):
        if output["output_type"] == "error":
            found = {"error": f"{output['ename']}: {output['evalue']}"}
        else:
            found = {**output, **output.get("data", {})}
            found.pop("data", None)
        for kind, value in found.items():
            if kind not in cell.parent.skip_compare:
                text = value if isinstance(value, str) else json.dumps(value, indent=1)
                values[kind] = (*values.get(kind, ()), cell.sanitize(text))
    return values


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    _thread.interrupt_main()
    time.sleep(PATIENCE)
    os._exit(1)


def main() -> None:
    """Runs pytest with the process's arguments; its standard output is for results alone."""
    results = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(2, 1)
    # A shell that starts a command in the background has it ignore Ctrl-C, and thereby this too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A copy, because pytest puts the null device in the place of the standard input.
    threading.Thread(target=_end_with, args=(os.dup(0),), daemon=True).start()
    nbval.plugin.RunningKernel = WatchedKernel
    code = pytest.main(sys.argv[1:], plugins=[Reporter(results.write)])
    sys.stderr.flush()
    # Python's own end can wait for ever for a message to a kernel that is gone; a kernel that
    # is not, because it had not started when it should have ended, ends with this process.
    os._exit(code)


if __name__ == "__main__":
    main()
