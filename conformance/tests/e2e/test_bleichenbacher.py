"""The search for a padding oracle: it learns nothing from the reference key servers, and it decrypts with the
help of those whose faults are oracles."""

from __future__ import annotations

import random
import pytest
from programs import Start

from lurkspec.bleichenbacher import Finding, Oracle, search
from lurkspec.cases import ski_bleichenbacher, tls12_bleichenbacher
from lurkspec.cases._ciphertexts import all_bad
from lurkspec.codecs.lurk import Type
from lurkspec.context import Context
from lurkspec.embedded import LIBRARIES, EmbeddedKeyServer
from lurkspec.keys import TLS12_RSA_USAGE, Key
from lurkspec.lurk_context import LurkContext
from lurkspec.reference import LURK

# A replay window hides the second answer to the same question; without it nothing but the rejection protects.
WITHOUT_WINDOW = LURK | {"replay_window_seconds": 0}


# An attacker goes on to the end in the same way.
BITS = 100


def found(oracle: Oracle, key: Key) -> Finding:
    rng = random.Random("search")
    return search(oracle, key.rsa, all_bad(key.rsa, rng), rng, multiples=10, bits=BITS)


def over_ski(server: EmbeddedKeyServer) -> Finding:
    with Context(server.target, "search") as t:
        return found(ski_bleichenbacher.asked_twice(t, {}), t.rsa_key())


def over_lurk(server: EmbeddedKeyServer, type: Type) -> Finding:
    with LurkContext(server.target, "search") as t:
        key = t.target.select(TLS12_RSA_USAGE)[0]
        return found(tls12_bleichenbacher.asked_twice(t, type, {}), key)


@pytest.mark.parametrize("library", LIBRARIES)
def test_reference_tells_nothing(library: str, start: Start) -> None:
    server = start(library, lurk_options=WITHOUT_WINDOW)
    findings = [over_ski(server), *(over_lurk(server, type) for type in tls12_bleichenbacher.OPEN_TYPES)]
    for finding in findings:
        assert (len(finding.classes), finding.bits) == (1, 0), finding.summary


def test_random_master_secrets_tell_good_from_bad(start: Start) -> None:
    """The text of the draft to the letter: the good ciphertext stands alone."""
    finding = over_lurk(start("openssl", "rejection_random", lurk_options=WITHOUT_WINDOW), Type.RSA_MASTER)
    assert len(finding.classes) == 2 and ["good"] in finding.classes.values(), finding.summary


def test_random_master_secrets_for_bad_padding_decrypt(start: Start) -> None:
    server = start("openssl", "rejection_random_padding", lurk_options=WITHOUT_WINDOW)
    finding = over_lurk(server, Type.RSA_MASTER)
    assert finding.bits >= BITS, finding.summary


def test_statuses_decrypt(start: Start) -> None:
    """SKI §5.1.1 to the letter."""
    finding = over_ski(start("openssl", "distinguishable_padding_error"))
    assert finding.bits >= BITS, finding.summary
