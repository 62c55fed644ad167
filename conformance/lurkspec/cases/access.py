"""Who may do what, and for how long (SKI §4.2.3, §9; A-62; groups KU, HT, CH)."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ..case import Variant, Verdict, case
from ..channel_context import ChannelContext
from ..context import Context
from ..exchange import Exchange
from ..keys import Key
from ..request import DENIED, NOT_FOUND, TLS13, Request

SECTION = "Access control"


def _for_protocol(t: Context, key: Key, protocol: str) -> Request:
    return t.tls13_request(key) if protocol == TLS13 else t.ecdhe_request(key, protocol=protocol)


@case("access-protocols-per-edge", clauses=("SKI-4.2.3-03", "SKI-5.2.1-04"), needs=("restricted-key",))
def protocols_per_edge(t: Context) -> Iterator[Variant]:
    """Rights are per edge: a protocol of one edge is denied to another one with the same key."""
    key = t.restricted_key()
    allowed = key.grants.get("b", ())
    for format in t.formats:
        for protocol in key.grants["a"]:
            request = _for_protocol(t, key, protocol)
            yield t.served(f"{format} {protocol}, edge a", t.post(request, format))
            exchange = t.post(request, format, edge="b")
            label = f"{format} {protocol}, edge b"
            yield t.served(label, exchange) if protocol in allowed else t.refused(label, exchange, DENIED)


@case("access-edges-apart", clauses=("SKI-4.2.3-03", "REQ-5.1-01", "REQ-5.1-03"), needs=("foreign-key",))
def edges_apart(t: Context) -> Iterator[Variant]:
    """Edges that ask at the same time each get their own keys and nobody else's."""
    own, foreign = t.key(), t.foreign_key()
    kinds = {
        "edge a, own key": ("a", own),
        "edge b, own key": ("b", foreign),
        "edge a, key of edge b": ("a", foreign),
    }
    calls: list[Callable[[], Exchange]] = []
    for number in range(60):
        edge, key = list(kinds.values())[number % 3]
        format = t.formats[number % len(t.formats)]
        calls.append(partial(t.post, t.ecdhe_request(key), format, edge=edge, fresh=True))
    exchanges = t.concurrently(calls)
    for number, (label, (edge, key)) in enumerate(kinds.items()):
        refused = key is foreign and edge == "a"
        judged = [
            t.refused(label, exchange, NOT_FOUND, also=(DENIED,)) if refused else t.served(label, exchange)
            for exchange in exchanges[number::3]
        ]
        yield next((variant for variant in judged if variant.verdict is not Verdict.PASS), judged[0])


def _claims(t: Context) -> dict[str, str]:
    """Headers by which proxies tell servers who the client is, all for edge b."""
    edge = t.edge("b")
    pem = edge.identity.certificate.read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    der = certificate.public_bytes(serialization.Encoding.DER)
    subject, name = certificate.subject.rfc4514_string(), edge.name.partition(":")[2]
    return {
        "X-Forwarded-For": "192.0.2.1",
        "Forwarded": "for=192.0.2.1;proto=https",
        "X-Real-IP": "192.0.2.1",
        "X-SSL-Client-Verify": "SUCCESS",
        "X-SSL-Client-S-DN": subject,
        "X-SSL-Client-CN": name,
        "X-SSL-Client-Cert": quote(pem),
        "X-Client-Cert": base64.b64encode(der).decode(),
        "SSL_CLIENT_CERT": quote(pem),
        "SSL_CLIENT_VERIFY": "SUCCESS",
        "Client-Cert": f":{base64.b64encode(der).decode()}:",
        "X-Forwarded-Client-Cert": f'By=x;URI={name};Subject="{subject}"',
        "X-Forwarded-User": name,
        "Remote-User": name,
        "X-Remote-User": name,
        "Authorization": f"Bearer {name}",
        "From": name,
        "X-ARR-ClientCert": base64.b64encode(der).decode(),
        "X-Edge": name,
    }


@case(
    "access-identity-headers",
    clauses=("SKI-4.2.3-03", "REQ-5.1-03", "REQ-5.4-01"),
    rows=("HT-16",),
    needs=("foreign-key",),
)
def identity_headers(t: Context) -> Iterator[Variant]:
    """Who asks is who ends the channel: headers that name another edge change nothing, neither for its keys
    nor for our own (A-62)."""
    foreign, format = t.foreign_key(), t.formats[0]
    control = t.post(t.ecdhe_request(foreign), format)
    yield t.refused("control", control, NOT_FOUND, also=(DENIED,))
    for name, value in _claims(t).items():
        yield t.same(
            f"{name}, foreign key", t.post(t.ecdhe_request(foreign), format, headers={name: value}), control
        )
        yield t.served(f"{name}, own key", t.post(t.ecdhe_request(), format, headers={name: value}))


def _revoked_while_connected(t: Context, revoke: Callable[[], None]) -> Iterator[Variant]:
    """Edge b loses its rights while it is connected; edge a is served on (it may have to connect anew, when
    trust has changed)."""
    own = partial(t.post, t.ecdhe_request(), t.formats[0])
    others = partial(t.post, t.ecdhe_request(t.key(edge="b")), t.formats[0], edge="b")
    with t.connect("b") as theirs:
        yield t.served("before", others(channel=theirs))
        yield t.served("other edge before", own())
        try:
            revoke()
            yield t.kept_out("open connection", others(channel=theirs))
            yield t.kept_out("new connection", t.attempt("b"))
            yield t.served("other edge", own())
            yield t.served("other edge, new connection", t.attempt("a"))
        finally:
            t.hooks.restore_config()
        yield t.served("restored", others(fresh=True))


@case(
    "access-edge-revoked",
    clauses=("SKI-1-03", "REQ-5.1-02", "REQ-5.2-02", "SKI-4.2.3-03"),
    rows=("KU-13",),
    needs=("edge-b", "revoke-edge"),
    serial=True,
)
def edge_revoked(t: Context) -> Iterator[Variant]:
    """An edge that is taken out of the configuration is refused at its next request, on its open connection
    too (§1, §9)."""
    yield from _revoked_while_connected(t, t.hooks.revoke_edge)


@case(
    "access-certificate-revoked",
    clauses=("SKI-1-03", "REQ-5.1-02", "SKI-4.2.3-01"),
    rows=("KU-13",),
    needs=("edge-b", "expire-edge"),
    serial=True,
)
def certificate_revoked(t: Context) -> Iterator[Variant]:
    """An edge whose certificate is revoked is refused at its next request, on its open connection too."""
    yield from _revoked_while_connected(t, t.hooks.expire_edge)


@case(
    "access-many-addresses",
    clauses=("SKI-4.2.1-03", "SKI-4.2.3-03"),
    rows=("CH-24",),
    over_lurk=("REQ-5.2-01", "REQ-5.2-02"),
)
def many_addresses(t: ChannelContext) -> Iterator[Variant]:
    """One certificate from many addresses at once: each is served or kept out by policy, none gets anything
    in between."""
    if not t.target.address[0].startswith("127."):
        yield t.unsupported("all", "the suite has one address only, unless the target is on loopback")
        return
    addresses = [f"127.0.1.{number}" for number in range(1, 9)]
    attempts = t.concurrently([partial(t.attempt, "a", source=address) for address in addresses])
    for address, attempt in zip(addresses, attempts):
        yield t.served(address, attempt) if attempt.output is not None else t.kept_out(address, attempt)
    log = t.hooks.log_text()
    if log:
        missing = [address for address in addresses if address not in log]
        yield t.check(
            "audit", not missing, "the addresses are in the log", f"{len(missing)} are not", lenient=True
        )


@case(
    "access-bound-address",
    clauses=("SKI-4.2.1-03",),
    needs=("bound-edge",),
    over_lurk=("REQ-5.2-01", "REQ-5.2-02"),
)
def bound_address(t: ChannelContext) -> Iterator[Variant]:
    """Credentials that are bound to an address are of no use from another one (§4.2.1)."""
    bound = t.edge("bound").address
    yield t.served("its address", t.attempt("bound", source=bound))
    yield t.kept_out("another address", t.attempt("bound"))
    yield t.served("another edge from there", t.attempt("a", source=bound))
