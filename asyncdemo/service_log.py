"""What the lessons' HTTP service has seen: the requests that came, and how they were answered.

A check tells from it how polite a client was. Nothing here needs aiohttp.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Seen:
    """One request, as the service saw it.

    Attributes:
        path: What was asked for, without the query: `/page/tea`.
        status: The HTTP status of the answer; None while it is in flight, and for a client
            that went away before it was answered.
        started: When the request came, in seconds since the service began.
        ended: When its answer was ready, or its client was gone; None while it is in flight.

    Example:
        >>> Seen("/page/tea", 200, started=0.5, ended=0.75).answered
        True
    """

    path: str
    status: int | None
    started: float
    ended: float | None

    @property
    def answered(self) -> bool:
        """Whether the client got what it asked for: a status of 200."""
        return self.status == 200


class Log:
    """The requests seen so far. One thread writes it, and others read it.

    Example:
        >>> log = Log()
        >>> number = log.came("/page/tea")
        >>> log.went(number, 200)
        >>> [(seen.path, seen.status) for seen in log.seen]
        [('/page/tea', 200)]
    """

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._seen: list[Seen] = []

    @property
    def seen(self) -> list[Seen]:
        """All requests so far, in the order they came in."""
        return self._seen.copy()

    def came(self, path: str) -> int:
        """A request has come; returns its number."""
        self._seen.append(Seen(path, None, time.perf_counter() - self._began, None))
        return len(self._seen) - 1

    def went(self, number: int, status: int | None) -> None:
        """That request is over."""
        ended = time.perf_counter() - self._began
        self._seen[number] = replace(self._seen[number], status=status, ended=ended)


def most_at_a_time(seen: Iterable[Seen]) -> int:
    """The most of these requests that were in flight at any one time.

    Example:
        >>> one, two = Seen("/", 200, started=0, ended=1), Seen("/", 200, started=1, ended=2)
        >>> most_at_a_time([one, two]), most_at_a_time([one, one])
        (1, 2)
    """
    changes: list[tuple[float, int]] = []
    for request in seen:
        ended = math.inf if request.ended is None else request.ended
        changes += [(request.started, 1), (ended, -1)]
    most = now = 0
    # At equal times an end, -1, sorts before a start: the two do not overlap.
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def all_once(paths: Iterable[str], seen: Iterable[Seen]) -> bool:
    """Whether each of these paths, and there are some, was answered with 200 exactly once.

    Example:
        >>> tea = Seen("/page/tea", 200, started=0, ended=1)
        >>> all_once(["/page/tea"], [tea]), all_once(["/page/tea"], [tea, tea])
        (True, False)
    """
    times = Counter(request.path for request in seen if request.answered)
    counts = {times[path] for path in paths}
    return counts == {1}
