"""The NIST curves in plain integers: enough to make points that are on them, and points that are not."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """y^2 = x^3 - 3x + b over the integers modulo p, order n, base point (gx, gy); all three p are 3 modulo 4."""

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
        """Uncompressed (4), compressed (2, 3) or any other form octet; coordinates must fit the field's octets."""
        out = bytes([form]) + x.to_bytes(self.octets, "big")
        return out if form in (2, 3) else out + y.to_bytes(self.octets, "big")

    def good(self, rng: random.Random) -> bytes:
        return self.encode(*self.point(rng))


CURVES = {c.name: c for c in (
    Curve("secp256r1", 2**256 - 2**224 + 2**192 + 2**96 - 1,
          0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b,
          0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551,
          0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,
          0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5),
    Curve("secp384r1", 2**384 - 2**128 - 2**96 + 2**32 - 1,
          0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef,
          0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973,
          0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7,
          0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f),
    Curve("secp521r1", 2**521 - 1,
          0x0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00,
          0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409,
          0x00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66,
          0x011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650),
)}
