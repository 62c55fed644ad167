"""Implicit rejection: nothing about padding, length or version of an RSA ciphertext is told (SKI §5.1.1, REQ
6; A-15, A-64; group BL).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from functools import partial

from .. import bleichenbacher
from ..case import Profile, Variant, case
from ..codecs import pkcs1
from ..context import Context
from ..exchange import Exchange
from ..request import MALFORMED, TLS12
from ._ciphertexts import (
    Ciphertexts,
    all_bad,
    block_type,
    first_octet,
    no_separator,
    number_range,
    other_paddings,
    premaster_length,
    timed_ciphertexts,
    zero_in_padding,
)
from ._timing import same_time

SECTION = "SKI §5.1.1 RSA, implicit rejection"
CLAUSES = ("SKI-P-09", "SKI-REQ-6", "BG-5246-01")
VERSION = b"\x03\x03"


def _substitute(output: bytes, version: bytes = VERSION) -> str:
    """A substitute cannot be told from a premaster secret: 48 octets, the expected version first (A-64)."""
    if len(output) != pkcs1.PMS_LENGTH:
        return f"{len(output)} octets tell that the padding was bad"
    return "" if output[:2] == version else "the first two octets tell that the padding was bad"


def _withheld(premaster: bytes, version: bytes = VERSION) -> Callable[[bytes], str]:
    """A substitute stands in the place of this plaintext."""
    return lambda output: (
        "the plaintext was released" if premaster[2:] in output else _substitute(output, version)
    )


def _same_as_good(t: Context, ciphertexts: Ciphertexts) -> Iterator[Variant]:
    for format in t.formats:
        control = t.proven(t.rsa_request(), format)
        for label, ciphertext in ciphertexts.items():
            answer = t.post(t.rsa_request(input=ciphertext), format)
            yield t.served(f"{format} {label}", answer, _substitute)
            yield t.same(f"{format} {label}, same as good", answer, control)


@case("ski-5.1.1-block-type", clauses=CLAUSES, rows=("BL-01", "BL-15"), needs=("rsa",))
def case_block_type(t: Context) -> Iterator[Variant]:
    """A block that does not begin 00 02 is answered like a good one; "malformed request" or "unspecified
    error" is an oracle (A-64).
    """
    yield from _same_as_good(t, block_type(t.rsa_key().rsa, t.rng))


@case("ski-5.1.1-first-octet", clauses=CLAUSES, rows=("BL-02", "BL-15"), needs=("rsa",))
def case_first_octet(t: Context) -> Iterator[Variant]:
    """A block whose first octet is not 00 is answered like a good one."""
    yield from _same_as_good(t, first_octet(t.rsa_key().rsa, t.rng))


@case("ski-5.1.1-zero-in-padding", clauses=CLAUSES, rows=("BL-03", "BL-15"), needs=("rsa",))
def case_zero_in_padding(t: Context) -> Iterator[Variant]:
    """A zero among the first eight padding octets is bad padding (RFC 8017 §7.2.2) and answered like good."""
    yield from _same_as_good(t, zero_in_padding(t.rsa_key().rsa, t.rng))


@case("ski-5.1.1-no-separator", clauses=CLAUSES, rows=("BL-04", "BL-15"), needs=("rsa",))
def case_no_separator(t: Context) -> Iterator[Variant]:
    """A block without the zero octet before the message is answered like a good one."""
    yield from _same_as_good(t, no_separator(t.rsa_key().rsa, t.rng))


@case(
    "ski-5.1.1-premaster-length", clauses=(*CLAUSES, "SKI-5.1.1-04"), rows=("BL-05", "BL-15"), needs=("rsa",)
)
def case_premaster_length(t: Context) -> Iterator[Variant]:
    """A premaster secret that is not 48 octets long is answered like a good one (against §5.1.1's "malformed
    request", A-64).
    """
    yield from _same_as_good(t, premaster_length(t.rsa_key().rsa, t.rng))


@case(
    "ski-5.1.1-premaster-version",
    clauses=(*CLAUSES, "SKI-5.1.1-03", "SKI-5.1.1-05", "BG-5246-02"),
    rows=("BL-06", "BL-15"),
    needs=("rsa",),
)
def case_premaster_version(t: Context) -> Iterator[Variant]:
    """A premaster secret with another version is not released; the answer looks like a good one (A-64,
    A-85).
    """
    for format in t.formats:
        control = t.proven(t.rsa_request(), format)
        for version in (0x0302, 0x0301, 0x0300, 0x0304, 0x0000, 0xFFFF, 0xFEFD):
            premaster = pkcs1.premaster(t.rng, version)
            answer = t.post(t.rsa_request(premaster=premaster), format)
            yield t.served(f"{format} {version:04x}", answer, _withheld(premaster))
            yield t.same(f"{format} {version:04x}, same as good", answer, control)


@case("ski-5.1.1-ciphertext-range", clauses=(*CLAUSES, "BG-8017-01"), rows=("BL-07", "BL-15"), needs=("rsa",))
def case_ciphertext_range(t: Context) -> Iterator[Variant]:
    """A ciphertext of 0, 1, n-1, n, n+1 or all ones is bad padding, never an error of its own."""
    yield from _same_as_good(t, number_range(t.rsa_key().rsa, t.rng))


@case("ski-5.1.1-other-paddings", clauses=(*CLAUSES, "SKI-5.1.1-02"), rows=("BL-17", "BL-15"), needs=("rsa",))
def case_other_paddings(t: Context) -> Iterator[Variant]:
    """OAEP ciphertexts and PSS blocks are answered like bad padding, which is like good."""
    yield from _same_as_good(t, other_paddings(t.rsa_key().rsa, t.rng))


@case("ski-5.1.1-rejection-deterministic", clauses=CLAUSES, rows=("BL-08", "BL-15"), needs=("rsa",))
def rejection_deterministic(t: Context) -> Iterator[Variant]:
    """The same bad ciphertext gives the same substitute, as a good one gives the same premaster: repetition
    tells nothing (A-15).
    """
    for format in t.formats:
        for label, ciphertext in all_bad(t.rsa_key().rsa, t.rng).items():
            request = t.rsa_request(input=ciphertext)
            first, second = t.post(request, format), t.post(request, format, fresh=True)
            yield t.check(
                f"{format} {label}",
                first.output is not None and first.output == second.output,
                "the same output twice",
                f"{first.summary}, then {second.summary}",
                first,
                second,
            )


@case("ski-5.1.1-rejection-distinct", clauses=CLAUSES, rows=("BL-08",), needs=("rsa",))
def rejection_distinct(t: Context) -> Iterator[Variant]:
    """Substitutes are unrelated for different ciphertexts: no constant, no common part beyond the version."""
    answers = {
        label: t.post(t.rsa_request(input=c), t.formats[0])
        for label, c in all_bad(t.rsa_key().rsa, t.rng).items()
    }
    outputs = [e.output for e in answers.values() if e.output is not None]
    yield t.check(
        "all distinct",
        len(set(outputs)) == len(answers),
        f"{len(answers)} different outputs",
        f"{len(set(outputs))} different outputs",
    )
    for at in range(2, pkcs1.PMS_LENGTH, 8):
        pieces = {o[at : at + 8] for o in outputs if len(o) == pkcs1.PMS_LENGTH}
        yield t.check(
            f"octets {at} to {min(at + 8, 48)}",
            len(pieces) == len(answers),
            "no common part",
            f"{len(pieces)} different pieces",
        )


@case(
    "ski-5.1.1-rejection-other-members",
    clauses=(*CLAUSES, "SKI-5.2.1-01"),
    rows=("BL-09", "BL-15"),
    needs=("rsa",),
)
def rejection_other_members(t: Context) -> Iterator[Variant]:
    """Members that decide nothing for a good ciphertext decide nothing for a bad one: hash, unknown members,
    format, connection.
    """
    changes: list[dict[str, object]] = [{}, {"hash": "SHA-256"}, {"hash": "SHA-512"}, {"x": 1}]
    requests = {label: t.rsa_request(input=c) for label, c in all_bad(t.rsa_key().rsa, t.rng).items()} | {
        "good": t.rsa_request()
    }
    for label, request in requests.items():
        answers = [t.post(request.replaced(**change), format) for change in changes for format in t.formats]
        outputs = {a.output for a in answers}
        yield t.check(
            label,
            len(outputs) == 1 and None not in outputs,
            "one output for all",
            f"{len(outputs)} different outputs, {answers[0].summary}",
            *answers[:2],
        )


@case("ski-5.1.1-rejection-per-key", clauses=CLAUSES, rows=("BL-10",), needs=("rsa", "foreign-rsa-key"))
def rejection_per_key(t: Context) -> Iterator[Variant]:
    """The same bad ciphertext under two keys gives unrelated substitutes."""
    ours, theirs = t.rsa_key(), t.foreign_key("ski-rsa")
    number = min(k.rsa.public_numbers().n for k in (ours, theirs)) // 3
    answers = []
    for key, edge in ((ours, "a"), (theirs, "b")):
        ciphertext = number.to_bytes(pkcs1.modulus_length(key.rsa), "big")
        answers.append(t.post(t.rsa_request(key, input=ciphertext), t.formats[0], edge=edge))
        yield t.served(f"edge {edge}", answers[-1], _substitute)
    yield t.check(
        "unrelated", answers[0].output != answers[1].output, "two values", "one value for two keys", *answers
    )


@case(
    "ski-5.1.1-rejection-after-restart",
    clauses=CLAUSES,
    rows=("BL-10",),
    needs=("rsa", "restart"),
    serial=True,
    profile=Profile.DEFAULT,
)
def rejection_after_restart(t: Context) -> Iterator[Variant]:
    """The substitute depends on key and ciphertext only, so it outlives a restart and is the same on replicas
    of the key.
    """
    ciphertexts = all_bad(t.rsa_key().rsa, t.rng)
    before = {label: t.post(t.rsa_request(input=c), t.formats[0]) for label, c in ciphertexts.items()}
    t.hooks.restart()
    for label, ciphertext in ciphertexts.items():
        after = t.post(t.rsa_request(input=ciphertext), t.formats[0], fresh=True)
        yield t.check(
            label,
            after.output is not None and after.output == before[label].output,
            "the output of before",
            after.summary,
            before[label],
            after,
        )


@case(
    "ski-5.1.1-ciphertext-length",
    clauses=("SKI-5.1.1-02", "SKI-5.2-18", "SKI-REQ-6"),
    rows=("BL-12",),
    needs=("rsa",),
)
def ciphertext_length(t: Context) -> Iterator[Variant]:
    """A ciphertext that is not as long as the modulus is "malformed request", whatever it holds (A-90)."""
    key = t.rsa_key().rsa
    good, length = pkcs1.encrypt(key, pkcs1.premaster(t.rng), t.rng), pkcs1.modulus_length(key)
    for format in t.formats:
        for n in (0, 1, length - 1, length + 1, 2 * length):
            first = t.post(t.rsa_request(input=(good + good + b"\0")[:n]), format)
            yield t.refused(f"{format} {n} octets", first, MALFORMED)
            yield t.same(
                f"{format} {n} octets, other content",
                t.post(t.rsa_request(input=t.rng.randbytes(n)), format),
                first,
            )
        huge = t.post(t.rsa_request(input=good + bytes(65535 - length)), format)
        yield t.http_refused(f"{format} 65535 octets", huge, (400, 413), close=True)


@case("ski-5.1.1-reset-between", clauses=(*CLAUSES, "SKI-REQ-5"), rows=("BL-19",), needs=("rsa",))
def reset_between(t: Context) -> Iterator[Variant]:
    """A connection reset in the middle of a bad or a good request leaves no state: the same outputs
    afterwards.
    """
    good = t.rsa_request()
    bad = t.rsa_request(input=block_type(t.rsa_key().rsa, t.rng)["00 01"])
    before = t.post(bad, t.formats[0])
    for label, request in (("bad", bad), ("good", good)):
        octets = t.http(request.encode(t.formats[0]), t.formats[0])
        for at in (len(octets) // 2, len(octets) - 1, len(octets)):
            with t.connect() as channel:
                channel.send(octets[:at])
                channel.reset()
    after = t.post(bad, t.formats[0], fresh=True)
    yield t.check(
        "bad",
        after.output is not None and after.output == before.output,
        "the output of before",
        after.summary,
        before,
        after,
    )
    yield t.served("good", t.post(good, t.formats[0], fresh=True))


def asked_twice(t: Context, seen: dict[Hashable, Exchange]) -> bleichenbacher.Oracle:
    """All that an adaptive attacker can tell two ciphertexts apart by, but the octets themselves."""

    def oracle(ciphertext: bytes) -> Hashable:
        request = t.rsa_request(input=ciphertext)
        first, second = t.post(request, t.formats[0]), t.post(request, t.formats[0])
        outcome = (first.shape, second.shape, first.output == second.output, (first.output or b"")[:2])
        seen.setdefault(outcome, first)
        return outcome

    return oracle


@case(
    "ski-5.1.1-robot",
    clauses=(*CLAUSES, "SKI-REQ-5", "REQ-6.2-02"),
    rows=("BL-16",),
    needs=("rsa",),
    profile=Profile.DEFAULT,
)
def robot(t: Context) -> Iterator[Variant]:
    """An adaptive ROBOT run with status, shape and repetition as the oracle finds one class of answers (all
    that the rows hold and 200 multiples of a good ciphertext; 65,536 with the full profile), hence decrypts
    nothing.
    """
    count = 65536 if t.profile is Profile.FULL else 200
    key, seen = t.rsa_key().rsa, dict[Hashable, Exchange]()
    oracle = asked_twice(t, seen)
    found = bleichenbacher.search(oracle, key, all_bad(key, t.rng), t.rng, multiples=count, bits=64)
    one = len(found.classes) == 1 and all(first.released for first in seen.values())
    yield t.check("one class", one, "one class of answers, outputs", found.summary, *seen.values())


@case(
    "ski-5.1.1-timing",
    clauses=(*CLAUSES, "BG-8017-02", "SKI-9-02"),
    rows=("BL-11",),
    needs=("rsa",),
    profile=Profile.FULL,
    serial=True,
)
def timing(t: Context) -> Iterator[Variant]:
    """100,002 requests in random order on one connection: those with bad ciphertexts take as long as those
    with good ones (ranks; the interval of the effect, of 99.9 % confidence, is not beyond 0.005)."""
    good, bad = timed_ciphertexts(t.rsa_key().rsa, t.rng)

    def served(ciphertexts: list[bytes]) -> Exchange:
        return t.post(t.rsa_request(input=t.rng.choice(ciphertexts)), t.formats[0])

    yield from same_time(
        t,
        t.rng,
        "bad against good",
        partial(served, good),
        partial(served, bad),
        lambda label, answer: t.served(label, answer, _substitute),
        33_334,
    )


@case("ski-5.1.1-protocol-version", clauses=("SKI-5.1.1-01", "SKI-5.1.1-03"), rows=("BL-06",), needs=("rsa",))
def protocol_version(t: Context) -> Iterator[Variant]:
    """The expected version follows from `protocol` (A-85): fefd in the premaster under "DTLS 1.2" is right,
    0303 is not.
    """
    good = t.rsa_request(protocol="DTLS 1.2")
    yield t.served("DTLS 1.2 with fefd", t.post(good, t.formats[0]))
    for protocol, version, expected in (("DTLS 1.2", 0x0303, b"\xfe\xfd"), (TLS12, 0xFEFD, VERSION)):
        premaster = pkcs1.premaster(t.rng, version)
        answer = t.post(t.rsa_request(premaster=premaster).replaced(protocol=protocol), t.formats[0])
        yield t.served(f"{protocol} with {version:04x}", answer, _withheld(premaster, expected))
