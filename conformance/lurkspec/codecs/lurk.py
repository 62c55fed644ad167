"""LURK messages: header, base protocol and tls12 (draft-mglt-lurk-lurk-01, draft-mglt-lurk-tls12-05),
independent of the C code.
"""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass, replace

from .fields import Fields, fields
from .tls import vector

HEADER_LEN = 16
STATE_LEN = 4
REQUEST, SUCCESS = 0, 1


class Designation(enum.IntEnum):
    LURK = 0
    TLS12 = 1
    TLS13 = 2


class BaseType(enum.IntEnum):
    CAPABILITIES = 0
    PING = 1


class BaseStatus(enum.IntEnum):
    """A-78: temporary_failure is 7."""

    UNDEFINED_ERROR = 2
    INVALID_FORMAT = 3
    INVALID_EXTENSION = 4
    INVALID_TYPE = 5
    INVALID_STATUS = 6
    TEMPORARY_FAILURE = 7


class Type(enum.IntEnum):
    """tls12 §3, A-01."""

    CAPABILITIES = 0
    PING = 1
    RSA_MASTER = 2
    RSA_MASTER_WITH_POH = 3
    RSA_EXTENDED_MASTER = 4
    RSA_EXTENDED_MASTER_WITH_POH = 5
    ECDHE = 6


class Status(enum.IntEnum):
    """tls12 §3 and §10, A-02."""

    UNDEFINED_ERROR = 2
    INVALID_PAYLOAD_FORMAT = 3
    INVALID_KEY_ID_TYPE = 4
    INVALID_KEY_ID = 5
    INVALID_TLS_RANDOM = 6
    INVALID_FRESHNESS_FUNCT = 7
    INVALID_ENCRYPTED_PREMASTER = 8
    INVALID_FINISHED = 9
    INVALID_EC_TYPE = 10
    INVALID_EC_CURVE = 11
    INVALID_POO_PRF = 12
    INVALID_POO = 13
    INVALID_CIPHER_OR_PRF_HASH = 14


class PrfHash(enum.IntEnum):
    SHA256 = 0
    SHA384 = 1
    SHA512 = 2


class PooPrf(enum.IntEnum):
    NULL = 0
    SHA256_128 = 1
    SHA256_256 = 2


FRESHNESS_SHA256, FRESHNESS_NULL = 0, 255


class LurkError(ValueError):
    """Octets that are no LURK message; the text names the field."""


@dataclass(frozen=True)
class Message:
    """`length` overrides what the header claims."""

    designation: int
    type: int
    payload: bytes = b""
    status: int = REQUEST
    id: int = 0
    version: int = 1
    length: int | None = None

    def encode(self, counts_header: bool = True) -> bytes:
        """`counts_header` False: the dialect whose length is that of the payload (A-04)."""
        length = (
            len(self.payload) + (HEADER_LEN if counts_header else 0) if self.length is None else self.length
        )
        head = struct.pack(">BBBBQI", self.designation, self.version, self.type, self.status, self.id, length)
        return head + self.payload

    def but(self, **changes: object) -> Message:
        return replace(self, **changes)


def payload_length(header: bytes, counts_header: bool = True) -> int:
    """Octets of payload that a header announces; raises LurkError when it cannot be."""
    length = int(struct.unpack(">I", header[12:16])[0]) - (HEADER_LEN if counts_header else 0)
    if length < 0:
        raise LurkError(f"length {length + HEADER_LEN} is below that of the header")
    return length


def decode(octets: bytes) -> Message:
    """A whole message whose length was honoured by the reader."""
    designation, version, type, status, id, length = struct.unpack(">BBBBQI", octets[:HEADER_LEN])
    return Message(designation, type, octets[HEADER_LEN:], status, id, version, length)


# Payloads of requests


def key_id(digest: bytes, type: int = 0) -> bytes:
    """Type and the first four octets of SHA-256 over the public key (A-06)."""
    return bytes([type]) + digest


def rsa_master(
    key: bytes, prf_hash: int, client_random: bytes, server_random: bytes, ciphertext: bytes
) -> Fields:
    """tls12 §4.1; the ciphertext has a two-octet length (A-09)."""
    return fields(
        key_id=key,
        freshness=bytes([FRESHNESS_SHA256]),
        prf_hash=bytes([prf_hash]),
        client_random=client_random,
        server_random=server_random,
        premaster_length=len(ciphertext).to_bytes(2, "big"),
        encrypted_premaster=ciphertext,
    )


def handshake_request(key: bytes, messages: bytes, verify_data: bytes | None = None) -> Fields:
    """tls12 §4.2, §5: the exchanges that carry the handshake, with verify_data those with proof of
    handshake.
    """
    made = fields(
        key_id=key,
        freshness=bytes([FRESHNESS_SHA256]),
        handshake_length=len(messages).to_bytes(2, "big"),
        handshake_messages=messages,
    )
    return made if verify_data is None else made.followed_by("verify_data", verify_data)


def ecdhe(
    key: bytes,
    client_random: bytes,
    server_random: bytes,
    sig_and_hash: bytes,
    params: bytes,
    poo_prf: int = PooPrf.NULL,
    poo_point: bytes = b"",
    r: bytes = b"",
) -> Fields:
    """tls12 §6.1; a proof is vG as an ECPoint and r as long as the group order (A-20)."""
    made = fields(
        key_id=key,
        freshness=bytes([FRESHNESS_SHA256]),
        client_random=client_random,
        server_random=server_random,
        sig_and_hash=sig_and_hash,
        ecdhe_params=params,
        poo_prf=bytes([poo_prf]),
    )
    return made.followed_by("vG", vector(poo_point)).followed_by("r", r) if poo_prf else made


# Payloads of answers


@dataclass(frozen=True)
class BaseCapabilities:
    """`types` is None in the form of pylurk, which has no type list (A-76)."""

    extensions: tuple[tuple[int, int], ...]
    types: tuple[int, ...] | None
    state: bytes


def decode_base_capabilities(payload: bytes) -> BaseCapabilities:
    reader = Reader(payload)
    pairs = reader.vector(2, "supported_extensions_list")
    if len(pairs) % 2 or not pairs:
        raise LurkError("supported_extensions_list: odd or empty")
    types = tuple(reader.vector(2, "supported_type")) if reader.left > STATE_LEN else None
    state = reader.take(STATE_LEN, "lurk_state")
    reader.end()
    return BaseCapabilities(tuple(zip(pairs[::2], pairs[1::2])), types, state)


@dataclass(frozen=True)
class Signed:
    sig_and_hash: bytes
    signature: bytes


def decode_signed(payload: bytes) -> Signed:
    """The success of ecdhe: RFC 5246's digitally-signed struct (A-26)."""
    reader = Reader(payload)
    signed = Signed(reader.take(2, "algorithm"), reader.vector(2, "signature"))
    reader.end()
    return signed


@dataclass(frozen=True)
class Capability:
    type: int
    body: bytes


def decode_tls12_capabilities(payload: bytes) -> tuple[tuple[Capability, ...], bytes]:
    """Items back to back until the state is left (A-29)."""
    reader, items = Reader(payload), []
    while reader.left > STATE_LEN:
        item = reader.vector(4, "TLS12Capability")
        if not item:
            raise LurkError("TLS12Capability: no type")
        items.append(Capability(item[0], item[1:]))
    state = reader.take(STATE_LEN, "state")
    reader.end()
    return tuple(items), state


@dataclass(frozen=True)
class Offer:
    """What an item of the capabilities lists for its type (tls12 §7.2); lists that the type does not have are
    empty."""

    key_id_types: tuple[int, ...] = ()
    certificates: bytes = b""
    freshness: tuple[int, ...] = ()
    suites: tuple[int, ...] = ()
    prf_hashes: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    ecdsa_curves: tuple[int, ...] = ()
    ecdhe_curves: tuple[int, ...] = ()
    poo_prfs: tuple[int, ...] = ()


def decode_offer(capability: Capability) -> Offer:
    """Capabilities and ping have empty bodies."""
    reader = Reader(capability.body)
    if not reader.left:
        return Offer()
    key_id_types = tuple(reader.vector(1, "key_id_type_list"))
    certificates = reader.vector(1, "typed_certificate_list")
    freshness = tuple(reader.vector(1, "freshness_funct_list"))
    suites = _pairs(reader, "cipher_suite_list")
    common = Offer(key_id_types, certificates, freshness, suites)
    if capability.type == Type.ECDHE:
        lists = [
            _pairs(reader, name) for name in ("sig_and_hash_list", "ecdsa_curves_list", "ecdhe_curves_list")
        ]
        common = replace(common, schemes=lists[0], ecdsa_curves=lists[1], ecdhe_curves=lists[2])
        offer = replace(common, poo_prfs=tuple(reader.vector(1, "poo_prf_list")))
    else:
        offer = replace(common, prf_hashes=tuple(reader.vector(1, "prf_hash_list")))
    reader.end()
    return offer


def encode_capability(capability: Capability) -> bytes:
    """An item of the capabilities, with its length (A-29)."""
    return vector(bytes([capability.type]) + capability.body, 4)


def encode_offer(
    suites: tuple[int, ...],
    prf_hashes: tuple[int, ...] = (),
    schemes: tuple[int, ...] = (),
    curves: tuple[int, ...] = (),
) -> bytes:
    """The body of an item: of the RSA exchanges with `prf_hashes`, else that of ecdhe with all proofs."""
    own = vector(bytes([0])) + vector(b"") + vector(bytes([FRESHNESS_SHA256])) + _numbers(suites)
    if prf_hashes:
        return own + vector(bytes(prf_hashes))
    return own + _numbers(schemes) + _numbers(curves) * 2 + vector(bytes(sorted(PooPrf)))


def _numbers(values: tuple[int, ...]) -> bytes:
    return vector(b"".join(struct.pack(">H", value) for value in values))


def _pairs(reader: Reader, name: str) -> tuple[int, ...]:
    """A list of two-octet numbers."""
    octets = reader.vector(1, name)
    if len(octets) % 2:
        raise LurkError(f"{name}: odd size")
    return tuple(number for (number,) in struct.iter_unpack(">H", octets))


class Reader:
    """Takes octets from the front; every failure names the field."""

    def __init__(self, octets: bytes):
        self._octets = octets

    @property
    def left(self) -> int:
        return len(self._octets)

    def take(self, count: int, name: str) -> bytes:
        if count > len(self._octets):
            raise LurkError(f"{name}: {count} octets wanted, {len(self._octets)} left")
        taken, self._octets = self._octets[:count], self._octets[count:]
        return taken

    def vector(self, prefix: int, name: str) -> bytes:
        return self.take(int.from_bytes(self.take(prefix, name), "big"), name)

    def end(self) -> None:
        if self._octets:
            raise LurkError(f"{len(self._octets)} octets after the end")
