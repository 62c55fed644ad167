"""The NIST curves in plain integers: enough to make points that are on them, and points that are not."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """y^2 = x^3 - 3x + b over the integers modulo p, order n, base point (gx, gy); all three p are 3 modulo
    4."""

    name: str
    p: int
    b: int
    n: int
    gx: int
    gy: int

    @property
    def octets(self) -> int:
        """Octets of a coordinate."""
        return (self.p.bit_length() + 7) // 8

    def contains(self, x: int, y: int) -> bool:
        return (y * y - (x * x * x - 3 * x + self.b)) % self.p == 0

    def lift(self, x: int) -> int | None:
        """A y for this x, or None when x lies on the quadratic twist only."""
        square = (x * x * x - 3 * x + self.b) % self.p
        y = pow(square, (self.p + 1) // 4, self.p)
        return y if y * y % self.p == square else None

    def point(self, rng: random.Random) -> tuple[int, int]:
        """A point of the curve (cofactor one: any point generates the group)."""
        while True:
            x = rng.randrange(self.p)
            y = self.lift(x)
            if y:
                return x, rng.choice((y, self.p - y))

    def encode(self, x: int, y: int, form: int = 4) -> bytes:
        """Uncompressed (4), compressed (2, 3) or any other form octet; coordinates must fit the field's
        octets."""
        out = bytes([form]) + x.to_bytes(self.octets, "big")
        return out if form in (2, 3) else out + y.to_bytes(self.octets, "big")

    def good(self, rng: random.Random) -> bytes:
        return self.encode(*self.point(rng))


def _number(digits: str) -> int:
    return int(digits, 16)


CURVES = {
    c.name: c
    for c in (
        Curve(
            "secp256r1",
            2**256 - 2**224 + 2**192 + 2**96 - 1,
            0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
            0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
            0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
            0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
        ),
        Curve(
            "secp384r1",
            2**384 - 2**128 - 2**96 + 2**32 - 1,
            _number(
                "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d"
                "2a85c8edd3ec2aef"
            ),
            _number(
                "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77a"
                "ecec196accc52973"
            ),
            _number(
                "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c"
                "3a545e3872760ab7"
            ),
            _number(
                "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d"
                "7a431d7c90ea0e5f"
            ),
        ),
        Curve(
            "secp521r1",
            2**521 - 1,
            _number(
                "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e"
                "937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
            ),
            _number(
                "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f"
                "966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409"
            ),
            _number(
                "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe7"
                "5928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66"
            ),
            _number(
                "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef4"
                "2640c550b9013fad0761353c7086a272c24088be94769fd16650"
            ),
        ),
    )
}
