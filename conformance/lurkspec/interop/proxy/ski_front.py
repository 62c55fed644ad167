"""SKI towards edges: a request is read strictly, its key looked up among the edge's, and written anew, so
that the owner's key server reads what was checked, whatever else an edge might have meant by it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...codecs import cbor, json
from ...edge.ski import decode, encode
from ...exchange import MEDIA_TYPES
from ...http import Response
from .rights import Edge
from .settings import Limits
from .upstream import HttpUpstream, UpstreamError

_PATH = "/ski"
_REQUEST = re.compile(r"([A-Z]+) (/[!-~]*) HTTP/1\.1")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~]*?)[ \t]*")
_FORMATS = {media_type: format for format, media_type in MEDIA_TYPES.items()}
MALFORMED, DENIED, NOT_FOUND = "malformed request", "request denied", "spki not found"
UNSPECIFIED = "unspecified error"
_REASONS = {200: "OK", 204: "No Content", 500: "Internal Server Error"}
# Statuses of a key server for a request that was understood; any other is the proxy's own trouble.
_PASSED_ON = {400: MALFORMED, 403: DENIED, 404: NOT_FOUND, 429: DENIED}
Audit = Callable[..., None]


class Refused(Exception):
    """`ends`: the connection, whose octets cannot be told apart any more."""

    def __init__(self, status: int, error: str, cause: str, ends: bool = False):
        super().__init__(cause)
        self.status, self.error, self.ends = status, error, ends


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]

    @property
    def format(self) -> str:
        """That of the answer: of the body, or what is accepted; JSON where nothing is said."""
        name = self.headers.get("content-type") or self.headers.get("accept") or ""
        return _FORMATS.get(name.partition(";")[0].strip().lower(), "json")

    @property
    def closes(self) -> bool:
        return "close" in self.headers.get("connection", "").lower()


def parse(head: bytes) -> Asked:
    """Raises Refused: one meaning or none."""
    first, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    request = _REQUEST.fullmatch(first)
    fields = [_FIELD.fullmatch(line) for line in lines]
    if request is None or not all(fields):
        raise Refused(400, MALFORMED, "head", ends=True)
    pairs = [(m[1].lower(), m[2]) for m in fields if m]
    headers = dict(pairs)
    if len(headers) != len(pairs) or "host" not in headers:
        raise Refused(400, MALFORMED, "a header twice, or no Host", ends=True)
    if "transfer-encoding" in headers:
        raise Refused(411, MALFORMED, "transfer coding", ends=True)
    if not re.fullmatch(r"[0-9]{1,9}", headers.get("content-length", "0")):
        raise Refused(400, MALFORMED, "Content-Length", ends=True)
    return Asked(request[1], request[2], headers)


class SkiFront:
    def __init__(self, upstream: HttpUpstream, limits: Limits, audit: Audit):
        self._upstream, self._limits, self._audit = upstream, limits, audit

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, edge: Edge | None
    ) -> None:
        goes_on = True
        while goes_on:
            asked, key, cause = Asked("", "", {}), "", ""
            try:
                asked, body = await self._read(reader)
                if edge is None:
                    raise Refused(403, DENIED, "peer is no edge", ends=True)
                key, status, members = await self._answer(asked, body, edge)
                goes_on = not asked.closes
            except asyncio.IncompleteReadError as error:
                if not error.partial:
                    return
                raise
            except Refused as refusal:
                status, members, cause = refusal.status, {"error": refusal.error}, str(refusal)
                goes_on = not refusal.ends and not asked.closes
            except UpstreamError as error:
                status, members, cause = 500, {"error": UNSPECIFIED}, str(error)
            operation = f"{asked.method} {asked.path}"
            identity = edge.identity if edge else None
            self._audit(edge=identity, operation=operation, key=key, status=status, cause=cause)
            writer.write(_response(status, members, asked.format, goes_on))
            await writer.drain()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[Asked, bytes]:
        try:
            async with asyncio.timeout(self._limits.idle_ms / 1000):
                asked = parse(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.LimitOverrunError:
            raise Refused(431, MALFORMED, "header octets", ends=True) from None
        count = int(asked.headers.get("content-length", "0"))
        if count > self._limits.body_octets:
            raise Refused(413, MALFORMED, "body octets", ends=True)
        async with asyncio.timeout(self._limits.body_ms / 1000):
            return asked, await reader.readexactly(count)

    async def _answer(self, asked: Asked, body: bytes, edge: Edge) -> tuple[str, int, dict[str, Any] | None]:
        """The name of the key, the status, and the object of the body."""
        media_type = MEDIA_TYPES[asked.format]
        if asked.path in ("/ping", "/capabilities"):
            if asked.method != "GET" or body:
                raise Refused(405, MALFORMED, "method")
            response = await self._upstream.ask("GET", asked.path, media_type)
            if asked.path == "/ping" and response.status == 204:
                return "", 204, None
            return "", *self._capabilities(response, asked.format, edge)
        if asked.path != _PATH:
            raise Refused(404, MALFORMED, "path")
        if asked.method != "POST":
            raise Refused(405, MALFORMED, "method")
        named = asked.headers.get("content-type", "").partition(";")[0].strip().lower()
        if named not in _FORMATS:
            raise Refused(415, MALFORMED, "content type")
        try:
            members = decode(body, asked.format)
        except ValueError as error:
            raise Refused(400, MALFORMED, str(error)) from None
        if not isinstance(members.get("spki"), bytes):
            raise Refused(400, MALFORMED, "spki")
        served = edge.by_spki(members["spki"])
        if served is None:
            raise Refused(404, NOT_FOUND, "no key of this edge")
        response = await self._upstream.ask("POST", _PATH, media_type, encode(members, asked.format))
        return served.name, *_output(response, asked.format)

    def _capabilities(self, response: Response, format: str, edge: Edge) -> tuple[int, dict[str, Any]]:
        """Those of the proxy at the key server, as far as they are this edge's."""
        if response.status != 200:
            return _failure(response)
        members = _object(response, format)
        keys, state = _octets(members.get("keys"), format), _octets([members.get("state")], format)
        if keys is None or state is None:
            raise UpstreamError("capabilities without keys or state")
        own = [spki for spki in keys if edge.by_spki(spki)]
        return 200, members | {"keys": own, "state": edge.state(state[0])}


def _output(response: Response, format: str) -> tuple[int, dict[str, Any]]:
    """A success has both a 2xx status and `output` (A-67)."""
    if response.status != 200:
        return _failure(response)
    output = _octets([_object(response, format).get("output")], format)
    if output is None:
        raise UpstreamError("a success without output")
    return 200, {"output": output[0]}


def _failure(response: Response) -> tuple[int, dict[str, Any]]:
    if response.status not in _PASSED_ON:
        raise UpstreamError(f"status {response.status}")
    return response.status, {"error": _PASSED_ON[response.status]}


def _object(response: Response, format: str) -> dict[str, Any]:
    if response.media_type != MEDIA_TYPES[format]:
        raise UpstreamError(f"an answer of type {response.media_type!r}")
    try:
        value = cbor.decode(response.body) if format == "cbor" else json.decode(response.body)
    except ValueError as error:
        raise UpstreamError(str(error)) from None
    if not isinstance(value, dict):
        raise UpstreamError("an answer that is no object")
    return value


def _octets(values: Any, format: str) -> list[bytes] | None:
    """Octet strings as octets; None where they are none."""
    if not isinstance(values, list):
        return None
    try:
        found = [
            json.base64_decode(value) if format == "json" and isinstance(value, str) else value
            for value in values
        ]
    except ValueError:
        return None
    return found if all(isinstance(value, bytes) for value in found) else None


def _response(status: int, members: dict[str, Any] | None, format: str, goes_on: bool) -> bytes:
    body = b"" if members is None else encode(members, format)
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Refused')}"]
    if members is not None:
        lines += [f"Content-Type: {MEDIA_TYPES[format]}", f"Content-Length: {len(body)}"]
    lines += ["Cache-Control: no-store"]
    lines += ["Allow: GET, POST"] if status == 405 else []
    lines += [] if goes_on else ["Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
