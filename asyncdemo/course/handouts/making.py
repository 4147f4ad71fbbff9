"""Makes handouts: says which files there will be, shares the work out, and writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from asyncdemo.course import fresh
from asyncdemo.course.errors import CourseError
from asyncdemo.course.handouts.document import Document
from asyncdemo.course.handouts.folder import filled, refuse_to_overwrite
from asyncdemo.course.handouts.kinds import Edition, Format, Paper
from asyncdemo.course.handouts.lesson import Lesson
from asyncdemo.course.handouts.page import page
from asyncdemo.course.handouts.reading import lesson_from
from asyncdemo.course.handouts.sharing import Workers
from asyncdemo.course.handouts.student_notebooks import student_notebook
from asyncdemo.course.handouts.typesetting import typesetter
from asyncdemo.course.notebook_files import NotebookFile, find, read
from asyncdemo.course.screen import screen

FOLDER = Path("handouts")


@dataclass(frozen=True)
class Order:
    """What is wanted.

    Attributes:
        editions: For whom.
        papers: The papers of the PDFs.
        formats: PDF, HTML or both.
    """

    editions: tuple[Edition, ...] = tuple(Edition)
    papers: tuple[Paper, ...] = tuple(Paper)
    formats: tuple[Format, ...] = tuple(Format)

    def files(self, edition: Edition, name: str) -> Iterator[tuple[str, Paper | None]]:
        """The files of one document: their names, and the paper of those that are PDFs."""
        stem = f"{edition.value}/{name}-{edition.value}"
        if Format.PDF in self.formats:
            yield from ((f"{stem}-{paper.value}.pdf", paper) for paper in self.papers)
        if Format.HTML in self.formats:
            yield f"{stem}.html", None


@dataclass(frozen=True)
class _Task:
    """One file to be made of one document."""

    document: Document
    paper: Paper | None
    path: Path


def make(
    named: Sequence[Path] = (),
    *,
    order: Order | None = None,
    folder: Path = FOLDER,
    force: bool = False,
) -> list[Path]:
    """Makes the handouts of notebooks, and of all of them together if they are several.

    Args:
        named: Notebooks and folders of notebooks; the course by default. Of a folder, those
            that say how many minutes they take are lessons.
        order: What is wanted; everything by default.
        folder: Where the handouts go.
        force: Write over handouts that are there.

    Returns:
        The files that were made.

    Raises:
        CourseError: A notebook cannot be printed as it is, or a file is in the way. Then
            nothing was written.

    Example:
        >>> make([Path("notebooks")], order=Order(papers=(Paper.A4,)))  # doctest: +SKIP
    """
    order = order or Order()
    files = lessons_among(named)
    names = [file.path.stem for file in files] + (["course"] if len(files) > 1 else [])
    wanted = [f for e in order.editions for n in names for f, _ in order.files(e, n)]
    if not force:
        refuse_to_overwrite(folder, wanted)
    with (
        screen(len(files) + len(wanted)) as shown,
        filled(folder) as draft,
        Workers(len(files)) as workers,
    ):
        lessons = []
        for lesson in workers.all(lesson_from, files):
            lessons.append(lesson)
            shown.at(f"read {lesson.stem}")
            shown.advance()
        for name in workers.all(_set, _tasks(lessons, order, draft)):
            shown.at(name)
            shown.advance()
    return [folder / name for name in wanted]


def make_notebooks(
    named: Sequence[Path] = (), *, folder: Path = FOLDER, force: bool = False
) -> list[Path]:
    """Writes copies of notebooks without solutions and outputs, with the files they link to.

    Args:
        named: As for `make`.
        folder: They go into `notebooks` in this folder.
        force: Write over files that are there.

    Returns:
        The files that were written.

    Raises:
        CourseError: A notebook cannot be read, or a file is in the way.

    Example:
        >>> make_notebooks([Path("notebooks")])  # doctest: +SKIP
    """
    files = lessons_among(named)
    contents: dict[str, bytes] = {}
    for file in files:
        contents[f"notebooks/{file.path.name}"] = student_notebook(file)
        for linked in fresh.linked_files(file.notebook):
            source = file.path.parent / linked
            if source.is_file():
                contents[f"notebooks/{linked}"] = source.read_bytes()
    if not force:
        refuse_to_overwrite(folder, [*contents])
    with screen(len(contents)) as shown, filled(folder) as draft:
        for name, content in contents.items():
            shown.at(name)
            (draft / name).parent.mkdir(parents=True, exist_ok=True)
            (draft / name).write_bytes(content)
            shown.advance()
    return [folder / name for name in contents]


def lessons_among(named: Sequence[Path]) -> list[NotebookFile]:
    """The notebooks that are named, and the lessons of the folders that are.

    Raises:
        CourseError: There are none, or two of the same name.

    Example:
        >>> [file.path.stem for file in lessons_among([])][0]  # doctest: +SKIP
        '01_await_a_coroutine'
    """
    by_name = {path.resolve() for path in named}
    files = [read(path) for path in find(named)]
    lessons = [file for file in files if file.path.resolve() in by_name or _is_lesson(file)]
    if not lessons:
        raise CourseError("no notebook here says **Time: N minutes.**; name one", exit_code=2)
    stems = [file.path.stem for file in lessons]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if twice is not None:
        raise CourseError(f"two notebooks are called {twice}; name one of them", exit_code=2)
    return lessons


def _is_lesson(file: NotebookFile) -> bool:
    cells = (cell for cell in file.notebook.cells if cell.cell_type == "markdown")
    return any(re.search(r"\*\*Time: \d+ minutes", cell.source) for cell in cells)


def _tasks(lessons: Sequence[Lesson], order: Order, draft: Path) -> Iterable[_Task]:
    for edition in order.editions:
        documents = [Document(edition, (lesson,)) for lesson in lessons]
        if len(lessons) > 1:
            # First, because it takes longest.
            documents.insert(0, Document(edition, tuple(lessons), whole=True))
        for document in documents:
            for name, paper in order.files(edition, document.name):
                yield _Task(document, paper, draft / name)


def _set(task: _Task) -> str:
    """Makes one file, and says its name."""
    made = (
        page(task.document) if task.paper is None else typesetter().pdf(task.document, task.paper)
    )
    task.path.parent.mkdir(parents=True, exist_ok=True)
    task.path.write_bytes(made)
    return task.path.name
