"""ecdhe: what is signed, with what, and what is not (tls12 §6; A-23 to A-28; groups OR, IC)."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ..case import Profile, Variant, case
from ..codecs import lurk, tls
from ..codecs.curves import CURVES
from ..codecs.lurk import Message, PooPrf, Status, Type
from ..keys import Key
from ..lurk_context import LurkContext
from ..lurk_supply import signature_check
from . import _points
from ._lurk import signing_keys
from ._points import UNMASKED_SMALL_ORDER, Params

PROTOCOL = "lurk"
SECTION = "LURK tls12 §6 ecdhe"

HASHES = ("SHA-256", "SHA-384", "SHA-512")
MALFORMED, CURVE, POO = Status.INVALID_PAYLOAD_FORMAT, Status.INVALID_EC_CURVE, Status.INVALID_POO
ANY_ERROR = tuple(s for s in Status if s != MALFORMED)


@case(
    "lurk-tls12-6-keys",
    clauses=("TLS12-6-01", "TLS12-6.1-03", "TLS12-6.2-01", "TLS12-6.2-02", "TLS12-6.4-09", "TLS12-4.1.1-04"),
)
def keys(t: LurkContext) -> Iterator[Variant]:
    """Every signing key signs client_random, the image of S and the parameters, in a digitally-signed
    element with the algorithm that was asked for (A-13, A-26)."""
    for key in signing_keys(t):
        for hash in HASHES[:1] if key.type == "ed25519" else HASHES:
            yield t.succeeded(f"{key.name} {hash}", t.ask(t.ecdhe(key, hash=hash)))


@case("lurk-tls12-6-curves", clauses=("TLS12-6.1-04", "TLS12-6.1-05", "TLS12-6.1-06", "TLS12-6.1-01"))
def curves(t: LurkContext) -> Iterator[Variant]:
    """Valid points of every curve are signed: with either proof where the curve has them, without one on
    X25519 (A-25)."""
    for key in signing_keys(t):
        for curve in CURVES:
            for poo in (PooPrf.SHA256_128, PooPrf.SHA256_256):
                answer = t.ask(t.ecdhe(key, curve=curve, poo=poo))
                yield t.succeeded(f"{key.name} {curve} {poo.name}", answer)
        yield t.succeeded(f"{key.name} x25519", t.ask(t.ecdhe(key, curve="x25519")))


@case(
    "lurk-tls12-6.4-server-random-not-signed",
    clauses=("TLS12-6.4-09", "TLS12-4.1.1-08", "TLS12-4.1.1-05", "TLS12-4-03"),
)
def server_random_not_signed(t: LurkContext) -> Iterator[Variant]:
    """The signature does not verify over S itself: 28 octets of its digest stand in its place (A-13)."""
    for key in signing_keys(t):
        s = t.server_random()
        request = t.ecdhe(key, server_random=s)
        answer = t.ask(request)
        yield t.succeeded(f"{key.name}", answer)
        data = request.fields["client_random"] + s + request.fields["ecdhe_params"]
        raw = signature_check(key, "SHA-256", data)(answer.payload)
        yield t.check(f"{key.name}, over S", bool(raw), "does not verify over S", raw or "verifies", answer)


@case("lurk-tls12-6-random-parameters", clauses=("TLS12-6.4-06", "LURK-4.1-03"), rows=("OR-01",))
def random_parameters(t: LurkContext) -> Iterator[Variant]:
    """69 random octets in place of the parameters are not signed, whatever curve type they happen to
    begin with."""
    for number in range(16):
        answer = t.ask(t.ecdhe().replaced(ecdhe_params=t.rng.randbytes(69)))
        yield t.refused(f"{number}", answer, Status.INVALID_EC_TYPE, also=(CURVE, MALFORMED, POO))
    for number in range(8):
        params = b"\x03\x00\x17\x41" + t.rng.randbytes(65)
        answer = t.ask(t.ecdhe().replaced(ecdhe_params=params))
        yield t.refused(f"{number}, with a head", answer, POO, also=(CURVE, MALFORMED))


@case("lurk-tls12-6-octets-after-parameters", clauses=("TLS12-6.4-06", "TLS12-6.1-03"), rows=("OR-02",))
def octets_after_parameters(t: LurkContext) -> Iterator[Variant]:
    """Nothing stands between parameters and proof: 1 to 64 octets there are refused, and never signed."""
    for count in range(1, 65):
        good = t.ecdhe()
        changed = good.replaced(ecdhe_params=good.fields["ecdhe_params"] + t.rng.randbytes(count))
        answer = t.ask(changed)
        yield t.refused(f"{count} octets", answer, MALFORMED, also=(Status.INVALID_POO_PRF, POO))
    for count in (1, 4, 64):
        good = t.ecdhe(curve="x25519")
        changed = good.replaced(ecdhe_params=good.fields["ecdhe_params"] + bytes(count))
        yield t.refused(f"x25519, {count} zeros", t.ask(changed), MALFORMED)


@case("lurk-tls12-6-point-length-octet", clauses=("TLS12-6.1-04", "TLS12-6.4-06"), rows=("OR-03",))
def point_length_octet(t: LurkContext) -> Iterator[Variant]:
    """The point's length octet says 66 where the point of P-256 has 65, with and without an octet behind;
    also 64, 0, 255."""
    for claimed, more in ((66, b"\0"), (66, b""), (64, b""), (0, b""), (255, b"")):
        good = t.ecdhe()
        params = good.fields["ecdhe_params"]
        changed = good.replaced(ecdhe_params=params[:3] + bytes([claimed]) + params[4:] + more)
        label = f"{claimed}, {len(more)} more"
        yield t.refused(label, t.ask(changed), MALFORMED, also=(POO, CURVE, Status.INVALID_POO_PRF))


@case(
    "lurk-tls12-6.4-curve-type",
    clauses=("TLS12-6.4-02", "TLS12-6.1-04", "TLS12-3-03"),
    rows=("OR-04",),
)
def curve_type(t: LurkContext) -> Iterator[Variant]:
    """Curve types other than named_curve are invalid_ec_type: explicit_prime and explicit_char2, were
    they P-256 itself, and unassigned ones."""
    for label, params in _points.explicit_curve(t.rng).items():
        for poo, request in (("proof", t.ecdhe()), ("no proof", t.ecdhe(curve="x25519"))):
            answer = t.ask(request.replaced(ecdhe_params=params))
            yield t.refused(f"{label}, {poo}", answer, Status.INVALID_EC_TYPE)


@case("lurk-tls12-6.4-curve", clauses=("TLS12-6.4-03", "TLS12-3-03"))
def unknown_curve(t: LurkContext) -> Iterator[Variant]:
    """Curves that are unassigned, weak or finite-field groups are invalid_ec_curve."""
    for label, params in _points.unknown_curve(t.rng).items():
        for poo, request in (("proof", t.ecdhe()), ("no proof", t.ecdhe(curve="x25519"))):
            yield t.refused(f"{label}, {poo}", t.ask(request.replaced(ecdhe_params=params)), CURVE)


@case("lurk-tls12-6.1-pylurk-curve", clauses=("TLS12-6.1-04",))
def pylurk_curve(t: LurkContext) -> Iterator[Variant]:
    """A named curve of one octet, a point without its length, and both, as pylurk sends them, are refused
    (A-24)."""
    point = CURVES["secp256r1"].good(t.rng)
    forms = {
        "one octet of curve": b"\x03\x17" + tls.vector(point),
        "no length of the point": b"\x03\x00\x17" + point,
        "both": b"\x03\x17" + point,
    }
    for label, params in forms.items():
        answer = t.ask(t.ecdhe().replaced(ecdhe_params=params))
        yield t.refused(label, answer, MALFORMED, also=(CURVE, POO, Status.INVALID_POO_PRF))


@case("lurk-tls12-6-bare-hash", clauses=("LURK-4.1-03", "TLS12-9.2-02", "TLS12-6.4-06"), rows=("OR-05",))
def bare_hash(t: LurkContext) -> Iterator[Variant]:
    """No exchange takes a hash or a message of the edge's choice, as its payload or behind a good key id."""
    head = t.ecdhe().fields["key_id"] + b"\0"
    messages = {f"hash of {n} octets": t.rng.randbytes(n) for n in (20, 28, 32, 48, 64)} | {
        "DigestInfo": bytes.fromhex("3031300d060960864801650304020105000420") + t.rng.randbytes(32),
        "text": b"the quick brown fox jumps over the lazy dog",
        "empty": b"",
    }
    for label, message in messages.items():
        for place, payload in (("alone", message), ("behind a key id", head + message)):
            exchange = t.ask(Message(1, Type.ECDHE, payload, id=t.rng.getrandbits(64)))
            yield t.refused(f"{label} {place}", exchange, MALFORMED, also=ANY_ERROR)


def _bad_points(t: LurkContext, made: Params) -> Iterator[Variant]:
    """Each with a proof, which cannot be true; without one too, where policy allows that (A-23)."""
    for label, params in made.items():
        declared = next(
            name for name, id in tls.CURVE_IDS.items() if id == int.from_bytes(params[1:3], "big")
        )
        for poo in (PooPrf.SHA256_128, PooPrf.SHA256_256):
            request = t.ecdhe(curve=declared, poo=poo).replaced(ecdhe_params=params)
            yield t.refused(f"{label} {poo.name}", t.ask(request), POO, also=(CURVE, MALFORMED))
        null = t.ecdhe(curve=declared, poo=PooPrf.NULL).replaced(ecdhe_params=params)
        expected = Status.INVALID_POO_PRF if t.lurk_target.proof_required else CURVE
        yield t.refused(f"{label} no proof", t.ask(null), expected, also=(CURVE, MALFORMED, POO))


@case("lurk-tls12-6.1-point-off-curve", clauses=("TLS12-6.1-05",), rows=("IC-01",))
def off_curve(t: LurkContext) -> Iterator[Variant]:
    """A point beside the curve is not signed: invalid_poo with a proof, invalid_ec_curve without (A-23)."""
    yield from _bad_points(t, _points.off_curve(t.rng))


@case("lurk-tls12-6.1-point-weak-curve", clauses=("TLS12-6.1-05",), rows=("IC-02",))
def weak_curve(t: LurkContext) -> Iterator[Variant]:
    """A point of a curve with another b, of order 2 too, is not signed."""
    yield from _bad_points(t, _points.weak_curve(t.rng))


@case("lurk-tls12-6.1-point-twist", clauses=("TLS12-6.1-05",), rows=("IC-03",))
def twist(t: LurkContext) -> Iterator[Variant]:
    """A point of the quadratic twist, and a bare x coordinate, are not signed."""
    yield from _bad_points(t, _points.twist(t.rng))


@case("lurk-tls12-6.1-point-infinity", clauses=("TLS12-6.1-05",), rows=("IC-04",))
def infinity(t: LurkContext) -> Iterator[Variant]:
    """The point at infinity is not signed: 00, empty, 04 with zero coordinates."""
    yield from _bad_points(t, _points.infinity(t.rng))


@case("lurk-tls12-6.1-point-coordinate-range", clauses=("TLS12-6.1-05",), rows=("IC-05",))
def coordinate_range(t: LurkContext) -> Iterator[Variant]:
    """Coordinates of p and more are not signed, were the point right modulo p."""
    yield from _bad_points(t, _points.coordinate_range(t.rng))


@case("lurk-tls12-6.1-point-form", clauses=("TLS12-6.1-05",), rows=("IC-06",))
def point_form(t: LurkContext) -> Iterator[Variant]:
    """Compressed, hybrid and unknown forms are not signed."""
    yield from _bad_points(t, _points.point_form(t.rng))


@case("lurk-tls12-6.1-point-length", clauses=("TLS12-6.1-05", "TLS12-6.1-04"), rows=("IC-07",))
def point_length(t: LurkContext) -> Iterator[Variant]:
    """A point one octet short or long is not signed, nor one of P-521 with 64-octet coordinates."""
    yield from _bad_points(t, _points.point_length(t.rng))


@case("lurk-tls12-6.1-point-other-curve", clauses=("TLS12-6.1-05",), rows=("IC-08",))
def other_curve(t: LurkContext) -> Iterator[Variant]:
    """A point of one curve under the number of another is not signed."""
    yield from _bad_points(t, _points.other_curve(t.rng))


@case("lurk-tls12-6.1-x25519-small-order", clauses=("TLS12-6.1-05",), rows=("IC-09",))
def x25519_small_order(t: LurkContext) -> Iterator[Variant]:
    """X25519 values of small order, in all encodings, are invalid_ec_curve."""
    for label, params in _points.x25519_small_order(t.rng).items():
        request = t.ecdhe(curve="x25519").replaced(ecdhe_params=params)
        yield t.refused(label, t.ask(request), CURVE, also=(MALFORMED,))


@case("lurk-tls12-6.1-x25519-not-canonical", clauses=("TLS12-6.1-05", "TLS12-6.2-01"), rows=("IC-10",))
def x25519_not_canonical(t: LurkContext) -> Iterator[Variant]:
    """The top bit of an X25519 value is masked (RFC 7748 §5), or the value refused; nothing between."""
    values = {"top bit": t.rng.randbytes(31) + b"\xc0"} | {
        label: u.to_bytes(32, "little") for label, u in UNMASKED_SMALL_ORDER.items()
    }
    for label, value in values.items():
        good = t.ecdhe(curve="x25519")
        answer = t.ask(good.replaced(ecdhe_params=tls.ecdh_params("x25519", value)))
        if answer.succeeded:
            signed = len(lurk.decode_signed(answer.payload).signature) > 0
            yield t.check(label, signed, "a signature", answer.summary, answer)
        else:
            yield t.refused(label, answer, CURVE, also=(MALFORMED,))


@case("lurk-tls12-6.1-x-length", clauses=("TLS12-6.1-05", "TLS12-6.1-04"), rows=("IC-12",))
def x_length(t: LurkContext) -> Iterator[Variant]:
    """X25519 values have 32 octets; X448 is not served, of whatever length."""
    for label, params in _points.x_length(t.rng).items():
        request = t.ecdhe(curve="x25519").replaced(ecdhe_params=params)
        yield t.refused(label, t.ask(request), CURVE, also=(MALFORMED,))


def _nonces(t: LurkContext, key: Key, count: int) -> list[int]:
    found = []
    for _ in range(count):
        answer = t.ask(t.ecdhe(key, curve="x25519"))
        if answer.succeeded:
            found.append(decode_dss_signature(lurk.decode_signed(answer.payload).signature)[0])
    return found


@case("lurk-tls12-6-nonce-reuse", clauses=("LURK-4.1-03",), rows=("OR-15",), needs=("lurk-ec-p256",))
def nonce_reuse(t: LurkContext) -> Iterator[Variant]:
    """The same r never stands with two different s: one request twice where no replay window refuses
    that, else two that differ in S alone (A-17)."""
    for key in (k for k in signing_keys(t) if k.type.startswith("ec-")):
        request = t.ecdhe(key)
        answers = [t.ask(request), t.ask(t.ecdhe(key) if t.lurk_target.replay_window else request)]
        pairs = [
            decode_dss_signature(lurk.decode_signed(a.payload).signature) for a in answers if a.succeeded
        ]
        holds = len(pairs) == 2 and (pairs[0][0] != pairs[1][0] or pairs[0] == pairs[1])
        text = "; ".join(a.summary for a in answers)
        yield t.check(key.name, holds, "two signatures, other r or the same signature", text, *answers)


@case(
    "lurk-tls12-6-nonces-distinct",
    clauses=("LURK-4.1-03",),
    rows=("OR-16",),
    needs=("lurk-ec-p256",),
    profile=Profile.DEFAULT,
)
def nonces_distinct(t: LurkContext) -> Iterator[Variant]:
    """What a black box sees of ECDSA nonces: over many requests no r comes twice (300; 100,000 with the
    full profile)."""
    count = 100_000 if t.profile is Profile.FULL else 300
    found = _nonces(t, t.signing_key("ec-p256"), count)
    yield t.check("distinct", len(set(found)) == count, f"{count} different r", f"{len(set(found))}")


@case(
    "lurk-tls12-6.4-algorithm-not-of-the-key",
    clauses=("TLS12-6.4-08", "TLS12-6-01", "TLS12-10-01"),
    rows=("KU-03", "KU-04", "KU-05"),
)
def algorithm_not_of_the_key(t: LurkContext) -> Iterator[Variant]:
    """sig_and_hash fits the key: no rsa with an EC key, no ecdsa with an RSA key, no Ed25519 with P-256, no
    rsa_pss_pss with a rsaEncryption key; status 14 (A-28)."""
    ecdsa, pkcs1 = ("0403", "0503", "0603"), ("0401", "0501", "0601")
    rsae, pss, eddsa = ("0804", "0805", "0806"), ("0809", "080a", "080b"), ("0807", "0808")
    foreign = {
        "rsa": (*ecdsa, *eddsa, *pss),
        "ed25519": (*ecdsa, *pkcs1, *rsae, *pss, "0808"),
    }
    for key in signing_keys(t):
        for code in foreign.get(key.type, (*pkcs1, *rsae, *pss, *eddsa)):
            answer = t.ask(t.ecdhe(key).replaced(sig_and_hash=bytes.fromhex(code)))
            label = f"{key.name} {code}"
            yield t.refused(
                label,
                answer,
                Status.INVALID_CIPHER_OR_PRF_HASH,
                also=(MALFORMED, Status.UNDEFINED_ERROR, Status.INVALID_KEY_ID),
            )
