"""TLS 1.2 on paper: PRF, master secrets, Finished, freshness (tls12 draft §4, A-13), and handshake
messages of RSA key exchange.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import struct
from dataclasses import dataclass, replace

from .tls import extension, handshake, vector

CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_HELLO_DONE, CLIENT_KEY_EXCHANGE = 1, 2, 11, 14, 16
EXTENDED_MASTER_SECRET = 23
DTLS_1_2 = 0xFEFD
# Suites of RSA key exchange and their PRF hashes.
SUITES = {0x009C: "sha256", 0x009D: "sha384", 0x002F: "sha256", 0x003C: "sha256"}


def prf(hash: str, secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """P_hash of RFC 5246 §5."""
    seed, out, a = label + seed, b"", label + seed
    while len(out) < length:
        a = hmac.digest(secret, a, hash)
        out += hmac.digest(secret, a + seed, hash)
    return out[:length]


def master_secret(hash: str, premaster: bytes, client_random: bytes, server_random: bytes) -> bytes:
    return prf(hash, premaster, b"master secret", client_random + server_random, 48)


def extended_master_secret(hash: str, premaster: bytes, messages: bytes) -> bytes:
    """RFC 7627 §4; `messages` are ClientHello to ClientKeyExchange."""
    return prf(hash, premaster, b"extended master secret", hashlib.new(hash, messages).digest(), 48)


def verify_data(hash: str, master: bytes, messages: bytes, label: bytes = b"client finished") -> bytes:
    return prf(hash, master, label, hashlib.new(hash, messages).digest(), 12)


def freshness(server_random: bytes) -> bytes:
    """ServerHello.random from S: SHA-256(S || "tls12 pfs") with the first four octets of S (A-13)."""
    return server_random[:4] + hashlib.sha256(server_random + b"tls12 pfs").digest()[4:]


@dataclass(frozen=True)
class RsaHandshake:
    """The messages of an RSA key exchange up to ClientKeyExchange; each part can be changed."""

    client_random: bytes
    server_random: bytes
    certificates: tuple[bytes, ...]
    ciphertext: bytes
    suite: int = 0x009C
    offered: tuple[int, ...] = (0x009C, 0x009D)
    client_version: int = 0x0303
    server_version: int = 0x0303
    client_extended: bool = True
    server_extended: bool = True
    client_extensions: bytes = b""
    server_extensions: bytes = b""
    # DTLS: after a HelloVerifyRequest the ClientHello has a cookie and number 1.
    cookie: bytes = b""
    first_number: int = 0

    def but(self, **changes: object) -> RsaHandshake:
        return replace(self, **changes)

    @property
    def hash(self) -> str:
        return SUITES.get(self.suite, "sha256")

    @property
    def dtls(self) -> bool:
        return self.client_version == DTLS_1_2

    def messages(self) -> dict[str, bytes]:
        """By name, in order, as they are sent; of DTLS 1.2 in one piece each (RFC 6347 §4.2.6, A-12)."""
        made = self._tls_messages()
        if not self.dtls:
            return made
        numbers = {"client_hello": self.first_number, "client_key_exchange": self.first_number + 1}
        numbers |= {"server_hello": 0, "certificate": 1, "server_hello_done": 2}
        return {name: dtls_header(message, numbers[name]) for name, message in made.items()}

    def _tls_messages(self) -> dict[str, bytes]:
        return {
            "client_hello": self._client_hello(),
            "server_hello": self._server_hello(),
            "certificate": handshake(
                CERTIFICATE, vector(b"".join(vector(c, 3) for c in self.certificates), 3)
            ),
            "server_hello_done": handshake(SERVER_HELLO_DONE, b""),
            "client_key_exchange": handshake(CLIENT_KEY_EXCHANGE, vector(self.ciphertext, 2)),
        }

    def __bytes__(self) -> bytes:
        return b"".join(self.messages().values())

    def on_the_wire(self) -> bytes:
        """As the TLS client saw it: the freshness function applied to ServerHello.random."""
        return bytes(self.but(server_random=freshness(self.server_random)))

    def _client_hello(self) -> bytes:
        suites = vector(b"".join(struct.pack(">H", s) for s in self.offered), 2)
        extensions = self.client_extensions + (
            extension(EXTENDED_MASTER_SECRET, b"") if self.client_extended else b""
        )
        session = b"\0" + (vector(self.cookie, 1) if self.dtls else b"")
        body = struct.pack(">H", self.client_version) + self.client_random + session + suites + b"\1\0"
        return handshake(CLIENT_HELLO, body + (vector(extensions, 2) if extensions else b""))

    def _server_hello(self) -> bytes:
        extensions = self.server_extensions + (
            extension(EXTENDED_MASTER_SECRET, b"") if self.server_extended else b""
        )
        body = (
            struct.pack(">H", self.server_version)
            + self.server_random
            + b"\0"
            + struct.pack(">HB", self.suite, 0)
        )
        return handshake(SERVER_HELLO, body + (vector(extensions, 2) if extensions else b""))


def dtls_header(message: bytes, number: int) -> bytes:
    """A message of TLS as DTLS has it, in one fragment."""
    length = message[1:4]
    return message[:4] + struct.pack(">H", number) + bytes(3) + length + message[4:]


def random_at(rng: random.Random, seconds: int) -> bytes:
    """A Random (RFC 5246 §7.4.1.2): gmt_unix_time and 28 octets."""
    return (seconds & 0xFFFFFFFF).to_bytes(4, "big") + rng.randbytes(28)
