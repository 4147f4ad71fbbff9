"""The wheel: it carries the course, and serves it from an empty environment.

This is slow, ten seconds and more, because it is the real thing: a build in an environment of
its own, an installation of JupyterLab into another, and JupyterLab's first start there, which
compiles what was installed. It happens once for all tests of this file.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from environments import PROJECT, run, uv_command
from served import SECONDS, Served, home_in

from asyncdemo.course.places import first_notebook

COURSE = PROJECT / "notebooks"
INSIDE = "asyncdemo/course/notebooks/"


# As a learner is told to install the wheel.
(EXTRAS,) = re.findall(
    r"none-any\.whl(\[.*?\])", (PROJECT / "README.md").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def uv() -> list[str]:
    command = uv_command()
    if command is None:
        pytest.skip("uv is not installed: it builds the wheel and the empty environment")
    return command


@pytest.fixture(scope="module")
def wheel(uv: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(uv, "build", "--wheel", "--out-dir", folder, PROJECT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_the_wheel_carries_the_course_and_what_belongs_to_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name.removeprefix(INSIDE) for name in archive.namelist() if INSIDE in name}
        notebooks = {path.name for path in COURSE.glob("[0-9][0-9]_*.ipynb")}
        pictures = {f"pictures/{path.name}" for path in (COURSE / "pictures").iterdir()}
        assert names >= {*notebooks, *pictures, "LICENSE", "nbval_sanitize.cfg"}
        for name in notebooks:
            assert archive.read(INSIDE + name) == (COURSE / name).read_bytes()


def test_the_wheel_carries_the_settings_of_jupyterlab_and_nothing_private(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()

    assert "asyncdemo/course/jupyter/labconfig/default_setting_overrides.json" in names
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"asyncdemo"}
    assert not [name for name in names if "checkpoint" in name or "__pycache__" in name]


@pytest.fixture(scope="module")
def environment(uv: list[str], wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, the extras that the README names, and nothing else."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run(uv, "venv", "--python", sys.executable, folder)
    scripts = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run(uv, "pip", "install", "--python", scripts / "python", f"{wheel}{EXTRAS}")
    return scripts


@pytest.fixture
def served(environment: Path, tmp_path: Path) -> Iterator[Served]:
    """`asyncdemo lab` in an empty folder, as after a plain `pip install`."""
    empty = tmp_path / "empty"
    empty.mkdir()
    home = home_in(tmp_path / "home")
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "UV"):
        home.pop(name, None)
    served = Served(home=home, command=[str(environment / "asyncdemo"), "lab"], cwd=empty)
    yield served
    served.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles only")
def test_the_wheel_serves_the_course_from_an_empty_folder(
    served: Served, environment: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "empty" / "asyncdemo-course"
    notebooks = sorted(path.name for path in COURSE.glob("[0-9][0-9]_*.ipynb"))
    (installed,) = environment.parent.rglob(INSIDE)
    before = {path: path.stat().st_mtime_ns for path in installed.rglob("*")}

    assert served.said.startswith("Your copy of the course is in asyncdemo-course\n")
    assert served.page == f"/lab/tree/{first_notebook(COURSE)}"
    assert b"JupyterLab" in served.get(served.page)
    listing = json.loads(served.get("/api/contents"))["content"]
    names = sorted(item["name"] for item in listing if item["type"] == "notebook")
    assert names == notebooks
    assert sorted(path.name for path in copy.glob("*.ipynb")) == notebooks

    kernel = served.start_kernel()
    processes = psutil.Process(served.process.pid).children(recursive=True)
    assert any(kernel in " ".join(process.cmdline()) for process in processes)
    assert any(str(environment) in process.cmdline()[0] for process in processes)
    code, said = served.interrupt()

    assert (code, said.splitlines()[-1]) == (0, "Stopped.")
    assert psutil.wait_procs(processes, timeout=SECONDS)[1] == []
    assert {path: path.stat().st_mtime_ns for path in installed.rglob("*")} == before
