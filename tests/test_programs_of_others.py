"""Programs that nobody here wrote do with a recording what they do without one.

The test suites of aiohttp and anyio, and the programs of CPython's documentation. All are
fetched when they are asked for, and nothing of them is kept.
"""

from __future__ import annotations

from pathlib import Path

import documentation
import laws
import pytest
from documentation import Example
from environments import uv_command
from example_runs import Ran, run, server_of
from outcomes import Changed, changed
from suites import AIOHTTP, ANYIO, Fetched, Suite, fetch

from asyncdemo.timeline import Timeline


@pytest.fixture(autouse=True)
def asked_for(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--others"):
        pytest.skip("takes many minutes and fetches what it runs; run with --others")


@pytest.mark.parametrize("suite", [AIOHTTP, ANYIO], ids=lambda suite: suite.name)
def test_recording_changes_no_result_of_a_suite(suite: Suite, tmp_path: Path) -> None:
    uv = uv_command()
    if uv is None:
        pytest.skip("uv is not installed: it makes the environment of the suite")
    fetched = fetch(suite, uv, tmp_path)
    # Two at a time: a test that looks at a clock is to find the machine as busy with a
    # recording as without one.
    plain, recorded = fetched.start("plain"), fetched.start("recorded", "--record", suite.name)
    expected, found = plain.outcomes(), recorded.outcomes()
    flaky = changed(expected["results"], fetched.start("again").outcomes()["results"])
    differing = changed(expected["results"], found["results"])
    repeated = repeating({t: ends for t, ends in differing.items() if t not in flaky}, fetched)
    # For `pytest -rP`, which shows what a test that passes has printed.
    print(len(expected["results"]), "tests,", found["spans"], "spans")
    print("not the same twice without a recording:", *flaky, sep="\n  ")
    print("not the same once with one:", *differing, sep="\n  ")
    assert len(expected["results"]) > 1000
    assert repeated == {}
    assert found["faults"] == {}


def repeating(differing: Changed, fetched: Fetched) -> Changed:
    """The tests that end otherwise with a recording a second time, with fewer beside them.

    One that looks at a clock may do so once on a busy machine. What recording changes, it
    changes again.
    """
    if not differing:
        return {}
    again = fetched.start("differing", "--record", fetched.suite.name, *differing).outcomes()
    return changed({test: expected for test, (expected, _) in differing.items()}, again["results"])


def test_recording_changes_no_program_of_the_documentation(tmp_path: Path) -> None:
    try:
        pages = documentation.fetch(tmp_path)
    except documentation.Unavailable as reason:
        pytest.skip(f"no documentation can be fetched: {reason}")
    examples = [*documentation.examples(pages)]
    print(len(examples), "programs")
    assert len(examples) > 30
    different = {}
    for example in examples:
        if found := differences(example, server_of(example, examples), tmp_path / example.name):
            different[example.name] = found
    assert different == {}


def differences(example: Example, server: Example | None, folder: Path) -> list[str]:
    """What an example, or the server that it asks, does otherwise when it is recorded."""
    folder.mkdir()
    plain = run(example, server, folder / "plain", recorded=False)
    again = run(example, server, folder / "again", recorded=False)
    recorded = run(example, server, folder / "recorded", recorded=True)
    found = []
    for one, other, ran in zip(plain, again, recorded, strict=True):
        found += unlike(one, other, ran)
        if ran.timeline is None or not ran.timeline.exists():
            found.append("there is no timeline")
        else:
            timeline = Timeline.from_json(ran.timeline.read_text("utf-8"))
            found += laws.broken(timeline)
    return found


def unlike(one: Ran, other: Ran, recorded: Ran) -> list[str]:
    """Where a recorded run differs from two others that are alike there."""
    found = []
    if one.exit_code == other.exit_code != recorded.exit_code:
        found.append(f"it ended with {recorded.exit_code}, not {one.exit_code}")
    if len(one.lines) == len(other.lines) != len(recorded.lines):
        found.append(f"it printed {len(recorded.lines)} lines, not {len(one.lines)}")
    for said, again, line in zip(one.lines, other.lines, recorded.lines, strict=False):
        if said == again != line:
            found.append(f"it printed {line!r}, not {said!r}")
    return found
