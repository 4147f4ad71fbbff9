"""The arrows between the modules run one way, as the design draws them.

The imports are read from the sources, so that one inside a function counts too. The checker
is itself tested on made-up packages in which an arrow is broken.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Literal

import pytest

import asyncdemo

type Where = Literal["module", "function", "typing"]
type Sources = dict[str, str]

RECORDER = "asyncdemo.recorder"
SESSION = "asyncdemo.recording.session"
TIMELINE = "asyncdemo.timeline"
RENDERERS = {f"asyncdemo.{name}" for name in ("plot", "text", "display", "perfetto")}
# `checks` runs an attempt under `record()`; what it then asks of the timeline need not know how.
READERS = (
    RENDERERS
    | {f"asyncdemo.requirements.{name}" for name in ("attempt", "calls", "order", "whole")}
    | {f"asyncdemo.{name}" for name in ("colours", "saving", "selection")}
)
# It draws while a recording goes on, and alone fetches what draws.
LIVE = "asyncdemo.live"
TOOLING = ("asyncdemo.course", "asyncdemo.program", "asyncdemo.cli")


@dataclass(frozen=True)
class Import:
    """One import statement's target, and whether it runs when the module is imported."""

    target: str
    where: Where


def sources_of(folder: Path) -> Sources:
    """The text of every module in a package, by its dotted name."""
    found = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = path.read_text(encoding="utf-8")
    return found


def imports_in(tree: ast.AST, modules: set[str], where: Where = "module") -> Iterator[Import]:
    """Every import below a node; names that are modules of the package are resolved to them."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.Import(names):
                yield from (Import(alias.name, where) for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                for alias in names:
                    name = f"{module}.{alias.name}"
                    yield Import(name if name in modules else module, where)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                yield from imports_in(node, modules, "function")
            case ast.If(test=ast.Name("TYPE_CHECKING")):
                yield from imports_in(node, modules, "typing")
            case _:
                yield from imports_in(node, modules, where)


def touches_monitoring(tree: ast.AST) -> bool:
    """Whether `sys.monitoring` is used anywhere in a module."""
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name("sys"), attr="monitoring"):
                return True
            case ast.ImportFrom(module="sys", names=names):
                if any(alias.name == "monitoring" for alias in names):
                    return True
    return False


class Package:
    """A package's imports, and the ways in which they break the design."""

    def __init__(self, sources: Sources) -> None:
        self.trees = {name: ast.parse(text) for name, text in sources.items()}
        modules = set(sources)
        self.imports = {n: [*imports_in(tree, modules)] for n, tree in self.trees.items()}

    def targets(self, module: str, *where: Where) -> set[str]:
        return {found.target for found in self.imports.get(module, ()) if found.where in where}

    def reach(self, module: str, *where: Where) -> set[str]:
        """All that a module imports, itself and through others, except by being displayed."""
        reached: set[str] = set()
        todo = [module]
        while todo:
            name = todo.pop()
            # The timeline's display hook fetches the renderers, when it is shown.
            shows = name in {TIMELINE, LIVE}
            kinds = tuple(kind for kind in where if not shows or kind != "function")
            new = self.targets(name, *kinds) - reached
            reached |= new
            todo += new
        return reached

    def faults(self) -> Iterator[str]:
        yield from self._cycles()
        for name, tree in self.trees.items():
            if touches_monitoring(tree) and name != SESSION:
                yield f"{name} touches sys.monitoring"
            everything = self.targets(name, "module", "function", "typing")
            if not name.startswith(TOOLING) and any(t.startswith(TOOLING) for t in everything):
                yield f"{name} imports the notebooks' tooling"
        for target in sorted(self.reach(TIMELINE, "module")):
            if target.startswith("asyncdemo") and self.targets(target, "module") & set(self.trees):
                yield f"{TIMELINE} imports {target}, which knows others"
            if target.partition(".")[0] in ("asyncio", "matplotlib"):
                yield f"{TIMELINE} imports {target}"
        for target in sorted(self.targets(TIMELINE, "function") & set(self.trees) - RENDERERS):
            yield f"{TIMELINE} imports {target} when it is shown, which is no renderer"
        for target in sorted(self.reach(RECORDER, "module", "function")):
            if target in READERS or target.partition(".")[0] == "matplotlib":
                yield f"{RECORDER} reaches {target}"
        for reader in sorted(READERS):
            if RECORDER in self.reach(reader, "module", "function"):
                yield f"{reader} reaches {RECORDER}"
        for name in sorted({"asyncdemo", "asyncdemo.cli", *RENDERERS}):
            if any(t.partition(".")[0] == "matplotlib" for t in self.reach(name, "module")):
                yield f"{name} imports matplotlib before it draws"

    def _cycles(self) -> Iterator[str]:
        graph = {name: self.targets(name, "module") & set(self.trees) for name in self.trees}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            yield "imports in a circle: " + " -> ".join(error.args[1])


def faults(sources: Sources) -> list[str]:
    return [*Package(sources).faults()]


def test_every_arrow_of_the_design_holds() -> None:
    assert faults(sources_of(Path(asyncdemo.__file__).parent)) == []


SOUND: Sources = {
    "asyncdemo": "from asyncdemo.recorder import record",
    "asyncdemo.intervals": "import bisect",
    "asyncdemo.timeline": (
        "from asyncdemo import intervals\n"
        "class Timeline:\n"
        "    def __repr__(self):\n"
        "        from asyncdemo.text import to_text\n"
    ),
    "asyncdemo.recorder": "from asyncdemo import timeline\nimport asyncdemo.recording.session",
    "asyncdemo.recording.session": "import sys\nsys.monitoring.DISABLE",
    "asyncdemo.text": "from asyncdemo.timeline import Timeline",
    "asyncdemo.picture": "import matplotlib",
    "asyncdemo.plot": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from matplotlib.axes import Axes\n"
        "def plot():\n"
        "    from asyncdemo import picture\n"
    ),
    "asyncdemo.course": "",
    "asyncdemo.course.lab": "import asyncdemo",
    "asyncdemo.cli": "from asyncdemo.course import lab",
}


def test_a_sound_package_has_no_faults() -> None:
    assert faults(SOUND) == []


@pytest.mark.parametrize(
    ("module", "added", "fault"),
    [
        ("jobs", "import sys\nsys.monitoring.get_tool(0)", "jobs touches sys.monitoring"),
        ("jobs", "from sys import monitoring", "jobs touches sys.monitoring"),
        ("jobs", "from asyncdemo.course import lab", "jobs imports the notebooks' tooling"),
        ("jobs", "async def f():\n    import asyncdemo.cli", "jobs imports the notebooks' tooling"),
        ("timeline", "import asyncio", "timeline imports asyncio"),
        ("timeline", "import matplotlib.axes", "timeline imports matplotlib.axes"),
        ("intervals", "import asyncio", "timeline imports asyncio"),
        (
            "timeline",
            "def f():\n    from asyncdemo import recorder",
            "timeline imports asyncdemo.recorder when it is shown, which is no renderer",
        ),
        ("recorder", "from asyncdemo.text import to_text", "recorder reaches asyncdemo.text"),
        ("recorder", "def f():\n    import asyncdemo.plot", "recorder reaches asyncdemo.plot"),
        ("text", "from asyncdemo import recorder", "text reaches asyncdemo.recorder"),
        (
            "requirements.order",
            "import asyncdemo.recorder",
            "requirements.order reaches asyncdemo.recorder",
        ),
        ("plot", "from asyncdemo import picture", "plot imports matplotlib before it draws"),
        ("plot", "from matplotlib.axes import Axes", "plot imports matplotlib before it draws"),
    ],
)
def test_a_broken_arrow_is_a_fault(module: str, added: str, fault: str) -> None:
    name = f"asyncdemo.{module}"
    broken = SOUND | {name: f"{SOUND.get(name, '')}\n{added}"}

    assert f"asyncdemo.{fault}" in faults(broken)


def test_a_module_above_the_leaves_is_no_leaf() -> None:
    broken = SOUND | {
        "asyncdemo.wording": "from asyncdemo import intervals",
        "asyncdemo.timeline": "from asyncdemo import wording",
    }

    expected = "asyncdemo.timeline imports asyncdemo.wording, which knows others"
    assert faults(broken) == [expected]


def test_imports_in_a_circle_are_a_fault() -> None:
    broken = SOUND | {"asyncdemo.intervals": "from asyncdemo import text"}

    assert any(fault.startswith("imports in a circle: ") for fault in faults(broken))
