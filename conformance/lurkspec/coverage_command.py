"""`lurkspec coverage`: clause, cases, last result, as text, JSON and page."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .case import identity_check, registry, self_check
from .coverage import (
    NOT_RUN,
    Entry,
    LastRun,
    RunFileError,
    Tally,
    as_dict,
    core,
    counted,
    coverage,
    stale_reasons,
    tallies,
)
from .report import page
from .report.html import SIGNS
from .report.terminal import make_console

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("coverage")
@click.option(
    "--holes", is_flag=True, help="Only what has neither case nor reason; exit code 1 if there is any."
)
@click.option(
    "--run",
    "files",
    multiple=True,
    type=_FILE,
    help="JSON report of a run, for the last results; one for each library and role.",
)
@click.option("--json", "json_file", type=_FILE)
@click.option("--html", type=_FILE)
def show_coverage(holes: bool, files: tuple[Path, ...], json_file: Path | None, html: Path | None) -> None:
    """Which case shows which clause and which row, what came of it, and why some have none."""
    table = registry()
    entries = coverage(table)
    try:
        runs = [LastRun.load(file) for file in files]
    except RunFileError as error:
        raise click.UsageError(str(error)) from None
    for entry in entries:
        if entry.hole or not holes:
            click.echo(_line(entry, runs))
    if not holes:
        _print_tallies(make_console(), tallies(entries), runs)
    missing = sum(e.hole for e in entries)
    click.echo("\n".join(_summary(entries)))
    _write(entries, runs, json_file, html)
    problems = self_check(table) + identity_check(table) + stale_reasons(entries) + _unknown(runs, set(table))
    for problem in problems:
        click.echo(f"problem: {problem}", err=True)
    sys.exit(1 if problems or (holes and missing) else 0)


def _summary(entries: list[Entry]) -> list[str]:
    return [
        f"black-box MUST, MUST NOT and implied clauses of SKI, LURK and tls12, {counted(core(entries))}",
        f"all clauses and rows, {counted(entries)}",
    ]


def _unknown(runs: list[LastRun], known: set[str]) -> list[str]:
    """Cases of a run that the suite does not have: the report is of another suite."""
    found = [(run.name, sorted(set(run.verdicts) - known)) for run in runs]
    return [f"{name}: {len(ids)} cases that are not known, {ids[0]} first" for name, ids in found if ids]


def _line(entry: Entry, runs: list[LastRun]) -> str:
    shown = ", ".join(entry.cases) or entry.why or "NO CASE, NO REASON"
    lacking = f" (none for {' and '.join(entry.lacking)})" if entry.lacking else ""
    last = [f"{run.name} {v.value if (v := run.of(entry.cases)) else NOT_RUN}" for run in runs if entry.cases]
    return f"{entry.id:<16} {entry.level:<8} {shown}{lacking}" + (f" [{', '.join(last)}]" if last else "")


def _print_tallies(console: Console, found: list[Tally], runs: list[LastRun]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("specification", "role", "level"):
        table.add_column(name)
    for name in ("clauses", "cases", "reason", "hole"):
        table.add_column(name, justify="right")
    for run in runs:
        table.add_column(Text(run.name), overflow="fold")
    for t in found:
        figures = (str(n or ".") for n in (len(t.entries), t.covered, t.excused, t.holes))
        last = (", ".join(f"{n} {word}" for word, n in t.by_verdict(run).items()) or "." for run in runs)
        table.add_row(t.source, t.role, t.level, *figures, *last)
    console.print(table)


def render(entries: list[Entry], runs: list[LastRun]) -> str:
    """The page."""
    signs = {verdict.value: sign for verdict, sign in SIGNS.items()} | {NOT_RUN: "·"}
    return page.render(
        "report",
        "coverage.html",
        ("coverage.js",),
        entries=entries,
        tallies=tallies(entries),
        runs=runs,
        summary=_summary(entries),
        signs=signs,
        levels=list(dict.fromkeys(e.level for e in entries)),
        roles=list(dict.fromkeys(e.role for e in entries)),
        word=lambda verdict: verdict.value if verdict else NOT_RUN,
    )


def _write(entries: list[Entry], runs: list[LastRun], json_file: Path | None, html: Path | None) -> None:
    try:
        if json_file:
            json_file.write_text(json.dumps(as_dict(entries, runs), indent=1) + "\n", "utf-8")
        if html:
            html.write_text(render(entries, runs), "utf-8")
    except OSError as error:
        print(f"lurkspec: {error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(3)
