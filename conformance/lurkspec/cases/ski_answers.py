"""Answers: their format and coding, and what becomes of the connection (SKI §5.2, §7.1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Level, Variant, case
from ..codecs import cbor, json
from ..context import Context, answer
from ..exchange import MEDIA_TYPES, Exchange
from ..request import DENIED, MALFORMED
from .ski_processing import faulty_requests

SECTION = "SKI §5.2.1 processing"


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
    return t.check(
        label, said == MEDIA_TYPES[format], MEDIA_TYPES[format], said or "no Content-Type", exchange
    )


@case(
    "ski-5.2-answer-encoding",
    clauses=("SKI-5.2-06", "SKI-5.2-07", "SKI-5.2-08", "SKI-5.2-20"),
    needs=("ecdhe",),
)
def answer_encoding(t: Context) -> Iterator[Variant]:
    """An answer is one object as a strict reader wants it: octets as canonical base64 or byte string, CBOR
    deterministic."""
    for format in t.formats:
        requests = {"output": t.ecdhe_request()} | {
            label: request for label, (_, request) in faulty_requests(t).items()
        }
        if t.target.select("ski-rsa"):
            requests["premaster"] = t.rsa_request()
        for label, request in requests.items():
            exchange = t.post(request, format)
            yield t.check(
                f"{format} {label}",
                _strict(exchange, format),
                "one strictly coded object",
                exchange.summary,
                exchange,
            )


def _strict(exchange: Exchange, format: str) -> bool:
    """Whether the body is what a strict reader takes; `members` does not look at the octets of a value that
    is no text."""
    if exchange.response is None or not exchange.members:
        return False
    value = exchange.members.get("output")
    if format == "cbor":
        return (value is None or isinstance(value, bytes)) and exchange.response.body == cbor.encode(
            exchange.members
        )
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
            for label, (error, request) in faulty_requests(t).items():
                yield t.refused(f"{format} {label}", t.post(request, format, channel=channel), error)
                after = t.post(t.ecdhe_request(), format, channel=channel)
                served = after.output is not None
                yield t.check(
                    f"{format} after {label}",
                    served,
                    "served on the same connection",
                    after.summary,
                    after,
                    lenient=True,
                )


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
        yield t.served(label, t.post(request, "json"))


@case("ski-p-no-freshness", clauses=("SKI-P-17",), level=Level.MAY, needs=("ecdhe",))
def no_freshness(t: Context) -> Iterator[Variant]:
    """SKI has no freshness: a request sent again is served again, unless the server keeps a replay window
    (A-64)."""
    for format in t.formats:
        requests = {"ECDHE": t.ecdhe_request()} | (
            {"RSA": t.rsa_request()} if t.target.select("ski-rsa") else {}
        )
        for label, request in requests.items():
            yield t.served(f"{format} {label} first", t.post(request, format))
            for place, fresh in (("same connection", False), ("other connection", True)):
                again = t.post(request, format, fresh=fresh)
                if again.error == DENIED:
                    yield t.unsupported(
                        f"{format} {label} {place}", "requests that come again are denied: a replay window"
                    )
                else:
                    yield t.served(f"{format} {label} {place}", again)
