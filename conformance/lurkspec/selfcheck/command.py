"""`lurkspec selfcheck` on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ..case import Profile, registry, self_check
from ..embedded import LIBRARIES
from ..process import StartError
from ..report.terminal import make_console
from ..selection import NothingSelected
from . import render, witnesses
from .bench import PROGRAMS
from .campaign import Campaign, Selection

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--fault", "faults", multiple=True, metavar="GLOB", help="Only faults of this name; may be repeated."
)
@click.option(
    "--case",
    "cases",
    multiple=True,
    metavar="GLOB",
    help="Only cases whose id matches, against the faults that they reach; may be repeated.",
)
@click.option(
    "--library",
    "libraries",
    multiple=True,
    type=click.Choice(LIBRARIES),
    help="Programs on this library; may be repeated. A fault that survives on one is tried on the next."
    "  [default: all]",
)
@click.option(
    "--profile",
    type=click.Choice([p.name.lower() for p in Profile]),
    default="default",
    show_default=True,
    help="Which cases have to show that they catch something.",
)
@click.option(
    "--thorough",
    is_flag=True,
    help="Every case that reaches a fault, also where it has caught another one or all requests reach it.",
)
@click.option("--json", "json_file", type=_FILE)
@click.option("--html", type=_FILE)
@click.option(
    "--write-witnesses",
    is_flag=True,
    help="Renew the list of one case for each fault, which the fast tests try.",
)
@click.option("--list", "only_list", is_flag=True, help="List the faults by program.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Faults side by side, each with a run of the suite.",
)
def selfcheck(
    faults: tuple[str, ...],
    cases: tuple[str, ...],
    libraries: tuple[str, ...],
    profile: str,
    thorough: bool,
    json_file: Path | None,
    html: Path | None,
    write_witnesses: bool,
    only_list: bool,
    jobs: int,
) -> None:
    """Prove the suite: every named fault of the build with faults is caught by a case, and every case
    catches one.

    Exit codes: 0 proved, 1 a fault survives or a case is toothless, 2 usage, 3 could not run.
    """
    chosen = Selection(faults, cases, libraries or LIBRARIES, Profile[profile.upper()], jobs, thorough)
    console = make_console()
    try:
        if only_list:
            _list(chosen)
            return
        table = registry()
        problems = self_check(table)
        if problems:
            raise click.UsageError(f"the case table is wrong: {problems[0]}")
        matrix = Campaign(chosen, chosen.wanted(table.values()), _say).run()
    except NothingSelected as error:
        raise click.UsageError(str(error)) from None
    except StartError as error:
        click.echo(f"lurkspec: {error}; `ci/build faults` makes the programs with faults", err=True)
        sys.exit(3)
    written = True
    for file, text in ((json_file, json.dumps(matrix.as_dict(), indent=1)), (html, render.page(matrix))):
        if file is not None:
            written &= _write(file, text)
    if write_witnesses:
        witnesses.write(matrix)
    render.terminal(console, matrix)
    sys.exit(matrix.exit_code or (0 if written else 3))


def _say(line: str) -> None:
    click.echo(line)


def _write(file: Path, text: str) -> bool:
    try:
        file.write_text(text, "utf-8")
    except OSError as error:
        click.echo(f"lurkspec: {file}: {error.strerror or error}", err=True)
        return False
    return True


def _list(chosen: Selection) -> None:
    for program in PROGRAMS.values():
        for fault in chosen.bent(program, chosen.libraries[0]):
            click.echo(f"{program.name} {fault}")
