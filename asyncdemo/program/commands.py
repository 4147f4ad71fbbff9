"""`asyncdemo run` and `asyncdemo show`: record a program, and show what was recorded."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from asyncdemo.comparison import Comparison
    from asyncdemo.timeline import Timeline

Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE",
        help="Write it into a file instead, whose ending says how: "
        ".png, .svg, .pdf, .txt, .json or .perfetto.json.",
    ),
]
MinSpan = Annotated[
    float | None,
    typer.Option(
        min=0, metavar="SECONDS", help="Only calls that took longer, and those above them."
    ),
]
Focus = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Only the function or task of that name, and all below it."),
]


class Interrupted(BaseException):
    """Ctrl-C has ended the program. No `KeyboardInterrupt`, which typer takes for its own."""


class App(typer.Typer):
    """A command that ends by Ctrl-C as the program that it ran would have."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Parse the command line and run what it says."""
        try:
            return super().__call__(*args, **options)
        except Interrupted:
            # The program's traceback is there already.
            sys.excepthook = lambda *error: None
            raise KeyboardInterrupt from None


def run(
    program: Annotated[
        str, typer.Argument(metavar="SCRIPT", help="A script, or with -m a module.")
    ],
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[ARGS]...", help="Its arguments.")
    ] = None,
    *,
    is_module: Annotated[
        bool, typer.Option("-m", help="Run a module, as `python -m` does.")
    ] = False,
    output: Outputs = None,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Record this library's coroutines too."),
    ] = None,
    min_span: MinSpan = None,
    focus: Focus = None,
    live: Annotated[
        bool,
        typer.Option("--live", help="Draw it while the program runs, a few times a second."),
    ] = False,
    last: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Only the last seconds; the program may go on as long as it likes.",
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="The most events to keep of each thread.", show_default="1000000"),
    ] = None,
) -> None:
    """Run a program as `python` does, and show how its coroutines ran.

    Options go before the script; what follows it is the program's. The timeline goes to
    standard error when the program has ended, also by an exception or by Ctrl-C.

    An option that names a library or a file may be given several times.
    """
    # The program may close or replace its own, and change the folder.
    stream, files = sys.stderr, [path.absolute() for path in output or ()]
    path = [*sys.path]
    try:
        from asyncdemo import saving
        from asyncdemo.program import launch
        from asyncdemo.program.entry import Program
        from asyncdemo.recorder import LIMIT

        saving.check_endings(output or ())
        if live and not stream.isatty():
            raise ValueError("--live draws in a terminal, and standard error is none")
        ran = launch.run(
            Program(program, tuple(arguments or ()), is_module),
            include=include or (),
            limit=limit or LIMIT,
            live=live,
            last=math.inf if last is None else last,
        )
    except (ValueError, RuntimeError) as error:
        _fail(error)
    failed = False
    if ran.timeline is not None:
        if ran.said:
            _say(ran.said.replace("record(limit=...)", "--limit"), stream)
        with _own_path(path):
            failed = not _present(
                ran.timeline, files, focus, min_span, stream=stream, failed=ran.exit_code != 0
            )
    if ran.interrupted:
        raise Interrupted
    sys.exit(ran.exit_code or int(failed))


def show(
    timelines: Annotated[
        list[Path], typer.Argument(metavar="RUN.json...", help="Timelines saved by `-o RUN.json`.")
    ],
    *,
    output: Outputs = None,
    min_span: MinSpan = None,
    focus: Focus = None,
) -> None:
    """Show timelines that were saved, several of them on one time axis."""
    try:
        from asyncdemo import saving

        saving.check_endings(output or (), timelines=len(timelines))
        read = [_read(path, focus, min_span) for path in timelines]
        shown = _together(timelines, read)
    except ValueError as error:
        _fail(error)
    saved = [_save(shown, path, sys.stderr) for path in output or ()]
    if not all(saved):
        raise typer.Exit(1)
    if not output:
        from asyncdemo.program import terminal

        terminal.show(shown, sys.stdout)


def _present(
    timeline: Timeline,
    files: Sequence[Path],
    focus: str | None,
    min_span: float | None,
    *,
    stream: TextIO,
    failed: bool,
) -> bool:
    """Shows or saves what a program left, as well as can be; answers whether all went well."""
    from asyncdemo import wording
    from asyncdemo.program import terminal

    shown, well = timeline, True
    try:
        shown = _selected(timeline, focus, min_span)
    except ValueError as error:
        # The program has run, and will perhaps not do so again: all of it is better than nothing.
        _say(f"{error}; so this is all", stream)
        well = False
    for file in files:
        well &= _save(shown, file, stream)
    # A program that failed before any coroutine ran has said all there is to say.
    if not files and not (failed and wording.nothing_ran(timeline)):
        # The reader may be gone, and the program's exit code is worth more.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            sys.stdout.flush()
        with contextlib.suppress(OSError, ValueError):
            stream.write("\n")
            terminal.show(shown, stream)
    return well


def _save(shown: Timeline | Comparison, file: Path, stream: TextIO) -> bool:
    from asyncdemo import saving

    try:
        saving.save(shown, file)
    except OSError as error:
        _say(f"{file} cannot be written: {error.strerror or error}", stream)
        return False
    return True


@contextlib.contextmanager
def _own_path(path: Sequence[str]) -> Iterator[None]:
    """What draws is imported from where this package is, not from the program's folder."""
    programs = [*sys.path]
    sys.path[:] = path
    try:
        yield
    finally:
        sys.path[:] = programs


def _selected(timeline: Timeline, focus: str | None, min_span: float | None) -> Timeline:
    from asyncdemo import selection

    if focus is not None:
        timeline = selection.focused(timeline, focus)
    return timeline if min_span is None else selection.longer_than(timeline, min_span)


def _read(path: Path, focus: str | None, min_span: float | None) -> Timeline:
    from asyncdemo.timeline import Timeline

    try:
        timeline = Timeline.from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise ValueError(
            f"{path} holds no timeline: `asyncdemo run -o FILE.json` saves one"
        ) from None
    try:
        return _selected(timeline, focus, min_span)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _together(paths: Sequence[Path], timelines: Sequence[Timeline]) -> Timeline | Comparison:
    from asyncdemo.comparison import compare

    if len(timelines) == 1:
        return timelines[0]
    names = [path.name for path in paths]
    titles = names if len({*names}) == len(names) else [*map(str, paths)]
    return compare(*timelines, titles=titles)


def _say(text: str, stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        typer.echo(f"asyncdemo: {text}", file=stream)


def _fail(error: Exception) -> NoReturn:
    _say(str(error), sys.stderr)
    raise typer.Exit(2) from None
