"""Proof of ownership: a Schnorr proof that the edge knows b of bG, bound to its request (tls12 §6.1; A-20
to A-25; group PO)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..case import Variant, case
from ..codecs import lurk, ownership, tls, tls12
from ..codecs.curves import CURVES, Curve
from ..codecs.lurk import PooPrf, Status
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkRequest
from ..lurk_supply import sig_and_hash, signature_check
from . import _points
from ._lurk import signing_keys

PROTOCOL = "lurk"
SECTION = "LURK tls12 §6.1 proof of ownership"

MALFORMED, POO, POO_PRF = Status.INVALID_PAYLOAD_FORMAT, Status.INVALID_POO, Status.INVALID_POO_PRF
BITS = {PooPrf.SHA256_128: 128, PooPrf.SHA256_256: 256}
PROOFS = tuple(BITS)


@dataclass(frozen=True)
class Proof:
    """What the prover puts into a request and into its challenge; each can be changed apart from the
    other."""

    curve: Curve
    b: int
    v: int
    key_id: bytes
    client_random: bytes
    server_random: bytes
    algorithm: bytes
    prf: PooPrf = PooPrf.SHA256_256
    freshness: bytes = b"\0"

    @property
    def bg(self) -> bytes:
        return ownership.public(self.curve, self.b)

    @property
    def vg(self) -> bytes:
        return ownership.public(self.curve, self.v)

    @property
    def params(self) -> bytes:
        return tls.ecdh_params(self.curve.name, self.bg)

    def challenge(self, bits: int | None = None) -> int:
        randoms = self.client_random + self.server_random
        items = (self.key_id, self.freshness, self.algorithm, self.params)
        return ownership.challenge(self.curve, self.vg, self.bg, randoms, *items, bits or BITS[self.prf])

    def response(self, c: int | None = None) -> bytes:
        return ownership.response(self.curve, self.v, self.challenge() if c is None else c, self.b)

    def but(self, **changes: object) -> Proof:
        return replace(self, **changes)


def _proof(
    t: LurkContext,
    curve_name: str = "secp256r1",
    prf: PooPrf = PooPrf.SHA256_256,
    b: int | None = None,
    v: int | None = None,
) -> Proof:
    key, curve = t.signing_key(), CURVES[curve_name]
    b, v = b or t.rng.randrange(1, curve.n), v or t.rng.randrange(1, curve.n)
    id = t.key_id(key)
    return Proof(curve, b, v, id, t.rng.randbytes(32), t.server_random(), sig_and_hash(key), prf)


def _request(t: LurkContext, p: Proof, vg: bytes | None = None, r: bytes | None = None) -> LurkRequest:
    """What `p` says, with the proof that it makes unless another is given."""
    fields = lurk.ecdhe(
        p.key_id,
        p.client_random,
        p.server_random,
        p.algorithm,
        p.params,
        p.prf,
        p.vg if vg is None else vg,
        p.response() if r is None else r,
    )
    signed = p.client_random + tls12.freshness(p.server_random) + p.params
    return LurkRequest(lurk.Type.ECDHE, fields, signature_check(t.signing_key(), "SHA-256", signed))


@case(
    "lurk-tls12-6.1-proof-served",
    clauses=("TLS12-6.1-06", "TLS12-6.1-10", "TLS12-6.1-11", "TLS12-6.1-01", "TLS12-6.1-02"),
)
def proof_served(t: LurkContext) -> Iterator[Variant]:
    """True proofs of both lengths are served on the three curves; r is as long as the order (A-20)."""
    for curve in CURVES:
        for prf in PROOFS:
            for number in range(3):
                answer = t.ask(_request(t, _proof(t, curve, prf)))
                yield t.succeeded(f"{curve} {prf.name} {number}", answer)


@case("lurk-tls12-6.1-proof-of-known-points", clauses=("TLS12-6.1-06",), rows=("PO-17", "IC-18"))
def proof_of_known_points(t: LurkContext) -> Iterator[Variant]:
    """True proofs for G (b = 1), -G, and with vG equal to bG or to G are served like any; without the
    proof they are not."""
    for curve in CURVES.values():
        last = curve.n - 1
        for label, b, v in (
            ("bG = G", 1, None),
            ("bG = -G", last, None),
            ("vG = G", None, 1),
            ("vG = -G", None, last),
            ("vG = bG = G", 1, 1),
            ("vG = bG", 7, 7),
        ):
            p = _proof(t, curve.name, b=b, v=v)
            yield t.succeeded(f"{curve.name} {label}", t.ask(_request(t, p)))
            r = t.rng.randrange(curve.n).to_bytes(len(p.response()), "big")
            false = _request(t, p.but(server_random=t.server_random()), r=r)
            yield t.refused(f"{curve.name} {label}, false", t.ask(false), POO)


@case("lurk-tls12-6.4-proof-random", clauses=("TLS12-6.4-05", "TLS12-6.1-06", "TLS12-3-03"), rows=("PO-01",))
def proof_random(t: LurkContext) -> Iterator[Variant]:
    """Random r with the true vG, a random vG with r as if it were true, and both at random, are
    invalid_poo."""
    for curve in CURVES.values():
        for prf in PROOFS:
            p = _proof(t, curve.name, prf)
            size = len(p.response())
            for label, vg, r in (
                ("r", None, t.rng.randrange(curve.n).to_bytes(size, "big")),
                ("vG", curve.good(t.rng), None),
                ("both", curve.good(t.rng), t.rng.randrange(curve.n).to_bytes(size, "big")),
            ):
                answer = t.ask(_request(t, p.but(server_random=t.server_random()), vg, r))
                yield t.refused(f"{curve.name} {prf.name} {label}", answer, POO)


def _simulated(p: Proof, r: int, c: int) -> bytes:
    """vG = rG + c(bG), which verifies for this c alone."""
    curve = p.curve
    b_point = ownership.multiply(curve, p.b, ownership.generator(curve))
    sum = ownership.add(
        curve,
        ownership.multiply(curve, r, ownership.generator(curve)),
        ownership.multiply(curve, c, b_point),
    )
    assert sum is not None
    return curve.encode(*sum)


@case("lurk-tls12-6.4-proof-simulated", clauses=("TLS12-6.4-05", "TLS12-6.1-06"), rows=("PO-02",))
def proof_simulated(t: LurkContext) -> Iterator[Variant]:
    """Who chooses r and c first gets a vG that verifies for that c; the server computes its own:
    invalid_poo."""
    for curve in CURVES.values():
        size = len(_proof(t, curve.name).response())
        for prf in PROOFS:
            for label, c in (("random c", t.rng.getrandbits(BITS[prf])), ("c = 0", 0), ("c = 1", 1)):
                p, r = _proof(t, curve.name, prf), t.rng.randrange(1, curve.n)
                request = _request(t, p, _simulated(p, r, c), r.to_bytes(size, "big"))
                yield t.refused(f"{curve.name} {prf.name} {label}", t.ask(request), POO)


@case("lurk-tls12-6.4-proof-pylurk", clauses=("TLS12-6.4-05", "TLS12-6.1-02"), rows=("PO-03",))
def proof_pylurk(t: LurkContext) -> Iterator[Variant]:
    """The proof of pylurk, rG and tG = c(bG) + rG, can be made for any bG; it is refused, as are its
    points in the draft's places (A-23)."""
    for curve in CURVES.values():
        p, r = _proof(t, curve.name), t.rng.randrange(1, curve.n)
        c, rg = t.rng.getrandbits(256), ownership.public(curve, r)
        tg = _simulated(p, r, c)
        size = len(p.response())
        good = _request(t, p)
        for label, vg, rest in (
            ("two points", tls.vector(rg), tls.vector(tg)),
            ("two points, no lengths", rg, tg),
            ("rG and r", tls.vector(rg), r.to_bytes(size, "big")),
            ("tG and r", tls.vector(tg), r.to_bytes(size, "big")),
        ):
            fresh = good.replaced(vG=vg, r=rest, server_random=t.server_random())
            yield t.refused(f"{curve.name} {label}", t.ask(fresh), POO, also=(MALFORMED,))


@case(
    "lurk-tls12-6.4-proof-of-another-request",
    clauses=("TLS12-6.1-16", "TLS12-6.4-05", "TLS12-6.1-10"),
    rows=("PO-04", "PO-05"),
)
def proof_of_another_request(t: LurkContext) -> Iterator[Variant]:
    """A proof is good for its own request: with another client_random, S, key, algorithm, freshness, bG
    or curve in the challenge than in the request it is invalid_poo."""
    ids = [t.key_id(key) for key in signing_keys(t)]
    for prf in PROOFS:
        for curve in CURVES:
            p = _proof(t, curve, prf)
            changes = {
                "client_random": p.but(client_random=t.rng.randbytes(32)),
                "one bit of client_random": p.but(
                    client_random=p.client_random[:-1] + bytes([p.client_random[-1] ^ 1])
                ),
                "server_random": p.but(server_random=t.server_random()),
                "key_id": p.but(key_id=ids[1] if len(ids) > 1 else b"\0\1\2\3\4"),
                "key_id of type 1": p.but(key_id=b"\1" + p.key_id[1:]),
                "sig_and_hash": p.but(algorithm=b"\5" + p.algorithm[1:]),
                "freshness": p.but(freshness=b"\1"),
                "bG": p.but(b=t.rng.randrange(1, p.curve.n)),
            }
            for label, other in changes.items():
                sent = p.but(server_random=t.server_random()) if label != "server_random" else p
                bound = other.but(server_random=sent.server_random) if label != "server_random" else other
                request = _request(t, sent, r=bound.response())
                yield t.refused(f"{curve} {prf.name} {label}", t.ask(request), POO)


@case("lurk-tls12-6.4-proof-of-another-share", clauses=("TLS12-6.1-16", "TLS12-6.1-06"), rows=("PO-05",))
def proof_of_another_share(t: LurkContext) -> Iterator[Variant]:
    """The parameters of a proven request exchanged for another point, -bG or vG itself are invalid_poo."""
    for curve in CURVES.values():
        p = _proof(t, curve.name)
        for label, point in (
            ("random", curve.good(t.rng)),
            ("-bG", ownership.public(curve, curve.n - p.b)),
            ("vG", p.vg),
            ("2bG", ownership.public(curve, 2 * p.b % curve.n)),
        ):
            fresh = p.but(server_random=t.server_random())
            request = _request(t, fresh).replaced(ecdhe_params=tls.ecdh_params(curve.name, point))
            yield t.refused(f"{curve.name} {label}", t.ask(request), POO)


@case("lurk-tls12-6.1-proof-r-encoding", clauses=("TLS12-6.1-02", "TLS12-6.4-05"), rows=("PO-06",))
def r_encoding(t: LurkContext) -> Iterator[Variant]:
    """r has one encoding: r + n where it fits (P-521), n - r, 0, n and all ones are refused."""
    for curve in CURVES.values():
        for prf in PROOFS:
            p = _proof(t, curve.name, prf)
            size = len(p.response())
            values = {
                "0": 0,
                "n": curve.n,
                "n - 1": curve.n - 1,
                "n + 1": curve.n + 1,
                "ones": 256**size - 1,
            }
            for label, value in values.items():
                fresh = p.but(server_random=t.server_random())
                request = _request(t, fresh, r=value.to_bytes(size, "big"))
                yield t.refused(f"{curve.name} {prf.name} {label}", t.ask(request), POO, also=(MALFORMED,))
            for label, change in (("r + n", 1), ("r + 2n", 2), ("n - r", 0)):
                fresh = p.but(server_random=t.server_random())
                r = int.from_bytes(fresh.response(), "big")
                value = r + change * curve.n if change else curve.n - r
                if value < 256**size:
                    request = _request(t, fresh, r=value.to_bytes(size, "big"))
                    yield t.refused(
                        f"{curve.name} {prf.name} {label}", t.ask(request), POO, also=(MALFORMED,)
                    )


@case("lurk-tls12-6.1-proof-commitment", clauses=("TLS12-6.1-06", "TLS12-6.1-05"), rows=("PO-07",))
def commitment(t: LurkContext) -> Iterator[Variant]:
    """vG is checked like bG: infinity, points beside the curve, of other curves, of small order, in other
    forms and lengths."""
    for row, make in _points.BAD_POINTS.items():
        for label, params in make(t.rng).items():
            declared = next(n for n, id in tls.CURVE_IDS.items() if id == int.from_bytes(params[1:3], "big"))
            request = _request(t, _proof(t, declared)).replaced(vG=params[3:])
            yield t.refused(f"{row} {label}", t.ask(request), POO, also=(MALFORMED,))


@case("lurk-tls12-6.1-proof-order-two", clauses=("TLS12-6.1-05", "TLS12-6.1-06"), rows=("IC-02",))
def order_two(t: LurkContext) -> Iterator[Variant]:
    """For bG of order 2 on another curve c(bG) vanishes for each even c, so that r = v verifies where bG
    is not checked; it is refused."""
    for curve in CURVES.values():
        for prf in PROOFS:
            p, bg = _proof(t, curve.name, prf), curve.encode(t.rng.randrange(1, curve.p), 0)
            params, c = tls.ecdh_params(curve.name, bg), 1
            while c % 2:
                p = p.but(client_random=t.rng.randbytes(32))
                randoms = p.client_random + p.server_random
                c = ownership.challenge(
                    curve, p.vg, bg, randoms, p.key_id, b"\0", p.algorithm, params, BITS[prf]
                )
            r = p.v.to_bytes(len(p.response()), "big")
            answer = t.ask(_request(t, p, r=r).replaced(ecdhe_params=params))
            also = (MALFORMED, Status.INVALID_EC_CURVE)
            yield t.refused(f"{curve.name} {prf.name}", answer, POO, also=also)


@case("lurk-tls12-6.1-proof-other-length", clauses=("TLS12-6.1-11", "TLS12-6.4-05"), rows=("PO-08",))
def challenge_of_other_length(t: LurkContext) -> Iterator[Variant]:
    """c of 256 bits under sha256_128 and the reverse are invalid_poo; so is c that is not truncated at
    all."""
    for curve in CURVES:
        for prf, bits in ((PooPrf.SHA256_128, 256), (PooPrf.SHA256_256, 128), (PooPrf.SHA256_128, 64)):
            p = _proof(t, curve, prf)
            answer = t.ask(_request(t, p, r=p.response(p.challenge(bits))))
            yield t.refused(f"{curve} {prf.name} with {bits} bits", answer, POO)


def _transcripts(p: Proof) -> dict[str, bytes]:
    """Ways to write down the items of the challenge, all wrong but near (A-22)."""
    g, vg, bg = p.curve.encode(p.curve.gx, p.curve.gy), p.vg, p.bg
    user, label = p.client_random + p.server_random, ownership.LABEL
    inner = (p.key_id, p.freshness, p.algorithm, p.params, label)

    def long(*items: bytes) -> bytes:
        return b"".join(tls.vector(item, 4) for item in items)

    def short(*items: bytes) -> bytes:
        return b"".join(tls.vector(item, 2) for item in items)

    moved = (p.key_id + p.freshness, b"", *inner[2:])
    return {
        "no lengths": g + vg + bg + user + b"".join(inner),
        "lengths of two octets": short(g, vg, bg, user, short(*inner)),
        "OtherInfo without inner lengths": long(g, vg, bg, user, b"".join(inner)),
        "OtherInfo without its length": long(g, vg, bg, user) + long(*inner),
        "UserID without its length": long(g, vg, bg) + user + long(long(*inner)),
        "UserID in two items": long(g, vg, bg, p.client_random, p.server_random, long(*inner)),
        "octets moved from freshness to key_id": long(g, vg, bg, user, long(*moved)),
        "octet moved from OtherInfo to UserID": long(g, vg, bg, user + long(*inner)[:1], long(*inner)[1:]),
        "vG and bG exchanged": long(g, bg, vg, user, long(*inner)),
        "no G": long(vg, bg, user, long(*inner)),
        "points with their length octets": long(*map(tls.vector, (g, vg, bg)), user, long(*inner)),
        "points without 04": long(g[1:], vg[1:], bg[1:], user, long(*inner)),
        "no label": long(g, vg, bg, user, long(*inner[:-1])),
        "label with a zero octet": long(g, vg, bg, user, long(*inner[:-1], label + b"\0")),
        "label tls12 pfs": long(g, vg, bg, user, long(*inner[:-1], b"tls12 pfs")),
        "key_id without its type": long(g, vg, bg, user, long(p.key_id[1:], *inner[1:])),
        "server_random first": long(g, vg, bg, p.server_random + p.client_random, long(*inner)),
    }


@case("lurk-tls12-6.1-proof-borders", clauses=("TLS12-6.1-10", "TLS12-6.4-05"), rows=("PO-09",))
def borders(t: LurkContext) -> Iterator[Variant]:
    """The challenge has every item with its length: without lengths, with octets moved over a border,
    with items in another order or form it is another one, and invalid_poo (A-22)."""
    for curve in CURVES:
        for prf in PROOFS:
            for label in _transcripts(_proof(t, curve, prf)):
                p = _proof(t, curve, prf)
                digest = hashlib.sha256(_transcripts(p)[label]).digest()
                c = int.from_bytes(digest[: BITS[prf] // 8], "big")
                answer = t.ask(_request(t, p, r=p.response(c)))
                yield t.refused(f"{curve} {prf.name} {label}", answer, POO)


@case("lurk-tls12-6.1-proof-over-image", clauses=("TLS12-6.1-10", "TLS12-6.4-05"), rows=("PO-10",))
def over_image(t: LurkContext) -> Iterator[Variant]:
    """The challenge has S as it is in the request; with ServerHello.random in its place it is
    invalid_poo."""
    for curve in CURVES:
        for prf in PROOFS:
            p = _proof(t, curve, prf)
            image = p.but(server_random=tls12.freshness(p.server_random))
            answer = t.ask(_request(t, p, r=image.response()))
            yield t.refused(f"{curve} {prf.name}", answer, POO)


@case("lurk-tls12-6.1-proof-on-x25519", clauses=("TLS12-6.1-15", "TLS12-6.4-04"), rows=("PO-11",))
def proof_on_x25519(t: LurkContext) -> Iterator[Variant]:
    """There are no proofs on X25519 and X448: invalid_poo_prf, never a signature (A-25); a peer may say
    invalid_poo, and invalid_ec_curve for X448."""
    for curve, size in (("x25519", 32), ("x448", 56)):
        for prf in PROOFS:
            for label, vg, r in (
                ("random", t.rng.randbytes(size), t.rng.randbytes(size)),
                ("small order", bytes(size), bytes(size)),
                ("of 65 octets", CURVES["secp256r1"].good(t.rng), t.rng.randbytes(32)),
            ):
                params = tls.ecdh_params(curve, t.rng.randbytes(size - 1) + b"\x40")
                request = t.ecdhe(curve="x25519").replaced(ecdhe_params=params, poo_prf=bytes([prf]))
                request = request.followed_by("vG", tls.vector(vg)).followed_by("r", r)
                also = (POO, *((Status.INVALID_EC_CURVE,) if curve == "x448" else ()))
                yield t.refused(f"{curve} {prf.name} {label}", t.ask(request), POO_PRF, also=also)


@case(
    "lurk-tls12-6.4-poo-prf-unknown", clauses=("TLS12-6.4-04", "TLS12-6.1-01", "TLS12-3-03"), rows=("PO-12",)
)
def poo_prf_unknown(t: LurkContext) -> Iterator[Variant]:
    """poo_prf 3 to 255 are invalid_poo_prf, on P-256 and on X25519."""
    for prf in range(3, 256):
        octet = bytes([prf])
        yield t.refused(f"{prf}", t.ask(_request(t, _proof(t)).replaced(poo_prf=octet)), POO_PRF)
        answer = t.ask(t.ecdhe(curve="x25519").replaced(poo_prf=octet))
        yield t.refused(f"{prf} x25519", answer, POO_PRF)


@case("lurk-tls12-6.1-null-with-proof", clauses=("TLS12-6.1-02",), rows=("PO-13",))
def null_with_proof(t: LurkContext) -> Iterator[Variant]:
    """null stands alone: vG and r behind it are octets left over; where a proof is required null itself
    is at fault."""
    also = (POO_PRF,) if t.lurk_target.proof_required else ()
    for curve in CURVES:
        request = _request(t, _proof(t, curve)).replaced(poo_prf=b"\0")
        yield t.refused(curve, t.ask(request), MALFORMED, also=also)
    good = t.ecdhe(curve="x25519")
    more = good.followed_by("vG", tls.vector(t.rng.randbytes(32))).followed_by("r", t.rng.randbytes(32))
    yield t.refused("x25519", t.ask(more), MALFORMED)


@case("lurk-tls12-6.1-proof-r-length", clauses=("TLS12-6.1-02", "TLS12-6.1-11"), rows=("PO-14", "LN-05"))
def r_length(t: LurkContext) -> Iterator[Variant]:
    """r is as long as the order: 16 octets, which the draft has for sha256_128, 32 on the larger curves,
    and one more or less are invalid_payload_format (A-20)."""
    for curve in CURVES:
        for prf in PROOFS:
            p = _proof(t, curve, prf)
            r = p.response()
            lengths = {0, 1, 16, 32, len(r) - 1, len(r) + 1, 2 * len(r)} - {len(r)}
            for length in sorted(lengths):
                padded = r.rjust(length, b"\0")[-length:] if length else b""
                answer = t.ask(_request(t, p.but(server_random=t.server_random()), r=padded))
                yield t.refused(f"{curve} {prf.name} {length} octets", answer, MALFORMED)


@case("lurk-tls12-6.1-commitment-length", clauses=("TLS12-6.1-02",), rows=("PO-16", "LN-05"))
def commitment_length(t: LurkContext) -> Iterator[Variant]:
    """A length octet of vG that reaches into r, or ends before the point does, is refused as a whole."""
    for curve in CURVES:
        for change in (1, 32, -1, -32):
            p = _proof(t, curve)
            vg = bytes([len(p.vg) + change]) + p.vg
            yield t.refused(f"{curve} {change:+d}", t.ask(_request(t, p).replaced(vG=vg)), MALFORMED)
        for claimed in (0, 255):
            p = _proof(t, curve)
            request = _request(t, p).replaced(vG=bytes([claimed]) + p.vg)
            yield t.refused(f"{curve} {claimed}", t.ask(request), MALFORMED)
