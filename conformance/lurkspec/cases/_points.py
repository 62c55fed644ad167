"""ServerECDHParams that no key server may sign: labelled variants for each row of the catalogue."""

from __future__ import annotations

import random
from collections.abc import Callable

from ..codecs import tls
from ..codecs.curves import CURVES, Curve

Params = dict[str, bytes]

# u-coordinates of order 1, 2, 4 and 8 on Curve25519 and its twist, each also with the top bit set, which RFC
# 7748 §5 masks.
_P25519 = 2**255 - 19
_SMALL_ORDER = {
    "0": 0,
    "1": 1,
    "p-1": _P25519 - 1,
    "p": _P25519,
    "p+1": _P25519 + 1,
    "order 8, first": 325606250916557431795983626356110631294008115727848805560023387167927233504,
    "order 8, second": 39382357235489614581723060781553021112529911719440698176882885853963445705823,
}
SMALL_ORDER = _SMALL_ORDER | {f"{label}, top bit set": u | 2**255 for label, u in _SMALL_ORDER.items()}
# Of small order only where the top bit is wrongly kept.
UNMASKED_SMALL_ORDER = {"2p-1": 2 * _P25519 - 1, "2p": 2 * _P25519, "2p+1": 2 * _P25519 + 1}
UNKNOWN_CURVES = (0, 1, 19, 21, 22, 256, 0x0A0A, 0xFE00, 0xFF01, 0xFF02, 0xFFFF)


def off_curve(rng: random.Random) -> Params:
    made = {}
    for curve in CURVES.values():
        x, y = curve.point(rng)
        made[curve.name] = tls.ecdh_params(curve.name, curve.encode(x, (y + 1) % curve.p))
    return made


def weak_curve(rng: random.Random) -> Params:
    made = {}
    for curve in CURVES.values():
        x = rng.randrange(curve.p)
        made[f"{curve.name} order 2"] = tls.ecdh_params(curve.name, curve.encode(x, 0))
        for i in range(4):
            other = curve.encode(rng.randrange(curve.p), rng.randrange(1, curve.p))
            made[f"{curve.name} other b {i}"] = tls.ecdh_params(curve.name, other)
    return made


def _twist_x(curve: Curve, rng: random.Random) -> int:
    """An x that has no y on the curve: it belongs to the quadratic twist."""
    while True:
        x = rng.randrange(curve.p)
        if curve.lift(x) is None:
            return x


def twist(rng: random.Random) -> Params:
    made = {}
    for curve in CURVES.values():
        x = _twist_x(curve, rng)
        point = curve.encode(x, rng.randrange(1, curve.p))
        made[f"{curve.name} twist"] = tls.ecdh_params(curve.name, point)
        made[f"{curve.name} x only"] = tls.ecdh_params(curve.name, x.to_bytes(curve.octets, "big"))
    return made


def infinity(_: random.Random) -> Params:
    return {
        f"{curve.name} {label}": tls.ecdh_params(curve.name, point)
        for curve in CURVES.values()
        for label, point in (
            ("00", b"\0"),
            ("empty", b""),
            ("zero coordinates", curve.encode(0, 0)),
            ("00 in full length", bytes(1 + 2 * curve.octets)),
        )
    }


def coordinate_range(_: random.Random) -> Params:
    made = {}
    for curve in CURVES.values():
        room = 256**curve.octets
        x = next(x for x in range(room - curve.p) if curve.lift(x))
        y = curve.lift(x) or 0
        for label, bad_x, bad_y in (
            ("x+p", x + curve.p, y),
            ("x=p", curve.p, y),
            ("y=p", x, curve.p),
            ("all ones", room - 1, room - 1),
        ):
            made[f"{curve.name} {label}"] = tls.ecdh_params(curve.name, curve.encode(bad_x, bad_y))
    return made


def point_form(rng: random.Random) -> Params:
    made = {}
    for curve in CURVES.values():
        x, y = curve.point(rng)
        for label, form in (
            ("compressed", 2 + y % 2),
            ("hybrid", 6 + y % 2),
            ("unknown 05", 5),
            ("unknown ff", 255),
            ("unknown 00", 0),
        ):
            made[f"{curve.name} {label}"] = tls.ecdh_params(curve.name, curve.encode(x, y, form))
    return made


def point_length(rng: random.Random) -> Params:
    made = {}
    for curve in CURVES.values():
        good = curve.good(rng)
        for label, point in (
            ("one short", good[:-1]),
            ("one long", good + b"\0"),
            ("leading zero", b"\4\0" + good[1:]),
        ):
            made[f"{curve.name} {label}"] = tls.ecdh_params(curve.name, point)
    short = tls.ecdh_params("secp521r1", b"\4" + rng.randbytes(128))
    return made | {"secp521r1 64-octet coordinates": short}


def other_curve(rng: random.Random) -> Params:
    return {
        f"{curve.name} as {declared}": tls.ecdh_params(declared, curve.good(rng))
        for declared in CURVES
        for curve in CURVES.values()
        if curve.name != declared
    }


def x25519_small_order(_: random.Random) -> Params:
    return {label: tls.ecdh_params("x25519", u.to_bytes(32, "little")) for label, u in SMALL_ORDER.items()}


def x_length(rng: random.Random) -> Params:
    lengths = (("x25519", 0), ("x25519", 31), ("x25519", 33), ("x25519", 65), ("x448", 55), ("x448", 57))
    return {
        f"{curve} {length} octets": tls.ecdh_params(curve, rng.randbytes(length)) for curve, length in lengths
    }


def unknown_curve(rng: random.Random) -> Params:
    """named_curve that is unassigned, weak, or a finite-field group."""
    point = CURVES["secp256r1"].good(rng)
    return {f"{number:04x}": tls.ecdh_params(number, point) for number in UNKNOWN_CURVES}


def explicit_curve(rng: random.Random) -> Params:
    """Parameters that bring their own curve, were they those of P-256; other curve types."""
    c, vector = CURVES["secp256r1"], tls.vector
    numbers = [v.to_bytes(32, "big") for v in (c.p, c.p - 3, c.b)]
    tail = (
        vector(c.encode(c.gx, c.gy)) + vector(c.n.to_bytes(32, "big")) + vector(b"\1") + vector(c.good(rng))
    )
    prime = bytes([tls.EXPLICIT_PRIME]) + b"".join(map(vector, numbers)) + tail
    char2 = (
        bytes([tls.EXPLICIT_CHAR2])
        + b"\x00\xa3\x02"
        + vector(b"\x03")
        + b"".join(map(vector, numbers[1:]))
        + tail
    )
    named = tls.ecdh_params("secp256r1", c.good(rng))
    return {"explicit_prime": prime, "explicit_char2": char2} | {
        f"curve_type {kind}": bytes([kind]) + named[1:] for kind in (0, 1, 2, 4, 247, 255)
    }


# By row, for those who go through all points of NIST curves.
BAD_POINTS: dict[str, Callable[[random.Random], Params]] = {
    "IC-01": off_curve,
    "IC-02": weak_curve,
    "IC-03": twist,
    "IC-04": infinity,
    "IC-05": coordinate_range,
    "IC-06": point_form,
    "IC-07": point_length,
    "IC-08": other_curve,
}
