"""RSA ciphertexts that no good encrypter makes: labelled variants for each row of the catalogue."""

from __future__ import annotations

import random
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..codecs import pkcs1

Ciphertexts = dict[str, bytes]


def _premaster_of(rng: random.Random, length: int) -> bytes:
    return (pkcs1.premaster(rng) + rng.randbytes(1))[:length]


def block_type(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    message = pkcs1.premaster(rng)
    return {
        f"00 {kind:02x}": pkcs1.encrypt_block(key, pkcs1.block(key, message, rng, kind=kind))
        for kind in (0, 1, 3, 0x12, 0x82)
    }


def first_octet(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    message = pkcs1.premaster(rng)
    # A first octet as large as the modulus's own would exceed it.
    return {
        f"{first:02x} 02": pkcs1.encrypt_block(key, pkcs1.block(key, message, rng, first=first))
        for first in (1, 2, 0x7F)
    }


def zero_in_padding(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    message = pkcs1.premaster(rng)
    room = pkcs1.modulus_length(key) - 3 - len(message)
    made = {}
    for at in range(8):
        pad = bytearray(pkcs1.padding(rng, room))
        pad[at] = 0
        made[f"zero at {at}"] = pkcs1.encrypt_block(key, pkcs1.block(key, message, rng, pad=bytes(pad)))
    return made


def no_separator(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    message = bytes(b or 1 for b in pkcs1.premaster(rng))
    room = pkcs1.modulus_length(key) - 2 - len(message)
    return {
        "none": pkcs1.encrypt_block(
            key, pkcs1.block(key, message, rng, separator=b"", pad=pkcs1.padding(rng, room))
        )
    }


def premaster_length(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    return {f"{n} octets": pkcs1.encrypt(key, _premaster_of(rng, n), rng) for n in (0, 1, 2, 46, 47, 49)}


def premaster_version(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    return {
        f"{version:04x}": pkcs1.encrypt(key, pkcs1.premaster(rng, version), rng)
        for version in (0x0302, 0x0301, 0x0300, 0x0304, 0x0000, 0xFFFF, 0xFEFD)
    }


def number_range(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    n, length = key.public_numbers().n, pkcs1.modulus_length(key)
    numbers = {"0": 0, "1": 1, "n-1": n - 1, "n": n, "n+1": n + 1, "2^k-1": 2**key.key_size - 1}
    return {label: number.to_bytes(length, "big") for label, number in numbers.items()}


def other_paddings(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    made = {}
    for name, algorithm in (("SHA-1", hashes.SHA1()), ("SHA-256", hashes.SHA256())):
        oaep = padding.OAEP(padding.MGF1(algorithm), algorithm, None)
        made[f"OAEP {name}"] = key.encrypt(pkcs1.premaster(rng), oaep)
    signer = rsa.generate_private_key(65537, key.key_size)
    signature = signer.sign(b"block", padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    public = signer.public_key().public_numbers()
    pss_block = pow(int.from_bytes(signature, "big"), public.e, public.n)
    return made | {"PSS block": pkcs1.encrypt_number(key, pss_block % key.public_numbers().n)}


BAD: dict[str, Callable[[rsa.RSAPublicKey, random.Random], Ciphertexts]] = {
    "BL-01": block_type,
    "BL-02": first_octet,
    "BL-03": zero_in_padding,
    "BL-04": no_separator,
    "BL-05": premaster_length,
    "BL-06": premaster_version,
    "BL-07": number_range,
}


def all_bad(key: rsa.RSAPublicKey, rng: random.Random) -> Ciphertexts:
    return {f"{row} {label}": c for row, make in BAD.items() for label, c in make(key, rng).items()}


def timed_ciphertexts(key: rsa.RSAPublicKey, rng: random.Random) -> tuple[list[bytes], list[bytes]]:
    """Good and bad ones, as many of each. Numbers that are special as they stand (BL-07) may take their own
    time, for whoever sends one knows it."""
    bad = [c for row in sorted(set(BAD) - {"BL-07"}) for c in BAD[row](key, rng).values()]
    return [pkcs1.encrypt(key, pkcs1.premaster(rng), rng) for _ in bad], bad
