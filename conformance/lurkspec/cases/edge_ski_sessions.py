"""Resumption at an SKI edge, and its log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Level, Role, Variant, case
from ..edge.context import EdgeContext
from ..edge.site import Site
from ..edge.ski import SkiAsked
from . import _edge_sessions as shared
from .edge_ski_answers import answering, members, right_output

PROTOCOL, ROLE = "ski", Role.EDGE
SECTION = "edge, SKI sessions and log"


def _wrong(site: Site) -> Any:
    return answering(site, members(lambda right: {"output": right[:-1] + bytes([right[-1] ^ 1])}))


def _secrets(asked: SkiAsked) -> list[bytes]:
    return [right_output(asked)] if asked.members.get("method") == "RSA" else []


@case("edge-ski-6-resumption", clauses=("SKI-6-03", "SKI-5-01"))
def resumption(t: EdgeContext) -> Iterator[Variant]:
    """A ticket resumes a session at the edge that gave it, without the key server."""
    yield from shared.resumption(t)


@case("edge-ski-6-foreign-ticket", clauses=("SKI-6-03",))
def foreign_ticket(t: EdgeContext) -> Iterator[Variant]:
    """The ticket of an edge with another ticket key leads to a full handshake with the key server."""
    yield from shared.foreign_ticket(t)


@case("edge-ski-9-no-secret-in-log", clauses=("SKI-9-01",), needs=("edge-log",))
def no_secret_in_log(t: EdgeContext) -> Iterator[Variant]:
    """The log of the edge holds no premaster secret and no part of a private key, raw, in hex or base64."""
    yield from shared.no_secret_in_log(t, _secrets, _wrong)


@case("edge-ski-9-failure-in-log", clauses=("SKI-9-01",), needs=("edge-log",), level=Level.SHOULD)
def failures_in_log(t: EdgeContext) -> Iterator[Variant]:
    """A signature that does not verify is told to the operator."""
    yield from shared.failures_in_log(t, _wrong)
