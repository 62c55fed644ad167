"""A deployment under way: its namespaces, its forwarders, its processes, and visits of a client."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..process import StartError
from . import environment
from .capture import CAPTURE, Sniffer, Tap
from .contract import CHANNEL_CRL, KEYSERVER_IDENTITY, KEYSERVER_NAME, LURK, key_prefix
from .controlled import Controlled, forwarder
from .deployment import CLIENT, EDGE, PROXY, Deployment, Part
from .lab import Lab
from .manifest import Implementation
from .namespaces import Namespaces, NoNamespaces
from .party import Party, Verdict
from .results import Outcome, Role
from .scenario import Scenario

LOOPBACK = "127.0.0.1:0"
LAB = "lurkspec"
GRANTS = "grants.txt"


class Scene:
    """Context manager. `logs`: with a folder for each party. Every connection between parties, and of a
    client to an edge, goes through a forwarder that stands where the asked one is."""

    def __init__(
        self,
        lab: Lab,
        scenario: Scenario,
        over: str,
        implementations: Mapping[Role, Implementation],
        logs: Path,
    ):
        assert scenario.deployment is not None
        self.lab, self.scenario, self.over, self.logs = lab, scenario, over, logs
        self.deployment: Deployment = scenario.deployment
        self.implementations = implementations
        self.seconds = lab.timeout or scenario.timeout
        self.parties: dict[str, Party] = {}
        self.forwarders: dict[tuple[str, str], Controlled] = {}
        self._addresses: dict[str, str] = {}
        self._spaces: Namespaces | None = None
        self._visits = 0
        self._tap = Tap()
        self._sniffers: dict[str, Sniffer] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Scene:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for party in self.parties.values():
            party.end()
        try:
            self._write_capture()
        finally:
            self._stack.close()

    def stop(self) -> tuple[str, str] | None:
        """All in order, who asks before who is asked; who did not end cleanly, and how."""
        found = [(party.label, party.stop(self.seconds)) for party in reversed(self.parties.values())]
        return next(((label, problem) for label, problem in found if problem), None)

    # Who is where

    def _start(self) -> None:
        if self.deployment.nodes:
            links = [(min(pair), max(pair)) for pair in self.deployment.links]
            spaces = Namespaces(self.deployment.nodes, links)
            try:
                self._spaces = self._stack.enter_context(spaces)
            except NoNamespaces as error:
                raise Verdict(Outcome.UNSUPPORTED, str(error), LAB) from None
        try:
            for part in self.deployment.parts:
                self._launch(part)
                if part.role == EDGE:
                    self._forward(CLIENT, part.name)
        except StartError as error:
            raise Verdict(Outcome.ERROR, str(error), LAB) from None

    def _node(self, name: str) -> str:
        return self.deployment.client_node if name == CLIENT else self.deployment.part(name).node

    def _prefix(self, name: str) -> tuple[str, ...]:
        return self._spaces[self._node(name)].prefix if self._spaces else ()

    def _forward(self, asker: str, asked: str) -> str:
        """The address at which `asked` is for `asker`."""
        here, there = self._node(asker), self._node(asked)
        listen = LOOPBACK
        if self._spaces and here != there:
            listen = f"{self._spaces[there].addresses[here]}:0"
        delay = self.deployment.links.get(frozenset((here, there)), 0.0)
        made = forwarder(
            listen, self._addresses[asked], delay, self._prefix(asked), self.logs / f"{asker}-{asked}.txt"
        )
        self.forwarders[asker, asked] = self._stack.enter_context(made)
        return made.address

    # Processes

    def _launch(self, part: Part) -> None:
        if part.role == PROXY:
            party = self._proxy(part)
        else:
            implementation = self.implementations[Role(part.role)]
            told = self._of_edge(part) if part.role == EDGE else self._of_keyserver(part)
            party = Party(
                f"{implementation.label} ({part.name})",
                [*self._prefix(part.name), *implementation.argv()],
                self._common(Role(part.role), self.logs / part.name) | told,
                self.logs / part.name,
            )
        self.parties[part.name] = party
        party.start()
        self._addresses[part.name] = party.ready(self.seconds)
        self._watch(part)

    def _common(self, role: Role, logs: Path) -> dict[str, str]:
        capabilities = self.scenario.needs[role]
        return environment.common(
            role, self.scenario.id, capabilities, self.over, self.lab.certs_for(role), logs
        )

    def key(self, name: str) -> str:
        return key_prefix(self.over) + name

    def _of_keyserver(self, part: Part) -> dict[str, str]:
        told = environment.keyserver([self.key(key) for key in part.keys], part.serves)
        told["LURKSPEC_IDENTITY"] = part.identity
        if "revocation" not in self.scenario.needs[Role.KEYSERVER]:
            return told
        self.write_grants(part, {(edge, key) for edge in part.serves for key in part.keys})
        return told | {"LURKSPEC_GRANTS": str(self._grants(part))}

    def _grants(self, part: Part) -> Path:
        return self.logs / f"{part.name}-{GRANTS}"

    def write_grants(self, part: Part, granted: set[tuple[str, str]]) -> None:
        """(edge, key) a line: what a key server looks at again on SIGHUP."""
        lines = [f"{edge} {self.key(key)}\n" for edge, key in sorted(granted)]
        self._grants(part).parent.mkdir(parents=True, exist_ok=True)
        self._grants(part).write_text("".join(lines), "utf-8")

    def _of_edge(self, part: Part) -> dict[str, str]:
        at = {name: self._forward(part.name, name) for name in part.asks}
        keys = []
        for key in part.keys:
            bound = [at[name] for name in self.deployment.bound(part, key)]
            keys.append(self.key(key) + (f"@{','.join(bound)}" if bound else ""))
        return environment.edge(keys, list(at.values()), self.logs / part.name, part.identity)

    def _proxy(self, part: Part) -> Party:
        """The suite's own; no implementation is judged by it."""
        logs = self.logs / part.name
        logs.mkdir(parents=True, exist_ok=True)
        (logs / "proxy.json").write_text(json.dumps(self._proxy_config(part, logs), indent=1) + "\n", "utf-8")
        command = [sys.executable, "-m", "lurkspec.interop.proxy", "--config", str(logs / "proxy.json")]
        return Party(f"proxy ({part.name})", [*self._prefix(part.name), *command], {}, logs)

    def _proxy_config(self, part: Part, logs: Path) -> dict[str, Any]:
        certs, lurk = self.lab.certs, self.over == LURK
        upstream = self._forward(part.name, part.asks[0])
        own = {"certificate": str(certs / f"{part.identity}.pem"), "key": str(certs / f"{part.identity}.key")}
        towards_edges = {
            "certificate": str(certs / f"{KEYSERVER_IDENTITY}.pem"),
            "key": str(certs / f"{KEYSERVER_IDENTITY}.key"),
        }
        keys = [str(certs / f"{self.key(key)}.pem") for key in part.keys]
        return {
            "listen": LOOPBACK,
            "protocol": "lurk" if lurk else "ski",
            "channel": towards_edges | {"client_ca": str(certs / "ca.pem"), "crl": str(certs / CHANNEL_CRL)},
            "upstream": own | {"address": upstream, "name": KEYSERVER_NAME, "ca": str(certs / "ca.pem")},
            "edges": [{"identity": f"uri:urn:example:{edge}", "keys": keys} for edge in part.serves],
            "audit_log": str(logs / "audit.jsonl"),
        }

    # What they say

    def _watch(self, part: Part) -> None:
        """On its own loopback interface everybody is asked by a forwarder: each connection is there once."""
        if not self.lab.sniffer:
            return
        if part.node not in self._sniffers:
            made = self._stack.enter_context(Sniffer(self._spaces[part.node].name)) if self._spaces else None
            self._sniffers[part.node] = made or self.lab.sniffer
        port = int(self._addresses[part.name].rpartition(":")[2])
        self._sniffers[part.node].watch(self._tap, port)

    def _write_capture(self) -> None:
        for sniffer in self._sniffers.values():
            sniffer.settle()
            sniffer.forget(self._tap)
        logs = sorted(self.logs.glob(f"*/{environment.KEY_LOG}"))
        secrets = b"".join(log.read_bytes() for log in logs)
        self._tap.write(self.logs / CAPTURE, (), 0, secrets, f"{self.scenario.id} over {self.over}")

    # Visits

    def begin_visit(self, edge: str, name: str = "") -> Party:
        """A client under way."""
        self._visits += 1
        client = self.implementations[Role.CLIENT]
        logs = self.logs / f"visit-{self._visits}"
        address = self.forwarders[CLIENT, edge].address
        told = self._common(Role.CLIENT, logs)
        told |= environment.client(address, name or self.scenario.name, logs)
        party = Party(client.label, [*self._prefix(CLIENT), *client.argv()], told, logs)
        self.parties[logs.name] = party
        party.start()
        return party

    def finish_visit(self, party: Party) -> None:
        """It ends by itself; a party that has ended is not to be stopped any more. Raises Verdict."""
        try:
            party.finish(self.seconds)
        finally:
            party.end()
            self.parties.pop(party.logs.name, None)
