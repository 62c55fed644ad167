"""The benchmark as a whole: what is run, how long it takes, where the result goes."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from ..process import StartError
from .cells import CONNECTIONS, EXCHANGES, Cell, Exchange, run_cell, run_loops, run_openssl_speed, run_stages
from .conditions import MANY_CONNECTIONS, MANY_KEYS, run_flood, run_many_connections, run_many_keys
from .handshakes import HANDSHAKES, Handshake, run_handshakes
from .lab import LIBRARIES, BenchError, Effort, Lab, temporary_lab
from .report import show
from .verdicts import judge

FULL = Effort()
QUICK = Effort(milliseconds=40, ec_questions=600, rsa_questions=96, handshakes=24)


@dataclass(frozen=True)
class Plan:
    effort: Effort
    libraries: tuple[str, ...]
    exchanges: tuple[Exchange, ...]
    connections: tuple[int, ...]
    handshakes: tuple[Handshake, ...]
    many_connections: int
    many_keys: int
    speed_seconds: int = 1
    quiet_questions: int = 400  # of the edge that another one's flood disturbs

    @property
    def cells(self) -> list[Cell]:
        return [
            Cell(library, exchange, connections, window)
            for library in self.libraries
            for exchange in self.exchanges
            for connections in self.connections
            for window in exchange.windows
        ]


def full_plan(libraries: tuple[str, ...]) -> Plan:
    return Plan(FULL, libraries, EXCHANGES, CONNECTIONS, HANDSHAKES, MANY_CONNECTIONS, MANY_KEYS)


def quick_plan(libraries: tuple[str, ...]) -> Plan:
    """Eight connections only."""
    return Plan(QUICK, libraries, EXCHANGES, (8,), HANDSHAKES, MANY_CONNECTIONS, MANY_KEYS)


def run_plan(plan: Plan, lab: Lab, keys: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Everything, as data; `say` is told what is being measured."""

    def doing(what: str) -> None:
        say(f"{time.strftime('%H:%M:%S')} {what}")

    effort = plan.effort
    found: dict[str, Any] = {"machine": machine(), "effort": asdict(effort)}
    doing("openssl speed")
    found["openssl_speed"] = run_openssl_speed(plan.speed_seconds)
    found["loops"], found["stages"] = {}, {}
    for library in plan.libraries:
        doing(f"{library}: bare operations and stages")
        found["loops"][library] = run_loops(lab, library, effort)
        found["stages"][library] = run_stages(lab, library, effort)
    found["cells"] = []
    cells = plan.cells
    for i, cell in enumerate(cells):
        doing(f"cell {i + 1} of {len(cells)}: {cell.name}")
        found["cells"].append(run_cell(lab, cell, effort))
    found["handshakes"] = []
    for library in plan.libraries:
        doing(f"{library}: edges")
        found["handshakes"] += run_handshakes(lab, library, plan.handshakes, effort)
    for name in ("many_connections", "many_keys", "floods"):
        found[name] = []
    for library in plan.libraries:
        doing(f"{library}: many connections, many keys, a flood")
        found["many_connections"].append(run_many_connections(lab, library, plan.many_connections))
        found["many_keys"].append(run_many_keys(lab, library, keys, plan.many_keys))
        found["floods"].append(run_flood(lab, library, plan.quiet_questions))
    return found


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy it was."""
    model = subprocess.run(["lscpu"], capture_output=True, text=True).stdout
    name = next((line.split(":", 1)[1].strip() for line in model.splitlines() if "Model name" in line), "?")
    return {
        "processor": name,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load_average": os.getloadavg()[0],
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


@click.command()
@click.argument("extent", type=click.Choice(["quick", "full"]), default="full")
@click.option("--library", "libraries", type=click.Choice(LIBRARIES), multiple=True, help="default: all")
@click.option("--json", "file", type=click.Path(path_type=Path), required=True, help="where the result goes")
@click.option("--keys", type=click.Path(path_type=Path), required=True, help="folder for the fixed key set")
def main(extent: str, libraries: tuple[str, ...], file: Path, keys: Path) -> None:
    """Measure the reference key servers and edges."""
    console = Console(width=max(Console().width, 130), highlight=False)
    plan = (quick_plan if extent == "quick" else full_plan)(libraries or LIBRARIES)
    begin = time.monotonic()
    try:
        with temporary_lab() as lab:
            results = run_plan(plan, lab, keys.resolve(), lambda text: click.echo(text, err=True))
    except (BenchError, StartError) as error:
        raise click.ClickException(str(error)) from None
    verdicts = judge(results)
    results["targets"] = [asdict(v) | {"met": v.met} for v in verdicts]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results, indent=2) + "\n", "utf-8")
    show(console, results, verdicts)
    busy = results["machine"]["load_average"]
    console.print(f"\n{time.monotonic() - begin:.0f} s; load average at the begin {busy:.1f}; {file}")
