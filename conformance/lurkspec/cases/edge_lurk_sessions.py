"""Resumption at a LURK edge, and its log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Level, Role, Variant, case
from ..codecs.lurk import Type
from ..edge.context import EdgeContext
from ..edge.lurk import ExtendedMaster, LurkAsked, RsaMaster
from ..edge.site import Site
from ..edge.wirecheck import secret_of
from . import _edge_sessions as shared
from .edge_lurk_answers import answering, keyserver, payload

PROTOCOL, ROLE = "lurk", Role.EDGE
SECTION = "edge, LURK sessions and log"


def _wrong(site: Site) -> Any:
    return answering(payload(lambda right: right[:-1] + bytes([right[-1] ^ 1])))


def _secrets(asked: LurkAsked) -> list[bytes]:
    """S without its time, and with static RSA the premaster and the master secret."""
    found = [secret_of(asked)[4:]]
    if asked.type == Type.ECDHE or asked.server_key is None:
        return found
    message = asked.message.payload
    if asked.type == Type.RSA_MASTER:
        ciphertext = RsaMaster.parse(message).ciphertext
    else:
        ciphertext = ExtendedMaster.parse(message).ciphertext
    return [*found, asked.server_key.premaster(ciphertext), keyserver(asked).output(asked)]


@case("edge-lurk-tls12-1-resumption", clauses=("TLS12-1-01",))
def resumption(t: EdgeContext) -> Iterator[Variant]:
    """A ticket resumes a session at the edge that gave it, without the key server."""
    yield from shared.resumption(t)


@case("edge-lurk-tls12-1-foreign-ticket", clauses=("TLS12-1-01",))
def foreign_ticket(t: EdgeContext) -> Iterator[Variant]:
    """The ticket of an edge with another ticket key leads to a full handshake with the key server."""
    yield from shared.foreign_ticket(t)


@case("edge-lurk-tls12-4.1.1-no-secret-in-log", clauses=("TLS12-4.1.1-02", "TLS12-9-01"), needs=("edge-log",))
def no_secret_in_log(t: EdgeContext) -> Iterator[Variant]:
    """The log of the edge holds neither S nor a premaster or master secret, raw, in hex or base64."""
    yield from shared.no_secret_in_log(t, _secrets, _wrong)


@case(
    "edge-lurk-tls12-6.3-reported",
    clauses=("TLS12-6.3-02", "LURK-5.2-10"),
    needs=("edge-log",),
    level=Level.SHOULD,
)
def failures_in_log(t: EdgeContext) -> Iterator[Variant]:
    """A signature that does not verify is told to the operator."""
    yield from shared.failures_in_log(t, _wrong)
