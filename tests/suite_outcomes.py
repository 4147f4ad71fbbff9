"""A pytest plug-in for others' suites: keeps every test's outcome, and records it if asked to.

Load it with `-p suite_outcomes`. It stands alone with `laws.py`, so that both can be put on the
path of a suite whose modules have names of their own.
"""

from __future__ import annotations

import gc
import json
import warnings
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

from asyncdemo import record
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline

# Of the three phases of a test, the one that went worst says how it ended.
WORST_FIRST = ("error", "failed", "xpassed", "xfailed", "skipped", "passed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--outcomes", type=Path, help="the JSON file to write the outcomes to")
    parser.addoption("--record", metavar="LIBRARY", help="record each test and that library")
    parser.addoption(
        "--leave-out",
        action="append",
        default=[],
        metavar="NAMES",
        help="do not run tests whose names begin so",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Outcomes(config.getoption("--outcomes")), "outcomes of a suite")
    if library := config.getoption("--record"):
        config.pluginmanager.register(Recordings(library), "recordings of a suite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    names = tuple(config.getoption("--leave-out"))
    out = [item for item in items if names and item.nodeid.startswith(names)]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def pytest_collection_finish() -> None:
    # aiohttp's fixtures collect garbage after each test: all that is imported, without this.
    gc.collect()
    gc.freeze()


class Outcomes:
    """Keeps one word for each test, and writes them when all have run.

    Args:
        file: Where to write them.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._phases: dict[str, list[str]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._phases[report.nodeid].append(_word(report))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        recordings = session.config.pluginmanager.get_plugin("recordings of a suite")
        written = {
            "results": {
                test: min(words, key=WORST_FIRST.index) for test, words in self._phases.items()
            },
            "faults": recordings.faults if recordings else {},
            "spans": recordings.spans if recordings else 0,
        }
        self._file.write_text(json.dumps(written), "utf-8")


def _word(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return "error" if report.failed and report.when != "call" else report.outcome


class Recordings:
    """Records each test, once with its fixtures and once without them, and judges what it saw.

    Args:
        library: The library whose coroutines are recorded besides the tests'.

    Attributes:
        faults: What was wrong with the recordings of a test, by its name.
        spans: How many spans all recordings have.
    """

    def __init__(self, library: str) -> None:
        self._library = library
        self.faults: dict[str, list[str]] = {}
        self.spans = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._recorded(item))

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._recorded(item))

    def _recorded(self, item: pytest.Item) -> Generator[None, object, object]:
        recording = record(include=(self._library,))
        timeline = recording.__enter__()
        error: BaseException | None = None
        try:
            return (yield)
        except BaseException as raised:
            error = raised
            raise
        finally:
            self._leave(item, recording, timeline, error)
            # A frame that holds an exception that holds the frame is garbage for the collector,
            # and a suite may count what it has left.
            del error

    def _leave(
        self,
        item: pytest.Item,
        recording: record,
        timeline: Timeline,
        error: BaseException | None,
    ) -> None:
        found = self.faults.setdefault(item.nodeid, [])
        try:
            # Only ours: the suite is to meet its own warnings as it would without us.
            with warnings.catch_warnings():
                warnings.filterwarnings("error", "recording stopped", RuntimeWarning)
                recording.__exit__(type(error) if error else None, error, None)
            found += _judged(timeline)
            self.spans += len(timeline.spans)
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is what we look for
            found.append(repr(fault))
        if not found:
            del self.faults[item.nodeid]


def _judged(timeline: Timeline) -> list[str]:
    import laws

    found = laws.broken(timeline, runs_any_loop=True)
    if Timeline.from_json(timeline.to_json()) != timeline:
        found.append("another timeline is read than was saved")
    if not to_text(timeline, width=100):
        found.append("it is shown as nothing")
    return found
