"""The channel of a LURK edge."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Role, Variant, case
from ..edge.context import EdgeContext
from . import _edge_channel as shared

PROTOCOL, ROLE = "lurk", Role.EDGE
SECTION = "edge, channel under LURK"


@case(
    "edge-lurk-7-authenticated",
    clauses=("LURK-4.1-01", "TLS12-9-02", "LURK-7-05"),
    needs=("edge-certificate",),
)
def authenticated(t: EdgeContext) -> Iterator[Variant]:
    """The edge authenticates itself to the key server by its certificate."""
    yield from shared.authenticated(t)


@case("edge-lurk-7-strong", clauses=("LURK-7-04", "LURK-7-06", "TLS12-9-01", "TLS12-9-02", "TLS12-9.2-01"))
def strong(t: EdgeContext) -> Iterator[Variant]:
    """The channel is TLS 1.2 or 1.3 with AEAD and forward secrecy, and names the key server (SNI)."""
    yield from shared.strong(t)


@case(
    "edge-lurk-7-wrong-key-server",
    clauses=("LURK-4.1-01", "TLS12-9-02"),
    rows=("CH-17",),
    needs=("edge-ca-key",),
)
def wrong_certificates(t: EdgeContext) -> Iterator[Variant]:
    """A key server whose certificate is expired, of another name, issuer or purpose gets no request."""
    yield from shared.wrong_certificates(t)


@case("edge-lurk-7-rotated", clauses=("LURK-4.1-01",), rows=("CH-17",), needs=("edge-ca-key",))
def rotated(t: EdgeContext) -> Iterator[Variant]:
    """A new certificate of the key server, by the same CA for the same name, is as good as the old one."""
    yield from shared.rotated(t)


@case("edge-lurk-7-weak-channel", clauses=("LURK-7-04", "BG-8996-01"), rows=("CH-18",))
def weak_channels(t: EdgeContext) -> Iterator[Variant]:
    """A key server that has only TLS 1.1, CBC or NULL gets no request."""
    yield from shared.weak_channels(t)
