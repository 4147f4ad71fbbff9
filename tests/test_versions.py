"""The names of updates and backups, and how the table of contents treats them."""

import json
from pathlib import Path

import pytest

from asyncdemo.course.progress import contents
from asyncdemo.course.versions import free_name, is_version, versions, word_in

NAME = "02_brew.ipynb"


@pytest.mark.parametrize(
    ("file", "word"),
    [
        (NAME, ""),
        ("02_brew (updated).ipynb", "updated"),
        ("02_brew (updated 12).ipynb", "updated 12"),
        ("02_brew (backup).ipynb", "backup"),
        ("02_brew (mine).ipynb", ""),
        ("02_brew (updated).txt", ""),
    ],
)
def test_a_word_is_found_again_in_its_name(file: str, word: str) -> None:
    assert word_in(file) == word


def test_a_version_belongs_to_one_notebook() -> None:
    assert is_version("02_brew (updated).ipynb", NAME)
    assert not is_version("02_brew (backup).ipynb", NAME)
    assert not is_version("02_brew_more (updated).ipynb", NAME)
    assert not is_version(NAME, NAME)


def test_names_are_numbered_until_one_is_free(tmp_path: Path) -> None:
    found = []
    for _ in range(3):
        path = free_name(tmp_path / NAME, "updated")
        path.touch()
        found.append(path)

    assert [path.name for path in found] == [
        f"02_brew (updated{n}).ipynb" for n in ("", " 2", " 3")
    ]
    assert sorted(versions(tmp_path / NAME)) == sorted(found)


def test_the_table_of_contents_shows_updates_by_name_and_no_backups(tmp_path: Path) -> None:
    prose = "# Brew\n\n## What you'll need\n\nNothing. **Time: 20 minutes.**"
    cell = {"id": "title", "cell_type": "markdown", "source": prose}
    for name in (NAME, "02_brew (updated).ipynb", "02_brew (backup).ipynb"):
        (tmp_path / name).write_text(json.dumps({"cells": [cell]}), encoding="utf-8")

    found = contents(tmp_path)

    assert [lesson.title for lesson in found.lessons] == ["Brew", "Brew (updated)"]
    assert 'href="02_brew%20%28updated%29.ipynb"' in found._repr_mimebundle_()["text/html"]
