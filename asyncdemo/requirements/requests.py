"""Requirements about calls that may fail and are made again, such as requests to a server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from asyncdemo import wording
from asyncdemo.requirements.attempt import Requirement, how_often, of_calls
from asyncdemo.timeline import Span

# A timer may be early by as much as the clock's own resolution, 16 ms on some systems.
RESOLUTION = 0.016


def tried_again(name: str) -> Requirement:
    """Every call of that function that raised was made again, with the same arguments.

    Example:
        >>> tried_again("fetch").says
        'each call of fetch that failed was made again'
    """

    def find(spans: tuple[Span, ...]) -> str:
        for tries in _by_label(spans):
            for number, span in enumerate(tries):
                later = any(after.start >= span.end for after in tries[number + 1 :])
                if span.outcome == "raised" and not later:
                    return f"{span.label} raised {span.result}, and was not made again."
        return ""

    return of_calls(name, f"each call of {name} that failed was made again", find)


def backed_off(name: str, first: float) -> Requirement:
    """Calls of that function were made again after pauses that grew.

    Args:
        name: The function. The calls with the same arguments are tries of one another.
        first: How long the first pause was at the least, in seconds.

    Example:
        >>> backed_off("fetch", 0.1).says
        'fetch was made again after pauses that grew, the first of 0.1 s or more'
    """

    def find(spans: tuple[Span, ...]) -> str:
        for tries in _by_label(spans):
            pauses = [later.start - earlier.end for earlier, later in pairwise(tries)]
            if not pauses:
                continue
            # Pauses that are alike differ too, by what a busy machine adds to each.
            grew = len(pauses) < 2 or pauses[-1] >= 1.5 * pauses[0]
            if pauses[0] < first - RESOLUTION or not grew:
                said = [wording.duration(max(pause, 0)) for pause in pauses]
                listed = " and ".join([", ".join(said[:-1]), said[-1]] if said[:-1] else said)
                return f"{tries[0].label} was made again after {listed}."
        return ""

    says = f"{name} was made again after pauses that grew, the first of {first:g} s or more"
    return of_calls(name, says, find)


def answered_once(name: str, times: int) -> Requirement:
    """The function returned for that many different arguments, and once for each of them.

    Example:
        >>> answered_once("fetch", 200).says
        'fetch returned for 200 different arguments, once for each'
    """

    def find(spans: tuple[Span, ...]) -> str:
        answers = Counter(span.label for span in spans if span.outcome == "returned")
        for label, count in answers.items():
            if count > 1:
                return f"{label} returned {how_often(count)}."
        return "" if len(answers) == times else f"It returned for {len(answers)}."

    says = f"{name} returned for {times} different arguments, once for each"
    return of_calls(name, says, find)


def _by_label(spans: tuple[Span, ...]) -> Iterator[list[Span]]:
    """The calls with the same label, which are tries of one another, in the order of starts."""
    tries: dict[str, list[Span]] = {}
    for span in spans:
        tries.setdefault(span.label, []).append(span)
    yield from tries.values()
