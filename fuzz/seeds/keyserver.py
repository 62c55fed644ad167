"""Sequences of requests for the whole key server, with its keys: fuzz/keyserver/units.h has the format."""

from __future__ import annotations

import functools
import hashlib
import hmac
import struct
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from .encode import as_json, cbor
from .handshake import certificate_verify
from .handshake_list import Flight, element, joined
from .lurk import CLIENT_RANDOM, S, message, vector

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "conformance"))
from lurkspec.codecs import curves, ownership  # noqa: E402

SKI_CBOR, SKI_JSON, LURK, HTTP, TIME, END = range(6)
A, B, C, C_ELSEWHERE, BOTH, NOBODY = range(6)
CLOSED, HALF_CLOSED, EXPIRED, DRAINED = range(4)
RSA_MASTER, MASTER_WITH_POH, EXTENDED, EXTENDED_WITH_POH, ECDHE = range(2, 7)
FILES = {
    "sign": "lurk/crypto/test/keys/p256.pem",
    "other": "vectors/keys/p256.pem",
    "decrypt": "lurk/crypto/test/keys/rsa2048.pem",
    "lurk_sign": "lurk/crypto/test/keys/ed25519.pem",
    "lurk_other": "lurk/crypto/test/keys/p384.pem",
    "lurk_decrypt": "lurk/crypto/test/keys/rsa2050.pem",
}


def unit(kind: int, who: int, octets: bytes = b"", cut: int = 0) -> bytes:
    return struct.pack(">BBBH", kind, who, cut, len(octets)) + octets


def wait(seconds: int) -> bytes:
    return unit(TIME, 0, struct.pack(">H", seconds))


# --- keys ---

@functools.cache
def public_key(name: str) -> Any:
    pem = (ROOT / FILES[name]).read_bytes()
    key = serialization.load_pem_private_key(pem[pem.index(b"-----BEGIN"):], None)
    return key.public_key()


def spki(name: str) -> bytes:
    return public_key(name).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_id(name: str) -> bytes:
    key = public_key(name)
    der = spki(name)
    if isinstance(key, rsa.RSAPublicKey):
        der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return b"\0" + hashlib.sha256(der).digest()[:4]


def encrypted(name: str, plaintext: bytes) -> bytes:
    """RSAES-PKCS1-v1_5 with padding that is the same each time."""
    key = public_key(name)
    size = (key.key_size + 7) // 8
    block = b"\0\2" + b"\xa5" * (size - 3 - len(plaintext)) + b"\0" + plaintext
    numbers = key.public_numbers()
    return pow(int.from_bytes(block, "big"), numbers.e, numbers.n).to_bytes(size, "big")


# That of SKI is shown to the edge, that of LURK never: they must differ.
PREMASTER, HIDDEN_PREMASTER = b"\3\3" + bytes(range(0x80, 0xae)), b"\3\3" + bytes(range(0xae, 0x80, -1))


# --- SKI ---

def x25519(number: int = 0) -> bytes:
    """ECDHE parameters; the number makes the handshake another one."""
    point = b"\3\0\x1d" + vector(b"\x09" + bytes(31))
    return number.to_bytes(32, "big") + bytes(range(0xff, 0xdf, -1)) + point


def ski(key: str = "sign", **members: Any) -> dict[str, Any]:
    request: dict[str, Any] = {
        "protocol": "TLS 1.2",
        "spki": hashlib.sha256(spki(key)).digest(),
        "method": "ECDHE",
        "hash": "SHA-256",
        "input": x25519(),
    } | members
    return {name: value for name, value in request.items() if value is not None}


def decrypt(**members: Any) -> dict[str, Any]:
    request = {"method": "RSA", "hash": None, "input": encrypted("decrypt", PREMASTER)}
    return ski("decrypt", **request | members)


def tls13(key: str = "sign", **members: Any) -> dict[str, Any]:
    content = {"protocol": "TLS 1.3", "hash": None, "scheme": 0x0403, "input": certificate_verify(32)}
    return ski(key, **content | members)


def ski_sequences() -> dict[str, bytes]:
    def both(request: dict[str, Any], who: int = A) -> bytes:
        return unit(SKI_CBOR, who, cbor(request)) + unit(SKI_JSON, who, as_json(request))

    hash_alias = {"spki": "00112233445566778899AaBbCcDdEeFf01234567"}
    weak = "SHA-224"
    return {
        "good_ecdhe": unit(SKI_CBOR, A, cbor(ski())),
        "good_ecdhe_json": unit(SKI_JSON, A, as_json(ski())),
        "good_ecdhe_cut": unit(SKI_JSON, A, as_json(ski()), 7),
        "good_tls13": both(tls13(), A),
        "good_tls13_of_b": unit(SKI_CBOR, B, cbor(tls13("other"))),
        "good_pinned": unit(SKI_CBOR, C, cbor(ski())),
        "good_premaster": unit(SKI_CBOR, A, cbor(decrypt())),
        "good_premaster_json": unit(SKI_JSON, A, as_json(decrypt())),
        "good_premaster_dtls": unit(SKI_CBOR, A, cbor(decrypt(protocol="DTLS 1.2"))),
        "good_no_padding": unit(SKI_CBOR, A, cbor(decrypt(input=bytes(255) + b"\7"))),
        "good_after_window": unit(SKI_CBOR, A, cbor(ski())) + wait(61) + unit(SKI_CBOR, A, cbor(ski())),
        "good_two": unit(SKI_CBOR, A, cbor(ski())) + unit(SKI_CBOR, A, cbor(ski(input=x25519(1)))),
        "bad_replay": both(ski()),
        "bad_replay_rsa": both(decrypt()),
        "bad_replay_in_window": unit(SKI_CBOR, A, cbor(ski())) + wait(59) + unit(SKI_CBOR, A, cbor(ski())),
        "bad_key_of_b": both(tls13("other")),
        "bad_key_of_a": both(ski(), B),
        "bad_lurk_key": both(ski("lurk_sign")),
        "bad_usage": both(ski("decrypt")),
        "bad_method": both(decrypt(spki=hashlib.sha256(spki("sign")).digest())),
        "bad_protocol_of_b": both(ski("other"), B),
        "bad_old_protocol": both(ski(protocol="TLS 1.1")),
        "bad_weak_hash": both(ski(hash=weak)),
        "bad_no_hash": both(ski(hash=None)),
        "bad_scheme": both(tls13(scheme=0x0804)),
        "bad_tls13_without_scheme": both(tls13(scheme=None)),
        "bad_digest": both(ski(input=bytes(32))),
        "bad_client_context": both(tls13(input=certificate_verify(32).replace(b"server", b"client"))),
        "bad_small_order": both(ski(input=x25519()[:68] + bytes(32))),
        "bad_short_ciphertext": both(decrypt(input=bytes(255))),
        "bad_alias": unit(SKI_JSON, A, as_json(ski(**hash_alias))),
        "bad_elsewhere": both(ski(), C_ELSEWHERE),
        "bad_two_edges": both(ski(), BOTH),
        "bad_nobody": both(ski(), NOBODY),
        "bad_rate": unit(SKI_CBOR, B, cbor(tls13())) * 30,
        "bad_empty": both({}),
    }


# --- HTTP ---

def http_sequences() -> dict[str, bytes]:
    host = b"Host: keyserver.example\r\n"
    get = b"GET %s HTTP/1.1\r\n" + host + b"\r\n"
    body = cbor(ski())
    post = b"POST /ski HTTP/1.1\r\n" + host + b"Content-Type: application/cbor\r\n"
    chunked = post + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    counted = post + b"Content-Length: %d\r\n\r\n" % len(body) + body
    texts = {
        "ping": get % b"/ping",
        "capabilities": get % b"/capabilities",
        "capabilities_cbor": get[:-2] % b"/capabilities" + b"Accept: application/cbor\r\n\r\n",
        "chunked": chunked,
        "pipelined": get % b"/ping" + counted + get % b"/capabilities",
        "continue": post + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body) + body,
        "query": get % b"/ping?a",
        "path": get % b"/other",
        "method": get.replace(b"GET", b"PUT") % b"/ski",
        "foreign_host": get.replace(b"keyserver", b"other") % b"/ping",
        "origin": get.replace(b"\r\n\r\n", b"\r\nOrigin: null\r\n\r\n") % b"/ping",
        "accept": get.replace(b"\r\n\r\n", b"\r\nAccept: text/html\r\n\r\n") % b"/capabilities",
        "type": counted.replace(b"cbor", b"text"),
        "encoded": counted.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"),
        "too_long": post + b"Content-Length: 100000\r\n\r\n",
        "two_lengths": counted.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
        "head": get.replace(b"GET", b"HEAD") % b"/ping",
    }
    begun = unit(HTTP, A, counted[:60])
    ping = unit(HTTP, A, texts["ping"])
    for_nobody = ("ping", "capabilities", "chunked")
    seeds = {f"http_{name}": unit(HTTP, A, text) + ping for name, text in texts.items()}
    seeds |= {f"http_{name}_of_nobody": unit(HTTP, NOBODY, texts[name]) for name in for_nobody}
    return seeds | {
        "http_octet_by_octet": unit(HTTP, A, texts["pipelined"], 1),
        "http_cut_off": begun + unit(END, A, cut=HALF_CLOSED),
        "http_expired": begun + unit(END, A, cut=EXPIRED),
        "http_drained": begun + unit(END, A, cut=DRAINED),
    }


# --- LURK ---

def tls12(kind: int, payload: bytes = b"", who: int = A, **header: Any) -> bytes:
    return unit(LURK, who, message(1, kind, payload, **header))


def proof(key: str, scheme: bytes, bits: int = 128) -> bytes:
    """poo_prf, commitment and response for the point 2G, with v = 3."""
    curve = curves.CURVES["secp256r1"]
    bg, vg = ownership.public(curve, 2), ownership.public(curve, 3)
    c = ownership.challenge(curve, vg, bg, CLIENT_RANDOM + S, key_id(key), b"\0", scheme, params(bg), bits)
    return bytes([bits // 128]) + vector(vg) + ownership.response(curve, 3, c, 2)


def params(point: bytes, group: int = 0x0017) -> bytes:
    return b"\3" + group.to_bytes(2, "big") + vector(point)


def ecdhe(key: str = "lurk_sign", scheme: bytes = b"\x08\x07", tail: bytes | None = None) -> bytes:
    head = key_id(key) + b"\0" + CLIENT_RANDOM + S + scheme
    point = ownership.public(curves.CURVES["secp256r1"], 2)
    return head + params(point) + (proof(key, scheme) if tail is None else tail)


def rsa_master(key: str = "lurk_decrypt", prf_hash: int = 0, s: bytes = S) -> bytes:
    ciphertext = vector(encrypted(key, HIDDEN_PREMASTER), 2)
    return key_id(key) + b"\0" + bytes([prf_hash]) + CLIENT_RANDOM + s + ciphertext


def prf(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    out, block = b"", label + seed
    while len(out) < length:
        block = hmac.digest(secret, block, "sha384")
        out += hmac.digest(secret, block + label + seed, "sha384")
    return out[:length]


def flight(extended: bool, random: bytes) -> bytes:
    """The handshake of the suite with SHA-384, with a key that is served."""
    shape = Flight() if extended else Flight(client_extensions=b"", server_extensions=b"")
    bodies = dict(shape.bodies())
    sequence, name = 0x30, element(0x30, b"")
    tbs = element(2, b"\1") + 4 * name + spki("lurk_decrypt")
    certificate = element(sequence, element(sequence, tbs) + name + element(3, b"\0"))
    bodies[2] = bodies[2].replace(S, random)
    bodies[11] = vector(vector(certificate, 3), 3)
    bodies[16] = vector(encrypted("lurk_decrypt", HIDDEN_PREMASTER), 2)
    return joined(list(bodies.items()), False)


def handshake(kind: int, verify_data: bytes | None = None) -> bytes:
    """With the client's Finished, as TLS 1.2 has it, where there must be one."""
    extended = kind != MASTER_WITH_POH
    fresh = S[:4] + hashlib.sha256(S + b"tls12 pfs").digest()[4:]
    session = hashlib.sha384(flight(extended, fresh)).digest()
    if extended:
        master = prf(HIDDEN_PREMASTER, b"extended master secret", session, 48)
    else:
        master = prf(HIDDEN_PREMASTER, b"master secret", CLIENT_RANDOM + fresh, 48)
    finished = prf(master, b"client finished", session, 12) if verify_data is None else verify_data
    messages = vector(flight(extended, S), 2)
    return key_id("lurk_decrypt") + b"\0" + messages + (b"" if kind == EXTENDED else finished)


def lurk_sequences() -> dict[str, bytes]:
    other = {"key": "lurk_other", "scheme": b"\5\3"}
    x25519_params = params(b"\x09" + bytes(31), 0x001d)
    without_proof = ecdhe()[:72] + x25519_params + b"\0"
    ping = message(0, 1)
    stale = (int.from_bytes(S[:4], "big") - 31).to_bytes(4, "big") + S[4:]
    return {
        "lurk_ping": unit(LURK, A, ping) + tls12(1),
        "lurk_capabilities": unit(LURK, A, message(0, 0)) + tls12(0) + tls12(0, who=B),
        "lurk_ecdhe": tls12(ECDHE, ecdhe()),
        "lurk_ecdhe_256": tls12(ECDHE, ecdhe(tail=proof("lurk_sign", b"\x08\x07", 256))),
        "lurk_ecdhe_of_b": tls12(ECDHE, ecdhe(**other), B),
        "lurk_ecdhe_x25519": tls12(ECDHE, without_proof),
        "lurk_ecdhe_no_proof": tls12(ECDHE, ecdhe(tail=b"\0")),
        "lurk_ecdhe_wrong_proof": tls12(ECDHE, ecdhe()[:-1] + b"\0"),
        "lurk_ecdhe_scheme": tls12(ECDHE, ecdhe(scheme=b"\4\3")),
        "lurk_ecdhe_key_of_b": tls12(ECDHE, ecdhe(**other)),
        "lurk_ecdhe_ski_key": tls12(ECDHE, ecdhe("sign", b"\4\3")),
        "lurk_ecdhe_replay": 2 * tls12(ECDHE, ecdhe()),
        "lurk_ecdhe_late": wait(31) + tls12(ECDHE, ecdhe()),
        "lurk_master": tls12(RSA_MASTER, rsa_master()),
        "lurk_master_384": tls12(RSA_MASTER, rsa_master(prf_hash=1)),
        "lurk_master_of_b": tls12(RSA_MASTER, rsa_master(), B),
        "lurk_master_two_edges_one_ciphertext": tls12(RSA_MASTER, rsa_master())
        + tls12(RSA_MASTER, rsa_master(), B),
        "lurk_master_stale": tls12(RSA_MASTER, rsa_master(s=stale)),
        "lurk_master_with_sign_key": tls12(RSA_MASTER, key_id("lurk_sign") + rsa_master()[5:]),
        "lurk_master_raw": tls12(RSA_MASTER, rsa_master()[:71] + encrypted("lurk_decrypt", HIDDEN_PREMASTER)),
        "lurk_master_with_poh": tls12(MASTER_WITH_POH, handshake(MASTER_WITH_POH)),
        "lurk_extended": tls12(EXTENDED, handshake(EXTENDED)),
        "lurk_extended_with_poh": tls12(EXTENDED_WITH_POH, handshake(EXTENDED_WITH_POH)),
        "lurk_extended_of_b": tls12(EXTENDED, handshake(EXTENDED), B),
        "lurk_wrong_finished": tls12(EXTENDED_WITH_POH, handshake(EXTENDED_WITH_POH, bytes(12))),
        "lurk_stranger": tls12(ECDHE, ecdhe(), NOBODY),
        "lurk_type": tls12(7),
        "lurk_status": tls12(1, status=1) * 9,
        "lurk_extension": unit(LURK, A, message(2, 1)) + unit(LURK, A, message(1, 1, version=2)),
        "lurk_length": unit(LURK, A, message(1, 1, length=15)),
        "lurk_limit": unit(LURK, A, message(1, 6, length=8193)),
        "lurk_payload": unit(LURK, A, message(0, 1, b"x")) + tls12(1, b"x"),
        "lurk_pieces": unit(LURK, A, ping + message(1, 0) + message(1, RSA_MASTER, rsa_master()), 5),
        "lurk_halves": unit(LURK, A, ping[:9]) + unit(LURK, A, ping[9:]),
        "lurk_cut_off": unit(LURK, A, ping[:9]) + unit(END, A, cut=EXPIRED) + unit(LURK, A, ping),
        "lurk_rate": tls12(1, who=B) * 30 + wait(2) + tls12(1, who=B),
    }


def sequences() -> dict[str, bytes]:
    return {"nothing": b"", "head_only": b"\0\0\0"} | ski_sequences() | http_sequences() | lurk_sequences()


def without_memory() -> dict[str, bytes]:
    """Good units, each with one allocation that fails."""
    good = {
        "ecdhe": unit(SKI_CBOR, A, cbor(ski())),
        "ecdhe_json": unit(SKI_JSON, A, as_json(ski())),
        "premaster": unit(SKI_CBOR, A, cbor(decrypt())),
        "denied": unit(SKI_JSON, A, as_json(ski(protocol="TLS 1.1"))),
        "capabilities": unit(HTTP, A, b"GET /capabilities HTTP/1.1\r\nHost: keyserver.example\r\n\r\n"),
        "lurk_ping": tls12(1),
        "lurk_capabilities": tls12(0),
        "lurk_ecdhe": tls12(ECDHE, ecdhe()),
        "lurk_master": tls12(RSA_MASTER, rsa_master()),
        "lurk_extended_with_poh": tls12(EXTENDED_WITH_POH, handshake(EXTENDED_WITH_POH)),
        "lurk_refused": tls12(ECDHE, ecdhe("sign", b"\4\3")),
    }
    fails = {1 + number: 6 * (1 + number) for number in range(16)}
    return {
        f"{name}_{number}": octets[:1] + bytes([who]) + octets[2:]
        for name, octets in good.items()
        for number, who in fails.items()
    }
