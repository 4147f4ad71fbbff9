"""The handouts of the course: read back, page by page, and compared."""

import asyncio
import html.parser
import itertools
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pypdf
import pytest
from nbclient import NotebookClient
from pypdf.generic import ArrayObject, DictionaryObject

from asyncdemo.course.handouts import making
from asyncdemo.course.handouts.kinds import Edition, Format, Paper
from asyncdemo.course.handouts.lesson import Beat, Lesson
from asyncdemo.course.handouts.prose import Prose, parse, plain
from asyncdemo.course.handouts.reading import lesson_from
from asyncdemo.picture import payload

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FILES = making.lessons_among([NOTEBOOKS])
STEMS = [file.path.stem for file in FILES]
NAMES = [*STEMS, "course"]
SIZES = {Paper.A4: (595, 842), Paper.LETTER: (612, 792)}

every_name = pytest.mark.parametrize("name", NAMES)
every_pdf = pytest.mark.parametrize(
    "file",
    [
        f"{edition}/{name}-{edition}-{paper}.pdf"
        for edition in Edition
        for paper in Paper
        for name in NAMES
    ],
)
# The whole course holds every page of every lesson.
every_course = pytest.mark.parametrize(
    "file", [f"{e}/course-{e}-{paper}.pdf" for e in Edition for paper in Paper]
)
every_page = pytest.mark.parametrize(
    "file", [f"{edition}/{name}-{edition}.html" for edition in Edition for name in NAMES]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All handouts of the course, made once."""
    place = tmp_path_factory.mktemp("made") / "handouts"
    made = making.make([NOTEBOOKS], folder=place)
    assert all(path.is_file() for path in made)
    return place


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    return [lesson_from(file) for file in FILES]


def squeezed(text: str) -> str:
    """Without spaces, which a PDF need not hold, and without soft places to break at."""
    return re.sub(r"[\s\u200b]+", "", text)


@cache
def page_texts(path: Path) -> list[str]:
    return [squeezed(page.extract_text()) for page in pypdf.PdfReader(path).pages]


def page_of(texts: Sequence[str], wanted: str) -> int:
    (found, *_) = [n for n, text in enumerate(texts) if squeezed(wanted) in text] or [-1]
    assert found >= 0, wanted
    return found


def elements(node: Any) -> Iterator[DictionaryObject]:
    """Every element of a PDF's structure tree."""
    node = node.get_object()
    if isinstance(node, ArrayObject):
        for kid in node:
            yield from elements(kid)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from elements(node["/K"])


def tags_of(path: Path) -> list[DictionaryObject]:
    return [*elements(pypdf.PdfReader(path).trailer["/Root"]["/StructTreeRoot"])]


def fonts_of(resources: Any) -> Iterator[DictionaryObject]:
    resources = resources.get_object()
    for font in resources.get("/Font", {}).values():
        yield font.get_object()
    for form in resources.get("/XObject", {}).values():
        if "/Resources" in form.get_object():
            yield from fonts_of(form.get_object()["/Resources"])


def test_every_file_that_was_asked_for_is_there_and_no_other(folder: Path) -> None:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    endings = ["-a4.pdf", "-letter.pdf", ".html"]

    assert found == {f"{e}/{name}-{e}{end}" for e in Edition for name in NAMES for end in endings}


def test_a_second_run_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Another run, in this process, into another folder; one notebook stands for all."""
    made = making.make([FILES[0].path], folder=tmp_path / "again")

    assert len(made) == 9
    for path in made:
        assert path.read_bytes() == (folder / path.relative_to(tmp_path / "again")).read_bytes()


@every_pdf
def test_a_pdf_is_accessible(folder: Path, file: str) -> None:
    reader = pypdf.PdfReader(folder / file)
    root: Any = reader.trailer["/Root"]

    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata and reader.metadata.title
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert re.search(r"pdfuaid:part(>|=\")1", metadata)
    assert "CreateDate" not in metadata
    assert "/CreationDate" not in (reader.metadata or {})


@every_course
def test_every_picture_in_a_pdf_says_what_it_shows(folder: Path, file: str) -> None:
    figures = [tag for tag in tags_of(folder / file) if tag["/S"] == "/Figure"]

    assert figures
    assert all(len(str(tag.get("/Alt", ""))) > 40 for tag in figures)


@every_course
def test_the_headings_of_a_pdf_are_in_order(folder: Path, file: str) -> None:
    levels = [
        int(tag["/S"][2:])
        for tag in tags_of(folder / file)
        if re.fullmatch(r"/H[1-6]", str(tag["/S"]))
    ]

    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


@every_course
def test_all_fonts_are_inside(folder: Path, file: str) -> None:
    for page in pypdf.PdfReader(folder / file).pages:
        for font in fonts_of(page["/Resources"]):
            for descendant in font.get("/DescendantFonts", [font]):
                descriptor = descendant.get_object()["/FontDescriptor"].get_object()
                assert {"/FontFile2", "/FontFile3"} & set(descriptor), font["/BaseFont"]


@every_course
def test_nothing_stands_outside_the_page(folder: Path, file: str) -> None:
    """The place where each text begins and, as for code every letter is as wide, its end."""
    width, height = SIZES[Paper.A4 if file.endswith("-a4.pdf") else Paper.LETTER]

    def look(text: str, cm: Any, tm: Any, font: Any, size: float) -> None:
        if not text.strip():
            return
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        end = x
        if font and "Mono" in str(font.get("/BaseFont")):
            scale = abs(tm[0] * cm[0]) or 1.0
            end += max(map(len, text.strip("\n").split("\n"))) * 0.6 * size * scale
        assert 20 < x <= end < width - 20, text
        assert 20 < y < height - 20, text

    for page in pypdf.PdfReader(folder / file).pages:
        assert [round(float(x)) for x in page.mediabox[2:]] == [width, height]
        page.extract_text(visitor_text=look)


@every_name
@pytest.mark.parametrize("paper", Paper)
def test_both_editions_have_the_same_sections_on_the_same_pages(
    folder: Path, name: str, paper: Paper
) -> None:
    readers = [
        pypdf.PdfReader(folder / f"{edition}/{name}-{edition}-{paper}.pdf")
        for edition in (Edition.STUDENT, Edition.TEACHER)
    ]
    student, teacher = (
        [(reader.get_destination_page_number(d), d.title) for d in flat(reader.outline)]
        for reader in readers
    )

    assert len(readers[0].pages) == len(readers[1].pages)
    assert student == teacher
    assert len(student) > 8


def flat(outline: Any) -> Iterator[Any]:
    for entry in outline:
        if isinstance(entry, list):
            yield from flat(entry)
        else:
            yield entry


@pytest.mark.parametrize("paper", Paper)
def test_what_reads_a_picture_is_on_a_later_page_than_its_prediction(
    folder: Path, lessons: list[Lesson], paper: Paper
) -> None:
    asked_for = 0
    for lesson in lessons:
        texts = page_texts(folder / f"student/{lesson.stem}-student-{paper}.pdf")
        for beat, following in itertools.pairwise(lesson.parts):
            if isinstance(beat, Beat) and beat.answers and isinstance(following, Prose):
                asked = page_of(texts, plain(beat.prediction))
                assert asked < page_of(texts, plain(following.line)), plain(beat.prediction)
                asked_for += 1
    assert asked_for > 10


@pytest.mark.parametrize("paper", Paper)
def test_a_cheat_sheet_is_one_page(folder: Path, paper: Paper) -> None:
    for stem in STEMS:
        path = folder / f"cheat-sheet/{stem}-cheat-sheet-{paper}.pdf"
        assert len(pypdf.PdfReader(path).pages) == 1
    whole = pypdf.PdfReader(folder / f"cheat-sheet/course-cheat-sheet-{paper}.pdf")
    assert len(whole.pages) == len(STEMS)


def test_the_contents_name_the_page_of_every_lesson(folder: Path, lessons: list[Lesson]) -> None:
    texts = page_texts(folder / "student/course-student-a4.pdf")
    for lesson in lessons:
        title = squeezed(plain(lesson.title))
        first = page_of(texts, f"Notebook{int(lesson.stem[:2])}·{lesson.minutes}minutes{title}")
        contents = "".join(texts[1 : page_of(texts, "Notebook1·")])
        assert re.search(rf"{title}\.*{first + 1}\D", contents + "."), title


def test_links_lead_somewhere(folder: Path) -> None:
    reader = pypdf.PdfReader(folder / "teacher/course-teacher-a4.pdf")
    annotations = [a.get_object() for page in reader.pages for a in page.get("/Annots", [])]
    actions = [a["/A"]["/URI"] for a in annotations if "/A" in a and "/URI" in a["/A"]]
    inside = [a for a in annotations if "/Dest" in a or a.get("/A", {}).get("/S") == "/GoTo"]

    assert any(uri.startswith("https://docs.python.org/") for uri in actions)
    assert all(uri.startswith("https://") for uri in actions)
    assert len(inside) > 15
    # And in print they can be read.
    assert "docs.python.org/3/library/asyncio-task.html" in "".join(
        page_texts(folder / "teacher/course-teacher-a4.pdf")
    )


# Of a student, nothing is given away


def secret_lines(stem: str) -> list[str]:
    """The lines of a notebook's solutions that stand nowhere else in the course."""
    everything = [(file.path.stem, cell) for file in FILES for cell in file.notebook.cells]
    solutions = [
        cell
        for its, cell in everything
        if its == stem and "solution" in cell.metadata.get("tags", [])
    ]
    others = "\n".join(
        cell.source for _, cell in everything if "solution" not in cell.metadata.get("tags", [])
    )
    lines = [line.strip() for cell in solutions for line in cell.source.splitlines()]
    return [line for line in lines if len(line) > 3 and line not in others]


def texts_of(folder: Path, edition: Edition, stem: str) -> Iterator[str]:
    for paper in Paper:
        yield "".join(page_texts(folder / f"{edition}/{stem}-{edition}-{paper}.pdf"))
    page = (folder / f"{edition}/{stem}-{edition}.html").read_text(encoding="utf-8")
    yield squeezed(html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", page, flags=re.S)))


@pytest.mark.parametrize("stem", STEMS)
def test_no_line_of_a_solution_is_in_a_student_edition(folder: Path, stem: str) -> None:
    lines = secret_lines(stem)
    assert len(lines) >= 4
    for name in (stem, "course"):
        for edition in (Edition.STUDENT, Edition.CHEAT_SHEET):
            for text in texts_of(folder, edition, name):
                assert [line for line in lines if squeezed(line) in text] == []
        for text in texts_of(folder, Edition.TEACHER, name):
            assert [line for line in lines if squeezed(line) not in text] == []


@pytest.mark.parametrize("stem", STEMS)
def test_no_output_is_in_a_student_edition(folder: Path, lessons: list[Lesson], stem: str) -> None:
    (lesson,) = (lesson for lesson in lessons if lesson.stem == stem)
    page = html.unescape((folder / f"student/{stem}-student.html").read_text(encoding="utf-8"))
    tags = tags_of(folder / f"student/{stem}-student-a4.pdf")
    told = page + "".join(str(tag.get("/Alt", "")) for tag in tags)
    for cell in lesson.cells:
        for sheet in cell.sheets:
            assert sheet.alt not in told
            assert payload.unpack(sheet.blank_png) is None
    for note in lesson.teaching.misconceptions.values():
        words = plain_text(note)
        assert not any(words in text for text in texts_of(folder, Edition.STUDENT, stem))
        assert all(words in text for text in texts_of(folder, Edition.TEACHER, stem))


def plain_text(markdown: str) -> str:
    (paragraph,) = parse(markdown)
    return squeezed(plain(paragraph.line))


@pytest.mark.parametrize("stem", STEMS)
def test_a_teacher_is_told_what_each_check_looks_for(
    folder: Path, lessons: list[Lesson], stem: str
) -> None:
    (lesson,) = (lesson for lesson in lessons if lesson.stem == stem)
    looked_for = [
        line[2:] for c in lesson.cells if c.is_solution for line in c.outputs.requirements
    ]

    assert len(looked_for) >= 4
    for text in texts_of(folder, Edition.TEACHER, stem):
        assert all(squeezed(line) in text for line in looked_for)


# HTML


class Tags(html.parser.HTMLParser):
    """Every start tag of a page, with its attributes."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.found if tag in names]


@every_page
def test_a_page_asks_no_host_for_anything(folder: Path, file: str) -> None:
    tags = Tags(folder / file)
    style = re.findall(r"<style>(.*?)</style>", (folder / file).read_text("utf-8"), flags=re.S)

    assert tags.named("script", "link", "iframe", "object", "embed") == []
    assert all(str(image["src"]).startswith("data:image/") for image in tags.named("img"))
    assert all(url.startswith("data:font/") for url in re.findall(r"url\((.*?)\)", style[0]))
    assert "@import" not in style[0]
    policies = [m["content"] for m in tags.named("meta") if "http-equiv" in m]
    assert str(policies[0]).startswith("default-src 'none';")


@every_page
def test_a_page_is_accessible(folder: Path, file: str) -> None:
    tags = Tags(folder / file)
    levels = [int(tag[1]) for tag, _ in tags.found if re.fullmatch(r"h[1-6]", tag)]
    ids = [a["id"] for _, a in tags.found if "id" in a]

    assert tags.named("html") == [{"lang": "en-GB"}]
    assert len(tags.named("title")) == len(tags.named("main")) == 1
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    assert tags.named("img")
    assert all(len(str(image["alt"])) > 40 for image in tags.named("img"))
    assert len(set(ids)) == len(ids)
    rooms = [room["id"] for room in tags.named("textarea")]
    assert rooms == [label["for"] for label in tags.named("label")]
    local = [str(a["href"])[1:] for a in tags.named("a") if str(a["href"]).startswith("#")]
    assert set(local) <= set(ids)


# Student notebooks


def test_student_notebooks_have_no_solutions_and_no_outputs(tmp_path: Path) -> None:
    made = making.make_notebooks([NOTEBOOKS], folder=tmp_path)

    assert [path.name for path in made if path.suffix == ".ipynb"] == [f"{s}.ipynb" for s in STEMS]
    for stem, path in zip(STEMS, made, strict=False):
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        assert not any(
            cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells
        )
        text = path.read_text(encoding="utf-8")
        assert "_solution" not in text
        for line in secret_lines(stem):
            assert line not in "\n".join(cell.source for cell in notebook.cells)


def test_student_notebooks_run_to_their_end(tmp_path: Path) -> None:
    made = making.make_notebooks([NOTEBOOKS], folder=tmp_path)
    notebooks = [nbformat.read(path, as_version=4) for path in made if path.suffix == ".ipynb"]

    async def run_all() -> None:
        # All at once, they would keep each other from the processor, and lessons measure time.
        free = asyncio.Semaphore(2)

        async def run_one(notebook: nbformat.NotebookNode) -> None:
            async with free:
                await NotebookClient(notebook, timeout=120, kernel_name="python3").async_execute()

        await asyncio.gather(*map(run_one, notebooks))

    asyncio.run(run_all())
    for notebook in notebooks:
        counts = [c.execution_count for c in notebook.cells if c.cell_type == "code"]
        assert counts == list(range(1, len(counts) + 1))


def test_a_table_is_printed(tmp_path: Path) -> None:
    table = "| Tool | For |\n|---|---|\n| `Lock` | one **at a time** |\n"
    cells = [nbformat.v4.new_markdown_cell(f"# Tools\n\nChoose.\n\n{table}", id="a")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "07_tools.ipynb")
    order = making.Order((Edition.STUDENT,), (Paper.A4,), (Format.PDF,))

    (path,) = making.make([tmp_path / "07_tools.ipynb"], order=order, folder=tmp_path / "out")

    assert "Lockoneatatime" in "".join(page_texts(path)[0].split())


# What is in the way


def test_nothing_is_written_over_unless_asked(tmp_path: Path) -> None:
    order = making.Order((Edition.CHEAT_SHEET,), (Paper.A4,), (Format.PDF,))
    (path,) = making.make([FILES[0].path], order=order, folder=tmp_path)
    first = path.read_bytes()
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(making.CourseError, match=r"cheat-sheet-a4\.pdf would be written over"):
        making.make([FILES[0].path], order=order, folder=tmp_path)
    assert path.read_text(encoding="utf-8") == "mine"

    making.make([FILES[0].path], order=order, folder=tmp_path, force=True)
    assert path.read_bytes() == first


def test_nothing_is_left_behind_by_a_notebook_that_cannot_be_printed(tmp_path: Path) -> None:
    notebook = nbformat.reads(FILES[0].content, as_version=4)
    next(cell for cell in notebook.cells if cell.id == "await-order").execution_count = None
    (tmp_path / "in").mkdir()
    nbformat.write(notebook, tmp_path / "in" / "01_broken.ipynb")

    with pytest.raises(making.CourseError, match=r"01_broken\.ipynb: cell await-order was never"):
        making.make([tmp_path / "in"], folder=tmp_path / "new" / "out")
    assert not (tmp_path / "new").exists()


def test_two_notebooks_of_one_name_are_refused(tmp_path: Path) -> None:
    copy = tmp_path / FILES[0].path.name
    copy.write_bytes(FILES[0].content)

    with pytest.raises(making.CourseError, match="two notebooks are called 01_await"):
        making.make([copy, FILES[0].path], folder=tmp_path / "out")


def test_a_folder_without_lessons_says_so(tmp_path: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "a.ipynb")

    with pytest.raises(making.CourseError, match="Time: N minutes"):
        making.make([tmp_path], folder=tmp_path / "out")


def test_no_machine_is_named(folder: Path) -> None:
    machine = re.compile(rb"/tmp/|/home/|/work/|ipykernel_\d|[A-Z]:\\\\")
    for path in folder.rglob("*.html"):
        assert not machine.search(path.read_bytes()), path.name
    for edition in Edition:
        path = folder / f"{edition}/course-{edition}-a4.pdf"
        assert not machine.search(path.read_bytes()), path.name
        assert not machine.search("".join(page_texts(path)).encode()), path.name
