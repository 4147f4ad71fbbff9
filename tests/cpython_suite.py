"""Runs CPython's own `test.test_asyncio` and prints every test's result as JSON.

With `--record` each test runs inside `record()`, with asyncio and the tests themselves
taken for the learner's own code: the most that a recorder can be asked to see.
Run it with a Python that has its test package: `python cpython_suite.py [--record] [module]`.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import unittest
import warnings


class Results(unittest.TestResult):
    """Keeps one word for each test."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, str] = {}

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.words[test.id()] = "ok"

    def addError(self, test: unittest.TestCase, err: object) -> None:
        self.words[test.id()] = "error"
        if os.environ.get("VERBOSE"):
            import traceback

            traceback.print_exception(*err, file=sys.stderr)

    def addFailure(self, test: unittest.TestCase, err: object) -> None:
        self.addError(test, err)
        self.words[test.id()] = "failure"

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.words[test.id()] = "skipped"

    def addExpectedFailure(self, test: unittest.TestCase, err: object) -> None:
        self.words[test.id()] = "expected failure"

    def addSubTest(self, test: unittest.TestCase, subtest: object, err: object) -> None:
        if err is not None:
            self.words[test.id()] = "failure"


def each_test(suite: unittest.TestSuite) -> list[unittest.TestCase]:
    """The tests of a suite, flattened."""
    found: list[unittest.TestCase] = []
    for part in suite:
        found += each_test(part) if isinstance(part, unittest.TestSuite) else [part]
    return found


def recording() -> contextlib.AbstractContextManager[object]:
    """A recording that sees asyncio's own coroutines and those of its tests."""
    from asyncdemo import record

    return record(include=("asyncio", "test", "unittest"), limit=10_000_000)


def main() -> None:
    """Run and report."""
    recorded = "--record" in sys.argv
    names = [a for a in sys.argv[1:] if not a.startswith("--")] or ["test.test_asyncio"]
    results = Results()
    warnings.simplefilter("ignore")
    suite = unittest.defaultTestLoader.loadTestsFromNames(names)
    stopped = 0
    with recording() if recorded else contextlib.nullcontext():
        for group in suite:
            suite_of_class = unittest.TestSuite([group])
            with warnings.catch_warnings(record=True) as seen:
                warnings.simplefilter("always")
                with recording() if recorded else contextlib.nullcontext():
                    suite_of_class.run(results)
            stopped += sum("recording stopped" in str(w.message) for w in seen)
    print(json.dumps({"results": results.words, "stopped": stopped}))


if __name__ == "__main__":
    main()
