"""HTTP/1.1 messages: persistence, pipelining, expectations, sizes, versions, Host and Origin, and the headers
of answers (group HT)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..case import Level, Variant, case
from ..channel import Ending
from ..context import Context, answer
from ..request import MALFORMED
from ._http import Headers, asked, pipelined, preferably_refused, question, requests_apart, served_or_refused

SECTION = "HTTP messages"


@case("http-connection-persistent", clauses=("SKI-P-05", "SKI-5.2-01"))
def connection_persistent(t: Context) -> Iterator[Variant]:
    """A connection serves request after request, in either format, and stays open after a refused one."""
    with t.connect() as channel:
        for number in range(6):
            format = t.formats[number % len(t.formats)]
            yield t.served(f"{number} {format}", t.post(t.ecdhe_request(), format, channel=channel))
            refused = t.post(t.ecdhe_request().without("input"), format, channel=channel)
            yield t.refused(f"{number} {format} malformed", refused, MALFORMED)
        yield t.check(
            "stays open", channel.ending is Ending.OPEN, "the connection is open", channel.ending.value
        )


@case("http-connection-close", clauses=("SKI-P-05",))
def connection_close(t: Context) -> Iterator[Variant]:
    """`Connection: close` is heeded: the answer comes whole, then the connection ends (RFC 9112 §9.6)."""
    for label, value in (("close", "close"), ("Close", "Close"), ("in a list", "x, close")):
        with t.connect() as channel:
            yield t.served(label, asked(t, {"Connection": value}, channel=channel))
            yield t.closed(f"{label}, the end", channel, t.target.wait)


@case("http-pipelining-ordered", clauses=("SKI-P-05", "SKI-5.2-01"), rows=("HT-09",))
def pipelining_ordered(t: Context) -> Iterator[Variant]:
    """Requests sent at once are answered in their order, each with its own output (RFC 9112 §9.3.2)."""
    for count in (2, 1000):
        requests = requests_apart(t, count)
        with t.connect() as channel:
            answers = pipelined(t, channel, [r.encode(t.formats[0]) for r in requests], requests)
        wrong = [
            i for i, (a, r) in enumerate(zip(answers, requests)) if a.output is None or r.check(a.output)
        ]
        shown = [answers[i] for i in wrong[:2]]
        actual = f"{len(wrong)} wrong" + (
            f", the first is number {wrong[0]}: {shown[0].summary}" if wrong else ""
        )
        yield t.check(f"{count} good", not wrong, f"{count} right outputs in order", actual, *shown)


@case("http-pipelining-separate", clauses=("SKI-P-05", "SKI-5.2.1-02"), rows=("HT-09",))
def pipelining_separate(t: Context) -> Iterator[Variant]:
    """A bad request in a pipeline is refused by itself; those before and behind it are served."""
    format = t.formats[0]
    for label, position in (("bad first", 0), ("bad in the middle", 1), ("bad last", 2)):
        requests = requests_apart(t, 3)
        bodies = [r.encode(format) for r in requests]
        bodies[position] = bodies[position][:-1]
        with t.connect() as channel:
            for number, exchange in enumerate(pipelined(t, channel, bodies, requests)):
                name = f"{label}, answer {number + 1}"
                bad = number == position
                yield t.refused(name, exchange, MALFORMED) if bad else t.served(name, exchange)


@case("http-expect-continue", clauses=("SKI-7.1.1-01",), rows=("HT-11",))
def expect_continue(t: Context) -> Iterator[Variant]:
    """A client that waits for 100 gets it, or a final status, before it sends the body (RFC 9110 §10.1.1)."""
    request, format = t.ecdhe_request(), t.formats[0]
    raw = t.http(request.encode(format), format, headers={"Expect": "100-continue"})
    border = raw.index(b"\r\n\r\n") + 4
    with t.connect() as channel:
        channel.send(raw[:border])
        while b"\r\n\r\n" not in channel.buffer and channel.receive():
            pass
        interim = bytes(channel.buffer[:13])
        yield t.check("interim", interim == b"HTTP/1.1 100 ", "100 before the body", repr(interim))
        yield t.served("body withheld", answer(channel, raw[border:], "a", format, request))
    yield t.served("body at once", asked(t, {"Expect": "100-continue"}))
    empty = t.exchange(question(t, {"Expect": "100-continue"}, b""), format=format)
    yield t.refused("without body", empty, MALFORMED)
    head = question(t, {"Expect": "100-continue", "Content-Length": str(t.limit("body_octets") + 1)}, b"")
    large = t.exchange(head, format=format)
    yield t.http_refused("too large", large, (413, 417))
    invited = large.response is not None and 100 in large.response.interim
    yield t.check(
        "too large, interim", not invited, "413 without asking for the body", f"100 came: {invited}", large
    )


@case("http-expect-unknown", clauses=("SKI-P-02",), rows=("HT-11",), level=Level.SHOULD)
def expect_unknown(t: Context) -> Iterator[Variant]:
    """An expectation that nobody knows is 417 (RFC 9110 §10.1.1)."""
    for value in ("200-ok", "100-continue, x", "100-continue=1"):
        yield preferably_refused(t, value, asked(t, {"Expect": value}), (417,))


@case("http-header-limit", clauses=("SKI-P-06", "SKI-9-02"), rows=("HT-13", "RS-01"))
def header_limit(t: Context) -> Iterator[Variant]:
    """Request line and headers of the limit are served; beyond it 431, 414 for the line, and the connection
    ends."""
    limit = t.limit("header_octets")
    length = limit - question(t, {"X-Fill": ""}).index(b"\r\n\r\n") - 4
    yield t.served("limit", asked(t, {"X-Fill": "x" * length}))
    yield preferably_refused(t, "limit + 1", asked(t, {"X-Fill": "x" * (length + 1)}), (431, 400))
    many: Headers = {f"X-{number}": "x" for number in range(10000)}
    yield t.http_refused("10,000 headers", asked(t, many), (431, 400), close=True)
    yield t.http_refused("header of 1 MiB", asked(t, {"X-Fill": "x" * (1 << 20)}), (431, 400), close=True)
    yield t.http_refused("name of 1 MiB", asked(t, {"x" * (1 << 20): "x"}), (431, 400), close=True)
    for label, path in (
        ("path of 1 MiB", "/" + "x" * (1 << 20)),
        ("query of 1 MiB", "/ski?" + "x" * (1 << 20)),
    ):
        yield t.http_refused(label, asked(t, path=path), (414, 431, 400), close=True)
    yield t.http_refused(
        "method of 1 MiB", asked(t, method="X" * (1 << 20)), (400, 405, 414, 431, 501), close=True
    )


@case("http-version-other", clauses=("SKI-P-02", "SKI-5.2-02"), rows=("HT-14",))
def version_other(t: Context) -> Iterator[Variant]:
    """What is not HTTP/1.1 is 400 or 505: HTTP/0.9, the preface of HTTP/2, versions that do not exist
    (A-92)."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
    raw = {
        "0.9 POST": f"POST {t.target.path}\r\n".encode(),
        "0.9 GET": f"GET {t.target.path}\r\n".encode(),
        "2.0 preface": preface,
    } | {
        version: question(t, version=version)
        for version in (
            "HTTP/2.0",
            "HTTP/9.9",
            "HTTP/0.9",
            "HTTP/11",
            "HTTP/1.",
            "http/1.1",
            "HTTP/01.1",
            "HTTP/1.1.1",
            "HTTPS/1.1",
            "X/1.1",
        )
    }
    for label, octets in raw.items():
        with t.connect() as channel:
            yield t.http_refused(label, answer(channel, octets, "a", t.formats[0]), (400, 505), close=True)


@case("http-version-1.0", clauses=("SKI-P-02",), rows=("HT-14", "HT-15"), level=Level.SHOULD)
def version_1_0(t: Context) -> Iterator[Variant]:
    """HTTP/1.0 without Host is refused: no client of a key server lacks it, and HTTP/1.1 is required
    (A-92)."""
    raw_request = t.ecdhe_request()
    raw = t.http(raw_request.encode(t.formats[0]), t.formats[0], headers={"Host": None}, version="HTTP/1.0")
    with t.connect() as channel:
        exchange = answer(channel, raw, "a", t.formats[0], raw_request)
        yield preferably_refused(t, "without Host", exchange, (400, 426, 505))


@case("http-host-wrong", clauses=("SKI-P-02",), rows=("HT-15",))
def host_wrong(t: Context) -> Iterator[Variant]:
    """A request has exactly one valid Host, else it is 400 (RFC 9112 §3.2)."""
    good = f"{t.target.server_name}:{t.target.address[1]}"
    wrong: dict[str, Headers] = {
        "missing": {"Host": None},
        "repeated": {"host": good},
        "repeated, other": {"host": "elsewhere.example"},
    }
    for label, headers in wrong.items():
        yield t.http_refused(label, asked(t, headers), (400,), close=True)


@case("http-host-foreign", clauses=("SKI-P-02",), rows=("HT-15",), level=Level.SHOULD)
def host_foreign(t: Context) -> Iterator[Variant]:
    """A Host that is not this server's, as after DNS rebinding, is 400, 403 or 421 (RFC 9110 §7.4)."""
    for host in ("elsewhere.example", "127.0.0.1.rebind.example", "localhost.elsewhere.example:443"):
        yield preferably_refused(t, host, asked(t, {"Host": host}), (400, 403, 421))


@case("http-origin-no-sharing", clauses=("SKI-P-02", "SKI-4.2.3-03"), rows=("HT-15",))
def origin_no_sharing(t: Context) -> Iterator[Variant]:
    """Pages of browsers have no business here: no answer allows an origin, and 403 is right (Fetch, CORS)."""
    exchanges = {
        "https origin": asked(t, {"Origin": "https://elsewhere.example"}),
        "null": asked(t, {"Origin": "null"}),
    }
    for label, exchange in exchanges.items():
        yield served_or_refused(t, label, exchange, (403, 400))
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    exchanges["preflight"] = t.post(b"", t.formats[0], method="OPTIONS", headers=preflight)
    yield t.http_refused("preflight", exchanges["preflight"], (403, 405, 404))
    for label, exchange in exchanges.items():
        names = (
            [n for n, _ in exchange.response.headers if n.startswith("access-control-")]
            if exchange.response
            else []
        )
        yield t.check(
            f"{label}, headers", not names, "no Access-Control header", ", ".join(names) or "none", exchange
        )


@case("http-answer-headers", clauses=("SKI-REQ-6", "SKI-4.2.3-06"), rows=("HT-18",), level=Level.SHOULD)
def answer_headers(t: Context) -> Iterator[Variant]:
    """No answer names a software version, and none may be stored: outputs are secrets (RFC 9111 §5.2.2.5)."""
    exchanges = {
        "200": asked(t),
        "400": t.post(b"{", t.formats[0]),
        "404": asked(t, path="/elsewhere"),
        "405": asked(t, method="PUT"),
        "spki not found": t.post(t.ecdhe_request().replaced(spki=t.rng.randbytes(32)), t.formats[0]),
    }
    for label, exchange in exchanges.items():
        headers = exchange.response.headers if exchange.response else ()
        telling = [
            f"{n}: {v}"
            for n, v in headers
            if n in ("server", "x-powered-by", "via") and re.search("[0-9]", v)
        ]
        stored = (exchange.response.header("cache-control") or "none") if exchange.response else "no answer"
        yield t.check(
            f"{label}, version",
            not telling,
            "no version",
            ", ".join(telling) or "none",
            exchange,
            lenient=True,
        )
        yield t.check(
            f"{label}, storing",
            "no-store" in stored,
            "Cache-Control: no-store",
            stored,
            exchange,
            lenient=True,
        )


@case("http-headers-ignored", clauses=("SKI-5.2.1-01", "SKI-7.1.1-01"), rows=("HT-21",))
def headers_ignored(t: Context) -> Iterator[Variant]:
    """Ranges, conditions, method overrides and upgrades change nothing: the request is served whole, as the
    POST it is."""
    ignored = {
        "Range": "bytes=0-3",
        "If-None-Match": "*",
        "If-Modified-Since": "Sat, 29 Oct 1994 19:43:31 GMT",
        "If-Range": '"x"',
        "X-HTTP-Method-Override": "DELETE",
        "X-HTTP-Method": "GET",
        "X-Method-Override": "PUT",
        "Upgrade": "h2c",
        "TE": "trailers",
        "Accept-Encoding": "gzip, br",
        "Cookie": "session=1",
        "Authorization": "Basic YTpi",
        "Prefer": "respond-async",
        "Max-Forwards": "0",
        "X-Original-URL": "/ping",
        "X-Rewrite-URL": "/ping",
    }
    for name, value in ignored.items():
        headers = {name: value} | ({"Connection": "Upgrade"} if name == "Upgrade" else {})
        yield t.served(name, asked(t, headers))
    overridden = t.get(t.target.path, t.formats[0], headers={"X-HTTP-Method-Override": "POST"})
    yield t.http_refused("GET that would be a POST", overridden, (405, 404))
