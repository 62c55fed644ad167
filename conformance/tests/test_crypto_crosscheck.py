"""The three implementations of lurk/crypto/crypto.h against each other and against pyca/cryptography.

Each library has a probe, a program that answers JSON lines."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils, x25519

import crypto_reference as reference
import make_crypto_vectors as vectors
from make_crypto_keys import KEY_FILES, KEYS, pem
from probe import BINARIES, LIBRARIES, Probe, Reply, agreed

SOUND_KEYS = [name for name in KEY_FILES if not name.startswith(("unsupported", "malformed"))]
VECTORS: dict[str, list[dict[str, Any]]] = json.loads((KEYS.parent / "vectors.json").read_text())


def load(probe: Probe, name: str) -> Reply:
    return probe.ask("load", pem=(KEYS / name).read_text())


@pytest.fixture(scope="module")
def probes() -> Iterator[list[Probe]]:
    started = [Probe(f"crypto-probe-{library}", library) for library in LIBRARIES]
    yield started
    for probe in started:
        probe.close()


def test_each_probe_is_its_library(probes: list[Probe]) -> None:
    assert tuple(probe.ask("about")["name"] for probe in probes) == LIBRARIES


def test_vectors_are_those_of_the_script() -> None:
    """Everything that does not depend on a random signature can be made again."""
    for make in (vectors.digests, vectors.hmacs, vectors.keys,
                 vectors.public_keys, vectors.premasters, vectors.points):
        assert VECTORS[make.__name__] == list(make()), make.__name__


def test_signature_vectors_are_judged_alike_by_python() -> None:
    for vector in VECTORS["signatures"]:
        key = vectors.load(vector["key"]).public_key()
        valid = reference.verifies(key, reference.SCHEMES[vector["scheme"]], bytes.fromhex(vector["message"]),
                                   bytes.fromhex(vector["signature"]))
        assert valid == (vector["status"] == "ok"), (vector["key"], vector["scheme"], vector["comment"])


def test_hashes_agree(probes: list[Probe]) -> None:
    random_octets = random.Random(1)
    for length in (0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 5000):
        data, key = random_octets.randbytes(length), random_octets.randbytes(length // 2)
        for name in reference.HASHES:
            agreed(probes, "digest", hash=name, data=data)
            agreed(probes, "hmac", hash=name, data=data, key=key)


@pytest.mark.parametrize("name", KEY_FILES)
def test_key_files_are_taken_alike(probes: list[Probe], name: str) -> None:
    replies = [load(probe, name) for probe in probes]
    assert replies.count(replies[0]) == len(probes), replies
    expected = next(vector for vector in VECTORS["keys"] if vector["file"] == name)
    assert replies[0]["status"] == expected["status"]
    assert replies[0].get("spki") == expected.get("spki")


def bent(octets: bytes, chance: random.Random) -> bytes:
    """One octet changed, dropped or doubled."""
    at = chance.randrange(len(octets))
    middle = chance.choice((bytes([octets[at] ^ 1 << chance.randrange(8)]), b"", octets[at:at + 1] * 2))
    return octets[:at] + middle + octets[at + 1:]


@pytest.mark.parametrize("name", ["rsa2048.pem", "p256.pem", "p521.pem", "ed25519.pem"])
def test_bent_public_keys_are_judged_alike(probes: list[Probe], name: str) -> None:
    spki, chance = vectors.spki_of(vectors.load(name)), random.Random(name)
    statuses = {agreed(probes, "load_public", spki=bent(spki, chance))["status"] for _ in range(150)}
    assert statuses <= {"ok", "malformed", "unsupported"} and "malformed" in statuses


@pytest.mark.parametrize("name", ["rsa2048.pem", "rsa2048-pkcs1.pem", "p256.pem", "p521-sec1.pem",
                                  "ed25519.pem"])
def test_bent_private_keys_are_judged_alike(probes: list[Probe], name: str) -> None:
    label, _, rest = (KEYS / name).read_text().partition("-----BEGIN ")[2].partition("-----")
    octets, chance = base64.b64decode(rest.partition("-----")[0]), random.Random(name)
    statuses = set()
    for _ in range(60):
        key = pem(label, bent(octets, chance)).decode()
        statuses.add(agreed(probes, "load", pem=key)["status"])
    assert statuses <= {"ok", "malformed", "unsupported"} and "malformed" in statuses


# --- signatures ---

@pytest.mark.parametrize("name", SOUND_KEYS)
def test_signatures_verify_everywhere(probes: list[Probe], name: str) -> None:
    """Sign with each, verify with the others and with Python; sign with Python, verify with each."""
    key = vectors.load(name)
    for probe in probes:
        assert load(probe, name)["status"] == "ok"
        assert probe.ask("load_public", spki=vectors.spki_of(key))["status"] == "ok"
    for scheme in reference.schemes_of(key):
        message = f"{name} signed with {scheme.value:04x}".encode()
        signatures = {
            probe.library: probe.octets("sign", "signature", scheme=scheme.value, message=message)
            for probe in probes
        }
        signatures["python"] = reference.sign(key, scheme, message)
        for signer, signature in signatures.items():
            assert reference.verifies(key.public_key(), scheme, message, signature), (signer, scheme)
            common = {"scheme": scheme.value, "signature": signature}
            assert agreed(probes, "verify", message=message, **common) == {"status": "ok"}, (signer, scheme)
            assert agreed(probes, "verify", message=message + b".", **common) == {"status": "mismatch"}
        if scheme.kind in ("pkcs1", "ed25519"):
            assert len(set(signatures.values())) == 1, f"{scheme} is deterministic"


@pytest.mark.parametrize("name", ["p256.pem", "p384.pem", "p521.pem"])
def test_ecdsa_never_repeats_a_nonce(probes: list[Probe], name: str) -> None:
    """OR-15: the same message twice gives another r, or the same signature."""
    for probe in probes:
        load(probe, name)
        seen: dict[int, bytes] = {}
        for _ in range(20):
            signature = probe.octets("sign", "signature", scheme=0x0403, message=b"again")
            r, _ = utils.decode_dss_signature(signature)
            assert seen.setdefault(r, signature) == signature, probe.library


# --- RSA premaster ---

@pytest.mark.parametrize("name", ["rsa2048.pem", "rsa2050.pem", "rsa4096.pem"])
def test_premaster_vectors_agree(probes: list[Probe], name: str) -> None:
    """BL-01 to BL-08: the same 48 octets on all libraries, twice, and those that Python computes."""
    key = vectors.load_rsa(name)
    for probe in probes:
        load(probe, name)
    rows = [vector for vector in VECTORS["premasters"] if vector["key"] == name]
    assert rows
    for vector in rows:
        ciphertext = bytes.fromhex(vector["ciphertext"])
        expected = {"status": "ok", "premaster": vector["premaster"]}
        assert reference.premaster(key, ciphertext, vector["version"]).hex() == vector["premaster"]
        for _ in range(2):
            assert agreed(probes, "premaster", ciphertext=ciphertext, version=vector["version"]) == expected


@pytest.mark.parametrize("name", ["rsa2048.pem", "rsa2050.pem", "rsa2048-exponent-3.pem"])
def test_random_blocks_agree(probes: list[Probe], name: str) -> None:
    """Good blocks with up to three octets changed anywhere; most of them end up refused, some do not."""
    key = vectors.load_rsa(name)
    size = reference.modulus_len(key)
    chance = random.Random(name)
    good = next(reference.padding_blocks(size)).octets
    for probe in probes:
        load(probe, name)
    taken = refused = 0
    for _ in range(60):
        block = bytearray(good)
        for _ in range(chance.randrange(4)):
            block[chance.randrange(1, size)] = chance.choice((0, 1, 2, 3, chance.randrange(256)))
        ciphertext = reference.rsa_public(key, bytes(block))
        reply = agreed(probes, "premaster", ciphertext=ciphertext, version=0x0303)
        premaster = bytes.fromhex(reply["premaster"])
        assert premaster == reference.premaster(key, ciphertext, 0x0303), bytes(block).hex()
        taken += premaster == block[-48:]
        refused += premaster != block[-48:]
    assert taken >= 5 and refused >= 5


def test_substitutes_belong_to_key_ciphertext_and_version(probes: list[Probe]) -> None:
    """BL-09, BL-10: no two of them are equal, so that none is a constant."""
    substitutes = set()
    for name in ("rsa2048.pem", "rsa2048-exponent-3.pem"):
        for probe in probes:
            load(probe, name)
        for c in range(2, 6):
            for version in (0x0303, 0xfefd):
                reply = agreed(probes, "premaster", ciphertext=c.to_bytes(256, "big"), version=version)
                assert reply["premaster"].startswith(f"{version:04x}")
                substitutes.add(reply["premaster"][4:])
    # The version is in the first two octets only: what follows depends on key and ciphertext.
    assert len(substitutes) == 2 * 4


def test_same_key_in_another_file_gives_the_same_substitute(probes: list[Probe]) -> None:
    replies = []
    for name in ("rsa2048.pem", "rsa2048-pkcs1.pem"):
        for probe in probes:
            load(probe, name)
        replies.append(agreed(probes, "premaster", ciphertext=b"\x01" * 256, version=0x0303))
    assert replies[0] == replies[1]


@pytest.mark.parametrize("length", [0, 1, 48, 255, 257, 512])
def test_ciphertext_length_is_the_modulus_length(probes: list[Probe], length: int) -> None:
    for probe in probes:
        load(probe, "rsa2048.pem")
    assert agreed(probes, "premaster", ciphertext=bytes(length), version=0x0303) == {"status": "malformed"}


def test_only_rsa_keys_decrypt(probes: list[Probe]) -> None:
    for probe in probes:
        load(probe, "p256.pem")
    assert agreed(probes, "premaster", ciphertext=bytes(256), version=0x0303) == {"status": "unsupported"}


# --- groups ---

@pytest.mark.parametrize("group", [*reference.GROUPS, reference.X25519])
def test_ecdh_agrees_pairwise(probes: list[Probe], group: int) -> None:
    points = {probe: probe.octets("ecdh_generate", "point", group=group) for probe in probes}
    for one, other in permutations(probes, 2):
        assert reference.point_is_valid(group, points[one])
        assert one.octets("ecdh_derive", "secret", point=points[other]) == \
            other.octets("ecdh_derive", "secret", point=points[one])
    for probe in probes:
        share, secret = python_exchange(group, points[probe])
        assert probe.octets("ecdh_derive", "secret", point=share) == secret


def python_exchange(group: int, peer: bytes) -> tuple[bytes, bytes]:
    """A share of Python's own, and the secret that it has with the peer."""
    if group == reference.X25519:
        ours = x25519.X25519PrivateKey.generate()
        share = ours.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return share, ours.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
    curve = reference.GROUPS[group]
    key = ec.generate_private_key(curve)
    share = key.public_key().public_bytes(serialization.Encoding.X962,
                                          serialization.PublicFormat.UncompressedPoint)
    return share, key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, peer))


def test_points_are_judged_alike(probes: list[Probe]) -> None:
    for vector in VECTORS["points"]:
        reply = agreed(probes, "check_point", group=vector["group"], point=vector["point"])
        assert reply == {"status": vector["status"]}, vector["comment"]


@pytest.mark.parametrize("group", [*reference.GROUPS, reference.X25519])
def test_random_points_are_judged_alike(probes: list[Probe], group: int) -> None:
    """Good points with one bit changed, which NIST curves must refuse and X25519 takes."""
    chance = random.Random(group)
    for _ in range(40):
        point = bytearray(probes[0].octets("ecdh_generate", "point", group=group))
        point[chance.randrange(len(point))] ^= 1 << chance.randrange(8)
        valid = reference.point_is_valid(group, bytes(point))
        status = agreed(probes, "check_point", group=group, point=bytes(point))["status"]
        assert status == ("ok" if valid else "malformed"), point.hex()


# --- time ---

@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
@pytest.mark.parametrize(("decision", "expected"), [("select", 0), ("leaky", 9)])
def test_premaster_decision_has_no_secret_branch(decision: str, expected: int) -> None:
    """memcheck sees no jump and no address that depends on the block, but sees those of a leaky decision."""
    program = BINARIES / "premaster-flow"
    if not program.exists():
        pytest.skip(f"{program} is missing: it is built where valgrind's headers are")
    done = subprocess.run(["valgrind", "--quiet", "--error-exitcode=9", program, decision],
                          timeout=100, capture_output=True, text=True)
    assert done.returncode == expected, done.stderr
