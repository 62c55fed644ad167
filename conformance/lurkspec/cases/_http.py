"""What the HTTP cases share: raw requests, fillers, and judgements about refusals that end a connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..case import Variant, Verdict
from ..channel import TcpChannel
from ..codecs.curves import CURVES
from ..context import Context, answer
from ..exchange import Exchange
from ..request import Request

Headers = Mapping[str, str | None]


def question(t: Context, headers: Headers | None = None, body: bytes | None = None, **http: str) -> bytes:
    """The octets of a request that is good but for what is given here."""
    octets = t.ecdhe_request().encode(t.formats[0]) if body is None else body
    return t.http(octets, t.formats[0], headers=headers, **http)


def asked(
    t: Context,
    headers: Headers | None = None,
    *,
    raw: bytes | None = None,
    channel: TcpChannel | None = None,
    **http: str,
) -> Exchange:
    """The exchange of a good request changed in its headers or target; it knows how to check its output.
    `raw` stands for its body where the case codes it otherwise."""
    request, format = t.ecdhe_request(), t.formats[0]
    octets = t.http(request.encode(format), format, headers=headers, **http) if raw is None else raw
    return t.exchange(octets, channel, format=format, request=request)


def served_or_refused(t: Context, label: str, exchange: Exchange, statuses: tuple[int, ...]) -> Variant:
    """Both are right: served with the right output, or refused by HTTP."""
    if exchange.output is not None:
        return t.served(label, exchange)
    return t.http_refused(label, exchange, statuses, close=True)


def preferably_refused(t: Context, label: str, exchange: Exchange, statuses: tuple[int, ...]) -> Variant:
    """Refused as it should be; served with the right output is a leniency that HTTP allows."""
    right = exchange.output is not None and exchange.request and not exchange.request.check(exchange.output)
    if right:
        text = "status " + ", ".join(map(str, statuses))
        return t.check(label, False, text, exchange.summary, exchange, lenient=True)
    return t.http_refused(label, exchange, statuses, close=True)


def refused_and_closed(t: Context, label: str, raw: bytes, statuses: tuple[int, ...]) -> Variant:
    """Where a request ends is in doubt: it is refused, the connection ends, and the good request that stands
    behind it is not answered (RFC 9112 §11.2)."""
    with t.connect() as channel:
        first = answer(channel, raw + question(t), "a", t.formats[0])
        refusal = t.http_refused(label, first, statuses, close=True)
        if refusal.verdict is not Verdict.PASS:
            return refusal
        alone = channel.wait_closed(t.target.wait) and not channel.buffer
        expected = f"{refusal.expected.text}; then the connection ends without another answer"
        actual = f"{first.summary}, then {len(channel.buffer)} octets, {channel.ending.value}"
        return t.check(label, alone, expected, actual, first)


def requests_apart(t: Context, count: int, edge: str = "a", type: str | None = None) -> list[Request]:
    """Good requests for the first key of that edge and type; they differ in their randoms."""
    key, point = t.key(type, edge), CURVES["secp256r1"].good(t.rng)
    return [t.ecdhe_request(key, params=t.ecdhe_params(point=point)) for _ in range(count)]


def pipelined(
    t: Context, channel: TcpChannel, bodies: list[bytes], requests: list[Request], edge: str = "a"
) -> list[Exchange]:
    """Send all requests at once, then read the answers one by one."""
    format = t.formats[0]
    raw = b"".join(t.http(body, format) for body in bodies)
    return [answer(channel, b"" if i else raw, edge, format, request) for i, request in enumerate(requests)]


def until(call: Callable[[], Any], served: bool, within: float) -> Any:
    """The first exchange that is served (or is not), or the last one within that time: for what nothing
    announces."""
    limit = time.monotonic() + within
    while ((exchange := call()).output is not None) is not served and time.monotonic() < limit:
        pass
    return exchange


def filled(request: Request, format: str, size: int) -> bytes:
    """The request with an unknown member that fills its body to `size` octets; such members are ignored
    (SKI-P-08)."""
    length = size - len(request.encode(format))
    while len(body := request.replaced(x="x" * length).encode(format)) > size:
        length -= len(body) - size
    return body
