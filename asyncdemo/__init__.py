"""Learn asyncio from pictures of how your code really ran."""

from asyncdemo.recorder import record
from asyncdemo.timeline import Blocked, Span, Stretch, Timeline

__all__ = ["Blocked", "Span", "Stretch", "Timeline", "record"]
