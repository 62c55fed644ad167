"""How a request is processed: order of checks, errors, format of the answers, several requests on a
connection (SKI §5.2, §5.2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Level, Variant, case
from ..codecs import cbor, json
from ..context import Context, answer
from ..exchange import MEDIA_TYPES, Exchange
from ..request import DENIED, DTLS12, ERRORS, MALFORMED, NOT_FOUND, RSA, TLS12, Request
from ._tolerance import hashing_key

SECTION = "SKI §5.2.1 processing"


def _faulty(t: Context) -> dict[str, tuple[str, Request]]:
    """Requests for each kind of error, several where it has several causes: label, error, request."""
    good = t.ecdhe_request(hashing_key(t))
    requests = {
        "input missing": (MALFORMED, good.without("input")),
        "method unknown": (MALFORMED, good.replaced(method="DHE")),
        "protocol a number": (MALFORMED, good.replaced(protocol=12)),
        "input cut": (MALFORMED, good.replaced(input=good["input"][:-1])),
        "point off the curve": (MALFORMED,
                                good.replaced(input=good["input"][:-1] + bytes([good["input"][-1] ^ 1]))),
        "spki unknown": (NOT_FOUND, good.replaced(spki=t.rng.randbytes(32))),
        "spki of zeros": (NOT_FOUND, good.replaced(spki=bytes(32))),
        "protocol denied": (DENIED, good.replaced(protocol="TLS 1.0")),
        "hash denied": (DENIED, good.replaced(hash="SHA-224"))}
    if t.target.select("ski-rsa"):
        requests["ciphertext short"] = (MALFORMED, t.rsa_request().replaced(input=bytes(255)))
        requests["method denied"] = (DENIED, t.rsa_request().replaced(spki=good["spki"]))
    return requests


@case("ski-p-error-statuses", clauses=("SKI-P-01", "SKI-5.2-23", "SKI-5.2.1-02", "SKI-5.2.1-03",
                                       "SKI-5.2.1-04"), needs=("ecdhe",))
def error_statuses(t: Context) -> Iterator[Variant]:
    """Each error has its status: malformed request 400, request denied 403, spki not found 404, with the
    error object (A-67)."""
    for format in t.formats:
        for label, (error, request) in _faulty(t).items():
            yield t.refused(f"{format} {label}", t.post(request, format), error)


@case("ski-5.2-error-constant", clauses=("SKI-5.2-23", "SKI-REQ-6", "SKI-4.2.3-06"), needs=("ecdhe",))
def error_constant(t: Context) -> Iterator[Variant]:
    """An error says nothing but its name: every cause of it gives the same answer to the octet (REQ 6)."""
    for format in t.formats:
        first: dict[str, Exchange] = {}
        for label, (error, request) in _faulty(t).items():
            exchange = t.post(request, format)
            control = first.setdefault(error, exchange)
            body, other = (e.response.body if e.response else b"" for e in (exchange, control))
            yield t.check(f"{format} {label}, body", body == other, "the body of every " + error,
                          exchange.summary, exchange, control)
            yield t.same(f"{format} {label}", exchange, control)


@case("ski-5.2-output-or-error", clauses=("SKI-5.2-24", "SKI-5.2-20", "SKI-5.2-01"), needs=("ecdhe",))
def output_or_error(t: Context) -> Iterator[Variant]:
    """A response has exactly one of output and error, never both (§5.2 MUST NOT)."""
    for format in t.formats:
        requests = {"served": t.ecdhe_request()} | {label: request for label,
                                                    (_, request) in _faulty(t).items()}
        if t.target.select("ski-rsa"):
            requests["served RSA"] = t.rsa_request()
        for label, request in requests.items():
            exchange = t.post(request, format)
            members = set(exchange.members or ())
            yield t.check(f"{format} {label}", len(members & {"output", "error"}) == 1,
                          "exactly one of output and error",
                          f"members {', '.join(sorted(members)) or 'none'}", exchange)


@case("ski-5.2.1-order-malformed-first", clauses=("SKI-5.2.1-02",), level=Level.SHOULD, needs=("ecdhe",))
def malformed_first(t: Context) -> Iterator[Variant]:
    """A request is parsed before its key is looked for (A-89): malformed members of a request for an unknown
    key are malformed."""
    for format in t.formats:
        unknown = t.ecdhe_request(hashing_key(t)).replaced(spki=t.rng.randbytes(32))
        for label, request in {
                "protocol unknown": unknown.replaced(protocol="TLS 9"),
                "method unknown": unknown.replaced(method="DHE"),
                "hash unknown": unknown.replaced(hash="MD5"), "input missing": unknown.without("input"),
                "input null": unknown.replaced(input=None)}.items():
            yield t.refused(f"{format} {label}", t.post(request, format), MALFORMED)


@case("ski-5.2.1-order-key-before-rights", clauses=("SKI-5.2.1-03", "SKI-REQ-6"), level=Level.SHOULD,
      needs=("ecdhe",))
def key_before_rights(t: Context) -> Iterator[Variant]:
    """The key is looked for before rights are judged (A-89): what is denied for a known key is "spki not
    found" for an unknown one."""
    for format in t.formats:
        unknown = t.ecdhe_request(hashing_key(t)).replaced(spki=t.rng.randbytes(32))
        for label, request in {
                "protocol TLS 1.0": unknown.replaced(protocol="TLS 1.0"),
                "hash SHA-224": unknown.replaced(hash="SHA-224"),
                "hash absent": unknown.without("hash"),
                "method RSA": unknown.replaced(method=RSA, input=bytes(256))}.items():
            yield t.refused(f"{format} {label}", t.post(request, format), NOT_FOUND)


@case("ski-5.2.1-spki-not-found", clauses=("SKI-5.2.1-03",), needs=("ecdhe",))
def spki_not_found(t: Context) -> Iterator[Variant]:
    """A fingerprint without a private key is "spki not found" (§5.2.1 MUST), whatever is asked of it."""
    for format in t.formats:
        requests = {TLS12: t.ecdhe_request(), DTLS12: t.ecdhe_request(protocol=DTLS12),
                    "no method": t.ecdhe_request().without("method")}
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
            "protocol": good.replaced(protocol=marker), "method": good.replaced(method=marker),
            "hash": good.replaced(hash=marker),
            "spki": good.replaced(spki=marker), "spki octets": good.replaced(spki=octets + b"\0"),
            "input": good.replaced(input=octets),
            "unknown name": good.without("input").replaced(**{marker: 1}),
            "unknown value": good.without("input").replaced(x=marker), "no object": octets}
        for label, request in requests.items():
            exchange = t.post(request, format)
            reflected = exchange.response is not None and b"7355608" in exchange.response.raw
            constant = exchange.error in ERRORS and exchange.members == {"error": exchange.error}
            yield t.check(f"{format} {label}", constant and not reflected,
                          "one of the four errors and nothing else",
                          exchange.summary + (", with a part of the request" if reflected else ""), exchange)


@case("ski-p-answer-format", clauses=("SKI-P-04", "SKI-5.2-06"), needs=("json", "cbor", "ecdhe"))
def answer_format(t: Context) -> Iterator[Variant]:
    """The answer has the format of the question, errors included, question by question on one connection."""
    with t.connect() as channel:
        for number in range(3):
            for format in t.formats:
                exchange = t.post(t.ecdhe_request(), format, channel=channel)
                yield t.served(f"{number} {format} output", exchange)
                yield _in_format(t, f"{number} {format} output, type", exchange, format)
                exchange = t.post(t.ecdhe_request().without("input"), format, channel=channel)
                yield t.refused(f"{number} {format} error", exchange, MALFORMED)
                yield _in_format(t, f"{number} {format} error, type", exchange, format)


def _in_format(t: Context, label: str, exchange: Exchange, format: str) -> Variant:
    said = exchange.response.media_type if exchange.response else ""
    return t.check(label, said == MEDIA_TYPES[format], MEDIA_TYPES[format], said or "no Content-Type",
                   exchange)


@case("ski-5.2-answer-encoding", clauses=("SKI-5.2-06", "SKI-5.2-07", "SKI-5.2-08", "SKI-5.2-20"),
      needs=("ecdhe",))
def answer_encoding(t: Context) -> Iterator[Variant]:
    """An answer is one object as a strict reader wants it: octets as canonical base64 or byte string, CBOR
    deterministic."""
    for format in t.formats:
        requests = {"output": t.ecdhe_request()} | {label: request for label,
                                                    (_, request) in _faulty(t).items()}
        if t.target.select("ski-rsa"):
            requests["premaster"] = t.rsa_request()
        for label, request in requests.items():
            exchange = t.post(request, format)
            yield t.check(f"{format} {label}", _strict(exchange, format), "one strictly coded object",
                          exchange.summary, exchange)


def _strict(exchange: Exchange, format: str) -> bool:
    """Whether the body is what a strict reader takes; `members` does not look at the octets of a value that
    is no text."""
    if exchange.response is None or not exchange.members:
        return False
    value = exchange.members.get("output")
    if format == "cbor":
        return (value is None
                or isinstance(value, bytes)) and exchange.response.body == cbor.encode(exchange.members)
    return value is None or (isinstance(value, str) and json.base64_encode(exchange.output or b"") == value)


@case("ski-p-persistent-connection", clauses=("SKI-P-05", "SKI-5.2-01", "SKI-5.2-02"), needs=("ecdhe",))
def persistent_connection(t: Context) -> Iterator[Variant]:
    """Many requests are served on one connection, one answer each and nothing besides."""
    with t.connect() as channel:
        for number in range(50):
            format = t.formats[number % len(t.formats)]
            yield t.served(f"{number}", t.post(t.ecdhe_request(), format, channel=channel))
        rest = bytes(channel.buffer)
        yield t.check("nothing besides", not rest, "no octet after the answers", f"{len(rest)} octets")


@case("ski-p-persistent-after-errors", clauses=("SKI-P-05",), level=Level.SHOULD, needs=("ecdhe",))
def persistent_after_errors(t: Context) -> Iterator[Variant]:
    """An error of the object ends no connection: the next good request on it is served."""
    for format in t.formats:
        with t.connect() as channel:
            for label, (error, request) in _faulty(t).items():
                yield t.refused(f"{format} {label}", t.post(request, format, channel=channel), error)
                after = t.post(t.ecdhe_request(), format, channel=channel)
                served = after.output is not None
                yield t.check(f"{format} after {label}", served, "served on the same connection",
                              after.summary, after, lenient=True)


@case("ski-5.2-one-answer-each", clauses=("SKI-5.2-01",), needs=("ecdhe",))
def one_answer_each(t: Context) -> Iterator[Variant]:
    """One response per request, in their order: of requests sent at once each gets the answer to its own
    input."""
    format = t.formats[0]
    requests = [t.ecdhe_request() for _ in range(8)]
    octets = b"".join(t.http(request.encode(format), format) for request in requests)
    with t.connect() as channel:
        for number, request in enumerate(requests):
            exchange = answer(channel, octets if number == 0 else b"", "a", format, request)
            yield t.served(f"{number}", exchange)


@case("ski-5.2-default-path", clauses=("SKI-5.2-03", "SKI-7.1.1-01"), needs=("ecdhe",))
def default_path(t: Context) -> Iterator[Variant]:
    """Requests go to /ski by default (§5.2); a target file may name another path."""
    if t.target.path != "/ski":
        yield t.unsupported("all", f"the target file names the path {t.target.path}")
    else:
        for format in t.formats:
            yield t.served(format, t.post(t.ecdhe_request(), format, path="/ski"))


@case("ski-7.1.1-json-over-http", clauses=("SKI-7.1.1-01", "SKI-5.2-02"), needs=("json", "ecdhe"))
def json_over_http(t: Context) -> Iterator[Variant]:
    """As the examples of §7.1.1 and §7.2.1 show: POST of application/json is answered 200 with
    application/json."""
    requests = {"ECDHE": t.ecdhe_request()} | ({"RSA": t.rsa_request()} if t.target.select("ski-rsa") else {})
    for label, request in requests.items():
        exchange = t.post(request, "json")
        yield t.served(label, exchange)
        yield t.check(f"{label}, status", exchange.status == 200, "200", str(exchange.status), exchange)
        yield _in_format(t, f"{label}, type", exchange, "json")


@case("ski-p-no-freshness", clauses=("SKI-P-17",), level=Level.MAY, needs=("ecdhe",))
def no_freshness(t: Context) -> Iterator[Variant]:
    """SKI has no freshness: a request sent again is served again, unless the server keeps a replay window
    (A-64)."""
    for format in t.formats:
        requests = {"ECDHE": t.ecdhe_request()} | ({"RSA": t.rsa_request()} if t.target.select("ski-rsa")
                                                   else {})
        for label, request in requests.items():
            yield t.served(f"{format} {label} first", t.post(request, format))
            for place, fresh in (("same connection", False), ("other connection", True)):
                again = t.post(request, format, fresh=fresh)
                if again.error == DENIED:
                    yield t.unsupported(f"{format} {label} {place}",
                                        "requests that come again are denied: a replay window")
                else:
                    yield t.served(f"{format} {label} {place}", again)
