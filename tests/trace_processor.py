"""Reads a trace file with Perfetto's own trace processor, in the page that opens trace files.

What the page shows of a trace is told as a `Viewer`, to be laid beside our own reading.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page
from trace_pages import TracePages
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


class TraceProcessor:
    """Perfetto's page with its trace processor; opens one trace after another."""

    def __init__(self, pages: TracePages) -> None:
        self.pages = pages
        self.opened = 0
        self.page = pages.open("web_dist/index.html#!/viewer", ready="window.app !== undefined")

    def open(self, text: str) -> None:
        """Opens a trace file, in place of the one before."""
        self.opened += 1
        title = f"trace {self.opened} "

        def wait(page: Page) -> None:
            page.evaluate(OPEN, [text, title])
            page.wait_for_function(IS_OPEN, arg=title)

        self.pages.ask(self.page, wait)

    def query(self, sql: str) -> list[Row]:
        """The rows that the trace processor answers a query with."""
        rows: list[Row] = self.pages.ask(self.page, lambda page: page.evaluate(QUERY, sql))
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
        shown: list[int] = self.pages.ask(self.page, lambda page: page.evaluate(SHOWN))
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
