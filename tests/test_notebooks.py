"""The notebooks' contract: anatomy, ids, outputs, pictures; and nbval over all of them."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest

from asyncdemo.course import notebook_files
from asyncdemo.course.cell_results import CellResult, Verdict
from asyncdemo.course.differences import explain
from asyncdemo.course.validation import validate

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
HEADINGS = [
    "What you'll do",
    "What you'll learn",
    "What you'll need",
    "Exercises",
    "Summary",
    "In practice",
    "Further reading",
]
GAP = re.compile(r"\.\.\.|# mend this line")

INDEX = NOTEBOOKS[0].with_name("00_start_here.ipynb")
LESSONS = [path for path in NOTEBOOKS if path != INDEX]

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def prose(notebook: Any) -> str:
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def code_lines(source: str) -> list[str]:
    """The lines that a reader has to read: not blank, no cell magic, no name of an import."""
    source = re.sub(r"^(from \S+ import) \([^)]*\)", r"\1 names", source, flags=re.M)
    return [line for line in source.splitlines() if line.strip() and not line.startswith("%%")]


def section(text: str, heading: str) -> str:
    return re.split(r"^#+ .*$", text.split(f"## {heading}\n", 1)[1], flags=re.M)[0]


def points(text: str) -> list[str]:
    """The list items of a section, without what the two lists may differ in."""
    return [item.rstrip(".;").casefold() for item in re.findall(r"^- (.*)$", text, flags=re.M)]


def test_the_course_has_its_index_and_first_three_lessons() -> None:
    assert [path.name for path in NOTEBOOKS][:4] == [
        "00_start_here.ipynb",
        "01_await_a_coroutine.ipynb",
        "02_follow_the_await.ipynb",
        "03_gather_several_coroutines.ipynb",
    ]


@every_notebook
def test_it_is_valid_and_plain(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}
    assert path.stat().st_size < 1_500_000
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags", "jupyter"}, cell.id


@every_notebook
def test_ids_are_readable_and_unique(path: Path) -> None:
    ids = [cell.id for cell in read(path).cells]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", id) for id in ids)


@every_notebook
def test_it_was_run_from_top_to_bottom(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(read(path))]
    assert counts == list(range(1, len(counts) + 1))


@every_lesson
def test_it_has_the_anatomy(path: Path) -> None:
    text = prose(read(path))
    assert re.findall(r"^# .*$", text, flags=re.M) == [text.splitlines()[0]]
    found = [h for h in re.findall(r"^## (.*)$", text, flags=re.M) if h in HEADINGS]
    assert found == HEADINGS
    learn, can = (section(text, h) for h in ("What you'll learn", "Summary"))
    assert 3 <= len(points(learn)) <= 5
    assert points(learn) == points(can)
    assert re.search(r"\*\*Time: \d+ minutes\.\*\*", section(text, "What you'll need"))
    assert len(re.findall(r"^- \[.*?\]\(https://.*?\).*[:,] ", text, flags=re.M)) >= 2
    assert text.count("**Predict:**") >= 4


def test_the_index_leads_to_the_first_lesson_and_explains_how_to_work() -> None:
    notebook = read(INDEX)
    text = prose(notebook)
    assert f"]({LESSONS[0].name})" in notebook.cells[-1].source
    for word in ("Shift+Enter", "**Predict.**", "**Run**", "**Read**", "restart the kernel"):
        assert word in text
    table = next(o.data["text/html"] for c in code_cells(notebook) for o in c.outputs)
    assert re.findall(r'<a href="([^"]+)">', table) == [path.name for path in LESSONS]


@every_lesson
def test_it_is_as_long_as_a_lesson(path: Path) -> None:
    notebook = read(path)
    assert 20 <= len(notebook.cells) <= 35
    assert 600 <= len(prose(notebook).split()) <= 1200
    lengths = [len(code_lines(cell.source)) for cell in code_cells(notebook)]
    assert max(lengths) <= 12
    assert statistics.median(lengths) <= 5


@every_lesson
def test_the_first_code_cell_alone_imports(path: Path) -> None:
    first, *others = code_cells(read(path))
    assert {type(node) for node in ast.parse(first.source).body} <= {ast.Import, ast.ImportFrom}
    for cell in others:
        if not cell.source.startswith("%%"):
            assert not re.search(r"^\s*(import|from) ", cell.source, flags=re.M), cell.id


@every_notebook
def test_failures_are_on_purpose_and_announced(path: Path) -> None:
    cells = read(path).cells
    for n, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        errors = [o.ename for o in cell.outputs if o.output_type == "error"]
        assert bool(errors) == ("raises-exception" in tags(cell)), cell.id
        before = next(c.source for c in reversed(cells[:n]) if c.cell_type == "markdown")
        assert all(name in before for name in errors), cell.id


@every_notebook
def test_every_picture_is_there_and_has_alt_text(path: Path) -> None:
    shown = 0
    for cell in code_cells(read(path)):
        for output in cell.outputs:
            data = output.get("data", {})
            if "│" not in data.get("text/plain", ""):
                continue
            image = re.search(
                r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)"', data.get("text/html", "")
            )
            assert image, f"{cell.id} shows a timeline without a picture"
            assert len(image[1]) > 60, cell.id
            assert image[2].startswith("iVBOR"), cell.id
            shown += 1
    assert shown >= (1 if path == INDEX else 3)


@every_lesson
def test_exercises_come_in_four(path: Path) -> None:
    cells = {cell.id: cell for cell in read(path).cells}
    stems = sorted({id.split("-")[0] for id in cells if re.match(r"ex\d+-", id)})
    assert 2 <= len(stems) <= 4
    for stem in stems:
        ids = [id for id in cells if id.startswith(f"{stem}-")]
        assert ids == [f"{stem}-{part}" for part in ("task", "stub", "check", "solution")]
        solution = cells[f"{stem}-solution"]
        assert tags(solution) == ["solution"]
        assert solution.metadata.jupyter.source_hidden
        assert "await check(" in cells[f"{stem}-check"].source


@every_lesson
def test_a_stub_only_defines_and_differs_from_its_solution_in_the_gaps(path: Path) -> None:
    cells = {cell.id: cell for cell in read(path).cells}
    for id in [id for id in cells if id.endswith("-stub")]:
        stub, solution = cells[id].source, cells[id.replace("-stub", "-solution")].source
        assert {type(node) for node in ast.parse(stub).body} == {ast.AsyncFunctionDef}
        assert GAP.search(stub)
        left = iter(solution.replace("_solution(", "(").splitlines())
        for line in stub.splitlines():
            assert GAP.search(line) or line in left, f"{id}: {line!r} is not in the solution"


@every_lesson
def test_checks_tell_the_unsolved_from_the_solved(path: Path) -> None:
    cells = {cell.id: cell for cell in read(path).cells}
    for id in [id for id in cells if id.endswith("-check")]:
        unsolved, solved = (
            cells[i].outputs[0].data["text/plain"] for i in (id, id.replace("check", "solution"))
        )
        assert unsolved.startswith(("Not solved yet: ", "Not yet: "))
        assert solved.startswith("Solved: ")


@every_notebook
def test_nothing_that_nbval_cannot_compare(path: Path) -> None:
    for cell in code_cells(read(path)):
        assert not cell.source.rstrip().endswith(";"), cell.id
        assert not re.search(r"update_display|clear_output|pip install|^!", cell.source), cell.id


@every_notebook
def test_links_to_other_notebooks_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+\.ipynb)", prose(read(path))):
        assert (path.parent / target).exists(), target


@pytest.fixture(scope="module")
def validated(request: pytest.FixtureRequest) -> Iterator[dict[Path, Future[list[CellResult]]]]:
    """What comes of the notebooks that are asked for, several at once: lessons mostly wait."""
    items = (item for item in request.session.items if isinstance(item, pytest.Function))
    wanted = [item.callspec.params["path"] for item in items if item.originalname == "test_nbval"]
    with ThreadPoolExecutor(2) as pool:
        yield {path: pool.submit(run_again, path) for path in wanted}


def run_again(path: Path) -> list[CellResult]:
    return list(validate([notebook_files.read(path)]))


@every_notebook
def test_nbval(path: Path, validated: dict[Path, Future[list[CellResult]]]) -> None:
    """Every cell run again gives the stored outputs, apart from what the clock decides."""
    results = validated[path].result()
    failures = [result for result in results if result.verdict is not Verdict.SAME]
    assert not failures, "\n".join(line for failure in failures for line in explain(failure))
    assert len(results) == len(code_cells(read(path)))
