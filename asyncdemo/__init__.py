"""Learn asyncio from pictures of how your code really ran."""

from asyncdemo.checks import check
from asyncdemo.comparison import Comparison, compare
from asyncdemo.feedback import Feedback
from asyncdemo.plot import plot
from asyncdemo.recorder import record
from asyncdemo.requirements import (
    Requirement,
    at_most_in_flight,
    awaited,
    failed,
    finished_in_order,
    never_blocked,
    one_after_another,
    overlapped,
    raised,
    ran,
    returned,
    was_cancelled,
)
from asyncdemo.timeline import Blocked, Span, Stretch, Timeline, Wake

__all__ = [
    "Blocked",
    "Comparison",
    "Feedback",
    "Requirement",
    "Span",
    "Stretch",
    "Timeline",
    "Wake",
    "at_most_in_flight",
    "awaited",
    "check",
    "compare",
    "failed",
    "finished_in_order",
    "never_blocked",
    "one_after_another",
    "overlapped",
    "plot",
    "raised",
    "ran",
    "record",
    "returned",
    "was_cancelled",
]
