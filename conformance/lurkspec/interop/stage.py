"""One scenario with one key server and one edge in one protocol: its servers run once, each client visits
them in turn and gets a cell."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from . import replay
from .capture import Tap
from .contract import EDGE_IDENTITY, EVENTS, KEYSERVER_IDENTITY, key_prefix
from .judge import judge
from .lab import CELLS, Lab
from .manifest import Implementation
from .party import KEY_LOG, STDERR, STDOUT, Party, Verdict
from .results import Cell, LogFile, Outcome, Role
from .scenario import Scenario

SERVERS = "servers"
_ANY_PORT = "127.0.0.1:0"
_PAUSE = 0.01


@dataclass(frozen=True)
class Pair:
    """What a stage is about; its clients get the cells."""

    scenario: Scenario
    over: str
    keyserver: Implementation
    edge: Implementation

    def cell_id(self, client: Implementation) -> str:
        return "/".join((self.scenario.id, self.over, self.keyserver.name, self.edge.name, client.name))

    def cell(self, client: Implementation, verdict: Verdict) -> Cell:
        return Cell(
            self.cell_id(client),
            self.scenario.id,
            self.keyserver.name,
            self.edge.name,
            client.name,
            self.over,
            verdict.outcome,
            verdict.reason,
            verdict.by,
        )


class Stage:
    """`parties` by the names of their log folders, in the order in which they were started."""

    def __init__(self, lab: Lab, pair: Pair):
        self.lab, self.pair = lab, pair
        self.scenario = pair.scenario
        self.seconds = lab.timeout or pair.scenario.timeout
        self.folder = lab.out / CELLS / pair.scenario.id / pair.over / pair.keyserver.name / pair.edge.name
        self.parties: dict[str, Party] = {}
        self.keyserver_ports: set[int] = set()
        self.edge_address = ""
        self._tap = Tap()

    def cells(self, clients: Sequence[Implementation]) -> list[Cell]:
        """A cell per client, whatever happens; nothing is left running."""
        begin = time.monotonic()
        try:
            try:
                self._start()
            except Verdict as verdict:
                seconds = time.monotonic() - begin
                return [
                    self._with_files(client, self.pair.cell(client, verdict), seconds) for client in clients
                ]
            found = [self.visit(client) for client in clients]
            problem = self._audit_problem(sum(cell.outcome is Outcome.PASS for cell in found))
            problem = self._stop() or problem
            return [self._after(cell, problem) for cell in found]
        finally:
            for party in self.parties.values():
                party.end()
            if self.lab.sniffer:
                self.lab.sniffer.forget(self._tap)

    def environment(self, role: Role, logs: Path) -> dict[str, str]:
        """What every party of that role is told."""
        return {
            "LURKSPEC_ROLE": role.value,
            "LURKSPEC_SCENARIO": self.scenario.id,
            "LURKSPEC_CAPABILITIES": " ".join(self.scenario.needs[role]),
            "LURKSPEC_OVER": self.pair.over,
            "LURKSPEC_CERTS": str(self.lab.certs),
            "LURKSPEC_LOGS": str(logs),
        }

    def visit(self, client: Implementation) -> Cell:
        """One client, from its start to its end, judged."""
        folder = self.folder / client.name
        environment = self.environment(Role.CLIENT, folder) | {
            "LURKSPEC_EDGE": self.edge_address,
            "LURKSPEC_NAME": self.scenario.name,
            "SSLKEYLOGFILE": str(folder / KEY_LOG),
        }
        party = Party(client.label, client.argv(), environment, folder)
        since, begin = len(self._tap.packets), time.monotonic()
        try:
            demand(client, self.scenario, self.pair.over)
            party.start()
            party.finish(self.seconds)
            cell = self._judged(client, party)
        except Verdict as verdict:
            cell = self.pair.cell(client, verdict)
        finally:
            party.end()
        seconds = time.monotonic() - begin
        if folder.exists():
            replay.write(folder / replay.FILE, cell.id, [*self.parties.values(), party])
            self._write_capture(folder, since, cell.id)
        return self._with_files(client, cell, seconds)

    def _judged(self, client: Implementation, party: Party) -> Cell:
        found = judge(
            party.stdout,
            self.scenario,
            self.pair.over,
            dict(self.pair.edge.says),
            client.label,
            self.pair.edge.label,
        )
        outcome = Outcome.FAIL if found.problem else Outcome.PASS
        cell = self.pair.cell(client, Verdict(outcome, found.problem, found.by))
        return replace(cell, measures=dict(found.measures), remarks=found.remarks)

    def _start(self) -> None:
        """The key servers side by side, then the edge that asks them."""
        keyserver, edge = self.pair.keyserver, self.pair.edge
        for one in (keyserver, edge):
            demand(one, self.scenario, self.pair.over)
        prefix = key_prefix(self.pair.over)
        keys = [" ".join(prefix + key for key in served) for served in self.scenario.keys]
        names = [f"keyserver{f'-{number}' if len(keys) > 1 else ''}" for number in range(1, len(keys) + 1)]
        if not keyserver.address:
            for name, served in zip(names, keys):
                self._launch(name, keyserver, LURKSPEC_KEYS=served, LURKSPEC_EDGES=EDGE_IDENTITY)
        addresses = [keyserver.address or self._ready(name) for name in names]
        self.keyserver_ports = {int(address.rpartition(":")[2]) for address in addresses}
        self._watch(self.keyserver_ports)
        if not edge.address:
            self._launch(
                "edge",
                edge,
                LURKSPEC_KEYS=" ".join(dict.fromkeys(" ".join(keys).split())),
                LURKSPEC_KEYSERVERS=" ".join(addresses),
                SSLKEYLOGFILE=str(self.folder / SERVERS / "edge" / KEY_LOG),
            )
        self.edge_address = edge.address or self._ready("edge")
        self._watch({int(self.edge_address.rpartition(":")[2])})

    def _launch(self, name: str, implementation: Implementation, **more: str) -> None:
        logs = self.folder / SERVERS / name
        identity = KEYSERVER_IDENTITY if implementation.role is Role.KEYSERVER else EDGE_IDENTITY
        environment = self.environment(implementation.role, logs) | {
            "LURKSPEC_LISTEN": _ANY_PORT,
            "LURKSPEC_IDENTITY": identity,
        }
        party = Party(implementation.label, implementation.argv(), environment | more, logs)
        self.parties[name] = party
        party.start()

    def _ready(self, name: str) -> str:
        return self.parties[name].ready(self.seconds)

    def _watch(self, ports: set[int]) -> None:
        for port in ports if self.lab.sniffer else ():
            assert self.lab.sniffer is not None
            self.lab.sniffer.watch(self._tap, port)

    def _stop(self) -> tuple[str, str] | None:
        """The edge first, so that no key server goes away under it; who did not end cleanly, and how."""
        found = [(party.label, party.stop(self.seconds)) for party in reversed(self.parties.values())]
        return next(((label, problem) for label, problem in found if problem), None)

    def _audit_problem(self, passed: int) -> tuple[str, str] | None:
        """Each static RSA handshake is proved to the key server (A-10), maybe after the client has gone."""
        if "audit" not in self.scenario.needs[Role.EDGE] or "edge" not in self.parties:
            return None
        limit = time.monotonic() + self.seconds
        while len(found := list(_audits(self.folder / SERVERS / "edge" / EVENTS))) < passed:
            if time.monotonic() > limit or not self.parties["edge"].running:
                return self.pair.edge.label, f"{len(found)} of {passed} handshakes were audited"
            time.sleep(_PAUSE)
        bad = [event for event in found if event.get("outcome") != "proved"]
        return (self.pair.edge.label, f"an audit failed: {json.dumps(bad[0])}") if bad else None

    def _after(self, cell: Cell, problem: tuple[str, str] | None) -> Cell:
        """What went wrong with the servers afterwards goes to every cell that they passed."""
        if problem is None or cell.outcome is not Outcome.PASS:
            return cell
        return replace(cell, outcome=Outcome.FAIL, by=problem[0], reason=f"after the visits: {problem[1]}")

    def _write_capture(self, folder: Path, since: int, cell: str) -> None:
        """The visit, and what edge and key servers said since they began, without which it is not legible."""
        if self.lab.sniffer:
            self.lab.sniffer.settle()
        logs = [folder / KEY_LOG, *sorted(self.folder.glob(f"{SERVERS}/*/{KEY_LOG}"))]
        secrets = b"".join(log.read_bytes() for log in logs if log.exists())
        self._tap.write(folder / "capture.pcapng", self.keyserver_ports, since, secrets, cell)

    def _with_files(self, client: Implementation, cell: Cell, seconds: float) -> Cell:
        own, shared = self.folder / client.name, self.folder / SERVERS
        files = [LogFile(f"{client.label}: {file.name}", self._path(file)) for file in _filled(own)]
        files += [
            LogFile(f"{file.parent.name}: {file.name}", self._path(file))
            for folder in sorted(shared.glob("*"))
            for file in _filled(folder)
        ]
        commands = [" ".join((*self.lab.again, "--only", f"'{cell.id}'"))]
        if (own / replay.FILE).exists():
            commands.append(f"bash {self._path(own / replay.FILE)}")
        return replace(cell, seconds=round(seconds, 3), files=tuple(files), replay=tuple(commands))

    def _path(self, file: Path) -> str:
        return str(file.relative_to(self.lab.out))


def demand(implementation: Implementation, scenario: Scenario, over: str) -> None:
    """What its manifest says for it: the protocols that it speaks, and what an address can do."""
    if over not in implementation.over:
        raise Verdict(Outcome.UNSUPPORTED, f"{over}: not among its protocols", implementation.label)
    lacking = set(scenario.needs[implementation.role]) - set(implementation.capabilities)
    if implementation.address and lacking:
        name = sorted(lacking)[0]
        raise Verdict(Outcome.UNSUPPORTED, f"{name}: not among its capabilities", implementation.label)


def _filled(folder: Path) -> list[Path]:
    """Files with something in them, the outputs first."""
    files = [file for file in folder.glob("*") if file.is_file() and file.stat().st_size]
    return sorted(files, key=lambda file: (file.name not in (STDOUT, STDERR), file.name))


def _audits(events: Path) -> Iterator[dict[str, object]]:
    """The audit events of an edge so far; a last line may be half of one."""
    text = events.read_text("utf-8", "replace") if events.exists() else ""
    for line in text.split("\n")[:-1]:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and event.get("event") == "audit":
            yield event
