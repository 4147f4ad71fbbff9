"""Shares work out to processes, one for each processor, when there is enough of it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from asyncdemo.course.errors import CourseError

# More would each hold the fonts and the pictures, and gain little.
MOST = 4


class Workers:
    """Calls a function for many arguments: here, or in several processes.

    Args:
        notebooks: How many notebooks there are; for one, a process takes longer to start than
            it could save.

    Example:
        >>> with Workers(1) as workers:
        ...     list(workers.all(abs, [-1, 2]))
        [1, 2]
    """

    def __init__(self, notebooks: int) -> None:
        count = min(os.cpu_count() or 1, notebooks, MOST)
        self._pool = (
            ProcessPoolExecutor(
                count,
                # A fork would copy the thread that moves the progress bar, half-way through.
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_leave_ctrl_c_to_the_parent,
            )
            if count > 1
            else None
        )

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *error: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def all[A, R](self, function: Callable[[A], R], arguments: Iterable[A]) -> Iterator[R]:
        """The results, in the order of the arguments.

        Raises:
            CourseError: A process was ended from outside.
        """
        try:
            yield from (self._pool.map if self._pool else map)(function, arguments)
        except BrokenProcessPool:
            raise CourseError("a process at work on the handouts was ended from outside") from None


def _leave_ctrl_c_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
