"""CBOR as the wire format of SKI (§5.2, RFC 8949): one well-formed map in deterministic encoding, and nothing
else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Variant, case
from ..codecs import cbor
from ..codecs.cbor import ARRAY, BYTES, MAP, NEGATIVE, SIMPLE, TAG, TEXT, UNSIGNED
from ..codecs.cbor import Indefinite, Pairs, Raw, Tag, Wide, head
from ..context import Context
from ..exchange import Exchange
from ..request import MALFORMED, Request
from ._tolerance import (
    NOT_UTF8, beyond_limits, hashing_key, ignored_or_malformed, malformed_by_profile)

SECTION = "SKI §5.2 CBOR"

MAJORS = {"unsigned": UNSIGNED, "negative": NEGATIVE, "bytes": BYTES, "text": TEXT, "array": ARRAY,
          "map": MAP, "tag": TAG,
          "simple": SIMPLE}


def _hex(text: str) -> Raw:
    return Raw(bytes.fromhex(text))


def _in_order(items: list[tuple[Any, Any]]) -> bytes:
    """A map in the bytewise order of its encoded keys; equal keys stay as they stand here."""
    return cbor.encode(Pairs(tuple(sorted(items, key=lambda item: cbor.encode(item[0])))))


def _profile(t: Context, label: str, request: Request, body: bytes | None = None) -> Variant:
    """Well-formed, but not as this project's CBOR rules say."""
    exchange = t.post(request.encode("cbor") if body is None else body, "cbor")
    return malformed_by_profile(t, label, exchange, request.check)


def _malformed(t: Context, label: str, body: bytes | Request) -> Variant:
    return t.refused(label, t.post(body, "cbor"), MALFORMED)


@case("ski-5.2-cbor-truncated", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-01",),
      needs=("cbor", "ecdhe"))
def truncated(t: Context) -> Iterator[Variant]:
    """A CBOR map that ends early, at whatever octet, is malformed; so are an empty body and a lone break."""
    good = t.ecdhe_request().encode("cbor")
    yield _malformed(t, "break", cbor.BREAK)
    for length in range(len(good)):
        yield _malformed(t, f"{length} octets", good[:length])


@case("ski-5.2-cbor-trailing-data", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-02",),
      needs=("cbor", "ecdhe"))
def trailing_data(t: Context) -> Iterator[Variant]:
    """Nothing stands after the map: no octet, no second item; a CBOR sequence (RFC 8742) is no object."""
    good, second = t.ecdhe_request().encode("cbor"), t.ecdhe_request().encode("cbor")
    tails = {"00": b"\0", "null": b"\xf6", "break": b"\xff", "line feed": b"\n", "16 zeros": bytes(16),
             "empty map": b"\xa0",
             "second request": second, "same request": good, "cut request": good[:-1]}
    for label, tail in tails.items():
        yield _malformed(t, label, good + tail)
    yield _malformed(t, "empty map before", b"\xa0" + good)


@case("ski-5.2-cbor-no-map", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-03",), needs=("cbor", "ecdhe"))
def no_map(t: Context) -> Iterator[Variant]:
    """A payload is one CBOR map (§5.2): items of other kinds are malformed, and an empty map, which lacks
    what is required."""
    request = t.ecdhe_request()
    good = request.encode("cbor")
    flat = [part for member in sorted(request.members.items()) for part in member]
    bodies = {"array of the map": [Raw(good)], "array of members": flat,
              "array of pairs": [list(m) for m in request.members.items()],
              "empty array": [], "0": 0, "-1": -1, "text": "x", "map in a byte string": good,
              "empty byte string": b"", "null": None,
              "true": True, "undefined": Raw(b"\xf7"), "1.5": 1.5, "empty map": {}, "tag 24": Tag(24, good)}
    for label, body in bodies.items():
        yield _malformed(t, label, cbor.encode(body))


@case("ski-5.2-cbor-self-described", clauses=("SKI-5.2-06",), rows=("CB-03",), needs=("cbor", "ecdhe"))
def self_described(t: Context) -> Iterator[Variant]:
    """No tag stands before the map here, not even the one that only says "this is CBOR" (RFC 8949 §3.4.6)."""
    request = t.ecdhe_request()
    yield _profile(t, "tag 55799", request, cbor.encode(Tag(55799, Raw(request.encode("cbor")))))


@case("ski-5.2-cbor-duplicate-key", clauses=("SKI-P-07", "SKI-5.2.1-02"), rows=("CB-04",),
      needs=("cbor", "ecdhe"))
def duplicate_key(t: Context) -> Iterator[Variant]:
    """A key that stands twice makes the map malformed (RFC 8949 §5.6): equal values, other values in
    either order. So does one whose length is not in its shortest form: it is the same key."""
    good = t.ecdhe_request(hashing_key(t))
    others = {"protocol": "DTLS 1.2", "spki": t.rng.randbytes(32), "method": "RSA", "hash": "SHA-512",
              "input": t.ecdhe_request()["input"]}
    members = list(good.members.items())
    for name, other in others.items():
        rest = [member for member in members if member[0] != name]
        for label, values in (("twice the same", (good[name], good[name])),
                              ("good first", (good[name], other)),
                              ("good last", (other, good[name]))):
            yield _malformed(t, f"{name} {label}", _in_order([*rest, *((name, value) for value in values)]))
        for label, key in (("one octet", Wide(name, 1)), ("two octets", Wide(name, 2)),
                           ("indefinite", Indefinite(TEXT, (name,)))):
            yield _malformed(t, f"{name} again, length: {label}", _in_order([*members, (key, other)]))
    yield _malformed(t, "unknown member", _in_order([*members, ("x", 1), ("x", 1)]))


@case("ski-5.2-cbor-indefinite-length", clauses=("SKI-5.2-06",), rows=("CB-05",), needs=("cbor", "ecdhe"))
def indefinite_length(t: Context) -> Iterator[Variant]:
    """Lengths are definite (RFC 8949 §4.2.1): an indefinite map, text, byte string or array is malformed
    here."""
    good = t.ecdhe_request()
    ordered = sorted(good.members.items(), key=lambda member: cbor.encode(member[0]))
    yield _profile(t, "the map", good,
                   cbor.encode(Indefinite(MAP, tuple(part for member in ordered for part in member))))
    for name, value in ordered:
        rest = [member for member in ordered if member[0] != name]
        yield _profile(t, f"key {name}", good, _in_order([*rest, (Indefinite(TEXT, (name,)), value)]))
        if isinstance(value, (str, bytes)):
            major = TEXT if isinstance(value, str) else BYTES
            yield _profile(t, f"{name}, one chunk", good.replaced(**{name: Indefinite(major, (value,))}))
            yield _profile(t, f"{name}, two chunks",
                           good.replaced(**{name: Indefinite(major, (value[:3], value[3:]))}))
    for label, item in {"array": Indefinite(ARRAY, (1, 2)), "map": Indefinite(MAP, ("a", 1)),
                        "empty text": _hex("7fff"),
                        "empty bytes": _hex("5fff"), "empty array": _hex("9fff"),
                        "empty map": _hex("bfff")}.items():
        yield _profile(t, f"unknown member: {label}", good.replaced(x=item))


@case("ski-5.2-cbor-bad-chunks", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-06",),
      needs=("cbor", "ecdhe"))
def bad_chunks(t: Context) -> Iterator[Variant]:
    """Chunks of an indefinite string are definite strings of its kind, then a break (RFC 8949 §3.2.3); else
    nothing is well-formed."""
    good = t.ecdhe_request()
    for label, item in {
            "text in bytes": "5f 61 78 ff", "bytes in text": "7f 41 78 ff", "number in bytes": "5f 01 ff",
            "null in text": "7f f6 ff",
            "array in bytes": "5f 80 ff", "tag in bytes": "5f c0 41 78 ff",
            "indefinite in bytes": "5f 5f 41 78 ff ff",
            "indefinite in text": "7f 7f 61 78 ff ff", "no break": "5f 41 78", "no break in text": "7f 61 78",
            "no chunk": "5f",
            "chunk of reserved length": "5f 5c 41 78 ff"}.items():
        yield _malformed(t, f"unknown member: {label}", good.replaced(x=_hex(item)))
    data: bytes = good["input"]
    for label, chunks in {"text": (data[:64], "x"), "number": (data, 0),
                          "indefinite": (Indefinite(BYTES, (data,)),)}.items():
        yield _malformed(t, f"input: chunk is {label}", good.replaced(input=Indefinite(BYTES, chunks)))
    yield _malformed(t, "input: no break", good.replaced(input=Indefinite(BYTES, (data,), stop=b"")))


@case("ski-5.2-cbor-not-shortest", clauses=("SKI-5.2-06",), rows=("CB-07",), needs=("cbor", "ecdhe"))
def not_shortest(t: Context) -> Iterator[Variant]:
    """Each length and number stands in its shortest form (RFC 8949 §4.2.1); a longer one is malformed here,
    wherever it stands."""
    good = t.ecdhe_request()
    members = list(good.members.items())
    for width in (1, 2, 4, 8):
        body = head(MAP, len(members), width) + good.encode("cbor")[1:]
        yield _profile(t, f"the map, {width} octets", good, body)
        for name, value in members:
            rest = [member for member in members if member[0] != name]
            yield _profile(t, f"key {name}, {width} octets", good,
                           _in_order([*rest, (Wide(name, width), value)]))
            if len(cbor.head(TEXT, len(value) if isinstance(value, (str, bytes)) else value)) < 1 + width:
                yield _profile(t, f"{name}, {width} octets", good.replaced(**{name: Wide(value, width)}))
    for item in ("18 05", "18 17", "19 0005", "19 00ff", "1a 0000ffff", "1b 00000000ffffffff", "38 00",
                 "39 0000", "58 00",
                 "58 17" + "00" * 23, "59 0018" + "00" * 24, "5a 00000001 00", "5b 0000000000000001 00",
                 "78 01 61", "79 0001 61",
                 "98 00", "99 0001 00", "b8 00", "b9 0001 61 61 00"):
        yield _profile(t, f"unknown member: {item[:24]}", good.replaced(x=_hex(item)))


@case("ski-5.2-cbor-key-order", clauses=("SKI-5.2-06",), rows=("CB-08",), needs=("cbor", "ecdhe"))
def key_order(t: Context) -> Iterator[Variant]:
    """Keys stand in the bytewise order of their encodings (RFC 8949 §4.2.1); another order is malformed here,
    always."""
    good = t.ecdhe_request()
    ordered = sorted(good.members.items(), key=lambda member: cbor.encode(member[0]))
    orders = {"reversed": ordered[::-1], "last first": ordered[-1:] + ordered[:-1],
              "first last": ordered[1:] + ordered[:1],
              "first two swapped": [ordered[1], ordered[0], *ordered[2:]],
              "last two swapped": [*ordered[:-2], ordered[-1], ordered[-2]],
              "alphabetical": sorted(good.members.items()), "unknown member last": [*ordered, ("x", 1)],
              "of an unknown map": [("x", Pairs((("b", 1), ("a", 2)))), *ordered]}
    for label, members in orders.items():
        for again in ("", ", again"):
            yield _profile(t, label + again, good, cbor.encode(Pairs(tuple(members))))


@case("ski-5.2-cbor-reserved-information", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-09",),
      needs=("cbor", "ecdhe"))
def reserved_information(t: Context) -> Iterator[Variant]:
    """Additional information 28 to 30 is reserved for every major type, 31 has no meaning for numbers and
    tags (RFC 8949 §3)."""
    good = t.ecdhe_request()
    for label, major in MAJORS.items():
        for information in (28, 29, 30, 31):
            if information < 31 or major in (UNSIGNED, NEGATIVE, TAG):
                item = bytes([major << 5 | information])
                yield _malformed(t, f"{label} {item.hex()}", good.replaced(x=Raw(item)))
                yield _malformed(t, f"{label} {item.hex()} alone", item)


@case("ski-5.2-cbor-simple-values", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-10",),
      needs=("cbor", "ecdhe"))
def simple_values(t: Context) -> Iterator[Variant]:
    """Simple values below 32 in two octets are not well-formed (RFC 8949 §3.3); those without a meaning are
    no value of a member."""
    good = t.ecdhe_request()
    for number in range(32):
        yield _malformed(t, f"unknown member: f8 {number:02x}", good.replaced(x=Raw(bytes([0xf8, number]))))
    for item in ("f0", "f7", "f8 20", "f8 ff", "e0", "f3"):
        yield ignored_or_malformed(t, f"unknown member: {item}", t.post(good.replaced(x=_hex(item)), "cbor"))
        for name in ("protocol", "spki", "method", "input"):
            yield _malformed(t, f"{name}: {item}", good.replaced(**{name: _hex(item)}))


@case("ski-5.2-cbor-length-claims", clauses=("SKI-5.2.1-02", "SKI-9-02"), rows=("CB-11",),
      needs=("cbor", "ecdhe"))
def length_claims(t: Context) -> Iterator[Variant]:
    """A length that the body does not hold is malformed and costs neither time nor memory: nothing is made
    ready for it."""
    good = t.ecdhe_request()
    claims = ("5a ffffffff", "5b 7fffffffffffffff", "5b ffffffffffffffff", "5b 0000000100000000",
              "7a ffffffff",
              "7b ffffffffffffffff", "9a ffffffff", "9b ffffffffffffffff", "9b 7fffffffffffffff",
              "ba ffffffff",
              "bb 8000000000000000", "bb ffffffffffffffff", "59 ffff", "79 ffff", "99 ffff", "b9 ffff")
    usual = min(t.proven(good, "cbor").seconds for _ in range(3))
    for claim in claims:
        octets = bytes.fromhex(claim)
        bodies: dict[str, bytes | Request] = {"unknown member": good.replaced(x=Raw(octets)),
                  "input": good.replaced(input=Raw(octets + good["input"])),
                  "spki": good.replaced(spki=Raw(octets)), "alone": octets,
                  "the map": octets + good.encode("cbor")[1:],
                  "key": _in_order([*good.members.items(), (Raw(octets), 1)])}
        for place, body in bodies.items():
            answers = [t.post(body, "cbor") for _ in range(3)]
            yield t.refused(f"{place}: {claim}", answers[0], MALFORMED)
            fastest = min(a.seconds for a in answers)
            yield t.check(f"{place}: {claim}, time", fastest < usual + 0.1,
                          "no longer than a good request, give or take 0.1 s",
                          f"{fastest:.3f} s, a good request {usual:.3f} s", answers[0])


@case("ski-5.2-cbor-nesting", clauses=("SKI-P-08", "SKI-9-02"), rows=("CB-12",), needs=("cbor", "ecdhe"))
def nesting(t: Context) -> Iterator[Variant]:
    """Deep nesting is malformed, or too large, but never costs the server its stack; a few levels are
    ignored."""
    good = t.ecdhe_request()
    # Beginning of a level, innermost item, end of a level.
    shapes = {"arrays": ("81", "00", ""), "maps": ("a16161", "00", ""), "tags": ("c0", "00", ""),
              "indefinite arrays": ("9f", "", "ff"), "arrays, open": ("81", "", ""),
              "indefinite arrays, open": ("9f", "", "")}
    for label, (begin, middle, end) in shapes.items():
        for depth in (100, 1_000, 10_000, 1_000_000):
            nested = bytes.fromhex(begin) * depth + bytes.fromhex(middle) + bytes.fromhex(end) * depth
            for place, body in (("unknown member", good.replaced(x=Raw(nested))), ("alone", nested)):
                yield _nested(t, f"{depth} {label}, {place}", t.post(body, "cbor"), len(nested))
    for label in ("arrays", "maps"):
        begin, middle, _ = shapes[label]
        yield t.served(f"8 {label}", t.post(good.replaced(x=_hex(begin * 8 + middle)), "cbor"))


def _nested(t: Context, label: str, answer: Exchange, octets: int) -> Variant:
    return t.refused(label, answer, MALFORMED) if octets <= 4096 else beyond_limits(t, label, answer)


@case("ski-5.2-cbor-breaks", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-13",), needs=("cbor", "ecdhe"))
def breaks(t: Context) -> Iterator[Variant]:
    """A break ends an indefinite item and stands nowhere else; an indefinite map has as many values as keys
    (RFC 8949 §3.2.1)."""
    good = t.ecdhe_request()
    body, count = good.encode("cbor"), len(good.members)
    ordered = sorted(good.members.items(), key=lambda member: cbor.encode(member[0]))
    flat = tuple(part for member in ordered for part in member)
    bodies: dict[str, bytes | Request] = {
        "indefinite map, value missing": cbor.encode(Indefinite(MAP, (*flat, "zzzzzzzzz"))),
        "indefinite map, last value missing": cbor.encode(Indefinite(MAP, flat[:-1])),
        "break for a key": head(MAP, count + 1) + body[1:] + cbor.BREAK + b"\0",
        "break for the first key": head(MAP, count + 1) + cbor.BREAK + b"\0" + body[1:],
        "break for the last pair": head(MAP, count + 1) + body[1:] + cbor.BREAK,
        "break after the map": body + cbor.BREAK,
    } | {f"break for the value of {name}": good.replaced(**{name: Raw(cbor.BREAK)}) for name,
         _ in ordered} | {
        f"unknown member: {item}": good.replaced(x=_hex(item))
        for item in ("ff", "81 ff", "82 00 ff", "a1 61 61 ff", "a1 ff 00", "c0 ff", "bf 61 61 ff",
                     "bf 61 61 00 61 62 ff", "9f")}
    for label, spoilt in bodies.items():
        yield _malformed(t, label, spoilt)


@case("ski-5.2-cbor-utf8", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-14",), needs=("cbor", "ecdhe"))
def not_utf8(t: Context) -> Iterator[Variant]:
    """Text is UTF-8 (RFC 8949 §3.1); other octets in a text string are malformed, as value, as key, and split
    over chunks."""
    good = t.ecdhe_request()
    members = list(good.members.items())
    for octets, label in NOT_UTF8.items():
        text = Raw(head(TEXT, len(octets) // 2) + bytes.fromhex(octets))
        yield _malformed(t, f"unknown value: {label}", good.replaced(x=text))
        yield _malformed(t, f"unknown key: {label}", _in_order([*members, (text, 1)]))
        spoilt = good["protocol"].encode("ascii") + bytes.fromhex(octets)
        yield _malformed(t, f"protocol: {label}",
                         good.replaced(protocol=Raw(head(TEXT, len(spoilt)) + spoilt)))
    for item in ("7f 61 c3 61 a9 ff", "7f 62 e282 61 ac ff"):
        yield _malformed(t, f"chunks {item}", good.replaced(x=_hex(item)))
