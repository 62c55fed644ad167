"""Implicit rejection over LURK: an edge that sees the master secret learns nothing about padding, length
or version of a ciphertext (tls12 §4.4 step 7, §9.1; A-15; group BL)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial

from .. import bleichenbacher
from ..case import Profile, Variant, case
from ..codecs import pkcs1
from ..codecs.lurk import PrfHash, Status, Type
from ..keys import Key
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkExchange, LurkRequest
from . import _ciphertexts
from ._ciphertexts import Ciphertexts, all_bad, timed_ciphertexts
from ._lurk import decryption_key, name, served_types
from ._timing import same_time

PROTOCOL = "lurk"
SECTION = "LURK tls12 §4.4 implicit rejection"

CLAUSES = ("TLS12-4.4-11", "TLS12-4.4-13", "TLS12-9.1-02")
# Those that give a master secret for any ciphertext; with proof there is invalid_finished (BL-13).
OPEN_TYPES = (Type.RSA_MASTER, Type.RSA_EXTENDED_MASTER)
MASTER = 48


def _types(t: LurkContext) -> list[Type]:
    return [type for type in OPEN_TYPES if type in served_types(t)]


def _request(t: LurkContext, type: Type, ciphertext: bytes, key: Key | None = None) -> LurkRequest:
    """A request for any ciphertext; its own check cannot be used."""
    key = key or decryption_key(t, type)
    if type == Type.RSA_MASTER:
        return t.rsa_master(key, ciphertext=ciphertext)
    premaster = pkcs1.premaster(t.rng)
    shake = t.handshake(key, premaster=premaster, ciphertext=ciphertext)
    return t.handshake_request(type, shake, premaster, key)


def _substitute(payload: bytes) -> str:
    return "" if len(payload) == MASTER else f"{len(payload)} octets tell that the padding was bad"


def _same_as_good(t: LurkContext, make: Callable[..., Ciphertexts]) -> Iterator[Variant]:
    for type in _types(t):
        key = decryption_key(t, type)
        control = t.ask(_request(t, type, pkcs1.encrypt(key.rsa, pkcs1.premaster(t.rng), t.rng)))
        yield t.succeeded(f"{name(type)} control", control, _substitute)
        for label, ciphertext in make(key.rsa, t.rng).items():
            answer = t.ask(_request(t, type, ciphertext))
            yield t.succeeded(f"{name(type)} {label}", answer, _substitute)
            yield t.same(f"{name(type)} {label}, same as good", answer, control)


@case("lurk-tls12-4.4-block-type", clauses=CLAUSES, rows=("BL-01",), needs=("lurk-decrypt",))
def block_type(t: LurkContext) -> Iterator[Variant]:
    """A block that does not begin 00 02 is answered like a good one."""
    yield from _same_as_good(t, _ciphertexts.block_type)


@case("lurk-tls12-4.4-first-octet", clauses=CLAUSES, rows=("BL-02",), needs=("lurk-decrypt",))
def first_octet(t: LurkContext) -> Iterator[Variant]:
    """A block whose first octet is not 00 is answered like a good one."""
    yield from _same_as_good(t, _ciphertexts.first_octet)


@case("lurk-tls12-4.4-zero-in-padding", clauses=CLAUSES, rows=("BL-03",), needs=("lurk-decrypt",))
def zero_in_padding(t: LurkContext) -> Iterator[Variant]:
    """A zero among the first eight padding octets is answered like a good block."""
    yield from _same_as_good(t, _ciphertexts.zero_in_padding)


@case("lurk-tls12-4.4-no-separator", clauses=CLAUSES, rows=("BL-04",), needs=("lurk-decrypt",))
def no_separator(t: LurkContext) -> Iterator[Variant]:
    """A block without the zero octet before the message is answered like a good one."""
    yield from _same_as_good(t, _ciphertexts.no_separator)


@case("lurk-tls12-4.4-premaster-length", clauses=CLAUSES, rows=("BL-05",), needs=("lurk-decrypt",))
def premaster_length(t: LurkContext) -> Iterator[Variant]:
    """A premaster secret that is not 48 octets long is answered like a good one, and no master secret
    comes of it."""
    yield from _same_as_good(t, _ciphertexts.premaster_length)
    for length in (0, 2, 46, 47, 49):
        premaster = (pkcs1.premaster(t.rng) + b"\1")[:length]
        request = t.rsa_master(decryption_key(t, Type.RSA_MASTER), premaster=premaster)
        answer = t.ask(request)
        derived = not request.check(answer.payload)
        yield t.check(
            f"{length} octets, withheld", not derived, "another master secret", answer.summary, answer
        )


@case(
    "lurk-tls12-4.4-premaster-version",
    clauses=(*CLAUSES, "TLS12-4.4-12"),
    rows=("BL-06",),
    needs=("lurk-decrypt",),
)
def premaster_version(t: LurkContext) -> Iterator[Variant]:
    """A premaster secret of another version is answered like a good one, with a master secret that is not
    its own (A-16)."""
    yield from _same_as_good(t, _ciphertexts.premaster_version)
    for type in _types(t):
        key = decryption_key(t, type)
        for version in (0x0302, 0x0301, 0x0300, 0x0304, 0x0000, 0xFFFF, 0xFEFD):
            premaster = pkcs1.premaster(t.rng, version)
            if type == Type.RSA_MASTER:
                request = t.rsa_master(key, premaster=premaster)
            else:
                request = t.handshake_request(type, t.handshake(key, premaster=premaster), premaster, key)
            answer = t.ask(request)
            yield t.check(
                f"{name(type)} {version:04x}, withheld",
                bool(request.check(answer.payload)),
                "a master secret of another premaster",
                answer.summary,
                answer,
            )


@case("lurk-tls12-4.4-ciphertext-range", clauses=CLAUSES, rows=("BL-07",), needs=("lurk-decrypt",))
def ciphertext_range(t: LurkContext) -> Iterator[Variant]:
    """A ciphertext of 0, 1, n-1, n, n+1 or all ones is bad padding, never an error of its own."""
    yield from _same_as_good(t, _ciphertexts.number_range)


@case("lurk-tls12-4.4-other-paddings", clauses=CLAUSES, rows=("BL-17",), needs=("lurk-decrypt",))
def other_paddings(t: LurkContext) -> Iterator[Variant]:
    """OAEP ciphertexts and PSS blocks are answered like bad padding, which is like good."""
    yield from _same_as_good(t, _ciphertexts.other_paddings)


def _good_and_bad(t: LurkContext, type: Type) -> Ciphertexts:
    key = decryption_key(t, type).rsa
    return all_bad(key, t.rng) | {"good": pkcs1.encrypt(key, pkcs1.premaster(t.rng), t.rng)}


@case("lurk-tls12-4.4-rejection-deterministic", clauses=CLAUSES, rows=("BL-08",), needs=("lurk-decrypt",))
def rejection_deterministic(t: LurkContext) -> Iterator[Variant]:
    """Asked twice with the same octets a key server says the same twice, for bad ciphertexts as for good
    ones; where a replay window refuses the second it does so for both (A-15, A-17)."""
    for type in _types(t):
        windowed = type == Type.RSA_MASTER and bool(t.lurk_target.replay_window)
        for label, ciphertext in _good_and_bad(t, type).items():
            request = _request(t, type, ciphertext)
            first, second = t.ask(request), t.ask(request, fresh=True)
            if windowed:
                yield t.refused(f"{name(type)} {label}", second, Status.INVALID_TLS_RANDOM)
                continue
            yield t.check(
                f"{name(type)} {label}",
                first.succeeded and first.payload == second.payload,
                "the same master secret twice",
                f"{first.summary}, then {second.summary}",
                first,
                second,
            )


@case("lurk-tls12-4.4-rejection-derived", clauses=CLAUSES, rows=("BL-09",), needs=("lurk-decrypt",))
def rejection_derived(t: LurkContext) -> Iterator[Variant]:
    """The substitute goes through the same derivation: another S, client_random, PRF hash or exchange
    gives another master secret, for bad ciphertexts as for good ones."""
    types = _types(t)
    for label, ciphertext in _good_and_bad(t, Type.RSA_MASTER).items():
        key, randoms = decryption_key(t, Type.RSA_MASTER), t.rng.randbytes(32)
        requests = [
            t.rsa_master(key, ciphertext=ciphertext, client_random=randoms, prf_hash=prf) for prf in PrfHash
        ]
        requests += [t.rsa_master(key, ciphertext=ciphertext) for _ in range(2)]
        requests += [_request(t, type, ciphertext) for type in types for _ in range(2)]
        answers = [t.ask(request) for request in requests]
        values = {answer.payload for answer in answers if answer.succeeded}
        yield t.check(
            label,
            len(values) == len(requests),
            f"{len(requests)} master secrets",
            f"{len(values)} different ones, {answers[0].summary}",
            *answers[:2],
        )


@case("lurk-tls12-4.4-rejection-distinct", clauses=CLAUSES, rows=("BL-08",), needs=("lurk-decrypt",))
def rejection_distinct(t: LurkContext) -> Iterator[Variant]:
    """Substitutes of different ciphertexts are unrelated: with equal randoms no two master secrets are
    equal."""
    type = Type.RSA_EXTENDED_MASTER if Type.RSA_EXTENDED_MASTER in _types(t) else Type.RSA_MASTER
    ciphertexts = all_bad(decryption_key(t, type).rsa, t.rng)
    answers = {label: t.ask(_request(t, type, c)) for label, c in ciphertexts.items()}
    values = {answer.payload for answer in answers.values() if answer.succeeded}
    yield t.check("all distinct", len(values) == len(answers), f"{len(answers)} values", f"{len(values)}")


@case(
    "lurk-tls12-4.4-rejection-per-key",
    clauses=CLAUSES,
    rows=("BL-10",),
    needs=("lurk-decrypt", "lurk-foreign-decrypt"),
)
def rejection_per_key(t: LurkContext) -> Iterator[Variant]:
    """The same bad ciphertext with the same randoms under two keys gives unrelated master secrets."""
    keys = {"a": decryption_key(t, Type.RSA_MASTER), "b": t.foreign_key("tls12-rsa")}
    number = min(k.rsa.public_numbers().n for k in keys.values()) // 3
    client, s, answers = t.rng.randbytes(32), t.server_random(), []
    for edge, key in keys.items():
        ciphertext = number.to_bytes(pkcs1.modulus_length(key.rsa), "big")
        request = t.rsa_master(key, ciphertext=ciphertext, client_random=client, server_random=s)
        answers.append(t.ask(request, edge=edge))
        yield t.succeeded(f"edge {edge}", answers[-1], _substitute)
    unrelated = answers[0].payload != answers[1].payload
    yield t.check("unrelated", unrelated, "two values", "one value for two keys", *answers)


@case(
    "lurk-tls12-4.4-rejection-after-restart",
    clauses=CLAUSES,
    rows=("BL-10",),
    needs=("lurk-chain", "restart"),
    serial=True,
)
def rejection_after_restart(t: LurkContext) -> Iterator[Variant]:
    """The substitute depends on key and ciphertext only, so it outlives a restart and is the same on
    replicas."""
    type = Type.RSA_EXTENDED_MASTER
    requests = {label: _request(t, type, c) for label, c in _good_and_bad(t, type).items()}
    before = {label: t.ask(request) for label, request in requests.items()}
    t.hooks.restart()
    for label, request in requests.items():
        after = t.ask(request, fresh=True)
        yield t.check(
            label,
            after.succeeded and after.payload == before[label].payload,
            "the master secret of before",
            after.summary,
            before[label],
            after,
        )


@case("lurk-tls12-4.4-reset-between", clauses=CLAUSES, rows=("BL-19",), needs=("lurk-decrypt",))
def reset_between(t: LurkContext) -> Iterator[Variant]:
    """Connections reset in the middle of good and bad requests leave no state: both are answered alike
    afterwards."""
    for label, ciphertext in _good_and_bad(t, Type.RSA_MASTER).items():
        octets = (
            _request(t, Type.RSA_MASTER, ciphertext)
            .message(t.rng.getrandbits(64))
            .encode(t.lurk_target.length_counts_header)
        )
        for at in (len(octets) // 2, len(octets)):
            with t.connect() as channel:
                channel.send(octets[:at])
                channel.reset()
        answer = t.ask(_request(t, Type.RSA_MASTER, ciphertext), fresh=True)
        yield t.succeeded(label, answer, _substitute)


def asked_twice(t: LurkContext, type: Type, seen: dict[Hashable, LurkExchange]) -> bleichenbacher.Oracle:
    """All that an adaptive attacker can tell two ciphertexts apart by, but the octets themselves."""

    def oracle(ciphertext: bytes) -> Hashable:
        request = _request(t, type, ciphertext)
        first, second = t.ask(request), t.ask(request)
        outcome = (first.shape, second.shape, first.payload == second.payload)
        seen.setdefault(outcome, first)
        return outcome

    return oracle


@case(
    "lurk-tls12-9.1-robot",
    clauses=(*CLAUSES, "LURK-4.1-03"),
    rows=("BL-16",),
    needs=("lurk-decrypt",),
    profile=Profile.DEFAULT,
)
def robot(t: LurkContext) -> Iterator[Variant]:
    """An adaptive ROBOT run with "ask twice and compare" as the oracle finds one class of answers (all that
    the rows hold and 200 multiples of a good ciphertext; 65,536 with the full profile), hence decrypts
    nothing."""
    count = 65536 if t.profile is Profile.FULL else 200
    for type in _types(t):
        key, seen = decryption_key(t, type).rsa, dict[Hashable, LurkExchange]()
        oracle = asked_twice(t, type, seen)
        found = bleichenbacher.search(oracle, key, all_bad(key, t.rng), t.rng, multiples=count, bits=64)
        one = len(found.classes) == 1 and all(first.succeeded for first in seen.values())
        yield t.check(name(type), one, "one class of answers, masters", found.summary, *seen.values())


@case(
    "lurk-tls12-9.1-timing",
    clauses=CLAUSES,
    rows=("BL-11",),
    needs=("lurk-decrypt",),
    profile=Profile.FULL,
    serial=True,
)
def timing(t: LurkContext) -> Iterator[Variant]:
    """100,002 requests in random order on one connection: those with bad ciphertexts take as long as those
    with good ones (ranks; the interval of the effect, of 99.9 % confidence, is not beyond 0.005)."""
    key = decryption_key(t, Type.RSA_MASTER)
    good, bad = timed_ciphertexts(key.rsa, t.rng)

    def served(ciphertexts: list[bytes]) -> LurkExchange:
        return t.ask(t.rsa_master(key, ciphertext=t.rng.choice(ciphertexts)))

    yield from same_time(
        t,
        t.rng,
        "bad against good",
        partial(served, good),
        partial(served, bad),
        lambda label, answer: t.succeeded(label, answer, _substitute),
        33_334,
    )
