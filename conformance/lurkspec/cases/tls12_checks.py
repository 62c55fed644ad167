"""The checks that all exchanges with a key have in common: key id, freshness, fields and their lengths
(tls12 §4.1, §4.4, §5.4, §6.4; group LN)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..case import Variant, case
from ..codecs import lurk
from ..codecs.lurk import Status, Type
from ..lurk_context import LurkContext
from ._lurk import RSA_TYPES, good_request, good_requests, name, served_types

PROTOCOL = "lurk"
SECTION = "LURK tls12 §4.4 common checks"

MALFORMED = Status.INVALID_PAYLOAD_FORMAT


@case(
    "lurk-tls12-4.4-all-exchanges",
    clauses=(
        "TLS12-3-02",
        "TLS12-4-05",
        "TLS12-4.4-04",
        "TLS12-5.4-01",
        "TLS12-1-01",
        "TLS12-12-01",
        "LURK-5.3-12",
        "TLS12-4.4-08",
    ),
)
def all_exchanges(t: LurkContext) -> Iterator[Variant]:
    """Each exchange is served under its number; client_random may begin with anything, for clients put
    anything there."""
    for type in served_types(t):
        for number in range(3):
            answer = t.ask(good_request(t, type))
            yield t.succeeded(f"{name(type)} {number}", answer)


@case("lurk-tls12-4.4-key-id-type", clauses=("TLS12-4.4-01", "TLS12-4.1-01", "TLS12-6.4-01", "TLS12-5.4-01"))
def key_id_type(t: LurkContext) -> Iterator[Variant]:
    """Types of key id other than sha256_32 are invalid_key_id_type, in every exchange."""
    for label, request in good_requests(t).items():
        for type in (1, 2, 127, 128, 255):
            changed = request.replaced(key_id=bytes([type]) + request.fields["key_id"][1:])
            yield t.refused(f"{label} type {type}", t.ask(changed), Status.INVALID_KEY_ID_TYPE)


@case(
    "lurk-tls12-4.4-key-id-unknown",
    clauses=("TLS12-4.4-02", "TLS12-6.4-01", "TLS12-5.4-01", "LURK-5.3-13", "TLS12-4.1-03", "TLS12-3-03"),
)
def key_id_unknown(t: LurkContext) -> Iterator[Variant]:
    """Key ids of no key are invalid_key_id of tls12, in every exchange."""
    key = t.signing_key()
    others = {"random": t.rng.randbytes(4), "zero": bytes(4), "ones": b"\xff" * 4}
    if isinstance(key.public, ec.EllipticCurvePublicKey):
        point = key.public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        others["of the bare point"] = hashlib.sha256(point).digest()[:4]
    digest = hashlib.sha256(key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    others |= {"end of the digest": digest[-4:], "reversed": digest[3::-1], "little": digest[:3] + b"\0"}
    for label, request in good_requests(t).items():
        for kind, digest in others.items():
            answer = t.ask(request.replaced(key_id=b"\0" + digest))
            yield t.refused(f"{label} {kind}", answer, Status.INVALID_KEY_ID)


@case(
    "lurk-tls12-4.1-key-id-aliases",
    clauses=("TLS12-4.1-02", "TLS12-4.1-03", "TLS12-4.1-01"),
)
def key_id_aliases(t: LurkContext) -> Iterator[Variant]:
    """RSA keys are named by the digest of RSAPublicKey; that of SubjectPublicKeyInfo is an alias that a
    peer may lack (A-06). EC keys have the latter alone."""
    for key in t.target.keys:
        if not key.usage.startswith("tls12-") or "a" not in key.grants:
            continue
        request = t.ecdhe(key) if key.usage == "tls12-sign" else t.rsa_master(key)
        if name(request.type) not in key.grants["a"]:
            continue
        yield t.succeeded(f"{key.name}, the draft's id", t.ask(request))
        for alias in key.lurk_ids[1:]:
            # Without a proof, which would be bound to the other id.
            other = t.ecdhe(key, curve="x25519") if request.type == Type.ECDHE else t.rsa_master(key)
            answer = t.ask(other.replaced(key_id=lurk.key_id(alias)))
            yield t.check(
                f"{key.name}, alias",
                answer.succeeded,
                "served under the id of SubjectPublicKeyInfo too",
                answer.summary,
                answer,
                lenient=True,
            )


@case(
    "lurk-tls12-4.4-freshness",
    clauses=(
        "TLS12-4.4-03",
        "TLS12-4.1-04",
        "TLS12-5.1-05",
        "TLS12-6.4-01",
        "TLS12-4.1.1-07",
        "TLS12-5.4-01",
    ),
    rows=("RP-05",),
)
def freshness(t: LurkContext) -> Iterator[Variant]:
    """The one freshness function is sha256 (0); 255, null in pylurk, and all others are
    invalid_freshness_funct in every exchange (A-14)."""
    for label, request in good_requests(t).items():
        for function in range(1, 256):
            answer = t.ask(request.replaced(freshness=bytes([function])))
            yield t.refused(f"{label} {function}", answer, Status.INVALID_FRESHNESS_FUNCT)


@case(
    "lurk-tls12-4.1-cut",
    clauses=(
        "TLS12-4.1-06",
        "TLS12-4.1-07",
        "TLS12-4.1-08",
        "TLS12-5.1-01",
        "TLS12-5.1-02",
        "TLS12-6.1-03",
        "TLS12-6.1-02",
    ),
    rows=("LN-05", "LN-14"),
)
def cut(t: LurkContext) -> Iterator[Variant]:
    """A payload that ends early is invalid_payload_format, at whatever octet, and with a right length in
    the header; the connection stays in step."""
    for label, request in good_requests(t).items():
        octets = bytes(request.fields)
        ends = set(range(min(96, len(octets)))) | {len(octets) - n for n in (1, 2, 11, 12, 13, 32, 33)}
        for end in sorted(ends):
            message = lurk.Message(1, request.type, octets[:end], id=t.rng.getrandbits(64))
            yield t.refused(f"{label} first {end}", t.ask(message), MALFORMED)


@case(
    "lurk-tls12-4.1-piece-missing",
    clauses=("TLS12-4.1-06", "TLS12-4.1-08", "TLS12-5.1-01", "TLS12-5.1-02", "TLS12-6.1-03"),
    rows=("LN-05",),
)
def piece_missing(t: LurkContext) -> Iterator[Variant]:
    """A payload without one of its fields is refused; what takes the place of the field may be at fault
    first."""
    any_error = tuple(s for s in Status if s != MALFORMED)
    for label, request in good_requests(t).items():
        for piece in request.fields.names():
            answer = t.ask(request.without(piece))
            yield t.refused(f"{label} without {piece}", answer, MALFORMED, also=any_error)


@case(
    "lurk-tls12-4.1-octets-left-over",
    clauses=("TLS12-4.1-11", "TLS12-5.1-01", "TLS12-4.1-06"),
    rows=("OR-02", "LN-05"),
)
def octets_left_over(t: LurkContext) -> Iterator[Variant]:
    """Octets behind the last field are invalid_payload_format: one, a few, and up to 64."""
    for label, request in good_requests(t).items():
        for count in (*range(1, 65), 256, 1000):
            answer = t.ask(request.followed_by("more", t.rng.randbytes(count)))
            yield t.refused(f"{label} {count} more", answer, MALFORMED)


@case("lurk-tls12-4.1-random-lengths", clauses=("TLS12-4.1-07",), rows=("LN-05", "LN-14"))
def random_lengths(t: LurkContext) -> Iterator[Variant]:
    """Randoms of 31 and 33 octets, and a key id of three or five, shift all that follows: refused."""
    any_error = tuple(s for s in Status if s != MALFORMED)
    for label, request in good_requests(t).items():
        changes = {"key_id of 3 + 1": request.replaced(key_id=request.fields["key_id"][:-1])}
        changes["key_id of 5 + 1"] = request.replaced(key_id=request.fields["key_id"] + b"\0")
        for piece in ("client_random", "server_random"):
            if piece in request.fields.names():
                value = request.fields[piece]
                changes[f"{piece} of 31"] = request.replaced(**{piece: value[:-1]})
                changes[f"{piece} of 33"] = request.replaced(**{piece: value + b"\0"})
        for change, changed in changes.items():
            yield t.refused(f"{label} {change}", t.ask(changed), MALFORMED, also=any_error)


@case(
    "lurk-tls12-4.1-vector-lengths",
    clauses=("TLS12-4.1-06", "TLS12-4.1-08", "TLS12-5.1-01", "TLS12-6.1-04"),
    rows=("LN-05", "LN-13"),
)
def vector_lengths(t: LurkContext) -> Iterator[Variant]:
    """The lengths of handshake_messages and of the encrypted premaster are taken as they are: 0, 1, one
    less, one more, 65535 do not fit what follows."""
    for label, request in good_requests(t).items():
        for piece in ("premaster_length", "handshake_length"):
            if piece not in request.fields.names():
                continue
            right = int.from_bytes(request.fields[piece], "big")
            for length in (0, 1, 2, right - 1, right + 1, right + 12, right + 13, 0x8000, 0xFFFE, 0xFFFF):
                answer = t.ask(request.replaced(**{piece: length.to_bytes(2, "big")}))
                yield t.refused(f"{label} {piece} {length}", answer, MALFORMED)
        for content in ("encrypted_premaster", "handshake_messages"):
            if content in request.fields.names():
                length_piece = content.split("_")[0].replace("encrypted", "premaster") + "_length"
                empty = request.replaced(**{length_piece: b"\0\0", content: b""})
                yield t.refused(f"{label} empty {content}", t.ask(empty), MALFORMED)


@case("lurk-tls12-4.4-types-exchanged", clauses=("TLS12-3-02", "LURK-4.3-01", "TLS12-4-05"))
def types_exchanged(t: LurkContext) -> Iterator[Variant]:
    """The payload of one exchange under the type of another has that one's form, and is refused."""
    any_error = tuple(s for s in Status if s != MALFORMED)
    for type in served_types(t):
        for other in (Type.ECDHE, *RSA_TYPES):
            if other == type:
                continue
            answer = t.ask(good_request(t, type).typed(other))
            yield t.refused(f"{name(type)} as {name(other)}", answer, MALFORMED, also=any_error)
