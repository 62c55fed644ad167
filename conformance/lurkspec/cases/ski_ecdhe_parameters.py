"""Only valid ECDHE parameters are signed: structure, points, curves (SKI §5.1.2, §6; A-70)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import tls
from ..codecs.curves import CURVES
from ..context import Context
from ..request import MALFORMED
from . import _points
from ._points import UNMASKED_SMALL_ORDER, Params

SECTION = "SKI §5.1.2 ECDHE parameters"


def _refused(t: Context, made: Params) -> Iterator[Variant]:
    for label, params in made.items():
        for format in t.formats:
            yield t.refused(f"{format} {label}", t.post(t.ecdhe_request(params=params), format), MALFORMED)


@case("ski-5.1.2-point-valid-served", clauses=("SKI-5.1.2-03", "SKI-5.2-19"), needs=("ecdhe",))
def valid_points_served(t: Context) -> Iterator[Variant]:
    """Valid points of every curve are signed."""
    points = {c: CURVES[c].good(t.rng) for c in CURVES} | {"x25519": t.rng.randbytes(31) + b"\x40"}
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
    yield from _refused(t, _points.off_curve(t.rng))


@case("ski-5.1.2-point-weak-curve", clauses=("SKI-5.1.2-03", "BG-8422-03"), rows=("IC-02",), needs=("ecdhe",))
def weak_curve(t: Context) -> Iterator[Variant]:
    """A point of y^2 = x^3 - 3x + b' with another b' is not signed; order 2 (y = 0) included."""
    yield from _refused(t, _points.weak_curve(t.rng))


@case("ski-5.1.2-point-twist", clauses=("SKI-5.1.2-03",), rows=("IC-03",), needs=("ecdhe",))
def twist(t: Context) -> Iterator[Variant]:
    """A point of the quadratic twist, and a bare x coordinate, are not signed."""
    yield from _refused(t, _points.twist(t.rng))


@case("ski-5.1.2-point-infinity", clauses=("SKI-5.1.2-03",), rows=("IC-04",), needs=("ecdhe",))
def infinity(t: Context) -> Iterator[Variant]:
    """The point at infinity has no place in ServerECDHParams: 00, empty, 04 with zero coordinates."""
    yield from _refused(t, _points.infinity(t.rng))


@case("ski-5.1.2-point-coordinate-range", clauses=("SKI-5.1.2-03",), rows=("IC-05",), needs=("ecdhe",))
def coordinate_range(t: Context) -> Iterator[Variant]:
    """Coordinates are below p: a point with p added to one of them is the same point modulo p, and is
    refused.
    """
    yield from _refused(t, _points.coordinate_range(t.rng))


@case("ski-5.1.2-point-form", clauses=("SKI-5.1.2-03", "BG-8422-02"), rows=("IC-06",), needs=("ecdhe",))
def point_form(t: Context) -> Iterator[Variant]:
    """Points are uncompressed: the compressed (02, 03), hybrid (06, 07) and unknown (05, ff) forms are
    refused.
    """
    yield from _refused(t, _points.point_form(t.rng))


@case("ski-5.1.2-point-length", clauses=("SKI-5.1.2-03", "SKI-4.2.3-05"), rows=("IC-07",), needs=("ecdhe",))
def point_length(t: Context) -> Iterator[Variant]:
    """A point is exactly as long as its curve says: one octet less or more is refused, P-521 with 64-octet
    coordinates too.
    """
    yield from _refused(t, _points.point_length(t.rng))


@case("ski-5.1.2-point-other-curve", clauses=("SKI-5.1.2-03",), rows=("IC-08",), needs=("ecdhe",))
def other_curve(t: Context) -> Iterator[Variant]:
    """A point of one curve under the number of another one is refused."""
    yield from _refused(t, _points.other_curve(t.rng))


@case(
    "ski-5.1.2-x25519-small-order", clauses=("SKI-5.1.2-03", "BG-8422-03"), rows=("IC-09",), needs=("ecdhe",)
)
def x25519_small_order(t: Context) -> Iterator[Variant]:
    """X25519 values of small order give an all-zero secret whatever the private key; none of their encodings
    is signed.
    """
    yield from _refused(t, _points.x25519_small_order(t.rng))


@case("ski-5.1.2-x25519-length", clauses=("SKI-5.1.2-03",), rows=("IC-12",), needs=("ecdhe",))
def x25519_length(t: Context) -> Iterator[Variant]:
    """X25519 values have 32 octets, X448 values 56; anything else is refused, and X448 is not served."""
    yield from _refused(t, _points.x_length(t.rng))


@case("ski-5.1.2-curve-unknown", clauses=("SKI-5.1.2-03", "BG-8422-01"), needs=("ecdhe",))
def unknown_curve(t: Context) -> Iterator[Variant]:
    """A named_curve that is unassigned, weak, or a finite-field group is not signed."""
    yield from _refused(t, _points.unknown_curve(t.rng))
