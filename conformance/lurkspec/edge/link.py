"""The suite's end of a channel: TLS servers whose octets and ends a case decides on."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from dataclasses import dataclass
from pathlib import Path

from ..channel import log_keys
from .target import ChannelFiles

_CHUNK = 65536


@dataclass(frozen=True)
class ChannelIdentity:
    """What a key server shows on the channel, right or wrong."""

    certificate: Path
    key: Path
    ca: Path
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
    ciphers: str = ""

    @classmethod
    def of(cls, files: ChannelFiles) -> ChannelIdentity:
        return cls(files.certificate, files.key, files.ca)

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = min(ssl.TLSVersion.TLSv1_2, self.maximum)
        context.maximum_version = self.maximum
        if self.ciphers:
            context.set_ciphers(self.ciphers)
        context.load_cert_chain(self.certificate, self.key)
        context.load_verify_locations(self.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        log_keys(context)
        return context


class Link:
    """A connection of the edge. One thread reads, any thread writes: TLS works on memory, behind a lock."""

    def __init__(self, plain: socket.socket, context: ssl.SSLContext):
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._lock = threading.Lock()
        self.server_name: str | None = None
        context.sni_callback = self._named
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.version: str | None = None
        self.suite = ""
        self.peer: bytes | None = None
        self.buffer = bytearray()

    def _named(self, tls: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> None:
        self.server_name = name

    def handshake(self) -> None:
        """Raises OSError (ssl.SSLError is one)."""
        while True:
            with self._lock:
                try:
                    self._tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    pass
                finally:
                    self._flush()
            self._fill()
        self.version, self.peer = self._tls.version(), self._tls.getpeercert(binary_form=True)
        cipher = self._tls.cipher()
        self.suite = cipher[0] if cipher else ""

    def misbehave(self, manner: str) -> None:
        """In place of a handshake."""
        if manner == "noise":
            self._plain.sendall(b"220 not TLS\r\n" * 10)
        while manner != "closing" and self._plain.recv(_CHUNK):
            pass

    def receive(self) -> bytes:
        """Some octets into the buffer, and what they are; b"" at the end. Raises OSError."""
        while True:
            with self._lock:
                try:
                    octets = self._tls.read(_CHUNK)
                    self.buffer += octets
                    return octets
                except ssl.SSLWantReadError:
                    self._flush()
                except ssl.SSLZeroReturnError:
                    return b""
            self._fill()

    def take(self, count: int) -> bytes | None:
        """So many octets, None when the connection ends before. Raises OSError."""
        while len(self.buffer) < count:
            if not self.receive():
                return None
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def take_to(self, mark: bytes) -> bytes | None:
        """Everything up to and with `mark`."""
        while (at := self.buffer.find(mark)) < 0:
            if not self.receive():
                return None
        return self.take(at + len(mark))

    def send(self, octets: bytes) -> None:
        with contextlib.suppress(OSError), self._lock:
            if octets:
                self._tls.write(octets)
            self._flush()

    def close(self) -> None:
        """close_notify and the end, which wakes up the reader."""
        with contextlib.suppress(OSError, ssl.SSLError), self._lock:
            with contextlib.suppress(ssl.SSLError):
                self._tls.unwrap()
            self._flush()
        self.cut()

    def cut(self) -> None:
        """The end of TCP without close_notify."""
        with contextlib.suppress(OSError):
            self._plain.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        """RST, once the reader, which this wakes up, has let go."""
        with contextlib.suppress(OSError):
            self._plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._plain.shutdown(socket.SHUT_RD)

    def free(self) -> None:
        self._plain.close()

    def _fill(self) -> None:
        octets = self._plain.recv(_CHUNK)
        if octets:
            self._incoming.write(octets)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._plain.sendall(self._outgoing.read())
