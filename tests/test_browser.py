"""The course in JupyterLab, in a real browser: what a learner does, sees and reads."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from accessibility import results, violations
from browser import FLAGS, NOTEBOOK, Lab, Notebook, find_chromium, stored_pictures, taught
from served import Served, home_in

from asyncdemo.course.places import NUMBERED, course_folder

COURSE = course_folder()
NOTEBOOKS = sorted(path.name for path in COURSE.glob(NUMBERED))
INDEX, FIRST, SECOND, THIRD = NOTEBOOKS[:4]
# What the issue about JupyterLab promises, on two cores and with a warm package cache.
FIRST_TIMELINE_WITHIN = 60.0
OURS = (".jp-RenderedHTML.jp-OutputArea-output", ".jp-MarkdownOutput")
# JupyterLab underlines no link, in nobody's notebook.
NOT_OURS = ("link-in-text-block",)
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
THEMES = {"light": LIGHT, "dark": DARK}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's Chromium. Ended with this module: while it runs, asyncio.run() cannot."""
    program = find_chromium()
    if program is None:
        pytest.skip("there is no Chromium or Chrome on this machine")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course") / "mine"


@pytest.fixture(scope="module")
def served(chromium: Any, copy: Path, home: Path) -> Iterator[Served]:
    with Serving(Served(copy, home=home_in(home))) as served:
        yield served


class Serving:
    """Ends a server and all that it started, however the test ends."""

    def __init__(self, served: Served) -> None:
        self.served = served

    def __enter__(self) -> Served:
        return self.served

    def __exit__(self, *_: object) -> None:
        children = psutil.Process(self.served.process.pid).children(recursive=True)
        group = os.getpgrp()
        try:
            # As a terminal does, which tells the server even where `uv run` has started it.
            for child in children:
                if os.getpgid(child.pid) == group:
                    child.send_signal(signal.SIGINT)
            self.served.interrupt()
        finally:
            for child in psutil.wait_procs(children, timeout=5)[1]:
                child.kill()
            self.served.close()


@pytest.fixture(scope="module")
def fresh_copy(served: Served, copy: Path, home: Path) -> Callable[[], None]:
    """Puts notebooks and settings back to what a learner starts with."""
    notebooks = {path: path.read_bytes() for path in copy.glob("*.ipynb")}

    def put_back() -> None:
        for path, content in notebooks.items():
            path.write_bytes(content)
        shutil.rmtree(home / "lab", ignore_errors=True)

    return put_back


@pytest.fixture(scope="module")
def window(chromium: Any, served: Served, fresh_copy: Callable[[], None]) -> Callable[..., Lab]:
    """Opens a window of the browser, by default as large as a laptop's."""

    def open_window(width: int = 1280, height: int = 900, zoom: float = 1) -> Lab:
        # Zooming in leaves the page fewer and larger pixels.
        size = {"width": int(width / zoom), "height": int(height / zoom)}
        return Lab(chromium.new_context(viewport=size, device_scale_factor=zoom), served)

    return open_window


@pytest.fixture
def lab(window: Callable[..., Lab], fresh_copy: Callable[[], None]) -> Iterator[Lab]:
    fresh_copy()
    lab = window()
    yield lab
    interruptions = lab.interruptions()
    lab.close()
    assert_quiet(lab, interruptions)


def assert_quiet(lab: Lab, interruptions: list[str]) -> None:
    """No dialog, no pop-up, no error in the page, and no request to another machine."""
    assert interruptions == []
    assert lab.mistakes == []
    assert lab.hosts == {"127.0.0.1"}


def code_ids(name: str) -> list[str]:
    return list(taught(COURSE / name))


def showing(name: str) -> list[str]:
    """The cells that show something when they have run."""
    return [id for id, cell in taught(COURSE / name).items() if cell["outputs"]]


def run_all(lab: Lab, notebook: Notebook) -> None:
    lab.choose("Run", "Run All Cells")
    notebook.wait_until_run(code_ids(notebook.name), showing(notebook.name))


def taught_pictures(name: str) -> dict[str, int]:
    """How many pictures the cells show that show any."""
    if name == INDEX:  # which is stored without
        return {"first-timeline": 1}
    cells = taught(COURSE / name).items()
    return {id: number for id, cell in cells if (number := stored_pictures(cell))}


def assert_as_taught(notebook: Notebook) -> None:
    """It shows the failures and the pictures that it was stored with, and no others."""
    cells = taught(COURSE / notebook.name)
    on_purpose = {
        id for id, c in cells.items() if "raises-exception" in c["metadata"].get("tags", ())
    }
    errors = notebook.errors()
    assert set(errors) == on_purpose, errors
    pictures = notebook.pictures()
    assert {id: len(found) for id, found in pictures.items()} == taught_pictures(notebook.name)
    for id, found in pictures.items():
        for picture in found:
            assert picture["natural"] > 0, id
            assert picture["alt"].strip(), id
            assert 0 < picture["width"] <= picture["room"] + 1, id
            assert picture["height"] > 20, id


def step_through(lab: Lab, notebook: Notebook) -> None:
    """Presses Shift+Enter in every cell, as soon as the one before has ended."""
    code, shown = code_ids(notebook.name), showing(notebook.name)
    for index, id in enumerate(notebook.ids):
        assert notebook.active() == index
        notebook.press("Shift+Enter")
        if id in code:
            notebook.wait_until_run([id], [id] if id in shown else [])
        if index + 1 < len(notebook.ids):
            notebook.wait_until_active(index + 1)
            assert notebook.active_is_in_sight(), notebook.ids[index + 1]


def test_from_a_clean_clone_to_the_first_timeline(
    chromium: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("there is no uv, which the README's command runs")
    command = readme_command().replace("python3 -m uv", uv).split()
    assert command[1:] == ["run", "asyncdemo", "lab"]
    environment = home_in(tmp_path) | {
        "UV_CACHE_DIR": said_by(uv, "cache", "dir"),
        "UV_PYTHON_INSTALL_DIR": said_by(uv, "python", "dir"),
    }
    environment.pop("VIRTUAL_ENV", None)
    warm(uv, tmp_path / "before", environment)
    clone_into(tmp_path / "clone")

    begin = time.monotonic()
    served = Served(home=environment, command=command, cwd=tmp_path / "clone")
    with Serving(served):
        lab = Lab(chromium.new_context(viewport={"width": 1280, "height": 900}), served)
        notebook = lab.open()
        for index, _ in enumerate(notebook.ids):
            notebook.press("Shift+Enter")
            notebook.wait_until_active(index + 1)
        lab.page.locator(".jp-OutputArea-output img").wait_for(state="visible")
        notebook.wait_until_drawn()
        seconds = time.monotonic() - begin
        ((picture,),) = notebook.pictures().values()
        lab.close()
    with capsys.disabled():
        print(f"\nFrom the README's command to the first timeline on the screen: {seconds:.1f} s")

    assert picture["natural"] > 0
    assert seconds < FIRST_TIMELINE_WITHIN


def warm(uv: str, clone: Path, environment: dict[str, str]) -> None:
    """Fills the package cache with what a start from a clean clone needs."""
    clone_into(clone)
    sync = [uv, "sync", "--quiet"]
    done = subprocess.run(
        sync, check=False, cwd=clone, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"the package cache cannot be filled: {done.stderr}")
    shutil.rmtree(clone)


def clone_into(folder: Path) -> None:
    """What a clone of this repository would hold, with what is not committed yet."""
    root = COURSE.parent
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("this is no git repository")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=root, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, folder / name)


def said_by(uv: str, *words: str) -> str:
    return subprocess.run([uv, *words], check=True, capture_output=True, text=True).stdout.strip()


def readme_command() -> str:
    """The README's command that starts the course, once uv is installed."""
    readme = (COURSE.parent / "README.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^.* && (.* asyncdemo lab)$", readme, flags=re.M)
    command: str = line
    return command


def test_the_printed_address_leads_to_the_index_and_its_first_timeline(lab: Lab) -> None:
    notebook = lab.open()

    step_through(lab, notebook)

    assert notebook.name == INDEX
    assert_as_taught(notebook)
    table = notebook.cell("contents").locator("table")
    assert table.locator("tbody tr").count() == len(NOTEBOOKS) - 1
    (picture,) = notebook.pictures()["first-timeline"]
    assert "'hello'" in picture["alt"]


def test_shift_enter_leads_from_the_first_cell_to_the_last(lab: Lab) -> None:
    notebook = lab.open(FIRST)

    step_through(lab, notebook)

    counts = [notebook.count(id) for id in code_ids(FIRST) if not id.endswith("-solution")]
    assert counts[0] == 1
    assert counts == sorted(counts)
    assert_as_taught(notebook)


def test_a_link_in_the_index_opens_the_lesson(lab: Lab) -> None:
    index = lab.open()
    index.run("contents", shows=True)

    index.cell("contents").locator("a").first.click()

    assert lab.current(FIRST).panel.locator("h1").inner_text().startswith("Await a coroutine")


def test_an_exercise_is_solved_by_typing_and_counts_in_the_index(lab: Lab) -> None:
    notebook = lab.open(FIRST)
    notebook.run_through("ex1-check")
    assert notebook.text("ex1-check").startswith("Not solved yet: ")

    notebook.write("ex1-stub", "...", "await multiply(6, 7)")
    notebook.press("Shift+Enter")
    notebook.wait_until_active(notebook.ids.index("ex1-check"))
    before = notebook.count("ex1-check")
    notebook.press("Shift+Enter")
    notebook.wait_until_run(["ex1-check"], ["ex1-check"])

    assert before is not None
    assert notebook.count("ex1-check") == before + 2
    assert notebook.text("ex1-check").startswith("Solved: ")
    (picture,) = notebook.pictures()["ex1-check"]
    assert "price_of_round()" in picture["alt"]

    lab.save()
    index = lab.open_also(INDEX)
    index.run("contents", shows=True)
    assert (
        "1 of 2" in index.cell("contents").locator("tr", has_text="Await a coroutine").inner_text()
    )


def test_a_wrong_answer_is_told_what_is_missing(lab: Lab) -> None:
    notebook = lab.open(FIRST)
    notebook.run_through("ex1-stub")

    notebook.write("ex1-stub", "...", "42")
    notebook.press("Shift+Enter")
    notebook.run("ex1-check", shows=True)

    assert re.match(
        r"Not yet: price_of_round meets 1 of 2 requirements", notebook.text("ex1-check")
    )
    assert "multiply" in notebook.text("ex1-check")
    assert "ex1-check" not in notebook.errors()


def test_after_a_restart_it_runs_again(lab: Lab) -> None:
    notebook = lab.open(THIRD)
    notebook.run_through("run-gather")
    (kernel,) = lab.kernels()

    lab.choose("Kernel", "Restart Kernel and Clear Outputs of All Cells…")
    lab.page.locator(".jp-Dialog").get_by_role("button", name="Confirm").click()
    lab.page.wait_for_function(
        "panel => !document.querySelector(`${panel} .jp-OutputArea-output`)", arg=NOTEBOOK
    )
    notebook.wait_until_idle()
    (question,) = lab.interruptions()
    notebook.run("run-gather", shows=True)
    assert notebook.errors().keys() == {"run-gather"}
    assert notebook.count("run-gather") == 1
    notebook.run_through("run-gather")

    assert "restart" in question.lower()
    assert lab.kernels()[0]["id"] == kernel["id"]
    assert notebook.errors() == {}
    assert list(notebook.pictures()) == ["run-gather"]


INTERRUPTED = {
    "import time; print('begun'); time.sleep(600)": "KeyboardInterrupt",
    "print('begun')\nwhile True:\npass": "KeyboardInterrupt",
    "import asyncio; print('begun')\nwhile True:\nawait asyncio.sleep(0.05)": "CancelledError",
    # It ends when the loop next wakes, which is when its wait is over.
    "import asyncio; print('begun'); await asyncio.sleep(3)": "CancelledError",
}


def test_a_running_cell_is_interrupted_and_the_next_one_runs(lab: Lab) -> None:
    notebook = lab.open()
    notebook.select("next")
    notebook.press("b")
    notebook.wait_until_active(len(notebook.ids))
    cell = notebook.panel.locator(".jp-Cell").last
    button = notebook.panel.locator("[data-command='notebook:interrupt-kernel']")

    for count, (program, ends_with) in enumerate(INTERRUPTED.items(), start=1):
        notebook.press("Enter", "Control+a", "Delete")
        lab.page.keyboard.type(program)
        notebook.press("Control+Enter")
        cell.locator(".jp-OutputArea-output", has_text=re.compile("^begun")).wait_for()
        assert cell.locator(".jp-InputPrompt").inner_text() == "[*]:"
        if count % 2:
            notebook.press("i", "i")
        else:
            button.click()
        cell.locator(".jp-OutputArea-output", has_text=re.compile(rf"\n{ends_with}: ")).wait_for()
        notebook.wait_until_idle()
        assert cell.locator(".jp-InputPrompt").inner_text() != "[*]:"
        cell.locator(".jp-InputPrompt").click()

    notebook.run("first-timeline", shows=True)
    assert len(notebook.pictures()["first-timeline"]) == 1


def test_two_notebooks_run_at_once(lab: Lab) -> None:
    second = lab.open(SECOND)
    third = lab.open_also(THIRD)

    # The longer one first, so that it still runs when the other begins.
    for notebook in (third, second):
        lab.bring_to_front(notebook)
        lab.choose("Run", "Run All Cells")
    states: list[str] = []
    until = time.monotonic() + 20
    while states != ["busy", "busy"] and time.monotonic() < until:
        states = [kernel["execution_state"] for kernel in lab.kernels()]
    for notebook in (third, second):
        lab.bring_to_front(notebook)
        notebook.wait_until_run(code_ids(notebook.name), showing(notebook.name))
        assert_as_taught(notebook)

    assert states == ["busy", "busy"]


# A laptop, a large screen, and a laptop at 200 %.
SCREENS = {"1280": (1280, 900, 1), "1920": (1920, 1080, 1), "200 percent": (1280, 900, 2)}
MOMENTS = {
    "first timeline": (INDEX, "first-timeline"),
    "blocked loop": (THIRD, "run-blocking"),
    "told what is wrong": (THIRD, "ex2-check"),
}


@pytest.fixture(scope="module")
def worked_through(window: Callable[..., Lab], fresh_copy: Callable[[], None]) -> None:
    """Notebooks that were run and saved."""
    fresh_copy()
    lab = window()
    for name in dict.fromkeys(name for name, _ in MOMENTS.values()):
        notebook = lab.open(name)
        run_all(lab, notebook)
        lab.save()
    lab.close()


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("screenshots")
    yield folder
    print(f"\nScreenshots are in {folder}")


@pytest.mark.usefixtures("worked_through")
@pytest.mark.parametrize("screen", SCREENS)
def test_saved_pictures_look_right_on_light_and_dark_pages(
    screen: str, window: Callable[..., Lab], screenshots: Path
) -> None:
    lab = window(*SCREENS[screen])
    for name in dict.fromkeys(name for name, _ in MOMENTS.values()):
        notebook = lab.open(name)
        for theme, label in THEMES.items():
            lab.wear(label)
            for moment, (where, id) in MOMENTS.items():
                if where == name:
                    picture = notebook.cell(id).locator(".jp-OutputArea-output img")
                    picture.evaluate("image => image.scrollIntoView({block: 'center'})")
                    lab.page.screenshot(path=screenshots / f"{moment}, {theme}, {screen}.png")
                    # The picture's inks are made for paper.
                    background = "image => getComputedStyle(image).backgroundColor"
                    assert picture.evaluate(background) == "rgb(255, 255, 255)"
        lab.wear(LIGHT)
        assert len(notebook.pictures()) == len(taught_pictures(name))
        for id, pictures in notebook.pictures().items():
            for found in pictures:
                assert found["natural"] >= found["width"] > 0, id
                if screen == "200 percent":
                    # It is scrolled in its column, with words two thirds as large at the least.
                    assert 0.66 * found["own"] < found["width"] <= max(found["room"], 600), id
                else:
                    assert 0.9 * found["own"] < found["width"] <= found["room"] + 1, id
    interruptions = lab.interruptions()
    lab.close()
    assert_quiet(lab, interruptions)


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda name: name.removesuffix(".ipynb"))
def finished(
    request: pytest.FixtureRequest, window: Callable[..., Lab], fresh_copy: Callable[[], None]
) -> Iterator[tuple[Lab, Notebook]]:
    """A notebook of the learner's copy in which Run All Cells has been chosen."""
    fresh_copy()
    lab = window()
    notebook = lab.open(request.param)
    run_all(lab, notebook)
    yield lab, notebook
    lab.close()


Finished = tuple[Lab, Notebook]


def test_run_all_fails_only_on_purpose_and_shows_every_picture(finished: Finished) -> None:
    assert_as_taught(finished[1])


def test_exercises_are_open_and_their_solutions_folded(finished: Finished) -> None:
    _, notebook = finished
    for id in notebook.ids:
        if id.endswith("-check"):
            assert re.match(r"Not (solved )?yet: ", notebook.text(id)), id
            assert notebook.cell(id).locator(".cm-content").is_visible()
        if id.endswith("-solution"):
            assert notebook.text(id).startswith("Solved: "), id
            assert notebook.cell(id).locator(".cm-content").count() == 0


def test_the_table_of_contents_lists_the_headings(finished: Finished) -> None:
    lab, notebook = finished
    headings = notebook.panel.locator(".jp-MarkdownOutput :is(h1, h2, h3)").all_inner_texts()
    written = [
        line
        for cell in notebook.cells
        if cell["cell_type"] == "markdown"
        for line in cell["source"].splitlines()
        if re.match("#{1,3} ", line)
    ]

    lab.page.keyboard.press("Control+Shift+k")
    items = lab.page.locator(".jp-TableOfContents .jp-tocItem-content")
    items.nth(len(headings) - 1).wait_for()

    assert len(headings) == len(written)
    assert items.all_inner_texts() == [heading.removesuffix("¶") for heading in headings]


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_wrong_with_what_is_ours(finished: Finished, theme: str) -> None:
    lab, notebook = finished
    size = lab.page.viewport_size
    lab.wear(THEMES[theme])
    # axe-core looks at the colours of what is in sight only, and takes for hidden all that is
    # in JupyterLab's body, which has no height and lets nothing overflow.
    lab.page.set_viewport_size({"width": 1280, "height": 16_000})
    lab.page.add_style_tag(content="body { height: 100vh }")
    try:
        answer = results(lab.page, OURS, NOT_OURS)
    finally:
        lab.page.set_viewport_size(size)
        lab.wear(LIGHT)

    found = violations(answer)
    assert found == []
    # It has looked: every picture has passed the rule about alternative texts.
    passed = {found["id"]: len(found["nodes"]) for found in answer["passes"]}
    assert passed["image-alt"] >= sum(map(len, notebook.pictures().values())) > 0
    assert passed["color-contrast"] > len(notebook.ids) / 2


def test_nothing_came_between_and_nothing_left_the_machine(finished: Finished) -> None:
    lab, _ = finished
    assert_quiet(lab, lab.interruptions())


def test_axe_notices_what_is_wrong(chromium: Any) -> None:
    page = chromium.new_page()
    page.set_content('<main><img src="x.png"><p style="color:#999">tea</p><p>cup</p></main>')

    found = [line.partition(" ")[0] for line in violations(results(page, ["main"]))]
    page.close()

    assert found == ["color-contrast", "image-alt"]


@pytest.fixture(scope="module")
def handouts(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """All HTML handouts of one lesson."""
    folder = tmp_path_factory.mktemp("handouts")
    program = [sys.executable, "-c", "from asyncdemo.cli import app; app()", "handouts"]
    words = [str(COURSE / THIRD), "--format", "html", "--to", str(folder)]
    subprocess.run([*program, *words], check=True, capture_output=True)
    return sorted(folder.rglob("*.html"))


def test_axe_finds_nothing_wrong_with_the_handouts(chromium: Any, handouts: list[Path]) -> None:
    assert handouts
    for path in handouts:
        # The pages forbid themselves all scripts, and axe-core is one.
        page = chromium.new_page(bypass_csp=True)
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        answer = results(page)
        page.close()

        assert violations(answer) == [], path.name
        assert {"image-alt", "color-contrast"} <= {passed["id"] for passed in answer["passes"]}
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
