"""A whole run: canaries first, then every stage of the plan, some side by side; the results are on disk
while it goes on."""

from __future__ import annotations

import fnmatch
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from . import canary
from .contract import SKI_JSON
from .dynamic import DynamicStage
from .lab import Lab
from .manifest import Implementation
from .party import Verdict
from .results import Cell, Outcome, Results, Role
from .scenario import Scenario
from .stage import Pair, Stage

# Clients that visit every pair of servers, in every protocol.
_ELSEWHERE = 2
# Of the time at most this part goes into writing a file that is as long as the run.
_WRITE_EVERY, _WRITE_PART = 5.0, 0.03


@dataclass(frozen=True)
class Plan:
    """What was selected; `only` are globs of cell ids, none means all. Unless it is `full`, all clients visit
    where the key server is the first one and the protocol is not JSON, and elsewhere the first two."""

    implementations: tuple[Implementation, ...]
    scenarios: tuple[Scenario, ...]
    over: tuple[str, ...]
    only: tuple[str, ...] = ()
    full: bool = False

    def of(self, role: Role) -> list[Implementation]:
        return [one for one in self.implementations if one.role is role]

    def without(self, names: set[tuple[Role, str]]) -> Plan:
        kept = (one for one in self.implementations if (one.role, one.name) not in names)
        return replace(self, implementations=tuple(kept))

    def stages(self, done: set[str]) -> list[tuple[Pair, list[Implementation]]]:
        """Each pair with the clients that visit it; cells that are `done` are left out."""
        pairs = [
            Pair(scenario, over, keyserver, edge)
            for scenario in self.scenarios
            for over in self.over
            if over in scenario.over
            for keyserver, edge in self._served(scenario)
        ]
        found = [
            (pair, [c for c in self._visitors(pair) if self._wanted(pair.cell_id(c), done)]) for pair in pairs
        ]
        return [(pair, visitors) for pair, visitors in found if visitors]

    def _served(self, scenario: Scenario) -> list[tuple[Implementation, Implementation]]:
        """Every edge with every key server. Where there are steps, which take their time, each edge with one,
        that of its name if there is one, and no key server is left out."""
        keyservers, edges = self.of(Role.KEYSERVER), self.of(Role.EDGE)
        every = [(keyserver, edge) for keyserver in keyservers for edge in edges]
        if not scenario.deployment or not every:
            return every
        chosen = [(_namesake(edge, keyservers), edge) for edge in edges]
        left = [one for one in keyservers if one not in [keyserver for keyserver, _ in chosen]]
        return [pair for pair in every if pair in chosen or (pair[0] in left and pair[1] is edges[0])]

    def _visitors(self, pair: Pair) -> list[Implementation]:
        """Where there are steps one, that of the edge's name if there is one."""
        clients = self.of(Role.CLIENT)
        if pair.scenario.deployment and clients:
            return [_namesake(pair.edge, clients)]
        every = self.full or (pair.keyserver is self.of(Role.KEYSERVER)[0] and pair.over != SKI_JSON)
        return clients if every else clients[:_ELSEWHERE]

    def _wanted(self, cell: str, done: set[str]) -> bool:
        named = not self.only or any(fnmatch.fnmatchcase(cell, glob) for glob in self.only)
        return named and cell not in done


def _namesake(one: Implementation, among: Sequence[Implementation]) -> Implementation:
    return next((other for other in among if other.name == one.name), among[0])


class Runner:
    """`seen` is told each cell as it is done, in any order and from any thread, one at a time."""

    def __init__(self, lab: Lab, results: Results, seen: Callable[[Cell], None]):
        self._lab, self._results, self._seen = lab, results, seen
        self._lock = threading.Lock()
        self._begin, self._before = time.monotonic(), results.seconds
        self._write_next = 0.0

    def canaries(self, plan: Plan, jobs: int) -> set[tuple[Role, str]]:
        """Ask every implementation for what nobody can know; which ones cannot be judged."""
        asked = [one for one in plan.implementations if one.command]
        with ThreadPoolExecutor(jobs) as pool:
            self._results.canaries = list(pool.map(lambda one: canary.ask(self._lab, one), asked))
        self.write()
        return {(c.role, c.implementation) for c in self._results.canaries if c.outcome is not Outcome.PASS}

    def run(self, stages: Sequence[tuple[Pair, list[Implementation]]], jobs: int) -> None:
        pool = ThreadPoolExecutor(jobs)
        try:
            for future in [pool.submit(self._stage, pair, clients) for pair, clients in stages]:
                future.result()
        finally:
            # Interrupted: what runs comes to its end, what waits is not begun.
            pool.shutdown(cancel_futures=True)
            self.write()

    def write(self) -> None:
        begin = time.monotonic()
        self._results.seconds = round(self._before + begin - self._begin, 1)
        self._results.write(self._lab.out)
        end = time.monotonic()
        self._write_next = end + max(_WRITE_EVERY, (end - begin) / _WRITE_PART)

    def _stage(self, pair: Pair, clients: list[Implementation]) -> None:
        try:
            kind = DynamicStage if pair.scenario.deployment else Stage
            cells = kind(self._lab, pair).cells(clients)
        except Exception as error:  # a defect here must not cost the other cells
            reason = f"{type(error).__name__}: {error}"
            cells = [pair.cell(c, Verdict(Outcome.ERROR, reason, "lurkspec")) for c in clients]
        with self._lock:
            for cell in cells:
                self._results.cells.append(cell)
                self._seen(cell)
            if time.monotonic() > self._write_next:
                self.write()


def jobs_here() -> int:
    """Twice the cores: a party often waits for another."""
    return 2 * len(os.sched_getaffinity(0))
