"""The target file: what the operator of a system under test says about it (docs/target-file.md)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .channel import Identity
from .codecs import lurk
from .dialects import CERTIFICATE_SHA1, DIALECTS, PAYLOAD_LENGTH
from .keys import (
    ECDHE_USAGE,
    RSA_USAGE,
    TLS12_RSA_USAGE,
    TLS12_SIGN_USAGE,
    USAGES,
    Key,
    load_chain,
    load_public,
)
from .request import DTLS12, FORMATS, TLS12, TLS13

PROTOCOLS = (TLS12, DTLS12, TLS13)
HOOKS = (
    "start",
    "restart",
    "reload",
    "break_config",
    "break_keys",
    "revoke_edge",
    "expire_edge",
    "narrow_edge",
    "remove_ca",
    "restore_config",
)
LIMITS = (
    "connections",
    "connections_per_edge",
    "header_octets",
    "body_octets",
    "handshake_ms",
    "header_ms",
    "body_ms",
    "idle_ms",
)

# The LURK tls12 types that a key of this usage can serve.
TYPES_OF = {
    TLS12_SIGN_USAGE: (lurk.Type.ECDHE.name.lower(),),
    TLS12_RSA_USAGE: tuple(t.name.lower() for t in lurk.Type if t.name.startswith("RSA_")),
}


class TargetError(Exception):
    """The target file or the URL cannot be used; the text is one line for the person who wrote it."""


@dataclass(frozen=True)
class Limits:
    """Limits of the server, None where the target file does not tell."""

    connections: int | None = None
    connections_per_edge: int | None = None
    header_octets: int | None = None
    body_octets: int | None = None
    handshake_ms: int | None = None
    header_ms: int | None = None
    body_ms: int | None = None
    idle_ms: int | None = None


@dataclass(frozen=True)
class Rate:
    per_second: int
    burst: int


@dataclass(frozen=True)
class Edge:
    identity: Identity
    name: str
    rate: Rate | None = None
    address: str = ""


@dataclass(frozen=True)
class LurkTarget:
    """What the operator says about the LURK side (A-04, A-17, A-23)."""

    address: tuple[str, int]
    time_window: int | None = None
    replay_window: int | None = None
    proof_required: bool = True
    message_octets: int | None = None
    dialects: frozenset[str] = frozenset()

    @property
    def length_counts_header(self) -> bool:
        return PAYLOAD_LENGTH not in self.dialects


@dataclass(frozen=True)
class Target:
    address: tuple[str, int]
    path: str
    server_name: str
    ca: Path
    edges: dict[str, Edge]
    keys: tuple[Key, ...]
    # Keys marked dtls or expired, which no good request asks for.
    special: tuple[Key, ...] = ()
    ca_key: Path | None = None
    own_formats: tuple[str, ...] = FORMATS
    protocols: tuple[str, ...] = PROTOCOLS
    dialects: frozenset[str] = frozenset()
    wait: float = 5.0
    limits: Limits = Limits()
    hooks: dict[str, str] = field(default_factory=dict)
    log: Path | None = None
    source: Path | None = None
    lurk: LurkTarget | None = None
    ski: bool = True

    @property
    def spoken(self) -> tuple[str, ...]:
        """The protocols to judge."""
        return ("ski",) * self.ski + ("lurk",) * (self.lurk is not None)

    def narrowed(self, protocols: tuple[str, ...]) -> Target:
        """The target as far as it speaks these."""
        return replace(
            self, ski=self.ski and "ski" in protocols, lurk=self.lurk if "lurk" in protocols else None
        )

    def speaking(self, dialects: frozenset[str]) -> Target:
        """The same with exactly these dialects."""
        lurk_target = replace(self.lurk, dialects=dialects) if self.lurk else None
        return replace(self, dialects=dialects, lurk=lurk_target)

    @property
    def formats(self) -> tuple[str, ...]:
        return tuple(f for f in self.own_formats if f == "json" or CERTIFICATE_SHA1 not in self.dialects)

    @property
    def ski_keys(self) -> tuple[Key, ...]:
        """The keys that SKI serves; those of LURK are not there for it (A-75)."""
        return tuple(k for k in self.keys if k.usage in (ECDHE_USAGE, RSA_USAGE))

    def select(self, usage: str, edge: str = "a", type: str | None = None) -> list[Key]:
        """Keys of a usage that an edge may use, of one type if named."""
        return [k for k in self.keys if k.usage == usage and edge in k.grants and type in (None, k.type)]

    def foreign(self, usage: str) -> list[Key]:
        """Keys that edge b may use and edge a may not."""
        return [k for k in self.keys if k.usage == usage and "b" in k.grants and "a" not in k.grants]

    def marked(self, usage: str, mark: str) -> list[Key]:
        """Keys of edge a with a mark of the target file: dtls, expired."""
        return [k for k in self.special if k.usage == usage and "a" in k.grants and getattr(k, mark)]

    @property
    def restricted(self) -> list[Key]:
        """Keys of both edges, with fewer protocols for edge b."""
        return [
            k
            for k in self.keys
            if k.usage == ECDHE_USAGE
            and "a" in k.grants
            and set(k.grants.get("b", k.grants["a"])) < set(k.grants["a"])
        ]

    @property
    def url(self) -> str:
        urls = [f"ski+https://{self.address[0]}:{self.address[1]}{self.path}"] if self.ski else []
        urls += [f"lurk+tls://{self.lurk.address[0]}:{self.lurk.address[1]}"] if self.lurk else []
        return " ".join(urls)

    @property
    def abilities(self) -> frozenset[str]:
        """What the file promises; whether the peer has /ping and /capabilities is asked of the peer."""
        types = {k.type for k in self.select(ECDHE_USAGE)}
        promised = {
            "ecdhe": bool(types),
            "rsa": bool(self.select(RSA_USAGE)),
            "rsa-sign": "rsa" in types,
            "json": "json" in self.formats,
            "cbor": "cbor" in self.formats,
            "tls13": TLS13 in self.protocols,
            "edge-b": "b" in self.edges,
            "limited-edge": bool("limited" in self.edges and self.edges["limited"].rate),
            "revoked-edge": "revoked" in self.edges,
            "bound-edge": bool("bound" in self.edges and self.edges["bound"].address),
            "foreign-key": bool(self.foreign(ECDHE_USAGE)),
            "foreign-rsa-key": bool(self.foreign(RSA_USAGE)),
            "expired-key": bool(self.marked(ECDHE_USAGE, "expired")),
            "restricted-key": bool(self.restricted),
            "ca-key": self.ca_key is not None,
            "limits": None not in vars(self.limits).values(),
            "log": self.log is not None,
            "restart": "restart" in self.hooks,
            "reload": "reload" in self.hooks,
            "break-config": {"break_config", "restore_config"} <= set(self.hooks),
            "break-keys": {"break_keys", "restore_config"} <= set(self.hooks),
            "narrow-edge": {"narrow_edge", "restore_config"} <= set(self.hooks),
            "remove-ca": {"remove_ca", "restore_config"} <= set(self.hooks),
            "revoke-edge": {"revoke_edge", "restore_config"} <= set(self.hooks),
            "expire-edge": {"expire_edge", "restore_config"} <= set(self.hooks),
        }
        promised |= {
            t: t in types for t in ("ec-p256", "ec-p384", "ec-p521", "ed25519")
        } | self._lurk_abilities()
        return frozenset(name for name, there in promised.items() if there)

    def _lurk_abilities(self) -> dict[str, bool]:
        if self.lurk is None:
            return {}
        types = {k.type for k in self.select(TLS12_SIGN_USAGE)}
        return {f"lurk-{t}": t in types for t in ("ec-p256", "ec-p384", "ec-p521", "rsa", "ed25519")} | {
            "lurk-sign": bool(types),
            "lurk-decrypt": bool(self.select(TLS12_RSA_USAGE)),
            "lurk-chain": any(k.chain for k in self.select(TLS12_RSA_USAGE)),
            "lurk-dtls": bool(self.marked(TLS12_RSA_USAGE, "dtls")),
            "lurk-expired-key": bool(self.marked(TLS12_SIGN_USAGE, "expired")),
            "lurk-foreign-key": bool(self.foreign(TLS12_SIGN_USAGE)),
            "lurk-foreign-decrypt": bool(self.foreign(TLS12_RSA_USAGE)),
            "lurk-time-window": self.lurk.time_window is not None,
            "lurk-replay-window": bool(self.lurk.replay_window),
            "lurk-proof": self.lurk.proof_required,
            "lurk-message-limit": self.lurk.message_octets is not None,
        }


def parse_lurk_url(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    if parts.scheme != "lurk+tls" or not parts.hostname or not port or parts.path not in ("", "/"):
        raise TargetError(f"{url!r} is not a URL of the form lurk+tls://HOST:PORT")
    return parts.hostname, port


def parse_url(url: str) -> tuple[tuple[str, int], str]:
    parts = urlsplit(url)
    if parts.scheme != "ski+https" or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise TargetError(f"{url!r} is not a URL of the form ski+https://HOST:PORT[/path]")
    try:
        port = parts.port or 443
    except ValueError:
        raise TargetError(f"{url!r} has no usable port: write ski+https://HOST:PORT[/path]") from None
    return (parts.hostname, port), parts.path if parts.path not in ("", "/") else "/ski"


_KINDS = {str: "a string", int: "an integer", bool: "true or false", list: "a list", dict: "a table"}


class Table:
    """A TOML table whose members are taken one by one; what is left over at the end is an error."""

    def __init__(self, file: Path, name: str, value: Any):
        if not isinstance(value, dict):
            raise TargetError(f"{file}: {name or 'the file'} must be a table")
        self.file, self.name, self.rest = file, name, dict(value)

    def fail(self, member: str, text: str) -> TargetError:
        return TargetError(f"{self.file}: {self.name + '.' if self.name else ''}{member} {text}")

    def take(self, member: str, kind: type, default: Any = None, required: bool = False) -> Any:
        value = self.rest.pop(member, None)
        if value is None:
            if required:
                raise self.fail(member, "is missing")
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise self.fail(member, f"must be {_KINDS[kind]}")
        return value

    def path(self, member: str, required: bool = True) -> Path | None:
        value = self.take(member, str, required=required)
        if value is None:
            return None
        path = self.file.parent / str(value)
        if required and not path.is_file():
            raise self.fail(member, f"names {value}, which is not a file")
        return path

    def table(self, member: str) -> Table:
        return Table(self.file, member, self.take(member, dict, {}))

    def choices(
        self, member: str, allowed: tuple[str, ...], default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """Some of `allowed`: all by default, and none only if that is the default."""
        standard = allowed if default is None else default
        chosen = tuple(self.take(member, list, list(standard)))
        if not (chosen or not standard) or not set(chosen) <= set(allowed):
            raise self.fail(member, f"must be some of {', '.join(allowed)}")
        return chosen

    def end(self) -> None:
        for member in self.rest:
            raise self.fail(member, "is not known")


def load_target(file: Path, url: str | None = None, dialects: tuple[str, ...] = ()) -> Target:
    """Read and check a target file; `url` from the command line goes before the one in the file, `dialects`
    are added to its own."""
    try:
        top = Table(file, "", tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise TargetError(f"{file}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{file}: not TOML: {error}") from None
    only_lurk = url is not None and url.startswith("lurk+tls:")
    own_url = top.take("url", str)
    lurk_target = _lurk(top, url if only_lurk else None, url is not None and not only_lurk)
    ski_url = None if only_lurk else url or own_url
    if not ski_url and lurk_target is None:
        raise TargetError(f"{file}: url is missing, and none is given on the command line")
    address, path = parse_url(ski_url) if ski_url else (_address(lurk_target), "")
    channel = top.table("channel")
    ca, ca_key = channel.path("ca"), channel.path("ca_key", required=False)
    server_name = channel.take("server_name", str, address[0])
    channel.end()
    hooks = top.table("hooks")
    log = hooks.path("log", required=False)
    commands = {name: hooks.take(name, str) for name in HOOKS}
    hooks.end()
    limits = top.table("limits")
    known_limits = Limits(**{name: limits.take(name, int) for name in LIMITS})
    limits.end()
    edges = _edges(top)
    protocols = top.choices("protocols", PROTOCOLS)
    keys = _keys(top, edges, protocols)
    assert ca is not None
    target = Target(
        address,
        path,
        server_name,
        ca,
        edges,
        tuple(k for k in keys if not (k.dtls or k.expired)),
        tuple(k for k in keys if k.dtls or k.expired),
        ca_key,
        top.choices("formats", FORMATS),
        protocols,
        frozenset(),
        top.take("wait_ms", int, 5000) / 1000,
        known_limits,
        {name: command for name, command in commands.items() if command},
        log,
        file,
        lurk_target,
        bool(ski_url),
    ).speaking(frozenset(top.choices("dialect", tuple(DIALECTS), ()) + dialects))
    top.end()
    for protocol, ability, usage in (("ski", "ecdhe", ECDHE_USAGE), ("lurk", "lurk-sign", TLS12_SIGN_USAGE)):
        if protocol in target.spoken and ability not in target.abilities:
            raise TargetError(
                f"{file}: keys has no key of usage {usage} for edge a: the control exchange needs one"
            )
    return target


def _address(lurk_target: LurkTarget | None) -> tuple[str, int]:
    assert lurk_target is not None
    return lurk_target.address


def _lurk(top: Table, url: str | None, left_out: bool) -> LurkTarget | None:
    """The [lurk] table; `url` of the command line goes before its own. `left_out`: only SKI is asked for."""
    if "lurk" not in top.rest and url is None:
        return None
    table = top.table("lurk")
    own = table.take("url", str, required=url is None)
    proof = table.take("proof_of_ownership", str, "required")
    if proof not in ("required", "optional"):
        raise table.fail("proof_of_ownership", 'must be "required" or "optional"')
    made = LurkTarget(
        parse_lurk_url(url or own),
        table.take("time_window_seconds", int),
        table.take("replay_window_seconds", int),
        proof == "required",
        table.take("message_octets", int),
    )
    table.end()
    return None if left_out else made


def _edges(top: Table) -> dict[str, Edge]:
    table = top.table("edges")
    edges = {}
    for name in list(table.rest):
        one = Table(top.file, f"edges.{name}", table.take(name, dict))
        certificate, key = one.path("certificate"), one.path("key")
        assert certificate is not None and key is not None
        rate = one.take("rate", dict)
        edges[name] = Edge(
            Identity(name, certificate, key),
            one.take("identity", str, name),
            _rate(one, rate),
            one.take("address", str, ""),
        )
        one.end()
    if "a" not in edges:
        raise TargetError(f"{top.file}: edges.a is missing")
    return edges


def _rate(table: Table, value: dict[str, Any] | None) -> Rate | None:
    if value is None:
        return None
    rate = Table(table.file, f"{table.name}.rate", value)
    result = Rate(rate.take("per_second", int, required=True), rate.take("burst", int, required=True))
    rate.end()
    return result


def _keys(top: Table, edges: dict[str, Edge], protocols: tuple[str, ...]) -> tuple[Key, ...]:
    keys = []
    for number, value in enumerate(top.take("keys", list, required=True), 1):
        one = Table(top.file, f"keys[{number}]", value)
        name, usage = one.take("name", str, f"key {number}"), one.take("usage", str, required=True)
        if usage not in USAGES:
            raise one.fail("usage", f"must be one of {', '.join(USAGES)}")
        pem = one.path("public")
        assert pem is not None
        try:
            public, certificate = load_public(pem.read_bytes())
        except ValueError as error:
            raise one.fail("public", f"names {pem.name}: {error}") from None
        grants = {}
        for grant in one.take("grants", list, [{"edge": "a"}]):
            table = Table(top.file, f"{one.name}.grants", grant)
            edge = table.take("edge", str, required=True)
            if edge not in edges:
                raise table.fail("edge", f"is {edge!r}, which is not in edges")
            if usage in (ECDHE_USAGE, RSA_USAGE):
                grants[edge] = table.choices("protocols", protocols)
            else:
                grants[edge] = table.choices("types", TYPES_OF[usage])
            table.end()
        marks = one.take("dtls", bool, False), one.take("expired", bool, False)
        one.end()
        keys.append(Key(name, usage, public, grants, certificate, load_chain(pem.read_bytes()), *marks))
    return tuple(keys)
