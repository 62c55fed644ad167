"""Every edge with every key server: a pair is two processes, a visit a handshake with data."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..pki import write_pki
from ..process import Process, StartError, find
from ..reference import edge_config, keyserver_config, lurk_edge_config, served, write_json
from ..request import FORMATS
from .abilities import lacking
from .clients import CLIENTS, DEFAULT_CLIENTS, WAIT, Visit
from .scenarios import SCENARIOS, Scenario

LURK = "lurk"
# What edge and key server talk: SKI in one of its formats, or LURK.
CARRIAGES = (*FORMATS, LURK)


@dataclass(frozen=True)
class Cell:
    """One visit; `problem` is "" when the client got its page through the remote key."""

    edge: str
    keyserver: str
    over: str
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
    over: tuple[str, ...]
    scenarios: tuple[Scenario, ...] = SCENARIOS
    clients: tuple[str, ...] = DEFAULT_CLIENTS
    key_log: Path | None = None

    def offered(self, edge: str, over: str) -> list[Scenario]:
        return [s for s in self.scenarios if (not lacking(edge, s) if over == LURK else s.method)]

    @property
    def absences(self) -> list[str]:
        """What an edge does not offer, by its own word, each with its reason."""
        return [
            f"edge {edge} over LURK, {s.title}: {lacking(edge, s)}"
            for edge in self.edges
            for s in self.scenarios
            if LURK in self.over and lacking(edge, s)
        ]

    @property
    def remarks(self) -> list[str]:
        """What is particular about a client in a scenario."""
        found = [(CLIENTS[c], s) for c in self.clients for s in self.scenarios]
        return [f"{c.title}, {s.title}: {c.remark(s)}" for c, s in found if c.remark(s)]

    @property
    def visits(self) -> int:
        offered = sum(len(self.offered(edge, over)) for edge in self.edges for over in self.over)
        return offered * len(self.keyservers) * len(self.clients)


def run(plan: Plan, out: Path, jobs: int, seen: Callable[[Cell], None]) -> list[Cell]:
    """All cells of the plan; logs go to `out`, `seen` is told each cell as it is done."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lurkspec-interop-") as folder:
        lab = Path(folder)
        write_pki(lab, served(lurk_port=0))
        pairs = [(e, k, o) for k in plan.keyservers for e in plan.edges for o in plan.over]
        with ThreadPoolExecutor(jobs) as pool:
            futures = [
                pool.submit(lambda names: list(_pair(plan, lab, out, names, seen)), pair) for pair in pairs
            ]
            return [cell for future in futures for cell in future.result()]


def _pair(
    plan: Plan, lab: Path, out: Path, names: tuple[str, str, str], seen: Callable[[Cell], None]
) -> Iterator[Cell]:
    """The cells of one edge that asks one key server in one way."""
    edge, keyserver, over = names
    log = out / "-".join(names)
    log.mkdir(exist_ok=True)
    server_file, edge_file = lab / f"{log.name}-keyserver.json", lab / f"{log.name}-edge.json"
    try:
        write_json(server_file, _keyserver(log))
        command = [str(find(f"lurk-keyserver-{keyserver}")), "--config", str(server_file)]
        problems = []
        with Process(command, log / "keyserver.txt", listeners=2) as server:
            for rsa in dict.fromkeys(s.rsa for s in plan.offered(edge, over)):
                scenarios = [s for s in plan.offered(edge, over) if s.rsa == rsa]
                write_json(edge_file, _edge(plan, scenarios, over, server.ports))
                command = [str(find(f"lurk-edge-{edge}")), "--config", str(edge_file)]
                with Process(command, log / f"edge-{rsa}.txt") as running:
                    cells = []
                    for cell in _visits(plan, scenarios, lab, log, names, running.port):
                        seen(cell)
                        cells.append(cell)
                    yield from cells
                    problems.append(audit_problem(running, scenarios, cells) if over == LURK else "")
                problems.append(running.exit_problem)
        problems.append(server.exit_problem)
    except StartError as error:
        problems = [str(error)]
    for problem in filter(None, problems):
        cell = Cell(edge, keyserver, over, "processes", "", problem, 0.0, log=log.name)
        seen(cell)
        yield cell


def _visits(
    plan: Plan, scenarios: list[Scenario], lab: Path, log: Path, names: tuple[str, str, str], port: int
) -> Iterator[Cell]:
    for scenario in scenarios:
        for client in plan.clients:
            yield _visit(lab, log, names, scenario, client, port)


def audit_problem(
    edge: Process, scenarios: list[Scenario], cells: list[Cell], wait: float = WAIT
) -> str:
    """Each static RSA handshake is proved to the key server (A-10), maybe after the client has gone."""
    audited = {s.id for s in scenarios if s.static_rsa}
    count = sum(cell.ok and cell.scenario in audited for cell in cells)
    limit = time.monotonic() + wait
    while len(found := [line for line in edge.said.splitlines() if '"audit"' in line]) < count:
        if time.monotonic() > limit:
            return f"{len(found)} of {count} handshakes were audited"
        time.sleep(0.01)
    failed = [line for line in found if '"proved"' not in line]
    return f"an audit failed: {failed[0]}" if failed else ""


def _keyserver(log: Path) -> dict[str, Any]:
    """Proofs of ownership are taken, not demanded: two of the three stacks cannot make them."""
    config = keyserver_config(lurk_port=0)
    config["audit_log"] = str(log.resolve() / "audit.jsonl")
    config["lurk"]["proof_of_ownership"] = "optional"
    return config


def _edge(plan: Plan, scenarios: list[Scenario], over: str, ports: tuple[int, ...]) -> dict[str, Any]:
    lab = {"lab": {"key_log": str(plan.key_log.resolve())}} if plan.key_log else {}
    if over != LURK:
        return edge_config(ports[0], over) | lab
    rsa = any(s.static_rsa for s in scenarios)
    config = lurk_edge_config(ports[1], rsa) | lab
    return config | ({"lurk": {"rsa": scenarios[0].rsa, "poh": "audit"}} if rsa else {})


def _visit(
    lab: Path, log: Path, names: tuple[str, str, str], scenario: Scenario, client: str, port: int
) -> Cell:
    begin = time.monotonic()
    visit = CLIENTS[client].visit(scenario, port, lab / "web-ca.pem")
    seconds = time.monotonic() - begin
    report = log / f"{scenario.id}-{client}.txt"
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
    over_lurk = names[2] == LURK
    expected = {
        "stack": names[0],
        "format": None if over_lurk else names[2],
        "version": scenario.version,
        "method": scenario.type if over_lurk else scenario.method,
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
        "over": plan.over,
        "absences": plan.absences,
        "remarks": plan.remarks,
        "scenarios": [{"id": s.id, "title": s.title} for s in plan.scenarios],
        "clients": plan.clients,
        "passed": sum(c.ok for c in cells),
        "total": len(cells),
        "cells": [asdict(c) for c in cells],
    }
