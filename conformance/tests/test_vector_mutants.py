"""The vectors notice what implementers get wrong: our own answers with one check bent at a time."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from typing import Any

import pytest

from lurkspec.case import Verdict
from lurkspec.codecs import cbor, json, ownership, tls12
from lurkspec.codecs import lurk as lurk_codec
from lurkspec.vectors import chains, derive, exchanges, handshake, lurk, secrets, signatures, ski
from lurkspec.vectors.answering import answer
from lurkspec.vectors.judge import judge
from lurkspec.vectors.model import Vector, published, read_all

_vectors = read_all(published())


def of(*operations: str) -> list[Vector]:
    return [vector for vector in _vectors if vector.operation in operations]


def failures(asked: list[Vector]) -> list[Vector]:
    return [v for v in asked if judge(v, answer(v.question)).verdict is Verdict.FAIL]


def first_version(numbers: Any, ciphertext: bytes, version: int) -> bytes:
    """Decryption that gives what stands at the end of the block."""
    number = int.from_bytes(ciphertext, "big")
    block = secrets._private_power(numbers, number % numbers.public_numbers.n)
    return block.to_bytes(512, "big")[-48:]


# What is bent, where, by what, and the operations that must notice.
MUTANTS: dict[str, tuple[Any, str, Any, tuple[str, ...]]] = {
    "S on the wire": (tls12, "freshness", lambda s: s, ("freshness", "master_secret", "finished")),
    "any base64": (
        json,
        "base64_decode",
        lambda t: base64.b64decode(t + "=="),
        ("ski_request", "ski_response"),
    ),
    "any CBOR": (cbor, "decode", lambda d: cbor._read(d, False)[0], ("ski_request",)),
    "any protocol": (ski, "PROTOCOLS", (*ski.PROTOCOLS, "TLS 1.4"), ("ski_request",)),
    "any suite": (handshake, "SUITES", handshake.SUITES | {0xC02F}, ("tls12_request",)),
    "points unchecked": (derive, "point_is_valid", lambda group, point: True, ("point", "ecdhe_input")),
    "points unchecked by ecdhe": (
        exchanges,
        "point_is_valid",
        lambda group, point: True,
        ("ecdhe_exchange",),
    ),
    "proofs unchecked": (ownership, "verifies", lambda *_: True, ("ownership_proof",)),
    "plaintext released": (secrets, "decrypt", first_version, ("rsa_premaster",)),
    "trailing octets taken": (lurk.Fields, "end", lambda self: None, ("tls12_request",)),
    "any freshness": (lurk_codec, "FRESHNESS_SHA256", 255, ("tls12_request",)),
    "nobody's client Finished": (hmac, "compare_digest", lambda a, b: True, ("rsa_exchange",)),
    "any certificate": (exchanges, "_is_of_key", lambda *_: True, ("rsa_exchange",)),
    "any scheme": (signatures, "fit", lambda *_: ("ecdsa", "SHA-256"), ("scheme",)),
    "any signature": (signatures, "verify", lambda *_: None, ("signature",)),
    "any issuer": (chains, "_issued", lambda *_: None, ("certificate_signature", "certificate_chain")),
    "any authority": (chains, "_is_authority", lambda *_: True, ("certificate_chain",)),
    "any use": (chains, "_allows", lambda *_: True, ("key_usage", "certificate_chain")),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_bent_check_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, what, bent, operations = MUTANTS[name]
    monkeypatch.setattr(where, what, bent)
    for operation in operations:
        # A sample, with the valid ones, keeps slow operations short.
        asked = of(operation)
        found = failures(asked if len(asked) <= 250 else asked[:: len(asked) // 200])
        assert found, f"{operation} does not notice"


def test_without_a_mutant_nothing_fails() -> None:
    sample: Callable[[list[Vector]], list[Vector]] = lambda found: found[::7]
    assert not failures(sample(_vectors))
