"""Reads a trace file with the importer of Chrome's tracing page.

What the importer makes of a trace is told as a `Viewer`, to be laid beside our own reading.
"""

from __future__ import annotations

from typing import Any

from trace_pages import TracePages
from trace_viewer import Slice, Viewer

# The page is made of custom elements of a kind that browsers no longer have. Its importer needs
# none of them, only a page whose scripts run to their end.
ELEMENTS = """
window.CustomElements = {upgrade() {}, takeRecords() {}};
Object.defineProperty(document, '_currentScript', {get: () => document.currentScript});
const prototypes = {};
const create = document.createElement.bind(document);
document.createElement = (name, ...more) => {
  const element = create(name, ...more);
  return name in prototypes ? Object.setPrototypeOf(element, prototypes[name]) : element;
};
document.registerElement = (name, {prototype}) => {
  prototypes[name] = prototype;
  return function () { return document.createElement(name); };
};
"""
IMPORT = """text => {
  const options = new tr.importer.ImportOptions();
  options.showImportWarnings = false;
  const model = new tr.Model();
  new tr.importer.Import(model, options).importTraces([text]);
  const depth = slice => slice.parentSlice ? 1 + depth(slice.parentSlice) : 0;
  const [process] = Object.values(model.processes);
  const threads = Object.values(process.threads);
  const slices = threads.flatMap(thread => thread.sliceGroup.slices);
  return {
    process: process.name,
    threads: threads.map(thread => ({tid: thread.tid, name: thread.name, place: thread.sortIndex})),
    slices: slices.map(slice => ({
      name: slice.title, track: slice.parentContainer.tid, start: slice.start, end: slice.end,
      depth: depth(slice), args: slice.args,
    })),
    arrows: model.flowEvents.map(arrow => [
      arrow.title, slices.indexOf(arrow.startSlice), slices.indexOf(arrow.endSlice),
    ]),
    counters: Object.values(process.counters).flatMap(counter => counter.series.map(series => [
      `${counter.name} ${series.name}`,
      series.samples.map(sample => [sample.timestamp, sample.value]),
    ])),
    warnings: model.importWarnings.map(warning => warning.message),
  };
}"""


class ChromeTracing:
    """Chrome's tracing page, of which only the importer is used."""

    def __init__(self, pages: TracePages) -> None:
        self.pages = pages
        self.page = pages.open(
            "html/trace_viewer_full.html", ready="window.tr?.importer !== undefined", first=ELEMENTS
        )

    def view(self, text: str) -> Viewer:
        """What the importer makes of a trace file, and what it warns about."""
        model = self.pages.ask(self.page, lambda page: page.evaluate(IMPORT, text))
        slices = [_slice(**fields) for fields in model["slices"]]
        viewer = Viewer(
            names={thread["tid"]: thread["name"] for thread in model["threads"]},
            order={thread["tid"]: thread["place"] for thread in model["threads"]},
            arrows=[
                (why, slices[source], slices[target]) for why, source, target in model["arrows"]
            ],
            counters={
                name: [(_microseconds(moment), value) for moment, value in samples]
                for name, samples in model["counters"]
            },
            process=model["process"],
            faults=model["warnings"],
        )
        for found in slices:
            viewer.tracks.setdefault(found.track, []).append(found)
        return viewer


def _slice(start: float, end: float, **fields: Any) -> Slice:
    return Slice(start=_microseconds(start), end=_microseconds(end), **fields)


def _microseconds(milliseconds: float) -> float:
    """The eighths of a microsecond that stand in the file."""
    return round(milliseconds * 1000 * 8) / 8
