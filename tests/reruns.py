"""The same run once more with other timings, and what nbval makes of two runs."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

from asyncdemo.timeline import Blocked, Span, Stretch, Timeline

RULES = Path(__file__).parent.parent / "notebooks" / "nbval_sanitize.cfg"


def sanitized(text: str) -> str:
    """The text as nbval compares it: `get_sanitize_patterns()` and `sanitize()` of nbval 0.11."""
    rules = re.findall(
        "^regex: (.*)$\n^replace: (.*)$", RULES.read_text("ascii"), flags=re.MULTILINE
    )
    for regex, replacement in dict(rules).items():
        text = re.sub(regex, replacement, text)
    return text


def slower(timeline: Timeline, factor: float) -> Timeline:
    """The same run with every time multiplied."""
    return warped(timeline, lambda time: time * factor)


def jittered(timeline: Timeline, seed: int) -> Timeline:
    """The same run, each part of it up to 30 % faster or slower. The order of events stays."""
    chance = random.Random(seed)
    spans = timeline.spans
    edges = sorted({0.0, timeline.duration} | {s.start for x in spans for s in x.stretches})
    lengths = [(b - a) * chance.uniform(0.7, 1.3) for a, b in pairwise(edges)]
    moved = list(accumulate(lengths, initial=0.0))

    def warp(time: float) -> float:
        n = min(max(bisect_right(edges, time) - 1, 0), len(lengths) - 1)
        return moved[n] + (time - edges[n]) / (edges[n + 1] - edges[n]) * lengths[n]

    return warped(timeline, warp)


def warped(timeline: Timeline, warp: Callable[[float], float]) -> Timeline:
    """The same run with another time for every time."""

    def stretch(old: Stretch) -> Stretch:
        return replace(old, start=warp(old.start), end=warp(old.end))

    def span(old: Span) -> Span:
        return replace(
            old,
            created=warp(old.created),
            start=warp(old.start),
            end=warp(old.end),
            stretches=tuple(map(stretch, old.stretches)),
        )

    def blocked(old: Blocked) -> Blocked:
        return replace(old, start=warp(old.start), end=warp(old.end))

    return Timeline(
        spans=tuple(map(span, timeline.spans)),
        blocked=tuple(map(blocked, timeline.blocked)),
        duration=warp(timeline.duration),
        cut=None if timeline.cut is None else warp(timeline.cut),
    )
