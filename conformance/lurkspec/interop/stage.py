"""One scenario with one key server and one edge in one protocol: its servers run once, each client visits
them in turn and gets a cell."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..process import own_command
from . import audit, environment, replay
from .capture import CAPTURE, Tap
from .contract import AUDIT_LOG, EVENTS, key_prefix
from .environment import KEY_LOG
from .judge import judge
from .lab import CELLS, Lab
from .manifest import Implementation
from .party import STDERR, STDOUT, Party, Verdict
from .results import Cell, LogFile, Outcome, Role
from .scenario import Scenario

SERVERS = "servers"
RESUMPTION = "resumption"


@dataclass(frozen=True)
class Pair:
    """What a stage is about; its clients get the cells."""

    scenario: Scenario
    over: str
    keyserver: Implementation
    edge: Implementation

    @property
    def path(self) -> str:
        return "/".join((self.scenario.id, self.over, self.keyserver.name, self.edge.name))

    def cell_id(self, client: Implementation) -> str:
        return f"{self.path}/{client.name}"

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
    """`servers` by the names of their log folders, in the order in which they were started."""

    def __init__(self, lab: Lab, pair: Pair):
        self.lab, self.pair, self.scenario = lab, pair, pair.scenario
        self.seconds = lab.timeout or pair.scenario.timeout
        self.folder = lab.out / CELLS / pair.path
        self.servers: dict[str, Party] = {}
        self.edge_address = ""
        self._keyserver_ports: set[int] = set()
        self._tap = Tap()

    def cells(self, clients: Sequence[Implementation]) -> list[Cell]:
        """A cell per client, whatever happens; nothing is left running."""
        begin = time.monotonic()
        try:
            self._start()
            found = [self.visit(client) for client in clients]
            wrong = self._after_visits(found)
            return [blamed(cell, *wrong) if wrong else cell for cell in found]
        except Verdict as verdict:
            seconds = time.monotonic() - begin
            replay.write(self.folder / SERVERS / replay.FILE, self.pair.path, [*self.servers.values()])
            return [self._told(client, self.pair.cell(client, verdict), seconds) for client in clients]
        finally:
            for party in self.servers.values():
                party.end()
            if self.lab.sniffer:
                self.lab.sniffer.forget(self._tap)

    def visit(self, client: Implementation) -> Cell:
        """One client, from its start to its end, judged."""
        folder = self.folder / client.name
        told = self._common(Role.CLIENT, folder)
        told |= environment.client(self.edge_address, self.scenario.name, folder)
        party = Party(client.label, client.argv(), told, folder)
        since, begin = len(self._tap.packets), time.monotonic()
        before = self._operations()
        try:
            demand(client, self.scenario, self.pair.over)
            party.start()
            party.finish(self.seconds)
            cell = self._once(self._judged(client, party), self._operations() - before)
        except Verdict as verdict:
            cell = self.pair.cell(client, verdict)
        finally:
            party.end()
        seconds = time.monotonic() - begin
        if folder.exists():
            replay.write(folder / replay.FILE, cell.id, [*self.servers.values(), party])
            self._write_capture(folder, since, cell.id)
        return self._told(client, cell, seconds)

    def _start(self) -> None:
        """The key servers side by side, then the edge that asks them."""
        keyserver, edge = self.pair.keyserver, self.pair.edge
        for one in (keyserver, edge):
            demand(one, self.scenario, self.pair.over)
        prefix = key_prefix(self.pair.over)
        keys = [[prefix + key for key in served] for served in self.scenario.keys]
        names = [f"keyserver{f'-{number}' if len(keys) > 1 else ''}" for number in range(1, len(keys) + 1)]
        if not keyserver.address:
            for name, served in zip(names, keys):
                self._launch(name, keyserver, environment.keyserver(served))
        addresses = [keyserver.address or self._ready(name) for name in names]
        self._keyserver_ports = {int(address.rpartition(":")[2]) for address in addresses}
        self._watch(self._keyserver_ports)
        if not edge.address:
            every = list(dict.fromkeys(key for served in keys for key in served))
            self._launch("edge", edge, environment.edge(every, addresses, self._logs("edge")))
        self.edge_address = edge.address or self._ready("edge")
        self._watch([int(self.edge_address.rpartition(":")[2])])

    def _launch(self, name: str, implementation: Implementation, told: dict[str, str]) -> None:
        logs = self._logs(name)
        told = self._common(implementation.role, logs) | told
        self.servers[name] = Party(implementation.label, implementation.argv(), told, logs)
        self.servers[name].start()

    def _ready(self, name: str) -> str:
        return self.servers[name].ready(self.seconds)

    def _common(self, role: Role, logs: Path) -> dict[str, str]:
        capabilities = self.scenario.needs[role]
        return environment.common(
            role, self.scenario.id, capabilities, self.pair.over, self.lab.certs_for(role), logs
        )

    def _logs(self, name: str) -> Path:
        return self.folder / SERVERS / name

    def _judged(self, client: Implementation, party: Party) -> Cell:
        says = dict(self.pair.edge.says)
        labels = client.label, self.pair.edge.label
        found = judge(party.stdout, self.scenario, self.pair.over, says, *labels)
        outcome = Outcome.FAIL if found.problem else Outcome.PASS
        cell = self.pair.cell(client, Verdict(outcome, found.problem, found.by))
        return replace(cell, measures=dict(found.measures), remarks=found.remarks)

    def _operations(self) -> int:
        """With private keys that were asked for so far, as the key servers wrote it down."""
        logs = (self._logs(name) / AUDIT_LOG for name in self.servers if name != "edge")
        return sum(map(audit.operations, logs))

    def _once(self, cell: Cell, operations: int) -> Cell:
        """Only a new session takes a private key, not one that is resumed."""
        if RESUMPTION not in self.scenario.needs[Role.KEYSERVER] or cell.outcome is not Outcome.PASS:
            return cell
        wrong = f"was asked for {operations} operations, not 1, while a session was made and resumed"
        return cell if operations == 1 else blamed(cell, self.pair.keyserver.label, wrong)

    def _after_visits(self, cells: Iterable[Cell]) -> tuple[str, str] | None:
        """Who did not do what has to be done after the visits or did not end cleanly, and what it was. The
        edge ends first, so that no key server goes away under it."""
        wrong = []
        if "audit" in self.scenario.needs[Role.EDGE] and "edge" in self.servers:
            passed = sum(cell.outcome is Outcome.PASS for cell in cells)
            edge, events = self.servers["edge"], self._logs("edge") / EVENTS
            wrong.append((edge.label, audit.problem(events, passed, self.seconds, lambda: edge.running)))
        wrong += [(party.label, party.stop(self.seconds)) for party in reversed(self.servers.values())]
        return next(((label, problem) for label, problem in wrong if problem), None)

    def _watch(self, ports: Iterable[int]) -> None:
        if self.lab.sniffer:
            for port in ports:
                self.lab.sniffer.watch(self._tap, port)

    def _write_capture(self, folder: Path, since: int, cell: str) -> None:
        """The visit, and what edge and key servers said from the beginning, without which it is not
        legible."""
        if self.lab.sniffer:
            self.lab.sniffer.settle()
        logs = [folder / KEY_LOG, *sorted(self.folder.glob(f"{SERVERS}/*/{KEY_LOG}"))]
        secrets = b"".join(log.read_bytes() for log in logs if log.exists())
        self._tap.write(folder / CAPTURE, self._keyserver_ports, since, secrets, cell)

    def _told(self, client: Implementation, cell: Cell, seconds: float) -> Cell:
        """With how long it took, what every party left behind, and how to make it again."""
        own, shared = self.folder / client.name, self.folder / SERVERS
        files = [LogFile(f"{client.label}: {file.name}", self._path(file)) for file in _filled(own)]
        for folder in (shared, *sorted(shared.glob("*/"))):
            name = f"{folder.name}: " if folder != shared else ""
            files += [LogFile(f"{name}{file.name}", self._path(file)) for file in _filled(folder)]
        scripts = [file for file in (own / replay.FILE, shared / replay.FILE) if file.exists()]
        command = [own_command(), "interop", *self._again(client), "--out", f"{self.lab.out}-again"]
        commands = [shlex.join(command)]
        commands += [f"bash {self._path(script)}" for script in scripts]
        return replace(cell, seconds=round(seconds, 3), files=tuple(files), replay=tuple(commands))

    def _again(self, client: Implementation) -> list[str]:
        """The options of `lurkspec interop` for this cell alone, whatever else was selected, with the same
        keys."""
        pair = self.pair
        selected = {
            "scenario": pair.scenario.id,
            "over": pair.over,
            "keyserver": pair.keyserver.name,
            "edge": pair.edge.name,
            "client": client.name,
            "certs": str(self.lab.certs),
        }
        return [word for name, value in selected.items() for word in (f"--{name}", value)] + [*self.lab.again]

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


def blamed(cell: Cell, by: str, reason: str) -> Cell:
    """What went wrong with the servers afterwards goes to every cell that had passed."""
    if cell.outcome is not Outcome.PASS:
        return cell
    return replace(cell, outcome=Outcome.FAIL, by=by, reason=f"after the visits: {reason}")


def _filled(folder: Path) -> list[Path]:
    """Files with something in them, the outputs first."""
    files = [file for file in folder.glob("*") if file.is_file() and file.stat().st_size]
    return sorted(files, key=lambda file: (file.name not in (STDOUT, STDERR), file.name))
