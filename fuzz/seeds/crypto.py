"""What two implementations of the cryptography are compared on: fuzz/crypto_pair.c has the format."""

from __future__ import annotations

from .keyserver import PREMASTER, ROOT, curves, encrypted, ownership, spki

CIPHERTEXT, BLOCK, POINT, SUM, VERIFY, SIGNED, SPKI, PEM, HASH = range(9)
KEYS = ROOT / "lurk" / "crypto" / "test" / "keys"
RSA_PKCS1, RSA_PSS, ECDSA, ED25519 = range(4)
P256, P384, EDWARDS, RSA = range(4)
GROUPS = {"secp256r1": 32, "secp384r1": 48, "secp521r1": 66}


def op(kind: int, *parts: bytes | int) -> bytes:
    return bytes([kind]) + b"".join(bytes([part]) if isinstance(part, int) else part for part in parts)


def decryptions() -> dict[str, bytes]:
    seeds = {
        "ciphertext": op(CIPHERTEXT, 0, encrypted("decrypt", PREMASTER)),
        "ciphertext_zero": op(CIPHERTEXT, 0, bytes(256)),
        "ciphertext_one": op(CIPHERTEXT, 1, bytes(255) + b"\1"),
        "ciphertext_above": op(CIPHERTEXT, 0, b"\xff" * 256),
        "ciphertext_short": op(CIPHERTEXT, 0, bytes(255)),
        "ciphertext_long": op(CIPHERTEXT, 0, bytes(257)),
        "block": op(BLOCK, 0),
        "block_dtls": op(BLOCK, 1),
    }
    changes = {"first": (0, 1), "type": (1, 1), "early_zero": (5, 0), "zero_in_padding": (100, 0),
               "late_zero": (207, 1), "version": (208, 2), "minor": (209, 4), "premaster": (255, 0)}
    return seeds | {f"block_{name}": op(BLOCK, 0, *change) for name, change in changes.items()}


def points() -> dict[str, bytes]:
    seeds = {}
    for number, (name, length) in enumerate(GROUPS.items()):
        curve = curves.CURVES[name]
        point = ownership.public(curve, 5)
        one, order = (1).to_bytes(length, "big"), curve.n.to_bytes(length, "big")
        most = (curve.n - 1).to_bytes(length, "big")
        seeds |= {
            f"point_{name}": op(POINT, number, point),
            f"point_off_{name}": op(POINT, number, point[:-1] + bytes([point[-1] ^ 1])),
            f"point_compressed_{name}": op(POINT, number, b"\2" + point[1: 1 + curve.octets]),
            f"point_hybrid_{name}": op(POINT, number, b"\6" + point[1:]),
            f"point_large_{name}": op(POINT, number, b"\4" + b"\xff" * (len(point) - 1)),
            f"point_infinity_{name}": op(POINT, number, b"\0"),
            f"sum_{name}": op(SUM, number, one, one, one),
            f"sum_infinity_{name}": op(SUM, number, one, most, one),
            f"sum_order_{name}": op(SUM, number, order, one, one),
            f"sum_point_{name}": op(SUM, number, one, one, bytes(length), point),
        }
    for name, value in {"base": 9, "zero": 0, "one": 1, "p": 2**255 - 19, "top": 9 + 2**255}.items():
        seeds[f"point_x25519_{name}"] = op(POINT, 3, value.to_bytes(32, "little"))
    return seeds


def signatures() -> dict[str, bytes]:
    pairs = {"rsa_pkcs1": (RSA, RSA_PKCS1), "rsa_pss": (RSA, RSA_PSS), "p256": (P256, ECDSA),
             "p384": (P384, ECDSA), "ed25519": (EDWARDS, ED25519), "wrong": (P256, ED25519)}
    seeds = {}
    for name, (key, kind) in pairs.items():
        for number, digest in enumerate(("sha256", "sha384", "sha512", "sha1")):
            seeds[f"signed_{name}_{digest}"] = op(SIGNED, key, kind + 4 * number, 0, 0, 0, 0, b"message")
        seeds[f"signed_{name}_by_the_other"] = op(SIGNED, key, kind, 1, 255, 1, 0, b"message")
        seeds[f"signed_{name}_longer"] = op(SIGNED, key, kind, 1, 0, 0, 1, b"message")
        seeds[f"signed_{name}_shorter"] = op(SIGNED, key, kind, 0, 0, 0, 2, b"message")
        seeds[f"verify_{name}_zeros"] = op(VERIFY, key, kind, b"\0\x40", bytes(64), b"message")
    der = {"zero": "3006020100020100", "one": "3006020101020101", "long_form": "308106020101020101",
           "padded": "300802020001020101", "negative": "30060201ff020101", "trailing": "300602010102010100"}
    for name, octets in der.items():
        signature = bytes.fromhex(octets)
        seeds[f"verify_der_{name}"] = op(VERIFY, P256, ECDSA, b"\0", len(signature), signature, b"message")
    return seeds


def comparisons() -> dict[str, bytes]:
    names = ("sign", "decrypt", "lurk_sign", "lurk_other", "lurk_decrypt")
    keys = {f"spki_{name}": op(SPKI, spki(name)) for name in names}
    keys |= {f"spki_trailing_{name}": op(SPKI, spki(name), 0) for name in names}
    pems = {f"pem_{path.stem}": op(PEM, path.read_bytes()) for path in sorted(KEYS.glob("*.pem"))
            if path.stat().st_size < 2500}
    hashes = {f"hash_{number}": op(HASH, number, 3, b"key and message") for number in range(5)}
    return {"nothing": b""} | decryptions() | points() | signatures() | keys | pems | hashes
