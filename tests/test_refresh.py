"""`asyncdemo refresh`: what is stored anew, what is kept, and that nothing is ever lost."""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from small_notebooks import cell, printed, raised, shown, write
from typer.testing import CliRunner

from asyncdemo import cli
from asyncdemo.course import notebook_files, readme, refresh
from asyncdemo.course.errors import CourseError
from asyncdemo.course.notebook_files import NotebookFile, read, replace
from asyncdemo.course.sanitizing import Sanitizer, merged, rules_for
from asyncdemo.course.validation import validate

SANITIZER = Sanitizer(rules_for(Path("no folder")))
TIMELINE = """\
import asyncio, random
from asyncdemo import record
with record() as timeline:
    await asyncio.sleep(0.05 + random.random() / 5)
timeline"""


@dataclass(frozen=True)
class Run:
    """One command: how it ended and what it wrote."""

    code: int
    out: str
    err: str


def run(*words: str | Path) -> Run:
    result = CliRunner().invoke(cli.app, ["refresh", *map(str, words)])
    return Run(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class Versions:
    """A notebook with a timeline: as its author left it, and after one refresh and another."""

    path: Path
    runs: tuple[Run, Run]
    contents: tuple[bytes, bytes]


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    path = write(
        tmp_path_factory.mktemp("course") / "tea.ipynb",
        cell("timeline", TIMELINE, count=None),
        cell("took", "print(f'took {random.randrange(10**9)} ms')", count=None),
        cell("cut", "print('tea', flush=True)\nprint('cocoa')", count=None),
        cell("fails", "milk", count=None, tags=["raises-exception"]),
        cell("blank", "", count=None),
        cell("silent", "x = 1", count=None),
    )
    runs, contents = [], []
    for _ in range(2):
        runs.append(run(path))
        contents.append(path.read_bytes())
    return Versions(path, (runs[0], runs[1]), (contents[0], contents[1]))


def cells(content: bytes) -> dict[str, Any]:
    return {cell.id: cell for cell in nbformat.reads(content.decode(), as_version=4).cells}


def test_a_notebook_is_run_and_its_outputs_are_stored(versions: Versions) -> None:
    found = cells(versions.contents[0])
    counts = {id: cell.execution_count for id, cell in found.items()}

    assert versions.runs[0] == Run(0, f"{versions.path}: changed timeline, took, cut, fails\n", "")
    assert "await asyncio.sleep" in found["timeline"].outputs[0].data["text/plain"]
    assert "data:image/png;base64," in found["timeline"].outputs[0].data["text/html"]
    assert found["fails"].outputs[0].ename == "NameError"
    assert counts == {"timeline": 1, "took": 2, "cut": 3, "fails": 4, "blank": None, "silent": 5}


def test_prints_are_stored_as_one_output_however_they_were_cut(versions: Versions) -> None:
    assert cells(versions.contents[0])["cut"].outputs == [printed("tea\ncocoa\n")]


def test_nothing_is_left_of_the_run(versions: Versions) -> None:
    notebook = nbformat.reads(versions.contents[0].decode(), as_version=4)

    assert notebook.metadata.language_info == {"name": "python"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
    assert [path.name for path in versions.path.parent.iterdir()] == ["tea.ipynb"]


def test_the_next_refresh_leaves_git_clean(versions: Versions) -> None:
    assert versions.runs[1] == Run(0, f"{versions.path}: unchanged\n", "")
    assert versions.contents[1] == versions.contents[0]


def test_what_refresh_stores_is_what_check_expects(versions: Versions) -> None:
    results = list(validate([read(versions.path)]))

    assert [result.verdict.value for result in results] == ["same"] * 6


def test_on_demand_all_outputs_are_stored_anew(versions: Versions, tmp_path: Path) -> None:
    path = tmp_path / "tea.ipynb"
    path.write_bytes(versions.contents[0])

    assert run(path, "--anew") == Run(0, f"{path}: changed timeline, took\n", "")
    took = [cells(content)["took"].outputs for content in (*versions.contents, path.read_bytes())]
    assert took[0] == took[1] != took[2]


def test_a_failing_notebook_is_left_as_it_was_and_the_others_are_refreshed(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / "1.ipynb", cell("a", "print('tea')"), cell("b", "milk"), cell("c", "1")),
        write(tmp_path / "2.ipynb", cell("busy", "while True: pass")),
        write(tmp_path / "3.ipynb", cell("exits", "import os; os._exit(1)")),
        write(tmp_path / "4.ipynb", cell("tea", "print('tea')", printed("cake\n"))),
    ]
    before = [path.read_bytes() for path in paths]

    refreshed = run(tmp_path, "--timeout", "5")

    assert [path.read_bytes() == text for path, text in zip(paths, before, strict=True)] == [
        True,
        True,
        True,
        False,
    ]
    assert refreshed.code == 1
    assert refreshed.out == f"{paths[3]}: changed tea\n"
    left = "the file is left as it was"
    assert refreshed.err.splitlines() == [
        f"asyncdemo: {paths[0]}, cell b: raised NameError: name 'milk' is not defined; {left}",
        f"asyncdemo: {paths[1]}, cell busy: it did not end within 5 s; {left}",
        f"asyncdemo: {paths[2]}, cell exits: the kernel died; {left}",
    ]


def test_no_notebook_is_run_if_one_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "1.ipynb", cell("a", "print('tea')"))
    (tmp_path / "2.ipynb").write_text("{", encoding="utf-8")
    monkeypatch.setattr(refresh, "run", lambda *_, **__: pytest.fail("it was run"))

    refused = run(tmp_path)

    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"asyncdemo: {tmp_path / '2.ipynb'} is not JSON: ")


def test_an_installed_course_is_refreshed_only_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh, "course_folder", lambda: tmp_path / "notebooks")

    refused = run()

    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "asyncdemo: the course is installed, not checked out; name a notebook\n"


def kept(stored: list[Any], new: list[Any], sanitizer: Sanitizer | None = SANITIZER) -> bool:
    """Whether a refresh keeps a cell's stored outputs; and if so, exactly those."""
    before, after = (
        nbformat.v4.new_notebook(cells=[cell("tea", "tea()", *outputs, count=n)])
        for n, outputs in ((1, stored), (7, new))
    )
    expected = copy.deepcopy(stored)
    for output in expected:
        if "execution_count" in output:
            output.execution_count = 7
    changed = refresh.keep_outputs(before, after, sanitizer)
    assert changed in ([], ["tea"])
    assert changed or after.cells[0].outputs == expected
    return not changed


def picture(data: str = "AAAA") -> Any:
    return shown("<Figure>", image_png=data)


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ([], []),
        ([printed("1.0 s\n")], [printed("998 ms\n")]),
        ([picture("AAAA")], [picture("BBBB")]),
        ([printed("a"), printed("b")], [printed("ab")]),
        ([printed("a"), printed("e", "stderr")], [printed("e", "stderr"), printed("a")]),
        ([shown("1 s", text_html="<b>2 s</b>")], [shown("3 s", text_html="<b>4 s</b>")]),
    ],
)
def test_outputs_that_say_the_same_are_kept(stored: list[Any], new: list[Any]) -> None:
    assert kept(stored, new)
    assert stored == new or not kept(stored, new, None)


@pytest.mark.parametrize(
    ("stored", "new"),
    [
        ([], [printed("tea\n")]),
        ([printed("tea\n")], []),
        ([printed("tea\n")], [printed("cake\n")]),
        ([printed("tea\n")], [printed("tea\n", "stderr")]),
        ([shown("<Figure>")], [picture()]),
        ([picture()], [shown("<Figure>")]),
        ([printed("a"), shown("1")], [shown("1"), printed("a")]),
        ([raised("TeaError", "cold")], [raised("TeaError", "hot")]),
        (
            [raised("TeaError", "") | {"traceback": ["line 1", "TeaError"]}],
            [raised("TeaError", "") | {"traceback": ["line 2", "TeaError"]}],
        ),
    ],
)
def test_outputs_that_say_something_new_are_stored(stored: list[Any], new: list[Any]) -> None:
    stored, new = ([nbformat.from_dict(output) for output in outputs] for outputs in (stored, new))
    assert not kept(stored, new)


def test_prints_around_an_output_stay_around_it() -> None:
    outputs = [printed("a"), shown("1"), printed("b"), printed("c")]

    assert merged(outputs) == [printed("a"), shown("1"), printed("bc")]
    assert outputs == [printed("a"), shown("1"), printed("b"), printed("c")]


def test_the_sanitize_file_beside_a_notebook_comes_first(tmp_path: Path) -> None:
    course_own = rules_for(tmp_path)
    (tmp_path / "nbval_sanitize.cfg").write_text("regex: tea\nreplace: TEA\n", encoding="ascii")

    assert course_own == Path(__file__).parents[1] / "notebooks" / "nbval_sanitize.cfg"
    assert Sanitizer(rules_for(tmp_path)).text("tea for 1 s") == "TEA for 1 s"


@pytest.fixture
def file(tmp_path: Path) -> Iterator[NotebookFile]:
    """A notebook in a folder in which there must be nothing else in the end."""
    yield read(write(tmp_path / "tea.ipynb", cell("tea", "1")))
    assert [path.name for path in tmp_path.iterdir()] == ["tea.ipynb"]


def test_a_notebook_that_someone_else_wrote_in_the_meantime_is_left_alone(
    file: NotebookFile,
) -> None:
    theirs = write(file.path, cell("tea", "2")).read_bytes()

    with pytest.raises(CourseError, match="was changed while it ran; it is left as it is"):
        replace(file, file.notebook)

    assert file.path.read_bytes() == theirs


def test_a_notebook_is_written_whole_or_not_at_all(
    file: NotebookFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copymode(source: Path, target: Path) -> None:
        assert file.path.read_bytes() == file.content
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(notebook_files.shutil, "copymode", copymode)

    with pytest.raises(CourseError, match="cannot be written: No space left on device"):
        replace(file, nbformat.v4.new_notebook())

    assert file.path.read_bytes() == file.content


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with the README and the lesson whose picture it shows."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "README.md").write_text(f"# Tea\n\n![old]({readme.PICTURE})\n", encoding="utf-8")
    png = base64.b64encode(b"picture").decode()
    page = f'<img alt="A &quot;new&quot; one" src="data:image/png;base64,{png}">'
    write(tmp_path / readme.NOTEBOOK, cell(readme.CELL, "tea()", shown("tea", text_html=page)))
    monkeypatch.setattr(refresh, "course_folder", lambda: tmp_path / "notebooks")
    monkeypatch.setattr(refresh, "run", lambda file, **_: copy.deepcopy(file.notebook))
    return tmp_path


def test_the_readme_follows_its_lesson(checkout: Path) -> None:
    lesson = checkout / readme.NOTEBOOK

    assert run(lesson) == Run(
        0,
        f"{lesson}: unchanged\n"
        f"{readme.PICTURE} and README.md: changed, as they show that notebook's picture\n",
        "",
    )
    assert (checkout / readme.PICTURE).read_bytes() == b"picture"
    text = (checkout / "README.md").read_text(encoding="utf-8")
    assert text == f'# Tea\n\n![A "new" one]({readme.PICTURE})\n'
    assert run(lesson).out == f"{lesson}: unchanged\n"


def test_the_readme_does_not_follow_other_notebooks(checkout: Path) -> None:
    other = write(checkout / "notebooks" / "01_tea.ipynb", cell("tea", "1"))

    assert run(other) == Run(0, f"{other}: unchanged\n", "")
    assert not (checkout / readme.PICTURE).exists()


def test_a_lesson_without_the_readmes_picture_is_told(checkout: Path) -> None:
    lesson = write(checkout / readme.NOTEBOOK, cell(readme.CELL, "tea()"))

    assert run(lesson) == Run(
        1,
        f"{lesson}: unchanged\n",
        f"asyncdemo: {readme.NOTEBOOK}: cell {readme.CELL} is to show the README's picture "
        "and does not\n",
    )
