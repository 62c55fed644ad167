"""Certificates: how their signatures verify, what their extensions allow, chains (RFC 5280 §4, §6.1). With
`cryptography` for parsing and public-key operations and the rules written out here."""

from __future__ import annotations

import datetime
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from ..keys import PublicKey
from .derive import point_is_valid
from .question import Question, Refused, require
from .signatures import load, type_of, verify

_DIGEST_INFO = {
    "SHA-1": "3021300906052b0e03021a05000414",
    "SHA-256": "3031300d060960864801650304020105000420",
}
_ALGORITHMS = {
    SignatureAlgorithmOID.RSA_WITH_SHA256: "rsa_pkcs1",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "ecdsa",
}


def rsa_signature(question: Question) -> dict[str, Any]:
    """The block that comes out of the signature must be the only one that goes in (RFC 8017 §8.2.2)."""
    modulus, signature = question.octets("modulus"), question.octets("signature")
    info = bytes.fromhex(_DIGEST_INFO[question.text("hash")]) + question.octets("digest")
    expected = b"\0\1" + b"\xff" * (len(modulus) - 3 - len(info)) + b"\0" + info
    number, n = int.from_bytes(signature, "big"), int.from_bytes(modulus, "big")
    require(len(signature) == len(modulus) and number < n, "mismatch")
    block = pow(number, question.number("exponent"), n).to_bytes(len(modulus), "big")
    require(block == expected, "mismatch")
    return {"block": block.hex()}


def _element(octets: bytes, at: int) -> tuple[int, int]:
    """Where the content of the DER element at `at` begins and ends."""
    first = octets[at + 1]
    if first < 0x80:
        return at + 2, at + 2 + first
    count = first & 0x7F
    start = at + 2 + count
    return start, start + int.from_bytes(octets[at + 2 : start], "big")


def _elements(octets: bytes) -> list[bytes]:
    """The elements inside an element, each with its head; nothing may follow it."""
    start, end = _element(octets, 0)
    require(end == len(octets), "malformed")
    found = []
    while start < end:
        next_at = _element(octets, start)[1]
        found.append(octets[start:next_at])
        start = next_at
    return found


def _parse(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise Refused("malformed") from None


def _issued(certificate: bytes, issuer: bytes) -> None:
    parts = _elements(certificate)
    require(len(parts) == 3 and _elements(parts[0])[2] == parts[1], "malformed")
    parsed, key = _parse(certificate), _public_key(issuer)
    kind = _ALGORITHMS.get(parsed.signature_algorithm_oid)
    if kind is None:
        raise Refused("unsupported")
    require((kind == "rsa_pkcs1") == (type_of(key) == "RSA"), "mismatch")
    verify(key, kind, "SHA-256", parts[0], parsed.signature)


def _public_key(certificate: bytes) -> PublicKey:
    return load(_elements(_elements(certificate)[0])[6])


def certificate_signature(question: Question) -> dict[str, Any]:
    _issued(question.octets("certificate"), question.octets("issuer"))
    return {}


_KEYS = {
    "300d06092a864886f70d0101010500": "RSA",
    "301306072a8648ce3d020106082a8648ce3d030107": "P-256",
    "301006072a8648ce3d020106052b81040022": "P-384",
    "301006072a8648ce3d020106052b81040023": "P-521",
    "300506032b6570": "Ed25519",
}
_GROUPS = {"P-256": 23, "P-384": 24, "P-521": 25}


def _rsa_key(octets: bytes) -> None:
    modulus, exponent = (
        int.from_bytes(number[_element(number, 0)[0] :], "big") for number in _elements(octets)
    )
    require(2048 <= modulus.bit_length() <= 4096 and exponent.bit_length() <= 32, "unsupported")


def _key_type(spki: bytes) -> str:
    """SubjectPublicKeyInfo: one of five algorithms, a valid key, curves by name (RFC 5480 §2.1.1)."""
    algorithm, key = _elements(spki)
    _elements(algorithm)
    type = _KEYS.get(algorithm.hex())
    if type is None:
        raise Refused("unsupported")
    start = _element(key, 0)[0]
    require(key[0] == 3 and key[start] == 0, "malformed")
    octets = key[start + 1 :]
    if type == "RSA":
        _rsa_key(octets)
    elif type in _GROUPS:
        require(point_is_valid(_GROUPS[type], octets), "malformed")
    else:
        require(len(octets) == 32, "malformed")
    return type


def public_key(question: Question) -> dict[str, Any]:
    try:
        return {"type": _key_type(question.octets("spki"))}
    except (IndexError, ValueError):
        raise Refused("malformed") from None


# --- usage ---


def _extension(certificate: x509.Certificate, kind: type[Any]) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _allows(certificate: x509.Certificate, use: str) -> bool:
    """A certificate without the extension allows everything."""
    if use == "server_auth":
        purposes = _extension(certificate, x509.ExtendedKeyUsage)
        return purposes is None or ExtendedKeyUsageOID.SERVER_AUTH in purposes
    usage = _extension(certificate, x509.KeyUsage)
    return usage is None or bool(getattr(usage, use))


def key_usage(question: Question) -> dict[str, Any]:
    require(_allows(_parse(question.octets("certificate")), question.text("use")), "not_permitted")
    return {}


# --- chains ---


def _is_authority(certificate: x509.Certificate, below: int) -> bool:
    """May issue, with so many intermediates below it."""
    constraints = _extension(certificate, x509.BasicConstraints)
    if constraints is None or not constraints.ca or not _allows(certificate, "key_cert_sign"):
        return False
    return constraints.path_length is None or below <= constraints.path_length


def _is_trusted(chain: list[bytes], now: datetime.datetime) -> bool:
    """Leaf first, anchor last."""
    certificates = [_parse(der) for der in chain]
    for at in range(len(chain) - 1):
        certificate, issuer = certificates[at], certificates[at + 1]
        if certificate.issuer != issuer.subject or not _is_authority(issuer, at):
            return False
        try:
            _issued(chain[at], chain[at + 1])
        except Refused:
            return False
    times = all(c.not_valid_before <= now <= c.not_valid_after for c in certificates)
    leaf = certificates[0]
    usable = _allows(leaf, "digital_signature") or _allows(leaf, "key_encipherment")
    return times and usable and _allows(leaf, "server_auth")


def certificate_chain(question: Question) -> dict[str, Any]:
    chain = [bytes.fromhex(text) for text in (*question.input["certificates"], question.input["anchor"])]
    now = datetime.datetime.utcfromtimestamp(question.number("now"))
    require(_is_trusted(chain, now), "untrusted")
    return {}


OPERATIONS = {
    "public_key": public_key,
    "rsa_signature": rsa_signature,
    "certificate_signature": certificate_signature,
    "key_usage": key_usage,
    "certificate_chain": certificate_chain,
}
