"""`asyncdemo check`: what passes, what fails and how that is told, and what is refused."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from rich.console import Console
from small_notebooks import cell, printed, raised, shown, write
from typer.testing import CliRunner

from asyncdemo import cli
from asyncdemo.course import extras
from asyncdemo.course.cell_results import CellResult, Difference, Verdict, error_line
from asyncdemo.course.differences import MOST_LINES, explain
from asyncdemo.course.screen import screen

# For a cell that never ends; all others end at once, but perhaps on a busy machine.
SECONDS = "5"


@dataclass(frozen=True)
class Run:
    """One command: how it ended and what it wrote."""

    code: int
    out: str
    err: str


def run(*words: str | Path) -> Run:
    result = CliRunner().invoke(cli.app, ["check", *map(str, words)])
    return Run(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("a course [2026]")
    write(
        folder / "1_same.ipynb",
        cell("tea", "print('tea')", printed("tea\n")),
        cell("slower", "print('took 0.31 s')", printed("took 998 ms\n")),
        cell(
            "milk",
            "milk",
            raised("NameError", "name 'milk' is not defined"),
            tags=["raises-exception"],
        ),
        cell("later", "# NBVAL_SKIP\n1", count=None),
    )
    write(
        folder / "2_differs.ipynb",
        cell("list", r"print('tea\ncoffee\ncocoa')", printed("tea\ncake\ncocoa\n")),
        cell("raises", "print('on'); milk", printed("on\n")),
        cell("calm", "1", raised("TeaError", "cold"), tags=["raises-exception"]),
        cell("page", "1", shown("1", text_html="<b>1</b>")),
    )
    write(
        folder / "3_late.ipynb",
        cell("busy", "while True: pass"),
        cell("after", "1", shown("1")),
        cell("last", "2", shown("2")),
    )
    write(
        folder / "4_dies.ipynb",
        cell("before", "print('tea')", printed("tea\n")),
        cell("exits", "import os; os._exit(1)"),
        cell("after", "1", shown("1")),
    )
    return folder


@pytest.fixture(scope="module")
def checked(folder: Path) -> Run:
    return run(folder, "--timeout", SECONDS)


def test_any_failure_is_exit_code_1(checked: Run) -> None:
    assert checked.code == 1
    assert checked.err == ""


def test_durations_expected_exceptions_and_skipped_cells_pass(folder: Path, checked: Run) -> None:
    assert f"{folder}/1_same.ipynb: 4 cells, 1 skipped\n".replace("/", os.sep) in checked.out
    assert "1_same.ipynb, cell" not in checked.out


def test_another_text_is_shown_as_a_difference_with_the_cells_id(checked: Run) -> None:
    assert (
        """\
2_differs.ipynb, cell list (code cell 1): the outputs are not as stored
  --- expected: stdout as stored
  +++ got: stdout of this run
  @@ -1,3 +1,3 @@
   tea
  -cake
  +coffee
   cocoa
"""
        in checked.out
    )


def test_an_exception_that_nobody_expected_is_told_on_one_line(checked: Run) -> None:
    assert (
        "2_differs.ipynb, cell raises (code cell 2): "
        "raised NameError: name 'milk' is not defined\n" in checked.out
    )


def test_an_expected_exception_that_does_not_come_is_a_difference(checked: Run) -> None:
    assert (
        """\
2_differs.ipynb, cell calm (code cell 3): the outputs are not as stored
  --- expected: error as stored
  +++ got: no error
  @@ -1 +0,0 @@
  -TeaError: cold
  --- expected: no text/plain
"""
        in checked.out
    )


def test_a_page_that_is_gone_is_a_difference(checked: Run) -> None:
    assert "cell page (code cell 4)" in checked.out
    assert "  +++ got: no text/html\n" in checked.out
    assert "2_differs.ipynb: 4 cells, 4 not as stored\n" in checked.out


def test_a_cell_that_does_not_end_says_so_and_the_rest_is_not_run(checked: Run) -> None:
    assert (
        f"3_late.ipynb, cell busy (code cell 1): it did not end within {SECONDS} s\n" in checked.out
    )
    assert "3_late.ipynb: 3 cells, 1 not as stored, 2 not run after that\n" in checked.out


def test_a_kernel_that_dies_is_noticed_before_the_timeout(checked: Run) -> None:
    assert "4_dies.ipynb, cell exits (code cell 2): the kernel died\n" in checked.out
    assert "4_dies.ipynb: 3 cells, 1 not as stored, 1 not run after that\n" in checked.out


def test_the_last_line_is_the_command_that_stores_the_new_outputs(
    folder: Path, checked: Run
) -> None:
    *_, advice, command = checked.out.splitlines()

    assert advice.startswith("Mend the cells that did not run to their end; then ")
    names = ("2_differs", "3_late", "4_dies")
    paths = [str(folder / f"{name}.ipynb") for name in names]
    assert command == "  " + shlex.join(["asyncdemo", "refresh", *paths])


def test_nothing_is_left_in_the_folder(folder: Path, checked: Run) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "1_same.ipynb",
        "2_differs.ipynb",
        "3_late.ipynb",
        "4_dies.ipynb",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "there is no notebook {path}"),
        ("tea", "{path} is not JSON: "),
        ('{"nbformat": 4, "cells": [', "{path} is not JSON: "),
        ("[]", "{path} is no notebook of format 4"),
        ('{"nbformat": 3, "worksheets": []}', "{path} is no notebook of format 4"),
        ('{"nbformat": 4, "nbformat_minor": 5, "cells": 1}', "{path} is no valid notebook: "),
        ('{"nbformat": 4, "nbformat_minor": 5, "cells": []}', "{path} is no valid notebook: "),
    ],
)
def test_what_is_no_notebook_is_refused_on_one_line(
    text: str | None, fault: str, tmp_path: Path
) -> None:
    path = tmp_path / "tea.ipynb"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    refused = run(path)

    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"asyncdemo: {fault.format(path=path)}")
    assert refused.err.count("\n") == 1
    assert (path.read_text(encoding="utf-8") if text else None) == text


def test_a_folder_without_notebooks_is_refused(tmp_path: Path) -> None:
    assert run(tmp_path) == Run(2, "", f"asyncdemo: there is no notebook in {tmp_path}\n")


def test_a_notebook_that_was_never_run_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path / "new one.ipynb",
        cell("run", "1", shown("1")),
        cell("blank", "\n", count=None),
        cell("new", "1", count=None),
        cell("newer", "1", count=None),
    )

    assert run(path) == Run(
        2,
        "",
        f"asyncdemo: {path}: cell new (and 1 more) was never run; this runs the notebook and "
        f"stores its outputs: asyncdemo refresh '{path}'\n",
    )


def test_what_is_not_installed_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "nbval" else name)

    assert run() == Run(
        1,
        "",
        "asyncdemo: nbval not found; this installs what is missing: "
        'python -m pip install "asyncdemo[check]"\n',
    )


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.skipif(os.name != "posix", reason="Windows ends children with their parent")
def test_no_process_outlives_a_command_that_was_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    source = f"import os, pathlib, time\npathlib.Path({str(note)!r}).write_text(str(os.getpid()))"
    path = write(tmp_path / "long.ipynb", cell("long", f"{source}\ntime.sleep(1000)"))
    program = "from asyncdemo.cli import app; app()"
    command = subprocess.Popen([sys.executable, "-c", program, "check", str(path)])
    wait_until(lambda: note.exists() and note.read_text(encoding="ascii") != "")
    left = psutil.Process(command.pid).children(recursive=True)
    assert int(note.read_text(encoding="ascii")) in {process.pid for process in left}

    command.kill()
    command.wait()

    _, alive = psutil.wait_procs(left, timeout=60)
    assert alive == []


def explained(kind: str, expected: tuple[str, ...], got: tuple[str, ...]) -> list[str]:
    """How one difference is told, without the line that names the cell."""
    difference = Difference(kind, expected, got)
    return explain(CellResult("a.ipynb", 1, "tea", Verdict.DIFFERS, "", (difference,)))[1:]


def test_what_cannot_be_seen_is_made_visible() -> None:
    lines = explained("stdout", ("tea\nred\n",), ("tea  \n\x1b[31mred\x07\n",))

    assert lines[3:] == ["  -tea", "  -red", "  +tea␠␠", r"  +\x1b[31mred\x07"]


def test_a_missing_line_end_is_told() -> None:
    assert explained("stdout", ("tea\n",), ("tea",))[3:] == [
        "   tea",
        r"  +\ No newline at the end",
    ]


def test_the_same_lines_in_another_number_of_outputs_are_told() -> None:
    assert explained("text/plain", ("a\nb",), ("a", "b")) == ["  text/plain: 1 expected, 2 came"]


def test_outputs_that_look_the_same_are_told_in_full() -> None:
    assert explained("stdout", ("a\rb\n",), ("a\nb\n",)) == [
        r"  -('a\rb\n',)",
        r"  +('a\nb\n',)",
    ]


def test_a_page_is_told_by_its_sentences_and_without_its_pictures() -> None:
    page = '<p><img alt="One. {}. Three." src="data:image/png;base64,{}"></p>'
    lines = explained("text/html", (page.format("Two", "A" * 500),), (page.format("2", "A" * 500),))

    assert lines[3:] == [
        "   <p>",
        '   <img alt="One.',
        "  -Two.",
        "  +2.",
        '   Three." src="data:image/png;base64,[500 characters of data]"></p>',
    ]


def test_the_page_is_only_mentioned_where_the_text_says_it_all() -> None:
    differences = [Difference(kind, ("tea",), ("cocoa",)) for kind in ("text/html", "text/plain")]
    result = CellResult("a.ipynb", 1, "tea", Verdict.DIFFERS, "", tuple(differences))

    lines = explain(result)

    assert lines[1] == "  --- expected: text/plain as stored"
    assert lines[-1] == "  text/html differs too"


def test_a_long_difference_is_cut() -> None:
    lines = explained("stdout", ("",), ("".join(f"{n}\n" for n in range(100)),))

    assert len(lines) == MOST_LINES + 1
    assert lines[-1].endswith(" more lines")


def test_an_exception_is_told_by_its_last_line() -> None:
    assert error_line("TeaError", "too cold\nby far") == "TeaError: too cold"
    assert error_line("TeaError", "") == "TeaError"


def test_a_result_survives_the_way_from_process_to_process() -> None:
    difference = Difference("stdout", ("├─ tea\n",), ())
    result = CellResult("a.ipynb", 1, "brew", Verdict.DIFFERS, "", (difference,))

    assert json.loads(result.to_json())["verdict"] == "differs"
    assert CellResult.from_json(result.to_json()) == result


def test_a_terminal_has_a_bar_and_lines_that_stay() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, color_system="standard")

    with screen(4, console) as terminal:
        terminal.at("1_same.ipynb [tea]")
        terminal.advance()
        terminal.say(["a.ipynb, cell [tea]", "  -cake", f"  {'long ' * 30}"])

    written = stream.getvalue()
    assert "1/4" in written
    assert "1_same.ipynb [tea]" in written
    assert "a.ipynb, cell [tea]\n" in written
    assert "\x1b[31m  -cake\x1b[0m" in written
    assert f"  {'long ' * 30}" in written


def test_a_pipe_has_lines_only_in_whatever_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, "cp1252", newline="\n"))
    monkeypatch.setenv("FORCE_COLOR", "1")

    with screen(4) as pipe:
        pipe.at("1_same.ipynb")
        pipe.advance()
        pipe.say(["├ é"])

    assert raw.getvalue() == b"\\u251c \xe9\n"
