"""What TLS 1.2 and tls12 derive, and the points that they take (tls12 §4, §6; RFC 5246, 7627, 8422)."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa, x25519

from ..codecs import tls12
from ..codecs.curves import CURVES
from ..codecs.tls import CURVE_IDS, SERVER_CONTEXT, certificate_verify_content
from .handshake import Handshake, read_handshake
from .question import Question, Refused, require

HASHES = {"SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
PRF_HASHES = ("sha256", "sha384", "sha512")
_NIST = {CURVE_IDS[curve.name]: curve for curve in CURVES.values()}
_X25519 = CURVE_IDS["x25519"]
_MISMATCH, _MALFORMED = "mismatch", "malformed"


def _claimed(question: Question, name: str, value: bytes, **beside: bytes) -> dict[str, Any]:
    require(question.octets(name) == value, _MISMATCH)
    return {name: value.hex(), **{other: octets.hex() for other, octets in beside.items()}}


def freshness(question: Question) -> dict[str, Any]:
    return _claimed(question, "server_hello_random", tls12.freshness(question.octets("server_random")))


def time_window(question: Question) -> dict[str, Any]:
    """Seconds modulo 2^32: the field wraps in 2106."""
    at = int.from_bytes(question.octets("server_random")[:4], "big")
    distance = (at - question.number("now")) % 2**32
    require(min(distance, 2**32 - distance) <= question.number("window"), "invalid_tls_random")
    return {}


def prf(question: Question) -> dict[str, Any]:
    output = tls12.prf(
        HASHES[question.text("hash")],
        question.octets("secret"),
        question.text("label").encode(),
        question.octets("seed"),
        len(question.octets("output")),
    )
    return _claimed(question, "output", output)


def master_secret(question: Question) -> dict[str, Any]:
    random = tls12.freshness(question.octets("server_random"))
    master = tls12.master_secret(
        HASHES[question.text("hash")], question.octets("premaster"), question.octets("client_random"), random
    )
    return _claimed(question, "master", master, server_hello_random=random)


def _handshake(question: Question) -> tuple[Handshake, bytes, str]:
    """With the messages as they went over the wire, and the hash of the suite."""
    handshake = read_handshake(question.number("type"), question.octets("messages"))
    wire = handshake.with_random(tls12.freshness(handshake.server_random))
    return handshake, wire, PRF_HASHES[handshake.prf_hash]


def extended_master_secret(question: Question) -> dict[str, Any]:
    handshake, wire, hash = _handshake(question)
    session = wire[: handshake.session_octets]
    master = tls12.extended_master_secret(hash, question.octets("premaster"), session)
    return _claimed(question, "master", master, session_hash=hashlib.new(hash, session).digest())


def finished(question: Question) -> dict[str, Any]:
    _, wire, hash = _handshake(question)
    verify_data = tls12.verify_data(hash, question.octets("master"), wire)
    return _claimed(question, "verify_data", verify_data, handshake_hash=hashlib.new(hash, wire).digest())


def key_id_of(spki: bytes) -> bytes:
    """A-06."""
    public = serialization.load_der_public_key(spki)
    if isinstance(public, rsa.RSAPublicKey):
        spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return b"\0" + hashlib.sha256(spki).digest()[:4]


def key_id(question: Question) -> dict[str, Any]:
    return _claimed(question, "key_id", key_id_of(question.key("spki")))


def spki_fingerprint(question: Question) -> dict[str, Any]:
    return _claimed(question, "fingerprint", hashlib.sha256(question.key("spki")).digest())


# --- points ---


def point_is_valid(group: int, point: bytes) -> bool:
    """Uncompressed, as long as the curve says, coordinates below p, on the curve; X25519: gives a secret."""
    if group == _X25519:
        try:
            share = x25519.X25519PublicKey.from_public_bytes(point)
            x25519.X25519PrivateKey.from_private_bytes(b"\x40" * 32).exchange(share)
        except ValueError:
            return False
        return True
    curve = _NIST[group]
    if len(point) != 1 + 2 * curve.octets or point[0] != 4:
        return False
    x, y = (int.from_bytes(point[at : at + curve.octets], "big") for at in (1, 1 + curve.octets))
    return x < curve.p and y < curve.p and curve.contains(x, y)


def point(question: Question) -> dict[str, Any]:
    require(point_is_valid(question.number("group"), question.octets("point")), _MALFORMED)
    return {}


def ecdhe_input(question: Question) -> dict[str, Any]:
    message = question.octets("message")
    require(len(message) >= 69 and message[64] == 3, _MALFORMED)
    group, length = int.from_bytes(message[65:67], "big"), message[67]
    require(group in (*_NIST, _X25519) and len(message) == 68 + length, _MALFORMED)
    require(point_is_valid(group, message[68:]), _MALFORMED)
    return {
        "client_random": message[:32].hex(),
        "server_random": message[32:64].hex(),
        "group": group,
        "point": message[68:].hex(),
    }


def certificate_verify(question: Question) -> dict[str, Any]:
    message = question.octets("message")
    start = certificate_verify_content(b"", SERVER_CONTEXT)
    if not message.startswith(start) or len(message) - len(start) not in (32, 48):
        raise Refused(_MALFORMED)
    return {"transcript_hash": message[len(start) :].hex()}


OPERATIONS = {
    "freshness": freshness,
    "time_window": time_window,
    "prf": prf,
    "master_secret": master_secret,
    "extended_master_secret": extended_master_secret,
    "finished": finished,
    "key_id": key_id,
    "spki_fingerprint": spki_fingerprint,
    "point": point,
    "ecdhe_input": ecdhe_input,
    "certificate_verify": certificate_verify,
}
