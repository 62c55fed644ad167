"""Heads of CBOR items: lengths, chunks, breaks, simple values, text (RFC 8949 §3), right and wrong."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import cbor
from ..codecs.cbor import (
    ARRAY,
    BYTES,
    MAP,
    NEGATIVE,
    SIMPLE,
    TAG,
    TEXT,
    UNSIGNED,
    Indefinite,
    Raw,
    Wide,
    head,
)
from ..context import Context
from ..request import MALFORMED, Request
from ._cbor import by_key, from_hex, in_order, malformed, outside_profile
from ._tolerance import NOT_UTF8, ignored_or_malformed

SECTION = "SKI §5.2 CBOR"

MAJORS = {
    "unsigned": UNSIGNED,
    "negative": NEGATIVE,
    "bytes": BYTES,
    "text": TEXT,
    "array": ARRAY,
    "map": MAP,
    "tag": TAG,
    "simple": SIMPLE,
}


@case("ski-5.2-cbor-indefinite-length", clauses=("SKI-5.2-06",), rows=("CB-05",), needs=("cbor", "ecdhe"))
def indefinite_length(t: Context) -> Iterator[Variant]:
    """Lengths are definite (RFC 8949 §4.2.1): an indefinite map, text, byte string or array is malformed
    here."""
    good = t.ecdhe_request()
    ordered = by_key(list(good.members.items()))
    yield outside_profile(
        t, "the map", good, cbor.encode(Indefinite(MAP, tuple(part for member in ordered for part in member)))
    )
    for name, value in ordered:
        rest = [member for member in ordered if member[0] != name]
        yield outside_profile(t, f"key {name}", good, in_order([*rest, (Indefinite(TEXT, (name,)), value)]))
        if isinstance(value, (str, bytes)):
            major = TEXT if isinstance(value, str) else BYTES
            yield outside_profile(
                t, f"{name}, one chunk", good.replaced(**{name: Indefinite(major, (value,))})
            )
            yield outside_profile(
                t, f"{name}, two chunks", good.replaced(**{name: Indefinite(major, (value[:3], value[3:]))})
            )
    for label, item in {
        "array": Indefinite(ARRAY, (1, 2)),
        "map": Indefinite(MAP, ("a", 1)),
        "empty text": from_hex("7fff"),
        "empty bytes": from_hex("5fff"),
        "empty array": from_hex("9fff"),
        "empty map": from_hex("bfff"),
    }.items():
        yield outside_profile(t, f"unknown member: {label}", good.replaced(x=item))


@case(
    "ski-5.2-cbor-bad-chunks",
    clauses=("SKI-5.2-06", "SKI-5.2.1-02"),
    rows=("CB-06",),
    needs=("cbor", "ecdhe"),
)
def bad_chunks(t: Context) -> Iterator[Variant]:
    """Chunks of an indefinite string are definite strings of its kind, then a break (RFC 8949 §3.2.3); else
    nothing is well-formed."""
    good = t.ecdhe_request()
    for label, item in {
        "text in bytes": "5f 61 78 ff",
        "bytes in text": "7f 41 78 ff",
        "number in bytes": "5f 01 ff",
        "null in text": "7f f6 ff",
        "array in bytes": "5f 80 ff",
        "tag in bytes": "5f c0 41 78 ff",
        "indefinite in bytes": "5f 5f 41 78 ff ff",
        "indefinite in text": "7f 7f 61 78 ff ff",
        "no break": "5f 41 78",
        "no break in text": "7f 61 78",
        "no chunk": "5f",
        "chunk of reserved length": "5f 5c 41 78 ff",
    }.items():
        yield malformed(t, f"unknown member: {label}", good.replaced(x=from_hex(item)))
    data: bytes = good["input"]
    for label, chunks in {
        "text": (data[:64], "x"),
        "number": (data, 0),
        "indefinite": (Indefinite(BYTES, (data,)),),
    }.items():
        yield malformed(t, f"input: chunk is {label}", good.replaced(input=Indefinite(BYTES, chunks)))
    yield malformed(t, "input: no break", good.replaced(input=Indefinite(BYTES, (data,), stop=b"")))


@case("ski-5.2-cbor-not-shortest", clauses=("SKI-5.2-06",), rows=("CB-07",), needs=("cbor", "ecdhe"))
def not_shortest(t: Context) -> Iterator[Variant]:
    """Each length and number stands in its shortest form (RFC 8949 §4.2.1); a longer one is malformed here,
    wherever it stands."""
    good = t.ecdhe_request()
    members = list(good.members.items())
    for width in (1, 2, 4, 8):
        body = head(MAP, len(members), width) + good.encode("cbor")[1:]
        yield outside_profile(t, f"the map, {width} octets", good, body)
        for name, value in members:
            rest = [member for member in members if member[0] != name]
            yield outside_profile(
                t, f"key {name}, {width} octets", good, in_order([*rest, (Wide(name, width), value)])
            )
            if len(cbor.head(TEXT, len(value) if isinstance(value, (str, bytes)) else value)) < 1 + width:
                yield outside_profile(
                    t, f"{name}, {width} octets", good.replaced(**{name: Wide(value, width)})
                )
    for item in (
        "18 05",
        "18 17",
        "19 0005",
        "19 00ff",
        "1a 0000ffff",
        "1b 00000000ffffffff",
        "38 00",
        "39 0000",
        "58 00",
        "58 17" + "00" * 23,
        "59 0018" + "00" * 24,
        "5a 00000001 00",
        "5b 0000000000000001 00",
        "78 01 61",
        "79 0001 61",
        "98 00",
        "99 0001 00",
        "b8 00",
        "b9 0001 61 61 00",
    ):
        yield outside_profile(t, f"unknown member: {item[:24]}", good.replaced(x=from_hex(item)))


@case(
    "ski-5.2-cbor-reserved-information",
    clauses=("SKI-5.2-06", "SKI-5.2.1-02"),
    rows=("CB-09",),
    needs=("cbor", "ecdhe"),
)
def reserved_information(t: Context) -> Iterator[Variant]:
    """Additional information 28 to 30 is reserved for every major type, 31 has no meaning for numbers and
    tags (RFC 8949 §3)."""
    good = t.ecdhe_request()
    for label, major in MAJORS.items():
        for information in (28, 29, 30, 31):
            if information < 31 or major in (UNSIGNED, NEGATIVE, TAG):
                item = bytes([major << 5 | information])
                yield malformed(t, f"{label} {item.hex()}", good.replaced(x=Raw(item)))
                yield malformed(t, f"{label} {item.hex()} alone", item)


@case(
    "ski-5.2-cbor-simple-values",
    clauses=("SKI-5.2-06", "SKI-5.2.1-02"),
    rows=("CB-10",),
    needs=("cbor", "ecdhe"),
)
def simple_values(t: Context) -> Iterator[Variant]:
    """Simple values below 32 in two octets are not well-formed (RFC 8949 §3.3); those without a meaning are
    no value of a member."""
    good = t.ecdhe_request()
    for number in range(32):
        yield malformed(t, f"unknown member: f8 {number:02x}", good.replaced(x=Raw(bytes([0xF8, number]))))
    for item in ("f0", "f7", "f8 20", "f8 ff", "e0", "f3"):
        yield ignored_or_malformed(
            t, f"unknown member: {item}", t.post(good.replaced(x=from_hex(item)), "cbor")
        )
        for name in ("protocol", "spki", "method", "input"):
            yield malformed(t, f"{name}: {item}", good.replaced(**{name: from_hex(item)}))


@case(
    "ski-5.2-cbor-length-claims",
    clauses=("SKI-5.2.1-02", "SKI-9-02", "REQ-7-02"),
    rows=("CB-11",),
    needs=("cbor", "ecdhe"),
)
def length_claims(t: Context) -> Iterator[Variant]:
    """A length that the body does not hold is malformed and costs neither time nor memory: nothing is made
    ready for it."""
    good = t.ecdhe_request()
    claims = (
        "5a ffffffff",
        "5b 7fffffffffffffff",
        "5b ffffffffffffffff",
        "5b 0000000100000000",
        "7a ffffffff",
        "7b ffffffffffffffff",
        "9a ffffffff",
        "9b ffffffffffffffff",
        "9b 7fffffffffffffff",
        "ba ffffffff",
        "bb 8000000000000000",
        "bb ffffffffffffffff",
        "59 ffff",
        "79 ffff",
        "99 ffff",
        "b9 ffff",
    )
    usual = min(t.proven(good, "cbor").seconds for _ in range(3))
    for claim in claims:
        octets = bytes.fromhex(claim)
        bodies: dict[str, bytes | Request] = {
            "unknown member": good.replaced(x=Raw(octets)),
            "input": good.replaced(input=Raw(octets + good["input"])),
            "spki": good.replaced(spki=Raw(octets)),
            "alone": octets,
            "the map": octets + good.encode("cbor")[1:],
            "key": in_order([*good.members.items(), (Raw(octets), 1)]),
        }
        for place, body in bodies.items():
            answers = [t.post(body, "cbor") for _ in range(3)]
            yield t.refused(f"{place}: {claim}", answers[0], MALFORMED)
            fastest = min(a.seconds for a in answers)
            yield t.check(
                f"{place}: {claim}, time",
                fastest < usual + 0.1,
                "no longer than a good request, give or take 0.1 s",
                f"{fastest:.3f} s, a good request {usual:.3f} s",
                answers[0],
            )


@case("ski-5.2-cbor-breaks", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-13",), needs=("cbor", "ecdhe"))
def breaks(t: Context) -> Iterator[Variant]:
    """A break ends an indefinite item and stands nowhere else; an indefinite map has as many values as keys
    (RFC 8949 §3.2.1)."""
    good = t.ecdhe_request()
    body, count = good.encode("cbor"), len(good.members)
    ordered = by_key(list(good.members.items()))
    flat = tuple(part for member in ordered for part in member)
    bodies: dict[str, bytes | Request] = (
        {
            "indefinite map, value missing": cbor.encode(Indefinite(MAP, (*flat, "zzzzzzzzz"))),
            "indefinite map, last value missing": cbor.encode(Indefinite(MAP, flat[:-1])),
            "break for a key": head(MAP, count + 1) + body[1:] + cbor.BREAK + b"\0",
            "break for the first key": head(MAP, count + 1) + cbor.BREAK + b"\0" + body[1:],
            "break for the last pair": head(MAP, count + 1) + body[1:] + cbor.BREAK,
            "break after the map": body + cbor.BREAK,
        }
        | {f"break for the value of {name}": good.replaced(**{name: Raw(cbor.BREAK)}) for name, _ in ordered}
        | {
            f"unknown member: {item}": good.replaced(x=from_hex(item))
            for item in (
                "ff",
                "81 ff",
                "82 00 ff",
                "a1 61 61 ff",
                "a1 ff 00",
                "c0 ff",
                "bf 61 61 ff",
                "bf 61 61 00 61 62 ff",
                "9f",
            )
        }
    )
    for label, spoilt in bodies.items():
        yield malformed(t, label, spoilt)


@case("ski-5.2-cbor-utf8", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-14",), needs=("cbor", "ecdhe"))
def not_utf8(t: Context) -> Iterator[Variant]:
    """Text is UTF-8 (RFC 8949 §3.1); other octets in a text string are malformed, as value, as key, and split
    over chunks."""
    good = t.ecdhe_request()
    members = list(good.members.items())
    for octets, label in NOT_UTF8.items():
        text = Raw(head(TEXT, len(octets) // 2) + bytes.fromhex(octets))
        yield malformed(t, f"unknown value: {label}", good.replaced(x=text))
        yield malformed(t, f"unknown key: {label}", in_order([*members, (text, 1)]))
        spoilt = good["protocol"].encode("ascii") + bytes.fromhex(octets)
        yield malformed(
            t, f"protocol: {label}", good.replaced(protocol=Raw(head(TEXT, len(spoilt)) + spoilt))
        )
    for item in ("7f 61 c3 61 a9 ff", "7f 62 e282 61 ac ff"):
        yield malformed(t, f"chunks {item}", good.replaced(x=from_hex(item)))
