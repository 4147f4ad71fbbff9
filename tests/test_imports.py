"""What `import asyncdemo` offers, what it leaves alone, and how long it takes."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

import asyncdemo

# A learner waits for these when drawing or serving, not when importing.
LATE = {"matplotlib", "numpy", "PIL", "IPython", "ipykernel", "tornado", "typer", "rich", "zmq"}


def python(code: str, folder: Path) -> str:
    """What `python -c CODE` prints, as where Python is installed in the usual way.

    That is: compiled modules are kept, in `folder`, whatever the tester's environment says.
    """
    environment = os.environ | {"PYTHONPYCACHEPREFIX": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", code]
    run = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return run.stdout


def test_all_is_the_sorted_list_of_the_public_names() -> None:
    names = [name for name in dir(asyncdemo) if not name.startswith("_")]
    public = [name for name in names if not isinstance(getattr(asyncdemo, name), ModuleType)]

    assert sorted(public) == list(asyncdemo.__all__)


def test_every_public_name_is_documented() -> None:
    for name in asyncdemo.__all__:
        assert getattr(asyncdemo, name).__doc__, name


def test_importing_the_package_imports_neither_matplotlib_nor_jupyter(tmp_path: Path) -> None:
    loaded = python("import asyncdemo, sys; print(*sys.modules)", tmp_path).split()

    packages = {name.partition(".")[0] for name in loaded}
    assert packages & LATE == set()
    assert [name for name in packages if name.startswith(("jupyter", "nb"))] == []


def seconds(code: str, folder: Path) -> float:
    start = time.perf_counter()
    python(code, folder)
    return time.perf_counter() - start


def fastest_difference(folder: Path, rounds: int = 10) -> float:
    """Seconds that the import adds, between the fastest of several starts of either kind.

    Other work on the machine only ever adds time, so the fastest start is the truest.
    """
    bare, package = [], []
    for _ in range(rounds):
        bare.append(seconds("pass", folder))
        package.append(seconds("import asyncdemo", folder))
    return min(package) - min(bare)


def test_importing_the_package_takes_under_50_ms(tmp_path: Path) -> None:
    python("import asyncdemo", tmp_path)  # compiles what the next starts read

    took = fastest_difference(tmp_path)
    if took >= 0.05:
        took = fastest_difference(tmp_path, rounds=30)

    assert took < 0.05


@pytest.mark.parametrize("module", ["asyncdemo.cli", "asyncdemo.course.lab"])
def test_the_command_starts_without_jupyter(module: str, tmp_path: Path) -> None:
    loaded = python(f"import {module}, sys; print(*sys.modules)", tmp_path).split()

    packages = {name.partition(".")[0] for name in loaded}
    assert packages & {"matplotlib", "IPython", "ipykernel", "tornado", "jupyterlab"} == set()
