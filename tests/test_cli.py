"""The `asyncdemo` command: what it parses, what it calls, what it reports."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asyncdemo import cli
from asyncdemo.course import opening
from asyncdemo.course.errors import CourseError

PROJECT = Path(__file__).parents[1]


def run(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    result = CliRunner().invoke(cli.app, words)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What `opening.open_course` was called with, instead of opening."""
    calls: list[dict[str, Any]] = []

    def open_course(folder: Path | None, **options: Any) -> None:
        options.pop("announce")
        calls.append({"folder": folder, **options})

    monkeypatch.setattr(opening, "open_course", open_course)
    return calls


def test_without_a_command_the_help_is_printed() -> None:
    code, out, err = run()

    assert code == 0
    assert out == run("--help")[1]
    assert "lab" in out
    assert err == ""


def test_the_version_is_printed() -> None:
    code, out, _ = run("--version")

    assert code == 0
    assert re.fullmatch(r"asyncdemo \d+\.\d+\.\d+\S*\n", out)


def test_lab_opens_the_learners_copy_by_default(opened: list[dict[str, Any]]) -> None:
    assert run("lab") == (0, "", "")

    off = dict.fromkeys(("as_taught", "copy_only", "force"), False)
    assert opened == [{"folder": None, **off, "port": None, "browser": True}]


def test_lab_passes_its_options_on(opened: list[dict[str, Any]]) -> None:
    words = ("--as-taught", "--copy-only", "--force", "--port", "8899", "--no-browser")
    assert run("lab", "lessons", *words) == (0, "", "")

    on = dict.fromkeys(("as_taught", "copy_only", "force"), True)
    assert opened == [{"folder": Path("lessons"), **on, "port": 8899, "browser": False}]


def test_a_mistake_is_one_line_and_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_course(*args: Any, **options: Any) -> None:
        raise CourseError("there is no folder x", exit_code=2)

    monkeypatch.setattr(opening, "open_course", open_course)

    assert run("lab", "x") == (2, "", "asyncdemo: there is no folder x\n")


@pytest.mark.parametrize("words", [["--port", "tea"], ["--port", "70000"], ["--tea"]])
def test_a_wrong_option_names_itself(words: list[str], opened: list[dict[str, Any]]) -> None:
    code, out, err = run("lab", *words)

    assert code == 2
    assert out == ""
    assert words[0] in err
    assert "Traceback" not in err
    assert opened == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    commands = [line for line in readme.splitlines() if line.endswith("uv run pytest")]
    script = (PROJECT / ".ci" / "run").read_text(encoding="utf-8").splitlines()

    assert len(commands) == 1
    assert commands[0] in script
