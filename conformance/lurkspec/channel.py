"""Connections to the system under test: plain TCP, and mutual TLS whose records a case can take, change and
leave out.

Every wait has a deadline, nothing is retried, FIN and RST are alike except in what the report says.
"""

from __future__ import annotations

import enum
import os
import select
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from . import http

_CHUNK = 65536
_KEEP = 1 << 16


class Ending(str, enum.Enum):
    """How a connection stands."""

    OPEN = "open"
    CLOSED = "closed by the peer"
    RESET = "reset by the peer"
    ALERT = "TLS alert"
    TIMEOUT = "nothing within the deadline"
    LOCAL = "our own TLS library gave up"
    UNREACHABLE = "no connection"


class ChannelError(Exception):
    """The connection ended or never came; `ending` and `alert` say how."""

    def __init__(self, ending: Ending, text: str, alert: str = ""):
        super().__init__(": ".join(part for part in (ending.value, alert, text) if part))
        self.ending = ending
        self.text = text
        self.alert = alert


@dataclass
class Transcript:
    """What went over a connection, in the order of events; application octets where there is TLS. The tail is
    dropped, not the head."""

    events: list[tuple[str, bytes]] = field(default_factory=list)
    size: int = 0

    def add(self, direction: str, octets: bytes) -> None:
        kept = octets[: max(0, _KEEP - self.size)]
        self.size += len(octets)
        if not kept:
            return
        if self.events and self.events[-1][0] == direction:
            kept = self.events.pop()[1] + kept
        self.events.append((direction, kept))


class TcpChannel:
    """A plain TCP connection. `wait` is the time in seconds that one operation may take."""

    def __init__(self, address: tuple[str, int], wait: float, source: str | None = None):
        self.wait = wait
        self.ending = Ending.OPEN
        self.alert = ""
        self.buffer = bytearray()
        self.transcript = Transcript()
        try:
            self.socket = socket.create_connection(address, wait, (source, 0) if source else None)
        except OSError as error:
            self.ending = Ending.UNREACHABLE
            raise ChannelError(self.ending, str(error)) from None
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, octets: bytes) -> None:
        """Send as far as the peer takes it: one that closes early may have answered, so an end is noted, not
        raised."""
        self.transcript.add(">", octets)
        self._push(octets)

    def receive(self) -> bytes:
        """What came next, also appended to `buffer`; b"" at the end or at the deadline, `ending` says
        which."""
        octets = self._pull(time.monotonic() + self.wait)
        self._received(octets)
        return octets

    def read_response(self, head_only: bool = False) -> http.Response:
        return http.read_response(self, head_only)

    def wait_closed(self, wait: float) -> bool:
        """Whether the peer ends the connection within `wait` seconds; what it still sends is kept in
        `buffer`."""
        limit = time.monotonic() + wait
        while self.ending in (Ending.OPEN, Ending.TIMEOUT) and time.monotonic() < limit:
            self._received(self._pull(limit))
        return self.ending not in (Ending.OPEN, Ending.TIMEOUT)

    def half_close(self) -> None:
        """TCP FIN, without any TLS close_notify."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._ended(error)

    def reset(self) -> None:
        """TCP RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        self.socket.close()

    def _received(self, octets: bytes) -> None:
        self.buffer += octets
        self.transcript.add("<", octets)

    def _ended(self, error: OSError | None) -> None:
        if self.ending in (Ending.OPEN, Ending.TIMEOUT):
            self.ending = Ending.CLOSED if error is None else Ending.RESET

    def _push(self, octets: bytes) -> None:
        """Write to the socket while taking in what the peer sends meanwhile, so that neither side waits for
        the other."""
        limit = time.monotonic() + self.wait
        view = memoryview(octets)
        while view and self.ending in (Ending.OPEN, Ending.TIMEOUT):
            readable, writable, _ = select.select(
                [self.socket], [self.socket], [], max(0.0, limit - time.monotonic())
            )
            try:
                if writable:
                    view = view[self.socket.send(view) :]
                if readable and not self._fill():
                    return
            except OSError as error:
                self._ended(error)
            if not readable and not writable:
                self.ending = Ending.TIMEOUT
                return

    def _fill(self) -> bool:
        """Take in octets that arrived while sending; False when the peer has closed."""
        octets = self.socket.recv(_CHUNK)
        if not octets:
            self._ended(None)
            return False
        self._received(octets)
        return True

    def _recv(self, limit: float) -> bytes:
        """Octets of the socket; b"" at the end or at the limit."""
        if self.ending not in (Ending.OPEN, Ending.TIMEOUT):
            return b""
        try:
            if not select.select([self.socket], [], [], max(0.0, limit - time.monotonic()))[0]:
                self.ending = Ending.TIMEOUT
                return b""
            octets = self.socket.recv(_CHUNK)
        except OSError as error:
            self._ended(error)
            return b""
        if octets:
            self.ending = Ending.OPEN
        else:
            self._ended(None)
        return octets

    def _pull(self, limit: float) -> bytes:
        return self._recv(limit)


class TlsChannel(TcpChannel):
    """TLS over a connection that stays ours: records go through memory, so that a case can `seal`, change and
    `send_raw` them."""

    def __init__(
        self,
        address: tuple[str, int],
        wait: float,
        context: ssl.SSLContext,
        server_name: str | None,
        session: ssl.SSLSession | None = None,
        source: str | None = None,
    ):
        super().__init__(address, wait, source)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=server_name, session=session)
        self.flight = b""  # the records of the peer's handshake

    def handshake(self) -> None:
        """Complete the handshake or raise ChannelError. With TLS 1.3 a refused client certificate shows only
        afterwards."""
        limit = time.monotonic() + self.wait
        while self.ending is Ending.OPEN:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                arrived = self._recv(limit)
                self.flight += arrived
                self._in.write(arrived)
                continue
            except (ssl.SSLError, ssl.CertificateError) as error:
                self._failed(error)
            self._flush()
            if self.ending is Ending.OPEN:
                return
        raise ChannelError(self.ending, "in the TLS handshake", self.alert)

    def send(self, octets: bytes) -> None:
        self.transcript.add(">", octets)
        self._push(self._sealed(octets))

    def seal(self, octets: bytes) -> bytes:
        """The records that carry `octets`, not sent: for `send_raw` after whatever the case does to them."""
        self.transcript.add(">", octets)
        return self._sealed(octets)

    def send_raw(self, octets: bytes) -> None:
        """Octets below TLS."""
        self.transcript.add(">raw", octets)
        self._push(octets)

    def receive_raw(self) -> bytes:
        """What came next below TLS, not decrypted; b"" as in `receive`."""
        octets = self._recv(time.monotonic() + self.wait)
        self.transcript.add("<raw", octets)
        return octets

    def close_notify(self) -> None:
        """Send close_notify and leave the connection open."""
        try:
            self.tls.unwrap()
        except ssl.SSLError:
            pass
        self._flush()

    def _sealed(self, octets: bytes) -> bytes:
        if octets:
            self.tls.write(octets)
        return self._out.read()

    def _flush(self) -> None:
        if self._out.pending:
            self._push(self._out.read())

    def _fill(self) -> bool:
        octets = self.socket.recv(_CHUNK)
        if not octets:
            self._ended(None)
            return False
        self._in.write(octets)
        return True

    def _pull(self, limit: float) -> bytes:
        while True:
            try:
                octets = self.tls.read(_CHUNK)
                if not octets:
                    self._ended(None)
                return octets
            except ssl.SSLWantReadError:
                self._flush()
                arrived = self._recv(limit)
                if not arrived:
                    return b""
                self._in.write(arrived)
            except ssl.SSLError as error:
                self._failed(error)
                return b""

    def _failed(self, error: ssl.SSLError | ssl.CertificateError) -> None:
        """OpenSSL names an alert of the peer `…ALERT_NAME`; any other reason is our side's own refusal."""
        reason = getattr(error, "reason", None) or str(error)
        if isinstance(error, ssl.SSLZeroReturnError):
            self._ended(None)
        elif self.ending in (Ending.OPEN, Ending.TIMEOUT):
            self.ending = Ending.ALERT if "ALERT_" in reason else Ending.LOCAL
            self.alert = reason.rpartition("ALERT_")[2].lower()
        self._flush()


@dataclass(frozen=True)
class Identity:
    """A client certificate (chain) and its key, as PEM files."""

    name: str
    certificate: Path
    key: Path


def client_context(
    ca: Path,
    identity: Identity | None,
    *,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    maximum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    ciphers: str | None = None,
    alpn: tuple[str, ...] = (),
) -> ssl.SSLContext:
    """A client context that trusts only `ca`. `ciphers` is an OpenSSL string for up to TLS 1.2; with
    "@SECLEVEL=0" weak ones too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca)
    context.options |= ssl.OP_NO_RENEGOTIATION
    if ciphers:
        context.set_ciphers(ciphers)
    context.minimum_version, context.maximum_version = minimum, maximum
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if identity is not None:
        context.load_cert_chain(identity.certificate, identity.key)
    log_keys(context)
    return context


def log_keys(context: ssl.SSLContext) -> None:
    """For laboratories: our side's secrets go to the file that SSLKEYLOGFILE names, so that captures can be
    read. The reference programs ignore it."""
    if file := os.environ.get("SSLKEYLOGFILE"):
        context.keylog_filename = file
