"""A learner in a real browser: opens notebooks, presses keys, reads what JupyterLab shows."""

from __future__ import annotations

import functools
import json
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page
    from served import Served

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The first two are for root and for machines without a graphics card. The others keep Chromium
# from calling home, which a machine without the internet refuses, many times a second.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# For machines whose cores are all busy; a condition that holds ends the wait at once.
SECONDS = 120.0

NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden)"
# What a learner would have to close before going on; noted as it appears, not as it is found.
WATCH_INTERRUPTIONS = """
window.interruptions = [];
new MutationObserver(changes => {
  for (const change of changes) for (const node of change.addedNodes) {
    if (node.nodeType !== 1) continue;
    const found = node.matches('.jp-Dialog, .Toastify__toast') ? [node]
      : [...node.querySelectorAll('.jp-Dialog, .Toastify__toast')];
    for (const element of found) window.interruptions.push(element.innerText);
  }
}).observe(document, {childList: true, subtree: true});
"""
HAS_RUN = """({panel, cells}) => {
  const bar = document.querySelector('#jp-main-statusbar');
  if (!/\\| Idle/.test(bar?.innerText ?? '')) return false;
  return cells.every(({index, shows}) => {
    const cell = document.querySelector(`${panel} [data-windowed-list-index="${index}"]`);
    // A folded solution has a prompt that stays empty; only its output tells.
    const prompt = cell?.querySelector('.jp-InputPrompt:not(.jp-Placeholder-prompt)');
    if (prompt && !/\\d/.test(prompt.textContent)) return false;
    return !shows || cell?.querySelector('.jp-OutputArea-output') !== null;
  });
}"""
ARE_DRAWN = """panel => [...document.querySelectorAll(`${panel} .jp-OutputArea-output img`)]
  .every(image => image.complete)"""


def find_chromium() -> str | None:
    """The system's Chromium or Chrome, if it has one."""
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


class Lab:
    """JupyterLab in one window of the browser."""

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.served = served
        self.context = context
        context.set_default_timeout(SECONDS * 1000)
        context.add_init_script(WATCH_INTERRUPTIONS)
        self.hosts: set[str] = set()
        self.mistakes: list[str] = []
        self.page = context.new_page()
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", lambda socket: self._note(socket.url))
        self.page.on("pageerror", lambda error: self.mistakes.append(str(error)))

    def _note(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob"):
            self.hosts.add(urlsplit(url).hostname or url)

    def open(self, name: str | None = None) -> Notebook:
        """Opens a notebook as if it were the only one; by default the address that was printed."""
        if name is None:
            self.page.goto(self.served.address)
        else:
            host = f"{self.served.host}{self.served.port}"
            self.page.goto(f"{host}/lab/tree/{name}?token={self.served.token}&reset")
        return self.current(name or self.served.page.rpartition("/")[2])

    def open_also(self, name: str) -> Notebook:
        """Opens a notebook in one more tab, from the list of files."""
        self.page.locator(".jp-DirListing-item", has_text=name).dblclick()
        return self.current(name)

    def current(self, name: str) -> Notebook:
        """The notebook in front, once its kernel is ready."""
        notebook = Notebook(self.page, name, self.stored(name)["cells"])
        notebook.wait_until_in_front()
        notebook.wait_until_open()
        return notebook

    def stored(self, name: str) -> Any:
        """A notebook as it lies in the copy."""
        return json.loads(self.served.get(f"/api/contents/{name}"))["content"]

    def choose(self, *names: str) -> None:
        """Chooses an entry of the menu, from its top down."""
        for name in names:
            entries = self.page.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel")
            entries.get_by_text(name, exact=True).last.click()

    def wear(self, theme: str) -> None:
        """Chooses a theme from the menu and waits until the page wears it."""
        self.choose("Settings", "Theme", theme)
        self.page.wait_for_function(
            "theme => document.body.dataset.jpThemeName === theme", arg=theme
        )
        # JupyterLab covers the page until the theme is there, and then fades the cover.
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def bring_to_front(self, notebook: Notebook) -> None:
        """Clicks a notebook's tab."""
        self.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text=notebook.name).click()
        notebook.wait_until_in_front()

    def save(self) -> None:
        """Saves the notebook in front, and waits until it is saved."""
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function(
            "!document.querySelector('.lm-DockPanel-tabBar .jp-mod-current.jp-mod-dirty')"
        )

    def kernels(self) -> list[Any]:
        """The kernels that run now."""
        found: list[Any] = json.loads(self.served.get("/api/kernels"))
        return found

    def interruptions(self) -> list[str]:
        """The texts of all dialogs and pop-ups so far; they count once."""
        found: list[str] = self.page.evaluate("window.interruptions.splice(0)")
        return found

    def close(self) -> None:
        """Closes the window and ends the kernels that it started."""
        for session in json.loads(self.served.get("/api/sessions")):
            self.context.request.delete(
                f"{self.served.host}{self.served.port}/api/sessions/{session['id']}",
                headers={"Authorization": f"token {self.served.token}"},
            )
        self.context.close()


class Notebook:
    """A notebook that is open in front."""

    def __init__(self, page: Page, name: str, cells: Sequence[Any]) -> None:
        self.page = page
        self.name = name
        self.cells = cells
        self.panel = page.locator(NOTEBOOK)

    def wait_until_in_front(self) -> None:
        """Waits until the tab that is in front is this notebook's."""
        front = ".lm-DockPanel-tabBar .lm-TabBar-tab.jp-mod-current"
        self.page.locator(front, has_text=self.name).wait_for()

    def wait_until_open(self) -> None:
        """Waits until every cell is on the page and the kernel is ready."""
        self.page.wait_for_function(
            """([panel, count]) =>
            document.querySelectorAll(`${panel} [data-windowed-list-index]`).length === count""",
            arg=[NOTEBOOK, len(self.cells)],
        )
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Waits for the status bar: it follows the kernel, which the window is ready before."""
        self.page.wait_for_function(
            "/\\| Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText ?? '')"
        )

    @functools.cached_property
    def ids(self) -> list[str]:
        return [cell["id"] for cell in self.cells]

    def cell(self, id: str) -> Locator:
        return self.panel.locator(f'[data-windowed-list-index="{self.ids.index(id)}"]')

    def active(self) -> int:
        """The number of the cell that keys go to, from 0."""
        place = self.panel.locator(".jp-Cell.jp-mod-active").get_attribute(
            "data-windowed-list-index"
        )
        assert place is not None
        return int(place)

    def wait_until_active(self, index: int) -> None:
        """Waits until keys go to the cell with this number, from 0."""
        self.page.wait_for_function(
            """([panel, index]) => document.querySelector(`${panel} .jp-Cell.jp-mod-active`)
            ?.dataset.windowedListIndex === index""",
            arg=[NOTEBOOK, str(index)],
        )

    def active_is_in_sight(self) -> bool:
        """Whether the first line of the cell that keys go to can be seen without scrolling."""
        seen: bool = self.page.evaluate(
            """panel => {
              const cell = document.querySelector(`${panel} .jp-Cell.jp-mod-active`);
              const pane = cell.closest('.jp-WindowedPanel-outer').getBoundingClientRect();
              const {top, bottom} = cell.getBoundingClientRect();
              return top < pane.bottom - 20 && bottom > pane.top + 20;
            }""",
            NOTEBOOK,
        )
        return seen

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def select(self, id: str) -> None:
        """Clicks beside a cell, so that keys go to the cell and not into its text."""
        self.cell(id).locator(".jp-InputPrompt, .jp-OutputPrompt").first.click()
        self.wait_until_active(self.ids.index(id))

    def run(self, id: str, shows: bool = False) -> None:
        """Runs one cell with Shift+Enter and waits for its end."""
        self.select(id)
        self.press("Shift+Enter")
        self.wait_until_run([id], [id] if shows else [])

    def run_through(self, id: str) -> None:
        """Runs all cells down to this one, and does not wait in between."""
        self.page.locator(f"{NOTEBOOK} .jp-Cell").first.scroll_into_view_if_needed()
        self.select(self.ids[0])
        place = self.ids.index(id)
        code = [cell["id"] for cell in self.cells[: place + 1] if cell["cell_type"] == "code"]
        for index in range(place + 1):
            self.press("Shift+Enter")
            if index + 1 < len(self.ids):
                self.wait_until_active(index + 1)
        self.wait_until_run(code)

    def wait_until_run(self, ids: Sequence[str], showing: Sequence[str] = ()) -> None:
        """Waits until these code cells have ended, and some of them have shown something."""
        cells = [{"index": self.ids.index(id), "shows": id in showing} for id in ids]
        self.page.wait_for_function(HAS_RUN, arg={"panel": NOTEBOOK, "cells": cells})
        self.wait_until_drawn()

    def wait_until_drawn(self) -> None:
        """Waits until the browser has read every picture."""
        self.page.wait_for_function(ARE_DRAWN, arg=NOTEBOOK)

    def write(self, id: str, old: str, new: str) -> None:
        """Clicks at the end of the line that ends in `old`, and types `new` in its place."""
        line = self.cell(id).locator(".cm-line", has_text=re.compile(re.escape(old) + "$"))
        line.click()
        self.press("End", *["Backspace"] * len(old))
        self.page.keyboard.type(new)

    def count(self, id: str) -> int | None:
        """The number in brackets beside a cell: the how manieth to run it was."""
        text = self.cell(id).locator(".jp-InputPrompt").text_content()
        found = re.search(r"\d+", text or "")
        return int(found[0]) if found else None

    def text(self, id: str) -> str:
        """All that a cell shows as text."""
        return "\n".join(self.cell(id).locator(".jp-OutputArea-output").all_inner_texts())

    def errors(self) -> dict[str, str]:
        """The cells that show a traceback, and its last line."""
        found = self.panel.locator(".jp-OutputArea-output[data-mime-type*=stderr]")
        texts: list[tuple[str, str]] = found.evaluate_all(
            """outputs => outputs.map(output =>
            [output.closest('.jp-Cell').dataset.windowedListIndex, output.innerText])"""
        )
        return {
            self.ids[int(index)]: text.strip().splitlines()[-1]
            for index, text in texts
            if "Traceback (most recent call last)" in text
        }

    def pictures(self) -> dict[str, list[dict[str, Any]]]:
        """The pictures below each cell: alternative text, natural and shown size."""
        found: list[dict[str, Any]] = self.panel.locator(".jp-OutputArea-output img").evaluate_all(
            """images => images.map(image => ({
              cell: Number(image.closest('.jp-Cell').dataset.windowedListIndex),
              alt: image.alt,
              natural: image.naturalWidth,
              own: Number(image.getAttribute('width')),
              width: image.getBoundingClientRect().width,
              height: image.getBoundingClientRect().height,
              room: image.closest('.jp-OutputArea-output').clientWidth,
            }))"""
        )
        pictures: dict[str, list[dict[str, Any]]] = {}
        for picture in found:
            pictures.setdefault(self.ids[picture["cell"]], []).append(picture)
        return pictures


def taught(path: Path) -> dict[str, Any]:
    """The code cells of a notebook with the outputs it was stored with, by id."""
    cells = json.loads(path.read_bytes())["cells"]
    return {cell["id"]: cell for cell in cells if cell["cell_type"] == "code"}


def stored_pictures(cell: Any) -> int:
    """How many pictures a stored cell shows."""
    shown = ("".join(out.get("data", {}).get("text/html", "")) for out in cell["outputs"])
    return sum(html.count("<img ") for html in shown)
