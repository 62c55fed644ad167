"""Where a request ends: lengths, chunks and headers that two parsers could read differently (RFC 9112; group
HT)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..context import Context, answer
from ..http import chunked
from ._http import Headers, asked, filled, preferably_refused, question, refused_and_closed, served_or_refused

SECTION = "HTTP framing"

NO_LENGTH: Headers = {"Content-Length": None, "Transfer-Encoding": "chunked"}


@case("http-length-wrong", clauses=("SKI-P-02", "SKI-P-06", "SKI-9-02"), rows=("HT-04",))
def length_wrong(t: Context) -> Iterator[Variant]:
    """A Content-Length that is not one decimal number of the body's size is refused and ends the connection
    (RFC 9112 §6.3)."""
    body = t.ecdhe_request().encode(t.formats[0])
    right = len(body)
    wrong = {
        "negative": "-1",
        "plus sign": f"+{right}",
        "list of different": f"{right},{right + 1}",
        "hexadecimal": f"{right:#x}",
        "blank inside": f"{right} 1",
        "fraction": f"{right}.0",
        "exponent": "1e2",
        "empty": "",
        "word": "all",
        "2^63": str(1 << 63),
        "2^64 and the length": str((1 << 64) + right),
        "2^32 and the length": str((1 << 32) + right),
        "100 digits": "9" * 100,
    }
    for label, value in wrong.items():
        raw = question(t, {"Content-Length": value}, body)
        yield refused_and_closed(t, label, raw, (400, 413))


@case("http-length-repeated", clauses=("SKI-P-02",), rows=("HT-04",))
def length_repeated(t: Context) -> Iterator[Variant]:
    """Different lengths are refused in either order; equal ones should be (RFC 9112 §6.3 allows to take them
    for one)."""
    body = t.ecdhe_request().encode(t.formats[0])
    right = len(body)
    for label, first, second in (
        ("right first", right, right + 1),
        ("right last", right - 1, right),
        ("zero first", 0, right),
    ):
        raw = question(t, {"Content-Length": str(first), "content-length": str(second)}, body)
        yield refused_and_closed(t, label, raw, (400,))
    yield preferably_refused(t, "two equal", asked(t, {"content-length": str(len(body))}), (400,))
    yield preferably_refused(t, "list of equal", asked(t, {"Content-Length": f"{right}, {right}"}), (400,))


@case("http-length-missing", clauses=("SKI-P-02",), rows=("HT-04",))
def length_missing(t: Context) -> Iterator[Variant]:
    """A POST without any length has no body: 411, or 400; one of length 0 is malformed. Neither waits for
    more."""
    for label, value in (("missing", None), ("zero", "0")):
        with t.connect() as channel:
            exchange = answer(channel, question(t, {"Content-Length": value}, b""), "a", t.formats[0])
            yield t.http_refused(label, exchange, (411, 400) if value is None else (400,))
    raw = question(t, {"Content-Length": None})
    yield t.http_refused("missing, with body", asked(t, raw=raw), (411, 400), close=True)


@case("http-body-limit", clauses=("SKI-P-06", "SKI-P-02"), rows=("HT-05", "RS-01"))
def body_limit(t: Context) -> Iterator[Variant]:
    """A body of the limit is served; one octet more is 413, known from the length alone."""
    limit = t.limit("body_octets")
    for format in t.formats:
        request = t.ecdhe_request()
        exact = t.http(filled(request, format, limit), format)
        yield t.served(f"{format} limit", t.exchange(exact, format=format, request=request))
        over = t.http(filled(request, format, limit + 1), format)
        yield t.http_refused(f"{format} limit + 1", t.exchange(over, format=format), (413,), close=True)
        head = over[: over.index(b"\r\n\r\n") + 4]
        yield t.http_refused(
            f"{format} limit + 1, length only", t.exchange(head, format=format), (413,), close=True
        )


@case("http-body-limit-chunked", clauses=("SKI-P-06",), rows=("HT-05",))
def body_limit_chunked(t: Context) -> Iterator[Variant]:
    """Chunks that grow past the limit are 413, and the server stops reading: the connection ends without the
    last chunk."""
    limit = t.limit("body_octets")
    head = question(t, NO_LENGTH, b"")
    for label, size in (("small chunks", 100), ("large chunks", 4000), ("one chunk", limit + 1)):
        with t.connect() as channel:
            endless = chunked(*[b" " * size] * (4 * limit // size + 1), last=b"")
            yield t.http_refused(
                label, answer(channel, head + endless, "a", t.formats[0]), (413,), close=True
            )
            yield t.closed(f"{label}, then", channel, t.target.wait)


@case("http-chunked-served", clauses=("SKI-5.2-02", "SKI-7.1.1-01"), rows=("HT-06",))
def chunked_served(t: Context) -> Iterator[Variant]:
    """Chunked coding is part of HTTP/1.1: however a good body is cut, it is served (RFC 9112 §7.1)."""
    request, format = t.ecdhe_request(), t.formats[0]
    body, size = request.encode(format), len(request.encode(format))
    bodies = {
        "one chunk": chunked(body),
        "octet by octet": chunked(*(bytes([o]) for o in body)),
        "two chunks": chunked(body[: size // 2], body[size // 2 :]),
        "upper-case size": b"%X\r\n" % size + body + b"\r\n0\r\n\r\n",
        "zeros in front": b"0000%x\r\n" % size + body + b"\r\n000\r\n\r\n",
        "extension": b"%x;a=b\r\n" % size + body + b"\r\n0\r\n\r\n",
    }
    for label, coded in bodies.items():
        raw = question(t, NO_LENGTH, b"") + coded
        yield t.served(label, t.exchange(raw, format=format, request=request))


@case("http-chunked-trailers", clauses=("SKI-P-02",), rows=("HT-07",))
def chunked_trailers(t: Context) -> Iterator[Variant]:
    """Trailers are ignored or refused (RFC 9110 §6.5.1); those that speak of framing are refused."""
    request, format = t.ecdhe_request(), t.formats[0]
    body, head = request.encode(format), question(t, NO_LENGTH, b"")
    raw = head + chunked(body, last=b"0\r\nX-Trailer: x\r\n\r\n")
    yield served_or_refused(t, "harmless", t.exchange(raw, format=format, request=request), (400,))
    for field in (
        b"Content-Length: 5",
        b"Transfer-Encoding: chunked",
        b"Host: elsewhere.example",
        b"Content-Type: text/plain",
    ):
        raw = head + chunked(body, last=b"0\r\n" + field + b"\r\n\r\n")
        exchange = t.exchange(raw, format=format, request=request)
        yield preferably_refused(t, field.split(b":")[0].decode(), exchange, (400,))


@case("http-chunked-malformed", clauses=("SKI-P-02", "SKI-9-02"), rows=("HT-07",))
def chunked_malformed(t: Context) -> Iterator[Variant]:
    """Chunks that are not as RFC 9112 §7.1 writes them are 400 and end the connection."""
    body, head = t.ecdhe_request().encode(t.formats[0]), question(t, NO_LENGTH, b"")
    size, end = len(body), b"\r\n0\r\n\r\n"
    wrong = {
        "size not hexadecimal": b"xyz\r\n" + body + end,
        "size empty": b"\r\n" + body + end,
        "size negative": b"-%x\r\n" % size + body + end,
        "size with 0x": b"0x%x\r\n" % size + body + end,
        "size with plus": b"+%x\r\n" % size + body + end,
        "size and blank": b"%x x\r\n" % size + body + end,
        "2^64 and the size": b"%x\r\n" % ((1 << 64) + size) + body + end,
        "size too small": b"%x\r\n" % (size - 1) + body + end,
        "no CR LF behind the data": b"%x\r\n" % size + body + b"0\r\n\r\n",
        "LF behind the size": b"%x\n" % size + body + end,
        "LF behind the data": b"%x\r\n" % size + body + b"\n0\r\n\r\n",
        "last chunk 0x0": b"%x\r\n" % size + body + b"\r\n0x0\r\n\r\n",
        "bad trailer": b"%x\r\n" % size + body + b"\r\n0\r\nno colon\r\n\r\n",
    }
    for label, coded in wrong.items():
        yield refused_and_closed(t, label, head + coded, (400,))
    extension = head + b"%x;x=%s\r\n" % (size, b"y" * 70000) + body + end
    yield refused_and_closed(t, "extension of 70,000 octets", extension, (400, 413, 431))


@case("http-chunked-cut", clauses=("SKI-P-02",), rows=("HT-07",))
def chunked_cut(t: Context) -> Iterator[Variant]:
    """A body whose last chunk never comes is not a request: nothing is served when the sender ends."""
    body, head = t.ecdhe_request().encode(t.formats[0]), question(t, NO_LENGTH, b"")
    for label, coded in (
        ("last chunk missing", chunked(body, last=b"")),
        ("end cut", chunked(body, last=b"0\r\n")),
    ):
        with t.connect() as channel:
            channel.send(head + coded)
            channel.close_notify()
            channel.half_close()
            yield t.http_refused(label, answer(channel, b"", "a", t.formats[0]), (400, 408), close=True)


@case("http-smuggling", clauses=("SKI-P-02", "SKI-9-02"), rows=("HT-08",))
def smuggling(t: Context) -> Iterator[Variant]:
    """A length that Content-Length and Transfer-Encoding tell differently is 400 and the end (RFC 9112 §6.1,
    §11.2)."""
    body = t.ecdhe_request().encode(t.formats[0])
    coded, both = chunked(body), {"Transfer-Encoding": "chunked"}
    wrong: dict[str, tuple[Headers, bytes]] = {
        "length of the chunks": (both | {"Content-Length": str(len(coded))}, coded),
        "length of the body": (both | {"Content-Length": str(len(body))}, body),
        "length 0": (both | {"Content-Length": "0"}, coded),
        "xchunked": (NO_LENGTH | {"Transfer-Encoding": "xchunked"}, coded),
        "chunked, identity": (NO_LENGTH | {"Transfer-Encoding": "chunked, identity"}, coded),
        "chunked twice": (NO_LENGTH | {"Transfer-Encoding": "chunked, chunked"}, coded),
        "two headers": (NO_LENGTH | {"transfer-encoding": "chunked"}, coded),
        "second header identity": (NO_LENGTH | {"transfer-encoding": "identity"}, coded),
        "gzip, chunked": (NO_LENGTH | {"Transfer-Encoding": "gzip, chunked"}, coded),
        "vertical tab": (NO_LENGTH | {"Transfer-Encoding": "\x0bchunked"}, coded),
        "quoted": (NO_LENGTH | {"Transfer-Encoding": '"chunked"'}, coded),
        "in HTTP/1.0": (NO_LENGTH, coded),
    }
    for label, (headers, octets) in wrong.items():
        version = "HTTP/1.0" if label == "in HTTP/1.0" else "HTTP/1.1"
        raw = question(t, headers, b"", version=version)
        yield refused_and_closed(t, label, raw + octets, (400, 501))


@case("http-header-syntax", clauses=("SKI-P-02", "SKI-9-02"), rows=("HT-08",))
def header_syntax(t: Context) -> Iterator[Variant]:
    """Header lines that parsers read differently are 400 and the end (RFC 9112 §2.2, §5.1, §5.2)."""
    good = question(t)
    start = good.index(b"\r\n") + 2
    inserted = {
        "obs-fold": b"X-Fold: a\r\n b\r\n",
        "obs-fold with tab": b"X-Fold: a\r\n\tb\r\n",
        "space before colon": b"X-Space : a\r\n",
        "tab before colon": b"X-Tab\t: a\r\n",
        "bare LF": b"X-Lf: a\n",
        "bare CR": b"X-Cr: a\rb\r\n",
        "NUL": b"X-Nul: a\0b\r\n",
        "no colon": b"X-None\r\n",
        "empty name": b": a\r\n",
        "control octet in name": b"X-\x01: a\r\n",
        "space first": b" X-First: a\r\n",
        "Transfer-Encoding with space": b"Transfer-Encoding : chunked\r\n",
        "bracket in name": b"X(a): a\r\n",
        "folded length": b"Content-Length:\r\n 0\r\n",
    }
    for label, line in inserted.items():
        yield refused_and_closed(t, label, good[:start] + line + good[start:], (400,))
    head, body = good.split(b"\r\n\r\n", 1)
    yield refused_and_closed(t, "LF everywhere", head.replace(b"\r\n", b"\n") + b"\n\n" + body, (400,))
