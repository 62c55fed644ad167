"""What is tried: one TOML file per scenario, read strictly (docs/interop.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..target import Table, TargetError
from . import deployment as d
from .contract import CAPABILITIES, LURK, OVER, WEB_NAME
from .manifest import DataError, read_table, texts
from .results import Role, ScenarioInfo

PERMANENT = "permanent.txt"
_TIMEOUT = 60
# Members of [[seen]]: what the client saw, and what the page of the edge tells.
_SEEN = {
    "version": str,
    "exchange": str,
    "signature": str,
    "group": str,
    "resumed": bool,
    "extended_master_secret": bool,
    "retried": bool,
    "scheme": str,
    "client": str,
    "method": dict,
}


@dataclass(frozen=True)
class Scenario:
    """`keys`: per key server those that it serves, without the prefix of the protocol. `seen`: per connection
    what client and page must say where they say anything. `timeout`: seconds for a start, a visit, an end.
    `deployment`: parties and steps, in place of `keys` and a visit by each client."""

    id: str
    title: str
    about: str
    needs: Mapping[Role, tuple[str, ...]]
    keys: tuple[tuple[str, ...], ...]
    seen: tuple[Mapping[str, Any], ...]
    not_over: Mapping[str, str] = field(default_factory=dict)
    name: str = WEB_NAME
    timeout: float = _TIMEOUT
    deployment: d.Deployment | None = None

    @property
    def over(self) -> tuple[str, ...]:
        return tuple(over for over in OVER if over not in self.not_over)

    @property
    def info(self) -> ScenarioInfo:
        return ScenarioInfo(self.id, self.title, self.about, dict(self.not_over))

    def expected(self, connection: int, over: str) -> dict[str, Any]:
        """Of a connection, with what depends on the protocol resolved."""
        wanted = dict(self.seen[connection])
        method = wanted.pop("method", {})
        family = LURK if over == LURK else "ski"
        return wanted | ({"method": method[family]} if family in method else {})


def load(file: Path) -> Scenario:
    try:
        return _scenario(file, read_table(file))
    except TargetError as error:
        raise DataError(str(error)) from None


def load_all(folder: Path) -> list[Scenario]:
    """By name."""
    return [load(file) for file in sorted(folder.glob("*.toml"))]


def identity_check(folder: Path) -> list[str]:
    """Where the scenarios of a folder differ from its list of permanent ids, one sentence each."""
    there = {file.stem for file in folder.glob("*.toml")}
    lines = (folder / PERMANENT).read_text("utf-8").splitlines()
    listed = [line.partition(":") for line in lines if line and not line.startswith("#")]
    retired = {id for id, colon, _ in listed if colon}
    known = {id for id, _, _ in listed}
    problems = [f"{id}: has vanished; ids are permanent: say why it went" for id in known - retired - there]
    problems += [f"{id}: is not in {PERMANENT} yet" for id in there - known]
    problems += [f"{id}: is there, and went" for id in there & retired]
    problems += [f"{id}: went without a reason" for id, colon, why in listed if colon and not why.strip()]
    return sorted(problems)


def _scenario(file: Path, top: Table) -> Scenario:
    needs = top.table("needs")
    wanted = {role: needs.choices(role.value, CAPABILITIES, ()) for role in Role}
    needs.end()
    servers = [Table(file, f"keyserver {i}", v) for i, v in enumerate(top.take("keyserver", list, []), 1)]
    keys = tuple(texts(server, "keys", required=True) for server in servers)
    for server in servers:
        server.end()
    deployment = d.read(top)
    if bool(keys) == bool(deployment):
        raise top.fail("keyserver", "is missing: [[keyserver]] with keys, or [[party]] and steps")
    seen = [_seen(Table(file, f"seen {i}", v)) for i, v in enumerate(top.take("seen", list, []), 1)]
    if not seen:
        raise top.fail("seen", "is missing: [[seen]] for each connection of the client")
    not_over = top.take("not_over", dict, {})
    if not set(not_over) < set(OVER) or not all(isinstance(v, str) and v for v in not_over.values()):
        raise top.fail("not_over", f"must give reasons for some of {', '.join(OVER)}")
    made = Scenario(
        file.stem,
        top.take("title", str, required=True),
        top.take("about", str, required=True),
        wanted,
        keys,
        tuple(seen),
        not_over,
        top.take("name", str, WEB_NAME),
        float(top.take("timeout", int, _TIMEOUT)),
        deployment,
    )
    top.end()
    return made


def _seen(table: Table) -> dict[str, Any]:
    found = {name: table.take(name, kind) for name, kind in _SEEN.items() if name in table.rest}
    table.end()
    if "version" not in found:
        raise table.fail("version", "is missing")
    return found
