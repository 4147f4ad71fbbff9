"""`asyncdemo handouts`: what it asks for, what it reports, and the README's two pages."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from asyncdemo import cli
from asyncdemo.course import extras
from asyncdemo.course.handouts import making, sample
from asyncdemo.course.handouts.kinds import Edition, Format, Paper

PROJECT = Path(__file__).parents[1]
LESSON = PROJECT / "notebooks" / "01_await_a_coroutine.ipynb"


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, ["handouts", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def orders(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What `make` was called with, instead of making."""
    calls: list[dict[str, Any]] = []

    def make(named: Any, **options: Any) -> list[Path]:
        calls.append({"named": [*named], **options})
        return [Path("a.pdf")]

    monkeypatch.setattr(making, "make", make)
    return calls


def test_everything_of_the_course_is_the_default(orders: list[dict[str, Any]]) -> None:
    assert run() == (0, "1 file in handouts\n", "")

    assert orders == [
        {"named": [], "order": making.Order(), "folder": Path("handouts"), "force": False}
    ]


def test_what_is_chosen_is_passed_on(orders: list[dict[str, Any]]) -> None:
    words = "a.ipynb --edition student --edition teacher --paper a4 --format pdf --to out --force"
    assert run(*words.split())[0] == 0

    wanted = making.Order((Edition.STUDENT, Edition.TEACHER), (Paper.A4,), (Format.PDF,))
    assert orders == [
        {"named": [Path("a.ipynb")], "order": wanted, "folder": Path("out"), "force": True}
    ]


def test_student_notebooks_are_written_into_a_folder_of_their_own(tmp_path: Path) -> None:
    code, out, err = run(str(LESSON), "--notebooks", "--to", str(tmp_path))

    assert (code, err) == (0, "")
    assert out.endswith(f"1 file in {tmp_path}\n")
    assert (tmp_path / "notebooks" / LESSON.name).is_file()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere.ipynb"], "asyncdemo: there is no notebook nowhere.ipynb\n"),
        (
            ["--notebooks", "--paper", "a4"],
            "asyncdemo: --notebooks goes without --edition, --paper and --format\n",
        ),
        ([str(LESSON), "--to", __file__], f"asyncdemo: {__file__} is a file; name a folder\n"),
    ],
)
def test_a_mistake_is_one_line(words: list[str], says: str) -> None:
    assert run(*words) == (2, "", says)


@pytest.mark.parametrize("words", [["--paper", "a3"], ["--edition", "parent"], ["--tea"]])
def test_a_wrong_option_names_itself(words: list[str], orders: list[dict[str, Any]]) -> None:
    code, out, err = run(*words)

    assert (code, out) == (2, "")
    assert words[0] in err and "Traceback" not in err
    assert orders == []


def test_a_missing_extra_names_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == "typst" else name)

    code, out, err = run()

    assert (code, out) == (1, "")
    assert err == (
        "asyncdemo: typst not found; this installs what is missing: "
        'python -m pip install "asyncdemo[handouts]"\n'
    )


def test_the_readme_shows_a_page_of_each_edition_as_it_is_today() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")

    assert all(f"]({name})" in text for name in sample.PICTURES.values())
    assert sample.is_current(PROJECT), "run `python -m asyncdemo.course.handouts.sample`"


def test_a_page_of_an_older_layout_is_noticed(tmp_path: Path) -> None:
    for name in ("notebooks", "notebooks/pictures", "notebooks/teaching"):
        (tmp_path / name).mkdir()
    for name in [
        sample.NOTEBOOK,
        *sample.PICTURES.values(),
        f"notebooks/teaching/{Path(sample.NOTEBOOK).stem}.toml",
    ]:
        (tmp_path / name).write_bytes((PROJECT / name).read_bytes())
    assert sample.is_current(tmp_path)

    lesson = tmp_path / sample.NOTEBOOK
    lesson.write_text(lesson.read_text("utf-8").replace("side by side", "one by one"), "utf-8")
    assert not sample.is_current(tmp_path)
