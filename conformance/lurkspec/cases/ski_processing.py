"""How a request is processed: order of checks, which error it gets, and what an error says (SKI §5.2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Level, Variant, case
from ..context import Context
from ..exchange import Exchange
from ..request import DENIED, DTLS12, ERRORS, MALFORMED, NOT_FOUND, RSA, TLS12, Request
from ._keys import hashing_key

SECTION = "SKI §5.2.1 processing"


def faulty_requests(t: Context) -> dict[str, tuple[str, Request]]:
    """Requests for each kind of error, several where it has several causes: label, error, request."""
    good = t.ecdhe_request(hashing_key(t))
    requests = {
        "input missing": (MALFORMED, good.without("input")),
        "method unknown": (MALFORMED, good.replaced(method="DHE")),
        "protocol a number": (MALFORMED, good.replaced(protocol=12)),
        "input cut": (MALFORMED, good.replaced(input=good["input"][:-1])),
        "point off the curve": (
            MALFORMED,
            good.replaced(input=good["input"][:-1] + bytes([good["input"][-1] ^ 1])),
        ),
        "spki unknown": (NOT_FOUND, good.replaced(spki=t.rng.randbytes(32))),
        "spki of zeros": (NOT_FOUND, good.replaced(spki=bytes(32))),
        "protocol denied": (DENIED, good.replaced(protocol="TLS 1.0")),
        "hash denied": (DENIED, good.replaced(hash="SHA-224")),
    }
    if t.target.select("ski-rsa"):
        requests["ciphertext short"] = (MALFORMED, t.rsa_request().replaced(input=bytes(255)))
        requests["method denied"] = (DENIED, t.rsa_request().replaced(spki=good["spki"]))
    return requests


@case(
    "ski-p-error-statuses",
    clauses=("SKI-P-01", "SKI-5.2-23", "SKI-5.2.1-02", "SKI-5.2.1-03", "SKI-5.2.1-04"),
    needs=("ecdhe",),
)
def error_statuses(t: Context) -> Iterator[Variant]:
    """Each error has its status: malformed request 400, request denied 403, spki not found 404, with the
    error object (A-67)."""
    for format in t.formats:
        for label, (error, request) in faulty_requests(t).items():
            yield t.refused(f"{format} {label}", t.post(request, format), error)


@case("ski-5.2-error-constant", clauses=("SKI-5.2-23", "SKI-REQ-6", "SKI-4.2.3-06"), needs=("ecdhe",))
def error_constant(t: Context) -> Iterator[Variant]:
    """An error says nothing but its name: every cause of it gives the same answer to the octet (REQ 6)."""
    for format in t.formats:
        first: dict[str | None, Exchange] = {}
        for label, (_, request) in faulty_requests(t).items():
            exchange = t.post(request, format)
            control = first.setdefault(exchange.error, exchange)
            body, other = (e.response.body if e.response else b"" for e in (exchange, control))
            expected = f"the body of every {exchange.error}"
            yield t.check(
                f"{format} {label}, body", body == other, expected, exchange.summary, exchange, control
            )
            yield t.same(f"{format} {label}", exchange, control)


@case("ski-5.2-output-or-error", clauses=("SKI-5.2-24", "SKI-5.2-20", "SKI-5.2-01"), needs=("ecdhe",))
def output_or_error(t: Context) -> Iterator[Variant]:
    """A response has exactly one of output and error, never both (§5.2 MUST NOT)."""
    for format in t.formats:
        requests = {"served": t.ecdhe_request()} | {
            label: request for label, (_, request) in faulty_requests(t).items()
        }
        if t.target.select("ski-rsa"):
            requests["served RSA"] = t.rsa_request()
        for label, request in requests.items():
            exchange = t.post(request, format)
            members = set(exchange.members or ())
            yield t.check(
                f"{format} {label}",
                len(members & {"output", "error"}) == 1,
                "exactly one of output and error",
                f"members {', '.join(sorted(members)) or 'none'}",
                exchange,
            )


@case("ski-5.2.1-order-malformed-first", clauses=("SKI-5.2.1-02",), level=Level.SHOULD, needs=("ecdhe",))
def malformed_first(t: Context) -> Iterator[Variant]:
    """A request is parsed before its key is looked for (A-89): malformed members of a request for an unknown
    key are malformed."""
    for format in t.formats:
        unknown = t.ecdhe_request(hashing_key(t)).replaced(spki=t.rng.randbytes(32))
        for label, request in {
            "protocol unknown": unknown.replaced(protocol="TLS 9"),
            "method unknown": unknown.replaced(method="DHE"),
            "hash unknown": unknown.replaced(hash="MD5"),
            "input missing": unknown.without("input"),
            "input null": unknown.replaced(input=None),
        }.items():
            yield t.refused(f"{format} {label}", t.post(request, format), MALFORMED)


@case(
    "ski-5.2.1-order-key-before-rights",
    clauses=("SKI-5.2.1-03", "SKI-REQ-6"),
    level=Level.SHOULD,
    needs=("ecdhe",),
)
def key_before_rights(t: Context) -> Iterator[Variant]:
    """The key is looked for before rights are judged (A-89): what is denied for a known key is "spki not
    found" for an unknown one."""
    for format in t.formats:
        unknown = t.ecdhe_request(hashing_key(t)).replaced(spki=t.rng.randbytes(32))
        for label, request in {
            "protocol TLS 1.0": unknown.replaced(protocol="TLS 1.0"),
            "hash SHA-224": unknown.replaced(hash="SHA-224"),
            "hash absent": unknown.without("hash"),
            "method RSA": unknown.replaced(method=RSA, input=bytes(256)),
        }.items():
            yield t.refused(f"{format} {label}", t.post(request, format), NOT_FOUND)


@case("ski-5.2.1-spki-not-found", clauses=("SKI-5.2.1-03",), needs=("ecdhe",))
def spki_not_found(t: Context) -> Iterator[Variant]:
    """A fingerprint without a private key is "spki not found" (§5.2.1 MUST), whatever is asked of it."""
    for format in t.formats:
        requests = {
            TLS12: t.ecdhe_request(),
            DTLS12: t.ecdhe_request(protocol=DTLS12),
            "no method": t.ecdhe_request().without("method"),
        }
        if t.target.select("ski-rsa"):
            requests["RSA"] = t.rsa_request()
        if "TLS 1.3" in t.target.protocols:
            requests["TLS 1.3"] = t.tls13_request()
        for label, request in requests.items():
            for number in range(3):
                unknown = request.replaced(spki=t.rng.randbytes(32))
                yield t.refused(f"{format} {label} {number}", t.post(unknown, format), NOT_FOUND)


@case("ski-5.2-nothing-reflected", clauses=("SKI-5.2-23", "SKI-REQ-6"), rows=("JS-17",), needs=("ecdhe",))
def nothing_reflected(t: Context) -> Iterator[Variant]:
    """Errors are constants: nothing of a request comes back, in the body or in a header."""
    marker = "<script>alert(7355608)</script>"
    good = t.ecdhe_request(hashing_key(t))
    for format in t.formats:
        octets = marker.encode("ascii")
        requests: dict[str, Request | bytes] = {
            "protocol": good.replaced(protocol=marker),
            "method": good.replaced(method=marker),
            "hash": good.replaced(hash=marker),
            "spki": good.replaced(spki=marker),
            "spki octets": good.replaced(spki=octets + b"\0"),
            "input": good.replaced(input=octets),
            "unknown name": good.without("input").replaced(**{marker: 1}),
            "unknown value": good.without("input").replaced(x=marker),
            "no object": octets,
        }
        for label, request in requests.items():
            exchange = t.post(request, format)
            reflected = exchange.response is not None and b"7355608" in exchange.response.raw
            constant = exchange.error in ERRORS and exchange.members == {"error": exchange.error}
            yield t.check(
                f"{format} {label}",
                constant and not reflected,
                "one of the four errors and nothing else",
                exchange.summary + (", with a part of the request" if reflected else ""),
                exchange,
            )
