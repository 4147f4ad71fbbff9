"""What goes into a file of each ending, and what is refused before anything is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
import samples
from PIL import Image
from pypdf import PdfReader

from asyncdemo.comparison import compare
from asyncdemo.plot import to_vector
from asyncdemo.saving import ENDINGS, check_endings, ending_of, save
from asyncdemo.text import to_text
from asyncdemo.timeline import Timeline


def saved(shown: object, path: Path) -> bytes:
    assert isinstance(shown, Timeline) or hasattr(shown, "timelines")
    save(shown, path)  # type: ignore[arg-type]
    return path.read_bytes()


def test_a_png_is_the_picture(tmp_path: Path) -> None:
    data = saved(samples.three_drinks(), tmp_path / "run.png")

    assert Image.open(BytesIO(data)).format == "PNG"


def test_an_svg_keeps_its_letters(tmp_path: Path) -> None:
    svg = saved(samples.three_drinks(), tmp_path / "run.svg").decode()

    assert svg.startswith("<?xml")
    assert "brew('tea', 1.0)" in svg
    assert "<dc:date>" not in svg


def test_a_pdf_has_one_page_with_the_words_of_the_picture(tmp_path: Path) -> None:
    pdf = PdfReader(BytesIO(saved(samples.three_drinks(), tmp_path / "run.pdf")))

    assert len(pdf.pages) == 1
    assert "brew('tea', 1.0)" in pdf.pages[0].extract_text()
    assert not pdf.metadata


def test_text_is_the_text_form(tmp_path: Path) -> None:
    whole = samples.three_drinks()

    assert saved(whole, tmp_path / "run.txt").decode() == to_text(whole) + "\n"


def test_json_is_read_back_unchanged(tmp_path: Path) -> None:
    whole = samples.every_outcome()

    assert Timeline.from_json(saved(whole, tmp_path / "run.json").decode()) == whole


def test_a_perfetto_file_is_a_trace_and_no_timeline(tmp_path: Path) -> None:
    pytest.importorskip("asyncdemo.perfetto")
    trace = json.loads(saved(samples.three_drinks(), tmp_path / "run.perfetto.json"))

    assert trace.get("format") != "asyncdemo timeline 1"


@pytest.mark.parametrize("ending", [".png", ".svg", ".pdf", ".txt"])
def test_a_comparison_goes_into_one_file(tmp_path: Path, ending: str) -> None:
    shown = compare(samples.staircase(), samples.three_drinks(), titles=["awaited", "gathered"])

    assert saved(shown, tmp_path / f"both{ending}")


@pytest.mark.parametrize("ending", [".json", ".perfetto.json"])
def test_a_comparison_is_no_single_timeline(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"both{ending}"
    expected = f"both{ending}: {ending} holds one timeline, not 2$".replace(".", r"\.")
    with pytest.raises(ValueError, match=expected):
        check_endings([path], timelines=2)
    with pytest.raises(ValueError, match=expected):
        save(compare(samples.staircase(), samples.three_drinks()), path)
    assert not path.exists()


def test_a_file_that_is_there_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "run.txt"
    path.write_text("old " * 10_000, encoding="utf-8")

    assert saved(samples.three_drinks(), path).decode() == to_text(samples.three_drinks()) + "\n"


def test_the_longest_ending_counts_in_any_case() -> None:
    assert ending_of(Path("Run.Perfetto.JSON")) == ".perfetto.json"
    assert ending_of(Path("perfetto.json")) == ".json"
    assert [ending_of(Path(f"run{ending}")) for ending in ENDINGS] == [*ENDINGS]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("run.gif", "its name must end in one of .png, .svg, .pdf, .txt, .json, .perfetto.json"),
        ("run", "its name must end in one of"),
        ("nowhere/run.png", "there is no folder"),
        ("folder.png", "this is a folder"),
    ],
)
def test_what_cannot_be_written_is_said_on_one_line(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(ValueError, match=r"^[^\n]+$") as refused:
        check_endings([tmp_path / "run.png", tmp_path / name])
    assert said in str(refused.value)


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_vector_pictures_are_the_same_bytes_each_time(kind: str) -> None:
    program = (
        "import sys, samples; from asyncdemo.plot import to_vector\n"
        f"sys.stdout.buffer.write(to_vector(samples.every_outcome(), {kind!r}))"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    )

    assert first == second
    assert len(first) > 1000


def test_a_vector_picture_is_as_wide_as_it_is_told() -> None:
    pages = [
        PdfReader(BytesIO(to_vector(samples.three_drinks(), "pdf", width=width))).pages[0]
        for width in (7.0, 9.0, None)
    ]

    assert [round(page.mediabox.width / 72, 2) for page in pages] == [7.0, 9.0, 9.0]
