"""A scenario with a deployment and steps as cells: all of it anew for each client."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from . import replay
from .manifest import Implementation
from .party import Verdict
from .results import Cell, Outcome, Role
from .scene import Scene
from .script import Script
from .stage import SERVERS, Stage, blamed, demand


class DynamicStage(Stage):
    def cells(self, clients: Sequence[Implementation]) -> list[Cell]:
        return [self._cell(client) for client in clients]

    def _cell(self, client: Implementation) -> Cell:
        begin = time.monotonic()
        cell = self.pair.cell(client, Verdict(Outcome.PASS, "", ""))
        taking_part = {Role.KEYSERVER: self.pair.keyserver, Role.EDGE: self.pair.edge, Role.CLIENT: client}
        try:
            for one in taking_part.values():
                demand(one, self.scenario, self.pair.over)
                if one.address:
                    reason = "this scenario starts and ends its parties itself: an address cannot take part"
                    raise Verdict(Outcome.UNSUPPORTED, reason, one.label)
            cell = self._played(cell, taking_part)
        except Verdict as verdict:
            cell = self.pair.cell(client, verdict)
        return self._told(client, cell, time.monotonic() - begin)

    def _played(self, cell: Cell, taking_part: dict[Role, Implementation]) -> Cell:
        logs = self.folder / SERVERS
        logs.mkdir(parents=True, exist_ok=True)
        replay.write_steps(logs / replay.FILE, cell.id, self._again(taking_part[Role.CLIENT]))
        with Scene(self.lab, self.scenario, self.pair.over, taking_part, logs) as scene:
            script = Script(scene)
            script.run()
            problem = scene.stop()
        cell = replace(cell, measures=script.measures, remarks=tuple(script.remarks))
        return blamed(cell, *problem) if problem else cell
