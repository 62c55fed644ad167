#!/usr/bin/python3
"""Writes lurk/crypto/test/vectors.json from the keys beside it. Expected values come from crypto_reference
and from how an input was made, never from the libraries under test."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils

import crypto_reference as reference
from crypto_reference import HASHES, PrivateKey, RsaPrivateKey, Scheme
from make_crypto_keys import KEY_FILES, KEYS, der, integer, openssl, sequence

Vector = dict[str, Any]


@cache  # the library checks each key that it loads, slowly
def load(name: str) -> PrivateKey:
    key = serialization.load_pem_private_key((KEYS / name).read_bytes(), None)
    assert isinstance(key, (RsaPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey))
    return key


def load_rsa(name: str) -> RsaPrivateKey:
    key = load(name)
    assert isinstance(key, RsaPrivateKey)
    return key


def spki_of(key: PrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def type_of(key: PrivateKey) -> str:
    if isinstance(key, RsaPrivateKey):
        return "RSA"
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return f"P-{key.curve.key_size}"
    return "Ed25519"


# --- hashes: FIPS 180-4 examples, RFC 4231 test cases ---

def digests() -> Iterator[Vector]:
    for message in (b"", b"abc", b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", b"a" * 1000):
        for name in HASHES:
            yield {"hash": name, "data": message.hex(),
                   "digest": hashlib.new(name.replace("-", "").lower(), message).hexdigest()}


def hmacs() -> Iterator[Vector]:
    cases = [(b"", b""), (b"\x0b" * 20, b"Hi There"), (b"Jefe", b"what do ya want for nothing?"),
             (b"\xaa" * 131, b"Test Using Larger Than Block-Size Key - Hash Key First")]
    for key, data in cases:
        for name in HASHES:
            yield {"hash": name, "key": key.hex(), "data": data.hex(),
                   "mac": hmac.new(key, data, name.replace("-", "").lower()).hexdigest()}


# --- keys ---

def keys() -> Iterator[Vector]:
    for name in KEY_FILES:
        first_word = name.partition("-")[0]
        if first_word in ("unsupported", "malformed"):
            yield {"file": name, "status": first_word}
        else:
            key = load(name)
            yield {"file": name, "status": "ok", "type": type_of(key), "spki": spki_of(key).hex(),
                   "modulus_len": reference.modulus_len(key) if isinstance(key, RsaPrivateKey) else 0}


def public_keys() -> Iterator[Vector]:
    p256, rsa2048, ed = (spki_of(load(name)) for name in ("p256.pem", "rsa2048.pem", "ed25519.pem"))

    def one(comment: str, spki: bytes, status: str) -> Vector:
        return {"comment": comment, "spki": spki.hex(), "status": status}

    for name, spki in (("P-256", p256), ("RSA", rsa2048), ("Ed25519", ed)):
        yield one(name, spki, "ok")
        yield one(f"{name}, an octet after it", spki + b"\0", "malformed")
        yield one(f"{name}, cut", spki[:-1], "malformed")
    yield one("nothing", b"", "malformed")
    yield one("P-256, off the curve", p256[:-1] + bytes([p256[-1] ^ 1]), "malformed")
    yield one("P-256, unused bits", p256.replace(b"\x03\x42\0", b"\x03\x42\1"), "malformed")
    yield one("P-256, length not minimal", b"\x30\x81" + p256[1:], "malformed")
    p256_key = load("p256.pem")
    assert isinstance(p256_key, ec.EllipticCurvePrivateKey)
    compressed = p256_key.public_key().public_bytes(serialization.Encoding.X962,
                                                    serialization.PublicFormat.CompressedPoint)
    yield one("P-256, compressed", sequence(p256[2:23], der(0x03, b"\0", compressed)), "malformed")
    yield one("P-256, infinity", sequence(p256[2:23], der(0x03, b"\0\0")), "malformed")
    algorithm, numbers = rsa2048[4:19], load_rsa("rsa2048.pem").public_key().public_numbers()

    def rsa_spki(n: int, e: int) -> bytes:
        return sequence(algorithm, der(0x03, b"\0", sequence(integer(n), integer(e))))

    yield one("RSA, e = 1", rsa_spki(numbers.n, 1), "malformed")
    yield one("RSA, e even", rsa_spki(numbers.n, 65536), "malformed")
    yield one("RSA, n even", rsa_spki(numbers.n - 1, numbers.e), "malformed")
    yield one("RSA, e of 33 bits", rsa_spki(numbers.n, (1 << 32) + 1), "unsupported")
    yield one("RSA, n of 2047 bits", rsa_spki(numbers.n >> 1 | 1, numbers.e), "unsupported")
    yield one("RSA, n negative", rsa2048.replace(b"\x02\x82\x01\x01\0", b"\x02\x82\x01\x01\x80"), "malformed")
    yield one("RSA without NULL", sequence(sequence(algorithm[2:13]), rsa2048[19:]), "unsupported")
    for name in KEY_FILES:
        if name.startswith("unsupported") and "three-primes" not in name and "without-public" not in name:
            yield one(name, openssl("pkey", "-in", name, "-pubout", "-outform", "DER"), "unsupported")


# --- signatures ---

MESSAGE = b"lurkspec signature vector"


def bent_ecdsa(key: ec.EllipticCurvePrivateKey, scheme: Scheme) -> Iterator[tuple[str, bytes]]:
    r, s = utils.decode_dss_signature(reference.sign(key, scheme, MESSAGE))
    sound = sequence(integer(r), integer(s))
    padded_r = der(0x02, b"\0" + integer(r)[2:])
    length = (r.bit_length() + 7) // 8
    yield "zero octet before r", sequence(padded_r, integer(s))
    long_form = b"\x30\x81" + sound[1:] if sound[1] < 0x80 else b"\x30\x82\0" + sound[2:]
    yield "length longer than needed", long_form
    yield "indefinite length", b"\x30\x80" + integer(r) + integer(s) + b"\0\0"
    yield "third number", sequence(integer(r), integer(s), integer(1))
    yield "octet inside the sequence", sequence(integer(r), integer(s), b"\0")
    yield "r alone", sequence(integer(r))
    yield "r = 0", sequence(integer(0), integer(s))
    yield "s = 0", sequence(integer(r), integer(0))
    negative = r | 0x80 << 8 * (length - 1)
    yield "r negative", sequence(der(0x02, negative.to_bytes(length, "big")), integer(s))
    yield "raw r and s", r.to_bytes(66, "big") + s.to_bytes(66, "big")


def bent_rsa(key: RsaPrivateKey, scheme: Scheme) -> Iterator[tuple[str, bytes]]:
    size = reference.modulus_len(key)
    n = key.public_key().public_numbers().n
    sound = int.from_bytes(reference.sign(key, scheme, MESSAGE), "big")
    yield "s = 0", bytes(size)
    yield "a zero octet in front", b"\0" + sound.to_bytes(size, "big")
    if sound + n < 1 << 8 * size:
        yield "s + n", (sound + n).to_bytes(size, "big")
    digest = HASHES[scheme.hash]
    if scheme.kind == "pss":
        longest = (key.key_size + 6) // 8 - digest.digest_size - 2
        for salt in (0, digest.digest_size - 1, digest.digest_size + 1, longest):
            yield f"salt length {salt}", key.sign(MESSAGE, padding.PSS(padding.MGF1(digest), salt), digest)
        other = HASHES["SHA-384" if scheme.hash == "SHA-256" else "SHA-256"]
        mixed = padding.PSS(padding.MGF1(other), digest.digest_size)
        yield "another mask hash", key.sign(MESSAGE, mixed, digest)
        yield "PKCS#1 v1.5", key.sign(MESSAGE, padding.PKCS1v15(), digest)
        return
    block = reference.rsa_public(key, reference.sign(key, scheme, MESSAGE))
    info = block[block.index(b"\0", 2) + 1:]
    hashed = info[-digest.digest_size:]
    without_null = sequence(sequence(info[4:15]), der(0x04, hashed))
    for comment, bent in {
        "garbage after the hash": b"\0\1" + b"\xff" * 8 + b"\0" + info + bytes(size - 11 - len(info)),
        "block type 2": b"\0\2" + block[2:],
        "padding not ff": block[:5] + b"\xfe" + block[6:],
        "short padding": b"\0\1" + b"\xff" * 7 + b"\0" + bytes(size - 10 - len(info)) + info,
        "no NULL": b"\0\1" + b"\xff" * (size - 3 - len(without_null)) + b"\0" + without_null,
        "bare hash": b"\0\1" + b"\xff" * (size - 3 - len(hashed)) + b"\0" + hashed,
    }.items():
        yield comment, reference.rsa_private(key, bent)
    yield "PSS", key.sign(MESSAGE, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)


def bent_ed25519(key: ed25519.Ed25519PrivateKey) -> Iterator[tuple[str, bytes]]:
    sound = key.sign(MESSAGE)
    order = (1 << 252) + 27742317777372353535851937790883648493
    s = int.from_bytes(sound[32:], "little")
    yield "s + group order (RFC 8032 §5.1.7)", sound[:32] + (s + order).to_bytes(32, "little")
    yield "all zero", bytes(64)


def signatures() -> Iterator[Vector]:
    for name in ("rsa2048.pem", "rsa2050.pem", "rsa4096.pem", "rsa2048-exponent-3.pem", "p256.pem",
                 "p384.pem", "p521.pem", "ed25519.pem"):
        key = load(name)
        for scheme in reference.schemes_of(key):
            sound = reference.sign(key, scheme, MESSAGE)
            bent = [("last bit", sound[:-1] + bytes([sound[-1] ^ 1])), ("cut", sound[:-1]), ("empty", b""),
                    ("octet after it", sound + b"\0"), ("too long", sound + bytes(600))]
            if isinstance(key, RsaPrivateKey):
                bent += bent_rsa(key, scheme) if key.key_size < 4096 else []
            elif isinstance(key, ec.EllipticCurvePrivateKey):
                bent += bent_ecdsa(key, scheme)
            else:
                bent += bent_ed25519(key)
            rows = [("sound", MESSAGE, sound, "ok"), ("another message", MESSAGE + b"!", sound, "mismatch")]
            rows += [(comment, MESSAGE, signature, "mismatch") for comment, signature in bent]
            for comment, message, signature, status in rows:
                yield {"key": name, "scheme": scheme.value, "comment": comment, "message": message.hex(),
                       "signature": signature.hex(), "status": status}


# --- premasters ---

def premasters_of(name: str) -> Iterator[Vector]:
    key = load_rsa(name)

    def vector(comment: str, ciphertext: bytes, version: int, sound: bytes | None) -> Vector:
        expected = sound or reference.substitute(key, ciphertext, version)
        return {"key": name, "comment": comment, "version": version, "ciphertext": ciphertext.hex(),
                "premaster": expected.hex()}

    blocks = list(reference.padding_blocks(reference.modulus_len(key)))
    for block in blocks:
        ciphertext = reference.rsa_public(key, block.octets)
        yield vector(block.comment, ciphertext, 0x0303, block.octets[-48:] if block.sound else None)
    for comment, ciphertext in reference.range_ciphertexts(key):
        yield vector(comment, ciphertext, 0x0303, None)
    good = blocks[0].octets
    yield vector("TLS 1.2 in it, DTLS 1.2 asked for", reference.rsa_public(key, good), 0xfefd, None)
    dtls = good[:-48] + b"\xfe\xfd" + good[-46:]
    yield vector("DTLS 1.2", reference.rsa_public(key, dtls), 0xfefd, dtls[-48:])


def premasters() -> Iterator[Vector]:
    for name in ("rsa2048.pem", "rsa2050.pem", "rsa4096.pem"):
        yield from premasters_of(name)


# --- points ---

# FIPS 186-4 App. D.1.2
PRIMES = {0x0017: 2**256 - 2**224 + 2**192 + 2**96 - 1, 0x0018: 2**384 - 2**128 - 2**96 + 2**32 - 1,
          0x0019: 2**521 - 1}
# RFC 7748 §6.1: orders 2, 4, 8, 8, 4 and two numbers that are the first ones again, modulo p
SMALL_ORDER = [0, 1, 325606250916557431795983626356110631294008115727848805560023387167927233504,
               39382357235489614581723060781553021112529911719440698176882885853963445705823,
               2**255 - 20, 2**255 - 19, 2**255 - 18]


def smallest_point(curve: ec.EllipticCurve, length: int) -> tuple[int, int]:
    for x in range(1000):
        try:
            numbers = ec.EllipticCurvePublicKey.from_encoded_point(curve, b"\2" + x.to_bytes(length, "big"))
        except ValueError:
            continue
        return x, numbers.public_numbers().y
    raise AssertionError("every second x is on the curve")


def nist_points(group: int) -> Iterator[tuple[str, bytes, bool]]:
    curve, p = reference.GROUPS[group], PRIMES[group]
    length = (curve.key_size + 7) // 8

    def point(x: int, y: int, form: int = 4) -> bytes:
        return bytes([form]) + x.to_bytes(length, "big") + y.to_bytes(length, "big")

    numbers = ec.derive_private_key(0x123456789abcdef, curve).public_key().public_numbers()
    x, y = numbers.x, numbers.y
    small_x, its_y = smallest_point(curve, length)
    yield "on the curve", point(x, y), True
    yield "its negative", point(x, p - y), True
    yield "smallest x", point(small_x, its_y), True
    yield "off the curve, y + 1", point(x, y + 1), False
    yield "off the curve, x and y exchanged", point(y, x), False
    yield "off the curve, (0, 0)", point(0, 0), False
    yield "off the curve, (1, 1)", point(1, 1), False
    yield "x + p", point(small_x + p, its_y), False
    yield "all ff", b"\4" + b"\xff" * (2 * length), False
    if group == 0x0019:
        yield "y + p", point(x, y + p), False
    yield "negative y", point(x, p), False
    yield "infinity", b"\0", False
    yield "infinity, full length", bytes(2 * length + 1), False
    yield "compressed", bytes([2 + y % 2]) + x.to_bytes(length, "big"), False
    for form in (0, 2, 3, 5, 6, 7, 0x84):
        yield f"first octet {form:02x}", point(x, y, form), False
    yield "empty", b"", False
    yield "cut", point(x, y)[:-1], False
    yield "octet after it", point(x, y) + b"\0", False
    yield "without its first octet", point(x, y)[1:], False


def x25519_points() -> Iterator[tuple[str, bytes, bool]]:
    for u in SMALL_ORDER:
        for top in (0, 1 << 255):
            yield f"small order, top bit {top >> 255}", (u + top).to_bytes(32, "little"), False
    for u in (2, 9, 2**255 - 21, 2**255 - 17, 2**255 - 1, 2**256 - 1, 2**255 + 9):
        yield f"u = {u}", u.to_bytes(32, "little"), True
    for length in (0, 31, 33, 65):
        yield f"{length} octets", b"\x09" + bytes(length - 1) if length else b"", False


def points() -> Iterator[Vector]:
    for group in (*PRIMES, reference.X25519):
        for comment, point, valid in nist_points(group) if group in PRIMES else x25519_points():
            assert reference.point_is_valid(group, point) == valid, (group, comment)
            yield {"group": group, "comment": comment, "point": point.hex(),
                   "status": "ok" if valid else "malformed"}
    for group in (0x0000, 0x0015, 0x0016, 0x001a, 0x001e, 0x0100, 0xff01, 0xffff):
        yield {"group": group, "comment": "not offered", "point": "04" + "01" * 64, "status": "unsupported"}


def main() -> None:
    vectors = {make.__name__: list(make())
               for make in (digests, hmacs, keys, public_keys, signatures, premasters, points)}
    (KEYS.parent / "vectors.json").write_text(json.dumps(vectors, indent=0) + "\n")


if __name__ == "__main__":
    main()
