"""Proofs of ownership (tls12 §6.1) and premaster secrets (A-15), in plain integers: not in constant time, the
keys are published."""

from __future__ import annotations

import functools
import hashlib
import hmac
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..codecs import ownership
from ..codecs.curves import CURVES, Curve
from ..codecs.tls import CURVE_IDS
from .derive import point_is_valid
from .lurk import read_request
from .question import Question, Refused, require

_CURVES = {CURVE_IDS[curve.name]: curve for curve in CURVES.values()}
_ECDHE = 6
_LABEL = b"lurkspec premaster implicit rejection"
PREMASTER = 48


# --- proofs ---


def _scalar(curve: Curve, octets: bytes) -> int:
    value = int.from_bytes(octets, "big")
    require(len(octets) == curve.octets and 0 < value < curve.n, "malformed")
    return value


def response(question: Question) -> dict[str, Any]:
    curve = _CURVES[question.number("group")]
    b, v = (_scalar(curve, question.octets(name)) for name in ("b", "v"))
    r = ownership.response(curve, v, int.from_bytes(question.octets("c"), "big"), b)
    require(r == question.octets("r"), "mismatch")
    return {
        "bG": ownership.public(curve, b).hex(),
        "vG": ownership.public(curve, v).hex(),
        "r": r.hex(),
    }


def _items(*items: bytes) -> bytes:
    return b"".join(len(item).to_bytes(4, "big") + item for item in items)


def verify_proof(payload: bytes) -> tuple[Curve, dict[str, Any], bytes, bytes]:
    """The curve, the request, what c is the hash of, and c; refused as a server does."""
    request = read_request(_ECDHE, payload)
    curve = _CURVES[request["group"]]
    key_id, randoms, point, vg, r = (
        bytes.fromhex(text)
        for text in (
            request["key_id"],
            request["client_random"] + request["server_random"],
            request["point"],
            request["vG"],
            request["r"],
        )
    )
    group = request["group"]
    params = b"\3" + group.to_bytes(2, "big") + bytes([len(point)]) + point
    scheme = request["sig_and_hash"].to_bytes(2, "big")
    other = _items(key_id, b"\0", scheme, params, ownership.LABEL)
    hashed = _items(curve.encode(curve.gx, curve.gy), vg, point, randoms, other)
    c = hashlib.sha256(hashed).digest()[: 16 * request["poo_prf"]]
    require(point_is_valid(group, point) and point_is_valid(group, vg), "invalid_poo")
    number = int.from_bytes(c, "big")
    require(
        0 < int.from_bytes(r, "big") < curve.n and ownership.verifies(curve, point, vg, number, r),
        "invalid_poo",
    )
    return curve, request, hashed, c


def proof(question: Question) -> dict[str, Any]:
    curve, request, hashed, c = verify_proof(question.octets("payload"))
    if question.has("b"):
        b, v = (_scalar(curve, question.octets(name)) for name in ("b", "v"))
        made = ownership.response(curve, v, int.from_bytes(c, "big"), b).hex()
        points = [ownership.public(curve, scalar).hex() for scalar in (b, v)]
        require([request["r"], request["point"], request["vG"]] == [made, *points], "mismatch")
    return {"challenge_input": hashed.hex(), "c": c.hex()}


# --- premaster secrets ---


@functools.lru_cache(maxsize=8)
def private_numbers(pkcs8: bytes) -> rsa.RSAPrivateNumbers:
    key = serialization.load_der_private_key(pkcs8, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Refused("unsupported")
    numbers: rsa.RSAPrivateNumbers = key.private_numbers()  # type: ignore[attr-defined]
    return numbers


def _private_power(numbers: rsa.RSAPrivateNumbers, number: int) -> int:
    """By the Chinese remainder theorem (RFC 8017 §5.1.2)."""
    m_p, m_q = pow(number, numbers.dmp1, numbers.p), pow(number, numbers.dmq1, numbers.q)
    return m_q + numbers.q * ((m_p - m_q) * numbers.iqmp % numbers.p)


def decrypt(numbers: rsa.RSAPrivateNumbers, ciphertext: bytes, version: int) -> bytes:
    """The premaster secret, or what stands for it: A-15."""
    n, size = numbers.public_numbers.n, (numbers.public_numbers.n.bit_length() + 7) // 8
    require(len(ciphertext) == size, "malformed")
    expected = version.to_bytes(2, "big")
    number = int.from_bytes(ciphertext, "big")
    if number < n:
        block = _private_power(numbers, number).to_bytes(size, "big")
        padding, separator, message = block[2:].partition(b"\0")
        sound = block[:2] == b"\0\2" and len(padding) >= 8 and separator == b"\0"
        if sound and len(message) == PREMASTER and message[:2] == expected:
            return message
    secret = hmac.digest(numbers.d.to_bytes(size, "big"), _LABEL, "sha256")
    return expected + hmac.digest(secret, ciphertext, "sha384")[2:PREMASTER]


def rsa_premaster(question: Question) -> dict[str, Any]:
    numbers = private_numbers(question.key("pkcs8"))
    premaster = decrypt(numbers, question.octets("ciphertext"), question.number("version"))
    require(premaster == question.octets("premaster"), "mismatch")
    return {"premaster": premaster.hex()}


OPERATIONS = {
    "ownership_response": response,
    "ownership_proof": proof,
    "rsa_premaster": rsa_premaster,
}
