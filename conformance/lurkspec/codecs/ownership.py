"""Schnorr proof of ownership of an ephemeral key (tls12 draft §6.2; A-20 to A-23), with the integers of
`curves`: for tests, not in
constant time."""

from __future__ import annotations

import hashlib
import struct

from cryptography.hazmat.primitives.asymmetric import ec

from .curves import Curve

LABEL = b"tls12 poo"
Point = tuple[int, int] | None
_LIBRARY: dict[str, ec.EllipticCurve] = {
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
}


def _item(octets: bytes) -> bytes:
    return struct.pack(">I", len(octets)) + octets


def challenge(
    curve: Curve,
    vg: bytes,
    bg: bytes,
    randoms: bytes,
    key_id: bytes,
    freshness: bytes,
    sig_and_hash: bytes,
    params: bytes,
    bits: int,
) -> int:
    """c: the leftmost `bits` of SHA-256 over the items of A-22; points uncompressed, without their length
    octet.
    """
    other = b"".join(map(_item, (key_id, freshness, sig_and_hash, params, LABEL)))
    items = (curve.encode(curve.gx, curve.gy), vg, bg, randoms, other)
    digest = hashlib.sha256(b"".join(map(_item, items))).digest()
    return int.from_bytes(digest[: bits // 8], "big")


def add(curve: Curve, a: Point, b: Point) -> Point:
    """The group law; None is infinity."""
    if a is None or b is None:
        return a or b
    (x1, y1), (x2, y2) = a, b
    if x1 == x2 and (y1 + y2) % curve.p == 0:
        return None
    if a == b:
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, curve.p)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, curve.p)
    x3 = (slope * slope - x1 - x2) % curve.p
    return x3, (slope * (x1 - x3) - y1) % curve.p


def multiply(curve: Curve, scalar: int, point: Point) -> Point:
    result: Point = None
    for bit in bin(scalar % curve.n)[2:]:
        result = add(curve, result, result)
        if bit == "1":
            result = add(curve, result, point)
    return result


def generator(curve: Curve) -> Point:
    return curve.gx, curve.gy


def public(curve: Curve, scalar: int) -> bytes:
    """scalar * G, uncompressed; ValueError for infinity, which has no such form. By the library: proofs are
    made by the thousand."""
    key = ec.derive_private_key(scalar % curve.n, _LIBRARY[curve.name])
    numbers = key.public_key().public_numbers()
    return curve.encode(numbers.x, numbers.y)


def response(curve: Curve, v: int, c: int, b: int) -> bytes:
    """r = v - c*b mod n, as long as n (A-20)."""
    return ((v - c * b) % curve.n).to_bytes((curve.n.bit_length() + 7) // 8, "big")


def verifies(curve: Curve, bg: bytes, vg: bytes, c: int, r: bytes) -> bool:
    """rG + c(bG) = vG, for points that are on the curve."""
    number = int.from_bytes(r, "big") % curve.n
    left = _decode(curve, public(curve, number)) if number else None
    result = add(curve, left, multiply(curve, c, _decode(curve, bg)))
    return result is not None and curve.encode(*result) == vg


def _decode(curve: Curve, point: bytes) -> Point:
    size = curve.octets
    return int.from_bytes(point[1 : 1 + size], "big"), int.from_bytes(point[1 + size :], "big")
