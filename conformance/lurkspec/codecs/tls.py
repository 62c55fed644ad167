"""The pieces of TLS that SKI carries, and raw records and hellos for the channel cases."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

NAMED_CURVE, EXPLICIT_PRIME, EXPLICIT_CHAR2 = 3, 1, 2
CURVE_IDS = {"secp256r1": 23, "secp384r1": 24, "secp521r1": 25, "x25519": 29, "x448": 30}
SCHEMES = {
    "rsa_pkcs1_sha1": 0x0201,
    "ecdsa_sha1": 0x0203,
    "rsa_pkcs1_sha256": 0x0401,
    "ecdsa_secp256r1_sha256": 0x0403,
    "rsa_pkcs1_sha384": 0x0501,
    "ecdsa_secp384r1_sha384": 0x0503,
    "rsa_pkcs1_sha512": 0x0601,
    "ecdsa_secp521r1_sha512": 0x0603,
    "rsa_pss_rsae_sha256": 0x0804,
    "rsa_pss_rsae_sha384": 0x0805,
    "rsa_pss_rsae_sha512": 0x0806,
    "ed25519": 0x0807,
    "ed448": 0x0808,
    "rsa_pss_pss_sha256": 0x0809,
}
SERVER_CONTEXT = b"TLS 1.3, server CertificateVerify"
CLIENT_CONTEXT = b"TLS 1.3, client CertificateVerify"
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23


def vector(octets: bytes, prefix: int = 1) -> bytes:
    """A variable-length vector with a length of `prefix` octets."""
    return len(octets).to_bytes(prefix, "big") + octets


def ecdh_params(curve: str | int, point: bytes, curve_type: int = NAMED_CURVE) -> bytes:
    """ServerECDHParams (RFC 8422 §5.4) with the given point, valid or not."""
    number = CURVE_IDS[curve] if isinstance(curve, str) else curve
    return struct.pack(">BH", curve_type, number) + vector(point)


def ecdhe_input(
    params: bytes, client_random: bytes | None = None, server_random: bytes | None = None
) -> bytes:
    """ClientRandom || ServerRandom || ServerECDHParams (SKI §5.1.2); fresh randoms where none are given."""
    return (
        (os.urandom(32) if client_random is None else client_random)
        + (os.urandom(32) if server_random is None else server_random)
        + params
    )


def certificate_verify_content(transcript_hash: bytes, context: bytes = SERVER_CONTEXT) -> bytes:
    """What a TLS 1.3 CertificateVerify signs (RFC 8446 §4.4.3)."""
    return b"\x20" * 64 + context + b"\0" + transcript_hash


def record(kind: int, fragment: bytes, version: int = 0x0303, length: int | None = None) -> bytes:
    """A TLS record; `length` overrides the length that is claimed."""
    return struct.pack(">BHH", kind, version, len(fragment) if length is None else length) + fragment


def handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(body, 3)


def extension(kind: int, body: bytes) -> bytes:
    return struct.pack(">H", kind) + vector(body, 2)


def server_name(name: str) -> bytes:
    return extension(0, vector(b"\0" + vector(name.encode("ascii"), 2), 2))


def client_hello(
    suites: tuple[int, ...],
    version: int = 0x0303,
    extensions: bytes = b"",
    compression: bytes = b"\0",
    session_id: bytes = b"",
    random: bytes | None = None,
) -> bytes:
    """A ClientHello handshake message; without `extensions` the extension block is left out."""
    body = struct.pack(">H", version) + (os.urandom(32) if random is None else random) + vector(session_id)
    body += vector(b"".join(struct.pack(">H", s) for s in suites), 2) + vector(compression)
    return handshake(1, body + (vector(extensions, 2) if extensions else b""))


def sslv2_client_hello(version: int = 0x0002) -> bytes:
    """An SSL 2.0 CLIENT-HELLO with its two-octet record header (RFC 6101 appendix E)."""
    body = struct.pack(">BHHHH", 1, version, 6, 0, 16) + bytes.fromhex("010080 020080") + os.urandom(16)
    return struct.pack(">H", 0x8000 | len(body)) + body


@dataclass(frozen=True)
class Record:
    kind: int
    version: int
    fragment: bytes


def records(data: bytes) -> list[Record]:
    """The whole records at the start of `data`; what does not parse to the end is left out."""
    found = []
    while len(data) >= 5:
        kind, version, length = struct.unpack(">BHH", data[:5])
        if len(data) < 5 + length:
            break
        found.append(Record(kind, version, data[5 : 5 + length]))
        data = data[5 + length :]
    return found


def split_records(data: bytes) -> list[bytes]:
    """The octets of each whole record, header included: for tampering, reordering and leaving out."""
    return [record(r.kind, r.fragment, r.version) for r in records(data)]
