"""The target file of an edge: what its operator says about it, and where the suite plays its key servers
(docs/edge-target.md)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..codecs import lurk
from ..target import Table, TargetError
from .served import Served, load_served

PROTOCOLS = ("ski", "lurk")
FORMATS = ("json", "cbor")
HOOKS = ("start", "restart")
USAGES = ("ecdhe", "rsa")
PROOFS = {p.name.lower(): p for p in lurk.PooPrf}

Address = tuple[str, int]


@dataclass(frozen=True)
class ChannelFiles:
    """What the suite is on the channel, and what the edge must be. `ca_key` makes key servers that are wrong;
    `edge` is the certificate that the edge has to present."""

    certificate: Path
    key: Path
    ca: Path
    server_name: str
    ca_key: Path | None = None
    edge: Path | None = None


@dataclass(frozen=True)
class EdgeTarget:
    """One edge in one configuration. `refusals`: abilities that it lacks by its own word, with its reason."""

    name: str
    protocol: str
    address: Address
    server_name: str
    ca: Path
    channel: ChannelFiles
    listen: tuple[Address, ...]
    served: tuple[Served, ...]
    format: str = "json"
    path: str = "/ski"
    capabilities: bool = True
    tls13: bool = True
    proof: int = lurk.PooPrf.SHA256_256
    counts_header: bool = True
    audit: bool = False
    wait: float = 10.0
    answer_wait: float = 3.0
    rediscovery: float | None = None
    hooks: dict[str, str] = field(default_factory=dict)
    log: Path | None = None
    source: Path | None = None
    refusals: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    def signer(self, type: str) -> Served | None:
        return next((s for s in self.served if s.key.type == type and not s.decrypts), None)

    @property
    def decrypter(self) -> Served | None:
        return next((s for s in self.served if s.decrypts), None)

    @property
    def abilities(self) -> frozenset[str]:
        """What cases may ask for (lurkspec.abilities)."""
        ski = self.protocol == "ski"
        promised = {
            "edge-ecdsa": self.signer("ec-p256") is not None,
            "edge-rsa-sign": self.signer("rsa") is not None,
            "edge-rsa": self.decrypter is not None,
            "edge-p384": self.signer("ec-p384") is not None,
            "edge-p521": self.signer("ec-p521") is not None,
            "edge-ed25519": self.signer("ed25519") is not None,
            "edge-tls13": ski and self.tls13 and self.capabilities,
            "edge-capabilities": self.capabilities,
            "edge-json": ski and self.format == "json",
            "edge-cbor": ski and self.format == "cbor",
            "edge-proof": not ski and self.proof != lurk.PooPrf.NULL,
            "edge-audit": not ski and self.audit and self.decrypter is not None,
            "edge-fail-over": len(self.listen) > 1,
            "edge-rediscovery": self.rediscovery is not None,
            "edge-certificate": self.channel.edge is not None,
            "edge-ca-key": self.channel.ca_key is not None,
            "edge-log": self.log is not None,
            "edge-restart": "restart" in self.hooks,
        }
        return frozenset(name for name, there in promised.items() if there and name not in self.refusals)


def parse_address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise TargetError(f"{text!r} is not HOST:PORT")
    return host, int(port)


def load_edge_target(file: Path, address: str | None = None) -> EdgeTarget:
    """Read and check a target file; `address` from the command line goes before the one in the file."""
    try:
        top = Table(file, "", tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise TargetError(f"{file}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{file}: not TOML: {error}") from None
    own = top.take("address", str, required=address is None)
    protocol = _choice(top, "protocol", PROTOCOLS)
    ca = top.path("ca")
    assert ca is not None
    hooks = top.table("hooks")
    log = hooks.path("log", required=False)
    commands = {name: hooks.take(name, str) for name in HOOKS}
    hooks.end()
    edge = EdgeTarget(
        protocol,
        protocol,
        _address(top, "address", address or own),
        top.take("server_name", str, required=True),
        ca,
        _channel(top),
        tuple(_address(top, "key_servers", text) for text in _texts(top, "key_servers")),
        tuple(_served(top)),
        wait=top.take("wait_ms", int, 10000) / 1000,
        answer_wait=top.take("key_server_ms", int, 3000) / 1000,
        hooks={name: command for name, command in commands.items() if command},
        log=log,
        source=file,
    )
    edge = _ski(top, edge) if protocol == "ski" else _lurk(top, edge)
    top.end()
    if edge.signer("ec-p256") is None and edge.signer("rsa") is None:
        raise TargetError(f"{file}: certificates has none of usage ecdhe with a P-256 or RSA key")
    return edge


def _choice(table: Table, member: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    value = str(table.take(member, str, default, required=default is None))
    if value not in allowed:
        raise table.fail(member, f"must be one of {', '.join(allowed)}")
    return value


def _texts(table: Table, member: str) -> list[str]:
    values = table.take(member, list, required=True)
    if not values or not all(isinstance(v, str) for v in values):
        raise table.fail(member, "must be a list of HOST:PORT")
    return list(values)


def _address(table: Table, member: str, text: str) -> Address:
    try:
        return parse_address(text)
    except TargetError as error:
        raise table.fail(member, f"holds {error}") from None


def _channel(top: Table) -> ChannelFiles:
    table = top.table("channel")
    certificate, key, ca = table.path("certificate"), table.path("key"), table.path("ca")
    assert certificate is not None and key is not None and ca is not None
    files = ChannelFiles(
        certificate,
        key,
        ca,
        table.take("server_name", str, required=True),
        table.path("ca_key", required=False),
        table.path("edge", required=False),
    )
    table.end()
    return files


def _served(top: Table) -> list[Served]:
    found = []
    for number, value in enumerate(top.take("certificates", list, required=True), 1):
        one = Table(top.file, f"certificates[{number}]", value)
        chain, key = one.path("chain"), one.path("key")
        name = one.take("name", str, f"certificate {number}")
        decrypts = _choice(one, "usage", USAGES, USAGES[0]) == "rsa"
        assert chain is not None and key is not None
        try:
            found.append(load_served(name, chain, key, decrypts))
        except (ValueError, TypeError) as error:
            raise one.fail("key", f"with chain {chain.name}: {error}") from None
        one.end()
    return found


def _ski(top: Table, edge: EdgeTarget) -> EdgeTarget:
    table = top.table("ski")
    made = replace(
        edge,
        format=_choice(table, "format", FORMATS, FORMATS[0]),
        path=table.take("path", str, "/ski"),
        capabilities=table.take("capabilities", bool, True),
        tls13=table.take("tls13", bool, True),
    )
    table.end()
    return made


def _lurk(top: Table, edge: EdgeTarget) -> EdgeTarget:
    table = top.table("lurk")
    rediscovery = table.take("rediscovery_ms", int)
    made = replace(
        edge,
        proof=PROOFS[_choice(table, "proof_of_ownership", tuple(PROOFS), "null")],
        counts_header=table.take("length_counts_header", bool, True),
        audit=table.take("audit", bool, False),
        rediscovery=None if rediscovery is None else rediscovery / 1000,
    )
    table.end()
    return made
