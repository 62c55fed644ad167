"""Keys and records of TLS with AES-128-GCM and SHA-256 (RFC 5246, RFC 8446): for records that no library
would send."""

from __future__ import annotations

import hashlib
import hmac
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .tls import APPLICATION_DATA, Record, record, vector

HASH_LENGTH = 32


class RecordError(ValueError):
    """A record of the peer that the keys do not open."""


def mac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def prf(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """The pseudorandom function of TLS 1.2 (RFC 5246 §5)."""
    seed, output = label + seed, b""
    chained = seed
    while len(output) < length:
        chained = mac(secret, chained)
        output += mac(secret, chained + seed)
    return output[:length]


def expand_label(secret: bytes, label: str, context: bytes, length: int = HASH_LENGTH) -> bytes:
    """HKDF-Expand-Label (RFC 8446 §7.1), for no more than one block of the hash, which a secret is as long
    as."""
    info = struct.pack(">H", length) + vector(b"tls13 " + label.encode("ascii")) + vector(context)
    return hmac.digest(secret, info + b"\1", "sha384" if len(secret) == 48 else "sha256")[:length]


def derive_secret(secret: bytes, label: str, messages: bytes) -> bytes:
    """Derive-Secret (RFC 8446 §7.1)."""
    return expand_label(secret, label, digest(messages))


def key_block(master: bytes, client_random: bytes, server_random: bytes) -> bytes:
    """Keys of client and server, then their salts, for AES-128-GCM (RFC 5246 §6.3, RFC 5288)."""
    return prf(master, b"key expansion", server_random + client_random, 40)


class Sealer12:
    """Seals records of a TLS 1.2 client or server. Where somebody else made the handshake, its Finished had
    sequence number 0."""

    def __init__(
        self,
        master: bytes,
        client_random: bytes,
        server_random: bytes,
        sequence: int = 1,
        server: bool = False,
    ):
        block = key_block(master, client_random, server_random)
        key, salt = (block[16:32], block[36:40]) if server else (block[:16], block[32:36])
        self._aead, self._salt = AESGCM(key), salt
        self._sequence = sequence

    def seal(self, kind: int, fragment: bytes) -> bytes:
        number = self._sequence.to_bytes(8, "big")
        self._sequence += 1
        associated = number + struct.pack(">BHH", kind, 0x0303, len(fragment))
        return record(kind, number + self._aead.encrypt(self._salt + number, fragment, associated))


class Protection13:
    """One direction of a TLS 1.3 connection under a traffic secret (RFC 8446 §5.2, §7.3): AES-128-GCM with
    SHA-256, AES-256-GCM with SHA-384."""

    def __init__(self, secret: bytes):
        self.secret = secret
        self.key = expand_label(secret, "key", b"", 32 if len(secret) == 48 else 16)
        self._aead = AESGCM(self.key)
        self._iv = int.from_bytes(expand_label(secret, "iv", b"", 12), "big")
        self._sequence = 0

    def nonce(self, sequence: int) -> bytes:
        return (self._iv ^ sequence).to_bytes(12, "big")

    def _nonce(self) -> bytes:
        self._sequence += 1
        return self.nonce(self._sequence - 1)

    def seal(self, kind: int, fragment: bytes) -> bytes:
        inner = fragment + bytes([kind])
        head = record(APPLICATION_DATA, b"", length=len(inner) + 16)
        return head + self._aead.encrypt(self._nonce(), inner, head)

    def open(self, sealed: Record) -> tuple[int, bytes]:
        """Content type and fragment; raises RecordError."""
        head = record(sealed.kind, b"", sealed.version, len(sealed.fragment))
        try:
            inner = self._aead.decrypt(self._nonce(), sealed.fragment, head).rstrip(b"\0")
        except InvalidTag:
            raise RecordError("a record that the traffic keys do not open") from None
        if not inner:
            raise RecordError("a record without content type")
        return inner[-1], inner[:-1]

    def updated(self) -> Protection13:
        """The same direction after a KeyUpdate (RFC 8446 §7.2)."""
        return Protection13(expand_label(self.secret, "traffic upd", b"", len(self.secret)))
