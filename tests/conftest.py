"""Options for tests that are too long for every run."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cpython-suite",
        action="store_true",
        help="also run CPython's own test_asyncio with and without recording (minutes)",
    )
