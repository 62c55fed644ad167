"""SKI key servers that are slow, absent or break off, and the edge in between (row SE-05)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Role, Variant, case
from ..edge.context import EdgeContext
from . import _edge_connections as shared

PROTOCOL, ROLE = "ski", Role.EDGE
SECTION = "edge, SKI connections"


@case("edge-ski-7.1-silent", clauses=("SKI-4.1-01", "SKI-7.1-01", "SKI-7.2-01"), rows=("SE-05",))
def silent(t: EdgeContext) -> Iterator[Variant]:
    """A key server that does not answer ends the handshake at a deadline; meanwhile others are served, and
    its late answer does no harm."""
    yield from shared.silent(t)


@case("edge-ski-7.1-not-before", clauses=("SKI-7.1-01", "SKI-7.2-01"), rows=("SE-05",))
def not_before_the_answer(t: EdgeContext) -> Iterator[Variant]:
    """ServerKeyExchange and Finished wait for a delayed answer, and come then."""
    yield from shared.not_before_the_answer(t)


@case("edge-ski-5.2-broken-off", clauses=("SKI-5.2-01",), rows=("SE-05",))
def broken_off(t: EdgeContext) -> Iterator[Variant]:
    """A connection that is closed, cut or reset before, in or at the end of an answer gives no answer."""
    yield from shared.broken_off(t)


@case("edge-ski-5.2-never-whole", clauses=("SKI-5.2-01",), rows=("SE-05",))
def never_whole(t: EdgeContext) -> Iterator[Variant]:
    """Half an answer and then nothing is ended by the deadline."""
    yield from shared.never_whole(t)


@case("edge-ski-5.2-dripping", clauses=("SKI-5.2-01",))
def dripping(t: EdgeContext) -> Iterator[Variant]:
    """An answer that comes octet by octet is as good as any."""
    yield from shared.dripping(t)


@case("edge-ski-4.1-refused", clauses=("SKI-4.1-01", "SKI-5.1.1-09", "SKI-5.1.2-08"), rows=("SE-05",))
def refused(t: EdgeContext) -> Iterator[Variant]:
    """No key server listens: an alert; once it listens again, service."""
    yield from shared.refused(t)


@case("edge-ski-4.1-mute", clauses=("SKI-4.1-01",), rows=("SE-05",))
def mute(t: EdgeContext) -> Iterator[Variant]:
    """A key server that accepts connections and makes no TLS handshake: an alert, and recovery."""
    yield from shared.mute(t)


@case("edge-ski-4.1-fail-over", clauses=("SKI-4.1-01", "SKI-4.1-02", "REQ-5.2-03"), needs=("edge-fail-over",))
def fail_over(t: EdgeContext) -> Iterator[Variant]:
    """While the first key server is away the second is asked; later the first again."""
    yield from shared.fail_over(t)


@case("edge-ski-4.1-side-by-side", clauses=("SKI-4.1-01",))
def side_by_side(t: EdgeContext) -> Iterator[Variant]:
    """Handshakes side by side each get the answer that is theirs."""
    yield from shared.side_by_side(t)


@case("edge-ski-4.1-client-leaves", clauses=("SKI-4.1-01",))
def client_leaves(t: EdgeContext) -> Iterator[Variant]:
    """A TLS client that leaves while the key is away harms nobody else."""
    yield from shared.client_leaves(t)
