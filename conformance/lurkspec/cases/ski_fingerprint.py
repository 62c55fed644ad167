"""The fingerprint is of the SubjectPublicKeyInfo that certificates carry (SKI §5.2, RFC 7469, RFC 5480)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..case import Variant, case
from ..codecs.curves import CURVES, Curve
from ..context import Context
from ..request import NOT_FOUND

SECTION = "SKI §5.2 spki and input"
_INTEGER, _BITS, _OCTETS, _OID, _SEQUENCE = 0x02, 0x03, 0x04, 0x06, 0x30
_EC_PUBLIC_KEY, _PRIME_FIELD = bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0101")


def _der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    length = bytes([len(content)]) if len(content) < 128 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + length + content


def _integer(value: int) -> bytes:
    return _der(_INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def _explicit(curve: Curve, point: bytes) -> bytes:
    """SubjectPublicKeyInfo with specifiedCurve parameters (X9.62), which RFC 5480 §2.1.1 forbids."""
    coefficients = (_der(_OCTETS, n.to_bytes(curve.octets, "big")) for n in (curve.p - 3, curve.b))
    parameters = _der(
        _SEQUENCE,
        _integer(1),
        _der(_SEQUENCE, _der(_OID, _PRIME_FIELD), _integer(curve.p)),
        _der(_SEQUENCE, *coefficients),
        _der(_OCTETS, curve.encode(curve.gx, curve.gy)),
        _integer(curve.n),
        _integer(1),
    )
    algorithm = _der(_SEQUENCE, _der(_OID, _EC_PUBLIC_KEY), parameters)
    return _der(_SEQUENCE, algorithm, _der(_BITS, b"\0", point))


@case("ski-5.2-spki-explicit-curve", clauses=("BG-5480-01", "SKI-5.2-12", "SKI-5.2.1-03"), needs=("ec-p256",))
def explicit_curve(t: Context) -> Iterator[Variant]:
    """The same EC key with its curve spelled out has another fingerprint, which names no key."""
    key = t.key("ec-p256")
    assert isinstance(key.public, ec.EllipticCurvePublicKey)
    point = key.public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    spki = hashlib.sha256(_explicit(CURVES["secp256r1"], point)).digest()
    for format in t.formats:
        yield t.refused(format, t.post(t.ecdhe_request(key).replaced(spki=spki), format), NOT_FOUND)
