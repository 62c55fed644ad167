"""Peers that are slow, silent or gone: deadlines are absolute, and nobody else waits (SKI-P-06; group HT)."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator

from ..case import Variant, case
from ..channel import TcpChannel, TlsChannel
from ..codecs.json import base64_encode
from ..context import Context, answer
from ._http import asked, question

SECTION = "HTTP slow peers"

# Room for a busy machine; far below what a deadline that starts anew with every octet would give.
MARGIN = 1.5
# More than both systems take for a program that does not read: Linux lets the receive buffer of a server that
# was held up in its first turns grow to tcp_rmem, which is 6 or 32 MiB, and our own to tcp_wmem, 4 MiB.
ENDLESS = 64 << 20


def _dripped(channel: TcpChannel, octets: bytes, limit: float) -> float:
    """Send an octet every tenth of the limit until the peer ends the connection, for three limits at most;
    the seconds that it stood."""
    begin = time.monotonic()
    for position in range(30):
        if channel.wait_closed(limit / 10):
            break
        channel.send(octets[position : position + 1])
    return time.monotonic() - begin


def _slow(t: Context, label: str, limit_name: str, sent: bytes, dripped: bytes) -> Variant:
    """A connection that has sent `sent` and drips the rest is ended by an absolute deadline."""
    limit = t.limit(limit_name) / 1000
    with t.connect() as channel:
        channel.send(sent)
        stood = _dripped(channel, dripped, limit)
        released = b"output" in channel.buffer
        return t.check(
            label,
            stood <= limit + MARGIN and not released,
            f"ended after {limit:g} s",
            f"stood {stood:.1f} s",
        )


def _idle(t: Context, label: str, first: bool) -> Variant:
    limit = t.limit("idle_ms") / 1000
    with t.connect() as channel:
        if first:
            asked(t, channel=channel)
        return t.closed(label, channel, limit + MARGIN)


def _others(t: Context) -> Variant:
    """Good exchanges while the slow ones stand, each on a connection of its own."""
    exchanges = [t.post(t.ecdhe_request(), t.formats[0], fresh=True) for _ in range(20)]
    late = [e for e in exchanges if e.output is None or e.seconds > 1]
    return t.check(
        "others meanwhile", not late, "20 outputs within 1 s each", f"{len(late)} are late", *late[:2]
    )


@case(
    "http-slow-closed", clauses=("SKI-P-06", "SKI-4.2.2-01", "SKI-9-02"), rows=("HT-10",), waits=True
)
def slow_closed(t: Context) -> Iterator[Variant]:
    """Headers and bodies that come octet by octet, and connections that say nothing, end within the
    limits."""
    raw = question(t)
    border = raw.index(b"\r\n\r\n") + 4
    filler = b"X-Slow: " + b"x" * 100
    calls: list[Callable[[], Variant]] = [
        lambda: _slow(t, "request line", "header_ms", b"", raw),
        lambda: _slow(t, "headers", "header_ms", raw[: border - 2], filler),
        lambda: _slow(t, "end of headers", "header_ms", raw[: border - 1], b""),
        lambda: _slow(t, "body", "body_ms", raw[:border], raw[border:]),
        lambda: _slow(t, "last octet of the body", "body_ms", raw[:-1], b""),
        lambda: _slow(t, "chunk by chunk", "body_ms", _chunked_head(t), b"1\r\n \r\n" * 30),
        lambda: _idle(t, "idle from the start", first=False),
        lambda: _idle(t, "idle after a request", first=True),
        lambda: _others(t),
    ]
    yield from t.concurrently(calls)


def _chunked_head(t: Context) -> bytes:
    return question(t, {"Content-Length": None, "Transfer-Encoding": "chunked"}, b"")


def _pushed(channel: TlsChannel, octets: bytes, most: int, stall: float) -> int:
    """Send the octets again and again without ever reading, until the peer takes nothing more for `stall`
    seconds or has taken `most`; how much it took."""
    taken = 0
    try:
        while taken < most:
            view = memoryview(channel.seal(octets))
            while view:
                if not select.select([], [channel.socket], [], stall)[1]:
                    return taken
                sent = channel.socket.send(view)
                view = view[sent:]
                taken += sent
    except OSError:
        pass
    return taken


@case("http-slow-reader", clauses=("SKI-P-06", "SKI-9-02"), rows=("HT-10",), waits=True)
def slow_reader(t: Context) -> Iterator[Variant]:
    """A peer that asks and never reads is no longer read from, instead of being kept answers for; others are
    served."""
    question = t.http(method="GET", path="/capabilities")
    raw = question * ((1 << 20) // len(question))
    with t.connect() as channel:
        channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        taken = _pushed(channel, raw, ENDLESS, t.target.wait / 2)
        yield t.served("others meanwhile", t.post(t.ecdhe_request(), t.formats[0], fresh=True))
        actual = f"{taken >> 10} KiB of {ENDLESS >> 10} KiB taken"
        yield t.check(
            "backpressure", taken < ENDLESS, "the server stops reading, or ends the connection", actual
        )


@case("http-keep-alive", clauses=("REQ-6.1-03", "SKI-P-15", "SKI-P-05"), needs=("ping",), waits=True)
def keep_alive(t: Context) -> Iterator[Variant]:
    """A connection on which pings come now and then outlives the idle time, and serves."""
    pause = t.limit("idle_ms") / 1000 / 2
    with t.connect() as channel:
        for number in range(3):
            yield t.check(
                f"pause {number + 1}", not channel.wait_closed(pause), "still open", channel.ending.value
            )
            ping = t.get("/ping", t.formats[0], channel=channel)
            yield t.check(f"ping {number + 1}", ping.status == 204, "204", ping.summary, ping)
        yield t.served("afterwards", asked(t, channel=channel))


@case("http-disconnect", clauses=("SKI-P-06", "SKI-P-18"), rows=("HT-19",))
def disconnect(t: Context) -> Iterator[Variant]:
    """Peers that ask and go away leave nothing behind: the next ones are served, and the log holds no
    content."""
    inputs = []
    for number in range(20):
        request = t.ecdhe_request()
        inputs.append(request["input"])
        raw = t.http(request.encode(t.formats[0]), t.formats[0])
        channel = t.connect()
        channel.send(raw[:-1] if number % 4 == 0 else raw)
        if number % 2:
            channel.reset()
        channel.close()
    yield t.served("afterwards", t.post(t.ecdhe_request(), t.formats[0], fresh=True))
    log = t.hooks.log_text()
    if not log:
        yield t.unsupported("log", "the target file names no log")
        return
    lower = log.lower()
    found = [i for i in inputs if i[64:96].hex() in lower or base64_encode(i)[88:128] in log]
    yield t.check("log", not found, "no input in the log", f"{len(found)} of {len(inputs)} inputs are in it")


@case("http-half-request", clauses=("SKI-P-06", "SKI-P-02"), rows=("HT-19",))
def half_request(t: Context) -> Iterator[Variant]:
    """A request that its sender ends in the middle is not served, wherever it is cut."""
    raw = question(t)
    border = raw.index(b"\r\n\r\n") + 4
    for label, cut in (
        ("in the line", 8),
        ("in the headers", border - 3),
        ("before the body", border),
        ("in the body", -1),
    ):
        with t.connect() as channel:
            channel.send(raw[:cut])
            channel.close_notify()
            yield t.http_refused(label, answer(channel, b"", "a", t.formats[0]), (400, 408), close=True)
