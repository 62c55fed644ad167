"""A TLS 1.3 client that takes every step on its own (RFC 8446): for early data, floods of odd records, and
client flights that no library would send. One suite and one group, those that every server must have
(§9.1)."""

from __future__ import annotations

import random
import struct
import time
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from .channel import ChannelError, Ending, Identity, TcpChannel
from .codecs import hello as h
from .codecs.curves import CURVES
from .codecs.records import HASH_LENGTH, Protection13, RecordError, derive_secret, digest, expand_label, mac
from .codecs.tls import (
    ALERT,
    APPLICATION_DATA,
    CHANGE_CIPHER_SPEC,
    CLIENT_CONTEXT,
    HANDSHAKE,
    SCHEMES,
    Record,
    certificate_verify_content,
    client_hello,
    extension,
    handshake,
    record,
    records,
    vector,
)

_SUITE, _P256 = 0x1301, 23
_ZEROS = bytes(HASH_LENGTH)
_BINDERS = 2 + 1 + HASH_LENGTH


@dataclass(frozen=True)
class Ticket:
    """What resumes a session (§4.6.1)."""

    identity: bytes
    psk: bytes
    age_add: int
    extensions: dict[int, bytes]


class Tls13Channel(TcpChannel):
    """`begin`, then `finish`, then application data as over any channel; in between the case may do as it
    likes."""

    def __init__(
        self,
        address: tuple[str, int],
        wait: float,
        server_name: str,
        rng: random.Random,
        schemes: tuple[int, ...] = (),
    ):
        """`schemes` are offered in signature_algorithms, all there are without them."""
        super().__init__(address, wait)
        # The server's messages: type, body, and the transcript before each.
        self.seen: list[tuple[int, bytes, bytes]] = []
        self._schemes = schemes
        self.tickets: list[Ticket] = []
        self.early_data_accepted = False
        self._name, self._rng = server_name, rng
        self._raw = bytearray()
        self._stream = b""
        self._transcript = b""
        self._request_context: bytes | None = None
        self._write: Protection13 | None = None
        self._read: Protection13 | None = None

    def __enter__(self) -> Tls13Channel:
        return self

    # Handshake

    def begin(self, ticket: Ticket | None = None, early: bytes = b"") -> None:
        """Send ClientHello, with `early` as early data behind it, and read up to the server's Finished."""
        self._secret = ec.derive_private_key(self._rng.randrange(1, CURVES["secp256r1"].n), ec.SECP256R1())
        psk = ticket.psk if ticket else _ZEROS
        early_secret = mac(_ZEROS, psk)
        self._transcript = self._client_hello(ticket, early_secret, bool(early))
        flight = record(HANDSHAKE, self._transcript, 0x0301)
        if early:
            protection = Protection13(derive_secret(early_secret, "c e traffic", self._transcript))
            flight += protection.seal(APPLICATION_DATA, early)
        self._push(flight)
        self._server_hello(early_secret)
        self._server_flight()

    def _client_hello(self, ticket: Ticket | None, early_secret: bytes, early: bool) -> bytes:
        point = self._secret.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        extensions = h.common_extensions(self._name, (_P256,), self._schemes) + h.supported_versions(0x0304)
        extensions += h.key_share(point)
        extensions += extension(h.PSK_MODES, vector(b"\1"))
        extensions += extension(h.EARLY_DATA, b"") if early else b""
        if ticket is None:
            return client_hello((_SUITE,), extensions=extensions, random=self._rng.randbytes(32))
        offered = vector(vector(ticket.identity, 2) + struct.pack(">I", ticket.age_add), 2)
        extensions += extension(h.PRE_SHARED_KEY, offered + vector(vector(_ZEROS), 2))
        unbound = client_hello((_SUITE,), extensions=extensions, random=self._rng.randbytes(32))[:-_BINDERS]
        binder_key = expand_label(derive_secret(early_secret, "res binder", b""), "finished", b"")
        return unbound + vector(vector(mac(binder_key, digest(unbound))), 2)

    def _server_hello(self, early_secret: bytes) -> None:
        kind, body = self._message()
        hello = h.parse_server_hello(body) if kind == h.SERVER_HELLO else None
        share = hello.extensions.get(h.KEY_SHARE, b"") if hello else b""
        if hello is None or hello.version != 0x0304 or hello.suite != _SUITE or len(share) != 4 + 65:
            raise self._fault("no ServerHello of TLS 1.3 with AES-128-GCM and P-256")
        if h.PRE_SHARED_KEY not in hello.extensions:
            early_secret = mac(_ZEROS, _ZEROS)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), share[4:])
        shared = self._secret.exchange(ec.ECDH(), theirs)
        self._handshake_secret = mac(derive_secret(early_secret, "derived", b""), shared)
        self._client_secret = derive_secret(self._handshake_secret, "c hs traffic", self._transcript)
        self._write = Protection13(self._client_secret)
        self.server_secret = derive_secret(self._handshake_secret, "s hs traffic", self._transcript)
        self._read = Protection13(self.server_secret)

    def _server_flight(self) -> None:
        kind = -1
        while kind != h.FINISHED:
            kind, body = self._message()
            if kind == 8:  # EncryptedExtensions
                self.early_data_accepted = h.EARLY_DATA in h.parse_extensions(body[2:])
            if kind == h.CERTIFICATE_REQUEST:
                self._request_context = body[1 : 1 + body[0]]
        self._master = mac(derive_secret(self._handshake_secret, "derived", b""), _ZEROS)
        self._application = Protection13(derive_secret(self._master, "c ap traffic", self._transcript))
        self._read = Protection13(derive_secret(self._master, "s ap traffic", self._transcript))

    def finish(self, identity: Identity | None, proof: bool = True) -> None:
        """Send our flight: the certificate that was asked for (or an empty one), its CertificateVerify unless
        `proof` is False, and Finished."""
        assert self._write is not None
        flight = b""
        if self._request_context is not None:
            flight += self._say(h.CERTIFICATE, vector(self._request_context) + vector(_chain(identity), 3))
            if identity is not None and proof:
                flight += self._say(h.CERTIFICATE_VERIFY, _proof(identity, digest(self._transcript)))
        key = expand_label(self._client_secret, "finished", b"")
        flight += self._say(h.FINISHED, mac(key, digest(self._transcript)))
        self._push(self._write.seal(HANDSHAKE, flight))
        self._resumption = derive_secret(self._master, "res master", self._transcript)
        self._write = self._application

    def _say(self, kind: int, body: bytes) -> bytes:
        message = handshake(kind, body)
        self._transcript += message
        return message

    def _message(self) -> tuple[int, bytes]:
        """The next handshake message of the server, added to the transcript."""
        limit = time.monotonic() + self.wait
        while (message := next(h.messages(self._stream), None)) is None:
            content = self._content(limit)
            if content is None:
                raise ChannelError(self.ending, "in the TLS handshake", self.alert)
            if content[0] != HANDSHAKE:
                raise self._fault(f"record of type {content[0]} in the handshake")
            self._stream += content[1]
        whole = handshake(*message)
        self.seen.append((*message, self._transcript))
        self._stream = self._stream[len(whole) :]
        self._transcript += whole
        return message

    # Records

    def send(self, octets: bytes) -> None:
        assert self._write is not None
        self.transcript.add(">", octets)
        for start in range(0, len(octets), 1 << 14):
            self._push(self._write.seal(APPLICATION_DATA, octets[start : start + (1 << 14)]))

    def send_records(self, kind: int, fragment: bytes, count: int) -> None:
        """Protected records of any type, as many as asked for or as the peer stands."""
        assert self._write is not None
        self.transcript.add(">raw", fragment)
        for sent in range(0, count, 64):
            self._push(b"".join(self._write.seal(kind, fragment) for _ in range(min(64, count - sent))))

    def update_keys(self, requested: bool) -> None:
        """Send a KeyUpdate and go on under the new key (§4.6.3)."""
        assert self._write is not None
        self._push(self._write.seal(HANDSHAKE, handshake(h.KEY_UPDATE, bytes([requested]))))
        self._write = self._write.updated()

    def _fill(self) -> bool:
        octets = self.socket.recv(65536)
        if not octets:
            self._ended(None)
        self._raw += octets
        return bool(octets)

    def _record(self, limit: float) -> Record | None:
        while not (whole := records(bytes(self._raw[: 5 + (1 << 14) + 256]))):
            octets = self._recv(limit)
            if not octets:
                return None
            self._raw += octets
        del self._raw[: 5 + len(whole[0].fragment)]
        return whole[0]

    def _content(self, limit: float) -> tuple[int, bytes] | None:
        """Content type and fragment of the next record that says something; None at an end, an alert or the
        limit."""
        while (found := self._record(limit)) is not None:
            if found.kind == CHANGE_CIPHER_SPEC:
                continue
            kind, fragment = found.kind, found.fragment
            if self._read is not None and kind == APPLICATION_DATA:
                try:
                    kind, fragment = self._read.open(found)
                except RecordError as error:
                    raise self._fault(str(error)) from None
            if kind != ALERT:
                return kind, fragment
            self.alert = h.alert_name(fragment)
            self.ending = Ending.CLOSED if fragment[1:] == b"\0" else Ending.ALERT
            return None
        return None

    def _pull(self, limit: float) -> bytes:
        while (content := self._content(limit)) is not None:
            if content[0] == APPLICATION_DATA:
                if content[1]:
                    return content[1]
            elif content[0] == HANDSHAKE:
                self._post_handshake(content[1])
        return b""

    def _post_handshake(self, fragment: bytes) -> None:
        self._stream += fragment
        for kind, body in list(h.messages(self._stream)):
            self._stream = self._stream[4 + len(body) :]
            if kind == h.KEY_UPDATE and self._read is not None:
                self._read = self._read.updated()
            elif kind == h.NEW_SESSION_TICKET:
                self.tickets.append(self._ticket(body))

    def _ticket(self, body: bytes) -> Ticket:
        age_add = int.from_bytes(body[4:8], "big")
        nonce, rest = body[9 : 9 + body[8]], body[9 + body[8] :]
        length = int.from_bytes(rest[:2], "big")
        psk = expand_label(self._resumption, "resumption", nonce)
        return Ticket(rest[2 : 2 + length], psk, age_add, h.parse_extensions(rest[4 + length :]))

    def _fault(self, text: str) -> ChannelError:
        self.ending = Ending.LOCAL
        return ChannelError(Ending.LOCAL, text)


def _chain(identity: Identity | None) -> bytes:
    """The certificate_list of a Certificate message, empty without an identity."""
    if identity is None:
        return b""
    blocks = identity.certificate.read_bytes().split(b"-----END CERTIFICATE-----")[:-1]
    found = [x509.load_pem_x509_certificate(block + b"-----END CERTIFICATE-----\n") for block in blocks]
    return b"".join(vector(c.public_bytes(serialization.Encoding.DER), 3) + b"\0\0" for c in found)


def _proof(identity: Identity, transcript_hash: bytes) -> bytes:
    """The body of our CertificateVerify."""
    key = serialization.load_pem_private_key(identity.key.read_bytes(), None)
    content = certificate_verify_content(transcript_hash, CLIENT_CONTEXT)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        scheme, signature = "ecdsa_secp256r1_sha256", key.sign(content, ec.ECDSA(hashes.SHA256()))
    elif isinstance(key, rsa.RSAPrivateKey):
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), HASH_LENGTH)
        scheme, signature = "rsa_pss_rsae_sha256", key.sign(content, pss, hashes.SHA256())
    else:
        assert isinstance(key, ed25519.Ed25519PrivateKey)
        scheme, signature = "ed25519", key.sign(content)
    return h.numbers(SCHEMES[scheme]) + vector(signature, 2)
