"""Values in JSON (RFC 8259 §3 to §8): what is none, extreme numbers, character encoding, escapes, depth."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Level, Variant, case
from ..codecs import json
from ..context import Context
from ..request import MALFORMED, Request, pairs
from ._tolerance import NOT_UTF8, beyond_limits, ignored_or_malformed

SECTION = "SKI §5.2 JSON"

# RFC 8259 §3 to §7: each is no JSON value, wherever it stands.
NOT_A_VALUE = (
    "NaN",
    "Infinity",
    "-Infinity",
    "nan",
    "undefined",
    "None",
    "True",
    "nul",
    "0x10",
    "0o17",
    "+1",
    "01",
    "-01",
    ".5",
    "1.",
    "1.e5",
    "1e",
    "1e+",
    "--1",
    "- 1",
    "1_000",
    "1,5",
    "'a'",
    "`a`",
    "a",
    '"a',
    '"a" "b"',
    r'"\x41"',
    r'"\u00g0"',
    r'"\u12"',
    r'"\a"',
    r'"\U00000041"',
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1",
    '{"a":1,}',
    '{"a" 1}',
    '{"a":}',
    '{"a"}',
    "{a:1}",
    "{1:2}",
    "{null:1}",
    "[1}",
    "",
)


def _with_value(request: Request, text: str) -> Request:
    """One more member, whose value is this text."""
    return request.replaced(x=json.Raw(text))


@case(
    "ski-5.2-json-no-value", clauses=("SKI-5.2-06", "SKI-5.2.1-02"), rows=("JS-03",), needs=("json", "ecdhe")
)
def no_value(t: Context) -> Iterator[Variant]:
    """What is no JSON value makes the object malformed in an unknown member too: NaN, hex numbers, trailing
    commas …"""
    good = t.ecdhe_request()
    for text in NOT_A_VALUE:
        yield t.refused(text or "(nothing)", t.post(_with_value(good, text), "json"), MALFORMED)


@case(
    "ski-5.2-json-extreme-numbers",
    clauses=("SKI-P-07", "SKI-P-08", "SKI-9-02"),
    rows=("JS-05",),
    needs=("json", "ecdhe"),
)
def extreme_numbers(t: Context) -> Iterator[Variant]:
    """Extreme numbers are ignored or malformed in an unknown member, malformed in a required one; in bounded
    time."""
    good = t.ecdhe_request()
    numbers = {
        "1e400": "1e400",
        "-1e400": "-1e400",
        "1e-400": "1e-400",
        "-0": "-0",
        "1E+2147483648": "1E+2147483648",
        "1e-99999999999": "1e-99999999999",
        "2^64": str(2**64),
        "1000 digits": "9" * 1000,
        "8000 digits": "9" * 8000,
        "8000 decimals": "0." + "1" * 8000,
    }
    for label, number in numbers.items():
        yield ignored_or_malformed(t, f"unknown {label}", t.post(_with_value(good, number), "json"))
        for name in ("protocol", "spki", "input"):
            answer = t.post(good.replaced(**{name: json.Raw(number)}), "json")
            yield t.refused(f"{name} {label}", answer, MALFORMED)


@case(
    "ski-5.2-json-character-encoding",
    clauses=("SKI-5.2-06", "SKI-5.2.1-02"),
    rows=("JS-07",),
    needs=("json", "ecdhe"),
)
def character_encoding(t: Context) -> Iterator[Variant]:
    """JSON is UTF-8 (RFC 8259 §8.1): UTF-16 and UTF-32 are malformed, and so are octets that are no UTF-8."""
    good = t.ecdhe_request()
    text = good.encode("json").decode("ascii")
    for encoding in ("utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32-be", "utf-32"):
        yield t.refused(encoding, t.post(text.encode(encoding), "json"), MALFORMED)
    places = {
        "unknown member": good.replaced(x="@@"),
        "name": good.replaced(**{"@@": 1}),
        "protocol": good.replaced(protocol=f"{good['protocol']}@@"),
    }
    for octets, label in NOT_UTF8.items():
        for place, request in places.items():
            body = request.encode("json").replace(b"@@", bytes.fromhex(octets))
            yield t.refused(f"{place}: {label}", t.post(body, "json"), MALFORMED)


@case(
    "ski-5.2-json-byte-order-mark",
    clauses=("SKI-5.2-06",),
    rows=("JS-07",),
    level=Level.SHOULD,
    needs=("json", "ecdhe"),
)
def byte_order_mark(t: Context) -> Iterator[Variant]:
    """A byte order mark is malformed here; RFC 8259 §8.1 lets a reader ignore one."""
    request = t.ecdhe_request()
    answer = t.post(b"\xef\xbb\xbf" + request.encode("json"), "json")
    if answer.output is None:
        yield t.refused("mark", answer, MALFORMED)
    else:
        yield t.check(
            "mark",
            False,
            "malformed request",
            answer.summary,
            answer,
            lenient=not request.check(answer.output),
        )


@case(
    "ski-5.2-json-escaped-characters",
    clauses=("SKI-5.2-10", "SKI-5.2-13", "SKI-P-08"),
    rows=("JS-07",),
    needs=("json", "ecdhe"),
)
def escaped_characters(t: Context) -> Iterator[Variant]:
    r"""A lone surrogate or \u0000 is no part of a legal value; where nobody asks for it, it is ignored or
    malformed."""
    good = t.ecdhe_request()
    for escape in (r"\u0000", r"\ud800", r"\udc00", r"\udc00\ud800", r"\ud800x"):
        for name in ("protocol", "method"):
            spoilt = good.replaced(**{name: json.Raw(f'"{good[name]}{escape}"')})
            yield t.refused(f"{name} {escape}", t.post(spoilt, "json"), MALFORMED)
        yield ignored_or_malformed(
            t, f"unknown value {escape}", t.post(_with_value(good, f'"{escape}"'), "json")
        )
        named = pairs([*good.members.items(), (json.Raw(f'"{escape}"'), 1)], "json")
        yield ignored_or_malformed(t, f"unknown name {escape}", t.post(named, "json"), good.check)


@case(
    "ski-5.2-json-control-characters",
    clauses=("SKI-5.2-06", "SKI-5.2.1-02"),
    rows=("JS-07",),
    needs=("json", "ecdhe"),
)
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


@case(
    "ski-5.2-json-nesting",
    clauses=("SKI-P-08", "SKI-9-02", "REQ-7-02"),
    rows=("JS-08",),
    needs=("json", "ecdhe"),
)
def nesting(t: Context) -> Iterator[Variant]:
    """Deep nesting is malformed, or too large, but never costs the server its stack; a few levels are
    ignored."""
    good = t.ecdhe_request()
    shapes = {"arrays": ("[", "", "]"), "objects": ('{"a":', "1", "}"), "arrays, open": ("[", "", "")}
    for label, (begin, middle, end) in shapes.items():
        if end:
            yield t.served(
                f"8 {label}", t.post(_with_value(good, begin * 8 + (middle or "[]") + end * 8), "json")
            )
        for depth in (100, 2_000):
            nested = begin * depth + middle + end * depth
            yield t.refused(f"{depth} {label}", t.post(_with_value(good, nested), "json"), MALFORMED)
            yield t.refused(f"{depth} {label} alone", t.post(nested.encode("ascii"), "json"), MALFORMED)
        nested = begin * 100_000 + middle + end * 100_000
        yield beyond_limits(t, f"100000 {label}", t.post(_with_value(good, nested), "json"))
        yield beyond_limits(t, f"100000 {label} alone", t.post(nested.encode("ascii"), "json"))
