"""The proxy as a client of the owner's key server. Nothing is sent twice: a key server that watches for
replays would take that for one, and whether to ask again is the edge's decision."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import ssl
from dataclasses import dataclass

from ...codecs import lurk
from ...http import Response, build, parse_head
from .settings import Limits, Upstream


class UpstreamError(Exception):
    """The owner's key server gave no answer that can be used; the text is for the log."""


_FAULTS = (OSError, ssl.SSLError, ValueError, EOFError, asyncio.LimitOverrunError, TimeoutError)


class Connector:
    def __init__(self, upstream: Upstream, limits: Limits):
        self.upstream, self.limits = upstream, limits
        self._context = upstream.context()

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            self.upstream.host,
            self.upstream.port,
            ssl=self._context,
            server_hostname=self.upstream.name,
            limit=self.limits.message_octets,
        )


class HttpUpstream:
    """SKI: idle connections are kept and used again."""

    def __init__(self, connector: Connector):
        self._connector = connector
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, method: str, path: str, media_type: str, body: bytes = b"") -> Response:
        """Raises UpstreamError. Headers are the proxy's own: nothing of the edge's is in them."""
        headers = [("Host", self._connector.upstream.name), ("Accept", media_type)]
        if method == "POST":
            headers += [("Content-Type", media_type), ("Content-Length", str(len(body)))]
        request = build(method, path, tuple(headers), body)
        writer = None
        try:
            async with asyncio.timeout(self._connector.limits.upstream_ms / 1000):
                reader, writer = self._take() or await self._connector.open()
                writer.write(request)
                await writer.drain()
                response = await self._read(reader)
        except _FAULTS as error:
            if writer is not None:
                writer.transport.abort()
            raise UpstreamError(f"{type(error).__name__}: {error}") from None
        if response.closes:
            writer.close()
        else:
            self._idle.append((reader, writer))
        return response

    def _take(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.transport.is_closing():
                return reader, writer
            writer.close()
        return None

    async def _read(self, reader: asyncio.StreamReader) -> Response:
        head = await reader.readuntil(b"\r\n\r\n")
        status, reason, headers = parse_head(head[:-4])
        lengths = [value for name, value in headers if name == "content-length"]
        if any(name == "transfer-encoding" for name, _ in headers) or len(lengths) > 1:
            raise ValueError("an answer whose length is not plain")
        count = int(lengths[0]) if lengths else 0
        if not 0 <= count <= self._connector.limits.message_octets:
            raise ValueError(f"an answer of {count} octets")
        body = await reader.readexactly(count)
        return Response(status, reason, headers, body, head + body)


@dataclass
class _Line:
    """An open connection, and the requests that wait for an answer there, by id."""

    writer: asyncio.StreamWriter
    waiting: dict[int, asyncio.Future[lurk.Message]]


class LurkUpstream:
    """LURK: one connection carries all requests, each with an id of its own; answers come in any order."""

    def __init__(self, connector: Connector):
        self._connector = connector
        self._line: _Line | None = None
        self._opening = asyncio.Lock()
        self._reading: set[asyncio.Task[None]] = set()

    async def ask(self, message: lurk.Message) -> lurk.Message:
        """The answer, with the id of `message`. Raises UpstreamError."""
        try:
            async with asyncio.timeout(self._connector.limits.upstream_ms / 1000):
                line = await self._opened()
                own = secrets.randbits(64)
                future: asyncio.Future[lurk.Message] = asyncio.get_running_loop().create_future()
                line.waiting[own] = future
                try:
                    line.writer.write(message.but(id=own).encode())
                    await line.writer.drain()
                    answer = await future
                finally:
                    line.waiting.pop(own, None)
        except _FAULTS as error:
            raise UpstreamError(f"{type(error).__name__}: {error}") from None
        if answer.status == lurk.SUCCESS and (answer.designation, answer.type) != (
            message.designation,
            message.type,
        ):
            raise UpstreamError("the answer is one to another request")
        return answer.but(id=message.id)

    async def _opened(self) -> _Line:
        async with self._opening:
            if self._line is None or self._line.writer.transport.is_closing():
                reader, writer = await self._connector.open()
                self._line = _Line(writer, {})
                task = asyncio.create_task(self._read(reader, self._line))
                self._reading.add(task)
                task.add_done_callback(self._reading.discard)
            return self._line

    async def _read(self, reader: asyncio.StreamReader, line: _Line) -> None:
        """What answers nothing is passed over (A-81)."""
        with contextlib.suppress(*_FAULTS):
            while True:
                header = await reader.readexactly(lurk.HEADER_LEN)
                length = lurk.payload_length(header)
                if length > self._connector.limits.message_octets:
                    break
                message = lurk.decode(header + await reader.readexactly(length))
                future = line.waiting.pop(message.id, None)
                if future is not None and not future.done() and message.status != lurk.REQUEST:
                    future.set_result(message)
        line.writer.transport.abort()
        for future in line.waiting.values():
            if not future.done():
                future.set_exception(ConnectionError("the connection to the key server broke"))
