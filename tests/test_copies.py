"""A learner's copy of the course: made, brought up to date, and never written over."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from asyncdemo.course import fresh, manifest
from asyncdemo.course.copies import hand_out
from asyncdemo.course.errors import CourseError
from asyncdemo.course.handed_out import Copy, Deed, Step
from asyncdemo.course.places import course_folder

FIRST, SECOND = "01_boil.ipynb", "02_brew.ipynb"
COURSE = course_folder()


def cell(id: str, source: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "cell_type": "markdown", "metadata": {}, "source": source, **more}


def code(id: str, source: str, said: str = "", **metadata: Any) -> dict[str, Any]:
    data = {"text/plain": [said]}
    result = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}
    outputs = [result] if said else []
    run = {"cell_type": "code", "execution_count": 1, "outputs": outputs, "metadata": metadata}
    return cell(id, source, **run)


def write(path: Path, *cells: dict[str, Any]) -> None:
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")


def edit(path: Path, change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """Changes the cells of a notebook as someone who saves it; returns what is then in it."""
    notebook = json.loads(path.read_bytes())
    change(notebook["cells"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path.read_bytes()


def set_source(number: int, source: str) -> Callable[[list[dict[str, Any]]], object]:
    return lambda cells: cells[number].update(source=source)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of two notebooks, executed as its authors left it."""
    folder = tmp_path / "course"
    folder.mkdir()
    for name in (FIRST, SECOND):
        write(
            folder / name,
            cell("title", f"# {name}"),
            code("ex1-stub", "drink = ..."),
            code("ex1-check", "await check(drink)", "Not solved yet: brew it."),
            code("ex1-solution", 'drink = "tea"', "Solved: brewed.", tags=["solution"]),
        )
    return folder


@pytest.fixture
def mine(course: Path, tmp_path: Path) -> Path:
    """A learner's copy of it."""
    return hand_out(course, tmp_path / "mine").folder


def deeds(copy: Copy) -> list[Deed]:
    return [step.deed for step in copy.steps]


def files(folder: Path) -> dict[str, bytes]:
    """The files that a learner sees."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: path.read_bytes() for name, path in names.items() if not name.startswith(".")}


def test_the_first_copy_has_every_notebook_without_its_answers(
    course: Path, tmp_path: Path
) -> None:
    copy = hand_out(course, tmp_path / "mine")

    assert copy.steps == (Step(FIRST, Deed.ADDED), Step(SECOND, Deed.ADDED))
    assert sorted(files(copy.folder)) == [FIRST, SECOND]
    for cell in json.loads((copy.folder / FIRST).read_bytes())["cells"][1:]:
        assert (cell["outputs"], cell["execution_count"]) == ([], None)
        assert cell["metadata"].get("jupyter", {}).get("source_hidden", False) == (
            cell["id"] == "ex1-solution"
        )


def test_the_course_itself_is_copied_whole_and_stays_as_it_is(tmp_path: Path) -> None:
    before = files(COURSE)

    copy = hand_out(COURSE, tmp_path / "mine")

    assert files(COURSE) == before
    assert set(deeds(copy)) == {Deed.ADDED}
    for path in sorted(copy.folder.glob("*.ipynb")):
        taught, handed = (nbformat.read(f / path.name, as_version=4) for f in (COURSE, copy.folder))
        nbformat.validate(handed)
        assert [(c.id, c.source) for c in handed.cells] == [(c.id, c.source) for c in taught.cells]
        assert handed.metadata == taught.metadata
        assert not any(c.get("outputs") or c.get("execution_count") for c in handed.cells)


def test_nothing_is_written_when_nothing_is_new(course: Path, mine: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in mine.rglob("*")}

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2
    assert {path: path.stat().st_mtime_ns for path in mine.rglob("*")} == before


def test_a_new_notebook_is_added(course: Path, mine: Path) -> None:
    write(course / "03_pour.ipynb", cell("title", "# Pour"))

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT, Deed.CURRENT, Deed.ADDED]
    assert (mine / "03_pour.ipynb").exists()


def test_what_is_no_numbered_notebook_is_not_handed_out(course: Path, tmp_path: Path) -> None:
    for name in ("Untitled.ipynb", "nbval_sanitize.cfg", "._01_boil.ipynb"):
        (course / name).touch()

    assert sorted(files(hand_out(course, tmp_path / "mine").folder)) == [FIRST, SECOND]


def test_an_unchanged_notebook_is_brought_up_to_date(course: Path, mine: Path) -> None:
    edit(course / SECOND, set_source(0, "# Better"))

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT, Deed.UPDATED]
    assert b"# Better" in (mine / SECOND).read_bytes()
    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2


def test_a_learners_changed_notebook_survives_an_update(course: Path, mine: Path) -> None:
    theirs = edit(mine / SECOND, set_source(1, 'drink = "tea"'))
    edit(course / SECOND, set_source(0, "# Better"))

    first, second = hand_out(course, mine).steps

    assert first.deed is Deed.CURRENT
    assert str(second) == '02_brew: kept yours; the new one ends in "(updated)"'
    assert (mine / SECOND).read_bytes() == theirs
    assert b"# Better" in (mine / "02_brew (updated).ipynb").read_bytes()
    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2


def test_a_changed_notebook_without_an_update_is_left_in_peace(course: Path, mine: Path) -> None:
    edit(mine / SECOND, set_source(1, 'drink = "tea"'))
    before = files(mine)

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2
    assert files(mine) == before


def test_running_folding_and_saving_are_no_changes(course: Path, mine: Path) -> None:
    def run_and_save(cells: list[dict[str, Any]]) -> None:
        cells[2].update(code("ex1-check", "await check(drink)", "Not solved yet: brew it."))
        cells[3]["metadata"] = {"tags": ["solution"], "execution": {"iopub.execute_input": "now"}}
        cells[3]["outputs"] = code("x", "", "Solved: brewed.")["outputs"]
        # Shift+Enter in the last cell appends one.
        cells.append(code("5b15b2d8", ""))

    edit(mine / SECOND, run_and_save)
    edit(course / SECOND, set_source(0, "# Better"))

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT, Deed.UPDATED]


def test_a_solved_exercise_is_the_learners_even_if_no_text_differs(
    course: Path, mine: Path
) -> None:
    solved = code("ex1-check", "await check(drink)", "Solved: brew ran.")
    theirs = edit(mine / SECOND, lambda cells: cells[2].update(solved))
    edit(course / SECOND, set_source(0, "# Better"))

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT, Deed.KEPT]
    assert (mine / SECOND).read_bytes() == theirs


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells.append(cell("note", "I predict 3 s.")),
        lambda cells: cells.pop(0),
        lambda cells: cells.reverse(),
        lambda cells: cells[0].update(cell_type="raw"),
        lambda cells: cells[0].update(attachments={"tea.png": {"image/png": "iVBO"}}),
    ],
    ids=["added", "removed", "moved", "another kind", "picture pasted"],
)
def test_every_change_of_the_text_is_noticed(
    change: Callable[[list[dict[str, Any]]], object], course: Path, mine: Path
) -> None:
    theirs = edit(mine / SECOND, change)
    edit(course / SECOND, set_source(0, "# Better"))

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT, Deed.KEPT]
    assert (mine / SECOND).read_bytes() == theirs


def test_a_newer_update_replaces_an_unused_one_but_never_a_used_one(
    course: Path, mine: Path
) -> None:
    edit(mine / SECOND, set_source(1, "mine"))
    names = []
    for number in (1, 2):
        edit(course / SECOND, set_source(0, f"# Better {number}"))
        names.append(hand_out(course, mine).steps[1].beside)
    used = edit(mine / names[1], set_source(1, "mine too"))
    edit(course / SECOND, set_source(0, "# Better 3"))
    names.append(hand_out(course, mine).steps[1].beside)

    assert names == ["02_brew (updated).ipynb"] * 2 + ["02_brew (updated 2).ipynb"]
    assert (mine / names[0]).read_bytes() == used
    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2


def test_an_update_that_the_learner_deleted_stays_deleted(course: Path, mine: Path) -> None:
    edit(mine / SECOND, set_source(1, "mine"))
    edit(course / SECOND, set_source(0, "# Better"))
    (mine / hand_out(course, mine).steps[1].beside).unlink()

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2
    assert sorted(files(mine)) == [FIRST, SECOND]


def test_an_update_put_in_the_place_of_the_old_one_is_up_to_date(course: Path, mine: Path) -> None:
    edit(mine / SECOND, set_source(1, "mine"))
    edit(course / SECOND, set_source(0, "# Better"))
    (mine / hand_out(course, mine).steps[1].beside).replace(mine / SECOND)
    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2

    edit(course / SECOND, set_source(0, "# Best"))

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT, Deed.UPDATED]


def test_a_deleted_notebook_comes_back_and_this_is_said(course: Path, mine: Path) -> None:
    (mine / SECOND).unlink()

    copy = hand_out(course, mine)

    assert str(copy.steps[1]) == "02_brew: added again; it was gone"
    assert (mine / SECOND).exists()


@pytest.mark.parametrize(
    "broken",
    [b"", b'{"cells": [', b"\xff\xfe\xff", b"[]", b'{"cells": [{"source": 3}]}', b"[" * 100_000],
    ids=["empty", "cut off", "no text", "no notebook", "no cells", "nested"],
)
def test_a_broken_notebook_is_reported_and_left_alone(
    broken: bytes, course: Path, mine: Path
) -> None:
    (mine / SECOND).write_bytes(broken)

    for _ in range(2):
        (_, step) = hand_out(course, mine).steps
        assert str(step) == "02_brew: cannot be read; left as it is"
    edit(course / SECOND, set_source(0, "# Better"))
    (_, step) = hand_out(course, mine).steps

    assert str(step) == '02_brew: cannot be read; left as it is; the new one ends in "(updated)"'
    assert (mine / SECOND).read_bytes() == broken
    assert b"# Better" in (mine / step.beside).read_bytes()


def test_a_folder_under_a_notebooks_name_is_left_alone(course: Path, mine: Path) -> None:
    (mine / SECOND).unlink()
    (mine / SECOND).mkdir()

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT, Deed.UNREADABLE]


def test_a_broken_notebook_of_the_course_is_left_out(course: Path, tmp_path: Path) -> None:
    (course / FIRST).write_text("<<<<<<< HEAD", encoding="utf-8")

    copy = hand_out(course, tmp_path / "mine")

    assert deeds(copy) == [Deed.LEFT_OUT, Deed.ADDED]
    assert sorted(files(copy.folder)) == [SECOND]


@pytest.mark.parametrize("change", [set_source(1, "mine"), "{"], ids=["changed", "broken"])
def test_force_keeps_the_learners_notebook_as_a_backup(
    change: Any, course: Path, mine: Path
) -> None:
    backups = {}
    for name in ("02_brew (backup).ipynb", "02_brew (backup 2).ipynb"):
        if callable(change):
            backups[name] = edit(mine / SECOND, change)
        else:
            (mine / SECOND).write_text(change, encoding="utf-8")
            backups[name] = change.encode()
        first, second = hand_out(course, mine, force=True).steps
        assert (first.deed, second) == (Deed.CURRENT, Step(SECOND, Deed.REPLACED, name))

    assert {name: files(mine)[name] for name in backups} == backups
    assert b"drink = ..." in (mine / SECOND).read_bytes()


def test_force_leaves_what_is_fresh_alone(course: Path, mine: Path) -> None:
    before = files(mine)

    assert deeds(hand_out(course, mine, force=True)) == [Deed.CURRENT] * 2
    assert files(mine) == before


@pytest.mark.parametrize(
    "record",
    [None, "", "{", "[]", '{"handed_out": 3}', '{"handed_out": {"02_brew.ipynb": 3}}'],
)
def test_without_a_record_every_change_counts_as_the_learners(
    record: str | None, course: Path, mine: Path
) -> None:
    (mine / manifest.NAME).unlink()
    if record is not None:
        (mine / manifest.NAME).write_text(record, encoding="utf-8")
    theirs = edit(mine / SECOND, set_source(1, "mine"))

    copy = hand_out(course, mine)

    assert copy.lost_record
    assert deeds(copy) == [Deed.CURRENT, Deed.KEPT]
    assert (mine / SECOND).read_bytes() == theirs
    (mine / manifest.NAME).unlink()
    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2


def test_a_copy_that_was_cut_short_goes_on(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, content: bytes) -> None:
        if path.name == SECOND:
            raise OSError(28, "No space left on device")
        write_whole(path, content)

    write_whole = manifest.write
    with monkeypatch.context() as patched:
        patched.setattr(manifest, "write", fail)
        with pytest.raises(CourseError, match=r"cannot write into .*: No space left on device"):
            hand_out(course, tmp_path / "mine")

    assert deeds(hand_out(course, tmp_path / "mine")) == [Deed.CURRENT, Deed.ADDED]


def test_two_copies_know_nothing_of_each_other(course: Path, mine: Path, tmp_path: Path) -> None:
    edit(mine / SECOND, set_source(1, "mine"))

    assert deeds(hand_out(course, tmp_path / "hers")) == [Deed.ADDED] * 2
    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2


def test_a_notebook_that_left_the_course_stays_and_this_is_said_once(
    course: Path, mine: Path
) -> None:
    (course / FIRST).unlink()

    assert Step(FIRST, Deed.RETIRED) in hand_out(course, mine).steps
    assert deeds(hand_out(course, mine)) == [Deed.CURRENT]
    assert (mine / FIRST).exists()


def test_files_that_the_prose_links_to_come_along(course: Path, tmp_path: Path) -> None:
    picture = course / "pictures" / "a loop.png"
    picture.parent.mkdir()
    picture.write_bytes(b"old")
    prose = "![Loop](pictures/a%20loop.png), <img src='no.png'>, [web](https://x.org/a.png)"
    edit(course / FIRST, set_source(0, f"{prose}, [next](02_brew.ipynb), [out](../README.md)"))
    target = tmp_path / "mine" / "pictures" / "a loop.png"

    for content in (b"old", b"new"):
        picture.write_bytes(content)
        hand_out(course, tmp_path / "mine")
        assert target.read_bytes() == content
    target.write_bytes(b"drawn on")
    picture.write_bytes(b"newest")
    hand_out(course, tmp_path / "mine")

    assert target.read_bytes() == b"drawn on"
    assert sorted(files(tmp_path / "mine")) == [FIRST, SECOND, "pictures/a loop.png"]


def test_links_in_a_copy_lead_somewhere_after_an_update(tmp_path: Path) -> None:
    taught = tmp_path / "course"
    shutil.copytree(COURSE, taught)
    mine = hand_out(taught, tmp_path / "mine").folder
    for name in [path.name for path in mine.glob("*.ipynb")]:
        edit(mine / name, set_source(0, "mine"))
        edit(taught / name, lambda cells: cells[0].update(source=[*cells[0]["source"], " New."]))

    hand_out(taught, mine)

    copies = sorted(mine.glob("*.ipynb"))
    assert len(copies) == 2 * len(list(taught.glob("[0-9][0-9]_*.ipynb")))
    for path in copies:
        to_notebooks = re.findall(r"\]\(([^)#]+\.ipynb)", path.read_text(encoding="utf-8"))
        for target in [*to_notebooks, *fresh.linked_files(fresh.read(path))]:
            assert (mine / target).is_file(), target


@pytest.mark.parametrize("inside", ["", "my-course"])
def test_the_course_is_no_place_for_a_copy(inside: str, course: Path) -> None:
    before = files(course)
    with pytest.raises(CourseError, match="is the course itself") as caught:
        hand_out(course, course / inside)

    assert caught.value.exit_code == 2
    assert files(course) == before


def test_a_folder_with_other_files_is_refused(course: Path, tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / ".DS_Store").touch()
    assert deeds(hand_out(course, folder)) == [Deed.ADDED] * 2

    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.tex").touch()
    with pytest.raises(CourseError, match="holds other files") as caught:
        hand_out(course, folder)

    assert caught.value.exit_code == 2
    assert list(files(folder)) == ["thesis.tex"]


def test_a_learners_own_files_in_a_copy_do_no_harm(course: Path, mine: Path) -> None:
    (mine / "my notes.txt").write_text("tea", encoding="utf-8")

    assert deeds(hand_out(course, mine)) == [Deed.CURRENT] * 2
    assert (mine / "my notes.txt").read_text(encoding="utf-8") == "tea"


def test_a_file_is_no_folder(course: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("tea", encoding="utf-8")

    with pytest.raises(CourseError, match="is a file") as caught:
        hand_out(course, tmp_path / "notes")
    assert caught.value.exit_code == 2


def test_only_the_last_folder_is_made(course: Path, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"there is no folder .*typo") as caught:
        hand_out(course, tmp_path / "typo" / "mine")

    assert caught.value.exit_code == 2
    assert not (tmp_path / "typo").exists()


def test_a_folder_that_cannot_be_written_into_is_a_mistake_of_one_line(
    course: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who runs tests as root may write anywhere, whatever the folder's mode says.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)

    with pytest.raises(CourseError, match="cannot write into") as caught:
        hand_out(course, mine)
    assert caught.value.exit_code == 1
    assert "\n" not in str(caught.value)


def test_names_are_allowed_on_every_system(course: Path, mine: Path) -> None:
    for force in (False, True):
        edit(mine / SECOND, set_source(1, "mine"))
        edit(course / SECOND, set_source(0, f"# Better {force}"))
        hand_out(course, mine, force=force)

    names = [*files(mine), manifest.NAME.partition("/")[0]]
    assert len(names) == 5
    for name in names:
        assert not set('<>:"/\\|?*') & set(name)
        assert not name.endswith((" ", "."))
