"""Learn asyncio from pictures of how your code really ran."""

from asyncdemo.comparison import Comparison, compare
from asyncdemo.plot import plot
from asyncdemo.recorder import record
from asyncdemo.timeline import Blocked, Row, Span, Stretch, Timeline, Wake

__all__ = [
    "Blocked",
    "Comparison",
    "Row",
    "Span",
    "Stretch",
    "Timeline",
    "Wake",
    "compare",
    "plot",
    "record",
]
