"""Requests of tls12 with the answers that belong to them (tls12 §4, §5, §6), as a server works them out."""

from __future__ import annotations

import hmac
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from ..codecs import lurk, tls12
from ..codecs.lurk import Type
from .derive import PRF_HASHES, key_id_of, point_is_valid
from .lurk import Fields, read_messages, read_request
from .question import Question, Refused, require
from .secrets import decrypt, private_numbers
from .signatures import fit, load, type_of, verify

_TLS12 = 0x0303


def _premaster(question: Question, ciphertext: bytes, version: int) -> bytes:
    numbers = private_numbers(question.key("pkcs8"))
    size = (numbers.public_numbers.n.bit_length() + 7) // 8
    require(len(ciphertext) == size, "invalid_payload_format")
    return decrypt(numbers, ciphertext, version)


def _is_of_key(certificate: bytes, spki: bytes) -> bool:
    public = x509.load_der_x509_certificate(certificate).public_key()
    return spki == public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _rsa_master(question: Question) -> tuple[bytes, bytes]:
    request = read_request(Type.RSA_MASTER, question.octets("payload"))
    require(request["key_id"] == key_id_of(question.key("spki")).hex(), "invalid_key_id")
    premaster = _premaster(question, bytes.fromhex(request["encrypted_premaster"]), _TLS12)
    random = tls12.freshness(bytes.fromhex(request["server_random"]))
    client = bytes.fromhex(request["client_random"])
    return random, tls12.master_secret(PRF_HASHES[request["prf_hash"]], premaster, client, random)


def _handshake(question: Question, type: int) -> tuple[bytes, bytes]:
    key_id, handshake, verify_data = read_messages(type, Fields(question.octets("payload")))
    spki = question.key("spki")
    require(key_id == key_id_of(spki).hex(), "invalid_key_id")
    require(_is_of_key(handshake.certificate, spki), "invalid_payload_format")
    premaster = _premaster(question, handshake.ciphertext, handshake.version)
    random = tls12.freshness(handshake.server_random)
    wire, hash = handshake.with_random(random), PRF_HASHES[handshake.prf_hash]
    if type == Type.RSA_MASTER_WITH_POH:
        master = tls12.master_secret(hash, premaster, handshake.client_random, random)
    else:
        master = tls12.extended_master_secret(hash, premaster, wire[: handshake.session_octets])
    expected = tls12.verify_data(hash, master, wire)
    require(not verify_data or hmac.compare_digest(verify_data, expected), "invalid_finished")
    return random, master


def rsa_exchange(question: Question) -> dict[str, Any]:
    type = question.number("type")
    random, master = _rsa_master(question) if type == Type.RSA_MASTER else _handshake(question, type)
    require(question.octets("answer") == master, "mismatch")
    return {"server_hello_random": random.hex(), "master": master.hex()}


def ecdhe_exchange(question: Question) -> dict[str, Any]:
    request = read_request(Type.ECDHE, question.octets("payload"))
    key, scheme = load(question.key("spki")), request["sig_and_hash"]
    require(request["key_id"] == key_id_of(question.key("spki")).hex(), "invalid_key_id")
    try:
        kind, hash = fit(type_of(key), scheme, False)
    except Refused:
        raise Refused("invalid_cipher_or_prf_hash") from None
    point = bytes.fromhex(request["point"])
    require(point_is_valid(request["group"], point), "invalid_ec_curve")
    random = tls12.freshness(bytes.fromhex(request["server_random"]))
    params = b"\3" + request["group"].to_bytes(2, "big") + bytes([len(point)]) + point
    message = bytes.fromhex(request["client_random"]) + random + params
    try:
        signed = lurk.decode_signed(question.octets("answer"))
    except lurk.LurkError:
        raise Refused("malformed") from None
    require(signed.sig_and_hash == scheme.to_bytes(2, "big") and bool(signed.signature), "malformed")
    verify(key, kind, hash, message, signed.signature)
    return {"server_hello_random": random.hex(), "signed": message.hex()}


OPERATIONS = {"rsa_exchange": rsa_exchange, "ecdhe_exchange": ecdhe_exchange}
