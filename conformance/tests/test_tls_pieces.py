"""TLS presentation pieces, PKCS#1 blocks and curves against `cryptography`."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lurkspec.codecs import pkcs1, tls
from lurkspec.codecs.curves import CURVES

RNG = random.Random(7)
LIBRARY_CURVES = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1(), "secp521r1": ec.SECP521R1()}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.mark.parametrize("name", CURVES)
def test_points(name: str) -> None:
    curve = CURVES[name]
    for _ in range(8):
        x, y = curve.point(RNG)
        assert curve.contains(x, y)
        assert not curve.contains(x, (y + 1) % curve.p)
        point = ec.EllipticCurvePublicKey.from_encoded_point(LIBRARY_CURVES[name], curve.encode(x, y))
        assert (point.public_numbers().x, point.public_numbers().y) == (x, y)
        compressed = ec.EllipticCurvePublicKey.from_encoded_point(
            LIBRARY_CURVES[name], curve.encode(x, y, 2 + y % 2)
        )
        assert compressed.public_numbers() == point.public_numbers()
    base = ec.EllipticCurvePublicNumbers(curve.gx, curve.gy, LIBRARY_CURVES[name])
    assert ec.derive_private_key(1, LIBRARY_CURVES[name]).public_key().public_numbers() == base
    last = ec.derive_private_key(curve.n - 1, LIBRARY_CURVES[name]).public_key().public_numbers()
    assert (last.x, last.y) == (curve.gx, curve.p - curve.gy)


def test_points_of_the_twist() -> None:
    curve = CURVES["secp256r1"]
    lifted = [curve.lift(x) is None for x in range(200)]
    assert 60 < sum(lifted) < 140


def test_ecdhe_input() -> None:
    point = CURVES["secp256r1"].good(RNG)
    data = tls.ecdhe_input(tls.ecdh_params("secp256r1", point), b"c" * 32, b"s" * 32)
    assert data == b"c" * 32 + b"s" * 32 + bytes.fromhex("03001741") + point
    assert len(data) == 133


def test_certificate_verify_content() -> None:
    data = tls.certificate_verify_content(b"h" * 32)
    assert data == b" " * 64 + b"TLS 1.3, server CertificateVerify\0" + b"h" * 32


def test_encrypted_premaster(key: rsa.RSAPrivateKey) -> None:
    premaster = pkcs1.premaster(RNG)
    assert premaster[:2] == b"\x03\x03" and len(premaster) == 48
    encrypted = pkcs1.encrypt(key.public_key(), premaster, RNG)
    assert len(encrypted) == 256
    assert key.decrypt(encrypted, padding.PKCS1v15()) == premaster


def test_blocks_of_every_kind(key: rsa.RSAPrivateKey) -> None:
    public = key.public_key()
    message = b"m" * 48
    for changes in ({"kind": 1}, {"first": 1}, {"separator": b""}, {"separator": b"\1"}):
        block = pkcs1.block(public, message, RNG, **changes)  # type: ignore[arg-type]
        assert len(block) == 256 and block.endswith(message)
    good = pkcs1.block(public, message, RNG)
    assert good[:2] == b"\0\2" and 0 not in good[2:-49] and good[-49] == 0
    with pytest.raises(ValueError):
        pkcs1.block(public, message, RNG, pad=b"\1" * 8)


def test_numbers_as_ciphertexts(key: rsa.RSAPrivateKey) -> None:
    public = key.public_key()
    assert pkcs1.encrypt_number(public, 0) == bytes(256)
    assert pkcs1.encrypt_number(public, 1)[-1] == 1


def test_records_round_trip() -> None:
    octets = tls.record(22, b"abc") + tls.record(23, b"", 0x0301)
    assert tls.records(octets) == [tls.Record(22, 0x0303, b"abc"), tls.Record(23, 0x0301, b"")]
    assert b"".join(tls.split_records(octets)) == octets
    assert tls.records(octets[:-1]) == [tls.Record(22, 0x0303, b"abc")]
    assert tls.record(22, b"", length=0x4101) == bytes.fromhex("1603034101")


def test_hellos_have_the_lengths_they_say() -> None:
    hello = tls.client_hello((0xC02B, 0x00FF), extensions=tls.server_name("x.example"))
    assert hello[0] == 1 and int.from_bytes(hello[1:4], "big") == len(hello) - 4
    old = tls.sslv2_client_hello()
    assert int.from_bytes(old[:2], "big") & 0x7FFF == len(old) - 2
    assert len(old) == 2 + 9 + 6 + 16
