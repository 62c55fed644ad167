"""What an SKI edge makes of capabilities, an addition of this project (A-63)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..case import Role, Variant, case
from ..codecs import hello as h
from ..codecs.tls import SCHEMES
from ..edge.context import EdgeContext
from ..edge.keyserver import Reply
from ..edge.site import Site
from ..edge.ski import SkiAsked, SkiKeyServer
from ..edge.visit import ECDHE_RSA, TLS_1_3
from ..session import Unsupported

PROTOCOL, ROLE = "ski", Role.EDGE
SECTION = "edge, SKI capabilities"
NEEDS = ("edge-capabilities", "edge-restart")

Told = Callable[[SkiAsked], Reply]


def restart(site: Site) -> None:
    if site.hooks is None:
        raise Unsupported("no restart hook")
    site.hooks.restart()


@contextmanager
def told(site: Site, answer: Told) -> Iterator[None]:
    """The edge starts anew and hears these capabilities; afterwards the usual ones."""
    for server in site.servers:
        server.told = answer
    restart(site)
    try:
        site.sentinel()
        yield
    finally:
        site.honest()
        restart(site)


def granted(**changes: Any) -> Told:
    """The usual ones but for this."""

    return lambda asked: server_of(asked).reply(server_of(asked).granted(**changes))


def server_of(asked: SkiAsked) -> SkiKeyServer:
    assert isinstance(asked.server, SkiKeyServer)
    return asked.server


@case("edge-ski-p-capabilities-asked", clauses=("REQ-6.1-03", "SKI-7.1.1-01"), needs=NEEDS)
def asked_at_start(t: EdgeContext) -> Iterator[Variant]:
    """At its start the edge asks by GET with Accept of its format."""
    for site in t.sites(*NEEDS):
        mark = len(site.asked("capabilities"))
        restart(site)
        site.sentinel()
        yield t.served("handshake", site)
        site.wait(lambda: len(site.asked("capabilities")) > mark, site.target.wait)
        found = site.asked("capabilities")[mark:]
        good = bool(found) and found[0].method == "GET" and "accept" in found[0].headers
        yield t.check(f"{site.name} request", good, "GET with Accept", f"{len(found)} requests")


@case("edge-ski-p-plain-key-server", clauses=("SKI-P-16", "SKI-5.1.2-01"), rows=("SE-07",), needs=NEEDS)
def plain(t: EdgeContext) -> Iterator[Variant]:
    """A key server without capabilities is plain SKI: TLS 1.2 with PKCS#1 v1.5 and ECDSA, no `scheme`, no
    TLS 1.3 (A-91, A-93)."""

    def absent(asked: SkiAsked) -> Reply:
        return server_of(asked).reply({"error": "spki not found"}, 404)

    for site in t.sites(*NEEDS):
        with told(site, absent):
            for exchange in site.exchanges:
                visit = site.visit(exchange)
                if exchange == TLS_1_3:
                    refused = not visit.ok and not visit.operations
                    yield t.check(f"{site.name} {exchange}", refused, "not negotiated", visit.summary, visit)
                    continue
                yield t.served(exchange, site, visit)
                schemes = [a.members.get("scheme") for a in visit.operations]
                yield t.check(f"{site.name} {exchange}, scheme", not any(schemes), "none", str(schemes))


@case("edge-ski-p-granted-hash", clauses=("SKI-5.2-15", "SKI-5.2-16"), rows=("SE-07",), needs=NEEDS)
def granted_hash(t: EdgeContext) -> Iterator[Variant]:
    """A hash that is not granted is not negotiated."""
    for site in t.sites(*NEEDS, "edge-rsa-sign"):
        with told(site, granted(hashes=["SHA-384"], schemes=[])):
            visit = site.visit(ECDHE_RSA)
            yield t.served("SHA-384 alone", site, visit)
            hashes = [a.members.get("hash") for a in visit.operations]
            yield t.check(f"{site.name} SHA-384 alone, hash", hashes == ["SHA-384"], "SHA-384", str(hashes))
            hello = h.hello12(site.target.server_name, schemes=(SCHEMES["rsa_pkcs1_sha256"],))
            visit = site.flight(hello, ECDHE_RSA)
            refused = not visit.ok and not visit.operations
            yield t.check(f"{site.name} SHA-256 offered", refused, "not negotiated", visit.summary, visit)


@case("edge-ski-p-no-weaker", clauses=("BG-8996-01", "SKI-5.1-01"), rows=("DG-14",), needs=NEEDS)
def no_weaker(t: EdgeContext) -> Iterator[Variant]:
    """Capabilities with older versions do not take the edge below its own minimum, TLS 1.2."""
    old = ["TLS 1.0", "TLS 1.1", "DTLS 1.0", "TLS 1.2"]
    for site in t.sites(*NEEDS):
        with told(site, granted(protocols=old)):
            for label, version in (("TLS 1.1", 0x0302), ("TLS 1.0", 0x0301)):
                hello = h.hello12(site.target.server_name, (0xC009, 0xC013, 0x002F), version=version)
                visit = site.flight(hello)
                refused = visit.hello is None and not visit.operations
                yield t.check(f"{site.name} {label}", refused, "not negotiated", visit.summary, visit)
            yield t.served("TLS 1.2", site)


@case("edge-ski-p-odd-capabilities", clauses=("SKI-5.2-06",), rows=("SE-06",), needs=NEEDS)
def odd(t: EdgeContext) -> Iterator[Variant]:
    """Capabilities that cannot be read are as none: TLS 1.2 is served, nothing breaks."""

    def body(octets: bytes, **how: Any) -> Told:
        return lambda asked: server_of(asked).reply(body=octets, **how)

    answers: dict[str, Told] = {
        "noise": body(b"\xff" * 40),
        "empty": body(b""),
        "a list": body(b"[]"),
        "another type": body(b"{}", type="text/html"),
        "status 500": body(b"{}", status=500),
        "members of wrong kinds": granted(protocols="TLS 1.2", keys=5),
    }
    site = t.site(*NEEDS)
    for label, answer in answers.items():
        with told(site, answer):
            yield t.served(label, site)
    site.sentinel()
    yield t.served("afterwards", site)
