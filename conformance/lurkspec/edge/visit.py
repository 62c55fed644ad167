"""TLS clients of the edge, and what they see of a handshake on the wire."""

from __future__ import annotations

import contextlib
import functools
import random
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..channel import ChannelError, Ending
from ..codecs import hello as h
from ..codecs import tls12
from ..codecs.records import HASH_LENGTH, digest, expand_label, mac
from ..codecs.tls import CHANGE_CIPHER_SPEC, HANDSHAKE, certificate_verify_content, record, records
from ..codecs.tls import handshake as tls_handshake
from ..keys import Key, load_public, scheme_check
from ..report.hexdump import dump
from ..tls13 import Tls13Channel
from .target import Address

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
ECDHE_ECDSA, ECDHE_RSA, RSA, TLS_1_3 = "ECDHE_ECDSA", "ECDHE_RSA", "RSA", "TLS 1.3"
# What makes a client offer exactly one exchange.
_OFFERS = {
    ECDHE_ECDSA: (TLS12, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"),
    ECDHE_RSA: (TLS12, "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256"),
    RSA: (TLS12, "AES128-GCM-SHA256"),
    TLS_1_3: (TLS13, ""),
}
_NO_EXTENDED_MASTER_SECRET = 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3, which `ssl` does not name
_REQUEST = b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"


@dataclass
class Visit:
    """One connection of a TLS client. `ok`: the handshake is complete, so the edge's Finished was right.
    `alert` is what the client's library calls the edge's alert, "" without one; `asked` what the key servers
    were asked meanwhile."""

    exchange: str
    ok: bool = False
    alert: str = ""
    ending: str = ""
    sent: bytes = field(default=b"", repr=False)
    received: bytes = field(default=b"", repr=False)
    seconds: float = 0.0
    version: str = ""
    suite: str = ""
    resumed: bool = False
    data: bytes = field(default=b"", repr=False)
    session: ssl.SSLSession | None = field(default=None, repr=False)
    asked: list[Any] = field(default_factory=list, repr=False)
    verify_content: bytes = field(default=b"", repr=False)
    scheme: int = 0
    leaf: bytes = field(default=b"", repr=False)

    @property
    def operations(self) -> list[Any]:
        """What was asked for with a private key; capabilities an edge may ask for at any time (A-80)."""
        return [asked for asked in self.asked if asked.what == "key"]

    @property
    def summary(self) -> str:
        how = f"handshake complete, {self.version} {self.suite}" if self.ok else self.alert or self.ending
        return f"{self.exchange}: {how}; {len(self.operations)} operations asked"

    # In clear

    @functools.cached_property
    def flight(self) -> dict[int, bytes]:
        """The edge's handshake messages in clear, by type; in TLS 1.2 all but Finished."""
        return dict(h.messages(_clear(self.received)))

    @functools.cached_property
    def messages(self) -> bytes:
        """What a session hash is made of: all messages in clear, ours and theirs, ClientHello to
        ClientKeyExchange."""
        ours = [tls_handshake(*m) for m in h.messages(_clear(self.sent))]
        theirs = [(k, b) for k, b in h.messages(_clear(self.received)) if k != h.NEW_SESSION_TICKET]
        return b"".join([*ours[:1], *(tls_handshake(*m) for m in theirs), *ours[1:2]])

    @property
    def client_random(self) -> bytes:
        return _clear(self.sent)[6:38]

    @property
    def server_random(self) -> bytes:
        return self.flight.get(h.SERVER_HELLO, b"")[2:34]

    @property
    def hello(self) -> h.ServerHello | None:
        body = self.flight.get(h.SERVER_HELLO)
        return h.parse_server_hello(body) if body else None

    @property
    def certificate(self) -> bytes:
        """The leaf that the edge showed, in DER."""
        body = self.flight.get(h.CERTIFICATE, b"")
        return body[6 : 6 + int.from_bytes(body[3:6], "big")] if body else self.leaf

    @property
    def params(self) -> bytes:
        """ServerECDHParams."""
        body = self.flight.get(h.SERVER_KEY_EXCHANGE, b"")
        return body[: 4 + body[3]] if body else b""

    @property
    def signature(self) -> tuple[int, bytes]:
        """Algorithm and signature of ServerKeyExchange."""
        rest = self.flight.get(h.SERVER_KEY_EXCHANGE, b"")[len(self.params) :]
        return int.from_bytes(rest[:2], "big"), rest[4:]

    @property
    def ciphertext(self) -> bytes:
        """EncryptedPreMasterSecret of static RSA."""
        ours = dict(h.messages(_clear(self.sent)))
        return ours.get(tls12.CLIENT_KEY_EXCHANGE, b"")[2:]

    def lines(self) -> list[str]:
        """For reports."""
        found = [f"; TLS client: {self.summary} ({self.seconds * 1000:.0f} ms)"]
        for asked in self.asked:
            found += [f"> key server was asked for {asked.what}, {len(asked.raw)} octets", *dump(asked.raw)]
        found += [f"> TLS client sent, {len(self.sent)} octets", *dump(self.sent)]
        return found + [f"< TLS client received, {len(self.received)} octets", *dump(self.received)]


def _clear(octets: bytes) -> bytes:
    """The handshake stream before ChangeCipherSpec."""
    stream = b""
    for found in records(octets):
        if found.kind == CHANGE_CIPHER_SPEC:
            break
        stream += found.fragment if found.kind == HANDSHAKE else b""
    return stream


@dataclass
class Wire:
    """A TCP connection whose octets are kept."""

    plain: socket.socket
    limit: float
    sent: bytearray = field(default_factory=bytearray)
    received: bytearray = field(default_factory=bytearray)

    def send(self, octets: bytes) -> None:
        if octets:
            self.sent += octets
            self.plain.sendall(octets)

    def receive(self) -> bytes:
        self.plain.settimeout(max(0.01, self.limit - time.monotonic()))
        octets = self.plain.recv(65536)
        self.received += octets
        return octets


@contextlib.contextmanager
def wire(address: Address, wait: float) -> Any:
    with socket.create_connection(address, wait) as plain:
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Wire(plain, time.monotonic() + wait)


@functools.cache
def client_context(ca: Path, exchange: str, extended: bool = True, suite: str = "") -> ssl.SSLContext:
    """`suite` in place of those of the exchange, by OpenSSL's name."""
    version, ciphers = _OFFERS[exchange]
    ciphers = suite or ciphers
    context = ssl.create_default_context(cafile=str(ca))
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    if not extended:
        context.options |= _NO_EXTENDED_MASTER_SECRET
    return context


def both_versions(ca: Path) -> ssl.SSLContext:
    """A client of TLS 1.2 and 1.3."""
    return ssl.create_default_context(cafile=str(ca))


def handshake(
    visit: Visit,
    address: Address,
    wait: float,
    context: ssl.SSLContext,
    name: str,
    *,
    session: ssl.SSLSession | None = None,
    talk: bool = False,
    pause: Callable[[], object] = lambda: None,
) -> Visit:
    """A whole handshake by the library of Python; with `talk` a request behind it, after `pause`, and what
    comes first."""
    begin = time.monotonic()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=name, session=session)
    try:
        with wire(address, wait) as line:
            try:
                _pump(tls.do_handshake, line, incoming, outgoing)
                _note_success(visit, tls)
                if talk:
                    pause()
                    tls.write(_REQUEST % name.encode())
                    visit.data = _pump(lambda: tls.read(65536), line, incoming, outgoing)
                    visit.session = tls.session
            finally:
                visit.sent, visit.received = bytes(line.sent), bytes(line.received)
    except OSError as error:
        _note_failure(visit, error)
    visit.seconds = time.monotonic() - begin
    return visit


def _note_success(visit: Visit, tls: ssl.SSLObject) -> None:
    cipher = tls.cipher()
    visit.ok, visit.version, visit.suite = True, tls.version() or "", cipher[0] if cipher else ""
    visit.resumed = bool(tls.session_reused)
    visit.leaf = tls.getpeercert(binary_form=True) or b""


def _note_failure(visit: Visit, error: OSError) -> None:
    reason = getattr(error, "reason", None) or ""
    if isinstance(error, TimeoutError):
        visit.ending = "nothing within the deadline"
    elif "ALERT" in reason:
        visit.alert = reason
    else:
        visit.ending = f"{type(error).__name__}: {reason or error}"


def _pump(step: Any, line: Wire, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> Any:
    """Repeat a step of the library until it needs no more octets from the edge."""
    while True:
        try:
            result = step()
            line.send(outgoing.read())
            return result
        except ssl.SSLWantReadError:
            line.send(outgoing.read())
            octets = line.receive()
            if octets:
                incoming.write(octets)
            else:
                incoming.write_eof()
        except ssl.SSLError:
            with contextlib.suppress(OSError):
                line.send(outgoing.read())
            raise


def first_flight(visit: Visit, address: Address, wait: float, hello: bytes) -> Visit:
    """Our own ClientHello of TLS 1.2, and what comes in clear. `ok`: up to ServerHelloDone."""
    begin = time.monotonic()
    try:
        with wire(address, wait) as line:
            try:
                line.send(record(HANDSHAKE, hello, 0x0301))
                while not h.ServerFlight.parse(bytes(line.received)).complete and line.receive():
                    pass
            finally:
                visit.sent, visit.received = bytes(line.sent), bytes(line.received)
    except OSError as error:
        _note_failure(visit, error)
    flight = h.ServerFlight.parse(visit.received)
    visit.ok = h.SERVER_HELLO_DONE in flight.messages
    visit.alert = flight.alert
    visit.ending = visit.ending or ("" if visit.ok or visit.alert else "closed without an alert")
    visit.version = "TLSv1.2" if flight.hello and flight.hello.version == 0x0303 else ""
    visit.seconds = time.monotonic() - begin
    return visit


class Client13(Tls13Channel):
    """A TLS 1.3 client that sees what CertificateVerify signs, and checks it and Finished by itself."""

    def judge(self, visit: Visit) -> str:
        """What is wrong with the edge's flight, "" when it is right."""
        flight = {kind: (body, before) for kind, body, before in self.seen}
        body, _ = flight[h.CERTIFICATE]
        size = int.from_bytes(body[4:7], "big")
        visit.leaf = body[7 : 7 + size]
        body, before = flight[h.CERTIFICATE_VERIFY]
        visit.scheme = int.from_bytes(body[:2], "big")
        visit.verify_content = certificate_verify_content(digest(before))
        public, certificate = load_public(ssl.DER_cert_to_PEM_cert(visit.leaf).encode())
        check = scheme_check(
            Key("of the edge", "", public, {}, certificate), visit.verify_content, visit.scheme
        )
        fault = check(body[4:])
        finished, before = flight[h.FINISHED]
        key = expand_label(self.server_secret, "finished", b"", HASH_LENGTH)
        return fault or ("" if finished == mac(key, digest(before)) else "Finished is wrong")


def handshake13(
    visit: Visit, address: Address, wait: float, name: str, rng: random.Random, schemes: tuple[int, ...] = ()
) -> Visit:
    """A TLS 1.3 handshake made step by step, AES-128-GCM and P-256."""
    begin = time.monotonic()
    channel = None
    try:
        channel = Client13(address, wait, name, rng, schemes)
        channel.begin()
        fault = channel.judge(visit)
        if not fault:
            channel.finish(None)
        visit.ok, visit.ending, visit.version = not fault, fault, "TLSv1.3"
    except ChannelError as error:
        visit.alert, visit.ending = error.alert if error.ending is Ending.ALERT else "", str(error)
    except (KeyError, ValueError) as error:
        visit.ending = f"not the flight of a TLS 1.3 server: {error!r}"
    finally:
        if channel is not None:
            channel.close()
            visit.received = b"".join(body for _, body, _ in channel.seen)
    visit.seconds = time.monotonic() - begin
    return visit
