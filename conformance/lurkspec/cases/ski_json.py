"""JSON as the wire format of SKI (§5.2, RFC 8259): one object and nothing else, each member once, UTF-8."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Level, Variant, case
from ..codecs import json, tls
from ..context import Context
from ..request import MALFORMED, Request, pairs
from ._tolerance import NOT_UTF8, beyond_limits, hashing_key, ignored_or_malformed

SECTION = "SKI §5.2 JSON"

# RFC 8259 §3 to §7: each is no JSON value, wherever it stands.
NOT_A_VALUE = (
    "NaN", "Infinity", "-Infinity", "nan", "undefined", "None", "True", "nul", "0x10", "0o17", "+1", "01",
    "-01",
    ".5", "1.", "1.e5", "1e", "1e+", "--1", "- 1", "1_000", "1,5", "'a'", "`a`", "a", '"a', '"a" "b"',
    r'"\x41"',
    r'"\u00g0"', r'"\u12"', r'"\a"', r'"\U00000041"', "[1,]", "[,1]", "[1 2]", "[1", '{"a":1,}', '{"a" 1}',
    '{"a":}', '{"a"}', "{a:1}", "{1:2}", "{null:1}", "[1}", "")
SPACES = {"blank": "\x20", "tab": "\t", "line feed": "\n", "carriage return": "\r"}


def _with_value(request: Request, text: str) -> Request:
    """One more member, whose value is this text."""
    return request.replaced(x=json.Raw(text))


@case("ski-5.2-json-no-object", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-01",),
      needs=("json", "ecdhe"))
def no_object(t: Context) -> Iterator[Variant]:
    """A payload is one JSON object (§5.2): nothing, blanks and values of other kinds are malformed."""
    good = t.ecdhe_request().encode("json").decode("ascii")
    bodies = {"empty": "", "blanks": " \t\r\n"} | {
        text: text for text in ("null", "true", "false", "[]", "[{}]", '"x"', "1", "1.5e3", "{", "}", "{}")
    } | {"object in an array": f"[{good}]", "object as a string": json.encode(good).decode("ascii")}
    for label, body in bodies.items():
        yield t.refused(label, t.post(body.encode("ascii"), "json"), MALFORMED)


@case("ski-5.2-json-truncated", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-01",),
      needs=("json", "ecdhe"))
def truncated(t: Context) -> Iterator[Variant]:
    """A JSON object that ends early, at whatever octet, is malformed."""
    good = t.ecdhe_request().encode("json")
    for length in range(1, len(good)):
        yield t.refused(f"{length} octets", t.post(good[:length], "json"), MALFORMED)


@case("ski-5.2-json-duplicate-member", clauses=("SKI-P-07", "SKI-5.2.1-02"), rows=("JS-02",),
      needs=("json", "ecdhe"))
def duplicate_member(t: Context) -> Iterator[Variant]:
    """A member that stands twice makes the object malformed: two readers could read two requests.

    With equal values, good before bad and after it, and with the name of one of them spelt with an escape.
    """
    good = t.ecdhe_request(hashing_key(t))
    others = {"protocol": "DTLS 1.2", "spki": t.rng.randbytes(32), "method": "RSA", "hash": "SHA-512",
              "input": t.ecdhe_request()["input"]}
    for name, other in others.items():
        rest = [member for member in good.members.items() if member[0] != name]
        escaped = json.Raw(f'"\\u{ord(name[0]):04x}{name[1:]}"')
        for label, first, last in (
                ("twice the same", (name, good[name]), (name, good[name])),
                ("good first", (name, good[name]), (name, other)),
                ("good last", (name, other), (name, good[name])),
                ("good first, escaped", (escaped, good[name]), (name, other)),
                ("good last, escaped", (name, other), (escaped, good[name]))):
            yield t.refused(f"{name} {label}", t.post(pairs([first, *rest, last], "json"), "json"), MALFORMED)
    unknown = pairs([("x", 1), *good.members.items(), ("x", 1)], "json")
    yield t.refused("unknown member", t.post(unknown, "json"), MALFORMED)


@case("ski-5.2-json-no-value", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-03",),
      needs=("json", "ecdhe"))
def no_value(t: Context) -> Iterator[Variant]:
    """What is no JSON value makes the object malformed in an unknown member too: NaN, hex numbers, trailing
    commas …"""
    good = t.ecdhe_request()
    for text in NOT_A_VALUE:
        yield t.refused(text or "(nothing)", t.post(_with_value(good, text), "json"), MALFORMED)


@case("ski-5.2-json-syntax", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-03",), needs=("json", "ecdhe"))
def bad_syntax(t: Context) -> Iterator[Variant]:
    """What other notations allow is malformed: comments, single quotes, bare names, spare commas (RFC 8259
    §2, §4)."""
    good = t.ecdhe_request().encode("json").decode("ascii")
    first, comma, rest = good.partition(",")
    bodies = {
        "trailing comma": good[:-1] + ",}", "leading comma": "{," + good[1:],
        "two commas": f"{first},,{rest}",
        "no comma": f"{first} {rest}", "semicolon": f"{first};{rest}",
        "equals sign": good.replace(":", "=", 1),
        "two colons": good.replace(":", "::", 1), "single quotes": good.replace('"', "'"),
        "bare name": good.replace('"input"', "input"), "bare value": good.replace('"ECDHE"', "ECDHE"),
        "comment /* */ before": "/* */" + good, "comment /* */ inside": f"{first},/* */{rest}",
        "comment // inside": f"{first},// x\n{rest}", "comment # inside": f"{first},# x\n{rest}",
        "comment // after": good + "// x", "in parentheses": f"({good})", "callback": f"f({good});",
        "square brackets": f"[{good[1:-1]}]", "no braces": good[1:-1], "wrong brace": good[:-1] + "]",
        "anti-hijacking prefix": ")]}'," + good, "record separator": "\x1e" + good,
    }
    for label, body in bodies.items():
        yield t.refused(label, t.post(body.encode("ascii"), "json"), MALFORMED)


@case("ski-5.2-json-trailing-data", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-04",),
      needs=("json", "ecdhe"))
def trailing_data(t: Context) -> Iterator[Variant]:
    """Nothing but blanks stands after the object: no octet, no NUL, no second object."""
    good, second = t.ecdhe_request().encode("json"), t.ecdhe_request().encode("json")
    tails = {"x": b"x", "brace": b"}", "bracket": b"]", "comma": b",", "zero": b"0", "null": b" null",
             "NUL": b"\0", "blank and NUL": b" \0", "NUL and object": b"\0" + second, "empty object": b"{}",
             "second object": second, "second object on a line": b"\n" + second, "same object": good,
             "form feed": b"\x0c", "no-break space": b"\xc2\xa0", "ff": b"\xff"}
    for label, tail in tails.items():
        yield t.refused(label, t.post(good + tail, "json"), MALFORMED)


@case("ski-5.2-json-extreme-numbers", clauses=("SKI-P-07", "SKI-P-08", "SKI-9-02"), rows=("JS-05",),
      needs=("json", "ecdhe"))
def extreme_numbers(t: Context) -> Iterator[Variant]:
    """Extreme numbers are ignored or malformed in an unknown member, malformed in a required one; in bounded
    time."""
    good = t.ecdhe_request()
    numbers = {"1e400": "1e400", "-1e400": "-1e400", "1e-400": "1e-400", "-0": "-0",
               "1E+2147483648": "1E+2147483648",
               "1e-99999999999": "1e-99999999999", "2^64": str(2**64), "1000 digits": "9" * 1000,
               "8000 digits": "9" * 8000, "8000 decimals": "0." + "1" * 8000}
    for label, number in numbers.items():
        yield ignored_or_malformed(t, f"unknown {label}", t.post(_with_value(good, number), "json"))
        for name in ("protocol", "spki", "input"):
            answer = t.post(good.replaced(**{name: json.Raw(number)}), "json")
            yield t.refused(f"{name} {label}", answer, MALFORMED)


@case("ski-5.2-json-character-encoding", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-07",),
      needs=("json", "ecdhe"))
def character_encoding(t: Context) -> Iterator[Variant]:
    """JSON is UTF-8 (RFC 8259 §8.1): UTF-16 and UTF-32 are malformed, and so are octets that are no UTF-8."""
    good = t.ecdhe_request()
    text = good.encode("json").decode("ascii")
    for encoding in ("utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be", "utf-32"):
        yield t.refused(encoding, t.post(text.encode(encoding), "json"), MALFORMED)
    places = {"unknown member": good.replaced(x="@@"), "name": good.replaced(**{"@@": 1}),
              "protocol": good.replaced(protocol=f"{good['protocol']}@@")}
    for octets, label in NOT_UTF8.items():
        for place, request in places.items():
            body = request.encode("json").replace(b"@@", bytes.fromhex(octets))
            yield t.refused(f"{place}: {label}", t.post(body, "json"), MALFORMED)


@case("ski-5.2-json-byte-order-mark", clauses=("SKI-5.2-06",), rows=("JS-07",), level=Level.SHOULD,
      needs=("json", "ecdhe"))
def byte_order_mark(t: Context) -> Iterator[Variant]:
    """A byte order mark is malformed here; RFC 8259 §8.1 lets a reader ignore one."""
    request = t.ecdhe_request()
    answer = t.post(b"\xef\xbb\xbf" + request.encode("json"), "json")
    if answer.output is None:
        yield t.refused("mark", answer, MALFORMED)
    else:
        yield t.check("mark", False, "malformed request", answer.summary, answer,
                      lenient=not request.check(answer.output))


@case("ski-5.2-json-escaped-characters", clauses=("SKI-5.2-10", "SKI-5.2-13", "SKI-P-08"), rows=("JS-07",),
      needs=("json", "ecdhe"))
def escaped_characters(t: Context) -> Iterator[Variant]:
    r"""A lone surrogate or \u0000 is no part of a legal value; where nobody asks for it, it is ignored or
    malformed."""
    good = t.ecdhe_request()
    for escape in (r"\u0000", r"\ud800", r"\udc00", r"\udc00\ud800", r"\ud800x"):
        for name in ("protocol", "method"):
            spoilt = good.replaced(**{name: json.Raw(f'"{good[name]}{escape}"')})
            yield t.refused(f"{name} {escape}", t.post(spoilt, "json"), MALFORMED)
        yield ignored_or_malformed(t, f"unknown value {escape}",
                                   t.post(_with_value(good, f'"{escape}"'), "json"))
        named = pairs([*good.members.items(), (json.Raw(f'"{escape}"'), 1)], "json")
        yield ignored_or_malformed(t, f"unknown name {escape}", t.post(named, "json"), good.check)


@case("ski-5.2-json-control-characters", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-07",),
      needs=("json", "ecdhe"))
def control_characters(t: Context) -> Iterator[Variant]:
    """Control characters stand in strings only as escapes (RFC 8259 §7); raw ones are malformed in any
    string."""
    good = t.ecdhe_request()
    for code in range(0x20):
        raw = json.Raw(f'"a{chr(code)}b"')
        yield t.refused(f"unknown value {code:02x}", t.post(good.replaced(x=raw), "json"), MALFORMED)
        named = pairs([*good.members.items(), (raw, 1)], "json")
        yield t.refused(f"unknown name {code:02x}", t.post(named, "json"), MALFORMED)
        method = good.replaced(method=json.Raw(f'"ECDHE{chr(code)}"'))
        yield t.refused(f"method {code:02x}", t.post(method, "json"), MALFORMED)


@case("ski-5.2-json-nesting", clauses=("SKI-P-08", "SKI-9-02"), rows=("JS-08",), needs=("json", "ecdhe"))
def nesting(t: Context) -> Iterator[Variant]:
    """Deep nesting is malformed, or too large, but never costs the server its stack; a few levels are
    ignored."""
    good = t.ecdhe_request()
    shapes = {"arrays": ("[", "", "]"), "objects": ('{"a":', "1", "}"), "arrays, open": ("[", "", "")}
    for label, (begin, middle, end) in shapes.items():
        if end:
            yield t.served(f"8 {label}", t.post(_with_value(good, begin * 8 + (middle or "[]") + end * 8),
                                                "json"))
        for depth in (100, 2_000):
            nested = begin * depth + middle + end * depth
            yield t.refused(f"{depth} {label}", t.post(_with_value(good, nested), "json"), MALFORMED)
            yield t.refused(f"{depth} {label} alone", t.post(nested.encode("ascii"), "json"), MALFORMED)
        nested = begin * 100_000 + middle + end * 100_000
        yield beyond_limits(t, f"100000 {label}", t.post(_with_value(good, nested), "json"))
        yield beyond_limits(t, f"100000 {label} alone", t.post(nested.encode("ascii"), "json"))


@case("ski-5.2-json-spellings", clauses=("SKI-5.2-06", "SKI-7.1.1-01"), needs=("json", "ecdhe"))
def spellings(t: Context) -> Iterator[Variant]:
    """One JSON object can be spelt in many ways, and every spelling is the same request: blanks, order,
    escapes."""
    # FF octets are solidi in base64.
    good = t.ecdhe_request(input=tls.ecdhe_input(t.ecdhe_params(), b"\xff" * 32, t.rng.randbytes(32)))
    members = list(good.members.items())
    escaped = [(json.Raw('"' + "".join(f"\\u{ord(c):04X}" for c in name) + '"'), value) for name,
               value in members]
    text = good.encode("json").decode("ascii")
    bodies = {f"{label}s": space + text.replace(",", f"{space},{space}").replace('":"',
                                                                                 f'"{space}:{space}"') + space
              for label, space in SPACES.items()} | {
        "members reversed": json.encode(json.Pairs(tuple(reversed(members)))).decode("ascii"),
        "names escaped": json.encode(json.Pairs(tuple(escaped))).decode("ascii"),
        "solidus escaped": text.replace("/", "\\/"), "equals signs escaped": text.replace("=", "\\u003d"),
        "method escaped": text.replace("ECDHE", "\\u0045CDHE"),
    }
    for label, body in bodies.items():
        yield t.served(label, t.post(body.encode("ascii"), "json"), good.check)
