"""What the stub reads in a ClientHello before its library does, and what it changes in a first flight."""

from __future__ import annotations

from dataclasses import dataclass

from ...codecs.hello import RENEGOTIATION_INFO, SUPPORTED_VERSIONS, parse_extensions
from ...codecs.tls import HANDSHAKE, client_hello, extension, record, records

_GROUPS, _SERVER_NAME = 10, 0
DEFLATE = 1
# In a record: its header and that of the message, version and random.
_BEFORE_SESSION_ID = 5 + 4 + 2 + 32


@dataclass(frozen=True)
class ClientHello:
    version: int
    random: bytes
    session_id: bytes
    suites: tuple[int, ...]
    compression: bytes
    extensions: dict[int, bytes]

    @classmethod
    def parse(cls, octets: bytes) -> ClientHello | None:
        """The ClientHello in the first record of a connection, None where there is none that can be read."""
        found = records(octets)
        body = found[0].fragment[4:] if found and found[0].kind == HANDSHAKE else b""
        if len(body) < 35 or found[0].fragment[0] != 1:
            return None
        session_id, rest = body[35 : 35 + body[34]], body[35 + body[34] :]
        suites, rest = (
            rest[2 : 2 + int.from_bytes(rest[:2], "big")],
            rest[2 + int.from_bytes(rest[:2], "big") :],
        )
        if not rest:
            return None
        return cls(
            int.from_bytes(body[:2], "big"),
            body[2:34],
            session_id,
            tuple(int.from_bytes(suites[i : i + 2], "big") for i in range(0, len(suites), 2)),
            rest[1 : 1 + rest[0]],
            parse_extensions(rest[3 + rest[0] :]),
        )

    @property
    def old(self) -> bool:
        """Without a word of TLS 1.3."""
        return SUPPORTED_VERSIONS not in self.extensions

    @property
    def groups(self) -> tuple[int, ...]:
        listed = self.extensions.get(_GROUPS, b"")[2:]
        return tuple(int.from_bytes(listed[i : i + 2], "big") for i in range(0, len(listed), 2))

    @property
    def server_name(self) -> str:
        return self.extensions.get(_SERVER_NAME, b"")[5:].decode("ascii", "replace")

    def without_renegotiation_info(self) -> bytes:
        """The record that carries it, as a server reads it that does not know this extension."""
        known = {k: body for k, body in self.extensions.items() if k != RENEGOTIATION_INFO}
        block = b"".join(extension(kind, body) for kind, body in known.items())
        hello = client_hello(self.suites, self.version, block, self.compression, self.session_id, self.random)
        return record(HANDSHAKE, hello, 0x0301)


def server_random(flight: bytes) -> bytes:
    """That of the ServerHello which begins a flight."""
    return flight[_BEFORE_SESSION_ID - 32 : _BEFORE_SESSION_ID]


def with_deflate(flight: bytes) -> bytes:
    """A flight that begins with a ServerHello, which now chooses DEFLATE."""
    changed = bytearray(flight)
    if changed[:1] == bytes([HANDSHAKE]):
        changed[_BEFORE_SESSION_ID + 1 + changed[_BEFORE_SESSION_ID] + 2] = DEFLATE
    return bytes(changed)
