"""A notebook as a handout prints it: prose, beats of predict and run, exercises."""

from __future__ import annotations

from dataclasses import dataclass

from asyncdemo.course.handouts.outputs import Outputs
from asyncdemo.course.handouts.pictures import Sheet
from asyncdemo.course.handouts.prose import Inline, Prose
from asyncdemo.course.handouts.teaching import Teaching


@dataclass(frozen=True)
class Cell:
    """A code cell and what it shows.

    Attributes:
        id: Its id in the notebook.
        number: Its execution count, by which a class can name it.
        source: Its code.
        outputs: What it shows.
        sheets: The pictures of its timelines, real and blank.
        is_solution: Whether only a teacher may see it.
    """

    id: str
    number: int
    source: str
    outputs: Outputs
    sheets: tuple[Sheet, ...] = ()
    is_solution: bool = False


@dataclass(frozen=True)
class Beat:
    """Code cells between two paragraphs, and the prediction that is asked for before them.

    Attributes:
        cells: The cells, in order.
        prediction: What the class is asked; nothing if it is not.
        misconception: What learners often believe instead.
        answers: Whether what the cells show answers a prediction, so that the paragraph that
            reads it must not stand on the same page.
    """

    cells: tuple[Cell, ...] = ()
    prediction: tuple[Inline, ...] = ()
    misconception: str = ""
    answers: bool = False


@dataclass(frozen=True)
class Exercise:
    """An exercise: its task, the stub to complete, its check and its solution."""

    task: tuple[Prose, ...]
    stub: Cell
    check: Cell
    solution: Cell


@dataclass(frozen=True)
class Lesson:
    """One notebook.

    Attributes:
        stem: The notebook's file name without its ending.
        title: Its heading.
        minutes: How long it takes, as it says itself; 0 if it does not.
        parts: What it is made of, from its first paragraph.
        teaching: What its teaching file says.
    """

    stem: str
    title: tuple[Inline, ...]
    minutes: int
    parts: tuple[Prose | Beat | Exercise, ...]
    teaching: Teaching

    @property
    def cells(self) -> list[Cell]:
        """Every code cell."""
        found: list[Cell] = []
        for part in self.parts:
            if isinstance(part, Beat):
                found += part.cells
            elif isinstance(part, Exercise):
                found += [part.stub, part.check, part.solution]
        return found
