"""LURK messages of the base protocol and of tls12: headers and payloads."""

from __future__ import annotations

import json
import struct
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[2] / "lurk" / "tls" / "test" / "vectors.json"

KEY_ID = bytes.fromhex("001a2b3c4d")
CLIENT_RANDOM = bytes(range(32))
S = bytes.fromhex("65a0b1c2") + bytes(range(0xff, 0xe3, -1))
STATE = bytes.fromhex("a1a2a3a4")
CURVES = {"secp256r1": (0x0017, 65, 32), "secp384r1": (0x0018, 97, 48), "secp521r1": (0x0019, 133, 66)}


def vector(octets: bytes, prefix: int = 1) -> bytes:
    return len(octets).to_bytes(prefix, "big") + octets


# --- headers ---

def message(designation: int, kind: int, payload: bytes = b"", status: int = 0, version: int = 1,
            length: int | None = None, counted: int = 16) -> bytes:
    claimed = len(payload) + counted if length is None else length
    return struct.pack(">BBBBQI", designation, version, kind, status, 0x1122334455667788, claimed) + payload


def headers() -> dict[str, bytes]:
    """The first octet: even when length counts the whole message, odd when it counts the payload."""
    ping = message(0, 1)
    seeds = {
        "good_ping": b"\0" + ping,
        "good_ping_payload_only": b"\1" + message(0, 1, counted=0),
        "good_three": b"\0" + ping + message(1, 6, bytes(100)) + message(1, 2, bytes(200)),
        "good_three_payload_only": b"\1" + message(0, 0, counted=0) + 2 * message(1, 6, bytes(99), counted=0),
        "good_answers": b"\0" + message(1, 6, bytes(76), 1) + message(0, 6, STATE, 5),
        "good_limit": b"\0" + message(1, 2, length=4096),
        "bad_limit": b"\0" + message(1, 2, length=4097),
        "bad_limit_payload_only": b"\1" + message(1, 2, length=4081),
        "bad_convention": b"\0" + message(0, 1, counted=0),
        "bad_cut_off": b"\0" + ping[:15],
        "bad_cut_payload": b"\0" + message(1, 6, bytes(100))[:-1],
        "bad_empty": b"",
        "bad_no_message": b"\0",
        "bad_unknown": b"\0" + message(255, 255, b"", 255, 255),
    }
    for length in (0, 1, 15, 0x80000000, 0xffffffff, 0xfffffff0):
        seeds[f"bad_length_{length:08x}"] = b"\0" + message(1, 6, bytes(20), length=length)
    return seeds


def base_capabilities() -> dict[str, bytes]:
    extensions, types = vector(bytes.fromhex("00010101"), 2), vector(b"\0\1", 2)
    return {
        "good": extensions + types + STATE,
        "good_pylurk": extensions + STATE,
        "good_one": vector(b"\0\1", 2) + types + STATE,
        "good_unknown": vector(bytes.fromhex("0001 0101 0201 ff07"), 2) + vector(b"\0\1\7", 2) + STATE,
        "good_twice": vector(bytes.fromhex("0001 0101 0101"), 2) + STATE,
        "bad_empty": b"",
        "bad_no_extensions": vector(b"", 2) + types + STATE,
        "bad_odd": vector(b"\0\1\1", 2) + types + STATE,
        "bad_no_lurk": vector(b"\1\1", 2) + types + STATE,
        "bad_beyond": b"\0\x40" + extensions[2:] + STATE,
        "bad_no_types": extensions + vector(b"", 2) + STATE,
        "bad_one_type": extensions + vector(b"\0", 2) + STATE,
        "bad_state": extensions + types + STATE[:3],
        "bad_trailing": extensions + types + STATE + b"\0",
    }


# --- requests ---

def rsa_masters() -> dict[str, bytes]:
    def request(
        head: bytes = KEY_ID + b"\0", prf_hash: int = 0, premaster: bytes = vector(bytes(256), 2)
    ) -> bytes:
        return head + bytes([prf_hash]) + CLIENT_RANDOM + S + premaster

    good = request()
    return {
        "good": good,
        "good_sha384": request(prf_hash=1),
        "good_sha512": request(prf_hash=2),
        "good_no_ciphertext": request(premaster=vector(b"", 2)),
        "bad_empty": b"",
        "bad_key_id_type": request(b"\1" + KEY_ID[1:] + b"\0"),
        "bad_key_id": KEY_ID[:4],
        "bad_freshness": request(KEY_ID + b"\xff"),
        "bad_prf_hash": request(prf_hash=3),
        "bad_randoms": good[:70],
        "bad_raw_ciphertext": request(premaster=b"\xee" * 256),
        "bad_cut_off": good[:-1],
        "bad_trailing": good + b"\0",
    }


def rsa_handshakes() -> dict[str, bytes]:
    """The first octet: 0 rsa_master_with_poh, 1 rsa_extended_master, 2 rsa_extended_master_with_poh."""
    head, verify_data = KEY_ID + b"\0", b"\xf1" * 12

    def request(choice: int, messages: bytes, tail: bytes | None = None) -> bytes:
        default = b"" if choice == 1 else verify_data
        return bytes([choice]) + head + messages + (default if tail is None else tail)

    messages = vector(bytes(64), 2)
    seeds = {f"good_{choice}": request(choice, messages) for choice in range(3)}
    seeds |= {
        "good_shortest": request(1, vector(b"\1\1", 2)),
        "bad_empty": b"",
        "bad_no_payload": b"\0",
        "bad_no_messages": request(1, vector(b"", 2)),
        "bad_one_octet": request(1, vector(b"\1", 2)),
        "bad_beyond": request(1, b"\xff\xff" + bytes(64)),
        "bad_verify_data_missing": request(0, messages, b""),
        "bad_verify_data_short": request(2, messages, verify_data[:11]),
        "bad_verify_data_long": request(2, messages, verify_data + b"\0"),
        "bad_verify_data_header": request(0, messages, b"\x14\0\0\x0c" + verify_data),
        "bad_verify_data_extra": request(1, messages, verify_data),
        "bad_key_id_type": b"\1\1" + KEY_ID[1:] + b"\0" + messages,
        "bad_freshness": b"\1" + KEY_ID + b"\xff" + messages,
    }
    return seeds


def ecdhe_requests() -> dict[str, bytes]:
    head = KEY_ID + b"\0" + CLIENT_RANDOM + S + b"\4\3"

    def params(group: int, length: int, kind: int = 3) -> bytes:
        return struct.pack(">BH", kind, group) + vector(b"\4" + b"\xab" * (length - 1))

    seeds: dict[str, bytes] = {}
    for name, (group, length, order) in CURVES.items():
        seeds[f"good_{name}_null"] = head + params(group, length) + b"\0"
        for poo_prf in (1, 2):
            proof = bytes([poo_prf]) + vector(b"\4" + b"\xcd" * (length - 1)) + b"\xef" * order
            seeds[f"good_{name}_{poo_prf}"] = head + params(group, length) + proof
    p256 = params(0x0017, 65)
    proof = b"\2" + vector(b"\4" + b"\xcd" * 64) + b"\xef" * 32
    seeds |= {
        "good_x25519": head + b"\3\0\x1d" + vector(b"\xab" * 32) + b"\0",
        "good_infinity": head + b"\3\0\x17" + vector(b"\0") + b"\0",
        "good_commitment_infinity": head + p256 + b"\2" + vector(b"\0") + b"\xef" * 32,
        "bad_empty": b"",
        "bad_key_id_type": b"\1" + (head + p256)[1:] + b"\0",
        "bad_freshness": KEY_ID + b"\xff" + head[6:] + p256 + b"\0",
        "bad_explicit": head + params(0x0017, 65, 1) + b"\0",
        "bad_curve": head + params(0x001e, 56) + b"\0",
        "bad_pylurk": head + b"\3\x17\4" + bytes(64) + b"\0",
        "bad_no_point": head + b"\3\0\x17\0\0",
        "bad_no_proof": head + p256,
        "bad_poo_prf": head + p256 + b"\3" + proof[1:],
        "bad_null_with_proof": head + p256 + b"\0" + proof[1:],
        "bad_x25519_proof": head + b"\3\0\x1d" + vector(b"\xab" * 32) + b"\1" + vector(bytes(32)) + bytes(32),
        "bad_response_short": head + p256 + proof[:-1],
        "bad_response_long": head + p256 + proof + b"\0",
        "bad_response_16": head + p256 + proof[:-16],
        "bad_commitment_overlaps": head + p256 + b"\2\x42" + proof[2:],
        "bad_trailing": head + p256 + b"\0\0",
    }
    return seeds


def proofs() -> dict[str, bytes]:
    """Of the vectors of lurk/tls: requests whose proofs are true, and those of one curve with forged ones."""
    vectors = json.loads(VECTORS.read_text())["proofs"]
    seeds = {
        vector["comment"].replace(" ", "_").replace("=", "is"): bytes.fromhex(vector["payload"])
        for vector in vectors
        if vector["status"] == "ok" or vector["comment"].startswith("secp256r1 SHA256_256")
    }
    return seeds | {"null": ecdhe_requests()["good_secp256r1_null"]}


# --- answers ---

def answers() -> dict[str, bytes]:
    return {
        "good_ecdsa": b"\4\3" + vector(b"\x30" * 71, 2),
        "good_rsa": b"\4\1" + vector(b"\x99" * 256, 2),
        "good_master": b"\x4d" * 48,
        "bad_empty": b"",
        "bad_master_short": b"\x4d" * 47,
        "bad_master_long": b"\x4d" * 49,
        "bad_no_signature": b"\4\3\0\0",
        "bad_beyond": b"\4\3\xff\xff\x30",
        "bad_trailing": b"\4\3" + vector(b"\x30" * 71, 2) + b"\0",
    }


def tls12_capabilities() -> dict[str, bytes]:
    def item(kind: int, body: bytes = b"") -> bytes:
        return vector(bytes([kind]) + body, 4)

    common = vector(b"\0") + vector(b"") + vector(b"\0")
    rsa = common + vector(bytes.fromhex("009c009d")) + vector(b"\0\1\2")
    ecdhe = common + vector(b"") + vector(bytes.fromhex("04030401")) + vector(bytes.fromhex("001700180019")) \
        + vector(b"\0\x17") + vector(b"\0\1\2")
    rsa_items = b"".join(item(kind, rsa) for kind in range(2, 6))
    everything = item(0) + item(1) + rsa_items + item(6, ecdhe) + STATE
    return {
        "good": everything,
        "good_ecdhe": item(6, ecdhe) + STATE,
        "good_nothing": STATE,
        "good_unknown": item(9, b"abc") + item(1) + STATE,
        "good_certificate": item(2, vector(b"\0") + vector(b"\0\0\0\3abc") + rsa[3:]) + STATE,
        "good_order": item(1) + item(0) + STATE,
        "bad_empty": b"",
        "bad_state": item(1) + STATE[:3],
        "bad_twice": item(1) + item(1) + STATE,
        "bad_no_type": bytes(4) + item(1) + STATE,
        "bad_beyond": b"\0\0\0\x40" + everything[4:40],
        "bad_odd": item(2, common + vector(b"\0\x9c\0") + vector(b"\0")) + STATE,
        "bad_short": item(6, ecdhe[:-4]) + STATE,
        "bad_long": item(6, ecdhe + b"\0") + STATE,
        "bad_cut_off": everything[:-9],
    }
