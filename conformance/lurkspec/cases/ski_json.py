"""JSON as the wire format of SKI (§5.2, RFC 8259): one object and nothing else, each member once, UTF-8."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import json, tls
from ..context import Context
from ..request import MALFORMED, pairs
from ._keys import hashing_key

SECTION = "SKI §5.2 JSON"

SPACES = {"blank": "\x20", "tab": "\t", "line feed": "\n", "carriage return": "\r"}


@case(
    "ski-5.2-json-no-object", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-01",), needs=("json", "ecdhe")
)
def no_object(t: Context) -> Iterator[Variant]:
    """A payload is one JSON object (§5.2): nothing, blanks and values of other kinds are malformed."""
    good = t.ecdhe_request().encode("json").decode("ascii")
    bodies = (
        {"empty": "", "blanks": " \t\r\n"}
        | {
            text: text
            for text in ("null", "true", "false", "[]", "[{}]", '"x"', "1", "1.5e3", "{", "}", "{}")
        }
        | {"object in an array": f"[{good}]", "object as a string": json.encode(good).decode("ascii")}
    )
    for label, body in bodies.items():
        yield t.refused(label, t.post(body.encode("ascii"), "json"), MALFORMED)


@case(
    "ski-5.2-json-truncated", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-01",), needs=("json", "ecdhe")
)
def truncated(t: Context) -> Iterator[Variant]:
    """A JSON object that ends early, at whatever octet, is malformed."""
    good = t.ecdhe_request().encode("json")
    for length in range(1, len(good)):
        yield t.refused(f"{length} octets", t.post(good[:length], "json"), MALFORMED)


@case(
    "ski-5.2-json-duplicate-member",
    clauses=("SKI-P-07", "SKI-5.2.1-02"),
    rows=("JS-02",),
    needs=("json", "ecdhe"),
)
def duplicate_member(t: Context) -> Iterator[Variant]:
    """A member that stands twice makes the object malformed: two readers could read two requests.

    With equal values, good before bad and after it, and with the name of one of them spelt with an escape.
    """
    good = t.ecdhe_request(hashing_key(t))
    others = {
        "protocol": "DTLS 1.2",
        "spki": t.rng.randbytes(32),
        "method": "RSA",
        "hash": "SHA-512",
        "input": t.ecdhe_request()["input"],
    }
    for name, other in others.items():
        rest = [member for member in good.members.items() if member[0] != name]
        escaped = json.Raw(f'"\\u{ord(name[0]):04x}{name[1:]}"')
        for label, first, last in (
            ("twice the same", (name, good[name]), (name, good[name])),
            ("good first", (name, good[name]), (name, other)),
            ("good last", (name, other), (name, good[name])),
            ("good first, escaped", (escaped, good[name]), (name, other)),
            ("good last, escaped", (name, other), (escaped, good[name])),
        ):
            yield t.refused(f"{name} {label}", t.post(pairs([first, *rest, last], "json"), "json"), MALFORMED)
    unknown = pairs([("x", 1), *good.members.items(), ("x", 1)], "json")
    yield t.refused("unknown member", t.post(unknown, "json"), MALFORMED)


@case("ski-5.2-json-syntax", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-03",), needs=("json", "ecdhe"))
def bad_syntax(t: Context) -> Iterator[Variant]:
    """What other notations allow is malformed: comments, single quotes, bare names, spare commas (RFC 8259
    §2, §4)."""
    good = t.ecdhe_request().encode("json").decode("ascii")
    first, _, rest = good.partition(",")
    bodies = {
        "trailing comma": good[:-1] + ",}",
        "leading comma": "{," + good[1:],
        "two commas": f"{first},,{rest}",
        "no comma": f"{first} {rest}",
        "semicolon": f"{first};{rest}",
        "equals sign": good.replace(":", "=", 1),
        "two colons": good.replace(":", "::", 1),
        "single quotes": good.replace('"', "'"),
        "bare name": good.replace('"input"', "input"),
        "bare value": good.replace('"ECDHE"', "ECDHE"),
        "comment /* */ before": "/* */" + good,
        "comment /* */ inside": f"{first},/* */{rest}",
        "comment // inside": f"{first},// x\n{rest}",
        "comment # inside": f"{first},# x\n{rest}",
        "comment // after": good + "// x",
        "in parentheses": f"({good})",
        "callback": f"f({good});",
        "square brackets": f"[{good[1:-1]}]",
        "no braces": good[1:-1],
        "wrong brace": good[:-1] + "]",
        "anti-hijacking prefix": ")]}'," + good,
        "record separator": "\x1e" + good,
    }
    for label, body in bodies.items():
        yield t.refused(label, t.post(body.encode("ascii"), "json"), MALFORMED)


@case(
    "ski-5.2-json-trailing-data",
    clauses=("SKI-5.2-06", "SKI-5.2.1-02"),
    rows=("JS-04",),
    needs=("json", "ecdhe"),
)
def trailing_data(t: Context) -> Iterator[Variant]:
    """Nothing but blanks stands after the object: no octet, no NUL, no second object."""
    good, second = t.ecdhe_request().encode("json"), t.ecdhe_request().encode("json")
    tails = {
        "x": b"x",
        "brace": b"}",
        "bracket": b"]",
        "comma": b",",
        "zero": b"0",
        "null": b" null",
        "NUL": b"\0",
        "blank and NUL": b" \0",
        "NUL and object": b"\0" + second,
        "empty object": b"{}",
        "second object": second,
        "second object on a line": b"\n" + second,
        "same object": good,
        "form feed": b"\x0c",
        "no-break space": b"\xc2\xa0",
        "ff": b"\xff",
    }
    for label, tail in tails.items():
        yield t.refused(label, t.post(good + tail, "json"), MALFORMED)


@case("ski-5.2-json-spellings", clauses=("SKI-5.2-06", "SKI-7.1.1-01"), needs=("json", "ecdhe"))
def spellings(t: Context) -> Iterator[Variant]:
    """One JSON object can be spelt in many ways, and every spelling is the same request: blanks, order,
    escapes."""
    # FF octets are solidi in base64.
    good = t.ecdhe_request(input=tls.ecdhe_input(t.ecdhe_params(), b"\xff" * 32, t.rng.randbytes(32)))
    members = list(good.members.items())
    escaped = [
        (json.Raw('"' + "".join(f"\\u{ord(c):04X}" for c in name) + '"'), value) for name, value in members
    ]
    text = good.encode("json").decode("ascii")
    bodies = {
        f"{label}s": space
        + text.replace(",", f"{space},{space}").replace('":"', f'"{space}:{space}"')
        + space
        for label, space in SPACES.items()
    } | {
        "members reversed": json.encode(json.Pairs(tuple(reversed(members)))).decode("ascii"),
        "names escaped": json.encode(json.Pairs(tuple(escaped))).decode("ascii"),
        "solidus escaped": text.replace("/", "\\/"),
        "equals signs escaped": text.replace("=", "\\u003d"),
        "method escaped": text.replace("ECDHE", "\\u0045CDHE"),
    }
    for label, body in bodies.items():
        yield t.served(label, t.post(body.encode("ascii"), "json"), good.check)
