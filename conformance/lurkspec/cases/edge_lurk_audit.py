"""Proof of handshake as an audit: after a static RSA handshake the edge shows the key server that it took
place (A-10). The connection does not depend on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Role, Variant, case
from ..codecs import lurk
from ..codecs.lurk import Type
from ..edge.context import EdgeContext
from ..edge.keyserver import Reply
from ..edge.lurk import ExtendedMaster, LurkAsked
from ..edge.site import Site
from ..edge.visit import RSA, Visit
from ..edge.wirecheck import fault_of, secret_of
from .edge_lurk_answers import Spoil, answering, error, messages, payload

PROTOCOL, ROLE = "lurk", Role.EDGE
SECTION = "edge, LURK proof of handshake"
SUITES = ("AES128-GCM-SHA256", "AES256-GCM-SHA384")


def proofs_of(site: Site, visit: Visit) -> list[LurkAsked]:
    """The audits of this handshake: those of others may come late."""
    return [a for a in site.asked("audit") if client_random_of(a) == visit.client_random]


def client_random_of(asked: LurkAsked) -> bytes:
    try:
        return ExtendedMaster.parse(asked.message.payload, True).client_random
    except lurk.LurkError:
        return b""


def awaited(site: Site, visit: Visit) -> list[LurkAsked]:
    """These, of which the first is waited for."""
    site.wait(lambda: bool(proofs_of(site, visit)), site.target.wait)
    return proofs_of(site, visit)


def audited(site: Site, **how: Any) -> tuple[Visit, list[LurkAsked]]:
    """A static RSA handshake and its audits, of which there should be one."""
    visit = site.visit(RSA, **how)
    return visit, awaited(site, visit)


@case(
    "edge-lurk-tls12-4.3-audit",
    clauses=("TLS12-4.3-01", "TLS12-4.1-09", "TLS12-4.1-10", "TLS12-5.1-02"),
    needs=("edge-audit",),
)
def proof(t: EdgeContext) -> Iterator[Variant]:
    """One proof for each handshake: the type that goes with it, the messages of the wire with its S, and the
    client's verify_data, which the key server can make from them."""
    for site in t.sites("edge-audit"):
        for suite in SUITES:
            for extended in (True, False):
                visit, proofs = audited(site, suite=suite, extended=extended)
                label = f"{suite} {'with' if extended else 'without'} extended master secret"
                yield t.served(label, site, visit)
                problem = fault_of(visit, proofs[0]) if len(proofs) == 1 else f"{len(proofs)} audits"
                yield t.check(f"{site.name} {label}, proof", not problem, "a proof", problem or "it", visit)
                asked = visit.operations
                same = bool(proofs and asked) and secret_of(proofs[0]) == secret_of(asked[0])
                yield t.check(f"{site.name} {label}, S", same, "that of the handshake", str(same), visit)


@case("edge-lurk-tls12-4.3-audit-of-rsa-only", clauses=("TLS12-4.3-01",), needs=("edge-audit",))
def of_rsa_only(t: EdgeContext) -> Iterator[Variant]:
    """There is nothing to prove with where the key signs, or is not asked. What would come has come when the
    next static RSA handshake is audited."""
    for site in t.sites("edge-audit"):
        for exchange in site.signed:
            visit = site.visit(exchange)
            audited(site)
            made = len(proofs_of(site, visit))
            yield t.check(f"{site.name} {exchange}", visit.ok and not made, "no audit", str(made), visit)
        first, once = audited(site, talk=True)
        resumed = site.visit(RSA, session=first.session)
        audited(site)
        made = len(proofs_of(site, resumed))
        good = resumed.ok and resumed.resumed and not made and len(once) == 1
        actual = f"{resumed.summary}, {made} audits"
        yield t.check(f"{site.name} resumption", good, "resumed, no audit", actual, resumed)


FAILURES: dict[str, Spoil] = {
    "invalid_finished": error(lurk.Status.INVALID_FINISHED),
    "another master secret": payload(lambda right: right[::-1]),
    "47 octets": payload(lambda right: right[:-1]),
    "another type": messages(lambda asked, right: (right.but(type=Type.ECDHE),)),
    "no answer": lambda asked, right: Reply(),
    "the connection ends": lambda asked, right: Reply(end="cut"),
}


@case("edge-lurk-tls12-4.3-audit-fails", clauses=("TLS12-4.3-01",), needs=("edge-audit",))
def fails(t: EdgeContext) -> Iterator[Variant]:
    """Whatever answers the proof: the connection that it is about goes on, and so does the edge."""
    for site in t.sites("edge-audit"):
        for name, spoil in FAILURES.items():
            site.at_first()
            for server in site.servers:
                server.audited = answering(spoil)
            before = len(site.asked("audit"))

            def answered(site: Site = site, before: int = before) -> None:
                """The next operation, on the same connection, is behind it."""
                site.wait(lambda: len(site.asked("audit")) > before, site.target.wait)
                site.visit(site.signed[0])

            visit = site.visit(RSA, talk=True, pause=answered)
            asked = bool(awaited(site, visit))
            for server in site.servers:
                server.audited = None
            good = visit.ok and bool(visit.data) and asked
            yield t.check(f"{site.name} {name}", good, "an answer to the client", visit.summary, visit)
            good_visit, _ = audited(site)
            after = site.fault(good_visit, repeated=True)
            yield t.check(f"{site.name} {name}, afterwards", not after, "a good handshake", after or "it")
