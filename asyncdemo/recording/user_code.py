"""Whose code it is: the learner's own, or a library's that nobody asked to see."""

from __future__ import annotations

import importlib.util
import os
import site
import sysconfig
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import CodeType

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# What lessons fetch from stands for another machine, so it is not shown.
SERVICE = PACKAGE + "service"
LIBRARY_PATHS = ("stdlib", "platstdlib", "purelib", "platlib")
INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")

# Threads of which nothing is recorded, by their identifiers.
UNSEEN: set[int] = set()


@contextmanager
def unseen_thread() -> Iterator[None]:
    """Keeps what this thread does in the block out of every recording.

    Code that a server and a client share, such as aiohttp's, is thus shown of the client only.

    Example:
        >>> with unseen_thread():
        ...     threading.get_ident() in UNSEEN
        True
    """
    thread = threading.get_ident()
    UNSEEN.add(thread)
    try:
        yield
    finally:
        # Another thread may be given the same number.
        UNSEEN.discard(thread)


def library_folders() -> tuple[str, ...]:
    """The folders of the standard library and of installed packages."""
    folders = {sysconfig.get_path(name) for name in LIBRARY_PATHS}
    folders |= {os.path.dirname(os.__file__), site.getusersitepackages()}
    return tuple(sorted({form + os.sep for f in folders for form in (f, os.path.realpath(f))}))


def package_folders(names: Iterable[str]) -> tuple[str, ...]:
    """Where these packages or modules are found.

    Raises:
        ValueError: There is no such package.
    """
    found: list[str] = []
    for name in names:
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            spec = None
        if spec is None:
            raise ValueError(f"include: no package or module named {name!r} is installed here")
        found += [folder + os.sep for folder in spec.submodule_search_locations or ()]
        if not spec.submodule_search_locations and spec.origin:
            found.append(spec.origin)
    return tuple(found)


class UserCode:
    """Tells the learner's own code, and that of the packages to include, from the rest.

    Args:
        include: Names of packages whose code counts as the learner's own.

    Raises:
        ValueError: There is no package of such a name.

    Example:
        >>> UserCode().owns("/home/ann/cafe.py"), UserCode().owns(os.__file__)
        (True, False)
    """

    def __init__(self, include: Iterable[str] = ()) -> None:
        self.include = tuple(include)
        self._wanted = (*package_folders(self.include), PACKAGE)
        self._unwanted = library_folders()
        self._seen: dict[str, bool] = {}

    def owns(self, file: str) -> bool:
        """Whether code of that file is shown."""
        known = self._seen.get(file)
        if known is None:
            known = self._seen[file] = self._look(file)
        return known

    def owns_code(self, code: CodeType) -> bool:
        """Whether that code is shown."""
        return self.owns(code.co_filename)

    def _look(self, file: str) -> bool:
        if file.startswith(SERVICE):
            return False
        if file.startswith(self._wanted):
            return True
        if file.startswith("<frozen"):
            return False
        return not file.startswith(self._unwanted) and not any(part in file for part in INSTALLED)
