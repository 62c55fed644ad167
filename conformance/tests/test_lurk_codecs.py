"""The suite's LURK codecs and TLS 1.2 mathematics: against known answers, and against `cryptography` where
it has the same.
"""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lurkspec.codecs import lurk, ownership, tls12
from lurkspec.codecs.curves import CURVES

_EC = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1(), "secp521r1": ec.SECP521R1()}


def test_prf_known_answer() -> None:
    """The widely published P_SHA256 vector for the TLS 1.2 PRF."""
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    expected = bytes.fromhex("e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a")
    assert tls12.prf("sha256", secret, b"test label", seed, 100)[:32] == expected


def test_message_round_trip() -> None:
    message = lurk.Message(lurk.Designation.TLS12, lurk.Type.PING, b"", id=7)
    assert message.encode()[-4:] == b"\0\0\0\x10" and message.encode(counts_header=False)[-4:] == bytes(4)
    assert lurk.decode(message.encode()) == message.but(length=16)
    with pytest.raises(lurk.LurkError):
        lurk.payload_length(message.but(length=15).encode())


def test_fields_change_one_piece() -> None:
    good = lurk.rsa_master(lurk.key_id(b"abcd"), 0, b"c" * 32, b"s" * 32, b"x" * 256)
    changed = good.replaced(freshness=b"\xff")
    assert len(bytes(good)) == len(bytes(changed)) == 5 + 1 + 1 + 64 + 2 + 256
    assert sum(a != b for a, b in zip(bytes(good), bytes(changed))) == 1
    with pytest.raises(KeyError):
        good.replaced(nothing=b"")


@pytest.mark.parametrize("name", CURVES)
def test_points_agree_with_cryptography(name: str) -> None:
    curve, rng = CURVES[name], random.Random(name)
    scalar = rng.randrange(1, curve.n)
    form = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    assert ownership.public(curve, scalar) == ec.derive_private_key(
        scalar, _EC[name]
    ).public_key().public_bytes(*form)
    assert ownership.multiply(curve, curve.n, ownership.generator(curve)) is None


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("bits", [128, 256])
def test_proof_of_ownership(name: str, bits: int) -> None:
    curve, rng = CURVES[name], random.Random(f"{name} {bits}")
    b, v = rng.randrange(1, curve.n), rng.randrange(1, curve.n)
    bg, vg = ownership.public(curve, b), ownership.public(curve, v)
    c = ownership.challenge(curve, vg, bg, bytes(64), bytes(5), b"\0", b"\4\3", b"params", bits)
    assert c.bit_length() <= bits
    r = ownership.response(curve, v, c, b)
    assert ownership.verifies(curve, bg, vg, c, r)
    assert not ownership.verifies(curve, bg, vg, c ^ 1, r)
    assert not ownership.verifies(curve, vg, bg, c, r)


def test_freshness_keeps_the_time() -> None:
    s = tls12.random_at(random.Random(1), 0x12345678)
    derived = tls12.freshness(s)
    assert derived[:4] == s[:4] == b"\x12\x34\x56\x78" and derived[4:] != s[4:] and len(derived) == 32


def test_handshake_has_the_random_replaced() -> None:
    shake = tls12.RsaHandshake(b"c" * 32, b"s" * 32, (b"cert",), b"x" * 256)
    assert bytes(shake).count(b"s" * 32) == 1 and shake.on_the_wire().count(tls12.freshness(b"s" * 32)) == 1
    assert [m[0] for m in shake.messages().values()] == [1, 2, 11, 14, 16]
