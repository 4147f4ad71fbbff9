"""JupyterLab's settings for lessons: each has its reason, exists, and changes something."""

import json
from pathlib import Path
from typing import Any

import pytest
from jupyterlab.commands import get_app_dir

from asyncdemo.course import lab

LABCONFIG = lab.SETTINGS / "labconfig"
SCHEMAS = Path(get_app_dir()) / "schemas"

# (extension, setting): why a learner is better off. JSON has no place for comments.
REASONS = {
    ("apputils-extension:notification", "fetchNews"): "no pop-up that asks about news",
    ("apputils-extension:notification", "checkForUpdates"): "nothing to install in mid-lesson",
    ("docmanager-extension:plugin", "autosaveInterval"): "the index reads progress from the files",
    ("filebrowser-extension:browser", "showLastModifiedColumn"): "names are cut off beside it",
    ("notebook-extension:tracker", "autoStartDefaultKernel"): "no dialog that asks for a kernel",
    ("notebook-extension:tracker", "scrollPastEnd"): "Ctrl+End shows the end, not a blank page",
    ("notebook-extension:tracker", "windowingMode"): (
        "every cell is on the page: finding, printing and screen readers reach all of them, and"
        " the page does not jump. Before 4.5 JupyterLab itself drops the cells out of sight"
    ),
}
DISABLED = {
    # Its setting `showToolbar` reaches only notebooks that are open when JupyterLab has started.
    "@jupyterlab/cell-toolbar-extension": "its buttons cover text, and one deletes the cell"
}


def read(name: str) -> Any:
    return json.loads((LABCONFIG / name).read_text(encoding="utf-8"))


def overrides() -> dict[tuple[str, str], Any]:
    found = read("default_setting_overrides.json")
    return {
        (plugin.removeprefix("@jupyterlab/"), name): value
        for plugin, settings in found.items()
        for name, value in settings.items()
    }


def test_every_setting_has_its_reason() -> None:
    assert set(overrides()) == set(REASONS)
    assert read("page_config.json") == {"disabledExtensions": dict.fromkeys(DISABLED, True)}
    assert [path.name for path in sorted(LABCONFIG.iterdir())] == [
        "default_setting_overrides.json",
        "page_config.json",
    ]


@pytest.mark.parametrize("setting", REASONS, ids=":".join)
def test_every_setting_exists_and_differs_from_the_default(setting: tuple[str, str]) -> None:
    plugin, name = setting
    path = SCHEMAS / "@jupyterlab" / f"{plugin.replace(':', '/')}.json"
    schema = json.loads(path.read_text(encoding="utf-8"))["properties"][name]
    value = overrides()[setting]

    assert value != schema["default"]
    assert type(value) is type(schema["default"])
    if "oneOf" in schema:
        assert value in [choice["const"] for choice in schema["oneOf"]]


@pytest.mark.parametrize("extension", DISABLED)
def test_what_is_switched_off_exists(extension: str) -> None:
    assert (SCHEMAS / extension).is_dir()


def test_autosave_is_on() -> None:
    path = SCHEMAS / "@jupyterlab" / "docmanager-extension" / "plugin.json"
    schema = json.loads(path.read_text(encoding="utf-8"))["properties"]

    assert schema["autosave"]["default"] is True
