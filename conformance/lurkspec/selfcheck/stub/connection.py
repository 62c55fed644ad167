"""One connection to the stub: the handshake, who it is with, and then what the real key server has to say."""

from __future__ import annotations

import select
import socket
import ssl
import tempfile
import time
from pathlib import Path
from typing import Any

from ...codecs.tls import APPLICATION_DATA, CHANGE_CIPHER_SPEC, split_records
from ...pki import EDGES, SERVER_NAME
from .backend import Backend
from .hello import DEFLATE, ClientHello, server_random, with_deflate
from .records import LONGEST, Refused
from .settings import Settings, server_context
from .transport import ByHand12, ByHand13, ByLibrary, Clear, Transport

_CHUNK = 65536
_ANSWERED_IN_CLEAR = ("clear_port_open", "clear_text_answered")
# Longer than any case waits.
_IDLE = 60.0
_ENOUGH = 1 << 18
_ELSEWHERE = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nanother site\n"


class Connection:
    """`serve` carries it to its end; the socket is closed by whoever accepted it."""

    def __init__(self, settings: Settings, accepted: socket.socket, backend: tuple[str, int]):
        self._settings, self._socket, self._address = settings, accepted, backend
        self._laxity = settings.laxity
        self._raw = b""
        self._flight = b""
        self._hello: ClientHello | None = None
        # For the key server, and for the client.
        self._waiting, self._unsent = bytearray(), bytearray()

    def serve(self) -> None:
        limit = time.monotonic() + self._settings.handshake_seconds
        if not self._first_record(limit):
            return
        if self._laxity in _ANSWERED_IN_CLEAR and not self._is_tls(self._raw[0]):
            self._relay(Clear(), "a")
            return
        self._hello = ClientHello.parse(self._raw)
        with tempfile.NamedTemporaryFile(prefix="lurkspec-stub-") as secrets:
            context = server_context(self._settings, self._hello, Path(secrets.name))
            arriving, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = context.wrap_bio(arriving, leaving, server_side=True)
            self._prepare_hello()
            if not self._handshake(tls, arriving, leaving, limit):
                return
            edge = self._edge(tls)
            if edge:
                self._relay(self._transport(tls, arriving, leaving, Path(secrets.name)), edge)

    @staticmethod
    def _is_tls(kind: int) -> bool:
        return CHANGE_CIPHER_SPEC <= kind <= APPLICATION_DATA

    # Handshake

    def _first_record(self, limit: float) -> bool:
        """Take in the first record, or all there is when it cannot be one."""
        while not self._raw or (self._is_tls(self._raw[0]) and self._missing()):
            if not self._receive(limit):
                return bool(self._raw)
        return True

    def _missing(self) -> bool:
        length = int.from_bytes(self._raw[3:5], "big")
        return len(self._raw) < 5 or len(self._raw) < 5 + length <= LONGEST

    def _receive(self, limit: float) -> bool:
        """More octets; False at the end or at the limit."""
        if not select.select([self._socket], [], [], max(0.0, limit - time.monotonic()))[0]:
            return False
        octets = self._socket.recv(_CHUNK)
        self._raw += octets
        return bool(octets)

    def _prepare_hello(self) -> None:
        unknown = self._laxity == "renegotiation_info_unknown" and self._hello and self._hello.old
        if unknown and self._hello:
            self._raw = (
                self._hello.without_renegotiation_info() + self._raw[len(split_records(self._raw)[0]) :]
            )

    def _handshake(
        self, tls: ssl.SSLObject, arriving: ssl.MemoryBIO, leaving: ssl.MemoryBIO, limit: float
    ) -> bool:
        """Record by record, so that those behind the handshake are left; False when it failed."""
        while True:
            try:
                tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            except ssl.SSLError:
                self._send_flight(leaving.read())
                return False
            self._send_flight(leaving.read())
            if done:
                return True
            while not (whole := split_records(self._raw)) and not self._odd():
                if not self._receive(limit):
                    return False
            next_one = whole[0] if whole else self._raw
            self._raw = self._raw[len(next_one) :]
            arriving.write(next_one)

    def _odd(self) -> bool:
        """What the library will refuse before it is whole."""
        return bool(self._raw) and (not self._is_tls(self._raw[0]) or self._raw[3:4] > b"\x48")

    def _send_flight(self, octets: bytes) -> None:
        deflate = self._laxity == "deflate_negotiated" and not self._flight
        if octets and deflate and self._hello and DEFLATE in self._hello.compression:
            octets = with_deflate(octets)
        self._flight += octets
        self._socket.sendall(octets)

    def _edge(self, tls: ssl.SSLObject) -> str:
        """Which edge of the PKI it is, "" for none; a client that was let in without a certificate is taken
        for edge a."""
        certificate: Any = tls.getpeercert() or {}
        if not certificate:
            return "a"
        if not self._settings.trusts(certificate, resumed=bool(tls.session_reused)):
            return ""
        names = [f"{kind.lower()}:{value}" for kind, value in certificate.get("subjectAltName", ())]
        return next((edge for edge, identity in EDGES.items() if identity in names), "")

    def _transport(
        self, tls: ssl.SSLObject, arriving: ssl.MemoryBIO, leaving: ssl.MemoryBIO, secrets: Path
    ) -> Transport:
        if self._settings.by_library:
            return ByLibrary(tls, arriving, leaving)
        known = dict(line.split()[::2] for line in secrets.read_text("ascii").splitlines() if line[:1] != "#")
        if tls.version() == "TLSv1.3":
            client, server = (
                bytes.fromhex(known[f"{side}_TRAFFIC_SECRET_0"]) for side in ("CLIENT", "SERVER")
            )
            return ByHand13(client, server, self._laxity)
        assert self._hello is not None
        random = server_random(self._flight)
        return ByHand12(bytes.fromhex(known["CLIENT_RANDOM"]), self._hello.random, random, self._laxity)

    # Behind the handshake

    def _relay(self, transport: Transport, edge: str) -> None:
        """Content to the key server that the stub stands before, and its answers back, until either ends."""
        with Backend(self._settings.folder, self._address, edge) as backend:
            more = not self._raw or self._take(transport, self._raw)
            while more and (not backend.ended or self._endless):
                readable, writable, _ = select.select(*self._wanted(backend), [], _IDLE)
                if not readable and not writable:
                    return
                self._pass_on(transport, backend, readable, writable)
                if self._socket in readable:
                    more = self._take(transport, self._socket.recv(_CHUNK))
            self._socket.settimeout(_IDLE)
            self._socket.sendall(self._unsent)

    def _take(self, transport: Transport, octets: bytes) -> bool:
        """What the client sent; False when this is the end."""
        try:
            content, refused = transport.received(octets), False
        except (Refused, ssl.SSLError):
            content, refused = b"", True
        self._unsent += transport.replies
        if content and self._foreign():
            self._unsent += transport.sealed(_ELSEWHERE)
            return False
        if not self._endless or len(self._waiting) <= _ENOUGH:  # else nobody will ever want it
            self._waiting += content
        return bool(octets) and not refused and not transport.ended

    @property
    def _endless(self) -> bool:
        """Whatever the key server behind does about it."""
        return self._laxity == "requests_taken_endlessly"

    def _wanted(self, backend: Backend) -> tuple[list[socket.socket], list[socket.socket]]:
        """What to read from, and what to write to. While there is enough to be passed on, nothing is read."""
        if self._endless and (backend.ended or len(self._unsent) > _ENOUGH):
            # The key server behind is left out: it would end a connection on which it waits.
            return [self._socket], [self._socket] if self._unsent else []
        reading: list[socket.socket] = []
        writing: list[socket.socket] = []
        if len(self._unsent) <= _ENOUGH:
            reading.append(backend.socket)
        kept = max(len(self._waiting), len(self._unsent))
        if kept <= _ENOUGH or self._endless:
            reading.append(self._socket)
        if self._waiting:
            writing.append(backend.socket)
        if self._unsent:
            writing.append(self._socket)
        return reading, writing

    def _pass_on(
        self,
        transport: Transport,
        backend: Backend,
        readable: list[socket.socket],
        writable: list[socket.socket],
    ) -> None:
        try:
            if backend.socket in writable:
                del self._waiting[: backend.send(bytes(self._waiting[:LONGEST]))]
            if backend.socket in readable:
                self._unsent += transport.sealed(backend.received())
        except OSError:
            backend.ended = True
        if self._socket in writable:
            self._socket.settimeout(0.0)
            del self._unsent[: self._socket.send(self._unsent[:_CHUNK])]

    def _foreign(self) -> bool:
        """Whether the client wants another site, and gets it."""
        if self._laxity != "foreign_name_served_otherwise" or self._hello is None:
            return False
        return self._hello.server_name != SERVER_NAME
