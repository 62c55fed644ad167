"""CBOR as the wire format of SKI (§5.2, RFC 8949): one map, each key once and in order, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import cbor
from ..codecs.cbor import TEXT, Indefinite, Pairs, Raw, Tag, Wide
from ..context import Context
from ..exchange import Exchange
from ..request import MALFORMED
from ._cbor import by_key, from_hex, in_order, malformed, outside_profile
from ._keys import hashing_key
from ._tolerance import beyond_limits

SECTION = "SKI §5.2 CBOR"


@case(
    "ski-5.2-cbor-truncated", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-01",), needs=("cbor", "ecdhe")
)
def truncated(t: Context) -> Iterator[Variant]:
    """A CBOR map that ends early, at whatever octet, is malformed; so are an empty body and a lone break."""
    good = t.ecdhe_request().encode("cbor")
    yield malformed(t, "break", cbor.BREAK)
    for length in range(len(good)):
        yield malformed(t, f"{length} octets", good[:length])


@case(
    "ski-5.2-cbor-trailing-data",
    clauses=("SKI-5.2-06", "SKI-5.2.1-02"),
    rows=("CB-02",),
    needs=("cbor", "ecdhe"),
)
def trailing_data(t: Context) -> Iterator[Variant]:
    """Nothing stands after the map: no octet, no second item; a CBOR sequence (RFC 8742) is no object."""
    good, second = t.ecdhe_request().encode("cbor"), t.ecdhe_request().encode("cbor")
    tails = {
        "00": b"\0",
        "null": b"\xf6",
        "break": b"\xff",
        "line feed": b"\n",
        "16 zeros": bytes(16),
        "empty map": b"\xa0",
        "second request": second,
        "same request": good,
        "cut request": good[:-1],
    }
    for label, tail in tails.items():
        yield malformed(t, label, good + tail)
    yield malformed(t, "empty map before", b"\xa0" + good)


@case("ski-5.2-cbor-no-map", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-03",), needs=("cbor", "ecdhe"))
def no_map(t: Context) -> Iterator[Variant]:
    """A payload is one CBOR map (§5.2): items of other kinds are malformed, and an empty map, which lacks
    what is required."""
    request = t.ecdhe_request()
    good = request.encode("cbor")
    flat = [part for member in sorted(request.members.items()) for part in member]
    bodies = {
        "array of the map": [Raw(good)],
        "array of members": flat,
        "array of pairs": [list(m) for m in request.members.items()],
        "empty array": [],
        "0": 0,
        "-1": -1,
        "text": "x",
        "map in a byte string": good,
        "empty byte string": b"",
        "null": None,
        "true": True,
        "undefined": Raw(b"\xf7"),
        "1.5": 1.5,
        "empty map": {},
        "tag 24": Tag(24, good),
    }
    for label, body in bodies.items():
        yield malformed(t, label, cbor.encode(body))


@case("ski-5.2-cbor-self-described", clauses=("SKI-5.2-06",), rows=("CB-03",), needs=("cbor", "ecdhe"))
def self_described(t: Context) -> Iterator[Variant]:
    """No tag stands before the map here, not even the one that only says "this is CBOR" (RFC 8949 §3.4.6)."""
    request = t.ecdhe_request()
    yield outside_profile(t, "tag 55799", request, cbor.encode(Tag(55799, Raw(request.encode("cbor")))))


@case(
    "ski-5.2-cbor-duplicate-key",
    clauses=("SKI-P-07", "SKI-5.2.1-02"),
    rows=("CB-04",),
    needs=("cbor", "ecdhe"),
)
def duplicate_key(t: Context) -> Iterator[Variant]:
    """A key that stands twice makes the map malformed (RFC 8949 §5.6): equal values, other values in
    either order. So does one whose length is not in its shortest form: it is the same key."""
    good = t.ecdhe_request(hashing_key(t))
    others = {
        "protocol": "DTLS 1.2",
        "spki": t.rng.randbytes(32),
        "method": "RSA",
        "hash": "SHA-512",
        "input": t.ecdhe_request()["input"],
    }
    members = list(good.members.items())
    for name, other in others.items():
        rest = [member for member in members if member[0] != name]
        for label, values in (
            ("twice the same", (good[name], good[name])),
            ("good first", (good[name], other)),
            ("good last", (other, good[name])),
        ):
            yield malformed(t, f"{name} {label}", in_order([*rest, *((name, value) for value in values)]))
        for label, key in (
            ("one octet", Wide(name, 1)),
            ("two octets", Wide(name, 2)),
            ("indefinite", Indefinite(TEXT, (name,))),
        ):
            yield malformed(t, f"{name} again, length: {label}", in_order([*members, (key, other)]))
    yield malformed(t, "unknown member", in_order([*members, ("x", 1), ("x", 1)]))


@case("ski-5.2-cbor-key-order", clauses=("SKI-5.2-06",), rows=("CB-08",), needs=("cbor", "ecdhe"))
def key_order(t: Context) -> Iterator[Variant]:
    """Keys stand in the bytewise order of their encodings (RFC 8949 §4.2.1); another order is malformed here,
    always."""
    good = t.ecdhe_request()
    ordered = by_key(list(good.members.items()))
    orders = {
        "reversed": ordered[::-1],
        "last first": ordered[-1:] + ordered[:-1],
        "first last": ordered[1:] + ordered[:1],
        "first two swapped": [ordered[1], ordered[0], *ordered[2:]],
        "last two swapped": [*ordered[:-2], ordered[-1], ordered[-2]],
        "alphabetical": sorted(good.members.items()),
        "unknown member last": [*ordered, ("x", 1)],
        "of an unknown map": [("x", Pairs((("b", 1), ("a", 2)))), *ordered],
    }
    for label, members in orders.items():
        for again in ("", ", again"):
            yield outside_profile(t, label + again, good, cbor.encode(Pairs(tuple(members))))


@case(
    "ski-5.2-cbor-nesting",
    clauses=("SKI-P-08", "SKI-9-02", "REQ-7-02"),
    rows=("CB-12",),
    needs=("cbor", "ecdhe"),
)
def nesting(t: Context) -> Iterator[Variant]:
    """Deep nesting is malformed, or too large, but never costs the server its stack; a few levels are
    ignored."""
    good = t.ecdhe_request()
    # Beginning of a level, innermost item, end of a level.
    shapes = {
        "arrays": ("81", "00", ""),
        "maps": ("a16161", "00", ""),
        "tags": ("c0", "00", ""),
        "indefinite arrays": ("9f", "", "ff"),
        "arrays, open": ("81", "", ""),
        "indefinite arrays, open": ("9f", "", ""),
    }
    for label, (begin, middle, end) in shapes.items():
        for depth in (100, 1_000, 10_000, 1_000_000):
            nested = bytes.fromhex(begin) * depth + bytes.fromhex(middle) + bytes.fromhex(end) * depth
            inside = t.post(good.replaced(x=Raw(nested)), "cbor")
            yield _nested(t, f"{depth} {label}, unknown member", inside, len(nested))
            yield _nested(t, f"{depth} {label}, alone", t.post(nested, "cbor"), len(nested))
    for label in ("arrays", "maps"):
        begin, middle, _ = shapes[label]
        yield t.served(f"8 {label}", t.post(good.replaced(x=from_hex(begin * 8 + middle)), "cbor"))


def _nested(t: Context, label: str, answer: Exchange, octets: int) -> Variant:
    return t.refused(label, answer, MALFORMED) if octets <= 4096 else beyond_limits(t, label, answer)


@case(
    "ski-5.2-format-other-than-said",
    clauses=("SKI-P-02", "SKI-5.2-06"),
    rows=("CB-24",),
    needs=("json", "cbor", "ecdhe"),
)
def other_format(t: Context) -> Iterator[Variant]:
    """The Content-Type decides how the body is read: JSON under the name of CBOR, or the reverse, is refused,
    never guessed."""
    for body, said in (("json", "cbor"), ("cbor", "json")):
        answer = t.post(t.ecdhe_request().encode(body), said)
        yield t.http_refused(f"{body} as {said}", answer, (400, 415))
