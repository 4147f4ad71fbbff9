"""A pytest plug-in: the fixture `timeline` records a test and shows how it ran if it fails.

It works for tests that call `asyncio.run()`, and for `async def` tests under pytest-asyncio or
anyio. pytest loads it wherever asyncdemo is installed; `-p no:asyncdemo` leaves it out.

The recorder is imported when a test is recorded, so that other tests do not wait for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from asyncdemo.timeline import Span, Timeline

MARKER = (
    "timeline(include=(), limit=..., clock=...): record the test, with these arguments of "
    "asyncdemo.record(), and show its timeline if it fails."
)
NOT_BEGUN = "the test has not begun, so there is no timeline of it: use it in the test"


class RecordedTest(Timeline):
    """The timeline of a test, which is recorded until its timeline is first looked at.

    It is a `Timeline` in all respects. Reading any of it, or printing it, ends the recording
    of the test, so read it when all that it is to show has run. What runs later is not on it.

    Example:
        >>> def test_fetches_eight_at_a_time(timeline):
        ...     asyncio.run(fetch_all(pages))
        ...     assert timeline.max_in_flight <= 8
        ...     assert not timeline.blocked
        ...     assert len(timeline.named("fetch")) == len(pages)
    """

    def __getattr__(self, name: str) -> Any:
        recording = vars(self).get("_recording")
        if recording is not None and name in self.__dataclass_fields__:
            recording.end()
            return vars(self)[name]
        return super().__getattr__(name)

    def __repr__(self) -> str:
        # One line, because pytest writes it between the parts of a failed assertion. It must
        # not end the recording: debuggers show it while the test runs.
        recording = vars(self).get("_recording")
        of = f" of {recording.item.name}" if recording is not None else ""
        if "spans" not in vars(self):
            return f"<timeline{of}, still being recorded>"
        from asyncdemo import wording

        return f"<timeline{of}: {wording.headline(self)}>"

    def __str__(self) -> str:
        from asyncdemo import text

        return text.to_text(self, width=text.terminal_width())


class _Recording:
    """The recording of one test, and the timeline that it fills.

    Args:
        item: The test.
    """

    def __init__(self, item: pytest.Item) -> None:
        self.item = item
        self.timeline = object.__new__(RecordedTest)
        vars(self.timeline)["_recording"] = self
        self._seen: Timeline | None = None

    def begin(self, seen: Timeline, leave: Callable[[BaseException | None], object]) -> None:
        """The test is recorded from now on; `leave` ends that, and fills what is `seen`."""
        self._seen, self._leave = seen, leave

    @property
    def ended(self) -> bool:
        """Whether the timeline can be read."""
        return "spans" in vars(self.timeline)

    def end(self, error: BaseException | None = None) -> None:
        """The test is over, with that exception or without one, or its timeline is looked at.

        Raises:
            RuntimeError: The test has not begun.
        """
        seen = self._seen
        if self.ended:
            return
        if seen is None:
            raise RuntimeError(NOT_BEGUN)
        try:
            self._leave(error)
        finally:
            # What is left with a warning, which may be an error in tests, is filled too.
            spans = _with_the_test_as_caller(seen.spans, self.item)
            Timeline.__init__(self.timeline, spans, seen.blocked, seen.duration, seen.cut)


RECORDING = pytest.StashKey[_Recording]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for `--strict-markers`."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def timeline(request: pytest.FixtureRequest) -> Timeline:
    """Records the test; the first look at it ends the recording.

    Then it is the test's `asyncdemo.Timeline`. If the test fails, the report shows it.
    """
    recording = request.node.stash[RECORDING] = _Recording(request.node)
    return recording.timeline


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Record the test itself, without the fixtures that it needs."""
    marker = item.get_closest_marker("timeline")
    if marker is None and RECORDING not in item.stash:
        return (yield)
    from asyncdemo.recorder import record

    recording = item.stash.setdefault(RECORDING, _Recording(item))
    recorder = record(**marker.kwargs) if marker else record()
    # Entered here, and not in a method: this frame lives as long as the test does.
    seen = recorder.__enter__()

    def leave(error: BaseException | None) -> None:
        recorder.__exit__(None if error is None else type(error), error, None)

    recording.begin(seen, leave)
    try:
        result = yield
    except BaseException as error:
        recording.end(error)
        raise
    recording.end()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the timeline of a test that has failed; forget it when all is done."""
    report = yield
    recording = item.stash.get(RECORDING, None)
    if recording is not None and recording.ended and report.when == "call" and report.failed:
        from asyncdemo.text import to_text

        width = min(item.config.get_terminal_writer().fullwidth, 140)
        report.sections.append(("timeline", to_text(recording.timeline, width=width)))
    if recording is not None and report.when == "teardown":
        del item.stash[RECORDING]
    return report


def _with_the_test_as_caller(spans: Sequence[Span], item: pytest.Item) -> tuple[Span, ...]:
    """The spans, with the test in the place of this plug-in, which is the caller and first.

    An `async def` test has a span already: that becomes the caller, as the cell of a notebook
    is when it records its own awaits.
    """
    plugin, *others = spans
    function: Any = getattr(item, "obj", None)
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return replace(plugin, label=item.name, name=item.name), *others
    from asyncdemo.recording.labels import plain_name

    told = {"label": item.name, "name": plain_name(code), "file": code.co_filename}
    tests = [s for s in others if s.name == told["name"] and s.file == told["file"]]
    if len(tests) != 1:
        return replace(plugin, **told, line=code.co_firstlineno), *others
    (test,) = tests
    left = test.outcome in {"unfinished", "returned"}
    caller = replace(
        test,
        label=item.name,
        kind="caller",
        parent=None,
        is_task=False,
        task_name="",
        outcome="returned" if left else test.outcome,
        result="" if left else test.result,
        parent_line=0,
    )
    freed = [s if s.parent != plugin.id else replace(s, parent=None) for s in others]
    return tuple(caller if s.id == test.id else s for s in freed)
