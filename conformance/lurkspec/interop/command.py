"""`lurkspec interop`: the interop runner on the command line."""

from __future__ import annotations

import datetime
import fnmatch
import shutil
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..expectations import ExpectationError
from ..report.terminal import make_console
from . import data, expected, manifest, report_command, scenario
from .capture import CaptureRefused, Sniffer
from .contract import OVER
from .lab import CANARIES, CELLS, CERTS, Lab, write_certs
from .manifest import DataError, Implementation
from .results import FILE, Cell, Results, ResultsError, Role
from .runner import Plan, Runner, jobs_here

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(invoke_without_command=True)
@click.pass_context
@click.option("--scenario", "scenarios", multiple=True, metavar="GLOB", help="Only scenarios of this id.")
@click.option(
    "--keyserver", "keyservers", multiple=True, metavar="GLOB", help="Only key servers of this name."
)
@click.option("--edge", "edges", multiple=True, metavar="GLOB", help="Only edges of this name.")
@click.option("--client", "clients", multiple=True, metavar="GLOB", help="Only TLS clients of this name.")
@click.option(
    "--over",
    "over",
    multiple=True,
    type=click.Choice(OVER),
    help="Only this between edge and key server; this and the options above may be repeated.",
)
@click.option("--only", "-k", multiple=True, metavar="GLOB", help="Only cells whose id matches.")
@click.option("--list", "list_only", is_flag=True, help="Print the ids of the cells, and end.")
@click.option(
    "--implementations",
    "manifests",
    multiple=True,
    type=_EXISTING_FILE,
    help="More implementations, which go before ours of the same role and name (docs/interop.md).",
)
@click.option("--out", type=_FOLDER, help="Folder of the run: results, logs.  [default: interop-out]")
@click.option("--resume", type=_FOLDER, help="The folder of a run: cells with a result are not made again.")
@click.option("--certs", type=_FOLDER, help="Certificates and keys that are there, for remote addresses.")
@click.option("--timeout", type=click.FloatRange(0), default=0.0, help="Seconds of a start, a visit, an end.")
@click.option("--expect", type=_EXISTING_FILE, help="What is known not to pass. Strict both ways.")
@click.option("--write-expectations", "first", type=_FILE, help="Write a first such file from this run.")
@click.option("--full", is_flag=True, help="Every client with every pair of servers in every protocol.")
@click.option("--no-capture", is_flag=True, help="No capture files.")
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 64), default=jobs_here, help="Pairs of servers side by side."
)
def interop(
    context: click.Context,
    scenarios: tuple[str, ...],
    keyservers: tuple[str, ...],
    edges: tuple[str, ...],
    clients: tuple[str, ...],
    over: tuple[str, ...],
    only: tuple[str, ...],
    list_only: bool,
    manifests: tuple[Path, ...],
    out: Path | None,
    resume: Path | None,
    certs: Path | None,
    timeout: float,
    expect: Path | None,
    first: Path | None,
    full: bool,
    no_capture: bool,
    jobs: int,
) -> None:
    """Let TLS clients visit edges whose keys are in key servers: each implementation with every other."""
    if context.invoked_subcommand:
        return
    if out and resume:
        raise click.UsageError("--resume names the folder of the run: leave out --out")
    try:
        everyone = _implementations(manifests)
        known = scenario.load_all(data.folder() / "scenarios")
        known_failures = expected.load(expect) if expect else []
    except (DataError, ExpectationError) as error:
        raise click.UsageError(str(error)) from None
    by_role = {Role.KEYSERVER: keyservers, Role.EDGE: edges, Role.CLIENT: clients}
    chosen = [one for role, globs in by_role.items() for one in _named(everyone, role, globs)]
    plan = Plan(
        tuple(chosen),
        tuple(s for s in known if s.id in _matching([s.id for s in known], scenarios, "scenario")),
        over or OVER,
        only,
        full or bool(clients or keyservers or only),
    )
    if not plan.stages(set()):
        raise click.UsageError("no cell is selected: see lurkspec interop --list")
    if list_only:
        for pair, visitors in plan.stages(set()):
            click.echo("\n".join(pair.cell_id(client) for client in visitors))
        return
    folder = resume or out or Path("interop-out")
    again = [word for file in manifests for word in ("--implementations", str(file.resolve()))]
    again += ["--timeout", f"{timeout:g}"] if timeout else []
    again += ["--no-capture"] if no_capture else []
    lab = Lab(folder.resolve(), (certs or folder / CERTS).resolve(), None, timeout, tuple(again))
    console = make_console()
    try:
        results = _results(lab, plan, resume is not None)
        if not certs and not (lab.certs / "ca.pem").exists():
            write_certs(lab.certs)
        lab.keep_keys_inside()
    except (OSError, ResultsError) as error:
        print(f"could not run: {error}", file=sys.stderr)
        sys.exit(3)
    try:
        _run(console, lab, plan, results, jobs, not no_capture)
    except KeyboardInterrupt:
        results.notes.append(f"interrupted: lurkspec interop --resume {folder} goes on")
    whole = not (scenarios or keyservers or edges or clients or over or only)
    code = report_command.conclude(results, folder, console, known_failures, first, whole)
    sys.exit(code if results.cells and results.finished else 3)


def _implementations(manifests: Iterable[Path]) -> list[Implementation]:
    found = manifest.load(data.folder() / data.MANIFEST)
    for file in manifests:
        found = manifest.merge(found, manifest.load(file))
    return found


def _matching(names: Iterable[str], globs: tuple[str, ...], what: str) -> set[str]:
    """The names that are meant; a glob that means none is a mistake."""
    known = set(names)
    for glob in globs:
        if not fnmatch.filter(known, glob):
            raise click.UsageError(f"no {what} is called {glob!r}: there are {', '.join(sorted(known))}")
    return {name for name in known if not globs or any(fnmatch.fnmatchcase(name, glob) for glob in globs)}


def _named(everyone: list[Implementation], role: Role, globs: tuple[str, ...]) -> list[Implementation]:
    of_role = [one for one in everyone if one.role is role]
    names = _matching([one.name for one in of_role], globs, role.words)
    return [one for one in of_role if one.name in names]


def _results(lab: Lab, plan: Plan, resumed: bool) -> Results:
    """Those of the run that is resumed, or new ones in a folder that has nothing of an older run."""
    if resumed:
        results = Results.load(lab.out)
    else:
        if (lab.out / FILE).exists():
            for name in (CELLS, CERTS, CANARIES):
                shutil.rmtree(lab.out / name, ignore_errors=True)
        lab.out.mkdir(parents=True, exist_ok=True)
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        results = Results(now, ["lurkspec", *sys.argv[1:]])
    results.finished = False
    results.notes = []
    results.implementations = [one.info for one in plan.implementations]
    results.scenarios = [one.info for one in plan.scenarios]
    return results


def _run(console: Console, lab: Lab, plan: Plan, results: Results, jobs: int, capture: bool) -> None:
    """What is present and obeys the contract, cell by cell, with a bar for whoever waits."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ExitStack() as stack:
        if capture:
            try:
                lab = replace(lab, sniffer=stack.enter_context(Sniffer()))
            except CaptureRefused as error:
                results.notes.append(str(error))
        progress = stack.enter_context(Progress(*columns, console=console, transient=True))
        task = progress.add_task("cells", total=None)

        def seen(_: Cell) -> None:
            progress.advance(task)

        runner = Runner(lab, results, seen)
        plan = plan.without({(one.role, one.name) for one in results.implementations if one.absent})
        plan = plan.without(runner.canaries(plan, jobs))
        stages = plan.stages({cell.id for cell in results.cells})
        progress.update(task, total=sum(len(visitors) for _, visitors in stages))
        runner.run(stages, jobs)
        results.finished = True
        runner.write()


interop.add_command(report_command.report)
