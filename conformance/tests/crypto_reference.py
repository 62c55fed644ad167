"""A second implementation of what lurk/crypto computes, over hashlib and pyca/cryptography."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519

RsaPrivateKey = rsa.RSAPrivateKeyWithSerialization  # the name that the type stubs know private_numbers by
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey
PrivateKey = RsaPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA-1": hashes.SHA1(), "SHA-224": hashes.SHA224(), "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(), "SHA-512": hashes.SHA512(),
}


# --- signatures (RFC 8446 §4.2.3) ---

@dataclass(frozen=True)
class Scheme:
    value: int
    kind: str  # "pkcs1", "pss", "ecdsa" or "ed25519"
    hash: str


SCHEMES = {scheme.value: scheme for scheme in (
    Scheme(0x0401, "pkcs1", "SHA-256"), Scheme(0x0501, "pkcs1", "SHA-384"),
    Scheme(0x0601, "pkcs1", "SHA-512"),
    Scheme(0x0403, "ecdsa", "SHA-256"), Scheme(0x0503, "ecdsa", "SHA-384"),
    Scheme(0x0603, "ecdsa", "SHA-512"),
    Scheme(0x0804, "pss", "SHA-256"), Scheme(0x0805, "pss", "SHA-384"), Scheme(0x0806, "pss", "SHA-512"),
    Scheme(0x0807, "ed25519", "SHA-512"),
)}


def schemes_of(key: PrivateKey | PublicKey) -> list[Scheme]:
    """Every scheme that the key can make in TLS 1.2, where an ECDSA scheme does not name the curve."""
    if isinstance(key, (rsa.RSAPrivateKey, rsa.RSAPublicKey)):
        kinds = {"pkcs1", "pss"}
    elif isinstance(key, (ec.EllipticCurvePrivateKey, ec.EllipticCurvePublicKey)):
        kinds = {"ecdsa"}
    else:
        kinds = {"ed25519"}
    return [scheme for scheme in SCHEMES.values() if scheme.kind in kinds]


def _rsa_padding(scheme: Scheme) -> padding.AsymmetricPadding:
    if scheme.kind == "pkcs1":
        return padding.PKCS1v15()
    digest = HASHES[scheme.hash]
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


def sign(key: PrivateKey, scheme: Scheme, message: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, _rsa_padding(scheme), HASHES[scheme.hash])
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(HASHES[scheme.hash]))
    return key.sign(message)


def verifies(key: PublicKey, scheme: Scheme, message: bytes, signature: bytes) -> bool:
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, _rsa_padding(scheme), HASHES[scheme.hash])
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(HASHES[scheme.hash]))
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


# --- RSA premaster with implicit rejection (A-15, A-64) ---

PREMASTER_LEN = 48
REJECTION_LABEL = b"lurkspec premaster implicit rejection"


def modulus_len(key: RsaPrivateKey | rsa.RSAPublicKey) -> int:
    return (key.key_size + 7) // 8


def rsa_public(key: RsaPrivateKey, block: bytes) -> bytes:
    """RSAEP (RFC 8017 §5.1.1) on a whole block, however it is padded."""
    numbers = key.public_key().public_numbers()
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(modulus_len(key), "big")


def rsa_private(key: RsaPrivateKey, block: bytes) -> bytes:
    """RSADP (RFC 8017 §5.1.2) by the Chinese remainder theorem."""
    c, numbers = int.from_bytes(block, "big"), key.private_numbers()
    m_p, m_q = pow(c, numbers.dmp1, numbers.p), pow(c, numbers.dmq1, numbers.q)
    m = m_q + numbers.q * ((m_p - m_q) * numbers.iqmp % numbers.p)
    return m.to_bytes(modulus_len(key), "big")


def substitute(key: RsaPrivateKey, ciphertext: bytes, version: int) -> bytes:
    exponent = key.private_numbers().d.to_bytes(modulus_len(key), "big")
    secret = hmac.digest(exponent, REJECTION_LABEL, "sha256")
    return version.to_bytes(2, "big") + hmac.digest(secret, ciphertext, "sha384")[2:PREMASTER_LEN]


def premaster(key: RsaPrivateKey, ciphertext: bytes, version: int) -> bytes:
    """The premaster in the ciphertext, or its substitute."""
    if int.from_bytes(ciphertext, "big") < key.public_key().public_numbers().n:
        block = rsa_private(key, ciphertext)
        padding_octets, separator, message = block[2:].partition(b"\0")
        padded = block[:2] == b"\0\2" and len(padding_octets) >= 8 and separator == b"\0"
        if padded and len(message) == PREMASTER_LEN and message[:2] == version.to_bytes(2, "big"):
            return message
    return substitute(key, ciphertext, version)


def _octets(seed: str, length: int) -> bytes:
    """Octets that look random, without a zero among them, the same for the same seed."""
    stream = hashlib.shake_256(seed.encode()).digest(2 * length + 64)
    return bytes(octet for octet in stream if octet)[:length]


@dataclass(frozen=True)
class Block:
    """A plaintext block; sound when a premaster of version 0303 must come out of it."""
    comment: str
    octets: bytes
    sound: bool


def padding_blocks(size: int) -> Iterator[Block]:
    """Every padding of the rows BL-01 to BL-06, for a modulus of size octets, and their neighbours."""
    secret = b"\3\3" + _octets("premaster", 46)
    filler = _octets("filler", size)
    start = b"\0\2"

    def block(message: bytes, head: bytes = start) -> bytes:
        return head + filler[:size - len(head) - 1 - len(message)] + b"\0" + message

    good = block(secret)

    def patched(at: int, value: int) -> bytes:
        return good[:at] + bytes([value]) + good[at + 1:]

    yield Block("good", good, True)
    yield Block("good, zeros in the premaster", block(b"\3\3" + bytes(46)), True)
    yield Block("good, last octet zero", block(secret[:-1] + b"\0"), True)
    for kind in (0x00, 0x01, 0x03, 0x82, 0xff):
        yield Block(f"BL-01 block type {kind:02x}", patched(1, kind), False)
    yield Block("BL-02 first octet 01", patched(0, 1), False)
    for at in range(2, 10):
        yield Block(f"BL-03 zero in padding octet {at - 1}", patched(at, 0), False)
    for at in (10, size // 2, size - 50):
        yield Block(f"BL-05 separator at {at}", patched(at, 0), False)
    yield Block("BL-04 no separator", start + filler[:size - 2], False)
    yield Block("BL-04 separator replaced", patched(size - 49, 0xff), False)
    for length in (0, 1, 2, 46, 47, 49, 50, size - 11, size - 3):
        message = (b"\3\3" + _octets("other length", size))[:length]
        yield Block(f"BL-05 message of {length} octets", block(message), False)
    for version in (0x0302, 0x0301, 0x0300, 0x0304, 0x0000, 0xffff, 0xfefd, 0x0203, 0x0403):
        yield Block(f"BL-06 version {version:04x}", block(version.to_bytes(2, "big") + secret[2:]), False)
    yield Block("all zeros but the premaster", bytes(size - 48) + secret, False)


def range_ciphertexts(key: RsaPrivateKey) -> Iterator[tuple[str, bytes]]:
    """BL-07: values at the ends of the range and beyond; none of them holds a premaster."""
    n = key.public_key().public_numbers().n
    size = modulus_len(key)
    values = {"0": 0, "1": 1, "n-1": n - 1, "n": n, "n+1": n + 1, "2^k-1": (1 << key.key_size) - 1,
              "all ones": (1 << 8 * size) - 1, "2^(k-1)": 1 << (key.key_size - 1)}
    for name, value in values.items():
        yield f"BL-07 c = {name}", value.to_bytes(size, "big")
    # Beyond the modulus, but with a good premaster in what is left after a reduction of either kind.
    low, high = (sound_ciphertext(key, small) for small in (True, False))
    yield "BL-07 c = good + n", (low + n).to_bytes(size, "big")
    yield "BL-07 c = good + 2^(k-1)", (high + (1 << (key.key_size - 1))).to_bytes(size, "big")


def sound_ciphertext(key: RsaPrivateKey, small: bool) -> int:
    """Of a good block; small enough to stay below 2^k when n is added, or large enough to be beyond n when
    2^(k-1) is."""
    n, half = key.public_key().public_numbers().n, 1 << (key.key_size - 1)
    block = next(padding_blocks(modulus_len(key))).octets
    for last in range(1 << 16):
        c = int.from_bytes(rsa_public(key, block[:-2] + last.to_bytes(2, "big")), "big")
        if c + n < 2 * half if small else c < half <= n <= c + half:
            return c
    raise AssertionError("the modulus is too close to a power of two")


# --- points ---

GROUPS: dict[int, ec.EllipticCurve] = {
    0x0017: ec.SECP256R1(), 0x0018: ec.SECP384R1(), 0x0019: ec.SECP521R1(),
}
X25519 = 0x001d


def point_is_valid(group: int, point: bytes) -> bool:
    """Uncompressed and on the curve, or an X25519 share that gives a secret."""
    if group == X25519:
        if len(point) != 32:
            return False
        try:
            x25519.X25519PrivateKey.from_private_bytes(b"\x40" * 32).exchange(
                x25519.X25519PublicKey.from_public_bytes(point))
        except ValueError:
            return False
        return True
    if point[:1] != b"\4":
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(GROUPS[group], point)
    except ValueError:
        return False
    return True
