"""Whether what /capabilities says is true: what it lists is served, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Variant, case
from ..codecs.tls import SCHEMES
from ..dialects import CERTIFICATE_SHA1
from ..context import Context
from ..exchange import MEDIA_TYPES, Exchange
from ..keys import ECDHE_USAGE, HASHES, RSA_USAGE, Key
from ..request import DTLS12, NOT_FOUND, TLS12, TLS13, Request
from ..target import PROTOCOLS
from ._keys import hashing_keys
from .ski_additions import asked_capabilities
from .ski_members import LEGACY
from .ski_operations import SCHEMES_OF_12, SCHEMES_OF_13

SECTION = "SKI addition: ping and capabilities"


@case("ski-p-capabilities-keys", clauses=("SKI-P-15", "SKI-5.2-12"), needs=("capabilities",))
def capabilities_keys(t: Context) -> Iterator[Variant]:
    """Each key that is listed is served, each that may be used is listed."""
    exchange, members = asked_capabilities(t)
    mine = {key.spki: key for key in t.target.ski_keys if "a" in key.grants}
    for spki, key in mine.items():
        yield t.check(
            f"{key.name} listed", spki in members["keys"], "its fingerprint is listed", "it is not", exchange
        )
        if spki in members["keys"]:
            for format in t.formats:
                yield t.served(f"{key.name} served, {format}", t.post(_first_request(t, key), format))
    others = [key.name for key in t.target.ski_keys if key.spki in members["keys"] and key.spki not in mine]
    yield t.check("no other key", not others, "no key of another edge", f"also {others}", exchange)
    if more := _further_keys(t, members):
        yield t.unsupported("further keys", f"{more} of the keys listed are not in the target file")


def _request(t: Context, key: Key, protocol: str) -> Request:
    if key.usage == RSA_USAGE:
        return t.rsa_request(key, protocol=protocol)
    return t.tls13_request(key) if protocol == TLS13 else t.ecdhe_request(key, protocol=protocol)


def _first_request(t: Context, key: Key) -> Request:
    """A good request with that key, for the first protocol that edge a may use it with."""
    return _request(t, key, next(p for p in PROTOCOLS if p in key.grants["a"]))


@case("ski-p-capabilities-protocols", clauses=("SKI-P-15", "SKI-5.2-10"), needs=("capabilities",))
def capabilities_protocols(t: Context) -> Iterator[Variant]:
    """Each protocol that is listed to an edge is served with some key of this edge, no other with any."""
    for edge in (name for name in ("a", "b") if name in t.target.edges):
        exchange, members = asked_capabilities(t, edge)
        keys = [key for key in t.target.ski_keys if edge in key.grants]
        for protocol in (*PROTOCOLS, *LEGACY, "DTLS 1.3"):
            answers = [(k, t.post(_request(t, k, protocol), t.formats[0], edge=edge)) for k in keys]
            served = [key.name for key, answer in answers if answer.output is not None]
            listed = protocol in members["protocols"]
            if listed and not served and _further_keys(t, members):
                yield t.unsupported(
                    f"edge {edge} {protocol}", "it may be for a key that the target file lacks"
                )
                continue
            text = f"{'listed' if listed else 'not listed'}; served with {', '.join(served) or 'no key'}"
            expected = "listed if it is served, and only then"
            yield t.check(f"edge {edge} {protocol}", listed == bool(served), expected, text, exchange)


def _further_keys(t: Context, members: dict[str, Any]) -> int:
    """How many of the keys listed are not in the target file."""
    return len(set(members["keys"]) - {key.spki for key in t.target.ski_keys + t.target.special})


def _not_served(t: Context, label: str, exchange: Exchange) -> Variant:
    """What is not listed is refused; with which error is judged by the cases about that member."""
    refused = exchange.status is not None and exchange.status >= 400 and not exchange.released
    return t.check(label, refused, "refused, as it is not listed", exchange.summary, exchange)


@case(
    "ski-p-capabilities-methods", clauses=("SKI-P-15", "SKI-5.2-13", "SKI-4.2.2-02"), needs=("capabilities",)
)
def capabilities_methods(t: Context) -> Iterator[Variant]:
    """RSA is listed if this edge has a key that decrypts, ECDHE if it has one that signs; both are true."""
    exchange, members = asked_capabilities(t)
    for method, usage in (("ECDHE", ECDHE_USAGE), ("RSA", RSA_USAGE)):
        keys, listed = t.target.select(usage), method in members["methods"]
        if listed and not keys:
            yield t.unsupported(method, f"it is listed, the target file has no key of usage {usage}")
            continue
        yield t.check(method, listed == bool(keys), f"listed: {bool(keys)}", f"listed: {listed}", exchange)
        for key in keys[:1]:
            yield t.served(f"{method} served", t.post(_first_request(t, key), t.formats[0]))
    more = set(members["methods"]) - {"ECDHE", "RSA"}
    yield t.check("no other", not more, "only methods of §5.2", f"also {sorted(more)}", exchange)


@case("ski-p-capabilities-hashes", clauses=("SKI-P-15", "SKI-5.2-16", "SKI-P-12"), needs=("capabilities",))
def capabilities_hashes(t: Context) -> Iterator[Variant]:
    """Each hash that is listed is served, each legal one that is not listed is refused, and all are names of
    §5.2."""
    exchange, members = asked_capabilities(t)
    for hash in HASHES:
        for key in hashing_keys(t):
            answer = t.post(t.ecdhe_request(key, hash=hash), t.formats[0])
            label = f"{hash} with {key.name}"
            yield t.served(label, answer) if hash in members["hashes"] else _not_served(t, label, answer)
    more = set(members["hashes"]) - set(HASHES)
    yield t.check("no other", not more, "only hashes of §5.2", f"also {sorted(more)}", exchange)


@case(
    "ski-p-capabilities-schemes",
    clauses=("SKI-P-15", "SKI-P-12", "SKI-P-16"),
    needs=("capabilities", "tls13"),
)
def capabilities_schemes(t: Context) -> Iterator[Variant]:
    """Each scheme that is listed is served with a key of its kind; one that is not listed is served with no
    key."""
    exchange, members = asked_capabilities(t)
    known = {number: name for name, number in SCHEMES.items()}
    for number in sorted(set(members["schemes"]) | set(known)):
        name = known.get(number, f"{number:04x}")
        requests = list(_with_scheme(t, number, name))
        if number not in members["schemes"]:
            for label, request in requests:
                yield _not_served(t, label, t.post(request, t.formats[0]))
            continue
        answers = [(label, t.post(request, t.formats[0])) for label, request in requests]
        served = [label for label, answer in answers if answer.output is not None]
        if not served and _further_keys(t, members):
            yield t.unsupported(f"{name} listed", "it may be for a key that the target file lacks")
            continue
        actual = f"served: {', '.join(served) or 'none'}"
        yield t.check(f"{name} listed", bool(served), "served with some key", actual, exchange)
        for label, answer in answers:
            if answer.output is not None:
                yield t.served(label, answer)


def _with_scheme(t: Context, number: int, name: str) -> Iterator[tuple[str, Request]]:
    for key in t.target.select(ECDHE_USAGE):
        yield f"{name} with {key.name}, TLS 1.2", t.ecdhe_request(key, scheme=number)
        if TLS13 in key.grants["a"]:
            yield f"{name} with {key.name}, TLS 1.3", t.tls13_request(key, scheme=number)


@case(
    "ski-p-capabilities-schemes-complete", clauses=("SKI-P-15", "SKI-P-16"), needs=("capabilities", "tls13")
)
def capabilities_schemes_complete(t: Context) -> Iterator[Variant]:
    """What this edge's keys can sign with is listed: an edge chooses by the list."""
    exchange, members = asked_capabilities(t)
    expected = {
        name
        for key in t.target.select(ECDHE_USAGE)
        for protocols, table in (((TLS12, DTLS12), SCHEMES_OF_12), ((TLS13,), SCHEMES_OF_13))
        if set(protocols) & set(key.grants["a"])
        for name in table[key.type]
    }
    for name in sorted(expected):
        yield t.check(name, SCHEMES[name] in members["schemes"], "listed", "not listed", exchange)


@case("ski-p-capabilities-formats", clauses=("SKI-P-15", "SKI-5.2-06"), needs=("capabilities",))
def capabilities_formats(t: Context) -> Iterator[Variant]:
    """The formats listed are media types, and each is served."""
    exchange, members = asked_capabilities(t)
    json_only = CERTIFICATE_SHA1 in t.target.dialects
    for format, media_type in MEDIA_TYPES.items():
        listed = media_type in members["formats"]
        if format in t.formats:
            yield t.check(f"{format} listed", listed, "listed", "not listed", exchange)
        if listed and not (json_only and format != "json"):
            yield t.served(f"{format} served", t.post(t.ecdhe_request(), format))
    more = set(members["formats"]) - set(MEDIA_TYPES.values())
    yield t.check(
        "no other", not more, ", ".join(MEDIA_TYPES.values()), f"also {sorted(more)}", exchange, lenient=True
    )


@case(
    "ski-p-capabilities-edge-b",
    clauses=("SKI-P-15", "SKI-4.2.3-03", "SKI-REQ-6"),
    rows=("KU-11",),
    needs=("capabilities", "edge-b"),
)
def capabilities_edge_b(t: Context) -> Iterator[Variant]:
    """Each edge sees the keys that it may use itself, and none of another edge."""
    for edge in ("a", "b"):
        exchange, members = asked_capabilities(t, edge)
        for key in t.target.ski_keys:
            listed, granted = key.spki in members["keys"], edge in key.grants
            actual = "listed" if listed else "not listed"
            expected = "listed" if granted else "not listed: it belongs to another edge"
            yield t.check(f"edge {edge} {key.name}", listed == granted, expected, actual, exchange)


@case(
    "ski-p-capabilities-not-listed-not-found",
    clauses=("SKI-P-15", "SKI-5.2.1-03"),
    needs=("capabilities", "foreign-key"),
)
def not_listed_not_found(t: Context) -> Iterator[Variant]:
    """A key that is not listed to this edge is "spki not found" for it, whoever else may use it."""
    _, members = asked_capabilities(t)
    for key in (k for k in t.target.ski_keys if k.spki not in members["keys"] and k.usage == "ski-ecdhe"):
        for format in t.formats:
            yield t.refused(f"{format} {key.name}", t.post(t.ecdhe_request(key), format), NOT_FOUND)
