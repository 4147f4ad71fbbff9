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


def conda_bounds() -> dict[str, SpecifierSet]:
    """The packages that environment.yml asks for with a bound, Python aside."""
    lines = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    words = [line.split() for line in lines]
    return {name: SpecifierSet(bound[0]) for name, *bound in words if bound}


def project_bounds() -> dict[str, SpecifierSet]:
    """What the course needs according to pyproject.toml, under conda's names."""
    project = PYPROJECT["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["lab"], *extras["check"]]
    requirements = [Requirement(line) for line in wanted]
    return {CONDA_NAMES.get(r.name, r.name): r.specifier for r in requirements}


def test_conda_and_pip_bound_the_same_packages_alike() -> None:
    assert conda_bounds() == project_bounds()


def test_only_conda_forge_is_asked() -> None:
    assert ENVIRONMENT["channels"] == ["conda-forge", "nodefaults"]


def test_the_package_itself_is_installed_from_the_checkout() -> None:
    assert ENVIRONMENT["dependencies"][-2:] == ["pip", {"pip": ["-e .[services]"]}]


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


def test_contributors_have_what_every_command_needs() -> None:
    dev = [line for line in PYPROJECT["dependency-groups"]["dev"] if isinstance(line, str)]
    extras = {extra for line in dev for extra in Requirement(line).extras}

    assert extras == set(PYPROJECT["project"]["optional-dependencies"])


def test_what_several_lists_ask_for_is_bounded_alike() -> None:
    bounds: dict[str, set[SpecifierSet]] = {}
    lists = [*PYPROJECT["project"]["optional-dependencies"].values()]
    lists += PYPROJECT["dependency-groups"].values()
    for line in [line for lines in lists for line in lines if isinstance(line, str)]:
        requirement = Requirement(line)
        bounds.setdefault(requirement.name, set()).add(requirement.specifier)

    assert {name: found for name, found in bounds.items() if len(found) > 1} == {}
