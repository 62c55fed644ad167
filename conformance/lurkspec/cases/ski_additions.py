"""/ping and /capabilities, additions to the draft (A-63), and whether what the capabilities say is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Level, Variant, case
from ..codecs import cbor, json
from ..codecs.tls import SCHEMES
from ..context import Context, ControlFailed
from ..exchange import MEDIA_TYPES, Exchange
from ..keys import HASHES as HASH_ALGORITHMS
from ..keys import Key
from ..request import DTLS12, MALFORMED, NOT_FOUND, TLS12, TLS13, Request
from ..target import PROTOCOLS
from .ski_members import LEGACY
from .ski_operations import SCHEMES_OF_12, SCHEMES_OF_13

SECTION = "SKI addition: ping and capabilities"

TEXTS, NUMBERS, OCTETS = (str,), (int,), (bytes,)
LISTS: dict[str, tuple[type, ...]] = {"protocols": TEXTS, "methods": TEXTS, "hashes": TEXTS,
                                      "schemes": NUMBERS,
                                      "formats": TEXTS, "keys": OCTETS}
MAY_BE_EMPTY = ("schemes", "keys")


def _asked(t: Context, format: str = "", edge: str = "a") -> tuple[Exchange, dict[str, Any]]:
    """The answer to GET /capabilities and its members, with octets in place of base64; without an object it
    is no control."""
    exchange = t.get("/capabilities", format or t.formats[0], edge=edge)
    if exchange.status != 200 or exchange.members is None:
        raise ControlFailed(exchange)
    members = dict(exchange.members)
    if (format or t.formats[0]) == "json":
        members["keys"] = [json.base64_decode(key) for key in members.get("keys", ())]
        members["state"] = json.base64_decode(members.get("state", ""))
    return exchange, members


@case("ski-p-ping", clauses=("SKI-P-15", "REQ-6.1-03"), needs=("ping",))
def ping(t: Context) -> Iterator[Variant]:
    """GET /ping is answered 204 without a body, for each edge, on a connection with other requests before and
    after."""
    for edge in (name for name in ("a", "b") if name in t.target.edges):
        for number in range(3):
            exchange = t.get("/ping", t.formats[0], edge=edge)
            empty = exchange.response is not None and not exchange.response.body
            yield t.check(f"edge {edge} {number}", exchange.status == 204 and empty, "204 without a body",
                          exchange.summary, exchange)
    yield t.served("afterwards", t.post(t.ecdhe_request(), t.formats[0]))


@case("ski-p-ping-any-format", clauses=("SKI-P-15",), level=Level.SHOULD, needs=("ping",))
def ping_any_format(t: Context) -> Iterator[Variant]:
    """A ping has no body and hence no format: Accept decides nothing."""
    for label, accept in {"none": None, "anything": "*/*", "JSON": "application/json",
                          "CBOR": "application/cbor",
                          "HTML": "text/html"}.items():
        exchange = t.get("/ping", headers={"Accept": accept})
        yield t.check(label, exchange.status == 204, "204", exchange.summary, exchange, lenient=True)


@case("ski-p-capabilities-object", clauses=("SKI-P-15", "REQ-6.1-03"), needs=("capabilities",))
def capabilities_object(t: Context) -> Iterator[Variant]:
    """GET /capabilities gives protocols, methods, hashes, schemes, formats, keys (32 octets each) and a state
    of 4 octets."""
    for format in t.formats:
        exchange, members = _asked(t, format)
        for name, (kind,) in LISTS.items():
            values = members.get(name)
            right = isinstance(values, list) and all(type(value) is kind for value in values) and (
                bool(values) or name in MAY_BE_EMPTY) and len(set(values)) == len(values)
            yield t.check(f"{format} {name}", right, f"a list of different values of type {kind.__name__}",
                          f"{values!r:.80}", exchange)
        lengths = {len(key) for key in members["keys"]}
        yield t.check(f"{format} fingerprints", lengths <= {32}, "32 octets each",
                      f"lengths {sorted(lengths)}", exchange)
        state = members.get("state")
        right = isinstance(state, bytes) and len(state) == 4
        yield t.check(f"{format} state", right, "4 octets", f"{state!r}", exchange)
        more = set(members) - {*LISTS, "state"}
        yield t.check(f"{format} nothing else", not more, "no other member", f"also {sorted(more)}", exchange,
                      lenient=True)


@case("ski-p-capabilities-format", clauses=("SKI-P-15", "SKI-P-04"), needs=("capabilities",))
def capabilities_format(t: Context) -> Iterator[Variant]:
    """The answer has the format that Accept asks for, strictly coded, and says the same in each."""
    said = []
    for format in t.formats:
        exchange, members = _asked(t, format)
        media_type = exchange.response.media_type if exchange.response else ""
        yield t.check(f"{format} type", media_type == MEDIA_TYPES[format], MEDIA_TYPES[format], media_type,
                      exchange)
        if format == "cbor" and exchange.response is not None:
            canonical = cbor.encode(exchange.members) == exchange.response.body
            yield t.check("cbor deterministic", canonical, "deterministic encoding", exchange.summary,
                          exchange)
        said.append({name: sorted(value) if isinstance(value, list) else value for name,
                     value in members.items()})
    yield t.check("the same", all(one == said[0] for one in said), "one set of capabilities",
                  f"{len(said)} answers differ")


@case("ski-p-capabilities-state", clauses=("SKI-P-15",), needs=("capabilities",))
def capabilities_state(t: Context) -> Iterator[Variant]:
    """Unless something is configured anew, capabilities and state stay as they are, on any connection."""
    first, members = _asked(t)
    for number in range(3):
        with t.connect() as channel:
            again = t.get("/capabilities", t.formats[0], channel=channel)
            same = again.members == first.members
            yield t.check(f"{number}", same, f"state {members['state'].hex()}, the same members",
                          again.summary, again, first)


@case("ski-p-capabilities-keys", clauses=("SKI-P-15", "SKI-5.2-12"), needs=("capabilities",))
def capabilities_keys(t: Context) -> Iterator[Variant]:
    """Each key that is listed is served, each that may be used is listed."""
    exchange, members = _asked(t)
    mine = {key.spki: key for key in t.target.keys if "a" in key.grants}
    for spki, key in mine.items():
        yield t.check(f"{key.name} listed", spki in members["keys"], "its fingerprint is listed", "it is not",
                      exchange)
        if spki in members["keys"]:
            for format in t.formats:
                yield t.served(f"{key.name} served, {format}", t.post(_request(t, key), format))
    unknown = [spki.hex() for spki in members["keys"] if spki not in mine]
    yield t.check("no other key", not unknown, "keys of edge a only", f"also {unknown}", exchange)


def _request(t: Context, key: Key, protocol: str = "") -> Request:
    """A good request with that key, for the first protocol that it is granted for unless one is named."""
    protocol = protocol or next(p for p in PROTOCOLS if p in key.grants["a"])
    if key.usage == "ski-rsa":
        return t.rsa_request(key, protocol=protocol)
    return t.tls13_request(key) if protocol == TLS13 else t.ecdhe_request(key, protocol=protocol)


def _mine(t: Context, usage: str = "ski-ecdhe") -> list[Key]:
    return t.target.select(usage)


@case("ski-p-capabilities-protocols", clauses=("SKI-P-15", "SKI-5.2-10"), needs=("capabilities",))
def capabilities_protocols(t: Context) -> Iterator[Variant]:
    """Each protocol that is listed is served with some key, no other is served with any."""
    exchange, members = _asked(t)
    granted = {protocol for key in _mine(t) + _mine(t, "ski-rsa") for protocol in key.grants["a"]}
    listed = set(members["protocols"])
    yield t.check("as granted", listed == granted, ", ".join(sorted(granted)), ", ".join(sorted(listed)),
                  exchange)
    for protocol in (*PROTOCOLS, *LEGACY, "DTLS 1.3"):
        for key in (k for k in _mine(t) if protocol in k.grants["a"] or protocol not in listed):
            answer = t.post(_request(t, key, protocol), t.formats[0])
            label = f"{protocol} with {key.name}"
            yield t.served(label, answer) if protocol in listed else _not_served(t, label, answer)


def _not_served(t: Context, label: str, exchange: Exchange) -> Variant:
    """What is not listed is refused; with which error is judged by the cases about that member."""
    refused = exchange.status is not None and exchange.status >= 400 and not exchange.released
    return t.check(label, refused, "refused, as it is not listed", exchange.summary, exchange)


@case("ski-p-capabilities-methods", clauses=("SKI-P-15", "SKI-5.2-13", "SKI-4.2.2-02"),
      needs=("capabilities",))
def capabilities_methods(t: Context) -> Iterator[Variant]:
    """RSA is listed if this edge has a key that decrypts, ECDHE if it has one that signs; both are true."""
    exchange, members = _asked(t)
    for method, usage in (("ECDHE", "ski-ecdhe"), ("RSA", "ski-rsa")):
        keys, listed = _mine(t, usage), method in members["methods"]
        yield t.check(method, listed == bool(keys), f"listed: {bool(keys)}", f"listed: {listed}", exchange)
        if listed and keys:
            yield t.served(f"{method} served", t.post(_request(t, keys[0]), t.formats[0]))
    more = set(members["methods"]) - {"ECDHE", "RSA"}
    yield t.check("no other", not more, "only methods of §5.2", f"also {sorted(more)}", exchange)


@case("ski-p-capabilities-hashes", clauses=("SKI-P-15", "SKI-5.2-16", "SKI-P-12"), needs=("capabilities",))
def capabilities_hashes(t: Context) -> Iterator[Variant]:
    """Each hash that is listed is served, each legal one that is not listed is refused, and all are names of
    §5.2."""
    exchange, members = _asked(t)
    keys = [key for key in _mine(t) if key.type != "ed25519" and TLS12 in key.grants["a"]]
    for hash in HASH_ALGORITHMS:
        for key in keys:
            answer = t.post(t.ecdhe_request(key, hash=hash), t.formats[0])
            label = f"{hash} with {key.name}"
            yield t.served(label, answer) if hash in members["hashes"] else _not_served(t, label, answer)
    more = set(members["hashes"]) - set(HASH_ALGORITHMS)
    yield t.check("no other", not more, "only hashes of §5.2", f"also {sorted(more)}", exchange)


@case("ski-p-capabilities-schemes", clauses=("SKI-P-15", "SKI-P-12", "SKI-P-16"),
      needs=("capabilities", "tls13"))
def capabilities_schemes(t: Context) -> Iterator[Variant]:
    """Each scheme that is listed is served with a key of its kind; one that is not listed is served with no
    key."""
    exchange, members = _asked(t)
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
        yield t.check(f"{name} listed", bool(served), "served with some key",
                      f"served: {', '.join(served) or 'none'}", exchange)
        for label, answer in answers:
            if answer.output is not None:
                yield t.served(label, answer)


def _with_scheme(t: Context, number: int, name: str) -> Iterator[tuple[str, Request]]:
    for key in _mine(t):
        yield f"{name} with {key.name}, TLS 1.2", t.ecdhe_request(key, scheme=number)
        if TLS13 in key.grants["a"]:
            yield f"{name} with {key.name}, TLS 1.3", t.tls13_request(key, scheme=number)


@case("ski-p-capabilities-schemes-complete", clauses=("SKI-P-15", "SKI-P-16"),
      needs=("capabilities", "tls13"))
def capabilities_schemes_complete(t: Context) -> Iterator[Variant]:
    """What this edge's keys can sign with is listed: an edge chooses by the list."""
    exchange, members = _asked(t)
    expected = {name for key in _mine(t) for protocols, table in (((TLS12, DTLS12), SCHEMES_OF_12),
                                                                  ((TLS13,), SCHEMES_OF_13))
                if set(protocols) & set(key.grants["a"]) for name in table[key.type]}
    for name in sorted(expected):
        yield t.check(name, SCHEMES[name] in members["schemes"], "listed", "not listed", exchange)


@case("ski-p-capabilities-formats", clauses=("SKI-P-15", "SKI-5.2-06"), needs=("capabilities",))
def capabilities_formats(t: Context) -> Iterator[Variant]:
    """The formats listed are media types, and each is served."""
    exchange, members = _asked(t)
    for format, media_type in MEDIA_TYPES.items():
        listed = media_type in members["formats"]
        yield t.check(f"{format} listed", listed == (format in t.formats), f"listed: {format in t.formats}",
                      f"listed: {listed}", exchange)
        if listed:
            yield t.served(f"{format} served", t.post(t.ecdhe_request(), format))
    more = set(members["formats"]) - set(MEDIA_TYPES.values())
    yield t.check("no other", not more, ", ".join(MEDIA_TYPES.values()), f"also {sorted(more)}", exchange,
                  lenient=True)


@case("ski-p-capabilities-edge-b", clauses=("SKI-P-15", "SKI-4.2.3-03", "SKI-REQ-6"), rows=("KU-11",),
      needs=("capabilities", "edge-b"))
def capabilities_edge_b(t: Context) -> Iterator[Variant]:
    """Each edge sees what it may use itself: its keys and its protocols, and nothing of another edge."""
    for edge in ("a", "b"):
        exchange, members = _asked(t, edge=edge)
        granted = {key.spki: key for key in t.target.keys if edge in key.grants}
        others = [spki.hex() for spki in members["keys"] if spki not in granted]
        yield t.check(f"edge {edge} keys", not others, "its own keys only", f"also {others}", exchange)
        missing = [key.name for spki, key in granted.items() if spki not in members["keys"]]
        yield t.check(f"edge {edge} all keys", not missing, "all its keys", f"not {missing}", exchange)
        protocols = {protocol for key in granted.values() for protocol in key.grants[edge]}
        said = set(members["protocols"])
        yield t.check(f"edge {edge} protocols", said == protocols, ", ".join(sorted(protocols)),
                      ", ".join(sorted(said)), exchange)


@case("ski-p-capabilities-not-listed-not-found", clauses=("SKI-P-15", "SKI-5.2.1-03"),
      needs=("capabilities", "foreign-key"))
def not_listed_not_found(t: Context) -> Iterator[Variant]:
    """A key that is not listed to this edge is "spki not found" for it, whoever else may use it."""
    _, members = _asked(t)
    for key in (k for k in t.target.keys if k.spki not in members["keys"] and k.usage == "ski-ecdhe"):
        for format in t.formats:
            yield t.refused(f"{format} {key.name}", t.post(t.ecdhe_request(key), format), NOT_FOUND)


@case("ski-p-additions-keep-the-connection", clauses=("SKI-P-05", "SKI-P-15", "REQ-6.1-03"),
      needs=("ping", "capabilities"))
def additions_keep_the_connection(t: Context) -> Iterator[Variant]:
    """Pings keep a connection alive, and stand between requests on it like any other."""
    with t.connect() as channel:
        for number in range(3):
            for format in t.formats:
                yield t.served(f"{number} {format}", t.post(t.ecdhe_request(), format, channel=channel))
                pinged = t.get("/ping", format, channel=channel)
                yield t.check(f"{number} {format} ping", pinged.status == 204, "204", pinged.summary, pinged)
                answer = t.post(t.ecdhe_request().without("input"), format, channel=channel)
                yield t.refused(f"{number} {format} refused", answer, MALFORMED)
                listed = t.get("/capabilities", format, channel=channel)
                yield t.check(f"{number} {format} capabilities", listed.status == 200, "200", listed.summary,
                              listed)
