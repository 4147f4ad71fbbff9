"""The outcomes of many tests, and which of them recording has changed."""

from __future__ import annotations

from collections.abc import Mapping

type Outcomes = Mapping[str, str]
type Changed = dict[str, tuple[str, str | None]]


def changed(expected: Outcomes, found: Outcomes) -> Changed:
    """The tests that ended otherwise than expected: how they were to end, and how they did.

    Example:
        >>> changed({"test_tea": "passed", "test_milk": "passed"}, {"test_tea": "failed"})
        {'test_tea': ('passed', 'failed'), 'test_milk': ('passed', None)}
    """
    return {
        test: (outcome, found.get(test))
        for test, outcome in expected.items()
        if found.get(test) != outcome
    }
