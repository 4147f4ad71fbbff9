"""A program's way in: its `__main__`, its arguments and its path, as `python` makes them."""

from __future__ import annotations

import importlib.util
import io
import os
import runpy
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType

from asyncdemo.recording.user_code import UserCode


@dataclass(frozen=True)
class Program:
    """What is to be run.

    Attributes:
        name: A script's file name, or a module's dotted name.
        arguments: What follows it on the command line.
        is_module: Whether it is a module, as in `python -m`.
    """

    name: str
    arguments: tuple[str, ...] = ()
    is_module: bool = False

    @property
    def label(self) -> str:
        """What its row is called."""
        return self.name if self.is_module else os.path.basename(os.path.abspath(self.name))


def prepare(program: Program) -> Callable[[], object]:
    """Make this process the program's, and answer what runs it.

    Raises:
        ValueError: There is no such program; its text says so on one line.

    Example:
        >>> prepare(Program("cafe.py", ("--fast",)))()  # doctest: +SKIP
    """
    path = Path(program.name)
    if program.is_module:
        _lead_path(str(Path.cwd()))
        if _spec(program) is None:
            raise ValueError(f"there is no module {program.name}")
        execute, first = _as_module(program.name), "-m"
    elif path.is_file() and not zipfile.is_zipfile(path):
        _lead_path(str(path.resolve().parent))
        execute, first = _as_script(program.name), program.name
    elif path.exists():
        if path.is_dir() and not _holds_main(path):
            raise ValueError(f"there is no __main__.py in the folder {program.name}")
        _lead_path(_absolute(program.name), always=True)
        execute, first = _as_folder(), program.name
    else:
        raise ValueError(f"there is no script {program.name}")
    sys.argv = [first, *program.arguments]
    # The command line's own parser has put one of its own here.
    sys.excepthook = sys.__excepthook__
    return execute


def own_library(program: Program) -> tuple[str, ...]:
    """The library that a program belongs to, and without which nothing of it would be shown."""
    spec = _spec(program) if program.is_module else None
    if spec is None or spec.name in sys.stdlib_module_names:
        return ()
    places = [*(folder + os.sep for folder in spec.submodule_search_locations or ()), spec.origin]
    own = UserCode()
    return () if any(place and own.owns(place) for place in places) else (spec.name,)


def _spec(program: Program) -> ModuleSpec | None:
    """Its top-level package: to find what is deeper would run the package."""
    try:
        return importlib.util.find_spec(program.name.partition(".")[0])
    except (ImportError, ValueError):
        return None


def _lead_path(folder: str, *, always: bool = False) -> None:
    """Python looks for modules there first; until now that was where the command is."""
    if always and sys.flags.safe_path:
        sys.path.insert(0, folder)
    elif not sys.flags.safe_path:
        sys.path[:1] = [folder]


def _absolute(file: str) -> str:
    # As Python does it: `./` and `../` stay, and are seen in tracebacks.
    return os.path.join(Path.cwd(), file)  # noqa: PTH118 - `Path` would take them out


def _holds_main(folder: Path) -> bool:
    return any((folder / f"__main__.{end}").is_file() for end in ("py", "pyc"))


def _new_main() -> ModuleType:
    """A `__main__` without what the command has put into its own."""
    main = sys.modules["__main__"] = ModuleType("__main__")
    vars(main)["__builtins__"] = sys.modules["builtins"]
    return main


def _as_script(file: str) -> Callable[[], object]:
    file = _absolute(file)
    try:
        with io.open_code(file) as opened:
            source = opened.read()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from None

    def execute() -> object:
        main = _new_main()
        main.__file__ = file
        main.__loader__ = SourceFileLoader("__main__", file)
        vars(main)["__cached__"] = None
        # This module's own `from __future__` is not the script's.
        exec(compile(source, file, "exec", dont_inherit=True), vars(main))  # noqa: S102
        return None

    return execute


def _as_module(name: str) -> Callable[[], object]:
    def execute() -> object:
        _new_main()
        # Not `run_module()`, which names a package's `__main__` otherwise and runs it elsewhere:
        # this is what `python -m` itself calls, on every Python that is supported.
        return runpy._run_module_as_main(name)  # type: ignore[attr-defined]

    return execute


def _as_folder() -> Callable[[], object]:
    def execute() -> object:
        _new_main()
        return runpy._run_module_as_main("__main__", False)  # type: ignore[attr-defined]

    return execute
