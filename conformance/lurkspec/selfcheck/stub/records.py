"""Records of a server, under the keys that its library made: AES-GCM of TLS 1.2 and TLS 1.3, opened as it is
right or with one laxity."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...codecs.records import Protection13, key_block
from ...codecs.tls import APPLICATION_DATA, Record, record

LONGEST = 1 << 14
UNEXPECTED_MESSAGE, BAD_RECORD_MAC, RECORD_OVERFLOW, ILLEGAL_PARAMETER = 10, 20, 22, 47
_TAG = 16
# How far from its place in the order a record is still found.
_REACH = 8


class Refused(Exception):
    """What the peer sent ends the connection with this alert."""

    def __init__(self, alert: int):
        super().__init__(f"alert {alert}")
        self.alert = alert


class Opener(ABC):
    """The direction from the client. `expansion`: how much longer than its content a record may be."""

    expansion: int

    def __init__(self, key: bytes, laxity: str, sequence: int):
        self._key, self._aead = key, AESGCM(key)
        self._laxity, self._sequence = laxity, sequence

    def open(self, sealed: Record) -> tuple[int, bytes]:
        """Content type and fragment; raises Refused."""
        for number in self._expected():
            nonce, ciphertext = self._nonce(number, sealed), self._ciphertext(sealed)
            try:
                inner = self._decrypted(nonce, ciphertext, self._associated(number, sealed))
            except InvalidTag:
                continue
            self._sequence = number + 1
            return self._content(sealed, inner)
        raise Refused(BAD_RECORD_MAC)

    def _expected(self) -> Iterator[int]:
        """The sequence numbers that a record may have."""
        yield self._sequence
        if self._laxity == "record_order_ignored":
            yield from range(self._sequence + 1, self._sequence + _REACH)
        if self._laxity == "replayed_record_taken":
            yield from range(max(0, self._sequence - _REACH), self._sequence)

    def _decrypted(self, nonce: bytes, ciphertext: bytes, associated: bytes) -> bytes:
        if len(ciphertext) < _TAG:
            raise InvalidTag
        if self._laxity != "record_tag_not_checked":
            return self._aead.decrypt(nonce, ciphertext, associated)
        # GCM without its tag: counter mode, whose first block is the tag's.
        counter = modes.CTR(nonce + (2).to_bytes(4, "big"))
        return Cipher(algorithms.AES(self._key), counter).decryptor().update(ciphertext[:-_TAG])

    @abstractmethod
    def _nonce(self, number: int, sealed: Record) -> bytes:
        ...

    @abstractmethod
    def _ciphertext(self, sealed: Record) -> bytes:
        ...

    @abstractmethod
    def _associated(self, number: int, sealed: Record) -> bytes:
        ...

    @abstractmethod
    def _content(self, sealed: Record, inner: bytes) -> tuple[int, bytes]:
        ...


class Opener12(Opener):
    """TLS 1.2 with AES-128-GCM (RFC 5288); the client's Finished had number 0."""

    expansion = 2048

    def __init__(self, master: bytes, client_random: bytes, server_random: bytes, laxity: str):
        block = key_block(master, client_random, server_random)
        super().__init__(block[:16], laxity, 1)
        self._salt = block[32:36]

    def _nonce(self, number: int, sealed: Record) -> bytes:
        return self._salt + sealed.fragment[:8].ljust(8, b"\0")

    def _ciphertext(self, sealed: Record) -> bytes:
        return sealed.fragment[8:]

    def _associated(self, number: int, sealed: Record) -> bytes:
        length = max(0, len(sealed.fragment) - 8 - _TAG)
        return number.to_bytes(8, "big") + record(sealed.kind, b"", sealed.version, length)

    def _content(self, sealed: Record, inner: bytes) -> tuple[int, bytes]:
        return sealed.kind, inner


class Opener13(Opener):
    """TLS 1.3 under a traffic secret (RFC 8446 §5.2)."""

    expansion = 256

    def __init__(self, secret: bytes, laxity: str):
        self._protection = Protection13(secret)
        super().__init__(self._protection.key, laxity, 0)

    def updated(self) -> Opener13:
        return Opener13(self._protection.updated().secret, self._laxity)

    def _nonce(self, number: int, sealed: Record) -> bytes:
        return self._protection.nonce(number)

    def _ciphertext(self, sealed: Record) -> bytes:
        return sealed.fragment

    def _associated(self, number: int, sealed: Record) -> bytes:
        return record(sealed.kind, b"", sealed.version, len(sealed.fragment))

    def _content(self, sealed: Record, inner: bytes) -> tuple[int, bytes]:
        content = inner.rstrip(b"\0")
        if sealed.kind != APPLICATION_DATA or not content:
            raise Refused(UNEXPECTED_MESSAGE)
        return content[-1], content[:-1]
