#!/usr/bin/python3
"""Writes the throw-away keys in lurk/crypto/test/keys: sound ones, and by the first word of their names those
that are "unsupported" or "malformed". A key that exists is kept."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

KEYS = Path(__file__).resolve().parents[2] / "lurk" / "crypto" / "test" / "keys"
LABEL = b"Throw-away key for the tests of lurk/crypto. Never use it.\n"


# --- DER, for keys that no tool would write ---

def der(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def sequence(*contents: bytes) -> bytes:
    return der(0x30, *contents)


def bit_string(content: bytes) -> bytes:
    return der(0x03, b"\0", content)


RSA_ENCRYPTION = sequence(bytes.fromhex("06092a864886f70d010101"), b"\x05\0")
EC_PUBLIC_KEY = bytes.fromhex("06072a8648ce3d0201")
SECP384R1 = bytes.fromhex("06052b81040022")
PRIME256V1 = bytes.fromhex("06082a8648ce3d030107")


def pem(label: str, content: bytes) -> bytes:
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (
        label.encode(), base64.encodebytes(content), label.encode())


# --- by the openssl command ---

def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], cwd=KEYS, capture_output=True, check=True).stdout


def generate(algorithm: str, *options: str) -> Callable[[], bytes]:
    arguments = [word for option in options for word in ("-pkeyopt", option)]
    return lambda: openssl("genpkey", "-algorithm", algorithm, *arguments)


def rsa_bits(bits: int, *options: str) -> Callable[[], bytes]:
    return generate("RSA", f"rsa_keygen_bits:{bits}", *options)


def curve(name: str, *options: str) -> Callable[[], bytes]:
    return generate("EC", f"ec_paramgen_curve:{name}", *options)


def converted(*arguments: str) -> Callable[[], bytes]:
    return lambda: openssl(*arguments)


def dsa() -> bytes:
    parameters = subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt",
                                 "dsa_paramgen_bits:2048"], capture_output=True, check=True).stdout
    return subprocess.run(["openssl", "genpkey", "-paramfile", "/dev/stdin"], input=parameters,
                          capture_output=True, check=True).stdout


# --- broken ones ---

def spoiled_rsa(**changes: Callable[[rsa.RSAPrivateNumbers], int]) -> Callable[[], bytes]:
    """rsa2048.pem in its PKCS#1 form, with numbers that do not fit the others."""
    def make() -> bytes:
        key = serialization.load_pem_private_key((KEYS / "rsa2048.pem").read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKeyWithSerialization)
        private = key.private_numbers()
        public = private.public_numbers
        numbers = {"n": public.n, "e": public.e, "d": private.d, "p": private.p, "q": private.q,
                   "dp": private.dmp1, "dq": private.dmq1, "qinv": private.iqmp}
        numbers |= {name: change(private) for name, change in changes.items()}
        return pem("RSA PRIVATE KEY", sequence(integer(0), *map(integer, numbers.values())))
    return make


def long_exponent(private: rsa.RSAPrivateNumbers) -> int:
    """It decrypts, but is longer than the modulus."""
    return private.d + ((private.p - 1) * (private.q - 1) << 64)


# Two more, so that each stays odd where it must be.
SPOILED_RSA = {
    "n": spoiled_rsa(n=lambda key: key.public_numbers.n + 2),
    "e": spoiled_rsa(e=lambda key: key.public_numbers.e + 2),
    "d": spoiled_rsa(d=lambda key: key.d + 2),
    "p": spoiled_rsa(p=lambda key: key.p + 2),
    "dp": spoiled_rsa(dp=lambda key: key.dmp1 + 2),
    "dq": spoiled_rsa(dq=lambda key: key.dmq1 + 2),
    "qinv": spoiled_rsa(qinv=lambda key: key.iqmp + 2),
    "p-is-1": spoiled_rsa(p=lambda key: 1, q=lambda key: key.public_numbers.n),
    "d-too-long": spoiled_rsa(d=long_exponent),
}


def p256(scalar: int, public: bytes, parameters: bytes = b"") -> bytes:
    """A PKCS#8 key of the scalar and the public point, which may disagree."""
    secret = der(0x04, scalar.to_bytes(32, "big"))
    inner = sequence(integer(1), secret, parameters, der(0xa1, bit_string(public)))
    return pem("PRIVATE KEY", sequence(integer(0), sequence(EC_PUBLIC_KEY, PRIME256V1), der(0x04, inner)))


def point_of(scalar: int) -> bytes:
    return ec.derive_private_key(scalar, ec.SECP256R1()).public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551
SCALAR = 0x1234567890abcdef << 128


KEY_FILES: dict[str, Callable[[], bytes]] = {
    "rsa2048.pem": rsa_bits(2048),
    "rsa2048-pkcs1.pem": converted("rsa", "-in", "rsa2048.pem", "-traditional"),
    "rsa2048-exponent-3.pem": rsa_bits(2048, "rsa_keygen_pubexp:3"),
    "rsa2050.pem": rsa_bits(2050),
    "rsa4096.pem": rsa_bits(4096),
    "p256.pem": curve("P-256"),
    "p256-sec1.pem": lambda: openssl("ecparam", "-name", "prime256v1") + openssl("ec", "-in", "p256.pem"),
    "p384.pem": curve("P-384"),
    "p521.pem": curve("P-521"),
    "p521-sec1.pem": converted("ec", "-in", "p521.pem"),
    "ed25519.pem": generate("ED25519"),

    "unsupported-rsa1024.pem": rsa_bits(1024),
    "unsupported-rsa2040.pem": rsa_bits(2040),
    "unsupported-rsa4104.pem": rsa_bits(4104),
    "unsupported-rsa-exponent-33-bits.pem": rsa_bits(2048, "rsa_keygen_pubexp:4294967297"),
    "unsupported-rsa-pss.pem": generate("RSA-PSS", "rsa_keygen_bits:2048"),
    "unsupported-p256-without-public.pem": converted("ec", "-in", "p256.pem", "-no_public"),
    "unsupported-rsa-three-primes.pem": rsa_bits(2048, "rsa_keygen_primes:3"),
    "unsupported-dsa.pem": dsa,
    "unsupported-p224.pem": curve("P-224"),
    "unsupported-secp256k1.pem": curve("secp256k1"),
    "unsupported-brainpool.pem": curve("brainpoolP256r1"),
    "unsupported-x25519.pem": generate("X25519"),
    "unsupported-ed448.pem": generate("ED448"),
    "unsupported-p256-explicit.pem": curve("P-256", "ec_param_enc:explicit"),
    "unsupported-p256-explicit-sec1.pem": converted("ec", "-in", "unsupported-p256-explicit.pem",
                                                    "-param_enc", "explicit"),

    "malformed-empty.pem": lambda: b"",
    "malformed-no-pem.pem": lambda: b"no key at all\n" * 20,
    "malformed-public.pem": converted("pkey", "-in", "p256.pem", "-pubout"),
    "malformed-truncated.pem":
        lambda: openssl("pkey", "-in", "rsa2048.pem")[:900] + b"\n-----END PRIVATE KEY-----\n",
    "malformed-encrypted.pem": converted("pkcs8", "-topk8", "-in", "p256.pem", "-passout", "pass:test"),
    "malformed-encrypted-pkcs1.pem": converted("rsa", "-in", "rsa2048.pem", "-traditional", "-aes128",
                                               "-passout", "pass:test"),
    **{f"malformed-rsa-{number}.pem": make for number, make in SPOILED_RSA.items()},
    "malformed-p256-two-curves.pem": lambda: p256(SCALAR, point_of(SCALAR), der(0xa0, SECP384R1)),
    "malformed-p256-other-public.pem": lambda: p256(SCALAR, point_of(SCALAR + 1)),
    "malformed-p256-off-curve.pem": lambda: p256(SCALAR, point_of(SCALAR)[:-1] + b"\0"),
    "malformed-p256-scalar-zero.pem": lambda: p256(0, point_of(SCALAR)),
    "malformed-p256-scalar-order.pem": lambda: p256(P256_ORDER, point_of(SCALAR)),
}


def main() -> None:
    KEYS.mkdir(exist_ok=True)
    for name, make in KEY_FILES.items():
        path = KEYS / name
        if not path.exists():
            path.write_bytes(make() if name == "malformed-empty.pem" else LABEL + make())


if __name__ == "__main__":
    main()
