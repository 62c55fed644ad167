"""Freshness: the time in S, what was seen before, and what was seen on the wire (tls12 §4.1.1, §4.4 step
4, §9; A-13, A-17; group RP)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ..case import Level, Variant, case
from ..codecs import pkcs1, tls12
from ..codecs.lurk import Status, Type
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkExchange, LurkRequest
from ..session import Unsupported
from ._lurk import (
    HANDSHAKE_TYPES,
    decryption_key,
    ended,
    good_request,
    good_requests,
    name,
    served_types,
)

PROTOCOL = "lurk"
SECTION = "LURK tls12 §4.1.1 freshness and replay"

RANDOM = Status.INVALID_TLS_RANDOM


def _with_random(t: LurkContext, type: Type, s: bytes) -> LurkRequest:
    """A good request of this exchange with this S."""
    if type == Type.ECDHE:
        return t.ecdhe(server_random=s)
    key = decryption_key(t, type)
    if type == Type.RSA_MASTER:
        return t.rsa_master(key, server_random=s)
    premaster = pkcs1.premaster(t.rng)
    shake = t.handshake(key, premaster=premaster, extended=type != Type.RSA_MASTER_WITH_POH)
    return t.handshake_request(type, shake.but(server_random=s), premaster, key)


def _window(t: LurkContext) -> int:
    window = t.lurk_target.time_window
    if window is None:
        raise Unsupported("the target file does not tell [lurk] time_window_seconds")
    return window


def _at(t: LurkContext, type: Type, offset: int) -> LurkExchange:
    """An exchange with that much between S and now, both read within one second, and not at its very
    begin, where a server's coarse clock still stands in the second before."""
    for _ in range(1000):
        begin = time.time()
        answer = t.ask(_with_random(t, type, tls12.random_at(t.rng, int(begin) + offset)))
        if int(time.time()) == int(begin) and begin % 1 > 0.05:
            break
    return answer


@case(
    "lurk-tls12-4.4-time-window",
    clauses=("TLS12-4.4-05", "TLS12-4.4-06", "TLS12-4.4-07", "TLS12-6.4-01", "TLS12-5.4-01", "TLS12-3-03"),
    rows=("RP-02",),
    needs=("lurk-time-window",),
)
def time_window(t: LurkContext) -> Iterator[Variant]:
    """An S whose time is inside the window is served, one outside is invalid_tls_random, in every
    exchange; at the edge itself clocks may differ by the second (lenient)."""
    window = _window(t)
    margin = max(2, window // 10)
    for type in served_types(t):
        for offset in (-window + margin, -1, 0, 1, window - margin):
            yield t.succeeded(f"{name(type)} {offset:+d} s", _at(t, type, offset))
        for offset in (-window - margin, window + margin, -86400, 86400, -(10**8), 10**8):
            yield t.refused(f"{name(type)} {offset:+d} s", _at(t, type, offset), RANDOM)
        for offset, inside in ((-window - 1, False), (-window, True), (window, True), (window + 1, False)):
            answer = _at(t, type, offset)
            yield t.check(
                f"{name(type)} {offset:+d} s, the edge",
                answer.succeeded == inside,
                "served" if inside else "refused",
                answer.summary,
                answer,
                lenient=True,
            )


@case(
    "lurk-tls12-4.4-time-extremes",
    clauses=("TLS12-4.4-05", "TLS12-4.4-06"),
    rows=("RP-02",),
    needs=("lurk-time-window",),
)
def time_extremes(t: LurkContext) -> Iterator[Variant]:
    """Times of 1970, at the ends of 32 bits and of their signed half are far away, never near by an
    overflow; so is the present time in little-endian order."""
    now = int(time.time())
    values = {
        "0": 0,
        "1": 1,
        "7fffffff": 0x7FFFFFFF,
        "80000000": 0x80000000,
        "ffffffff": 0xFFFFFFFF,
        "half a circle away": (now + 2**31) & 0xFFFFFFFF,
        "little-endian": int.from_bytes(now.to_bytes(4, "big"), "little"),
    }
    for type in served_types(t):
        for label, value in values.items():
            answer = t.ask(_with_random(t, type, tls12.random_at(t.rng, value)))
            yield t.refused(f"{name(type)} {label}", answer, RANDOM)


@case("lurk-tls12-4.1.1-random-of-the-wire", clauses=("TLS12-4-03", "TLS12-4.1.1-07"), rows=("RP-01",))
def random_of_the_wire(t: LurkContext) -> Iterator[Variant]:
    """Who saw a handshake knows ServerHello.random and not S: sent as S it gives the secret or signature
    of another connection."""
    for type in served_types(t):
        request = _recorded(t, type)
        seen = tls12.freshness(request[1])
        answer = t.ask(_replayed(t, type, request[0], seen))
        recorded = request[0].check(answer.payload)
        yield t.check(
            name(type),
            not answer.succeeded or bool(recorded),
            "nothing of the recorded connection",
            answer.summary,
            answer,
        )
        hashed = _with_random(t, type, tls12.freshness(t.server_random()))
        yield t.succeeded(f"{name(type)}, as an S of its own", t.ask(hashed))


def _recorded(t: LurkContext, type: Type) -> tuple[LurkRequest, bytes]:
    s = t.server_random()
    return _with_random(t, type, s), s


def _replayed(t: LurkContext, type: Type, recorded: LurkRequest, seen: bytes) -> LurkRequest:
    """The recorded request with `seen` in the place of S. For ecdhe the edge proves that it owns the
    share, which a thief cannot; without a proof it is as near."""
    if type in HANDSHAKE_TYPES:
        messages = recorded.fields["handshake_messages"]
        hello = 4 + int.from_bytes(messages[1:4], "big")
        at = hello + 4 + 2
        return recorded.replaced(handshake_messages=messages[:at] + seen + messages[at + 32 :])
    return recorded.replaced(server_random=seen)


@case(
    "lurk-tls12-4.1.1-signature-of-the-wire",
    clauses=("TLS12-4-03", "TLS12-6.4-09"),
    rows=("RP-01", "XP-08"),
    needs=("lurk-sign",),
)
def signature_of_the_wire(t: LurkContext) -> Iterator[Variant]:
    """With the random of a recorded ServerHello as S the signature is not one over that
    ServerHello.random, so that it fits no connection that was seen."""
    s, client = t.server_random(), t.rng.randbytes(32)
    recorded = t.ecdhe(curve="x25519", server_random=s, client_random=client)
    replay = recorded.replaced(server_random=tls12.freshness(s))
    answer = t.ask(replay)
    wrong = recorded.check(answer.payload)
    yield t.check(
        "not over it", not answer.succeeded or bool(wrong), "another signature", answer.summary, answer
    )


@case(
    "lurk-tls12-9-same-request-twice",
    clauses=("TLS12-9-06", "LURK-P-02"),
    rows=("RP-03",),
    level=Level.MAY,
)
def same_request_twice(t: LurkContext) -> Iterator[Variant]:
    """The same octets twice, with the same and with another id, are served twice, or refused with status
    6 where the key server has a replay window (A-17)."""
    windowed = bool(t.lurk_target.replay_window)
    for type in served_types(t):
        for label, fresh_id in (("same id", False), ("other id", True)):
            request = good_request(t, type)
            message = request.message(t.rng.getrandbits(64))
            yield t.succeeded(f"{name(type)} {label}, first", t.ask(message), request.check)
            again = message.but(id=t.rng.getrandbits(64)) if fresh_id else message
            for number in ("second", "third"):
                answer, text = t.ask(again), f"{name(type)} {label}, {number}"
                if windowed and type in (Type.ECDHE, Type.RSA_MASTER):
                    yield t.refused(text, answer, RANDOM)
                else:
                    yield t.succeeded(text, answer, request.check)


@case(
    "lurk-tls12-9-same-random-twice",
    clauses=("TLS12-9-06",),
    rows=("RP-03",),
    needs=("lurk-replay-window",),
)
def same_random_twice(t: LurkContext) -> Iterator[Variant]:
    """The window remembers S, not the request: a used S with other randoms, share or ciphertext is
    refused too, and on another connection."""
    for type in (type for type in (Type.ECDHE, Type.RSA_MASTER) if type in served_types(t)):
        s = t.server_random()
        yield t.succeeded(f"{name(type)} first", t.ask(_with_random(t, type, s)))
        yield t.refused(f"{name(type)} other request", t.ask(_with_random(t, type, s)), RANDOM)
        answer = t.ask(_with_random(t, type, s), fresh=True)
        yield t.refused(f"{name(type)} other connection", answer, RANDOM)


@case("lurk-tls12-9-refused-is-not-used", clauses=("TLS12-9-06",), rows=("RP-03",), needs=("lurk-sign",))
def refused_is_not_used(t: LurkContext) -> Iterator[Variant]:
    """A request that was refused has not used its S: put right it is served (lenient, for the draft is
    silent)."""
    spoilt: dict[str, Callable[[LurkRequest], LurkRequest]] = {
        "freshness": lambda good: good.replaced(freshness=b"\1"),
        "more octets": lambda good: good.followed_by("more", b"\0"),
        "proof": lambda good: good.replaced(r=bytes(len(good.fields["r"]))),
    }
    for label, spoil in spoilt.items():
        good = t.ecdhe()
        t.ask(spoil(good))
        answer = t.ask(good)
        yield t.check(label, answer.succeeded, "served", answer.summary, answer, lenient=True)


@case(
    "lurk-tls12-9-request-of-another-edge",
    clauses=("LURK-P-06", "LURK-7-05", "TLS12-9-06"),
    rows=("RP-04", "KU-07"),
    needs=("edge-b",),
)
def request_of_another_edge(t: LurkContext) -> Iterator[Variant]:
    """A request that edge b sends is judged by the rights of edge b, though edge a made it and was
    served."""
    for label, request in good_requests(t).items():
        yield t.succeeded(f"{label}, edge a", t.ask(request))
        key = next(k for k in t.target.keys if t.key_id(k) == request.fields["key_id"])
        if label in key.grants.get("b", ()):
            continue
        yield t.refused(f"{label}, edge b", t.ask(request, edge="b"), Status.INVALID_KEY_ID)


@case("lurk-tls12-9-captured-records", clauses=("TLS12-9-05", "LURK-7-04"), rows=("RP-11",))
def captured_records(t: LurkContext) -> Iterator[Variant]:
    """TLS records of a request, captured and sent again on the same connection or another one, end it."""
    request = t.ecdhe()
    message = request.message(t.rng.getrandbits(64))
    with t.connect() as channel:
        records = channel.seal(message.encode(t.lurk_target.length_counts_header))
        channel.send_raw(records)
        yield t.succeeded("first", t.answer(channel, b"", sent=message), request.check)
        channel.send_raw(records)
        again = t.answer(channel, b"", sent=message)
        yield t.check("same connection", ended(again), "the connection ends", again.summary, again)
    with t.connect() as channel:
        channel.send_raw(records)
        other = t.answer(channel, b"", sent=message)
        yield t.check("other connection", ended(other), "the connection ends", other.summary, other)
