"""Every edge with every key server: a pair is two processes, a visit a handshake with data."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from ..pki import write_pki
from ..process import Process, StartError, find
from ..reference import edge_config, keyserver_config, write_json
from .clients import CLIENTS, Visit
from .scenarios import SCENARIOS, Scenario


@dataclass(frozen=True)
class Cell:
    """One visit; `problem` is "" when the client got its page through the remote key."""

    edge: str
    keyserver: str
    format: str
    scenario: str
    client: str
    problem: str
    seconds: float
    command: str = ""
    log: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem


@dataclass(frozen=True)
class Plan:
    edges: tuple[str, ...]
    keyservers: tuple[str, ...]
    formats: tuple[str, ...]
    scenarios: tuple[Scenario, ...] = SCENARIOS
    clients: tuple[str, ...] = tuple(CLIENTS)

    @property
    def visits(self) -> int:
        return (
            len(self.edges)
            * len(self.keyservers)
            * len(self.formats)
            * len(self.scenarios)
            * len(self.clients)
        )


def run(plan: Plan, out: Path, jobs: int, seen: Callable[[Cell], None]) -> list[Cell]:
    """All cells of the plan; logs go to `out`, `seen` is told each cell as it is done."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lurkspec-interop-") as folder:
        lab = Path(folder)
        write_pki(lab)
        pairs = [(e, k, f) for k in plan.keyservers for e in plan.edges for f in plan.formats]
        with ThreadPoolExecutor(jobs) as pool:
            futures = [
                pool.submit(lambda names: list(_pair(plan, lab, out, names, seen)), pair) for pair in pairs
            ]
            return [cell for future in futures for cell in future.result()]


def _pair(
    plan: Plan, lab: Path, out: Path, names: tuple[str, str, str], seen: Callable[[Cell], None]
) -> Iterator[Cell]:
    """The cells of one edge that asks one key server in one format."""
    edge, keyserver, format = names
    log = out / f"{edge}-{keyserver}-{format}"
    log.mkdir(exist_ok=True)
    server_file, edge_file = lab / f"{log.name}-keyserver.json", lab / f"{log.name}-edge.json"
    try:
        write_json(server_file, keyserver_config() | {"audit_log": str(log.resolve() / "audit.jsonl")})
        with Process(
            [str(find(f"lurk-keyserver-{keyserver}")), "--config", str(server_file)], log / "keyserver.txt"
        ) as server:
            write_json(edge_file, edge_config(server.port, format))
            with Process(
                [str(find(f"lurk-edge-{edge}")), "--config", str(edge_file)], log / "edge.txt"
            ) as running:
                for scenario in plan.scenarios:
                    for client in plan.clients:
                        cell = _visit(lab, log, names, scenario, client, running.port)
                        seen(cell)
                        yield cell
            problems = [p.exit_problem for p in (running, server) if p.exit_problem]
    except StartError as error:
        problems = [str(error)]
    for problem in problems:
        cell = Cell(edge, keyserver, format, "processes", "", problem, 0.0, log=log.name)
        seen(cell)
        yield cell


def _visit(
    lab: Path, log: Path, names: tuple[str, str, str], scenario: Scenario, client: str, port: int
) -> Cell:
    begin = time.monotonic()
    visit = CLIENTS[client](scenario, port, lab / "web-ca.pem")
    seconds = time.monotonic() - begin
    report = log / f"{scenario.id}-{client.split()[0]}.txt"
    command = " ".join(visit.command)
    report.write_text(f"$ {command}\n{visit.output}\n", "utf-8")
    return Cell(
        *names,
        scenario.id,
        client,
        visit.problem or page_problem(visit, names, scenario),
        seconds,
        command,
        f"{log.name}/{report.name}",
    )


def page_problem(visit: Visit, names: tuple[str, str, str], scenario: Scenario) -> str:
    """The edge's own account of the connection must be the scenario's: stack, format, version, method."""
    try:
        page = json.loads(visit.page)
    except ValueError:
        return "the answer page is not JSON"
    expected = {
        "stack": names[0],
        "format": names[2],
        "version": scenario.version,
        "method": scenario.exchange,
    }
    wrong = [
        f"{name} is {page.get(name)!r}, not {value!r}"
        for name, value in expected.items()
        if page.get(name) != value
    ]
    return "; ".join(wrong)


def summary(plan: Plan, cells: list[Cell]) -> dict[str, object]:
    """The result as data: what ran, and each cell."""
    return {
        "edges": plan.edges,
        "keyservers": plan.keyservers,
        "formats": plan.formats,
        "scenarios": [{"id": s.id, "title": s.title} for s in plan.scenarios],
        "clients": plan.clients,
        "passed": sum(c.ok for c in cells),
        "total": len(cells),
        "cells": [asdict(c) for c in cells],
    }
