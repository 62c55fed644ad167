"""RSAES-PKCS1-v1_5 by hand (RFC 8017 §7.2.1): blocks that are right, and blocks that a good encrypter never
makes."""

from __future__ import annotations

import random

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

PMS_LENGTH = 48


def modulus_length(key: RSAPublicKey) -> int:
    """Octets of the modulus, hence of every ciphertext."""
    return (key.key_size + 7) // 8


def premaster(rng: random.Random, version: int = 0x0303) -> bytes:
    """PreMasterSecret (RFC 5246 §7.4.7.1): version and 46 random octets."""
    return version.to_bytes(2, "big") + rng.randbytes(PMS_LENGTH - 2)


def padding(rng: random.Random, length: int) -> bytes:
    return bytes(rng.choices(range(1, 256), k=length))


def block(
    key: RSAPublicKey,
    message: bytes,
    rng: random.Random,
    *,
    first: int = 0,
    kind: int = 2,
    separator: bytes = b"\0",
    pad: bytes | None = None,
) -> bytes:
    """An encryption block 00 02 PS 00 M; each part can be replaced. The block always has the length of the
    modulus."""
    room = modulus_length(key) - 2 - len(separator) - len(message)
    if pad is None:
        pad = padding(rng, room)
    if len(pad) != room:
        raise ValueError(f"padding of {len(pad)} octets, the block needs {room}")
    return bytes([first, kind]) + pad + separator + message


def encrypt_block(key: RSAPublicKey, octets: bytes) -> bytes:
    """Raw RSA of a block, m^e mod n, in octets of the modulus."""
    return encrypt_number(key, int.from_bytes(octets, "big"))


def encrypt_number(key: RSAPublicKey, number: int) -> bytes:
    public = key.public_numbers()
    return pow(number, public.e, public.n).to_bytes(modulus_length(key), "big")


def encrypt(key: RSAPublicKey, message: bytes, rng: random.Random) -> bytes:
    """A well-formed ciphertext of `message`."""
    return encrypt_block(key, block(key, message, rng))
