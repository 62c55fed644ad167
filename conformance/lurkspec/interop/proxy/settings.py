"""The configuration file of the proxy: JSON, read strictly."""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...channel import log_keys
from ...keys import load_public
from ...target import Table, TargetError
from .rights import Edge, Served

SKI, LURK = "ski", "lurk"
# Of TLS 1.2: AEAD and ephemeral keys or nothing.
_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL"


class ConfigurationError(Exception):
    """One line that names file and member."""


@dataclass(frozen=True)
class Limits:
    """Octets, and absolute times in milliseconds. `upstream_ms`: of an exchange with the owner's key server,
    less than edges wait."""

    connections: int = 256
    under_way: int = 64
    header_octets: int = 8192
    body_octets: int = 16384
    message_octets: int = 65536
    handshake_ms: int = 5000
    body_ms: int = 5000
    idle_ms: int = 60000
    upstream_ms: int = 2500


@dataclass(frozen=True)
class Upstream:
    """The owner's key server: address, the DNS name of its certificate, and who the proxy is there."""

    host: str
    port: int
    name: str
    certificate: Path
    key: Path
    ca: Path

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(self.ca)
        context.load_cert_chain(self.certificate, self.key)
        log_keys(context)
        return context


@dataclass(frozen=True)
class Settings:
    host: str
    port: int
    protocol: str
    certificate: Path
    key: Path
    client_ca: Path
    crl: Path | None
    upstream: Upstream
    edges: tuple[Edge, ...]
    limits: Limits
    audit_log: Path

    def context(self) -> ssl.SSLContext:
        """Towards edges: mutual TLS, as a key server has it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_SUITES)
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_TICKET
        context.load_cert_chain(self.certificate, self.key)
        context.load_verify_locations(self.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
        if self.crl is not None:
            context.load_verify_locations(self.crl)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_CHAIN
        log_keys(context)
        return context


def load(file: Path) -> Settings:
    """Raises ConfigurationError."""
    try:
        return _settings(Table(file, "", json.loads(file.read_text("utf-8"))))
    except TargetError as error:
        raise ConfigurationError(str(error)) from None
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{file}: {error}") from None


def _settings(top: Table) -> Settings:
    protocol = top.take("protocol", str, required=True)
    if protocol not in (SKI, LURK):
        raise top.fail("protocol", f"must be {SKI} or {LURK}")
    host, port = _address(top, "listen")
    channel = top.table("channel")
    certificate, key, ca = (_path(channel, name) for name in ("certificate", "key", "client_ca"))
    crl = _path(channel, "crl") if "crl" in channel.rest else None
    channel.end()
    upstream = _upstream(top.table("upstream"))
    tables = [
        Table(top.file, f"edges {i}", v) for i, v in enumerate(top.take("edges", list, required=True), 1)
    ]
    limits = top.table("limits")
    given = {name: limits.take(name, int) for name in list(limits.rest)}
    unknown = set(given) - set(vars(Limits()))
    if unknown or any(value < 1 for value in given.values()):
        raise top.fail("limits", f"must be positive numbers for {', '.join(vars(Limits()))}")
    made = Settings(
        host,
        port,
        protocol,
        certificate,
        key,
        ca,
        crl,
        upstream,
        tuple(_edge(table) for table in tables),
        Limits(**given),
        _path(top, "audit_log", there=False),
    )
    top.end()
    return made


def _upstream(table: Table) -> Upstream:
    host, port = _address(table, "address")
    name = table.take("name", str, required=True)
    made = Upstream(host, port, name, *(_path(table, member) for member in ("certificate", "key", "ca")))
    table.end()
    return made


def _edge(table: Table) -> Edge:
    identity = table.take("identity", str, required=True)
    if identity.partition(":")[0] not in ("uri", "dns"):
        raise table.fail("identity", "must begin with uri: or dns:")
    files = [table.file.parent / file for file in table.take("keys", list, required=True)]
    table.end()
    return Edge(identity, tuple(Served(file.stem, load_public(file.read_bytes())[0]) for file in files))


def _address(table: Table, member: str) -> tuple[str, int]:
    text = table.take(member, str, required=True)
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise table.fail(member, f"{text!r} is not ADDRESS:PORT")
    return host, int(port)


def _path(table: Table, member: str, there: bool = True) -> Path:
    file: Path = table.file.parent / table.take(member, str, required=True)
    if there and not file.is_file():
        raise table.fail(member, f"{file} is not there")
    return file


def audit_line(**members: Any) -> str:
    return json.dumps(members) + "\n"
