"""environment.yml, pyproject.toml and .python-version ask for the same things."""

import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PROJECT = Path(__file__).parents[1]
ENVIRONMENT = yaml.safe_load((PROJECT / "environment.yml").read_text(encoding="utf-8"))
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))

# Where conda-forge splits or renames what the Python Package Index has.
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
NOTEBOOK_TOOLS = {"nbformat", "nbval"}


def conda_bounds() -> dict[str, SpecifierSet]:
    """The packages that environment.yml asks for with a bound, Python aside."""
    lines = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    words = [line.split() for line in lines]
    return {name: SpecifierSet(bound[0]) for name, *bound in words if bound}


def project_bounds() -> dict[str, SpecifierSet]:
    """What the course needs according to pyproject.toml, under conda's names."""
    project = PYPROJECT["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["lab"]]
    dev = [line for line in PYPROJECT["dependency-groups"]["dev"] if isinstance(line, str)]
    wanted += [line for line in dev if Requirement(line).name in NOTEBOOK_TOOLS]
    requirements = [Requirement(line) for line in wanted]
    return {CONDA_NAMES.get(r.name, r.name): r.specifier for r in requirements}


def test_conda_and_pip_bound_the_same_packages_alike() -> None:
    assert conda_bounds() == project_bounds()


def test_only_conda_forge_is_asked() -> None:
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]


def test_the_package_itself_is_installed_from_the_checkout() -> None:
    assert ENVIRONMENT["dependencies"][-2:] == ["pip", {"pip": ["-e ."]}]


def test_conda_uses_the_python_that_contributors_use() -> None:
    first, *others = (PROJECT / ".python-version").read_text(encoding="utf-8").split()

    assert ENVIRONMENT["dependencies"][0] == f"python={first}"
    supported = SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert all(supported.contains(version) for version in [first, *others])


def test_every_dependency_is_bounded_on_both_sides() -> None:
    for name, bounds in project_bounds().items():
        assert {s.operator for s in bounds} == {">=", "<"}, name


def test_the_recorder_alone_brings_no_jupyter() -> None:
    names = {Requirement(line).name for line in PYPROJECT["project"]["dependencies"]}

    assert names == {"matplotlib", "typer"}
