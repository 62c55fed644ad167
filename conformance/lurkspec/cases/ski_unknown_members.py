"""Members that nobody asked for decide nothing (SKI §5.2.1: processing depends on protocol, spki, hash and
method)."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from typing import Any

from ..case import Variant, case
from ..codecs import cbor, json
from ..context import Context
from ..exchange import Exchange
from ..request import MALFORMED, NOT_FOUND, Request
from ._tolerance import beyond_limits, ignored_or_malformed

SECTION = "SKI §5.2.1 unknown members"

NAMES = (
    "x",
    "",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "__class__",
    "$type",
    "@type",
    "class",
    "xmlns",
    "output",
    "error",
    "keys",
    "version",
    "client_version",
    "edge",
    "identity",
    "key",
    "password",
    "Protocol",
    "SPKI",
    "INPUT",
    "input ",
    " input",
    "inpu",
    "inputs",
    "../input",
    "input/0",
    "input[]",
    "input.x",
    "a" * 500,
    "\u0000",
    "\n",
    "\u00fc",
    "\U0001f511",
    "<script>",
)
VALUES: dict[str, Any] = {
    "text": "x",
    "empty text": "",
    "text of another language": "\u043a\u043b\u044e\u0447 \u9470 \U0001f511",
    "zero": 0,
    "number": 12,
    "large number": 2**53,
    "negative number": -7,
    "true": True,
    "false": False,
    "null": None,
    "empty array": [],
    "empty object": {},
    "array": [1, "a", None, [True]],
    "object": {"a": {"b": [1]}, "input": "x", "spki": 1},
}
# Each pair has one value under the hash functions that multiply by 31 and by 33.
COLLIDING = {"31": ("Aa", "BB"), "33": ("Ez", "FY")}


@case("ski-5.2.1-unknown-names", clauses=("SKI-5.2.1-01", "SKI-P-08"), rows=("JS-15",), needs=("ecdhe",))
def unknown_names(t: Context) -> Iterator[Variant]:
    """A member of any other name is ignored: the request is served as if it were not there."""
    for format in t.formats:
        for name in NAMES:
            label = f"{format} {json.encode(name[:20]).decode('ascii')}"
            exchange = t.post(t.ecdhe_request().replaced(**{name: "x"}), format)
            yield ignored_or_malformed(t, label, exchange) if "\0" in name else t.served(label, exchange)


@case("ski-5.2.1-unknown-values", clauses=("SKI-5.2.1-01", "SKI-P-08"), rows=("JS-15",), needs=("ecdhe",))
def unknown_values(t: Context) -> Iterator[Variant]:
    """The value of an unknown member may be anything that the format knows, for signing and decryption."""
    for format in t.formats:
        for label, value in VALUES.items():
            yield t.served(f"{format} {label}", t.post(t.ecdhe_request().replaced(x=value), format))
            if t.target.select("ski-rsa"):
                yield t.served(f"{format} RSA {label}", t.post(t.rsa_request().replaced(x=value), format))
    if "json" in t.formats:
        for text in ("1.5", "1e3", "-0.0", "1E-7", '"\\ud83d\\udd11"', '"\\/\\b\\f\\n\\r\\t\\"\\\\"'):
            yield t.served(f"json {text}", t.post(t.ecdhe_request().replaced(x=json.Raw(text)), "json"))


@case(
    "ski-5.2.1-unknown-members-decide-nothing",
    clauses=("SKI-5.2.1-01", "SKI-P-08"),
    rows=("JS-15",),
    needs=("ecdhe",),
)
def decide_nothing(t: Context) -> Iterator[Variant]:
    """Unknown members change no verdict: a refusal stays the same refusal."""
    for format in t.formats:
        good = t.ecdhe_request()
        for error, request in (
            (MALFORMED, good.replaced(protocol="TLS 9")),
            (NOT_FOUND, good.replaced(spki=t.rng.randbytes(32))),
        ):
            control = t.post(request, format)
            yield t.refused(f"{format} {error}", control, error)
            for name in ("x", "output", "error", "Protocol", "edge"):
                exchange = t.post(request.replaced(**{name: "TLS 1.2"}), format)
                yield t.same(f"{format} {error} with {name}", exchange, control)


@case("ski-5.2-similar-names", clauses=("SKI-5.2-17", "SKI-P-08"), rows=("CB-22",), needs=("ecdhe",))
def similar_names(t: Context) -> Iterator[Variant]:
    """A name that only looks like `input` is another name: alone it leaves input missing, beside it it is
    ignored."""
    names = (
        "input\0",
        "Input",
        "INPUT",
        "inPut",
        "input ",
        "\ufeffinput",
        "input\u200b",
        "input\u0301",
        "i\u0307nput",
        "\u0131nput",
        "\u0456nput",
        "\uff49\uff4e\uff50\uff55\uff54",
        "i\u00f1put",
        "in\u0303put",
        "\u2139nput",
    )
    for format in t.formats:
        good = t.ecdhe_request()
        for name in names:
            label = f"{format} {json.encode(name).decode('ascii')}"
            alone = good.without("input").replaced(**{name: good["input"]})
            yield t.refused(f"{label} alone", t.post(alone, format), MALFORMED)
            beside = t.post(good.replaced(**{name: "bad"}), format)
            yield (
                ignored_or_malformed(t, f"{label} beside", beside)
                if "\0" in name
                else t.served(f"{label} beside", beside)
            )


@functools.cache
def _colliding(pair: tuple[str, str], count: int) -> list[str]:
    """Names that have one hash value, none of them double."""
    blocks = (count - 1).bit_length()
    return list(map("".join, itertools.islice(itertools.product(pair, repeat=blocks), count)))


def _with_names(request: Request, names: list[str], format: str) -> bytes:
    """The request with members of these names, all of one length, that need no escapes; put together here,
    for the codecs take seconds for a million."""
    if format == "json":
        return request.encode(format)[:-1] + "".join([f',"{name}":0' for name in names]).encode() + b"}"
    head = cbor.head(cbor.TEXT, len(names[0].encode()))
    members = [cbor.encode(name) + cbor.encode(value) for name, value in request.members.items()]
    members += [head + name.encode() + b"\0" for name in names]
    return cbor.head(cbor.MAP, len(members)) + b"".join(sorted(members))


@case(
    "ski-5.2.1-colliding-names", clauses=("SKI-P-08", "SKI-9-02"), rows=("JS-16", "CB-21"), needs=("ecdhe",)
)
def colliding_names(t: Context) -> Iterator[Variant]:
    """Names that have one hash value cost no more time than as many others: ignored or malformed, or too
    large."""
    for format in t.formats:
        for label, pair in COLLIDING.items():
            members = dict.fromkeys(_colliding(pair, 512), 1)
            others = {f"{i:0{len(next(iter(members)))}}": 1 for i in t.rng.sample(range(10**9), 512)}
            usual = min(t.post(t.ecdhe_request().replaced(**others), format).seconds for _ in range(3))
            most = 2 * usual + 0.1
            answers: list[Exchange] = []
            while len(answers) < 10 and (not answers or answers[-1].seconds >= most):
                answers.append(t.post(t.ecdhe_request().replaced(**members), format))
            yield ignored_or_malformed(t, f"{format} 512 names, hash by {label}", answers[0])
            yield t.check(
                f"{format} 512 names, hash by {label}, time",
                answers[-1].seconds < most,
                "once in ten times as long as with other names, give or take 0.1 s",
                f"{answers[-1].seconds:.3f} s, others {usual:.3f} s",
                answers[0],
            )
            huge = _with_names(t.ecdhe_request(), _colliding(pair, 100_000), format)
            yield beyond_limits(t, f"{format} 100000 names, hash by {label}", t.post(huge, format))


@case(
    "ski-5.2.1-many-members",
    clauses=("SKI-P-06", "SKI-P-08", "SKI-9-02"),
    rows=("CB-21", "JS-16"),
    needs=("ecdhe",),
)
def many_members(t: Context) -> Iterator[Variant]:
    """Tiny members in great number are ignored, malformed or too large, in bounded time."""
    names = [f"{i:05x}" for i in range(1_000_000)]
    for format in t.formats:
        for count in (100, 1_000):
            good = t.ecdhe_request()
            answer = t.post(_with_names(good, names[:count], format), format)
            yield ignored_or_malformed(t, f"{format} {count} members", answer, good.check)
        for count in (100_000, 1_000_000):
            answer = t.post(_with_names(t.ecdhe_request(), names[:count], format), format)
            yield beyond_limits(t, f"{format} {count} members", answer)
    if "cbor" in t.formats:
        body = cbor.head(cbor.MAP, 10**6) + b"\x60\x00" * 1000
        yield t.refused("cbor 1000 empty names, a million claimed", t.post(body, "cbor"), MALFORMED)
