"""What happens in a deployment, step by step. A step that does not go as it should raises Verdict."""

from __future__ import annotations

import re
import signal
import time
from dataclasses import dataclass, field
from typing import Any

from .controlled import Controlled
from .deployment import CLIENT, PROXY
from .judge import Judgement, judge
from .party import STDERR, STDOUT, Party, Verdict
from .results import Outcome, Role
from .scene import LAB, Scene

# What a client tells about a fatal alert of the edge, by whatever library.
_ALERT = re.compile(r"\balert\b|_ALERT_|SSL_ERROR_[A-Z_]*ALERT", re.IGNORECASE)
_PAUSE = 0.01


@dataclass
class Script:
    """Runs the steps of a scene; `measures` and `remarks` are for the cell."""

    scene: Scene
    measures: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def run(self) -> None:
        for verb, *rest in self.scene.deployment.steps:
            try:
                getattr(self, f"_{verb}")(*rest)
            except Verdict as verdict:
                step = " ".join((verb, *rest))
                if verdict.outcome is Outcome.UNSUPPORTED:
                    raise
                raise Verdict(verdict.outcome, f'step "{step}": {verdict.reason}', verdict.by) from None
            except TimeoutError as error:
                raise Verdict(Outcome.ERROR, str(error), LAB) from None

    # visit EDGE [as NAME] [asking PARTY]: it succeeds, and that party was asked

    def _visit(self, edge: str, *more: str) -> None:
        options = dict(zip(more[::2], more[1::2]))
        asked = options.pop("asking", "")
        before = self._asked(edge)
        self._passes(self.scene.begin_visit(edge, options.pop("as", "")))
        after = self._asked(edge)
        if asked and after[asked] <= before[asked]:
            others = [name for name in after if after[name] > before[name]]
            raise Verdict(Outcome.FAIL, f"asked {', '.join(others) or 'nobody'}, not {asked}", self._by(edge))

    # refused EDGE [NAME]: no connection comes about, and the client is told so by a fatal alert

    def _refused(self, edge: str, name: str = "") -> None:
        party = self.scene.begin_visit(edge, name)
        try:
            self.scene.finish_visit(party)
        except Verdict as verdict:
            if verdict.outcome is not Outcome.FAIL:
                raise
            said = "".join((party.logs / file).read_text("utf-8", "replace") for file in (STDOUT, STDERR))
            if not _ALERT.search(said):
                reason = f"ends the handshake without a fatal alert: {verdict.reason}"
                raise Verdict(Outcome.FAIL, reason, self._by(edge)) from None
            return
        raise Verdict(Outcome.FAIL, "a client got its page that should have been refused", self._by(edge))

    # many EDGE N: so many visits side by side succeed

    def _many(self, edge: str, count: str) -> None:
        visits = [self.scene.begin_visit(edge) for _ in range(int(count))]
        for visit in visits:
            self._passes(visit)

    # slow PARTY N: from now on N milliseconds of round trip to that key server

    def _slow(self, asked: str, milliseconds: str) -> None:
        for one in self._towards(asked):
            one.tell(f"delay {float(milliseconds) / 2}")

    # kill KEYSERVER: it is gone at once, and nobody listens

    def _kill(self, name: str) -> None:
        self.scene.parties.pop(name).end()
        for one in self._towards(name):
            one.tell("refuse")
            one.tell("reset")

    # dying KEYSERVER EDGE [NAME]: it goes while a request is with it, and the visit succeeds nevertheless

    def _dying(self, name: str, edge: str, server_name: str = "") -> None:
        link = self.scene.forwarders[edge, name]
        visit = self._begin_held(link, edge, server_name)
        self._kill(name)
        self._passes(visit)

    # held KEYSERVER EDGE NAME OTHER: while the key server keeps the answer for NAME, OTHER is served

    def _held(self, name: str, edge: str, held: str, other: str) -> None:
        link = self.scene.forwarders[edge, name]
        visit = self._begin_held(link, edge, held)
        self._passes(self.scene.begin_visit(edge, other))
        if not visit.running:
            raise Verdict(Outcome.ERROR, "the answer that was held came through", LAB)
        link.tell("release")
        self._passes(visit)

    # revoke, grant KEYSERVER IDENTITY KEY: the right goes or comes back, and the key server reloads

    def _revoke(self, name: str, edge: str, key: str) -> None:
        part = self.scene.deployment.part(name)
        every = {(e, k) for e in part.serves for k in part.keys}
        self._reload(name, every - {(edge, key)})

    def _grant(self, name: str, edge: str, key: str) -> None:
        part = self.scene.deployment.part(name)
        self._reload(name, {(e, k) for e in part.serves for k in part.keys})

    def _reload(self, name: str, granted: set[tuple[str, str]]) -> None:
        """SIGHUP has no answer: the key server says `reloaded` on stdout (docs/interop.md)."""
        party = self.scene.parties[name]
        self.scene.write_grants(self.scene.deployment.part(name), granted)
        before = party.stdout.splitlines().count("reloaded")
        party.signal(signal.SIGHUP)
        limit = time.monotonic() + self.scene.seconds
        while party.stdout.splitlines().count("reloaded") == before:
            if time.monotonic() > limit or not party.running:
                raise Verdict(Outcome.FAIL, 'does not say "reloaded" after SIGHUP', party.label)
            time.sleep(_PAUSE)

    # connected EDGE PARTY: the first connection is open, so that all was said over the same channel

    def _connected(self, edge: str, asked: str) -> None:
        connections = self.scene.forwarders[edge, asked].tell("count")["connections"]
        if not connections or not connections[0]["open"]:
            raise Verdict(Outcome.FAIL, "the channel did not stay open", self._by(edge))

    # measure EDGE PARTY: round trips of an exchange, with the channel cold and warm

    def _measure(self, edge: str, asked: str) -> None:
        link = self.scene.forwarders[edge, asked]
        for state in ("cold", "warm"):
            if state == "cold":
                link.tell("cut")
            before = _sums(link)
            self._passes(self.scene.begin_visit(edge))
            after = _sums(link)
            trips = after["round_trips"] - before["round_trips"]
            opened = after["connections"] - before["connections"]
            self.measures["round_trips_cold" if state == "cold" else "round_trips"] = trips + opened
            self.measures[f"{state}_octets_forth"] = after["forth"] - before["forth"]
            self.measures[f"{state}_octets_back"] = after["back"] - before["back"]
            self.measures[f"{state}_key_us"] = self.measures.pop("key_us", 0.0)
            if bool(opened) != (state == "cold"):
                raise Verdict(Outcome.ERROR, f"the channel is not {state}: {opened:g} connections", LAB)

    # What the steps share

    def _passes(self, visit: Party) -> None:
        self.scene.finish_visit(visit)
        edge = self.scene.implementations[Role.EDGE]
        found: Judgement = judge(
            visit.stdout, self.scene.scenario, self.scene.over, dict(edge.says), visit.label, edge.label
        )
        if found.problem:
            raise Verdict(Outcome.FAIL, found.problem, found.by)
        self.measures |= dict(found.measures)
        self.remarks += [remark for remark in found.remarks if remark not in self.remarks]

    def _begin_held(self, link: Controlled, edge: str, name: str) -> Party:
        """A visit whose request is with the key server, and whose answer is held."""
        before = _sums(link)["forth"]
        link.tell("hold")
        visit = self.scene.begin_visit(edge, name)
        link.wait(lambda _: _sums(link)["forth"] > before or not visit.running, self.scene.seconds)
        if not visit.running:
            self._passes(visit)
            raise Verdict(Outcome.FAIL, "the key server was not asked", self._by(edge))
        return visit

    def _towards(self, asked: str) -> list[Controlled]:
        return [one for (_, name), one in self.scene.forwarders.items() if name == asked]

    def _asked(self, edge: str) -> dict[str, float]:
        """Octets that went to each party that is asked: through a proxy too."""
        return {
            asked: _sums(link)["forth"]
            for (asker, asked), link in self.scene.forwarders.items()
            if asker == edge or (asker != CLIENT and self.scene.deployment.part(asker).role == PROXY)
        }

    def _by(self, edge: str) -> str:
        return self.scene.parties[edge].label


def _sums(link: Controlled) -> dict[str, float]:
    """Over all connections; `connections` is their number."""
    counted: list[dict[str, Any]] = link.tell("count")["connections"]
    names = ("forth", "back", "round_trips")
    return {name: float(sum(c[name] for c in counted)) for name in names} | {
        "connections": float(len(counted))
    }
