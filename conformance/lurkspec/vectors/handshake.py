"""The handshake that three requests of tls12 carry (draft-mglt-lurk-tls12-05 §4.1, §5.1; RFC 5246 §7.4,
RFC 6347 §4.2): ClientHello to ClientKeyExchange, each message whole and in its place."""

from __future__ import annotations

from dataclasses import dataclass

from ..codecs.lurk import LurkError, PrfHash, Reader, Type
from .question import Refused, require

_FORMAT = "invalid_payload_format"
_HELLO, _SERVER_HELLO, _CERTIFICATE, _REQUEST, _DONE, _VERIFY, _KEY_EXCHANGE, _STATUS = (
    1,
    2,
    11,
    13,
    14,
    15,
    16,
    22,
)
_STATUS_REQUEST, _EXTENDED, _SUPPORTED_VERSIONS = 5, 23, 43
_TLS12, _DTLS12 = 0x0303, 0xFEFD
_SHA384 = {0x009D, 0xC07B, 0xC051, 0xC03D}
# RSA key exchange with AES, Camellia or ARIA in CBC, GCM or CCM.
SUITES = _SHA384 | {
    0x002F, 0x0035, 0x003C, 0x003D, 0x009C, 0xC09C, 0xC09D, 0xC0A0, 0xC0A1,
    0x0041, 0x0084, 0x00BA, 0x00C0, 0xC07A, 0xC03C, 0xC050,
}  # fmt: skip


@dataclass(frozen=True)
class Handshake:
    """`random_at`: where ServerHello.random stands in `messages`."""

    messages: bytes
    version: int
    client_random: bytes
    server_random: bytes
    random_at: int
    suite: int
    certificate: bytes
    ciphertext: bytes
    session_octets: int

    @property
    def prf_hash(self) -> int:
        return PrfHash.SHA384 if self.suite in _SHA384 else PrfHash.SHA256

    def with_random(self, random: bytes) -> bytes:
        return self.messages[: self.random_at] + random + self.messages[self.random_at + 32 :]


class _Hello:
    """What both hellos have: version, random and the extensions that matter."""

    def __init__(self, reader: Reader, dtls: bool, client: bool):
        self.version = int.from_bytes(reader.take(2, "version"), "big")
        self.random = reader.take(32, "random")
        require(len(reader.vector(1, "session_id")) <= 32, _FORMAT)
        if client:
            if dtls:
                reader.vector(1, "cookie")
            suites = reader.vector(2, "cipher_suites")
            require(len(suites) > 0 and len(suites) % 2 == 0, _FORMAT)
            self.suites = {int.from_bytes(suites[at : at + 2], "big") for at in range(0, len(suites), 2)}
            self.compressions = reader.vector(1, "compression_methods")
            require(bool(self.compressions), _FORMAT)
        else:
            self.suites = {int.from_bytes(reader.take(2, "cipher_suite"), "big")}
            self.compressions = reader.take(1, "compression_method")
        self.extensions = self._read_extensions(reader)

    @staticmethod
    def _read_extensions(reader: Reader) -> set[int]:
        found: list[int] = []
        if reader.left:
            extensions = Reader(reader.vector(2, "extensions"))
            reader.end()
            while extensions.left:
                kind = int.from_bytes(extensions.take(2, "extension"), "big")
                data = extensions.vector(2, "extension")
                require(kind != _EXTENDED or not data, _FORMAT)
                found.append(kind)
        for kind in (_STATUS_REQUEST, _EXTENDED, _SUPPORTED_VERSIONS):
            require(found.count(kind) <= 1, _FORMAT)
        return set(found)


class _Walk:
    def __init__(self, messages: bytes):
        self.all = messages
        self.reader = Reader(messages)
        self.dtls = self._is_dtls()
        self.sequences: dict[bool, int] = {}

    def _is_dtls(self) -> bool:
        """client_version stands behind the header, whose length tells the two apart."""
        if int.from_bytes(self.all[4:6], "big") == _TLS12:
            return False
        require(len(self.all) >= 14 and int.from_bytes(self.all[12:14], "big") == _DTLS12, _FORMAT)
        return True

    @property
    def at(self) -> int:
        return len(self.all) - self.reader.left

    @property
    def next(self) -> int:
        return self.all[self.at] if self.reader.left else -1

    def message(self, kind: int, of_client: bool) -> Reader:
        require(self.next == kind, _FORMAT)
        self.reader.take(1, "type")
        length = int.from_bytes(self.reader.take(3, "length"), "big")
        if self.dtls:
            sequence = int.from_bytes(self.reader.take(2, "message_seq"), "big")
            offset = self.reader.take(3, "fragment_offset")
            whole = int.from_bytes(self.reader.take(3, "fragment_length"), "big")
            require(not any(offset) and whole == length, _FORMAT)
            require(self.sequences.get(of_client, sequence) == sequence, _FORMAT)
            self.sequences[of_client] = (sequence + 1) & 0xFFFF
        return Reader(self.reader.take(length, "body"))


def _certificates(walk: _Walk, of_client: bool) -> list[bytes]:
    body = walk.message(_CERTIFICATE, of_client)
    entries, found = Reader(body.vector(3, "certificate_list")), []
    body.end()
    while entries.left:
        found.append(entries.vector(3, "ASN.1Cert"))
        require(bool(found[-1]), _FORMAT)
    return found


def _certificate_request(walk: _Walk) -> None:
    body = walk.message(_REQUEST, False)
    types, schemes = body.vector(1, "types"), body.vector(2, "schemes")
    body.vector(2, "authorities")
    body.end()
    require(bool(types) and bool(schemes) and len(schemes) % 2 == 0, _FORMAT)


def _hellos(walk: _Walk, type: int) -> tuple[_Hello, _Hello, int]:
    client = _Hello(walk.message(_HELLO, True), walk.dtls, True)
    body = walk.message(_SERVER_HELLO, False)
    random_at = walk.at - body.left + 2
    server = _Hello(body, walk.dtls, False)
    require(client.version == server.version == (_DTLS12 if walk.dtls else _TLS12), _FORMAT)
    require(_SUPPORTED_VERSIONS not in server.extensions, _FORMAT)
    require(server.compressions == b"\0" and 0 in client.compressions, _FORMAT)
    require(_EXTENDED not in server.extensions or _EXTENDED in client.extensions, _FORMAT)
    require(server.suites <= SUITES, "invalid_cipher_or_prf_hash")
    require(server.suites <= client.suites, _FORMAT)
    require((_EXTENDED in server.extensions) == (type != Type.RSA_MASTER_WITH_POH), _FORMAT)
    return client, server, random_at


def _read(type: int, messages: bytes) -> Handshake:
    walk = _Walk(messages)
    client, server, random_at = _hellos(walk, type)
    certificates = _certificates(walk, False)
    require(bool(certificates), _FORMAT)
    if walk.next == _STATUS and _STATUS_REQUEST in server.extensions:
        walk.message(_STATUS, False)
    asked = walk.next == _REQUEST
    if asked:
        _certificate_request(walk)
    walk.message(_DONE, False).end()
    shown = _certificates(walk, True) if asked else []
    key_exchange = walk.message(_KEY_EXCHANGE, True)
    ciphertext = key_exchange.vector(2, "EncryptedPreMasterSecret")
    key_exchange.end()
    session_octets = walk.at
    if shown and type != Type.RSA_EXTENDED_MASTER:
        verify = walk.message(_VERIFY, True)
        verify.take(2, "algorithm")
        verify.vector(2, "signature")
        verify.end()
    walk.reader.end()
    (suite,) = server.suites
    return Handshake(
        messages, client.version, client.random, server.random, random_at, suite, certificates[0], ciphertext,
        session_octets,
    )  # fmt: skip


def read_handshake(type: int, messages: bytes) -> Handshake:
    try:
        return _read(type, messages)
    except LurkError:
        raise Refused(_FORMAT) from None
