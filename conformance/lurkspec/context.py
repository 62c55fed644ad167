"""The test context of SKI: everything a case does goes through it. Exchanges here, judging in `judge`, good
requests in `supply`, connections in `session`."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from typing import Any

from . import http
from .channel import ChannelError, Ending, Identity, TcpChannel, TlsChannel, Transcript
from .channel_context import ChannelContext, Question
from .exchange import MEDIA_TYPES, Exchange
from .judge import Judge
from .keys import ECDHE_USAGE
from .request import Request
from .supply import Supply


class ControlFailed(Exception):
    """A good request, which the case changes afterwards, was not served: there is nothing to compare with."""

    def __init__(self, exchange: Exchange):
        super().__init__(exchange.summary)
        self.exchange = exchange


class Context(Judge, Supply, ChannelContext):
    """The test context of SKI cases."""

    signing_usage = ECDHE_USAGE

    def question(self, edge: str = "a", type: str | None = None) -> Question:
        request = self.ecdhe_request(self.key(type, edge))
        return Question(self.http(request.encode(self.formats[0]), self.formats[0]), request)

    def reply(self, channel: TcpChannel, question: Question | None = None, sent: bool = False) -> Exchange:
        octets = b"" if question is None or sent else question.octets
        request = question.request if question else None
        return answer(channel, octets, "a", self.formats[0], request)

    def failed(self, error: ChannelError, edge: str = "a") -> Exchange:
        return failure(error, edge, self.formats[0], None)

    def http(
        self,
        body: bytes = b"",
        format: str = "json",
        *,
        method: str = "POST",
        path: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        version: str = "HTTP/1.1",
    ) -> bytes:
        """The octets of a good HTTP request; `headers` sets or (None) leaves out headers, names as written
        here."""
        host = f"{self.target.server_name}:{self.target.address[1]}"
        fields: dict[str, str | None] = {
            "Host": host,
            "Content-Type": MEDIA_TYPES[format],
            "Content-Length": str(len(body)),
        }
        if method in ("GET", "HEAD") and not body:
            fields = {"Host": host, "Accept": MEDIA_TYPES[format]}
        fields |= headers or {}
        lines = tuple((name, value) for name, value in fields.items() if value is not None)
        return http.build(method, self.target.path if path is None else path, lines, body, version)

    def post(
        self,
        body: Request | bytes,
        format: str = "json",
        *,
        edge: str = "a",
        fresh: bool = False,
        channel: TlsChannel | None = None,
        path: str | None = None,
        method: str = "POST",
        headers: Mapping[str, str | None] | None = None,
    ) -> Exchange:
        """Send a body and read the answer, over a connection of that edge that is kept for the case (or
        `fresh`, or `channel`)."""
        octets = body.encode(format) if isinstance(body, Request) else body
        raw = self.http(octets, format, method=method, path=path, headers=headers)
        request = body if isinstance(body, Request) else None
        return self.exchange(
            raw, channel, edge=edge, fresh=fresh, format=format, request=request, head_only=method == "HEAD"
        )

    def get(
        self,
        path: str,
        format: str = "json",
        *,
        edge: str = "a",
        method: str = "GET",
        headers: Mapping[str, str | None] | None = None,
        channel: TlsChannel | None = None,
    ) -> Exchange:
        raw = self.http(b"", format, method=method, path=path, headers=headers)
        return self.exchange(raw, channel, edge=edge, format=format, head_only=method == "HEAD")

    def exchange(
        self,
        raw: bytes,
        channel: TcpChannel | None = None,
        *,
        edge: str = "a",
        fresh: bool = False,
        format: str = "",
        request: Request | None = None,
        head_only: bool = False,
    ) -> Exchange:
        """Send exactly these octets and read one answer: on `channel`, on a connection of its own (`fresh`),
        or on the kept connection of `edge`.

        A kept connection that turns out to be closed before any octet of an answer is replaced once, as HTTP
        clients do.
        """
        if channel is not None:
            return answer(channel, raw, edge, format, request, head_only)
        with self._lock:
            kept = None if fresh else self._kept.pop(edge, None)
        if kept is not None:
            result = answer(kept, raw, edge, format, request, head_only)
            if not _stale(result):
                return self._keep(kept, result)
            kept.close()
        try:
            new = self.connect(edge)
        except ChannelError as error:
            return failure(error, edge, format, request)
        result = answer(new, raw, edge, format, request, head_only)
        if not fresh:
            return self._keep(new, result)
        new.close()
        return result

    def attempt(
        self, edge: str | Identity | None = "a", *, format: str | None = None, **connect: Any
    ) -> Exchange:
        """A connection as in `connect` and, when it stands, a good request on it: for `handshake_fails`."""
        name = edge if isinstance(edge, str) else edge.name if edge else "(no certificate)"
        format, request = format or self.formats[0], self.ecdhe_request()
        try:
            channel = self.connect(edge, **connect)
        except ssl.SSLError as error:
            return failure(ChannelError(Ending.LOCAL, str(error)), name, format, request)
        except ChannelError as error:
            return failure(error, name, format, request)
        with channel:
            return answer(channel, self.http(request.encode(format), format), name, format, request)

    def proven(self, request: Request, format: str, **post: Any) -> Exchange:
        """The exchange of a good request that must be served before the case goes on; raises
        ControlFailed."""
        exchange = self.post(request, format, **post)
        if exchange.output is None or request.check(exchange.output):
            raise ControlFailed(exchange)
        return exchange

    def _keep(self, channel: TlsChannel, result: Exchange) -> Exchange:
        alive = result.response is not None and not result.response.closes and not channel.buffer
        with self._lock:
            if alive and result.edge not in self._kept:
                self._kept[result.edge] = channel
                return result
        channel.close()
        return result


def _stale(result: Exchange) -> bool:
    """Whether a kept connection had ended before the request."""
    return result.response is None and not result.problem and result.ending in (Ending.CLOSED, Ending.RESET)


def answer(
    channel: TcpChannel,
    raw: bytes,
    edge: str = "a",
    format: str = "",
    request: Request | None = None,
    head_only: bool = False,
) -> Exchange:
    """Send octets on a channel and read one response from it."""
    begin, problem, response = time.monotonic(), "", None
    channel.transcript = Transcript()
    channel.send(raw)
    try:
        response = channel.read_response(head_only)
    except http.Truncated as error:
        problem = str(error) if channel.buffer else ""
    except http.HttpError as error:
        problem = str(error)
    return Exchange(
        edge,
        response,
        channel.ending,
        channel.transcript,
        problem,
        channel.alert,
        time.monotonic() - begin,
        format,
        request,
    )


def failure(error: ChannelError, edge: str, format: str, request: Request | None) -> Exchange:
    """The exchange that never got a channel."""
    return Exchange(
        edge, None, error.ending, Transcript(), "", error.alert or error.text, 0.0, format, request
    )
