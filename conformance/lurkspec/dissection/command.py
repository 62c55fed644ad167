"""`lurkspec dissector`: captures with expected dissections, and the proof of a dissector against them."""

from __future__ import annotations

import fnmatch
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from ..case import Verdict
from ..embedded import LIBRARIES
from ..process import StartError
from ..report.files import write_reports
from ..report.model import Run
from ..report.terminal import make_console
from . import lurk_negatives, lurk_scenarios, lurk_scripts, ski_scenarios, ski_scripts
from . import make as making
from .live import CaptureRefused, live, live_interop
from .mutate import Findings, fuzz
from .page import page
from .tshark import Dissector, TsharkMissing
from .verify import Map, VerifyError, load_captures, load_map, verify

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)
_CHECKOUT = Path(__file__).resolve().parents[3]
CAPTURES = _CHECKOUT / "vectors" / "pcap"
SCRIPTS = _CHECKOUT / "dissector"
PAGE = _CHECKOUT / "docs" / "dissector-reference.md"
SCENARIOS = (
    *lurk_scenarios.SCENARIOS,
    *lurk_negatives.SCENARIOS,
    *lurk_scripts.SCENARIOS,
    *ski_scenarios.SCENARIOS,
    *ski_scripts.SCENARIOS,
)


def scripts() -> tuple[Path, ...]:
    """Our own dissector."""
    return tuple(sorted(SCRIPTS.glob("*.lua")))


@click.group()
def dissector() -> None:
    """Captures with expected dissections, and the proof of a dissector against them."""


@dissector.command("verify")
@click.option(
    "--lua", multiple=True, type=_FILE, help="A script of the dissector; may be repeated  [default: ours]"
)
@click.option("--installed", is_flag=True, help="The dissector that tshark has by itself, no script.")
@click.option("--map", "map_file", type=_FILE, help="Names of the dissector's fields for ours (TOML).")
@click.option(
    "--captures", type=_FOLDER, default=CAPTURES, help="Folder of captures  [default: vectors/pcap]"
)
@click.option(
    "--only", "-k", multiple=True, metavar="GLOB", help="Only captures of this name; may be repeated."
)
@click.option("--json", "json_file", type=_FILE)
@click.option("--junit", type=_FILE)
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 32), default=2, show_default=True, help="Captures side by side."
)
def verify_command(
    lua: tuple[Path, ...],
    installed: bool,
    map_file: Path | None,
    captures: Path,
    only: tuple[str, ...],
    json_file: Path | None,
    junit: Path | None,
    jobs: int,
) -> None:
    """Run tshark over every capture and compare what it shows with the expected trees."""
    if lua and installed:
        raise click.UsageError("--lua and --installed exclude each other: leave out one of them")
    missing = [file for file in lua if not file.is_file()]
    if missing:
        raise click.UsageError(f"{missing[0]} is not there: name the script of the dissector")
    try:
        map = load_map(map_file) if map_file else None
        chosen = [
            c for c in load_captures(captures) if not only or any(fnmatch.fnmatch(c.name, g) for g in only)
        ]
    except VerifyError as error:
        raise click.UsageError(str(error)) from None
    if not chosen:
        raise click.UsageError(f"no capture is called {' or '.join(only)}: {captures} has others")
    console = make_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("captures", total=len(chosen))
        which = Dissector(None if installed else (lua or scripts()))
        run = verify(chosen, which, map, jobs, lambda _: progress.advance(task))
    problems = write_reports(run, {"json": json_file, "junit": junit})
    _print(console, run, map)
    for problem in problems + ([f"could not run: {run.aborted}"] if run.aborted else []):
        click.echo(f"lurkspec: {problem}", err=True)
    sys.exit(run.exit_code or (3 if problems else 0))


def _print(console: Console, run: Run, map: Map | None) -> None:
    if run.aborted:
        return
    what = "messages" if map is None else "fields"
    table = Table("capture", what, "verdict", "first difference", box=None, header_style="bold")
    for result in run.results:
        bad = next((v for v in result.variants if v.verdict is not Verdict.PASS), None)
        text = f"{bad.label}: {bad.actual}" if bad else ""
        table.add_row(result.id, str(len(result.variants)), result.verdict.value, text)
    console.print(table, markup=False)
    console.print(
        f"{len(run.results)} captures, {sum(run.variants.values())} {what}: {_counts(run)}", highlight=False
    )


def _counts(run: Run) -> str:
    return ", ".join(f"{run.cases[verdict]} {verdict.value}" for verdict in Verdict if run.cases[verdict])


@dissector.command("fuzz")
@click.option("--lua", multiple=True, type=_FILE, help="A script of the dissector  [default: ours]")
@click.option(
    "--count", type=click.IntRange(1, 10_000_000), default=10_000, show_default=True, help="Mutants."
)
@click.option("--seed", default="1", show_default=True)
@click.option(
    "--out",
    type=_FOLDER,
    default=Path("dissector-fuzz"),
    show_default=True,
    help="For files that make trouble.",
)
def fuzz_command(lua: tuple[Path, ...], count: int, seed: str, out: Path) -> None:
    """Run tshark over mutated captures: no error of Lua, no crash."""
    findings = Findings()
    try:
        for findings in fuzz(Dissector(lua or scripts()), CAPTURES, count, seed, out):
            click.echo(f"\r{findings.packets} mutants", nl=False, err=True)
    except TsharkMissing as error:
        click.echo(f"lurkspec: could not run: {error}", err=True)
        sys.exit(3)
    click.echo(err=True)
    for trouble in findings.troubles:
        click.echo(trouble)
    seen = f"{findings.packets} mutants, {findings.dissected} messages shown"
    click.echo(f"{seen}, {len(findings.troubles)} files with trouble")
    sys.exit(1 if findings.troubles or not findings.dissected else 0)


@dissector.command("live")
@click.option("--library", type=click.Choice(LIBRARIES), default=LIBRARIES[0], show_default=True)
@click.option("--only", "-k", multiple=True, metavar="GLOB", help="Only these cases; may be repeated.")
@click.option("--interop", is_flag=True, help="The matrix of edges and key servers in place of the cases.")
@click.option(
    "--out", type=_FOLDER, default=Path("dissector-live"), show_default=True, help="Capture and key log."
)
def live_command(library: str, only: tuple[str, ...], interop: bool, out: Path) -> None:
    """Capture a run of `lurkspec keyserver`, or of `lurkspec interop`, on the loopback interface and dissect
    it completely."""
    ours, what = Dissector(scripts()), "interop" if interop else library
    try:
        seen = live_interop(ours, out) if interop else live(ours, library, only, out)
    except (TsharkMissing, CaptureRefused, StartError) as error:
        click.echo(f"lurkspec: could not run: {error}", err=True)
        sys.exit(3)
    for problem in seen.problems:
        click.echo(problem)
    counts = ", ".join(f"{count} {name or 'of no known type'}" for name, count in seen.messages.most_common())
    click.echo(f"{what}: {counts}; {seen.faulty_requests} LURK requests wrong on purpose")
    click.echo(f"{len(seen.problems)} problems; capture and key log are in {out}")
    sys.exit(1 if seen.problems or not seen.messages else 0)


@dissector.command("page")
@click.argument("file", type=_FILE, default=PAGE)
def page_command(file: Path) -> None:
    """Write docs/dissector-reference.md: fields, expert infos, each exchange in text."""
    try:
        file.write_text(page(Dissector(scripts()), CAPTURES), "utf-8")
    except TsharkMissing as error:
        click.echo(f"lurkspec: could not run: {error}", err=True)
        sys.exit(3)
    click.echo(file)


@dissector.command("make")
@click.argument("folder", type=_FOLDER, default=CAPTURES)
@click.option(
    "--only", "-k", multiple=True, metavar="GLOB", help="Only scenarios of this name; may be repeated."
)
@click.option("--seed", default="1", show_default=True, help="Seed of what is random in the requests.")
def make_command(folder: Path, only: tuple[str, ...], seed: str) -> None:
    """Make the captures with their expected trees from exchanges with the reference key server."""
    every = dict(enumerate(SCENARIOS))
    chosen = {n: s for n, s in every.items() if not only or any(fnmatch.fnmatch(s.name, g) for g in only)}
    if not chosen:
        raise click.UsageError(f"no scenario is called {' or '.join(only)}")
    try:
        files = list(making.make(chosen, folder, seed))
    except (StartError, ConnectionError) as error:
        click.echo(f"lurkspec: could not run: {error}", err=True)
        sys.exit(3)
    click.echo(f"{folder}: {len(files)} captures of {len(chosen)} scenarios")
