"""HTTP/1.1 as octets: requests in any shape a case wants, and a response reader that tolerates nothing (RFC
9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

MAX_HEAD = 65536
MAX_BODY = 1 << 20


class HttpError(ValueError):
    """The peer's answer is not HTTP/1.1."""


class Truncated(HttpError):
    """The connection ended inside an answer."""


class Source(Protocol):
    """Where response octets come from; `receive` gives b"" when nothing more comes."""

    buffer: bytearray

    def receive(self) -> bytes:
        ...


@dataclass(frozen=True)
class Response:
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes = field(repr=False)
    interim: tuple[int, ...] = ()

    def header(self, name: str) -> str | None:
        """The only value of a header; None when it is absent. A repeated one is joined as RFC 9110 §5.3
        says."""
        values = [v for n, v in self.headers if n == name.lower()]
        return ", ".join(values) if values else None

    @property
    def media_type(self) -> str:
        return (self.header("content-type") or "").split(";")[0].strip().lower()

    @property
    def closes(self) -> bool:
        return "close" in (self.header("connection") or "").lower()


def build(
    method: str,
    path: str,
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
    version: str = "HTTP/1.1",
) -> bytes:
    """A request from exactly these parts: nothing is added, not even Content-Length."""
    lines = [f"{method} {path} {version}"] + [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*chunks: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    """A body in chunked coding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in chunks) + last


_STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ([\t -~]*)")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\x80-\xff]*?)[ \t]*")


def parse_head(head: bytes) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Status line and header lines, without the empty line: CRLF only, no folding, no blanks before the
    colon."""
    lines = head.split(b"\r\n")
    status = _STATUS.fullmatch(lines[0])
    if status is None:
        raise HttpError(f"status line {lines[0][:80]!r}")
    headers = []
    for line in lines[1:]:
        match = _FIELD.fullmatch(line)
        if match is None:
            raise HttpError(f"header line {line[:80]!r}")
        headers.append((match[1].decode("ascii").lower(), match[2].decode("latin-1")))
    return int(status[1]), status[2].decode("ascii"), tuple(headers)


class _Reader:
    def __init__(self, source: Source):
        self.source = source
        self.taken = bytearray()

    def take(self, count: int) -> bytes:
        if count > MAX_BODY:
            raise HttpError(f"answer of {count} octets")
        while len(self.source.buffer) < count:
            self.more()
        return self.consume(count)

    def line(self, end: bytes, limit: int) -> bytes:
        while (at := self.source.buffer.find(end)) < 0:
            if len(self.source.buffer) > limit:
                raise HttpError(f"no end of the head in {limit} octets")
            self.more()
        return self.consume(at + len(end))[: -len(end)]

    def consume(self, count: int) -> bytes:
        octets = bytes(self.source.buffer[:count])
        del self.source.buffer[:count]
        self.taken += octets
        return octets

    def more(self) -> None:
        if not self.source.receive():
            raise Truncated("the answer is cut short")

    def chunks(self) -> bytes:
        body = bytearray()
        while True:
            size = self.line(b"\r\n", 256)
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
                raise HttpError(f"chunk size {size[:80]!r}")
            body += self.take(int(size, 16))
            if len(body) > MAX_BODY or self.take(2) != b"\r\n":
                raise HttpError("bad chunk")
            if int(size, 16) == 0:
                return bytes(body)

    def body(self, status: int, headers: tuple[tuple[str, str], ...], head_only: bool) -> bytes:
        lengths = [v for n, v in headers if n == "content-length"]
        codings = [v for n, v in headers if n == "transfer-encoding"]
        if len(lengths) + len(codings) > 1:
            raise HttpError("the length of the answer is ambiguous")
        if lengths and not re.fullmatch(r"[0-9]{1,9}", lengths[0]):
            raise HttpError(f"Content-Length {lengths[0]!r}")
        if head_only or status < 200 or status in (204, 304):
            return b""
        if codings:
            if codings[0].lower() != "chunked":
                raise HttpError(f"Transfer-Encoding {codings[0]!r}")
            return self.chunks()
        if lengths:
            return self.take(int(lengths[0]))
        return self.until_end()

    def until_end(self) -> bytes:
        while len(self.source.buffer) <= MAX_BODY and self.source.receive():
            pass
        return self.take(len(self.source.buffer))


def read_response(source: Source, head_only: bool = False) -> Response:
    """Read one final response; octets after it stay in the buffer. `head_only` is for answers to HEAD."""
    reader = _Reader(source)
    interim: list[int] = []
    while True:
        status, reason, headers = parse_head(reader.line(b"\r\n\r\n", MAX_HEAD))
        body = reader.body(status, headers, head_only)
        if status >= 200:
            return Response(status, reason, headers, body, bytes(reader.taken), tuple(interim))
        interim.append(status)
