"""The pytest plug-in, in sessions of pytest of their own, which find it where it is installed."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest

pytest_plugins = ["pytester"]

CAFE = """
    import asyncio
    import time

    import pytest

    from asyncdemo import Timeline, record

    async def brew(drink):
        await asyncio.sleep(0.01)
        return drink

    async def serve(*drinks):
        return await asyncio.gather(*map(brew, drinks))
"""
# Plug-ins that are installed beside this one, and cost time at each start.
OTHERS = ("nbval", "looptime_plugin", "hypothesispytest", "asyncio", "anyio", "cacheprovider")


def run(pytester: pytest.Pytester, tests: str, *, plugins: str = "") -> pytest.RunResult:
    """What pytest says of these tests of a café, without other plug-ins than those."""
    pytester.makepyfile(test_cafe=textwrap.dedent(CAFE) + textwrap.dedent(tests))
    without = [option for name in OTHERS if name != plugins for option in ("-p", f"no:{name}")]
    return pytester.runpytest_subprocess("--strict-markers", *without)


def section(result: pytest.RunResult) -> list[str]:
    """The lines of the only section with a timeline."""
    lines = iter(result.outlines)
    for line in lines:
        if line.strip("-") == " timeline ":
            return [*_until_a_heading(lines)]
    return []


def _until_a_heading(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.startswith(("---", "===", "___")):
            return
        yield line


def test_assertions_read_like_sentences(pytester: pytest.Pytester) -> None:
    tests = """
        def test_timeline(timeline):
            assert asyncio.run(serve("tea", "cocoa")) == ["tea", "cocoa"]
            assert timeline.max_in_flight == 2
            assert all("sleep" not in blocked.source for blocked in timeline.blocked)
            assert [call.result for call in timeline.named("brew")] == ["'tea'", "'cocoa'"]
            assert timeline.only("brew").max_in_flight == 2
            assert timeline.only("serve").spans[0].outcome == "returned"

        def test_it_is_a_timeline(timeline):
            asyncio.run(brew("tea"))
            assert isinstance(timeline, Timeline)
            assert Timeline.from_json(timeline.to_json()).spans == timeline.spans

        def test_the_test_is_the_caller(timeline):
            asyncio.run(brew("tea"))
            caller, tea = timeline.spans
            assert (caller.kind, caller.label) == ("caller", "test_the_test_is_the_caller")
            assert caller.file == __file__ and caller.name == "test_the_test_is_the_caller"
            assert timeline.parent(tea) == caller

        def test_looking_ends_the_recording(timeline):
            asyncio.run(brew("tea"))
            assert "still being recorded" in repr(timeline)
            assert len(timeline.named("brew")) == 1
            asyncio.run(brew("cocoa"))
            assert len(timeline.named("brew")) == 1

        def test_printing_shows_it_as_text(timeline, capsys):
            asyncio.run(brew("tea"))
            print(timeline)
            assert "brew('tea')" in capsys.readouterr().out
            assert "\\n" not in repr(timeline)

        def test_another_recording_within(timeline):
            with record() as within:
                asyncio.run(brew("tea"))
            assert len(within.named("brew")) == len(timeline.named("brew")) == 1

        @pytest.fixture
        def looked_at_later(timeline):
            yield
            assert len(timeline.named("brew")) == 1

        def test_the_fixtures_that_use_it_see_the_test(looked_at_later):
            asyncio.run(brew("tea"))

        class TestInAClass:
            @pytest.mark.parametrize("drink", ["tea"])
            def test_label(self, timeline, drink):
                assert timeline.spans[0].label == "test_label[tea]"
                assert timeline.spans[0].name == "TestInAClass.test_label"

        def test_skipped(timeline):
            pytest.skip("later")

        @pytest.mark.xfail(reason="not yet", strict=True)
        def test_expected_to_fail(timeline):
            assert timeline.named("brew")
    """
    run(pytester, tests).assert_outcomes(passed=8, skipped=1, xfailed=1)


def test_a_failure_shows_the_timeline_and_names_it_on_one_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    # Sections of tests that pass are asked for, too.
    pytester.makeini("[pytest]\naddopts = -rP")
    result = run(
        pytester,
        """
        def test_one_at_a_time(timeline):
            asyncio.run(serve("tea", "cocoa"))
            assert timeline.max_in_flight == 1

        def test_that_passes(timeline):
            asyncio.run(serve("tea", "coffee"))
        """,
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.re_match_lines(
        [r"E +\+ +where 2 = <timeline of test_one_at_a_time: .* · up to 2 in flight>.max_in_flight"]
    )
    shown = section(result)
    assert "up to 2 in flight" in shown[0]
    rows = ["test_one_at_a_time ", "└─ serve('tea', 'cocoa') ", "   ├─ brew('tea') "]
    assert [line[: len(row)] for line, row in zip(shown[1:], rows, strict=False)] == rows
    assert max(map(len, shown)) <= 80
    assert "coffee" not in result.stdout.str()


def test_an_exception_shows_what_ran_until_then(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_burnt(timeline):
            asyncio.run(brew("toast"))
            raise ValueError("burnt")
        """,
    )

    result.assert_outcomes(failed=1)
    assert "raised ValueError" in section(result)[1]
    assert "brew('toast')" in section(result)[2]


ASYNC_TESTS = """
    async def test_the_test_is_the_caller(timeline):
        await serve("tea", "cocoa")
        caller = timeline.named("test_the_test_is_the_caller")[0]
        assert [s.label for s in timeline.spans if s.kind == "caller"] == [caller.label]
        assert [call.label for call in timeline.children(caller)] == ["serve('tea', 'cocoa')"]
        assert (caller.outcome, caller.parent) == ("returned", None)
        assert timeline.max_in_flight == 2

    async def test_looking_ends_the_recording(timeline):
        await brew("tea")
        assert len(timeline.named("brew")) == 1
        await brew("cocoa")
        assert len(timeline.named("brew")) == 1

    async def test_blocked(timeline):
        time.sleep(0.11)
        assert max(blocked.duration for blocked in timeline.blocked) >= 0.11

    async def test_that_fails(timeline):
        await brew("toast")
        raise ValueError("burnt")
"""


ANYIO = """
    @pytest.fixture
    def anyio_backend():
        return "asyncio"
"""


@pytest.mark.parametrize(
    ("plugin", "needed"), [("asyncio", ""), ("anyio", ANYIO)], ids=["asyncio", "anyio"]
)
def test_async_tests(plugin: str, needed: str, pytester: pytest.Pytester) -> None:
    pytest.importorskip({"asyncio": "pytest_asyncio"}.get(plugin, plugin))
    marked = f"pytestmark = pytest.mark.{plugin}\n"
    tests = textwrap.dedent(needed) + textwrap.dedent(ASYNC_TESTS)
    result = run(pytester, marked + tests, plugins=plugin)

    result.assert_outcomes(passed=3, failed=1)
    shown = section(result)
    assert shown[1].startswith("test_that_fails") and "raised ValueError" in shown[1]
    assert shown[2].startswith("└─ brew('toast')")


def test_it_needs_no_other_plugin(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import sys\nsys.modules['pytest_asyncio'] = sys.modules['anyio'] = None")
    tests = """
        def test_timeline(timeline):
            asyncio.run(brew("tea"))
            assert len(timeline.named("brew")) == 1
    """

    run(pytester, tests).assert_outcomes(passed=1)


def test_a_marker_records_without_the_fixture_and_takes_arguments(
    pytester: pytest.Pytester,
) -> None:
    result = run(
        pytester,
        """
        import unittest

        @pytest.mark.timeline(include=("asyncio",))
        def test_with_a_library():
            asyncio.run(brew("tea"))
            assert 0

        @pytest.mark.timeline
        class TestInAClass(unittest.IsolatedAsyncioTestCase):
            async def test_that_passes(self):
                await brew("tea")
        """,
    )

    result.assert_outcomes(passed=1, failed=1)
    assert section(result)[3].startswith("│  └─ sleep(0.01, None) ")


def test_only_the_test_is_recorded(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.fixture
        def kettle(timeline):
            asyncio.run(brew("water"))
            yield
            asyncio.run(brew("tablets"))

        def test_timeline(kettle, timeline):
            asyncio.run(brew("tea"))
            assert [call.label for call in timeline.named("brew")] == ["brew('tea')"]

        @pytest.fixture
        def too_early(timeline):
            return timeline.spans

        def test_too_early(too_early):
            pass
        """,
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *RuntimeError: the test has not begun,*"])


def test_what_keeps_it_from_recording_fails_the_test(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import sys

        @pytest.fixture
        def no_slot():
            for slot in (3, 4):
                sys.monitoring.use_tool_id(slot, "another tool")
            yield
            for slot in (3, 4):
                sys.monitoring.free_tool_id(slot)

        def test_no_slot(no_slot, timeline):
            pass

        @pytest.mark.filterwarnings("error")
        @pytest.mark.timeline(limit=5)
        def test_limit():
            asyncio.run(serve("tea", "cocoa"))
        """,
    )

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E *RuntimeError: record() cannot watch: *another tool*",
            "E *RuntimeWarning: recording stopped at its limit of 5 events*",
        ]
    )
    assert "recording cut" in section(result)[0]


def test_other_tests_neither_wait_for_the_recorder_nor_are_watched(
    pytester: pytest.Pytester,
) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_plain():
            recorder = ("asyncdemo.recording", "asyncdemo.assembly", "asyncdemo.text", "matplotlib")
            assert not [name for name in sys.modules if name.startswith(recorder)]
            assert not any(map(sys.monitoring.get_tool, (3, 4)))
        """
    )

    pytester.runpytest_subprocess("-p", "no:nbval").assert_outcomes(passed=1)


def test_it_can_be_left_out(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\naddopts = -p no:asyncdemo")
    result = run(pytester, "def test_timeline(timeline):\n    pass\n")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *fixture 'timeline' not found"])
