"""The `asyncdemo` command: parses, calls one function, reports."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from asyncdemo.course import opening
from asyncdemo.course.errors import CourseError
from asyncdemo.course.extras import require
from asyncdemo.course.handouts.kinds import Edition, Format, Paper
from asyncdemo.program import commands

app = commands.App(
    add_completion=False,
    # Plain text reads the same in a pipe, a screen reader and a terminal without Unicode.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"asyncdemo {version('asyncdemo')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Learn asyncio from pictures of how your code really ran."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def lab(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Where your copy of the course is, or goes.",
            show_default="my-course beside the course, or asyncdemo-course here",
        ),
    ] = None,
    as_taught: Annotated[
        bool,
        typer.Option("--as-taught", help="Open the course with its outputs, in a throw-away copy."),
    ] = False,
    copy_only: Annotated[
        bool,
        typer.Option("--copy-only", help="Bring the copy up to date, and do not start JupyterLab."),
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Start the notebooks that you changed afresh; yours become backups."
        ),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, help="The port to listen on.", show_default="a free one from 8888"
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address and open no browser.")
    ] = False,
) -> None:
    """Open your copy of the course in JupyterLab, until Ctrl-C.

    The copy is made at the first start. Later starts add what is new in the course and leave
    every notebook that you changed as it is.
    """
    try:
        opening.open_course(
            folder,
            as_taught=as_taught,
            copy_only=copy_only,
            force=force,
            port=port,
            browser=not no_browser,
            announce=typer.echo,
        )
    except CourseError as error:
        typer.echo(f"asyncdemo: {error}", err=True)
        raise typer.Exit(error.exit_code) from None


CHECK_NEEDS = ("nbclient", "nbformat", "nbval")

Notebooks = Annotated[
    list[Path] | None,
    typer.Argument(help="Notebooks, or folders of them.", show_default="the course"),
]
Timeout = Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long one cell may take.")]


@app.command()
def check(notebooks: Notebooks = None, timeout: Timeout = 60) -> None:
    """Run notebooks again and compare every cell with its stored outputs.

    Durations, pictures and whatever else differs from run to run are masked first; the file
    nbval_sanitize.cfg beside the notebooks, or else the course's own, says what that is.
    """
    try:
        require("check", *CHECK_NEEDS)
        from asyncdemo.course.check import check as check_notebooks

        same = check_notebooks(notebooks or (), timeout=timeout)
    except CourseError as error:
        typer.echo(f"asyncdemo: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    raise typer.Exit(0 if same else 1)


@app.command()
def refresh(
    notebooks: Notebooks = None,
    timeout: Timeout = 60,
    anew: Annotated[
        bool, typer.Option("--anew", help="Store all outputs anew, also those that say the same.")
    ] = False,
) -> None:
    """Run notebooks again and store the outputs that say something new.

    A cell whose outputs differ only in durations, pictures and whatever else is masked by
    `asyncdemo check` keeps those that are stored.
    """
    try:
        require("check", *CHECK_NEEDS)
        from asyncdemo.course.refresh import refresh as refresh_notebooks

        failures = refresh_notebooks(notebooks or (), timeout=timeout, anew=anew)
    except CourseError as error:
        failures = [error]
    for failure in failures:
        typer.echo(f"asyncdemo: {failure}", err=True)
    raise typer.Exit(max((failure.exit_code for failure in failures), default=0))


HANDOUTS_NEED = ("fontTools", "markdown_it", "nbformat", "pygments", "typst")


@app.command()
def handouts(
    notebooks: Notebooks = None,
    *,
    edition: Annotated[
        list[Edition] | None, typer.Option(help="Only these.", show_default="all")
    ] = None,
    paper: Annotated[
        list[Paper] | None, typer.Option(help="Only PDFs for these.", show_default="both")
    ] = None,
    formats: Annotated[
        list[Format] | None, typer.Option("--format", help="Only these.", show_default="both")
    ] = None,
    folder: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where they go.")] = Path(
        "handouts"
    ),
    student_notebooks: Annotated[
        bool,
        typer.Option("--notebooks", help="Write notebooks without solutions and outputs instead."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over handouts that are there.")
    ] = False,
) -> None:
    """Make handouts for a class: student and teacher editions, and cheat sheets.

    They are made of the notebooks as they are stored; nothing is run. An option that says
    "only these" may be given several times.
    """
    try:
        require("handouts", *HANDOUTS_NEED)
        from asyncdemo.course.handouts import making

        if student_notebooks:
            if edition or paper or formats:
                raise CourseError("--notebooks goes without --edition, --paper and --format", 2)
            made = making.make_notebooks(notebooks or (), folder=folder, force=force)
        else:
            order = making.Order(
                tuple(dict.fromkeys(edition or Edition)),
                tuple(dict.fromkeys(paper or Paper)),
                tuple(dict.fromkeys(formats or Format)),
            )
            made = making.make(notebooks or (), order=order, folder=folder, force=force)
    except CourseError as error:
        typer.echo(f"asyncdemo: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
    files = "1 file" if len(made) == 1 else f"{len(made)} files"
    typer.echo(f"{files} in {folder}")


# What follows the script is the program's, options too.
app.command(context_settings={"allow_interspersed_args": False})(commands.run)
app.command()(commands.show)
