"""Proof of handshake: the client's Finished, made by who knows the premaster and saw the messages (tls12
§4.3, §4.4, §5; A-10, A-11; group PH)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from ..case import Profile, Variant, Verdict, case
from ..codecs import pkcs1, tls, tls12
from ..codecs.lurk import BaseStatus, Status, Type
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkExchange, LurkRequest
from ._ciphertexts import all_bad
from ._lurk import WITH_POH, changed_handshake, decryption_key, name, rsa_request, served_types
from ._timing import same_time
from .tls12_handshake_messages import CERTIFICATE_REQUEST, CERTIFICATE_VERIFY, EMPTY_CERTIFICATE, ORDER

PROTOCOL = "lurk"
SECTION = "LURK tls12 §4.3 proof of handshake"

MALFORMED, FINISHED = Status.INVALID_PAYLOAD_FORMAT, Status.INVALID_FINISHED
LENGTH = 12


def _types(t: LurkContext) -> list[Type]:
    return [type for type in WITH_POH if type in served_types(t)]


@dataclass(frozen=True)
class Handshake:
    """A handshake with all that its two sides know."""

    shake: tls12.RsaHandshake
    premaster: bytes
    request: LurkRequest
    extended: bool

    def master(self, premaster: bytes | None = None) -> bytes:
        shake, secret = self.shake, self.premaster if premaster is None else premaster
        if self.extended:
            return tls12.extended_master_secret(shake.hash, secret, shake.on_the_wire())
        return tls12.master_secret(
            shake.hash, secret, shake.client_random, tls12.freshness(shake.server_random)
        )

    def verify_data(
        self, master: bytes | None = None, messages: bytes | None = None, label: bytes = b"client finished"
    ) -> bytes:
        seen = self.shake.on_the_wire() if messages is None else messages
        return tls12.verify_data(self.shake.hash, master or self.master(), seen, label)

    def with_finished(self, octets: bytes) -> LurkRequest:
        return self.request.replaced(verify_data=octets)


def _handshake(t: LurkContext, type: Type, ciphertext: bytes | None = None) -> Handshake:
    key, premaster = decryption_key(t, type), pkcs1.premaster(t.rng)
    extended = type == Type.RSA_EXTENDED_MASTER_WITH_POH
    shake = t.handshake(key, premaster=premaster, ciphertext=ciphertext, extended=extended)
    return Handshake(shake, premaster, t.handshake_request(type, shake, premaster, key), extended)


@case(
    "lurk-tls12-4.3-proof-served",
    clauses=("TLS12-4-04", "TLS12-4.1-10", "TLS12-4.4-09", "TLS12-5.4-02", "TLS12-5.1-02"),
    needs=("lurk-chain",),
)
def proof_served(t: LurkContext) -> Iterator[Variant]:
    """With the right verify_data the master secret is given, and again when the same proof is shown again
    for an audit (A-10, A-17)."""
    for type in _types(t):
        request = rsa_request(t, type)
        yield t.succeeded(name(type), t.ask(request))
        again = t.ask(request)
        yield t.check(
            f"{name(type)}, again", again.succeeded, "served again", again.summary, again, lenient=True
        )


@case(
    "lurk-tls12-4.4-finished-wrong",
    clauses=("TLS12-4-04", "TLS12-4.4-15", "TLS12-3-03", "TLS12-5.4-01"),
    rows=("PH-01",),
    needs=("lurk-chain",),
)
def finished_wrong(t: LurkContext) -> Iterator[Variant]:
    """verify_data of zeros, ones, at random, and with any one bit of it changed is invalid_finished."""
    for type in _types(t):
        good = _handshake(t, type)
        right = good.verify_data()
        wrong = {"zero": bytes(LENGTH), "ones": b"\xff" * LENGTH, "random": t.rng.randbytes(LENGTH)}
        for bit in range(0, 8 * LENGTH):
            value = int.from_bytes(right, "big") ^ (1 << bit)
            wrong[f"bit {bit}"] = value.to_bytes(LENGTH, "big")
        wrong["backwards"] = right[::-1]
        for label, octets in wrong.items():
            yield t.refused(f"{name(type)} {label}", t.ask(good.with_finished(octets)), FINISHED)


@case(
    "lurk-tls12-4.1-finished-length",
    clauses=("TLS12-4.1-10", "TLS12-4.1-11", "TLS12-5.1-02"),
    rows=("PH-01", "PH-05"),
    needs=("lurk-chain",),
)
def finished_length(t: LurkContext) -> Iterator[Variant]:
    """verify_data has twelve octets and no header: 0, 11, 13, 32, 96 octets and the handshake message
    Finished are invalid_payload_format (A-11)."""
    for type in _types(t):
        good = _handshake(t, type)
        right = good.verify_data()
        lengths = {f"{n} octets": (right * 8)[:n] for n in (0, 1, 11, 13, 24, 32, 96)}
        lengths["with its header"] = tls.handshake(20, right)
        lengths["with a length"] = tls.vector(right)
        for label, octets in lengths.items():
            yield t.refused(f"{name(type)} {label}", t.ask(good.with_finished(octets)), MALFORMED)


@case(
    "lurk-tls12-4.4-finished-of-the-server",
    clauses=("TLS12-4-04", "TLS12-4.4-15"),
    rows=("PH-02",),
    needs=("lurk-chain",),
)
def finished_of_the_server(t: LurkContext) -> Iterator[Variant]:
    """The server's verify_data is not the client's, over these messages or with the client's Finished
    too."""
    for type in _types(t):
        good = _handshake(t, type)
        client = tls.handshake(20, good.verify_data())
        wire = good.shake.on_the_wire()
        for label, messages in (("same messages", wire), ("with Finished", wire + client)):
            octets = good.verify_data(messages=messages, label=b"server finished")
            yield t.refused(f"{name(type)} {label}", t.ask(good.with_finished(octets)), FINISHED)


@case(
    "lurk-tls12-4.4-finished-of-another",
    clauses=("TLS12-4-04", "TLS12-4.4-15"),
    rows=("PH-03",),
    needs=("lurk-chain",),
)
def finished_of_another(t: LurkContext) -> Iterator[Variant]:
    """verify_data of another connection with the same key is invalid_finished, were its premaster the
    same."""
    for type in _types(t):
        good, other = _handshake(t, type), _handshake(t, type)
        own_master = good.verify_data(messages=other.shake.on_the_wire())
        own_messages = good.verify_data(master=other.master())
        for label, octets in (
            ("all", other.verify_data()),
            ("messages", own_master),
            ("master", own_messages),
        ):
            yield t.refused(f"{name(type)} other {label}", t.ask(good.with_finished(octets)), FINISHED)


@case(
    "lurk-tls12-4.4-finished-over-s",
    clauses=("TLS12-4.4-09", "TLS12-5.4-02", "TLS12-4.4-15", "TLS12-4.1.1-05"),
    rows=("PH-04",),
    needs=("lurk-chain",),
)
def finished_over_s(t: LurkContext) -> Iterator[Variant]:
    """What was digested on the wire had the image of S in ServerHello: verify_data over S itself is
    invalid_finished, with either master secret."""
    for type in _types(t):
        good = _handshake(t, type)
        shake, raw = good.shake, bytes(good.shake)
        if good.extended:
            raw_master = tls12.extended_master_secret(shake.hash, good.premaster, raw)
        else:
            raw_master = tls12.master_secret(
                shake.hash, good.premaster, shake.client_random, shake.server_random
            )
        for label, octets in (
            ("messages", good.verify_data(messages=raw)),
            ("master", good.verify_data(master=raw_master)),
            ("both", good.verify_data(master=raw_master, messages=raw)),
        ):
            yield t.refused(f"{name(type)} {label}", t.ask(good.with_finished(octets)), FINISHED)


@case(
    "lurk-tls12-5.4-finished-of-other-derivation",
    clauses=("TLS12-5-01", "TLS12-5.4-04", "TLS12-4.4-15"),
    needs=("lurk-chain",),
)
def finished_of_other_derivation(t: LurkContext) -> Iterator[Variant]:
    """verify_data under the master secret of the other derivation, or with another hash, is
    invalid_finished."""
    for type in _types(t):
        good = _handshake(t, type)
        other = Handshake(good.shake, good.premaster, good.request, not good.extended)
        answer = t.ask(good.with_finished(other.verify_data()))
        yield t.refused(f"{name(type)} other derivation", answer, FINISHED)
        wrong_hash = tls12.verify_data("sha384", good.master(), good.shake.on_the_wire())
        yield t.refused(f"{name(type)} other hash", t.ask(good.with_finished(wrong_hash)), FINISHED)


@case(
    "lurk-tls12-4.4-verify-left-out",
    clauses=("TLS12-5.1-04", "TLS12-4.4-15", "TLS12-4.4-24"),
    rows=("PH-07",),
    needs=("lurk-chain",),
)
def verify_left_out(t: LurkContext) -> Iterator[Variant]:
    """verify_data that covers a CertificateVerify which the messages do not have is refused."""
    for type in _types(t):
        good = _handshake(t, type)
        octets = good.verify_data(messages=good.shake.on_the_wire() + CERTIFICATE_VERIFY)
        answer = t.ask(good.with_finished(octets))
        yield t.refused(f"{name(type)}, no client certificate", answer, FINISHED, also=(MALFORMED,))

        def asked(messages: dict[str, bytes]) -> dict[str, bytes]:
            made = {part: messages[part] for part in ORDER[:3]} | {"request": CERTIFICATE_REQUEST}
            made |= {"server_hello_done": messages["server_hello_done"], "client": EMPTY_CERTIFICATE}
            return made | {"client_key_exchange": messages["client_key_exchange"]}

        request = changed_handshake(t, type, asked)
        yield t.refused(
            f"{name(type)}, empty client certificate",
            t.ask(request.replaced(verify_data=octets)),
            FINISHED,
            also=(MALFORMED,),
        )


@case(
    "lurk-tls12-4.4-padding-under-proof",
    clauses=("TLS12-4.4-23", "TLS12-4.4-13", "TLS12-9.1-02"),
    rows=("BL-13",),
    needs=("lurk-chain",),
)
def padding_under_proof(t: LurkContext) -> Iterator[Variant]:
    """Bad padding with any verify_data is answered exactly as good padding with a wrong one:
    invalid_finished."""
    for type in _types(t):
        control = t.ask(_handshake(t, type).with_finished(t.rng.randbytes(LENGTH)))
        yield t.refused(f"{name(type)} good padding", control, FINISHED)
        for label, ciphertext in all_bad(decryption_key(t, type).rsa, t.rng).items():
            made = _handshake(t, type, ciphertext)
            random = t.ask(made.with_finished(t.rng.randbytes(LENGTH)))
            yield t.refused(f"{name(type)} {label}", random, FINISHED)
            yield t.same(f"{name(type)} {label}, same", random, control)


def _guesses(t: LurkContext) -> dict[str, bytes]:
    """Premasters that a careless substitute might be."""
    return {
        "zeros": bytes(48),
        "version and zeros": b"\3\3" + bytes(46),
        "ones": b"\xff" * 48,
        "empty": b"",
        "46 zeros": bytes(46),
        "other version": b"\3\2" + bytes(46),
    }


@case(
    "lurk-tls12-4.4-guessed-substitutes",
    clauses=("TLS12-4.4-23", "TLS12-4.4-11", "TLS12-9.1-02"),
    rows=("BL-14",),
    needs=("lurk-chain",),
)
def guessed_substitutes(t: LurkContext) -> Iterator[Variant]:
    """verify_data from premasters that can be guessed, for a ciphertext with bad padding, is
    invalid_finished."""
    for type in _types(t):
        bad = all_bad(decryption_key(t, type).rsa, t.rng)
        for row in sorted({label.split()[0] for label in bad}):
            ciphertext = next(c for label, c in bad.items() if label.startswith(row))
            made = _handshake(t, type, ciphertext)
            guesses = _guesses(t) | {"ciphertext": ciphertext[:48], "end of ciphertext": ciphertext[-48:]}
            for guess, premaster in guesses.items():
                octets = made.verify_data(master=made.master(premaster))
                answer = t.ask(made.with_finished(octets))
                yield t.refused(f"{name(type)} {row} {guess}", answer, FINISHED)


def _is_refused(t: LurkContext, answer: LurkExchange) -> bool:
    variants = (t.refused("", answer, FINISHED), t.base_refused("", answer, BaseStatus.TEMPORARY_FAILURE))
    return any(variant.verdict is Verdict.PASS for variant in variants)


@case(
    "lurk-tls12-4.4-finished-guessing",
    clauses=("TLS12-4.4-15", "TLS12-4-04"),
    rows=("PH-13",),
    needs=("lurk-chain",),
    profile=Profile.DEFAULT,
)
def finished_guessing(t: LurkContext) -> Iterator[Variant]:
    """Guesses of verify_data are invalid_finished each time, or meet a rate (500 for one request; 65,536 with
    the full profile, then for a request after the other, whose times go by)."""
    count = 65536 if t.profile is Profile.FULL else 500
    for type in _types(t):
        other: list[LurkExchange] = []
        for number in range(count):
            if number % 500 == 0:
                made = _handshake(t, type)
            answer = t.ask(made.with_finished(number.to_bytes(LENGTH, "big")))
            if not _is_refused(t, answer):
                other.append(answer)
        yield t.check(
            name(type),
            not other,
            "invalid_finished, or temporary_failure, for each",
            f"{len(other)} of {count} are answered otherwise" + (f", as {other[0].summary}" if other else ""),
            *other[:3],
            lenient=all(a.answer is not None and not a.succeeded for a in other),
        )


@case(
    "lurk-tls12-4.4-finished-timing",
    clauses=("TLS12-4.4-15", "TLS12-4.4-13"),
    rows=("PH-08",),
    needs=("lurk-chain",),
    profile=Profile.FULL,
    serial=True,
)
def finished_timing(t: LurkContext) -> Iterator[Variant]:
    """verify_data right in its first 11 octets takes as long to refuse as one wrong from the first (90,000
    requests in random order, each with a handshake of its own, judged as BL-11)."""
    for type in _types(t):

        def refused(prefix: int, type: Type = type) -> LurkExchange:
            made = _handshake(t, type)
            right = made.verify_data()
            wrong = right[:prefix] + bytes(octet ^ 0x5A for octet in right[prefix:])
            return t.ask(made.with_finished(wrong))

        yield from same_time(
            t,
            t.rng,
            name(type),
            partial(refused, 0),
            partial(refused, 11),
            lambda label, answer: t.refused(label, answer, FINISHED),
            15_000,
        )
