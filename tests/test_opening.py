"""`asyncdemo lab` opens a learner's copy, or the course as taught, and says what it did."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import asyncdemo
from asyncdemo.course import lab, opening, places
from asyncdemo.course.errors import CourseError
from asyncdemo.course.handed_out import Copy, Deed, Step, told
from asyncdemo.course.places import course_folder

NOTEBOOKS = sorted(path.name for path in course_folder().glob("*.ipynb"))


def open_course(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path | None = None,
    look: Callable[[Path], object] = lambda folder: None,
    *,
    as_taught: bool = False,
) -> tuple[Path, list[str]]:
    """Opens the course without JupyterLab; returns the folder served and what was said."""
    served: list[Path] = []
    said: list[str] = []

    def serve(folder: Path, **options: object) -> None:
        served.append(folder)
        look(folder)

    monkeypatch.setattr(lab, "serve", serve)
    opening.open_course(folder, as_taught=as_taught, browser=False, announce=said.append)
    (place,) = served
    return place, said


def outputs(path: Path) -> int:
    """How many cells of a notebook have outputs."""
    return sum(bool(cell.get("outputs")) for cell in json.loads(path.read_bytes())["cells"])


def test_a_copy_is_made_and_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served, said = open_course(monkeypatch, tmp_path / "mine")

    assert served == tmp_path / "mine"
    assert said[0] == f"Your copy of the course is in {served}"
    assert said[1:] == [f"  {Path(name).stem}: added" for name in NOTEBOOKS]
    assert sum(outputs(served / name) for name in NOTEBOOKS) == 0


def test_a_copy_alone_needs_no_jupyterlab_and_serves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise CourseError("JupyterLab was asked for")

    monkeypatch.setattr(lab, "check_ready", fail)
    monkeypatch.setattr(lab, "serve", fail)
    said: list[str] = []

    opening.open_course(tmp_path / "class", copy_only=True, announce=said.append)

    assert sorted(path.name for path in (tmp_path / "class").glob("*.ipynb")) == NOTEBOOKS
    assert said[0] == f"Your copy of the course is in {tmp_path / 'class'}"


def test_the_second_time_one_line_says_that_nothing_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_course(monkeypatch, Path("mine"))

    _, said = open_course(monkeypatch, Path("mine"))

    assert said == ["Your copy of the course is in mine", "  all up to date"]


def test_as_taught_is_a_copy_that_nobody_can_save_into_and_that_goes_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught = tmp_path / "course"
    shutil.copytree(course_folder(), taught)
    monkeypatch.setattr(opening, "course_folder", lambda: taught)
    seen = {}

    def look(folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            seen[path.name] = (outputs(path), path.stat().st_mode & 0o222)
        (folder / "Untitled.ipynb").touch()

    served, said = open_course(monkeypatch, None, look, as_taught=True)

    assert seen == {name: (outputs(taught / name), 0) for name in NOTEBOOKS}
    assert sum(number for number, _ in seen.values()) > 0
    assert "nothing that you change here is kept" in said[0]
    assert not served.exists()
    assert sorted(path.name for path in taught.glob("*.ipynb")) == NOTEBOOKS


def test_pictures_come_along_as_taught(tmp_path: Path) -> None:
    taught, copy = tmp_path / "course", tmp_path / "copy"
    (taught / "pictures").mkdir(parents=True)
    (taught / "pictures" / "loop.png").write_bytes(b"png")
    prose = {"id": "a", "cell_type": "markdown", "source": "![Loop](pictures/loop.png)"}
    (taught / "01_a.ipynb").write_text(json.dumps({"cells": [prose]}), encoding="utf-8")
    (taught / "02_b.ipynb").write_text("broken", encoding="utf-8")
    copy.mkdir()

    opening.copy_as_taught(taught, copy)

    assert (copy / "pictures" / "loop.png").read_bytes() == b"png"
    assert (copy / "02_b.ipynb").read_text(encoding="utf-8") == "broken"


@pytest.mark.parametrize(
    "options", [{"folder": Path("mine")}, {"force": True}, {"copy_only": True}]
)
def test_as_taught_goes_with_no_copy(options: dict[str, object]) -> None:
    with pytest.raises(CourseError, match="--as-taught goes with neither") as caught:
        opening.open_course(as_taught=True, **options)  # type: ignore[arg-type]

    assert caught.value.exit_code == 2


def test_nothing_is_copied_when_jupyterlab_cannot_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(port: int | None) -> None:
        raise CourseError("port 8888 is in use")

    monkeypatch.setattr(lab, "check_ready", fail)

    with pytest.raises(CourseError):
        opening.open_course(tmp_path / "mine", port=8888)
    assert list(tmp_path.iterdir()) == []


def test_in_a_checkout_the_copy_lies_beside_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    checkout = course_folder().parent

    assert places.default_copy(course_folder()) == checkout / "my-course"
    assert "my-course/" in (checkout / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_from_a_wheel_the_copy_goes_into_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "asyncdemo"
    installed = package / "course" / "notebooks"
    installed.mkdir(parents=True)
    # Another package's, which must not be taken for the course.
    (package.parent / "notebooks").mkdir()
    monkeypatch.setattr(asyncdemo, "__file__", str(package / "__init__.py"))
    monkeypatch.chdir(tmp_path)

    assert places.course_folder() == installed
    assert places.default_copy(installed) == tmp_path / "asyncdemo-course"


def test_inside_a_copy_that_copy_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy, _ = open_course(monkeypatch, tmp_path / "mine")
    monkeypatch.chdir(copy)

    assert places.default_copy(course_folder()) == copy


def test_without_notebooks_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncdemo, "__file__", str(tmp_path / "asyncdemo" / "__init__.py"))

    with pytest.raises(CourseError, match="not installed") as caught:
        places.course_folder()
    assert caught.value.exit_code == 2


def test_what_was_done_is_said_notebook_by_notebook() -> None:
    steps = (
        Step("01_boil.ipynb", Deed.CURRENT),
        Step("02_brew.ipynb", Deed.UPDATED),
        Step("03_pour.ipynb", Deed.KEPT, "03_pour (updated 2).ipynb"),
        Step("04_drink.ipynb", Deed.REPLACED, "04_drink (backup).ipynb"),
        Step("05_wash.ipynb", Deed.UNREADABLE),
        Step("06_dry.ipynb", Deed.CURRENT),
    )

    assert list(told(Copy(Path("mine"), steps, lost_record=True))) == [
        "Your copy of the course is in mine",
        "  no record of what was put there is left, so every change counts as yours",
        "  02_brew: brought up to date; you had not changed it",
        '  03_pour: kept yours; the new one ends in "(updated 2)"',
        '  04_drink: fresh again; yours now ends in "(backup)"',
        "  05_wash: cannot be read; left as it is",
        "  2 up to date",
        "  rename a notebook that cannot be read, and run this again to get a fresh one",
    ]


def test_lines_fit_a_terminal_for_every_notebook_of_the_course() -> None:
    for name in NOTEBOOKS:
        for deed in set(Deed) - {Deed.UNREADABLE}:
            step = Step(name, deed, f"{Path(name).stem} (updated)" if deed is Deed.KEPT else "")
            assert len(f"  {step}") <= 80, step
