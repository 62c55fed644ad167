"""lurk/tls over the three libraries: proofs made with one verify with the others and with the suite's own
codec, and the vectors are those of their script."""

from __future__ import annotations

import datetime
import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from itertools import permutations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

import make_tls12_vectors as vectors
from lurkspec.codecs import lurk, ownership
from lurkspec.codecs.curves import CURVES, Curve
from lurkspec.codecs.tls import CURVE_IDS, ecdh_params
from probe import BINARIES, LIBRARIES, Probe, agreed


@pytest.fixture(scope="module")
def probes() -> Iterator[list[Probe]]:
    started = [Probe(f"tls-probe-{library}", library) for library in LIBRARIES]
    yield started
    for probe in started:
        probe.close()


def test_each_probe_is_its_library(probes: list[Probe]) -> None:
    assert tuple(probe.ask("about")["name"] for probe in probes) == LIBRARIES


def test_vectors_are_those_of_the_script() -> None:
    written = json.loads(vectors.FILE.read_text())
    assert list(written) == [make.__name__ for make in vectors.LISTS]
    for make in vectors.LISTS:
        assert written[make.__name__] == list(make()), make.__name__


# --- proofs ---

def unproven(curve: Curve, point: bytes, rng: random.Random) -> bytes:
    return bytes(lurk.ecdhe(b"\0" + rng.randbytes(4), rng.randbytes(32), rng.randbytes(32), b"\4\3",
                            ecdh_params(curve.name, point)))


def python_verifies(curve: Curve, payload: bytes, poo_prf: lurk.PooPrf) -> bool:
    """The proof in an ecdhe request, taken apart by its known lengths."""
    head, size = 5 + 1 + 32 + 32 + 2, curve.octets
    params = payload[head:head + 4 + 1 + 2 * size]
    proof = payload[head + len(params):]
    assert proof[0] == poo_prf and proof[1] == 1 + 2 * size and len(proof) == 2 + 1 + 2 * size + size
    bg, vg, r = params[4:], proof[2:2 + 1 + 2 * size], proof[-size:]
    c = ownership.challenge(curve, vg, bg, payload[6:70], payload[:5], payload[5:6], payload[70:72], params,
                            vectors.PROOF_BITS[poo_prf])
    return ownership.verifies(curve, bg, vg, c, r)


@pytest.mark.parametrize("poo_prf", vectors.PROOF_BITS)
@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_proofs_verify_everywhere(probes: list[Probe], curve: Curve, poo_prf: lurk.PooPrf) -> None:
    rng = random.Random(f"{curve.name} {poo_prf}")
    for generator, prover in permutations(probes, 2):
        pair = generator.ask("generate", group=CURVE_IDS[curve.name])
        request = unproven(curve, bytes.fromhex(pair["point"]), rng)
        payload = prover.octets("prove", "payload", payload=request, scalar=pair["scalar"], poo_prf=poo_prf)
        assert agreed(probes, "verify", payload=payload) == {"status": "ok"}, prover.library
        assert python_verifies(curve, payload, poo_prf)
        assert payload.startswith(request[:-1])
        other = bytearray(payload)
        other[rng.randrange(6, 70)] ^= 1 << rng.randrange(8)  # in one of the randoms
        assert agreed(probes, "verify", payload=bytes(other)) == {"status": "mismatch"}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_generated_pairs_are_pairs(probes: list[Probe], curve: Curve) -> None:
    for probe in probes:
        pair = probe.ask("generate", group=CURVE_IDS[curve.name])
        assert ownership.public(curve, int(pair["scalar"], 16)).hex() == pair["point"]


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_random_sums_agree(probes: list[Probe], curve: Curve) -> None:
    rng = random.Random(curve.name)
    for _ in range(20):
        point = curve.point(rng)
        s, t = (rng.randrange(1, curve.n) for _ in range(2))
        total = ownership.add(curve, ownership.multiply(curve, s, ownership.generator(curve)),
                              ownership.multiply(curve, t, point))
        assert total is not None
        reply = agreed(probes, "sum", group=CURVE_IDS[curve.name], s=vectors.scalar(curve, s),
                       t=vectors.scalar(curve, t), point=curve.encode(*point))
        assert reply == {"status": "ok", "sum": curve.encode(*total).hex()}


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
@pytest.mark.parametrize(("arithmetic", "expected"), [("respond", 0), ("leaky", 9)])
def test_prover_has_no_secret_branch(arithmetic: str, expected: int) -> None:
    """memcheck sees no jump and no address that depends on v or b, but sees those of leaky arithmetic."""
    program = BINARIES / "scalar-flow"
    if not program.exists():
        pytest.skip(f"{program} is missing: it is built where valgrind's headers are")
    done = subprocess.run(["valgrind", "--quiet", "--error-exitcode=9", program, arithmetic],
                          timeout=100, capture_output=True, text=True)
    assert done.returncode == expected, done.stderr


# --- the key in a certificate (PH-10) ---

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def certificate(key: PrivateKey, name: str) -> bytes:
    now = datetime.datetime(2024, 1, 1)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now,
                                   now + datetime.timedelta(days=90)).add_extension(
        x509.SubjectAlternativeName([x509.DNSName(f"host{i}.example") for i in range(30)]), False,
    ).sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.fixture(scope="module")
def certificates() -> list[tuple[bytes, bytes]]:
    """With the SubjectPublicKeyInfo of each."""
    keys: list[PrivateKey] = [rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1()),
                              ec.generate_private_key(ec.SECP521R1())]
    return [(certificate(key, "n" * length), key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo))
        for key in keys for length in (1, 64)]


def test_key_of_a_certificate_is_found(probes: list[Probe], certificates: list[tuple[bytes, bytes]]) -> None:
    for der, spki in certificates:
        assert probes[0].ask("certificate_spki", certificate=der) == {"status": "ok", "spki": spki.hex()}


def test_what_is_no_certificate_has_no_key(probes: list[Probe],
                                           certificates: list[tuple[bytes, bytes]]) -> None:
    der, spki = certificates[0]
    for cut in (*range(300), *range(300, len(der), 17)):
        assert probes[0].ask("certificate_spki", certificate=der[:cut])["status"] == "malformed"
    for other in (der + b"\0", spki, b"\x31" + der[1:], b"\x30\x80" + der[4:] + b"\0\0",
                  b"\x30\x83\0" + der[2:]):
        assert probes[0].ask("certificate_spki", certificate=other)["status"] == "malformed"


def test_a_bent_certificate_never_shows_more_than_itself(probes: list[Probe],
                                                         certificates: list[tuple[bytes, bytes]]) -> None:
    """Whatever is found is a part of the input, so that a comparison with a key decides."""
    rng = random.Random("bent")
    for der, _ in certificates:
        for _ in range(150):
            bent = bytearray(der)
            bent[rng.randrange(len(bent))] ^= 1 << rng.randrange(8)
            reply = probes[0].ask("certificate_spki", certificate=bytes(bent))
            assert reply["status"] == "malformed" or bytes.fromhex(reply["spki"]) in bytes(bent)
