"""Only valid ECDHE parameters are signed: structure, points, curves (SKI §5.1.2, §6; A-70)."""

from __future__ import annotations

import random
from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import tls
from ..codecs.curves import CURVES, Curve
from ..context import Context
from ..request import MALFORMED

SECTION = "SKI §5.1.2 ECDHE parameters"

NIST = tuple(CURVES)
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


def _refused(t: Context, label: str, params: bytes) -> Iterator[Variant]:
    for format in t.formats:
        yield t.refused(f"{format} {label}", t.post(t.ecdhe_request(params=params), format), MALFORMED)


def _off_curve(curve: Curve, rng: random.Random) -> bytes:
    x, y = curve.point(rng)
    return curve.encode(x, (y + 1) % curve.p)


def _twist(curve: Curve, rng: random.Random) -> int:
    """An x that has no y on the curve: it belongs to the quadratic twist."""
    while True:
        x = rng.randrange(curve.p)
        if curve.lift(x) is None:
            return x


@case("ski-5.1.2-point-valid-served", clauses=("SKI-5.1.2-03", "SKI-5.2-19"), needs=("ecdhe",))
def valid_points_served(t: Context) -> Iterator[Variant]:
    """Valid points of every curve are signed."""
    points = {c: CURVES[c].good(t.rng) for c in NIST} | {"x25519": t.rng.randbytes(31) + b"\x40"}
    for curve, point in points.items():
        for format in t.formats:
            yield t.served(
                f"{format} {curve}", t.post(t.ecdhe_request(params=tls.ecdh_params(curve, point)), format)
            )


@case("ski-5.1.2-x25519-not-canonical", clauses=("SKI-5.1.2-03",), rows=("IC-10",), needs=("ecdhe",))
def x25519_not_canonical(t: Context) -> Iterator[Variant]:
    """The top bit of an X25519 value is masked (RFC 7748 §5), or the value refused; nothing between."""
    values = {"top bit": t.rng.randbytes(31) + b"\xc0"} | {
        label: u.to_bytes(32, "little") for label, u in UNMASKED_SMALL_ORDER.items()
    }
    for label, value in values.items():
        request = t.ecdhe_request(params=tls.ecdh_params("x25519", value))
        answer = t.post(request, t.formats[0])
        yield t.refused(label, answer, MALFORMED) if answer.error else t.served(label, answer)


@case("ski-5.1.2-point-generator", clauses=("SKI-5.1.2-03",), rows=("IC-18",), needs=("ecdhe",))
def generator_is_no_exception(t: Context) -> Iterator[Variant]:
    """G and -G are points like any other: signed, and nothing special comes of them."""
    for curve in CURVES.values():
        for label, y in (("G", curve.gy), ("-G", curve.p - curve.gy)):
            params = tls.ecdh_params(curve.name, curve.encode(curve.gx, y))
            yield t.served(f"{curve.name} {label}", t.post(t.ecdhe_request(params=params), t.formats[0]))


@case(
    "ski-5.1.2-point-off-curve",
    clauses=("SKI-5.1.2-03", "SKI-6-02", "BG-8422-03"),
    rows=("IC-01",),
    needs=("ecdhe",),
)
def off_curve(t: Context) -> Iterator[Variant]:
    """A point beside the curve (y+1) is not signed: "malformed request" (§5.1.2, A-70)."""
    for curve in CURVES.values():
        yield from _refused(t, curve.name, tls.ecdh_params(curve.name, _off_curve(curve, t.rng)))


@case("ski-5.1.2-point-weak-curve", clauses=("SKI-5.1.2-03", "BG-8422-03"), rows=("IC-02",), needs=("ecdhe",))
def weak_curve(t: Context) -> Iterator[Variant]:
    """A point of y^2 = x^3 - 3x + b' with another b' is not signed; order 2 (y = 0) included."""
    for curve in CURVES.values():
        x = t.rng.randrange(curve.p)
        yield from _refused(t, f"{curve.name} order 2", tls.ecdh_params(curve.name, curve.encode(x, 0)))
        for i in range(4):
            other = curve.encode(t.rng.randrange(curve.p), t.rng.randrange(1, curve.p))
            yield from _refused(t, f"{curve.name} other b {i}", tls.ecdh_params(curve.name, other))


@case("ski-5.1.2-point-twist", clauses=("SKI-5.1.2-03",), rows=("IC-03",), needs=("ecdhe",))
def twist(t: Context) -> Iterator[Variant]:
    """A point of the quadratic twist, and a bare x coordinate, are not signed."""
    for curve in CURVES.values():
        x = _twist(curve, t.rng)
        yield from _refused(
            t,
            f"{curve.name} twist",
            tls.ecdh_params(curve.name, curve.encode(x, t.rng.randrange(1, curve.p))),
        )
        yield from _refused(
            t, f"{curve.name} x only", tls.ecdh_params(curve.name, x.to_bytes(curve.octets, "big"))
        )


@case("ski-5.1.2-point-infinity", clauses=("SKI-5.1.2-03",), rows=("IC-04",), needs=("ecdhe",))
def infinity(t: Context) -> Iterator[Variant]:
    """The point at infinity has no place in ServerECDHParams: 00, empty, 04 with zero coordinates."""
    for curve in CURVES.values():
        for label, point in (
            ("00", b"\0"),
            ("empty", b""),
            ("zero coordinates", curve.encode(0, 0)),
            ("00 in full length", bytes(1 + 2 * curve.octets)),
        ):
            yield from _refused(t, f"{curve.name} {label}", tls.ecdh_params(curve.name, point))


@case("ski-5.1.2-point-coordinate-range", clauses=("SKI-5.1.2-03",), rows=("IC-05",), needs=("ecdhe",))
def coordinate_range(t: Context) -> Iterator[Variant]:
    """Coordinates are below p: a point with p added to one of them is the same point modulo p, and is
    refused.
    """
    for curve in CURVES.values():
        room = 256**curve.octets
        x = next(x for x in range(room - curve.p) if curve.lift(x))
        y = curve.lift(x) or 0
        variants = {
            "x+p": (x + curve.p, y),
            "x=p": (curve.p, y),
            "y=p": (x, curve.p),
            "all ones": (room - 1, room - 1),
        }
        for label, (bad_x, bad_y) in variants.items():
            yield from _refused(
                t, f"{curve.name} {label}", tls.ecdh_params(curve.name, curve.encode(bad_x, bad_y))
            )


@case("ski-5.1.2-point-form", clauses=("SKI-5.1.2-03", "BG-8422-02"), rows=("IC-06",), needs=("ecdhe",))
def point_form(t: Context) -> Iterator[Variant]:
    """Points are uncompressed: the compressed (02, 03), hybrid (06, 07) and unknown (05, ff) forms are
    refused.
    """
    for curve in CURVES.values():
        x, y = curve.point(t.rng)
        forms = {
            "compressed": 2 + y % 2,
            "hybrid": 6 + y % 2,
            "unknown 05": 5,
            "unknown ff": 255,
            "unknown 00": 0,
        }
        for label, form in forms.items():
            yield from _refused(
                t, f"{curve.name} {label}", tls.ecdh_params(curve.name, curve.encode(x, y, form))
            )


@case("ski-5.1.2-point-length", clauses=("SKI-5.1.2-03", "SKI-4.2.3-05"), rows=("IC-07",), needs=("ecdhe",))
def point_length(t: Context) -> Iterator[Variant]:
    """A point is exactly as long as its curve says: one octet less or more is refused, P-521 with 64-octet
    coordinates too.
    """
    for curve in CURVES.values():
        good = curve.good(t.rng)
        for label, point in (
            ("one short", good[:-1]),
            ("one long", good + b"\0"),
            ("leading zero", b"\4\0" + good[1:]),
        ):
            yield from _refused(t, f"{curve.name} {label}", tls.ecdh_params(curve.name, point))
    yield from _refused(
        t, "secp521r1 64-octet coordinates", tls.ecdh_params("secp521r1", b"\4" + t.rng.randbytes(128))
    )


@case("ski-5.1.2-point-other-curve", clauses=("SKI-5.1.2-03",), rows=("IC-08",), needs=("ecdhe",))
def other_curve(t: Context) -> Iterator[Variant]:
    """A point of one curve under the number of another one is refused."""
    for declared in NIST:
        for curve in (c for c in CURVES.values() if c.name != declared):
            yield from _refused(
                t, f"{curve.name} as {declared}", tls.ecdh_params(declared, curve.good(t.rng))
            )


@case(
    "ski-5.1.2-x25519-small-order", clauses=("SKI-5.1.2-03", "BG-8422-03"), rows=("IC-09",), needs=("ecdhe",)
)
def x25519_small_order(t: Context) -> Iterator[Variant]:
    """X25519 values of small order give an all-zero secret whatever the private key; none of their encodings
    is signed.
    """
    for label, u in SMALL_ORDER.items():
        yield from _refused(t, label, tls.ecdh_params("x25519", u.to_bytes(32, "little")))


@case("ski-5.1.2-x25519-length", clauses=("SKI-5.1.2-03",), rows=("IC-12",), needs=("ecdhe",))
def x25519_length(t: Context) -> Iterator[Variant]:
    """X25519 values have 32 octets, X448 values 56; anything else is refused, and X448 is not served."""
    for curve, length in (
        ("x25519", 0),
        ("x25519", 31),
        ("x25519", 33),
        ("x25519", 65),
        ("x448", 55),
        ("x448", 57),
    ):
        yield from _refused(t, f"{curve} {length} octets", tls.ecdh_params(curve, t.rng.randbytes(length)))


@case("ski-5.1.2-curve-unknown", clauses=("SKI-5.1.2-03", "BG-8422-01"), needs=("ecdhe",))
def unknown_curve(t: Context) -> Iterator[Variant]:
    """A named_curve that is unassigned, weak, or a finite-field group is not signed."""
    point = CURVES["secp256r1"].good(t.rng)
    for number in (0, 1, 19, 21, 22, 256, 0x0A0A, 0xFE00, 0xFF01, 0xFF02, 0xFFFF):
        yield from _refused(t, f"{number:04x}", tls.ecdh_params(number, point))
