"""`lurkspec interop`: the matrix on the command line."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..embedded import LIBRARIES
from ..process import StartError, find
from ..report.terminal import make_console
from . import render
from .clients import CLIENTS, DEFAULT_CLIENTS
from .matrix import CARRIAGES, Cell, Plan, run, summary
from .scenarios import SCENARIOS

_FILE = click.Path(dir_okay=False, path_type=Path)
_IDS = [s.id for s in SCENARIOS]


@click.command()
@click.option(
    "--edge",
    "edges",
    multiple=True,
    type=click.Choice(LIBRARIES),
    help="Only edges on this library; may be repeated.",
)
@click.option(
    "--keyserver",
    "keyservers",
    multiple=True,
    type=click.Choice(LIBRARIES),
    help="Only key servers on this library.",
)
@click.option(
    "--over",
    "over",
    multiple=True,
    type=click.Choice(CARRIAGES),
    help="Only this between the two: SKI in JSON or CBOR, or LURK.",
)
@click.option("--scenario", "scenarios", multiple=True, type=click.Choice(_IDS), help="Only this scenario.")
@click.option(
    "--client",
    "clients",
    multiple=True,
    type=click.Choice(list(CLIENTS)),
    help=f"Only this TLS client; without the option {' and '.join(DEFAULT_CLIENTS)}.",
)
@click.option("--html", type=_FILE)
@click.option("--json", "json_file", type=_FILE)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("interop-logs"),
    show_default=True,
    help="Logs of every party, one folder per pair.",
)
@click.option(
    "--key-log", type=_FILE, help="Secrets of the channels between edges and key servers, for captures."
)
@click.option(
    "-j", "--jobs", type=click.IntRange(1, 32), default=4, show_default=True, help="Pairs side by side."
)
def interop(
    edges: tuple[str, ...],
    keyservers: tuple[str, ...],
    over: tuple[str, ...],
    scenarios: tuple[str, ...],
    clients: tuple[str, ...],
    html: Path | None,
    json_file: Path | None,
    out: Path,
    key_log: Path | None,
    jobs: int,
) -> None:
    """Let stock TLS clients visit every reference edge with its keys on every reference key server."""
    plan = Plan(
        edges or LIBRARIES,
        keyservers or LIBRARIES,
        over or CARRIAGES,
        tuple(s for s in SCENARIOS if s.id in (scenarios or _IDS)),
        clients or DEFAULT_CLIENTS,
        key_log,
    )
    try:
        for program in (
            *(f"lurk-keyserver-{k}" for k in plan.keyservers),
            *(f"lurk-edge-{e}" for e in plan.edges),
        ):
            find(program)
        for client in (CLIENTS[name] for name in plan.clients):
            if shutil.which(client.program) is None:
                raise StartError(f"{client.program} is not there: it comes with the package {client.package}")
    except StartError as error:
        print(f"could not run: {error}", file=sys.stderr)
        sys.exit(3)
    console = make_console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("handshakes", total=plan.visits)

        def seen(_: Cell) -> None:
            progress.advance(task)

        cells = run(plan, out, jobs, seen)
    render.terminal(console, plan, cells)
    if html:
        html.write_text(render.html(plan, cells), "utf-8")
    if json_file:
        json_file.write_text(json.dumps(summary(plan, cells), indent=1) + "\n", "utf-8")
    sys.exit(0 if cells and all(c.ok for c in cells) else 1)
