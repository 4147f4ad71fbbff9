"""Options for tests that are too long for every run, and Ctrl-C for those that need it."""

from __future__ import annotations

import contextlib
import signal

import pytest

with contextlib.suppress(ImportError):
    from hypothesis import HealthCheck, settings

    # The same programs each time; `pytest --hypothesis-profile=hunt` looks for new ones.
    settings.register_profile(
        "same programs",
        derandomize=True,
        deadline=None,
        max_examples=200,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.register_profile(
        "hunt", settings.get_profile("same programs"), derandomize=False, max_examples=5000
    )
    settings.load_profile("same programs")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cpython-suite",
        action="store_true",
        help="also run CPython's own test_asyncio with and without recording (minutes)",
    )
    parser.addoption(
        "--others",
        action="store_true",
        help="also fetch programs that others wrote, the suites of aiohttp and anyio and the "
        "examples of CPython's documentation, and run them with and without recording (minutes)",
    )


def pytest_configure() -> None:
    # A shell has what it starts in the background ignore Ctrl-C, and what that starts in turn.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
