"""`lurkspec interop report`: the reports of a run once more, from its results.json."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from ..expectations import ExpectationError
from ..report.terminal import make_console
from . import expected, reports, terminal
from .results import Results, ResultsError

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--expect", type=_FILE, help="Known failures. Strict both ways.")
@click.option("--write-expectations", "first", type=_FILE, help="Write a first file of known failures.")
def report(out: Path, expect: Path | None, first: Path | None) -> None:
    """Write index.html, results.md and junit.xml to OUT, where a run left its results.json. Exit code 0 as
    expected, 1 not."""
    try:
        results = Results.load(out)
        known = expected.load(expect) if expect else []
    except (ResultsError, ExpectationError) as error:
        raise click.UsageError(str(error)) from None
    sys.exit(conclude(results, out, make_console(), known, first))


def conclude(
    results: Results,
    out: Path,
    console: Console,
    known: list[expected.Expected],
    first: Path | None,
    whole: bool = True,
) -> int:
    """The end of a run: reports to `out`, the matrix on the terminal, a first file of known failures to
    `first`; the exit code."""
    view = reports.view_of(results, known, whole)
    terminal.show(console, view)
    try:
        reports.write(view, out)
        if first:
            count = expected.write(first, view.results)
            console.print(f"{first}: {count} expectations, give each its reason", markup=False)
    except OSError as error:
        print(f"lurkspec: {error.filename}: {error.strerror}", file=sys.stderr)
        return 3
    console.print(f"reports: {out / reports.PAGE}, {reports.MARKDOWN}, {reports.JUNIT}", markup=False)
    return 0 if view.good else 1
