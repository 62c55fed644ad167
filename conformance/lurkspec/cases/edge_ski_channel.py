"""The channel of an SKI edge."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Role, Variant, case
from ..edge.context import EdgeContext
from . import _edge_channel as shared

PROTOCOL, ROLE = "ski", Role.EDGE
SECTION = "edge, channel under SKI"


@case(
    "edge-ski-4.2.3-authenticated",
    clauses=("SKI-4.2.3-01", "SKI-REQ-4", "SKI-5.2-04"),
    needs=("edge-certificate",),
)
def authenticated(t: EdgeContext) -> Iterator[Variant]:
    """The edge authenticates itself to the key server by its certificate."""
    yield from shared.authenticated(t)


@case("edge-ski-5.2-strong", clauses=("SKI-5.2-05", "SKI-REQ-4", "SKI-9-01"))
def strong(t: EdgeContext) -> Iterator[Variant]:
    """The channel is TLS 1.2 or 1.3 with AEAD and forward secrecy, and names the key server (SNI)."""
    yield from shared.strong(t)


@case(
    "edge-ski-5.2-wrong-key-server",
    clauses=("SKI-4.2.3-01", "SKI-5.2-04", "SKI-REQ-4"),
    rows=("CH-17",),
    needs=("edge-ca-key",),
)
def wrong_certificates(t: EdgeContext) -> Iterator[Variant]:
    """A key server whose certificate is expired, of another name, issuer or purpose gets no request."""
    yield from shared.wrong_certificates(t)


@case("edge-ski-5.2-rotated", clauses=("SKI-5.2-04",), rows=("CH-17",), needs=("edge-ca-key",))
def rotated(t: EdgeContext) -> Iterator[Variant]:
    """A new certificate of the key server, by the same CA for the same name, is as good as the old one."""
    yield from shared.rotated(t)


@case("edge-ski-5.2-weak-channel", clauses=("SKI-5.2-05", "BG-8996-01"), rows=("CH-18",))
def weak_channels(t: EdgeContext) -> Iterator[Variant]:
    """A key server that has only TLS 1.1, CBC or NULL gets no request."""
    yield from shared.weak_channels(t)
