"""CBOR items that have no place in SKI: keys that are no text, tags, floats, references (§5.2, RFC 8949)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import cbor
from ..codecs.cbor import Raw, Tag
from ..codecs.tls import SCHEMES
from ..context import Context
from ..request import MALFORMED
from ._cbor import from_hex, in_order, outside_profile
from ._tolerance import beyond_limits, ignored_or_malformed

SECTION = "SKI §5.2 CBOR"

TAGGED = {
    "bignum 1": "c2 41 01",
    "bignum, empty": "c2 40",
    "bignum, leading zeros": "c2 43 000001",
    "bignum 2^64": "c2 49 010000000000000000",
    "negative bignum": "c3 41 01",
    "negative bignum, empty": "c3 40",
    "bignum of text": "c2 61 31",
    "decimal 10^2^64": "c4 82 c2 49 010000000000000000 01",
    "decimal 10^(2^64-1)": "c4 82 1b ffffffffffffffff 01",
    "bigfloat": "c5 82 1b 7fffffffffffffff 01",
    "date": "c0 74 323032362d30312d30315430303a30303a30305a",
    "epoch": "c1 00",
    "embedded CBOR": "d818 41 00",
    "embedded CBOR, cut": "d818 41 58",
    "base64 expected": "d6 41 00",
    "URI": "d820 61 2f",
    "regular expression": "d823 66 28612b292b24",
    "self-described": "d9d9f7 00",
    "tag on a tag": "c1 c1 00",
    "tag 2^64-1": "db ffffffffffffffff 00",
    "tag 1, not shortest": "d801 00",
    "tag 2^16": "da 00010000 00",
}
FLOATS = {
    "1.0, half": "f9 3c00",
    "1.0, single": "fa 3f800000",
    "1.0, double": "fb 3ff0000000000000",
    "1.1": "fb 3ff199999999999a",
    "0.0": "f9 0000",
    "-0.0": "f9 8000",
    "-0.0, double": "fb 8000000000000000",
    "NaN": "f9 7e00",
    "NaN with payload": "f9 7e01",
    "NaN, double": "fb 7ff8000000000000",
    "signalling NaN": "fb 7ff0000000000001",
    "negative NaN": "fb fff8000000000001",
    "Infinity": "f9 7c00",
    "-Infinity": "f9 fc00",
    "Infinity, double": "fb 7ff0000000000000",
    "subnormal": "fb 0000000000000001",
}
REFERENCES = {
    "shared value": "d81c 81 00",
    "reference to it": "82 d81c 81 00 d81d 00",
    "value that holds itself": "d81c 81 d81d 00",
    "reference to nothing": "d81d 00",
    "reference 2^64-1": "d81d 1b ffffffffffffffff",
    "string namespace": "d90100 82 63 616263 d819 00",
    "string reference alone": "d819 00",
    # Nine values, each made of ten references to the one before it.
    "billion laughs": "89 d81c 63 6c6f6c" + "".join("d81c 8a" + f"d81d {i:02x}" * 10 for i in range(8)),
}


@case(
    "ski-5.2-cbor-key-kinds", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("CB-16",), needs=("cbor", "ecdhe")
)
def key_kinds(t: Context) -> Iterator[Variant]:
    """Attributes have names (§5.2): a key that is no text makes the map malformed, and never stands for a
    member."""
    good = t.ecdhe_request()
    members = list(good.members.items())
    keys = {
        "0": 0,
        "1": 1,
        "-1": -1,
        "2^64-1": 2**64 - 1,
        "bytes input": b"input",
        "empty bytes": b"",
        "empty array": [],
        "array": ["input"],
        "empty map": {},
        "map": {"input": 1},
        "false": False,
        "null": None,
        "1.5": 1.5,
        "NaN": from_hex("f97e00"),
        "-0.0": from_hex("f98000"),
        "undefined": from_hex("f7"),
        "tagged text": Tag(32, "input"),
    }
    for label, key in keys.items():
        yield outside_profile(t, f"further key {label}", good, in_order([*members, (key, 1)]))
    for name, value in members:
        rest = [member for member in members if member[0] != name]
        if name in ("protocol", "spki", "input"):
            for label, key in {
                "bytes": name.encode("ascii"),
                "array": [name],
                "tagged": Tag(32, name),
                "number": 7,
            }.items():
                body = in_order([*rest, (key, value)])
                yield t.refused(f"{name} as {label}", t.post(body, "cbor"), MALFORMED)


def _foreign_items(t: Context, items: dict[str, str]) -> Iterator[Variant]:
    """Items without a place in SKI as value of an unknown member, and in place of each kind of value."""
    good = t.ecdhe_request()
    for label, item in items.items():
        yield outside_profile(t, f"unknown member: {label}", good.replaced(x=from_hex(item)))
        for name in ("protocol", "spki", "input"):
            answer = t.post(good.replaced(**{name: from_hex(item)}), "cbor")
            yield t.refused(f"{name}: {label}", answer, MALFORMED)


@case("ski-5.2-cbor-tags", clauses=("SKI-5.2-06", "SKI-9-02"), rows=("CB-17",), needs=("cbor", "ecdhe"))
def tags(t: Context) -> Iterator[Variant]:
    """No member has a tag: bignums, decimals with huge exponents, embedded CBOR and unknown tags are
    malformed."""
    yield from _foreign_items(t, TAGGED)
    good = t.ecdhe_request()
    for number in (21, 22, 24, 2**64 - 1):
        yield outside_profile(
            t, f"good input under tag {number}", good.replaced(input=Tag(number, good["input"]))
        )
    huge = good.replaced(x=Tag(2, bytes(1 << 20)))
    yield beyond_limits(t, "bignum of 1 MiB", t.post(huge, "cbor"))


@case("ski-5.2-cbor-floats", clauses=("SKI-5.2-06",), rows=("CB-18",), needs=("cbor", "ecdhe"))
def floats(t: Context) -> Iterator[Variant]:
    """No member is a floating-point number, and none stands for an integer: NaN, infinities and negative zero
    are malformed."""
    yield from _foreign_items(t, FLOATS)


@case(
    "ski-p-cbor-scheme-kinds",
    clauses=("SKI-P-07", "SKI-P-16"),
    rows=("CB-07", "CB-17", "CB-18"),
    needs=("cbor", "tls13", "ec-p256"),
)
def scheme_kinds(t: Context) -> Iterator[Variant]:
    """`scheme` is an unsigned integer in its shortest form; the same number as float, as bignum or in more
    octets is malformed."""
    number = SCHEMES["ecdsa_secp256r1_sha256"]
    good = t.ecdhe_request(t.key("ec-p256"), scheme=number)
    yield t.served("control", t.post(good, "cbor"))
    items = {
        f"float of {struct.calcsize(code)} octets": first + struct.pack(code, float(number))
        for first, code in ((b"\xf9", ">e"), (b"\xfa", ">f"), (b"\xfb", ">d"))
    } | {
        "bignum": cbor.encode(Tag(2, number.to_bytes(2, "big"))),
        "four octets": cbor.encode(number, 4),
        "eight octets": cbor.encode(number, 8),
        "decimal fraction": cbor.encode(Tag(4, [0, number])),
    }
    for label, item in items.items():
        yield outside_profile(t, label, good.replaced(scheme=Raw(item)))


@case(
    "ski-5.2-cbor-negative-numbers",
    clauses=("SKI-P-07", "SKI-P-08"),
    rows=("CB-19",),
    needs=("cbor", "ecdhe"),
)
def negative_numbers(t: Context) -> Iterator[Variant]:
    """No member is negative: such a number is malformed where a value is needed, and ignored where nobody
    asks for it."""
    good = t.ecdhe_request()
    for label, item in {
        "-1": "20",
        "-256": "38 ff",
        "-2^63": "3b 7fffffffffffffff",
        "-2^64": "3b ffffffffffffffff",
    }.items():
        for name in ("protocol", "spki", "method", "input"):
            yield t.refused(
                f"{name}: {label}", t.post(good.replaced(**{name: from_hex(item)}), "cbor"), MALFORMED
            )
        if "TLS 1.3" in t.target.protocols:
            answer = t.post(good.without("hash").replaced(scheme=from_hex(item)), "cbor")
            yield t.refused(f"scheme: {label}", answer, MALFORMED)
        yield ignored_or_malformed(
            t, f"unknown member: {label}", t.post(good.replaced(x=from_hex(item)), "cbor")
        )


@case("ski-5.2-cbor-references", clauses=("SKI-5.2-06", "SKI-9-02"), rows=("CB-20",), needs=("cbor", "ecdhe"))
def references(t: Context) -> Iterator[Variant]:
    """References of one part of a message to another are tags and malformed: nothing is shared, repeated or
    unfolded."""
    yield from _foreign_items(t, REFERENCES)
    good = t.ecdhe_request()
    for number in (28, 256):
        yield outside_profile(
            t, f"the map under tag {number}", good, cbor.encode(Tag(number, Raw(good.encode("cbor"))))
        )
