"""The key server is no generic signing or decryption oracle (SKI §4.2.3, §6, REQ 5, REQ 6; group OR)."""

from __future__ import annotations

from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ..case import Profile, Variant, case
from ..codecs import cbor, json, pkcs1
from ..codecs.curves import CURVES
from ..context import Context
from ..exchange import Exchange
from ..keys import hash_check
from ..request import DENIED, ERRORS, MALFORMED, NOT_FOUND
from . import _points

SECTION = "SKI §4.3, §6 no oracle"


@case(
    "ski-6-random-parameters",
    clauses=("SKI-6-02", "SKI-REQ-5", "REQ-6.2-03"),
    rows=("OR-01",),
    needs=("ecdhe",),
)
def random_parameters(t: Context) -> Iterator[Variant]:
    """69 random octets in place of ServerECDHParams are not signed."""
    for format in t.formats:
        for i in range(8):
            yield t.refused(
                f"{format} {i}", t.post(t.ecdhe_request(params=t.rng.randbytes(69)), format), MALFORMED
            )


@case(
    "ski-6-random-input",
    clauses=("SKI-6-02", "SKI-5.1.2-03", "REQ-6.2-03"),
    rows=("OR-13",),
    needs=("ecdhe",),
)
def random_input(t: Context) -> Iterator[Variant]:
    """133 random octets, the length of a P-256 input, are not signed."""
    for format in t.formats:
        for i in range(8):
            yield t.refused(
                f"{format} {i}", t.post(t.ecdhe_request(input=t.rng.randbytes(133)), format), MALFORMED
            )


@case("ski-6-octets-after-parameters", clauses=("SKI-5.2-19", "SKI-6-02"), rows=("OR-02",), needs=("ecdhe",))
def octets_after_parameters(t: Context) -> Iterator[Variant]:
    """Nothing stands after ServerECDHParams: 1 to 64 further octets are refused (A-70)."""
    for format in t.formats:
        for count in range(1, 65):
            request = t.ecdhe_request(params=t.ecdhe_params() + t.rng.randbytes(count))
            yield t.refused(f"{format} {count} octets", t.post(request, format), MALFORMED)


@case("ski-6-point-length-octet", clauses=("SKI-5.1.2-03",), rows=("OR-03",), needs=("ecdhe",))
def point_length_octet(t: Context) -> Iterator[Variant]:
    """The point's length octet says 66 where the point of P-256 has 65 and an octet follows; also 64, 0,
    255.
    """
    point = CURVES["secp256r1"].good(t.rng)
    for format in t.formats:
        for claimed, rest in ((66, point + b"\0"), (64, point), (0, point), (255, point)):
            params = b"\x03\x00\x17" + bytes([claimed]) + rest
            yield t.refused(f"{format} {claimed}", t.post(t.ecdhe_request(params=params), format), MALFORMED)


@case("ski-6-explicit-curve", clauses=("BG-8422-01", "SKI-5.1.2-03"), rows=("OR-04",), needs=("ecdhe",))
def explicit_curve(t: Context) -> Iterator[Variant]:
    """Parameters that bring their own curve (explicit_prime, explicit_char2) are refused, were they those
    of P-256.
    """
    for format in t.formats:
        for label, params in _points.explicit_curve(t.rng).items():
            yield t.refused(f"{format} {label}", t.post(t.ecdhe_request(params=params), format), MALFORMED)


@case("ski-4.2.3-bare-hash", clauses=("SKI-4.2.3-04", "REQ-6.2-03"), rows=("OR-05",), needs=("ecdhe",))
def bare_hash(t: Context) -> Iterator[Variant]:
    """No interface takes a hash or a message of the edge's choice: the key server hashes the inputs itself
    (§4.2.3).
    """
    messages = {f"hash of {n} octets": t.rng.randbytes(n) for n in (20, 28, 32, 48, 64)} | {
        "DigestInfo": bytes.fromhex("3031300d060960864801650304020105000420") + t.rng.randbytes(32),
        "text": b"the quick brown fox jumps over the lazy dog",
        "empty": b"",
    }
    for format in t.formats:
        for label, message in messages.items():
            yield t.refused(f"{format} {label}", t.post(t.ecdhe_request(input=message), format), MALFORMED)


@case(
    "ski-5.2.1-key-enumeration",
    clauses=("SKI-5.2.1-03", "SKI-REQ-6"),
    rows=("OR-11",),
    needs=("ecdhe", "foreign-key"),
)
def key_enumeration(t: Context) -> Iterator[Variant]:
    """Unknown fingerprints and those of another edge's keys are both "spki not found" (A-89); telling them
    apart lists foreign keys.
    """
    foreign = t.foreign_key()
    for format in t.formats:
        unknown = t.post(t.ecdhe_request().replaced(spki=t.rng.randbytes(32)), format)
        yield t.refused(f"{format} unknown", unknown, NOT_FOUND)
        other = t.post(t.ecdhe_request(foreign), format)
        yield t.refused(f"{format} foreign", other, NOT_FOUND, also=(DENIED,))
        yield t.check(
            f"{format} indistinguishable",
            other.shape == unknown.shape,
            "both answers alike",
            f"{other.summary} beside {unknown.summary}: keys of others can be enumerated",
            other,
            unknown,
            lenient=True,
        )


def _mutations(t: Context, message: bytes, count: int) -> Iterator[bytes]:
    for _ in range(count):
        mutated = bytearray(message)
        for _ in range(t.rng.choice((1, 1, 1, 2, 4))):
            mutated[t.rng.randrange(len(mutated))] = t.rng.randrange(256)
        yield bytes(mutated)


def _allowed(t: Context, exchange: Exchange, message: bytes, format: str) -> bool:
    """An error constant and nothing else, or a right signature over what the changed message really says."""
    if exchange.output is None:
        return exchange.error in ERRORS and exchange.members == {"error": exchange.error}
    try:
        members = cbor.decode(message) if format == "cbor" else json.decode(message)
        data = members["input"] if format == "cbor" else json.base64_decode(members["input"])
        return not hash_check(t.key(), data, members["hash"])(exchange.output)
    except (ValueError, KeyError, TypeError):
        return False


@case(
    "ski-req-6-error-mining",
    clauses=("SKI-REQ-6", "SKI-4.2.3-06", "SKI-5.2-23", "SKI-9-02"),
    rows=("OR-12",),
    needs=("ecdhe",),
)
def error_mining(t: Context) -> Iterator[Variant]:
    """Whatever is changed in a request, the answer is one of the four constants, or a signature over a
    valid input.
    """
    count = 20000 if t.profile is Profile.FULL else 250
    for format in t.formats:
        message = t.ecdhe_request().encode(format)
        answers = [(m, t.post(m, format)) for m in _mutations(t, message, count)]
        bad = [e for m, e in answers if not _allowed(t, e, m, format)]
        yield t.check(
            f"{format} mutated",
            not bad,
            "an error constant, or a right signature",
            f"{len(bad)} of {count} answers are neither" + (f", the first {bad[0].summary}" if bad else ""),
            *bad[:3],
        )


@case("ski-5.1.1-foreign-plaintext", clauses=("SKI-P-10", "SKI-REQ-5"), rows=("OR-14",), needs=("rsa",))
def foreign_plaintext(t: Context) -> Iterator[Variant]:
    """A 32-octet content key encrypted to the server's key is never returned; the answer is that of any
    bad padding.
    """
    key = t.rsa_key()
    message = t.rng.randbytes(32)
    for format in t.formats:
        control = t.proven(t.rsa_request(), format)
        answer = t.post(t.rsa_request(input=pkcs1.encrypt(key.rsa, message, t.rng)), format)
        yield t.same(f"{format} same", answer, control)
        released = answer.response is not None and message in (answer.output or answer.response.body)
        yield t.check(
            f"{format} not released", not released, "the message is not in the answer", answer.summary, answer
        )


@case("ski-5.1.2-nonce-reuse", clauses=("REQ-6.2-02", "SKI-4.2.2-01"), rows=("OR-15",), needs=("ec-p256",))
def nonce_reuse(t: Context) -> Iterator[Variant]:
    """Two signatures over one input are both valid, and the same r never stands with two different s."""
    for key in (k for k in t.target.select("ski-ecdhe") if k.type.startswith("ec-")):
        request = t.ecdhe_request(key)
        answers = [t.proven(request, t.formats[0]) for _ in range(2)]
        (r1, s1), (r2, s2) = (decode_dss_signature(a.output or b"") for a in answers)
        yield t.check(
            f"{key.name}",
            r1 != r2 or s1 == s2,
            "other r, or the same signature",
            "one r with two s",
            *answers,
        )


@case(
    "ski-5.1.2-nonces-distinct",
    clauses=("REQ-6.2-02",),
    rows=("OR-16",),
    needs=("ec-p256",),
    profile=Profile.DEFAULT,
)
def nonces_distinct(t: Context) -> Iterator[Variant]:
    """What a black box sees of ECDSA nonces: over many different inputs no r comes twice (500; 100,000 with
    the full profile).
    """
    count = 100_000 if t.profile is Profile.FULL else 500
    key = t.key("ec-p256")
    seen = {
        decode_dss_signature(t.proven(t.ecdhe_request(key), t.formats[0]).output or b"")[0]
        for _ in range(count)
    }
    yield t.check(f"{key.name}", len(seen) == count, f"{count} different r", f"{len(seen)} different r")


@case(
    "ski-4.2.2-signing-flood",
    clauses=("SKI-4.2.2-03", "REQ-5.2-02"),
    rows=("OR-10",),
    needs=("ecdhe", "limited-edge"),
    profile=Profile.FULL,
    serial=True,
)
def signing_flood(t: Context) -> Iterator[Variant]:
    """100,000 distinct requests of one limited edge meet its rate limit, while another edge is served
    throughout.
    """
    limited, others = [], []
    for i in range(100_000):
        limited.append(
            t.post(t.ecdhe_request(t.key(edge="limited")), t.formats[0], edge="limited").output is None
        )
        if i % 1000 == 0:
            others.append(t.post(t.ecdhe_request(), t.formats[0]))
    yield t.check(
        "limited",
        sum(limited) > len(limited) // 2,
        "most requests are refused",
        f"{sum(limited)} of {len(limited)} refused",
    )
    for i, answer in enumerate(others):
        yield t.served(f"other edge {i}", answer)
