"""What an edge asks over SKI: for each operation the octets that the TLS client saw."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Level, Role, Variant, case
from ..codecs import hello as h
from ..codecs.tls import SCHEMES
from ..edge.context import EdgeContext
from ..edge.ski import SkiAsked
from ..edge.visit import ECDHE_ECDSA, ECDHE_RSA, RSA, TLS_1_3, Visit

PROTOCOL, ROLE = "ski", Role.EDGE
SECTION = "edge, SKI requests"


def operation(visit: Visit) -> SkiAsked:
    """The one that the visit caused."""
    found: SkiAsked = visit.operations[0]
    return found


@case(
    "edge-ski-5.1.2-ecdhe-input",
    clauses=("SKI-5.1.2-01", "SKI-5.2-19", "SKI-5.2-17", "SKI-5.2-01", "SKI-1-01", "SKI-5.1-01"),
    rows=("SE-07",),
)
def ecdhe_input(t: EdgeContext) -> Iterator[Variant]:
    """The input of an ECDHE operation is client_random, server_random and ServerECDHParams of the wire."""
    for site in t.sites():
        for exchange in site.signed:
            if exchange == TLS_1_3:
                continue
            for number in range(2):
                yield t.served(f"{exchange} {number}", site, site.visit(exchange))


@case("edge-ski-5.1.2-groups", clauses=("SKI-5.1.2-01", "SKI-5.2-19"))
def groups(t: EdgeContext) -> Iterator[Variant]:
    """Whatever the group, the point in the input is the one on the wire; no group that nobody offered."""
    for site in t.sites():
        for group, number in (("prime256v1", 23), ("secp384r1", 24), ("secp521r1", 25), ("X25519", 29)):
            hello = h.hello12(site.target.server_name, groups=(number,))
            visit = site.flight(hello, next(e for e in site.signed if e != TLS_1_3))
            if h.SERVER_KEY_EXCHANGE not in visit.flight:
                yield t.unsupported(f"{site.name} {group}", f"the edge does not take it: {visit.summary}")
                continue
            yield t.served(group, site, visit)
            yield t.check(
                f"{site.name} {group}, number",
                visit.params[1:3] == h.numbers(number),
                f"group {number}",
                visit.params[1:3].hex(),
                visit,
            )


@case("edge-ski-5.1.1-rsa-input", clauses=("SKI-5.1.1-01", "SKI-5.2-18", "SKI-5.2-13"), needs=("edge-rsa",))
def rsa_input(t: EdgeContext) -> Iterator[Variant]:
    """The input of an RSA operation is the EncryptedPreMasterSecret of the wire, bare."""
    for site in t.sites("edge-rsa"):
        for number in range(2):
            yield t.served(f"{RSA} {number}", site, site.visit(RSA))


@case("edge-ski-5.1.1-master-secret", clauses=("SKI-5.1.1-08", "SKI-7.2-01"), needs=("edge-rsa",))
def master_secret(t: EdgeContext) -> Iterator[Variant]:
    """From the premaster the edge derives the master secret as RFC 5246 or as RFC 7627 says, whichever was
    negotiated: Finished verifies on both sides."""
    for site in t.sites("edge-rsa"):
        for extended in (True, False):
            visit = site.visit(RSA, extended=extended)
            label = "with extended master secret" if extended else "without"
            negotiated = visit.hello is not None and h.EXTENDED_MASTER_SECRET in visit.hello.extensions
            yield t.served(label, site, visit)
            yield t.check(
                f"{site.name} {label}, negotiated",
                negotiated == extended,
                str(extended),
                str(negotiated),
                visit,
            )


@case("edge-ski-p-tls13-input", clauses=("SKI-P-16",), needs=("edge-tls13",))
def tls13_input(t: EdgeContext) -> Iterator[Variant]:
    """In TLS 1.3 the input is the content of CertificateVerify with the transcript hash of the wire."""
    for site in t.sites("edge-tls13"):
        for number in range(2):
            yield t.served(f"step by step {number}", site, site.visit13(t.rng))
        yield t.served("by a library", site, site.visit(TLS_1_3))


@case("edge-ski-p-tls13-schemes", clauses=("SKI-P-16", "SKI-5.1.2-01"), needs=("edge-tls13",))
def tls13_schemes(t: EdgeContext) -> Iterator[Variant]:
    """`scheme` is the SignatureScheme of CertificateVerify, for whatever the client offers."""
    fitting = {
        "ecdsa_secp256r1_sha256": "ec-p256",
        "ecdsa_secp384r1_sha384": "ec-p384",
        "ecdsa_secp521r1_sha512": "ec-p521",
        "ed25519": "ed25519",
        "rsa_pss_rsae_sha256": "rsa",
        "rsa_pss_rsae_sha384": "rsa",
        "rsa_pss_rsae_sha512": "rsa",
    }
    for site in t.sites("edge-tls13"):
        for scheme, type in fitting.items():
            if site.target.signer(type) is None:
                yield t.unsupported(f"{site.name} {scheme}", f"no {type} certificate in the target file")
                continue
            visit = site.visit13(t.rng, scheme)
            yield t.served(scheme, site, visit)
            yield t.check(
                f"{site.name} {scheme}, chosen",
                visit.scheme == SCHEMES[scheme],
                scheme,
                hex(visit.scheme),
                visit,
            )


@case("edge-ski-5.2-hash", clauses=("SKI-5.2-15", "SKI-5.2-16"), rows=("SE-07",))
def hash_member(t: EdgeContext) -> Iterator[Variant]:
    """`hash` is there, and is that of signature_algorithms that ServerKeyExchange names (A-68)."""
    offers = {
        "ecdsa SHA-256": ("ec-p256", "ecdsa_secp256r1_sha256"),
        "ecdsa SHA-384": ("ec-p256", "ecdsa_secp384r1_sha384"),
        "ecdsa SHA-512": ("ec-p256", "ecdsa_secp521r1_sha512"),
        "rsa SHA-256": ("rsa", "rsa_pkcs1_sha256"),
        "rsa SHA-384": ("rsa", "rsa_pkcs1_sha384"),
        "rsa SHA-512": ("rsa", "rsa_pkcs1_sha512"),
    }
    for site in t.sites():
        for label, (type, scheme) in offers.items():
            if site.target.signer(type) is None:
                continue
            hello = h.hello12(site.target.server_name, schemes=(SCHEMES[scheme],))
            visit = site.flight(hello, ECDHE_RSA if type == "rsa" else ECDHE_ECDSA)
            if not visit.ok and not visit.operations:
                yield t.unsupported(f"{site.name} {label}", f"the edge does not take it: {visit.summary}")
                continue
            yield t.served(label, site, visit)
            yield t.check(
                f"{site.name} {label}, algorithm",
                visit.signature[0] == SCHEMES[scheme],
                scheme,
                hex(visit.signature[0]),
                visit,
            )


@case(
    "edge-ski-5.2-members",
    clauses=("SKI-5.2-09", "SKI-5.2-10", "SKI-5.2-11", "SKI-5.2-12", "SKI-5.2-13", "SKI-5.2-14"),
    rows=("SE-07",),
)
def members(t: EdgeContext) -> Iterator[Variant]:
    """Each request has protocol, spki and input; protocol is the negotiated version, spki the SHA-256
    fingerprint of the key in the certificate that was sent; method is there or ECDHE."""
    for site in t.sites():
        for exchange in site.exchanges:
            visit = site.visit(exchange)
            yield t.served(exchange, site, visit)
            m = operation(visit).members if visit.ok else {}
            version = "TLS 1.3" if exchange == TLS_1_3 else "TLS 1.2"
            method = "RSA" if exchange == RSA else "ECDHE"
            good = (
                {"protocol", "spki", "input"} <= set(m)
                and m["protocol"] == version
                and len(m["spki"]) == 32
                and m.get("method", "ECDHE") == method
            )
            shown = ", ".join(f"{name} {value!r:.40}" for name, value in m.items())
            yield t.check(f"{site.name} {exchange}, members", good, f"{version}, {method}", shown, visit)


@case("edge-ski-7.1.1-http", clauses=("SKI-7.1.1-01", "SKI-5.2-02", "SKI-5.2-03"))
def http(t: EdgeContext) -> Iterator[Variant]:
    """A request is POST of the configured path (/ski by default) with Content-Type of the format, Host and
    Content-Length."""
    for site in t.sites():
        visit = site.visit()
        yield t.served("handshake", site, visit)
        if not visit.ok:
            continue
        asked = operation(visit)
        lacking = [name for name in ("host", "content-type", "content-length") if name not in asked.headers]
        yield t.check(
            f"{site.name} request",
            asked.method == "POST" and asked.path == site.target.path and not lacking,
            f"POST {site.target.path} with all headers",
            f"{asked.method} {asked.path}, missing: {lacking}",
            visit,
        )


@case("edge-ski-5.2-json", clauses=("SKI-5.2-06", "SKI-5.2-07"), needs=("edge-json",))
def json_request(t: EdgeContext) -> Iterator[Variant]:
    """In JSON the octet strings are base64 with padding, and the object is strict JSON."""
    for site in t.sites("edge-json"):
        for exchange in site.exchanges:
            yield t.served(exchange, site, site.visit(exchange))


@case("edge-ski-5.2-cbor", clauses=("SKI-5.2-06", "SKI-5.2-08"), needs=("edge-cbor",))
def cbor_request(t: EdgeContext) -> Iterator[Variant]:
    """In CBOR the octet strings are byte strings, and the object is deterministic CBOR (A-66)."""
    for site in t.sites("edge-cbor"):
        for exchange in site.exchanges:
            yield t.served(exchange, site, site.visit(exchange))


@case("edge-ski-5.2-one-request", clauses=("SKI-5.2-01",))
def one_request(t: EdgeContext) -> Iterator[Variant]:
    """One handshake is one operation: with ten in a row the key server is asked ten times."""
    for site in t.sites():
        visits = [site.visit() for _ in range(10)]
        count = sum(len([a for a in v.asked if a.what == "key"]) for v in visits)
        good = count == 10 and all(v.ok for v in visits)
        yield t.check(
            f"{site.name}", good, "10 operations for 10 handshakes", f"{count} operations", visits[0]
        )


@case("edge-ski-5-not-negotiated", clauses=("SKI-1-05", "SKI-5-01"), rows=("SE-07",))
def not_negotiated(t: EdgeContext) -> Iterator[Variant]:
    """What the key server cannot serve is never negotiated: DHE, anonymous, PSK, NULL; nor RSA-PSS without
    `scheme`; and nobody is asked."""
    suites = {
        "DHE_RSA": 0x009E,
        "DH_anon": 0x00A6,
        "ECDH_anon": 0xC018,
        "PSK": 0x00A8,
        "ECDHE_PSK": 0xD001,
        "SRP": 0xC01D,
        "RSA NULL": 0x003B,
        "ECDHE_RSA NULL": 0xC010,
        "ECDH_ECDSA": 0xC02D,
    }
    for site in t.sites():
        for label, suite in suites.items():
            visit = site.flight(h.hello12(site.target.server_name, (suite,)))
            refused = visit.hello is None and not visit.operations
            yield t.check(f"{site.name} {label}", refused, "an alert, no operation", visit.summary, visit)
        yield t.served("afterwards", site)


@case("edge-ski-p-old-versions", clauses=("BG-8996-01", "SKI-9-01"))
def old_versions(t: EdgeContext) -> Iterator[Variant]:
    """TLS 1.1, TLS 1.0 and SSL 3 are not negotiated, and nobody is asked."""
    for site in t.sites():
        for label, version in (("TLS 1.1", 0x0302), ("TLS 1.0", 0x0301), ("SSL 3", 0x0300)):
            hello = h.hello12(site.target.server_name, (0xC009, 0xC013, 0x002F), version=version)
            visit = site.flight(hello)
            refused = visit.hello is None and not visit.operations
            yield t.check(f"{site.name} {label}", refused, "an alert, no operation", visit.summary, visit)
        yield t.served("afterwards", site)


@case("edge-ski-5.1.2-fresh-randoms", clauses=("SKI-5.1.2-01",), level=Level.SHOULD)
def fresh(t: EdgeContext) -> Iterator[Variant]:
    """server_random and the ephemeral key are fresh in each of twenty handshakes."""
    for site in t.sites():
        hello = h.hello12(site.target.server_name)
        visits = [site.flight(hello) for _ in range(20)]
        for label, values in (
            ("server_random", {v.server_random for v in visits}),
            ("ephemeral key", {v.params for v in visits}),
        ):
            good = len(values) == 20 and all(values)
            yield t.check(f"{site.name} {label}", good, "20 values", f"{len(values)} values", visits[0])
