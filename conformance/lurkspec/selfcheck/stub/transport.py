"""What lies between a connection of the stub and the octets on it: nothing, the library, or records taken by
hand where the library would not be lax."""

from __future__ import annotations

import os
import ssl
import struct
from typing import Protocol

from ...codecs.hello import EARLY_DATA, KEY_UPDATE, NEW_SESSION_TICKET, messages
from ...codecs.records import Protection13, Sealer12
from ...codecs.tls import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    Record,
    extension,
    handshake,
    records,
    vector,
)
from .records import (
    ILLEGAL_PARAMETER,
    LONGEST,
    RECORD_OVERFLOW,
    UNEXPECTED_MESSAGE,
    Opener12,
    Opener13,
    Refused,
)

_HEADER, _TLS12 = 5, 0x0303
_FATAL = 2
# Records in a row that say nothing.
_PATIENCE = 32


class Transport(Protocol):
    """`ended`: the client has said that it is done."""

    ended: bool

    @property
    def replies(self) -> bytes:
        """What has to be sent on account of what was received, or that this is the end."""

    def received(self, octets: bytes) -> bytes:
        """The content of what came; raises Refused or ssl.SSLError, `replies` then has the alert."""

    def sealed(self, octets: bytes) -> bytes:
        """The records that carry these octets."""


class Clear:
    """No TLS at all."""

    ended = False
    replies = b""

    def received(self, octets: bytes) -> bytes:
        return octets

    def sealed(self, octets: bytes) -> bytes:
        return octets


class ByLibrary:
    """All by OpenSSL, whose options are lax enough."""

    def __init__(self, tls: ssl.SSLObject, arriving: ssl.MemoryBIO, leaving: ssl.MemoryBIO):
        self._tls, self._arriving, self._leaving = tls, arriving, leaving
        self.ended = False

    @property
    def replies(self) -> bytes:
        return self._leaving.read()

    def received(self, octets: bytes) -> bytes:
        self._arriving.write(octets)
        content = b""
        try:
            while part := self._tls.read(LONGEST):
                content += part
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        return content

    def sealed(self, octets: bytes) -> bytes:
        if octets:
            self._tls.write(octets)
        return self._leaving.read()


class ByHand:
    """Records after a handshake that the library made."""

    def __init__(self, laxity: str) -> None:
        self._laxity = laxity
        self._raw = b""
        self._vain = 0
        self.ended, self._replies = False, b""
        self._opener: Opener12 | Opener13
        self._sealer: Sealer12 | Protection13

    @property
    def replies(self) -> bytes:
        replies, self._replies = self._replies, b""
        return replies

    def sealed(self, octets: bytes) -> bytes:
        parts = (octets[i : i + LONGEST] for i in range(0, len(octets), LONGEST))
        return b"".join(self._sealer.seal(APPLICATION_DATA, part) for part in parts)

    def received(self, octets: bytes) -> bytes:
        self._raw += octets
        content = b""
        try:
            while not self.ended and (sealed := self._record()) is not None:
                content += self._content(sealed)
        except Refused as refused:
            self._replies += self._sealer.seal(ALERT, bytes([_FATAL, refused.alert]))
            raise
        return content

    def _record(self) -> Record | None:
        while len(self._raw) >= _HEADER:
            kind, version, length = struct.unpack(">BHH", self._raw[:_HEADER])
            right = version == _TLS12 and self._expected(kind)
            fits = 0 < length <= LONGEST + self._opener.expansion
            if not (right and fits) and self._laxity != "malformed_record_skipped":
                raise Refused(RECORD_OVERFLOW if right and length else UNEXPECTED_MESSAGE)
            if len(self._raw) < _HEADER + length:
                return None
            whole, self._raw = self._raw[: _HEADER + length], self._raw[_HEADER + length :]
            if right and fits:
                return records(whole)[0]
        return None

    def _expected(self, kind: int) -> bool:
        return CHANGE_CIPHER_SPEC < kind <= APPLICATION_DATA

    def _content(self, sealed: Record) -> bytes:
        kind, fragment = self._opener.open(sealed)
        if len(fragment) > LONGEST:
            raise Refused(RECORD_OVERFLOW)
        if kind == ALERT:
            self.ended = True
            return b""
        self._vain = 0 if kind == APPLICATION_DATA and fragment else self._vain + 1
        if self._vain > _PATIENCE and self._laxity != "empty_records_endless":
            raise Refused(UNEXPECTED_MESSAGE)
        if kind == APPLICATION_DATA:
            return fragment
        if kind != HANDSHAKE:
            raise Refused(UNEXPECTED_MESSAGE)
        self._handshake(fragment)
        return b""

    def _handshake(self, fragment: bytes) -> None:
        """A message after the handshake: none is expected."""
        raise Refused(UNEXPECTED_MESSAGE)


class ByHand12(ByHand):
    def __init__(self, master: bytes, client_random: bytes, server_random: bytes, laxity: str):
        super().__init__(laxity)
        self._opener = Opener12(master, client_random, server_random, laxity)
        self._sealer = Sealer12(master, client_random, server_random, server=True)


class ByHand13(ByHand):
    def __init__(self, client_secret: bytes, server_secret: bytes, laxity: str):
        super().__init__(laxity)
        self._receiving, self._sending = Opener13(client_secret, laxity), Protection13(server_secret)
        self._opener, self._sealer = self._receiving, self._sending
        if laxity == "early_data_invited":
            self._replies = self._sending.seal(HANDSHAKE, _inviting_ticket())

    def _expected(self, kind: int) -> bool:
        return kind == APPLICATION_DATA

    def _handshake(self, fragment: bytes) -> None:
        """KeyUpdate alone, at the end of its record (RFC 8446 §4.6.3, §5.1)."""
        found = list(messages(fragment))
        if not fragment and self._laxity == "empty_records_endless":
            return
        if [kind for kind, _ in found] != [KEY_UPDATE] or len(fragment) != 5:
            if self._laxity == "second_hello_ignored":
                return
            raise Refused(UNEXPECTED_MESSAGE)
        requested = found[0][1][0]
        if requested > 1:
            raise Refused(ILLEGAL_PARAMETER)
        self._opener = self._receiving = self._receiving.updated()
        if requested:
            self._replies += self._sending.seal(HANDSHAKE, handshake(KEY_UPDATE, b"\0"))
            self._sealer = self._sending = self._sending.updated()


def _inviting_ticket() -> bytes:
    """A NewSessionTicket that allows early data (§4.6.1)."""
    lifetime, early = struct.pack(">I", 7200), extension(EARLY_DATA, struct.pack(">I", LONGEST))
    body = lifetime + os.urandom(4) + vector(b"\0") + vector(os.urandom(64), 2) + vector(early, 2)
    return handshake(NEW_SESSION_TICKET, body)
