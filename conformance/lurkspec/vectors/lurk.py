"""LURK messages and tls12 payloads (draft-mglt-lurk-lurk-01, draft-mglt-lurk-tls12-05): what a reader must
take and refuse."""

from __future__ import annotations

from typing import Any

from ..codecs import lurk
from ..codecs.lurk import BaseStatus, Designation, LurkError, Reader, Status, Type
from .handshake import Handshake, read_handshake
from .question import Question, Refused, require

_LIMIT = 65536
_FORMAT = "invalid_payload_format"
_MALFORMED = "malformed"
_NAMED_CURVE = 3
# Octets of a scalar; X25519 has no proofs.
SCALARS = {23: 32, 24: 48, 25: 66, 29: 0}
_POH = (Type.RSA_MASTER_WITH_POH, Type.RSA_EXTENDED_MASTER_WITH_POH)
_RSA = (Type.RSA_MASTER, *_POH, Type.RSA_EXTENDED_MASTER)


def _message(octets: bytes, counts_header: bool, status: str) -> lurk.Message:
    """One whole message; anything else is refused with that status."""
    require(len(octets) >= lurk.HEADER_LEN, status)
    try:
        length = lurk.payload_length(octets, counts_header)
    except LurkError:
        raise Refused(status) from None
    require(length <= _LIMIT - lurk.HEADER_LEN and length == len(octets) - lurk.HEADER_LEN, status)
    return lurk.decode(octets)


def request(question: Question) -> dict[str, Any]:
    """Extension, status, type, in this order (lurk-01 §5.3, A-73)."""
    message = _message(question.octets("message"), question.input["counts_header"], "invalid_format")
    require(
        message.version == 1 and message.designation in (Designation.LURK, Designation.TLS12),
        "invalid_extension",
    )
    require(message.status == lurk.REQUEST, "invalid_status")
    known: tuple[int, ...] = tuple(lurk.BaseType) if message.designation == Designation.LURK else tuple(Type)
    require(message.type in known, "invalid_type")
    require(message.designation != Designation.LURK or not message.payload, "invalid_format")
    return {
        "designation": message.designation,
        "type": message.type,
        "id": message.id.to_bytes(8, "big").hex(),
        "payload": message.payload.hex(),
    }


def _error(kind: str, names: type[BaseStatus] | type[Status], message: lurk.Message) -> dict[str, Any]:
    known = {int(status): status.name.lower() for status in names}
    state = {"state": message.payload.hex()} if len(message.payload) == lurk.STATE_LEN else {}
    return {"kind": kind, "status": known.get(message.status, "unassigned"), **state}


def answer(question: Question) -> dict[str, Any]:
    """How a client takes it (A-81, A-82)."""
    asked = lurk.decode(question.octets("request"))
    message = _message(question.octets("message"), True, _MALFORMED)
    require(message.id == asked.id and message.status != lurk.REQUEST, "foreign")
    extension = (message.designation, message.version)
    repeats = extension == (asked.designation, asked.version)
    if message.status == lurk.SUCCESS:
        require(repeats and message.type == asked.type, "mismatched")
        return {"kind": "success", "payload": message.payload.hex()}
    if extension == (Designation.LURK, 1):
        return _error("base_error", BaseStatus, message)
    require(repeats, "foreign")
    return _error("error", Status, message)


def capabilities(question: Question) -> dict[str, Any]:
    try:
        offer = lurk.decode_base_capabilities(question.octets("payload"))
    except LurkError:
        raise Refused(_MALFORMED) from None
    require((0, 1) in offer.extensions and offer.types != (), _MALFORMED)
    types = {} if offer.types is None else {"types": list(offer.types)}
    return {"extensions": [list(pair) for pair in offer.extensions], "state": offer.state.hex(), **types}


# --- tls12 requests ---


class Fields:
    """The fields of a request from the front; what does not fit is refused with the status of its clause."""

    def __init__(self, payload: bytes):
        self._reader = Reader(payload)

    def take(self, count: int) -> bytes:
        try:
            return self._reader.take(count, "")
        except LurkError:
            raise Refused(_FORMAT) from None

    def number(self, octets: int = 1) -> int:
        return int.from_bytes(self.take(octets), "big")

    def vector(self, prefix: int) -> bytes:
        return self.take(self.number(prefix))

    def head(self) -> str:
        """key_id and freshness_funct."""
        kind = self.take(1)
        require(kind == b"\0", "invalid_key_id_type")
        key_id = kind + self.take(4)
        require(self.number() == lurk.FRESHNESS_SHA256, "invalid_freshness_funct")
        return key_id.hex()

    def end(self) -> None:
        require(not self._reader.left, _FORMAT)


def _rsa_master(fields: Fields) -> dict[str, Any]:
    key_id, prf_hash = fields.head(), fields.number()
    require(prf_hash in tuple(lurk.PrfHash), "invalid_cipher_or_prf_hash")
    return {
        "key_id": key_id,
        "prf_hash": prf_hash,
        "client_random": fields.take(32).hex(),
        "server_random": fields.take(32).hex(),
        "encrypted_premaster": fields.vector(2).hex(),
    }


def _ecdhe(fields: Fields) -> dict[str, Any]:
    meaning: dict[str, Any] = {
        "key_id": fields.head(),
        "client_random": fields.take(32).hex(),
        "server_random": fields.take(32).hex(),
        "sig_and_hash": fields.number(2),
    }
    require(fields.number() == _NAMED_CURVE, "invalid_ec_type")
    group = fields.number(2)
    require(group in SCALARS, "invalid_ec_curve")
    point = fields.vector(1)
    require(bool(point), _FORMAT)
    poo_prf = fields.number()
    meaning |= {"group": group, "point": point.hex(), "poo_prf": poo_prf}
    if poo_prf != lurk.PooPrf.NULL:
        require(poo_prf in tuple(lurk.PooPrf) and SCALARS[group] > 0, "invalid_poo_prf")
        commitment = fields.vector(1)
        require(bool(commitment), _FORMAT)
        meaning |= {"vG": commitment.hex(), "r": fields.take(SCALARS[group]).hex()}
    return meaning


def read_messages(type: int, fields: Fields) -> tuple[str, Handshake, bytes]:
    """key_id, the handshake, and verify_data where the type has it."""
    key_id, messages = fields.head(), fields.vector(2)
    require(2 <= len(messages) <= 0xFFFE, _FORMAT)
    verify_data = fields.take(12) if type in _POH else b""
    fields.end()
    return key_id, read_handshake(type, messages), verify_data


def _handshake(type: int, fields: Fields) -> dict[str, Any]:
    key_id, handshake, verify_data = read_messages(type, fields)
    return {
        "key_id": key_id,
        "client_random": handshake.client_random.hex(),
        "server_random": handshake.server_random.hex(),
        "cipher_suite": handshake.suite,
        "prf_hash": handshake.prf_hash,
        "certificate": handshake.certificate.hex(),
        "encrypted_premaster": handshake.ciphertext.hex(),
        "session_octets": handshake.session_octets,
        **({"verify_data": verify_data.hex()} if verify_data else {}),
    }


def read_request(type: int, payload: bytes) -> dict[str, Any]:
    fields = Fields(payload)
    if type in (Type.CAPABILITIES, Type.PING):
        meaning: dict[str, Any] = {}
    elif type == Type.RSA_MASTER:
        meaning = _rsa_master(fields)
    elif type == Type.ECDHE:
        meaning = _ecdhe(fields)
    else:
        meaning = _handshake(type, fields)
    fields.end()
    return meaning


def tls12_request(question: Question) -> dict[str, Any]:
    return read_request(question.number("type"), question.octets("payload"))


# --- tls12 answers ---


def tls12_answer(question: Question) -> dict[str, Any]:
    payload = question.octets("payload")
    if question.number("type") != Type.ECDHE:
        require(len(payload) == 48, _MALFORMED)
        return {"master": payload.hex()}
    try:
        signed = lurk.decode_signed(payload)
    except LurkError:
        raise Refused(_MALFORMED) from None
    scheme = int.from_bytes(signed.sig_and_hash, "big")
    require(scheme == question.number("sig_and_hash") and bool(signed.signature), _MALFORMED)
    return {"sig_and_hash": scheme, "signature": signed.signature.hex()}


def _offer(item: lurk.Capability) -> dict[str, list[int]]:
    if item.type in (Type.CAPABILITIES, Type.PING):
        require(not item.body, _MALFORMED)
        return {}
    require(bool(item.body), _MALFORMED)
    offer = lurk.decode_offer(item)
    found = {
        "key_id_types": offer.key_id_types,
        "freshness_functs": offer.freshness,
        "cipher_suites": offer.suites,
    }
    if item.type == Type.ECDHE:
        found |= {
            "schemes": offer.schemes,
            "ecdsa_curves": offer.ecdsa_curves,
            "ecdhe_curves": offer.ecdhe_curves,
            "poo_prfs": offer.poo_prfs,
        }
    else:
        found["prf_hashes"] = offer.prf_hashes
    return {name: list(values) for name, values in found.items()}


def tls12_capabilities(question: Question) -> dict[str, Any]:
    try:
        items, state = lurk.decode_tls12_capabilities(question.octets("payload"))
        known = [item for item in items if item.type in tuple(Type)]
        require(len({item.type for item in known}) == len(known), _MALFORMED)
        types = {Type(item.type).name.lower(): _offer(item) for item in known}
    except LurkError:
        raise Refused(_MALFORMED) from None
    return {"types": types, "state": state.hex()}


OPERATIONS = {
    "lurk_request": request,
    "lurk_answer": answer,
    "lurk_capabilities": capabilities,
    "tls12_request": tls12_request,
    "tls12_answer": tls12_answer,
    "tls12_capabilities": tls12_capabilities,
}
