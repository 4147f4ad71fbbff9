"""`asyncdemo lab` serves notebooks in a real JupyterLab, and ends without leftovers."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from served import COMMAND, LAST_LINE, SECONDS, Served, home_in

from asyncdemo.course import extras, lab
from asyncdemo.course.errors import CourseError
from asyncdemo.course.places import course_folder

FIRST = "01_await_a_coroutine.ipynb"
USUAL_PORT = 8888


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((lab.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((lab.HOST, 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return home_in(tmp_path_factory.mktemp("home"))


def settings(folder: Path, port: int | None = None, browser: bool = False) -> dict[str, str]:
    options = lab.options(folder, port=port, browser=browser)
    return dict(option.removeprefix("--").split("=", 1) for option in options)


def test_it_listens_on_loopback_behind_a_new_token_each_time(tmp_path: Path) -> None:
    first, second = settings(tmp_path), settings(tmp_path)

    assert first["ServerApp.ip"] == "127.0.0.1"
    assert re.fullmatch("[0-9a-f]{48}", first["IdentityProvider.token"])
    assert first["IdentityProvider.token"] != second["IdentityProvider.token"]


def test_a_port_is_insisted_on_only_when_it_was_given(tmp_path: Path) -> None:
    given = settings(tmp_path, port=8899)

    assert (given["ServerApp.port"], given["ServerApp.port_retries"]) == ("8899", "0")
    assert "ServerApp.port" not in settings(tmp_path)


def test_the_layout_of_the_window_is_kept_with_the_copy(tmp_path: Path) -> None:
    assert settings(tmp_path)["LabApp.workspaces_dir"].startswith(str(tmp_path / ".asyncdemo"))


@pytest.mark.parametrize(("user", "allowed"), [(0, "True"), (1000, None)])
def test_root_is_allowed_only_when_it_is_root(
    user: int, allowed: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)

    assert settings(tmp_path).get("ServerApp.allow_root") == allowed


@pytest.mark.parametrize(
    ("wanted", "there", "opened"),
    [(True, True, "True"), (True, False, "False"), (False, True, "False")],
)
def test_a_browser_is_opened_where_there_is_one(
    wanted: bool, there: bool, opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "has_browser", lambda: there)

    assert settings(tmp_path, browser=wanted)["ServerApp.open_browser"] == opened


def test_the_first_notebook_is_the_first_by_number(tmp_path: Path) -> None:
    assert lab.first_page(tmp_path) == "/lab"
    for name in ("02_b.ipynb", "01_a b.ipynb", "notes.ipynb"):
        (tmp_path / name).touch()

    assert lab.first_page(tmp_path) == "/lab/tree/01_a%20b.ipynb"


@pytest.mark.parametrize("missing", ["jupyterlab", "ipykernel"])
def test_a_missing_extra_names_the_command_that_installs_it(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name == missing else object())

    with pytest.raises(CourseError) as caught:
        lab.check_ready()

    assert str(caught.value).endswith('python -m pip install "asyncdemo[lab]"')
    assert caught.value.exit_code == 1


def test_a_port_in_use_is_a_mistake_of_one_line(busy_port: int, tmp_path: Path) -> None:
    run = subprocess.run(
        [*COMMAND, str(tmp_path), "--port", str(busy_port)],
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

    assert run.returncode == 1
    assert re.fullmatch(rf"asyncdemo: port {busy_port} is in use; .*\n", run.stderr)
    assert run.stdout == ""
    assert list(tmp_path.iterdir()) == []


def wait_until_ready(connection: Path) -> None:
    """Asks a kernel for its state as a notebook that opens does, and waits for the answer."""
    client = BlockingKernelClient()
    client.load_connection_file(str(connection))
    client.start_channels()
    try:
        client.kernel_info(reply=True, timeout=SECONDS)
    finally:
        client.stop_channels()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the copy goes: a folder with a name that option parsers trip over."""
    return tmp_path_factory.mktemp("course") / "my lessons é=1"


@pytest.fixture(scope="module")
def served(folder: Path, home: dict[str, str]) -> Iterator[Served]:
    """The course, served while JupyterLab's usual port is taken."""
    with socket.socket() as listener:
        with contextlib.suppress(OSError):  # somebody else has it: as good
            listener.bind((lab.HOST, USUAL_PORT))
            listener.listen()
        served = Served(folder, home=home)
        yield served
        served.close()


def test_the_address_opens_the_first_notebook(served: Served) -> None:
    assert served.host == "http://127.0.0.1:"
    assert served.page == lab.first_page(course_folder())
    assert b"JupyterLab" in served.get(served.page)
    found = json.loads(served.get(served.page.replace("/lab/tree", "/api/contents")))
    assert found["type"] == "notebook"
    assert not any(cell.get("outputs") for cell in found["content"]["cells"])


def test_nothing_but_the_copy_and_the_address_is_printed(served: Served, folder: Path) -> None:
    stems = sorted(path.stem for path in course_folder().glob("*.ipynb"))
    added = "".join(f"  {stem}: added\n" for stem in stems)
    address = f"The course is at {served.address}\n"

    assert served.said == (
        f"Your copy of the course is in {folder}\n{added}"
        f"Starting JupyterLab ...\n{address}{LAST_LINE}"
    )


def test_the_next_free_port_is_taken(served: Served) -> None:
    assert int(served.port) > USUAL_PORT


def test_without_the_token_nothing_is_served(served: Served) -> None:
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        served.get("/api/contents", token="guess")
    caught.value.close()


def test_the_settings_for_lessons_reach_jupyterlab(served: Served) -> None:
    settings = "/lab/api/settings/@jupyterlab/apputils-extension:notification"
    defaults = json.loads(served.get(settings))["schema"]["properties"]
    assert defaults["fetchNews"]["default"] == "false"
    assert defaults["checkForUpdates"]["default"] is False

    (page,) = re.findall(r'id="jupyter-config-data"[^>]*>(.*?)</script>', str(served.get("/lab")))
    assert "@jupyterlab/cell-toolbar-extension" in page


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles only")
def test_ctrl_c_ends_it_without_a_question_and_without_leftovers(
    folder: Path, home: dict[str, str], free_port: int
) -> None:
    served = Served(folder, "--port", str(free_port), home=home)
    try:
        ready = served.start_kernel()
        wait_until_ready(Path(home["JUPYTER_RUNTIME_DIR"], f"kernel-{ready}.json"))
        starting = served.start_kernel()
        processes = psutil.Process(served.process.pid).children(recursive=True)
        commands = "\n".join(" ".join(process.cmdline()) for process in processes)
        assert ready in commands
        assert starting in commands

        code, said = served.interrupt()

        assert served.port == str(free_port)
        assert code == 0
        assert said == "\nStopping JupyterLab and its kernels ...\nStopped.\n"
        assert psutil.wait_procs(processes, timeout=5)[1] == []
        left = [path.name for path in Path(home["JUPYTER_RUNTIME_DIR"]).glob("kernel-*.json")]
        assert left == []
    finally:
        served.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to whole consoles only")
def test_ctrl_c_during_the_start_asks_nothing_either(folder: Path, home: dict[str, str]) -> None:
    served = Served(folder, home=home, until="Starting JupyterLab ...\n")
    try:
        assert served.interrupt()[0] == 0
    finally:
        served.close()
