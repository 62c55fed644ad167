"""rsa_master: the master secret of RFC 5246 from an encrypted premaster, and never the premaster (tls12
§4; A-08, A-13, A-16)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import lurk, pkcs1, tls12
from ..codecs.lurk import PrfHash, Status, Type
from ..lurk_context import LurkContext
from ..lurk_supply import PRF_NAMES
from ._lurk import HANDSHAKE_TYPES, RSA_TYPES, decryption_key, name, rsa_request, served_types

PROTOCOL = "lurk"
SECTION = "LURK tls12 §4 rsa_master"

MALFORMED = Status.INVALID_PAYLOAD_FORMAT


@case(
    "lurk-tls12-4-master",
    clauses=(
        "TLS12-4-01",
        "TLS12-4.1-05",
        "TLS12-4.1-06",
        "TLS12-4.1.1-04",
        "TLS12-4.1.1-08",
        "TLS12-4.4-14",
        "TLS12-4.4-16",
        "TLS12-9.1-01",
        "TLS12-4.1-07",
    ),
    needs=("lurk-decrypt",),
)
def master(t: LurkContext) -> Iterator[Variant]:
    """The answer is the master secret over client_random and the image of S, with each PRF hash, whatever
    the client's random begins with."""
    key = decryption_key(t, Type.RSA_MASTER)
    clients = {"random": t.rng.randbytes(32), "zero": bytes(32), "ones": b"\xff" * 32}
    for prf in PrfHash:
        for label, client in clients.items():
            answer = t.ask(t.rsa_master(key, prf_hash=prf, client_random=client))
            yield t.succeeded(f"{prf.name}, client_random {label}", answer)


@case(
    "lurk-tls12-4-hashes-differ",
    clauses=("TLS12-4.1-05", "TLS12-4.4-14"),
    needs=("lurk-decrypt",),
)
def hashes_differ(t: LurkContext) -> Iterator[Variant]:
    """The same premaster and randoms give another master secret with each PRF hash: its own. Where a
    replay window keeps S from being used again, S differs too (A-17)."""
    key, premaster = decryption_key(t, Type.RSA_MASTER), pkcs1.premaster(t.rng)
    client, s = t.rng.randbytes(32), None if t.lurk_target.replay_window else t.server_random()
    requests = [
        t.rsa_master(key, prf_hash=prf, premaster=premaster, client_random=client, server_random=s)
        for prf in PrfHash
    ]
    answers = [t.ask(request) for request in requests]
    pairs = zip(requests, answers)
    right = {answer.payload for request, answer in pairs if not request.check(answer.payload)}
    yield t.check(
        "all differ",
        len(right) == len(PrfHash),
        "three values, each by its hash",
        f"{len(right)} of them",
        *answers,
    )


@case(
    "lurk-tls12-4.2-one-form", clauses=("TLS12-4.2-01", "TLS12-4-02", "TLS12-5.2-01"), needs=("lurk-decrypt",)
)
def one_form(t: LurkContext) -> Iterator[Variant]:
    """Each of the four exchanges answers with 48 octets and nothing around them."""
    for type in (type for type in served_types(t) if type in RSA_TYPES):
        answer = t.ask(rsa_request(t, type))
        yield t.succeeded(name(type), answer)
        yield t.check(
            f"{name(type)}, length",
            len(answer.payload) == 48,
            "48 octets",
            f"{len(answer.payload)} octets",
            answer,
        )


@case(
    "lurk-tls12-4-premaster-stays",
    clauses=("TLS12-4-01", "TLS12-9.1-01", "LURK-P-05", "LURK-4.1-03"),
    rows=("OR-14",),
    needs=("lurk-decrypt",),
)
def premaster_stays(t: LurkContext) -> Iterator[Variant]:
    """No answer holds the premaster, nor any other message that was encrypted to the key: a content key
    of 32 octets, one of 16, a text."""
    key = decryption_key(t, Type.RSA_MASTER)
    messages = {
        "premaster": pkcs1.premaster(t.rng),
        "content key": t.rng.randbytes(32),
        "short key": t.rng.randbytes(16),
        "text": b"a message that was not meant for the key server",
    }
    for label, message in messages.items():
        ciphertext = pkcs1.encrypt(key.rsa, message, t.rng)
        requests = [t.rsa_master(key, ciphertext=ciphertext), t.rsa_master(key, ciphertext=ciphertext[:-1])]
        for number, request in enumerate(requests):
            answer = t.ask(request)
            inside = message[2:18] in answer.payload
            yield t.check(f"{label} {number}", not inside, "the message is not in it", answer.summary, answer)
        control = t.ask(t.rsa_master(key))
        yield t.same(f"{label}, same as good", t.ask(t.rsa_master(key, ciphertext=ciphertext)), control)


@case(
    "lurk-tls12-4.4-prf-hash-unknown",
    clauses=("TLS12-4.4-22", "TLS12-4.1-05", "TLS12-10-01"),
    needs=("lurk-decrypt",),
)
def prf_hash_unknown(t: LurkContext) -> Iterator[Variant]:
    """PRF hashes above 2 are invalid_cipher_or_prf_hash (A-02)."""
    key = decryption_key(t, Type.RSA_MASTER)
    for prf in range(3, 256):
        answer = t.ask(t.rsa_master(key).replaced(prf_hash=bytes([prf])))
        yield t.refused(f"{prf}", answer, Status.INVALID_CIPHER_OR_PRF_HASH)


@case(
    "lurk-tls12-4.4-ciphertext-length",
    clauses=("TLS12-4.4-10", "TLS12-4.4-21", "TLS12-5.4-01", "TLS12-4.1-06"),
    rows=("BL-12", "LN-05"),
    needs=("lurk-decrypt",),
)
def ciphertext_length(t: LurkContext) -> Iterator[Variant]:
    """A ciphertext that is not as long as the modulus is invalid_payload_format whatever it holds, in every
    exchange; a peer may say invalid_encrypted_premaster (A-08)."""
    for type in (type for type in served_types(t) if type in RSA_TYPES):
        key = decryption_key(t, type)
        length, premaster = pkcs1.modulus_length(key.rsa), pkcs1.premaster(t.rng)
        good = pkcs1.encrypt(key.rsa, premaster, t.rng)
        for n in (0, 1, length - 1, length + 1, 2 * length):
            answers = []
            for content in ((good + good + b"\0")[:n], t.rng.randbytes(n)):
                if type == Type.RSA_MASTER:
                    request = t.rsa_master(key, ciphertext=content)
                else:
                    shake = t.handshake(
                        key,
                        premaster=premaster,
                        ciphertext=content,
                        extended=type != Type.RSA_MASTER_WITH_POH,
                    )
                    request = t.handshake_request(type, shake, premaster, key)
                answers.append(t.ask(request))
            also = (Status.INVALID_ENCRYPTED_PREMASTER,)
            yield t.refused(f"{name(type)} {n} octets", answers[0], MALFORMED, also=also)
            yield t.same(f"{name(type)} {n} octets, other content", answers[1], answers[0])
    largest = t.rsa_master(decryption_key(t, Type.RSA_MASTER), ciphertext=bytes(65000))
    yield t.refused("65000 octets", t.ask(largest), MALFORMED)


@case("lurk-tls12-4.1-no-premaster-prefix", clauses=("TLS12-4.1-06",), needs=("lurk-decrypt",))
def no_premaster_prefix(t: LurkContext) -> Iterator[Variant]:
    """The ciphertext has a length of two octets before it; without, as pylurk sends it, it is refused
    (A-09)."""
    key = decryption_key(t, Type.RSA_MASTER)
    yield t.refused("no length", t.ask(t.rsa_master(key).without("premaster_length")), MALFORMED)


@case(
    "lurk-tls12-4-one-label",
    clauses=("TLS12-4.4-14", "TLS12-9.2-02"),
    rows=("OR-18",),
    needs=("lurk-decrypt",),
)
def one_label(t: LurkContext) -> Iterator[Variant]:
    """Whatever the randoms, the output is under "master secret": randoms that hold other labels give no
    key block, Finished, exporter or extended master secret."""
    key, premaster = decryption_key(t, Type.RSA_MASTER), pkcs1.premaster(t.rng)
    for label in (
        b"key expansion",
        b"client finished",
        b"extended master secret",
        b"EXPORTER-Channel-Binding",
    ):
        client = label.ljust(32, b"\0")[:32]
        s = t.server_random()
        request = t.rsa_master(key, premaster=premaster, client_random=client, server_random=s)
        answer = t.ask(request)
        yield t.succeeded(label.decode("ascii"), answer)
        others = [
            tls12.prf(PRF_NAMES[0], premaster, label, seed, 48)
            for seed in (tls12.freshness(s), client[len(label) :] + tls12.freshness(s), client + s)
        ]
        yield t.check(
            f"{label.decode('ascii')}, nothing else",
            answer.payload not in others,
            "no secret under another label",
            answer.summary,
            answer,
        )


@case(
    "lurk-tls12-4.4-same-from-both-forms",
    clauses=("TLS12-4-05", "TLS12-4.4-04", "TLS12-4.4-09"),
    needs=("lurk-decrypt", "lurk-chain"),
)
def same_from_both_forms(t: LurkContext) -> Iterator[Variant]:
    """One handshake gives one master secret, by fields or by messages."""
    type = Type.RSA_MASTER_WITH_POH
    key, premaster = decryption_key(t, type), pkcs1.premaster(t.rng)
    shake = t.handshake(key, premaster=premaster, extended=False)
    proven = t.ask(t.handshake_request(type, shake, premaster, key))
    made = lurk.rsa_master(
        t.key_id(key), 0, shake.client_random, shake.server_random, shake.ciphertext
    )
    request = t.rsa_master(key)
    plain = t.ask(
        request.replaced(
            **{piece: made[piece] for piece in ("client_random", "server_random", "encrypted_premaster")}
        )
    )
    yield t.succeeded("by messages", proven)
    yield t.check("equal", plain.payload == proven.payload, "one master secret", plain.summary, plain, proven)


@case(
    "lurk-tls12-4.4-handshake-types-served",
    clauses=("TLS12-4.4-25", "TLS12-5-01", "TLS12-5.4-02", "TLS12-4.4-09"),
    needs=("lurk-chain",),
)
def suites(t: LurkContext) -> Iterator[Variant]:
    """Where the handshake is carried the PRF hash is that of its suite: SHA-384 or SHA-256, the latter
    for suites older than TLS 1.2 too."""
    for type in HANDSHAKE_TYPES:
        key = decryption_key(t, type)
        for suite in tls12.SUITES:
            premaster = pkcs1.premaster(t.rng)
            extended = type != Type.RSA_MASTER_WITH_POH
            shake = t.handshake(key, premaster=premaster, extended=extended).but(
                suite=suite, offered=(0xC02F, *tls12.SUITES, 0x00FF)
            )
            answer = t.ask(t.handshake_request(type, shake, premaster, key))
            yield t.succeeded(f"{name(type)} {suite:04x}", answer)
