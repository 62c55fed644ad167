"""Signatures over what TLS signs, verified by `cryptography`, and which algorithm fits which key (RFC 8446
§4.2.3, A-28, A-91)."""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from ..keys import PublicKey
from .question import Question, Refused, require

_SHA = {"SHA-256": hashes.SHA256(), "SHA-384": hashes.SHA384(), "SHA-512": hashes.SHA512()}
# Kind, hash, and the key type that TLS 1.3 wants; "" for those that TLS 1.3 does not take.
_SCHEMES = {
    0x0401: ("rsa_pkcs1", "SHA-256", ""),
    0x0501: ("rsa_pkcs1", "SHA-384", ""),
    0x0601: ("rsa_pkcs1", "SHA-512", ""),
    0x0403: ("ecdsa", "SHA-256", "P-256"),
    0x0503: ("ecdsa", "SHA-384", "P-384"),
    0x0603: ("ecdsa", "SHA-512", "P-521"),
    0x0804: ("rsa_pss", "SHA-256", "RSA"),
    0x0805: ("rsa_pss", "SHA-384", "RSA"),
    0x0806: ("rsa_pss", "SHA-512", "RSA"),
    0x0807: ("ed25519", "SHA-512", "Ed25519"),
}
_KINDS = {"RSA": ("rsa_pkcs1", "rsa_pss"), "Ed25519": ("ed25519",)}
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def fit(key_type: str, scheme: int, tls13: bool) -> tuple[str, str]:
    """Kind and hash, or refused."""
    kind, hash, of_tls13 = _SCHEMES.get(scheme, ("", "", ""))
    require(kind in _KINDS.get(key_type, ("ecdsa",)), "unsupported")
    require(not tls13 or of_tls13 == key_type, "unsupported")
    return kind, hash


def scheme(question: Question) -> dict[str, Any]:
    kind, hash = fit(question.text("key_type"), question.number("scheme"), question.input["tls13"])
    return {"kind": kind, "hash": hash}


def load(spki: bytes) -> PublicKey:
    key = serialization.load_der_public_key(spki)
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey, ed25519.Ed25519PublicKey)):
        raise Refused("unsupported")
    return key


def type_of(key: PublicKey) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA"
    return "Ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else _CURVES[key.curve.name]


def verify(key: PublicKey, kind: str, hash: str, message: bytes, signature: bytes) -> None:
    """Refused where it does not verify. The salt of PSS is as long as the hash."""
    digest = _SHA[hash]
    try:
        if isinstance(key, rsa.RSAPublicKey):
            scheme = (
                padding.PKCS1v15()
                if kind == "rsa_pkcs1"
                else padding.PSS(padding.MGF1(digest), digest.digest_size)
            )
            key.verify(signature, message, scheme, digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(digest))
        else:
            key.verify(signature, message)
    except InvalidSignature:
        raise Refused("mismatch") from None


def signature(question: Question) -> dict[str, Any]:
    key = load(question.key("spki"))
    kind, hash = fit(type_of(key), question.number("scheme"), question.input["tls13"])
    verify(key, kind, hash, question.octets("message"), question.octets("signature"))
    return {}


OPERATIONS = {"scheme": scheme, "signature": signature}
