"""What stands on a handout's HTML page, from its title to its imprint."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator

from asyncdemo.course.handouts import markup
from asyncdemo.course.handouts.cheat_sheet import cheat_sheet
from asyncdemo.course.handouts.document import (
    COURSE,
    IMPRINT,
    ROUTINE,
    SUBTITLE,
    Document,
    language_of,
    number_of,
)
from asyncdemo.course.handouts.kinds import Edition
from asyncdemo.course.handouts.lesson import Beat, Cell, Exercise, Lesson
from asyncdemo.course.handouts.outputs import met
from asyncdemo.course.handouts.pictures import Sheet
from asyncdemo.course.handouts.prose import Prose, parse, plain, slug


class Body:
    """Writes the parts of one document.

    Example:
        >>> next(Body(document).parts())  # doctest: +SKIP
        '<header><p class="quiet">asyncdemo · Student edition</p>'
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.for_teacher = document.edition is Edition.TEACHER
        self.is_sheet = document.edition is Edition.CHEAT_SHEET
        self.deeper = 1 if document.whole else 0
        self.known = {lesson.stem for lesson in document.lessons}
        self.rooms = 0

    def parts(self) -> Iterator[str]:
        """Its parts from top to bottom."""
        yield f'<header><p class="quiet">{COURSE} · {self.document.edition.printed_name}</p>'
        if self.document.whole:
            yield f"<h1>{COURSE}</h1><p class=lead>{SUBTITLE}</p>"
            yield f'</header><nav aria-label="Contents"><ol>{self._contents()}</ol></nav>'
        else:
            yield "</header>"
        yield "<main>"
        for lesson in self.document.lessons:
            yield f'<article id="lesson-{html.escape(lesson.stem)}">'
            yield from self._sheet(lesson) if self.is_sheet else self._lesson(lesson)
            yield "</article>"
        yield f'</main><footer><p class="quiet">{IMPRINT}</p></footer>'

    def resolve(self, url: str) -> str:
        """Where a link leads from this page; to nothing, for a notebook that is not on it."""
        if url.startswith(("https://", "http://")):
            return url
        other = re.fullmatch(r"(?:\./)?([\w-]+)\.ipynb(?:#.*)?", url)
        return f"#lesson-{other[1]}" if other and other[1] in self.known else ""

    def _contents(self) -> str:
        return "".join(
            f'<li><a href="#lesson-{html.escape(lesson.stem)}">'
            f"{markup.line_of(lesson.title, self.resolve)}</a>{self._sections(lesson)}</li>"
            for lesson in self.document.lessons
        )

    def _sections(self, lesson: Lesson) -> str:
        found = [
            f'<li><a href="#{_anchor(lesson, part)}">'
            f"{markup.line_of(part.line, self.resolve)}</a></li>"
            for part in lesson.parts
            if isinstance(part, Prose) and part.level == 2 and plain(part.line) not in ROUTINE
        ]
        return f"<ol>{''.join(found)}</ol>" if found and not self.is_sheet else ""

    def _title(self, lesson: Lesson, before: str) -> str:
        time = f" · {lesson.minutes} minutes" if lesson.minutes else ""
        tag, title = f"h{1 + self.deeper}", markup.line_of(lesson.title, self.resolve)
        number = f"Notebook {number_of(lesson)}".strip()
        return f'<p class="quiet">{before}{number}{time}</p><{tag} class="title">{title}</{tag}>'

    def _lesson(self, lesson: Lesson) -> Iterator[str]:
        yield self._title(lesson, "")
        if self.for_teacher and lesson.teaching.minutes:
            rows = "".join(
                f"<li>{minutes} min {html.escape(title)}</li>"
                for title, minutes in lesson.teaching.minutes.items()
                if minutes
            )
            yield f'<aside class="note"><p class="label">Plan</p><ul>{rows}</ul></aside>'
        for part in lesson.parts:
            if isinstance(part, Beat):
                yield from self._beat(part)
            elif isinstance(part, Exercise):
                yield from self._exercise(part)
            elif part.kind == "heading":
                yield self._heading(lesson, part)
            else:
                yield markup.prose_of(part, self.resolve, self.deeper)

    def _heading(self, lesson: Lesson, part: Prose) -> str:
        tag = f"h{part.level + self.deeper}"
        minutes = lesson.teaching.minutes.get(plain(part.line), 0)
        time = f'<span class="minutes">{minutes} min</span>' if self.for_teacher and minutes else ""
        title = markup.line_of(part.line, self.resolve)
        return f'<{tag} id="{_anchor(lesson, part)}">{title}{time}</{tag}>'

    def _beat(self, beat: Beat) -> Iterator[str]:
        yield '<section class="beat answers">' if beat.answers else '<section class="beat">'
        if beat.prediction:
            asked = markup.line_of(beat.prediction, self.resolve)
            yield f'<div class="predict"><p class="label">Predict</p><p>{asked}</p>'
            yield self._room("Your prediction", 2, quiet=True)
            yield "</div>"
            if self.for_teacher and beat.misconception:
                said = "".join(markup.prose_of(p, self.resolve) for p in parse(beat.misconception))
                yield f'<aside class="note"><p class="label">Misconception</p>{said}</aside>'
        for cell in beat.cells:
            yield from self._cell(cell)
        if beat.answers and not self.for_teacher:
            yield self._room("What really happened", 3)
        yield "</section>"

    def _cell(self, cell: Cell) -> Iterator[str]:
        if cell.is_solution:
            yield from self._solution(cell)
            return
        yield self._code(cell)
        said = "\n".join(t for t in (cell.outputs.text, cell.outputs.failure) if t)
        if self.for_teacher:
            if said:
                yield f'<div class="output">{markup.code_of(said, "text", "Output")}</div>'
            yield from (_image(sheet, blank=False) for sheet in cell.sheets)
            return
        if said:
            name = "It ends with" if cell.outputs.failure else "It shows"
            yield self._room(name, min(cell.outputs.lines, 4))
        yield from (_image(sheet, blank=True) for sheet in cell.sheets)

    def _exercise(self, exercise: Exercise) -> Iterator[str]:
        yield '<section class="exercise">'
        for block in exercise.task:
            yield markup.prose_of(block, self.resolve, self.deeper)
        yield self._code(exercise.stub)
        yield self._code(exercise.check)
        yield from self._solution(exercise.solution)
        yield "</section>"

    def _solution(self, cell: Cell) -> Iterator[str]:
        if not self.for_teacher:
            yield self._room("Your answer", len(cell.source.splitlines()) + 2)
            return
        yield '<p class="label">Solution</p>'
        yield markup.code_of(cell.source)
        if looks_for := met(cell.outputs.requirements):
            items = "".join(f"<li>{html.escape(item)}</li>" for item in looks_for)
            yield f'<p class="label">The check looks for</p><ul>{items}</ul>'
        yield from (_image(sheet, blank=False) for sheet in cell.sheets)

    def _code(self, cell: Cell) -> str:
        code = markup.code_of(cell.source, language_of(cell.source), f"Cell {cell.number}")
        return f'<div class="cell"><span class="number">[{cell.number}]</span>{code}</div>'

    def _room(self, name: str, lines: int, *, quiet: bool = False) -> str:
        self.rooms += 1
        shown = "label hidden" if quiet else "label"
        return (
            f'<div class="room"><label class="{shown}" for="room-{self.rooms}">{name}</label>'
            f'<textarea id="room-{self.rooms}" rows="{lines}" spellcheck="false"></textarea></div>'
        )

    def _sheet(self, lesson: Lesson) -> Iterator[str]:
        sheet, tag = cheat_sheet(lesson), f"h{2 + self.deeper}"
        yield self._title(lesson, "Cheat sheet · ")
        yield f'<p class="lead">{markup.line_of(sheet.lead, self.resolve)}</p>'
        for title, points in (("You can now", sheet.can), ("In practice", sheet.practice)):
            items = "".join(f"<li>{markup.line_of(p, self.resolve)}</li>" for p in points)
            yield f"<{tag}>{title}</{tag}><ul>{items}</ul>" if points else ""
        if sheet.cell:
            yield f"<{tag}>The picture to remember</{tag}>"
            yield markup.code_of(sheet.cell.source, language_of(sheet.cell.source))
            yield from (_image(picture, blank=False) for picture in sheet.cell.sheets)
        if sheet.words:
            yield f"<{tag}>Words</{tag}>"
            yield from (f"<p>{markup.line_of(word, self.resolve)}</p>" for word in sheet.words)


def _anchor(lesson: Lesson, part: Prose) -> str:
    return f"{lesson.stem}-{slug(plain(part.line))}"


def _image(sheet: Sheet, *, blank: bool) -> str:
    if blank and not sheet.blank_png:
        kind, content = "svg+xml", sheet.blank
    else:
        kind, content = "png", sheet.blank_png if blank else sheet.real_png
    alt = sheet.blank_alt if blank else sheet.alt
    data = base64.b64encode(content).decode("ascii")
    return f'<img alt="{html.escape(alt)}" src="data:image/{kind};base64,{data}">'
