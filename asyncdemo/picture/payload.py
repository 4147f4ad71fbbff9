"""The timelines inside their own picture: a PNG text chunk from which it can be drawn anew.

Notebooks store pictures, not timelines. With this, a stored picture is also the sheet on which
a class draws its prediction, and the one that is redrawn for print. A chunk that viewers pass
over costs a notebook a kilobyte, and no output more that nbval would have to compare.
"""

from __future__ import annotations

import io
import json
import zlib
from dataclasses import replace
from typing import Any

from PIL import Image, PngImagePlugin

from asyncdemo.comparison import Comparison
from asyncdemo.timeline import Timeline

KEY = "asyncdemo timelines"
# What is shown as an overview is too much to carry, and to draw on by hand.
MOST_SPANS = 200
MOST_BYTES = 24_000
# A tenth of a microsecond; no picture shows less.
DECIMALS = 7


def pack(shown: Comparison) -> PngImagePlugin.PngInfo | None:
    """The chunk to be saved with the picture, or None where it would be too large.

    Files' names are left out: they are of the machine, not of the run.

    Example:
        >>> image.save(file, format="png", pnginfo=pack(compare(timeline)))  # doctest: +SKIP
    """
    if sum(len(timeline.spans) for timeline in shown.timelines) > MOST_SPANS:
        return None
    if sum(len(s.stretches) for t in shown.timelines for s in t.spans) > MOST_BYTES:
        # Compressed, a stretch takes several bytes: no need to make the text to know.
        return None
    timelines = [_rounded(json.loads(_nameless(t).to_json())) for t in shown.timelines]
    data: dict[str, Any] = {"titles": shown.titles, "timelines": timelines}
    if shown.wakes:
        data["wakes"] = True
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    if len(zlib.compress(text.encode())) > MOST_BYTES:
        return None
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt(KEY, text, zip=True)
    return chunks


def unpack(png: bytes) -> Comparison | None:
    """The timelines that a picture carries, or None if it carries none that can be read.

    Example:
        >>> unpack(to_png(timeline).data).timelines[0].max_in_flight  # doctest: +SKIP
        3
    """
    try:
        with Image.open(io.BytesIO(png)) as image:
            image.load()
            text = image.info.get(KEY)
        if text is None:
            return None
        data = json.loads(text)
        timelines = tuple(Timeline.from_json(json.dumps(part)) for part in data["timelines"])
        return Comparison(timelines, tuple(data["titles"]), data.get("wakes") is True)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _nameless(timeline: Timeline) -> Timeline:
    return replace(
        timeline,
        spans=tuple(replace(span, file="") for span in timeline.spans),
        blocked=tuple(replace(band, file="") for band in timeline.blocked),
    )


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, DECIMALS)
        case dict():
            return {key: _rounded(part) for key, part in value.items()}
        case list():
            return [_rounded(part) for part in value]
        case _:
            return value
