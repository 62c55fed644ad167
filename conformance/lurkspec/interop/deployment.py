"""Scenarios of more than a key server, an edge and a client: who is where, who asks whom over which link, and
what happens (docs/deployments.md). Read from the same file as the scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..target import Table
from .contract import EDGE_IDENTITY, KEYSERVER_IDENTITY
from .manifest import texts

KEYSERVER, EDGE, PROXY = "keyserver", "edge", "proxy"
CLIENT = "client"
_NAME = re.compile(r"[a-z][a-z0-9-]*")
# What a step begins with, and how many words follow at least and at most.
STEPS: Mapping[str, tuple[int, int]] = {
    "visit": (1, 5),
    "refused": (1, 2),
    "many": (2, 2),
    "slow": (2, 2),
    "kill": (1, 1),
    "dying": (2, 3),
    "held": (4, 4),
    "revoke": (3, 3),
    "grant": (3, 3),
    "connected": (2, 2),
    "measure": (2, 2),
}


@dataclass(frozen=True)
class Part:
    """One process. `keys` without the prefix of the protocol; `serves`: identities of those who may ask;
    `asks`: parties in order of preference. `node`: its namespace, "" on the loopback of the machine."""

    name: str
    role: str
    node: str = ""
    identity: str = ""
    keys: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deployment:
    """`links`: milliseconds one way by pair of nodes; `parts` in the order in which they start."""

    parts: tuple[Part, ...]
    steps: tuple[tuple[str, ...], ...]
    client_node: str = ""
    links: Mapping[frozenset[str], float] = field(default_factory=dict)

    @property
    def nodes(self) -> tuple[str, ...]:
        named = [part.node for part in self.parts] + [self.client_node]
        return tuple(dict.fromkeys(filter(None, named)))

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    def bound(self, edge: Part, key: str) -> tuple[str, ...]:
        """Those whom this edge asks that have the key, when others whom it asks have not."""
        having = tuple(name for name in edge.asks if key in self.part(name).keys)
        return having if len(having) < len(edge.asks) else ()


def read(top: Table) -> Deployment | None:
    """None for a scenario without parties of its own."""
    if "party" not in top.rest:
        return None
    tables = [Table(top.file, f"party {i}", v) for i, v in enumerate(top.take("party", list), 1)]
    parts: list[Part] = []
    for table in tables:
        parts.append(_part(table, {part.name: part for part in parts}))
    client_node = top.take("client_node", str, "")
    known = {part.node for part in parts} | {client_node}
    if "" in known and len(known) > 1:
        raise top.fail("client_node", "or a node of a party is missing: either all have one or none")
    links = dict(
        _link(Table(top.file, f"link {i}", v), known) for i, v in enumerate(top.take("link", list, []), 1)
    )
    _demand_links(top, parts, links)
    steps = tuple(_step(top, line, parts) for line in texts(top, "steps", required=True))
    return Deployment(tuple(parts), steps, client_node, links)


def _part(table: Table, earlier: Mapping[str, Part]) -> Part:
    name, role = table.take("name", str, required=True), table.take("role", str, required=True)
    if not _NAME.fullmatch(name) or name in earlier or name == CLIENT:
        raise table.fail("name", f"{name!r} must be small letters, digits and '-', and stand once")
    if role not in (KEYSERVER, EDGE, PROXY):
        raise table.fail("role", f"must be one of {KEYSERVER}, {EDGE}, {PROXY}")
    usual = KEYSERVER_IDENTITY if role == KEYSERVER else EDGE_IDENTITY
    made = Part(
        name,
        role,
        table.take("node", str, ""),
        table.take("identity", str, usual),
        texts(table, "keys", required=True),
        texts(table, "serves", required=role == PROXY) or ((EDGE_IDENTITY,) if role == KEYSERVER else ()),
        texts(table, "asks", required=role != KEYSERVER),
    )
    unknown = [asked for asked in made.asks if asked not in earlier or earlier[asked].role == EDGE]
    if unknown:
        raise table.fail("asks", f"{unknown[0]!r} is no key server or proxy that stands before it")
    if role == KEYSERVER and made.asks:
        raise table.fail("asks", "is not for a key server")
    table.end()
    return made


def _link(table: Table, nodes: set[str]) -> tuple[frozenset[str], float]:
    between = texts(table, "between", required=True)
    if len(set(between)) != 2 or not set(between) <= nodes:
        raise table.fail("between", "must be two of the nodes")
    delay = float(table.take("delay_ms", int, 0))
    table.end()
    return frozenset(between), delay


def _demand_links(top: Table, parts: list[Part], links: Mapping[frozenset[str], float]) -> None:
    by_name = {part.name: part for part in parts}
    for part in parts:
        for asked in part.asks:
            pair = frozenset((part.node, by_name[asked].node))
            if len(pair) == 2 and pair not in links:
                raise top.fail("link", f"between {' and '.join(sorted(pair))} is missing")


def _step(top: Table, line: str, parts: list[Part]) -> tuple[str, ...]:
    verb, *rest = line.split()
    least, most = STEPS.get(verb, (0, -1))
    if not least <= len(rest) <= most:
        raise top.fail("steps", f"{line!r}: no such step (docs/deployments.md)")
    if rest[0] not in [part.name for part in parts]:
        raise top.fail("steps", f"{line!r}: {rest[0]} is no party")
    return (verb, *rest)
