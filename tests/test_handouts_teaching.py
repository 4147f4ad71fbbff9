"""The teaching files cover the course: every section, every prediction, and nothing else."""

from pathlib import Path

import pytest

from asyncdemo.course.handouts.lesson import Beat
from asyncdemo.course.handouts.making import lessons_among
from asyncdemo.course.handouts.prose import Prose, plain
from asyncdemo.course.handouts.reading import PREDICT, lesson_from
from asyncdemo.course.handouts.teaching import FOLDER, teaching_for
from asyncdemo.course.notebook_files import read

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
LESSONS = [file.path for file in lessons_among([NOTEBOOKS])]

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


@every_lesson
def test_every_section_has_its_minutes_and_they_add_up(path: Path) -> None:
    lesson = lesson_from(read(path))
    headings = [plain(p.line) for p in lesson.parts if isinstance(p, Prose) and p.level == 2]

    assert list(lesson.teaching.minutes) == headings
    assert sum(lesson.teaching.minutes.values()) == lesson.minutes


@every_lesson
def test_every_prediction_has_its_misconception(path: Path) -> None:
    cells = read(path).notebook.cells
    asking = [cell.id for cell in cells if f"**{PREDICT}**" in cell.source]

    assert list(teaching_for(path).misconceptions) == asking
    beats = [part for part in lesson_from(read(path)).parts if isinstance(part, Beat)]
    assert [beat.misconception for beat in beats if beat.prediction] == [
        *teaching_for(path).misconceptions.values()
    ]


@every_lesson
def test_the_key_picture_is_one_of_the_lesson(path: Path) -> None:
    lesson = lesson_from(read(path))
    shown = [cell.id for cell in lesson.cells if cell.sheets and not cell.is_solution]

    assert lesson.teaching.key_picture in shown


def test_every_teaching_file_belongs_to_a_lesson() -> None:
    found = {path.stem for path in (NOTEBOOKS / FOLDER).iterdir()}

    assert found == {path.stem for path in LESSONS}
