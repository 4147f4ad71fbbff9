"""The `asyncdemo` command: parses, calls one function, reports."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from asyncdemo.course import lab as course_lab

app = typer.Typer(
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
        typer.Argument(help="The folder of the notebooks.", show_default="the course's own"),
    ] = None,
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
    """Open the course in JupyterLab, until Ctrl-C."""
    try:
        course_lab.serve(folder, port=port, browser=not no_browser, announce=typer.echo)
    except course_lab.LabError as error:
        typer.echo(f"asyncdemo: {error}", err=True)
        raise typer.Exit(error.exit_code) from None
