"""Whether what the key server was asked is what the TLS client saw on the wire."""

from __future__ import annotations

from typing import Any

from ..codecs import hello as h
from ..codecs import lurk, ownership, tls12
from ..codecs.curves import CURVES
from ..codecs.lurk import PooPrf, Type
from ..codecs.tls import CURVE_IDS, SCHEMES, SERVER_CONTEXT
from .lurk import WITH_POH, Ecdhe, ExtendedMaster, LurkAsked, RsaMaster
from .served import Served
from .ski import SkiAsked
from .visit import RSA, TLS_1_3, Visit

SKI_MEMBERS = {"protocol", "spki", "method", "hash", "scheme", "input"}
_HASHES = {4: "SHA-256", 5: "SHA-384", 6: "SHA-512"}
_CURVES = {CURVE_IDS[name]: curve for name, curve in CURVES.items()}
# How far the time in S may be off: clocks of two machines, and the handshake.
_TIME = 60


def fault_of(visit: Visit, asked: SkiAsked | LurkAsked) -> str:
    """What is wrong with a request that was made for this visit, "" when nothing is."""
    served = asked.server_key
    if asked.problem:
        return asked.problem
    if served is None:
        return "the key is none of the edge's certificates"
    if visit.certificate and visit.certificate != served.key.chain[0]:
        return f"the key is {served.key.name}, which is not that of the certificate that was sent"
    return _ski(visit, asked, served) if isinstance(asked, SkiAsked) else lurk_fault(visit, asked)


def _first(*found: tuple[bool, str]) -> str:
    return next((text for wrong, text in found if wrong), "")


def _ski(visit: Visit, asked: SkiAsked, served: Served) -> str:
    m = asked.members
    common = _first(
        (asked.method != "POST", f"HTTP method {asked.method}"),
        (not SKI_MEMBERS >= set(m), f"members {sorted(set(m) - SKI_MEMBERS)}"),
        (not isinstance(m.get("input"), bytes), "input is missing or no octets"),
    )
    if common:
        return common
    if visit.exchange == TLS_1_3:
        return _ski13(visit, m)
    if m.get("protocol") != "TLS 1.2":
        return f"protocol is {m.get('protocol')!r}"
    if visit.exchange == RSA:
        return _first(
            (m.get("method") != "RSA", f"method is {m.get('method')!r}"),
            (m["input"] != visit.ciphertext, "input is not the EncryptedPreMasterSecret on the wire"),
        )
    return _ski_ecdhe(visit, m)


def _ski13(visit: Visit, m: dict[str, Any]) -> str:
    expected = visit.verify_content
    content = m["input"]
    shape = content.startswith(b" " * 64 + SERVER_CONTEXT + b"\0") and len(content) in (130, 146)
    return _first(
        (m.get("protocol") != "TLS 1.3", f"protocol is {m.get('protocol')!r}"),
        (m.get("method", "ECDHE") != "ECDHE", f"method is {m.get('method')!r}"),
        (not isinstance(m.get("scheme"), int), "scheme is missing"),
        (not shape, "input is not the content of a server's CertificateVerify"),
        (bool(expected) and m.get("scheme") != visit.scheme, "scheme is not that of CertificateVerify"),
        (bool(expected) and content != expected, "input does not hold the transcript hash of the wire"),
    )


def _ski_ecdhe(visit: Visit, m: dict[str, Any]) -> str:
    algorithm, _ = visit.signature
    hash, scheme = m.get("hash"), m.get("scheme")
    if not visit.params:  # no ServerKeyExchange was sent: nothing to compare with
        return _first((m["input"][:32] != visit.client_random, "client_random is another"))
    if algorithm == SCHEMES["ed25519"]:
        named = scheme == algorithm
    else:
        named = hash == _HASHES.get(algorithm >> 8) or scheme == algorithm
    return _first(
        (m.get("method", "ECDHE") != "ECDHE", f"method is {m.get('method')!r}"),
        (not named, f"hash {hash!r}, scheme {scheme!r} for algorithm {algorithm:#06x} on the wire"),
        (
            m["input"] != visit.client_random + visit.server_random + visit.params,
            "input is not client_random, server_random and ServerECDHParams of the wire",
        ),
    )


def lurk_fault(visit: Visit, asked: LurkAsked) -> str:
    m = asked.message
    head = _first(
        (m.designation != lurk.Designation.TLS12 or m.version != 1, "not extension tls12 version 1"),
        (m.status != lurk.REQUEST, f"status {m.status}"),
        (m.length != len(asked.raw) - (0 if asked.server.target.counts_header else 16), "length"),
    )
    if head:
        return head
    try:
        if m.type == Type.ECDHE:
            return _ecdhe(visit, Ecdhe.parse(m.payload), asked)
        if m.type == Type.RSA_MASTER:
            return _rsa_master(visit, RsaMaster.parse(m.payload), asked.at)
        if m.type == Type.RSA_EXTENDED_MASTER:
            return _extended(visit, ExtendedMaster.parse(m.payload), asked.at)
        if m.type in WITH_POH:
            return _proved(visit, ExtendedMaster.parse(m.payload, True), asked)
    except lurk.LurkError as error:
        return f"the payload does not parse: {error}"
    return f"type {m.type}"


def secret_of(asked: LurkAsked) -> bytes:
    """S of a request."""
    payload = asked.message.payload
    if asked.type == Type.ECDHE:
        return Ecdhe.parse(payload).server_random
    if asked.type == Type.RSA_MASTER:
        return RsaMaster.parse(payload).server_random
    return ExtendedMaster.parse(payload, asked.type in WITH_POH).server_random


def _fresh(visit: Visit, freshness: int, key_id: bytes, s: bytes, at: float) -> str:
    return _first(
        (key_id[0] != 0, f"key_id_type {key_id[0]}"),
        (freshness != lurk.FRESHNESS_SHA256, f"freshness_funct {freshness}"),
        (abs(int.from_bytes(s[:4], "big") - at) > _TIME, "S does not begin with the time"),
        (s == visit.server_random, "S itself is on the wire"),
        (
            bool(visit.server_random) and tls12.freshness(s) != visit.server_random,
            "ServerHello.random is not the image of S",
        ),
    )


def _ecdhe(visit: Visit, r: Ecdhe, asked: LurkAsked) -> str:
    algorithm, _ = visit.signature
    seen = bool(visit.params)
    return (
        _fresh(visit, r.freshness, r.key_id, r.server_random, asked.at)
        or _first(
            (r.client_random != visit.client_random, "client_random is not that of the wire"),
            (seen and r.params != visit.params, "ServerECDHParams are not those of the wire"),
            (seen and int.from_bytes(r.sig_and_hash, "big") != algorithm, "sig_and_hash is not on the wire"),
        )
        or proof_fault(r, asked.server.target.proof)
    )


def proof_fault(r: Ecdhe, policy: int) -> str:
    """What is wrong with the proof of ownership (tls12 §6.1; A-20 to A-25)."""
    number = int.from_bytes(r.params[1:3], "big")
    curve = _CURVES.get(number)
    if policy == PooPrf.NULL or curve is None:
        return "" if r.poo_prf == PooPrf.NULL else f"poo_prf {r.poo_prf} where null is to be"
    size = (curve.n.bit_length() + 7) // 8
    if r.poo_prf != policy:
        return f"poo_prf {r.poo_prf}, not {policy}"
    if len(r.r) != size or len(r.vg) != 2 * curve.octets + 1:
        return f"r has {len(r.r)} octets, vG {len(r.vg)}"
    c = ownership.challenge(
        curve,
        r.vg,
        r.point,
        r.client_random + r.server_random,
        r.key_id,
        bytes([r.freshness]),
        r.sig_and_hash,
        r.params,
        128 if policy == PooPrf.SHA256_128 else 256,
    )
    return "" if ownership.verifies(curve, r.point, r.vg, c, r.r) else "the proof does not verify"


def _rsa_master(visit: Visit, r: RsaMaster, at: float) -> str:
    suite = visit.hello.suite if visit.hello else 0
    wanted = {"sha256": 0, "sha384": 1}[tls12.SUITES.get(suite, "sha256")]
    negotiated = visit.hello is not None and h.EXTENDED_MASTER_SECRET in visit.hello.extensions
    return _fresh(visit, r.freshness, r.key_id, r.server_random, at) or _first(
        (negotiated, "rsa_master although the extended master secret was negotiated"),
        (r.client_random != visit.client_random, "client_random is not that of the wire"),
        (r.prf_hash != wanted, f"prf_hash {r.prf_hash}"),
        (r.ciphertext != visit.ciphertext, "the ciphertext is not that of the wire"),
    )


def _extended(visit: Visit, r: ExtendedMaster, at: float) -> str:
    negotiated = visit.hello is not None and h.EXTENDED_MASTER_SECRET in visit.hello.extensions
    return _fresh(visit, r.freshness, r.key_id, r.server_random, at) or _first(
        (not negotiated, "rsa_extended_master although it was not negotiated"),
        (r.ciphertext != visit.ciphertext, "the ciphertext is not that of the wire"),
        (r.on_the_wire() != visit.messages, "handshake_messages are not those of the wire"),
    )


def _proved(visit: Visit, r: ExtendedMaster, asked: LurkAsked) -> str:
    negotiated = visit.hello is not None and h.EXTENDED_MASTER_SECRET in visit.hello.extensions
    extended = asked.type == Type.RSA_EXTENDED_MASTER_WITH_POH
    served = asked.server_key
    return _fresh(visit, r.freshness, r.key_id, r.server_random, asked.at) or _first(
        (extended != negotiated, "the extended master secret was negotiated otherwise"),
        (r.on_the_wire() != visit.messages, "handshake_messages are not those of the wire"),
        (served is None or not served.decrypts, "no key of that id decrypts"),
        (
            served is not None and served.decrypts and not r.proves(r.master(served, extended)),
            "finished is not the client's verify_data",
        ),
    )
