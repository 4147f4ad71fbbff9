"""Reads a trace file as its viewers do, and says what is wrong with it.

The fields are those that the Trace Event Format's document asks for. How slices nest, and which
slice an arrow leads to, is read as Perfetto does it (`slice_tracker.cc` and `flow_tracker.cc`
in its trace processor), but where Perfetto only drops or guesses, that is a fault here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

type Fields = dict[str, Any]

COMMON = {"name": str, "pid": int, "ts": (int, float)}
ON_A_TRACK = COMMON | {"tid": int}
# What an event of each phase must have.
PHASES: dict[str, dict[str, Any]] = {
    "X": ON_A_TRACK | {"cat": str, "dur": (int, float), "args": dict},
    "i": ON_A_TRACK | {"cat": str, "s": str, "args": dict},
    "C": COMMON | {"args": dict},
    "s": ON_A_TRACK | {"cat": str, "id": int},
    "f": ON_A_TRACK | {"cat": str, "id": int, "bp": str},
    "M": ON_A_TRACK | {"args": dict},
}
OPTIONAL = {"X": {"cname"}, "i": {"cname"}}
METADATA = {"process_name": "name", "thread_name": "name", "thread_sort_index": "sort_index"}
# Of the names that Chrome's `color_scheme.html` reserves, those that may be of use.
COLOURS = {
    "thread_state_uninterruptible", "thread_state_iowait", "thread_state_running",
    "thread_state_runnable", "thread_state_sleeping", "thread_state_unknown",
    "good", "bad", "terrible", "black", "grey", "white", "yellow", "olive",
}  # fmt: skip
DEEPEST = 512


@dataclass
class Slice:
    """A slice as a viewer places it."""

    name: str
    track: int
    start: float
    end: float
    depth: int
    args: Fields

    def __str__(self) -> str:
        return f"{'  ' * self.depth}{self.name} {self.start:.10g}–{self.end:.10g}"


@dataclass
class Viewer:
    """What a viewer shows of a trace, and the faults it has found."""

    tracks: dict[int, list[Slice]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    order: dict[int, int] = field(default_factory=dict)
    arrows: list[tuple[str, Slice, Slice]] = field(default_factory=list)
    counters: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    process: str = ""
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._open: dict[int, list[Slice]] = {}
        self._begun: dict[tuple[str, str, int], Slice] = {}
        self._ended: set[tuple[str, str, int]] = set()

    @property
    def in_order(self) -> list[str]:
        """The names of the tracks, from top to bottom."""
        return [self.names[track] for track in sorted(self.names, key=self.order.__getitem__)]

    def track(self, name: str) -> list[Slice]:
        """The slices of the only track of that name."""
        (track,) = [track for track, found in self.names.items() if found == name]
        return self.tracks.get(track, [])

    def told(self, name: str) -> list[str]:
        """The slices of a track, a line each, indented by depth."""
        return [str(found) for found in self.track(name)]

    def arrows_told(self) -> list[str]:
        """The arrows, a line each."""
        return [
            f"{why}: {self.names[a.track]}, {a.name} → {self.names[b.track]}, {b.name}"
            for why, a, b in self.arrows
        ]

    def read(self, event: Fields) -> None:
        match event["ph"]:
            case "X":
                self._slice(event, event["dur"])
            case "i":
                self._slice(event, 0)
            case "s" | "f":
                self._arrow(event)
            case "C":
                for series, value in event["args"].items():
                    name = f"{event['name']} {series}"
                    self.counters.setdefault(name, []).append((event["ts"], value))
            case "M":
                self._named(event)

    def _slice(self, event: Fields, duration: float) -> None:
        start, end = event["ts"], event["ts"] + duration
        stack = self._open.setdefault(event["tid"], [])
        while stack and (
            stack[-1].end < start
            # Marks at one time stand on each other; other slices end where the next begins.
            or (stack[-1].end == start and (duration or stack[-1].start < start))
        ):
            stack.pop()
        if stack and end > stack[-1].end:
            self.faults.append(f"{event['name']} ends after {stack[-1].name}, in which it starts")
        if len(stack) >= DEEPEST:
            self.faults.append(f"{event['name']} is too deep")
        found = Slice(event["name"], event["tid"], start, end, len(stack), event.get("args", {}))
        stack.append(found)
        self.tracks.setdefault(event["tid"], []).append(found)

    def _arrow(self, event: Fields) -> None:
        key = (event["cat"], event["name"], event["id"])
        stack = self._open.get(event["tid"], [])
        last = stack[-1] if stack else None
        if last is None or not last.start <= event["ts"] < last.end:
            self.faults.append(f"arrow {key} leads past {last and last.name}")
        elif event["ts"] == last.start and last.end - last.start > 0.125:
            # Chrome takes it for an arrow to the slice that ends there.
            self.faults.append(f"arrow {key} leads to the edge of {last.name}")
        elif event["ph"] == "s":
            if key in self._begun:
                self.faults.append(f"arrow {key} begins twice")
            self._begun[key] = last
        elif key not in self._begun or key in self._ended or event["bp"] != "e":
            self.faults.append(f"arrow {key} ends without a beginning")
        else:
            self._ended.add(key)
            self.arrows.append((event["name"], self._begun[key], last))

    def _named(self, event: Fields) -> None:
        name, value = event["name"], event["args"][METADATA[event["name"]]]
        if name == "process_name":
            self.process = value
        elif name == "thread_name":
            self.names[event["tid"]] = value
        else:
            self.order[event["tid"]] = value


def view(text: str) -> Viewer:
    """What viewers make of a trace file."""
    viewer = Viewer()
    trace = json.loads(text)
    events = trace["traceEvents"]
    viewer.faults += [fault for event in events for fault in format_faults(event)]
    if trace.get("displayTimeUnit") != "ns":
        # With ms, Chrome takes times to the microsecond, and nests what lies beside a slice in it.
        viewer.faults.append("displayTimeUnit is not ns")
    if viewer.faults:
        return viewer
    for before, after in pairwise(event for event in events if event["ph"] != "M"):
        if after["ts"] < before["ts"]:
            viewer.faults.append(f"{after['name']} stands after what comes later")
    for event in events:
        viewer.read(event)
    viewer.faults += [f"arrow {key} has no end" for key in viewer._begun.keys() - viewer._ended]
    viewer.faults += [f"track {t} has no name" for t in viewer.tracks.keys() - viewer.names.keys()]
    viewer.faults += [f"track {t} has no place" for t in viewer.names.keys() ^ viewer.order.keys()]
    processes = {event["pid"] for event in events}
    # Perfetto calls it the main thread; all tasks but those in other threads run there.
    viewer.faults += [
        f"track {t} has its process's number" for t in viewer.names.keys() & processes
    ]
    if len({*viewer.order.values()}) < len(viewer.order):
        viewer.faults.append("two tracks have the same place")
    return viewer


def format_faults(event: Fields) -> list[str]:
    """In what an event is not as the format's document says."""
    phase = event.get("ph", "")
    needed = PHASES.get(phase)
    if needed is None:
        return [f"no such phase: {phase!r}"]
    found = [
        f"{phase} {event.get('name')}: {name} is {event.get(name)!r}"
        for name, kind in needed.items()
        if not isinstance(event.get(name), kind)
    ]
    unknown = event.keys() - needed.keys() - OPTIONAL.get(phase, set()) - {"ph"}
    found += [f"{phase} {event.get('name')}: has {name}" for name in sorted(unknown)]
    if found:
        return found
    found += _time_faults(event)
    if event.get("cname", "good") not in COLOURS:
        found.append(f"no such colour: {event['cname']}")
    if phase == "i" and event["s"] != "t":
        # Perfetto shows what has another scope as an arrow without words on a nameless track.
        found.append(f"{event['name']}: not on its track")
    if phase == "C" and not all(isinstance(v, (int, float)) for v in event["args"].values()):
        found.append(f"{event['name']}: counts what is no number")
    if phase == "M" and list(event["args"]) != [METADATA.get(event["name"])]:
        found.append(f"no such metadata: {event['name']} {event['args']}")
    return found


def _time_faults(event: Fields) -> list[str]:
    times = [event["ts"], event.get("dur", 0)]
    if min(times) < 0:
        return [f"{event['name']}: a negative time"]
    if any(time * 8 != round(time * 8) for time in times):
        # They could not be added without rounding.
        return [f"{event['name']}: a time that is no eighth of a microsecond"]
    return []
