#!/usr/bin/python3
"""Writes lurk/tls/test/vectors.json: what lurk/tls and the points of lurk/crypto must compute. Expected
values come from the suite's own codecs and from how an input was made, never from the libraries tested."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cryptography.hazmat.primitives import serialization  # noqa: E402

from lurkspec.codecs import lurk, ownership, tls12  # noqa: E402
from lurkspec.codecs.curves import CURVES, Curve  # noqa: E402
from lurkspec.codecs.tls import CURVE_IDS, ecdh_params  # noqa: E402
from make_crypto_keys import KEYS  # noqa: E402
from make_crypto_vectors import load, spki_of  # noqa: E402

FILE = KEYS.parents[2] / "tls" / "test" / "vectors.json"
HASHES = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
PROOF_BITS = {lurk.PooPrf.SHA256_128: 128, lurk.PooPrf.SHA256_256: 256}

Vector = dict[str, Any]


def scalar(curve: Curve, value: int) -> str:
    return value.to_bytes(curve.octets, "big").hex()


# --- derivations ---

def prfs() -> Iterator[Vector]:
    """First those of the TLS working group's list (https://mailarchive.ietf.org/arch/msg/tls/
    fzVCzk-z3FShgGJ6DOXqM1ydxms), cut to 48 octets."""
    published = {
        "SHA-256": ("9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
                    "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
                    "6b301791e90d35c9c9a46b4e14baf9af"),
        "SHA-384": ("b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465",
                    "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
                    "e9ca0faa60be9fe34f82b1233c9146a0"),
        "SHA-512": ("b0323523c1853599584d88568bbb05eb", "d4640e12e4bcdbfb437f03e6ae418ee5",
                    "1261f588c798c5c201ff036e7a9cb5edcd7fe3f94c669a122a4638d7d508b283"
                    "042df6789875c7147e906d868bc75c45"),
    }
    for name, (secret, seed, output) in published.items():
        yield {"hash": name, "secret": secret, "label": "test label", "seed": seed, "output": output}
    rng = random.Random("prf")
    for name, digest in HASHES.items():
        for secret_len, seed_len, length in ((48, 64, 48), (48, 64, 104), (0, 0, 1), (200, 1, 33),
                                             (48, 48, 12), (48, 64, 64), (48, 64, 65), (48, 32, 300)):
            given, seed_octets = rng.randbytes(secret_len), rng.randbytes(seed_len)
            yield {"hash": name, "secret": given.hex(), "label": "key expansion", "seed": seed_octets.hex(),
                   "output": tls12.prf(digest, given, b"key expansion", seed_octets, length).hex()}


def masters() -> Iterator[Vector]:
    rng = random.Random("master")
    for name, digest in HASHES.items():
        premaster, client, server = rng.randbytes(48), rng.randbytes(32), rng.randbytes(32)
        yield {"hash": name, "premaster": premaster.hex(), "client_random": client.hex(),
               "server_hello_random": server.hex(),
               "master": tls12.master_secret(digest, premaster, client, server).hex()}


def extended_masters() -> Iterator[Vector]:
    rng = random.Random("extended master")
    for name, digest in HASHES.items():
        for length in (0, 1, 700):
            premaster, messages = rng.randbytes(48), rng.randbytes(length)
            yield {"hash": name, "premaster": premaster.hex(), "messages": messages.hex(),
                   "master": tls12.extended_master_secret(digest, premaster, messages).hex()}


def finished() -> Iterator[Vector]:
    rng = random.Random("finished")
    for name, digest in HASHES.items():
        for sender in ("client", "server"):
            master, messages = rng.randbytes(48), rng.randbytes(900)
            found = tls12.verify_data(digest, master, messages, f"{sender} finished".encode())
            yield {"hash": name, "sender": sender, "master": master.hex(), "messages": messages.hex(),
                   "verify_data": found.hex()}


def freshness() -> Iterator[Vector]:
    rng = random.Random("freshness")
    for s in (bytes(32), b"\xff" * 32, bytes(range(32)), rng.randbytes(32)):
        yield {"s": s.hex(), "random": tls12.freshness(s).hex()}


def key_ids() -> Iterator[Vector]:
    """A-06: of RSA keys RSAPublicKey and, as alias, SubjectPublicKeyInfo; of EC keys the latter alone."""
    for name in ("rsa2048.pem", "rsa2050.pem", "rsa4096.pem", "rsa2048-exponent-3.pem",
                 "p256.pem", "p384.pem", "p521.pem"):
        key = load(name)
        spki = spki_of(key)
        public = spki
        if name.startswith("rsa"):
            public = key.public_key().public_bytes(serialization.Encoding.DER,
                                                   serialization.PublicFormat.PKCS1)
        yield {"key": name, "key_id": "00" + hashlib.sha256(public).hexdigest()[:8],
               "alias": "00" + hashlib.sha256(spki).hexdigest()[:8]}


# --- scalars and points ---

def scalars_of(curve: Curve) -> list[int]:
    rng = random.Random(f"scalars of {curve.name}")
    return [1, 2, 3, curve.n - 1, curve.n - 2, curve.n // 2, 1 << 64, (1 << 128) - 1,
            *(rng.randrange(1, curve.n) for _ in range(4))]


def products() -> Iterator[Vector]:
    for curve in CURVES.values():
        group = CURVE_IDS[curve.name]
        for value in scalars_of(curve):
            yield {"group": group, "scalar": scalar(curve, value), "status": "ok",
                   "point": ownership.public(curve, value).hex()}
        for value in (0, curve.n, curve.n + 1, (1 << 8 * curve.octets) - 1):
            yield {"group": group, "scalar": scalar(curve, value), "status": "malformed"}
    yield {"group": CURVE_IDS["x25519"], "scalar": "01" * 32, "status": "unsupported"}


def sums() -> Iterator[Vector]:
    for curve in CURVES.values():
        group, base = CURVE_IDS[curve.name], ownership.generator(curve)
        rng = random.Random(f"sums of {curve.name}")
        points = [(1, base), (curve.n - 1, ownership.multiply(curve, curve.n - 1, base))]
        points += [(b, ownership.multiply(curve, b, base)) for b in (2, rng.randrange(curve.n))]
        for b, point in points:
            assert point is not None
            for t in (1, 2, curve.n - 1, rng.randrange(curve.n)):
                product = t * b % curve.n
                # A sum, a double, twice the point at infinity.
                for s in {1, rng.randrange(1, curve.n), product, curve.n - product}:
                    total = ownership.multiply(curve, s + product, base)
                    found = {"status": "mismatch"} if total is None else {
                        "status": "ok", "sum": curve.encode(*total).hex()}
                    yield {"group": group, "s": scalar(curve, s), "t": scalar(curve, t),
                           "point": curve.encode(*point).hex()} | found
        good = curve.encode(curve.gx, curve.gy)
        one, zero, order = (scalar(curve, value) for value in (1, 0, curve.n))
        for s_octets, t_octets, octets in (
                (zero, one, good), (one, zero, good), (order, one, good), (one, order, good),
                (one, one, curve.encode(curve.gx, curve.gy ^ 1)), (one, one, good[:-1]), (one, one, b"\0"),
                (one, one, curve.encode(curve.gx, curve.gy, 2 + curve.gy % 2))):
            yield {"group": group, "s": s_octets, "t": t_octets, "point": octets.hex(), "status": "malformed"}


def responses() -> Iterator[Vector]:
    """r = v - c b mod n, with every pair of small, large and middling numbers."""
    for curve in CURVES.values():
        rng = random.Random(f"responses of {curve.name}")
        for v in scalars_of(curve)[:8]:
            for c in (0, 1, (1 << 128) - 1, curve.n - 1, rng.getrandbits(128), rng.randrange(curve.n)):
                for b in (1, curve.n - 1, rng.randrange(1, curve.n)):
                    yield {"group": CURVE_IDS[curve.name], "v": scalar(curve, v), "c": scalar(curve, c),
                           "b": scalar(curve, b), "r": scalar(curve, (v - c * b) % curve.n)}
        c = rng.randrange(1, curve.n)
        yield {"group": CURVE_IDS[curve.name], "v": scalar(curve, 3 * c % curve.n), "c": scalar(curve, c),
               "b": scalar(curve, 3), "r": scalar(curve, 0)}


def reductions() -> Iterator[Vector]:
    for curve in CURVES.values():
        for value in (0, 1, curve.n - 1, curve.n, curve.n + 1, (1 << 256) - 1, (1 << 128) - 1):
            if value < 1 << 256:
                yield {"group": CURVE_IDS[curve.name], "octets": value.to_bytes(32, "big").hex(),
                       "scalar": scalar(curve, value % curve.n)}
        yield {"group": CURVE_IDS[curve.name], "octets": "", "scalar": scalar(curve, 0)}
        yield {"group": CURVE_IDS[curve.name], "octets": "ff" * 16, "scalar": scalar(curve, (1 << 128) - 1)}


# --- proofs of ownership ---

@dataclass(frozen=True)
class Proof:
    """Everything that goes into an ecdhe request with a proof, each part to be changed by itself."""
    curve: Curve
    poo_prf: lurk.PooPrf
    key_id: bytes
    client_random: bytes
    server_random: bytes
    scheme: bytes
    bg: bytes
    vg: bytes
    r: bytes

    @property
    def params(self) -> bytes:
        return ecdh_params(self.curve.name, self.bg)

    def challenge(self) -> int:
        return ownership.challenge(self.curve, self.vg, self.bg, self.client_random + self.server_random,
                                   self.key_id, b"\0", self.scheme, self.params, PROOF_BITS[self.poo_prf])

    def but(self, **changes: Any) -> Proof:
        return replace(self, **changes)

    def payload(self) -> bytes:
        return bytes(lurk.ecdhe(self.key_id, self.client_random, self.server_random, self.scheme,
                                self.params, self.poo_prf, self.vg, self.r))


def proven(curve: Curve, poo_prf: lurk.PooPrf, b: int, v: int, seed: str) -> Proof:
    rng = random.Random(seed)
    unproven = Proof(curve, poo_prf, b"\0" + rng.randbytes(4), rng.randbytes(32), rng.randbytes(32), b"\4\3",
                     ownership.public(curve, b), ownership.public(curve, v), b"")
    return unproven.but(r=ownership.response(curve, v, unproven.challenge(), b))


def unprefixed_challenge(proof: Proof) -> int:
    base = proof.curve.encode(proof.curve.gx, proof.curve.gy)
    octets = b"".join((base, proof.vg, proof.bg, proof.client_random, proof.server_random, proof.key_id,
                       b"\0", proof.scheme, proof.params, ownership.LABEL))
    return int.from_bytes(hashlib.sha256(octets).digest()[:PROOF_BITS[proof.poo_prf] // 8], "big")


def true_proofs(curve: Curve, poo_prf: lurk.PooPrf) -> Iterator[tuple[str, Proof]]:
    rng = random.Random(f"{curve.name} {poo_prf}")
    b, v = rng.randrange(1, curve.n), rng.randrange(1, curve.n)
    yield "good", proven(curve, poo_prf, b, v, "good")
    yield "PO-17 b = 1", proven(curve, poo_prf, 1, v, "one")
    yield "IC-18 b = n - 1", proven(curve, poo_prf, curve.n - 1, v, "minus one")
    yield "IC-18 vG = bG", proven(curve, poo_prf, b, b, "same")
    yield "v = 1", proven(curve, poo_prf, b, 1, "generator")


def forged_proofs(curve: Curve, poo_prf: lurk.PooPrf) -> Iterator[tuple[str, Proof]]:
    rng = random.Random(f"forged {curve.name} {poo_prf}")
    n, size = curve.n, curve.octets
    b, v = rng.randrange(1, n), rng.randrange(1, n)
    good = proven(curve, poo_prf, b, v, "forged")
    r, limit = int.from_bytes(good.r, "big"), 1 << 8 * size
    x, y = (int.from_bytes(good.bg[at:at + size], "big") for at in (1, 1 + size))
    other = CURVES["secp384r1" if curve.name != "secp384r1" else "secp256r1"]

    yield "PO-01 random r", good.but(r=rng.randrange(1, n).to_bytes(size, "big"))
    yield "PO-01 random vG", good.but(vg=curve.good(rng))
    # PO-02, PO-03: vG made to fit a challenge of the forger's choice.
    for name, c in (("any", rng.randrange(n)), ("zero", 0), ("one", 1)):
        point = ownership.add(curve, ownership.multiply(curve, r, ownership.generator(curve)),
                              ownership.multiply(curve, c, (x, y)))
        assert point is not None
        yield f"PO-02 vG for c = {name}", good.but(vg=curve.encode(*point))
    yield "PO-04 other client_random", good.but(client_random=rng.randbytes(32))
    yield "PO-04 other S", good.but(server_random=rng.randbytes(32))
    exchanged = good.but(client_random=good.server_random, server_random=good.client_random)
    yield "PO-04 randoms exchanged", exchanged
    yield "PO-04 other key_id", good.but(key_id=b"\0" + rng.randbytes(4))
    yield "PO-04 other sig_and_hash", good.but(scheme=b"\5\3")
    yield "PO-05 other bG", good.but(bg=curve.good(rng))
    yield "PO-05 bG negated", good.but(bg=curve.encode(x, curve.p - y))
    for name, value in (("0", 0), ("n", n), ("r + n", r + n), ("n - r", n - r), ("all ones", limit - 1)):
        if value < limit:
            yield f"PO-06 r = {name}", good.but(r=value.to_bytes(size, "big"))
    yield "PO-07 vG infinity", good.but(vg=b"\0")
    yield "PO-07 vG off the curve", good.but(vg=good.vg[:-1] + bytes([good.vg[-1] ^ 1]))
    yield "PO-07 vG of another curve", good.but(vg=other.good(rng))
    yield "PO-07 vG zero", good.but(vg=b"\4" + bytes(2 * size))
    for form in (0, 2, 3, 6, 7):
        yield f"PO-07 vG of form {form}", good.but(vg=bytes([form]) + good.vg[1:])
    yield "PO-07 vG compressed", good.but(vg=bytes([2 + good.vg[-1] % 2]) + good.vg[1:1 + size])
    swapped = {lurk.PooPrf.SHA256_128: lurk.PooPrf.SHA256_256, lurk.PooPrf.SHA256_256: lurk.PooPrf.SHA256_128}
    yield "PO-08 made for the other poo_prf", good.but(poo_prf=swapped[poo_prf])
    yield "PO-09 without length prefixes", good.but(
        r=ownership.response(curve, v, unprefixed_challenge(good), b))
    wire = good.but(server_random=tls12.freshness(good.server_random))
    yield "PO-10 over ServerHello.random", good.but(r=ownership.response(curve, v, wire.challenge(), b))
    yield "LN-15 r in little endian", good.but(r=good.r[::-1])
    yield "IC-01 bG off the curve", good.but(bg=curve.encode(x, y ^ 1))
    yield "IC-04 bG infinity", good.but(bg=b"\0")
    yield "IC-04 bG zero", good.but(bg=b"\4" + bytes(2 * size))
    yield "IC-06 bG compressed", good.but(bg=curve.encode(x, y, 2 + y % 2))
    yield "IC-06 bG hybrid", good.but(bg=curve.encode(x, y, 6 + y % 2))
    yield "IC-07 bG one octet longer", good.but(bg=good.bg + b"\0")
    yield "IC-07 bG one octet shorter", good.but(bg=good.bg[:-1])


def proofs() -> Iterator[Vector]:
    for curve in CURVES.values():
        for poo_prf in PROOF_BITS:
            for status, made in (("ok", true_proofs), ("mismatch", forged_proofs)):
                for comment, proof in made(curve, poo_prf):
                    yield {"comment": f"{curve.name} {poo_prf.name} {comment}", "status": status,
                           "payload": proof.payload().hex()}


LISTS = (prfs, masters, extended_masters, finished, freshness, key_ids, products, sums, responses, reductions,
         proofs)


def main() -> None:
    FILE.write_text(json.dumps({make.__name__: list(make()) for make in LISTS}, indent=0) + "\n")


if __name__ == "__main__":
    main()
