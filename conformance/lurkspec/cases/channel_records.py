"""Records that are changed, out of order, too long, cut or too many (RFC 8446 §5; group CH)."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

from ..case import Level, Profile, Variant, case
from ..codecs.hello import KEY_UPDATE, hello12
from ..codecs.tls import APPLICATION_DATA, HANDSHAKE, handshake, record
from ..channel_context import ChannelContext
from ..tls13 import Tls13Channel
from ._http import until
from ._tls import own_client, versions

SECTION = "Channel: records"
# What the channel is asked for by LURK (lurk-01 §4.1, §7; tls12 §9).
OVER_LURK = ("LURK-4.1-01", "LURK-7-04", "TLS12-9-02")

LONGEST = 1 << 14
# How long it takes to see that a connection has ended before.
_LOOK = 0.1


def _tampered(t: ChannelContext, version: ssl.TLSVersion, change: Callable[[bytes, bytes], bytes]) -> Any:
    """Two good requests are sealed, and what `change` makes of their records is sent."""
    with t.connect(context=t.tls_context("a", minimum=version, maximum=version)) as channel:
        first, second = channel.seal(t.question().octets), channel.seal(t.question().octets)
        channel.send_raw(change(first, second))
        return t.reply(channel)


def _flipped(position: int, first: bytes, second: bytes) -> bytes:
    """A bit of the first record is changed."""
    changed = bytearray(first)
    changed[position] ^= 1
    return bytes(changed) + second


def _instead(octets: bytes, first: bytes, second: bytes) -> bytes:
    """These octets, and a good record behind them."""
    return octets + first


@case(
    "channel-record-changed",
    clauses=("SKI-5.2-04", "SKI-4.2.3-01", "REQ-6.2-05"),
    rows=("CH-19",),
    over_lurk=OVER_LURK,
)
def record_changed(t: ChannelContext) -> Iterator[Variant]:
    """A record with a single bit changed ends the connection: nothing of it is processed."""
    for name, version in versions(t).items():
        for label, position in (
            ("type", 0),
            ("first octet", 5),
            ("tenth octet", 15),
            ("middle", 100),
            ("last octet", -1),
        ):
            yield t.handshake_fails(f"{name}, {label}", _tampered(t, version, partial(_flipped, position)))


@case("channel-record-order", clauses=("SKI-5.2-04", "SKI-4.2.3-01"), rows=("CH-19",), over_lurk=OVER_LURK)
def record_order(t: ChannelContext) -> Iterator[Variant]:
    """Records count: one that is out of order, left out, or from another connection ends the connection."""
    with t.connect() as elsewhere:
        other = elsewhere.seal(t.question().octets)
    changes: dict[str, Callable[[bytes, bytes], bytes]] = {
        "swapped": lambda first, second: second + first,
        "first left out": lambda first, second: second,
        "another connection's": lambda first, second: other,
    }
    for name, version in versions(t).items():
        for label, change in changes.items():
            yield t.handshake_fails(f"{name}, {label}", _tampered(t, version, change))


@case("channel-record-replayed", clauses=("SKI-4.2.2-04", "SKI-5.2-04"), rows=("CH-19",), over_lurk=OVER_LURK)
def record_replayed(t: ChannelContext) -> Iterator[Variant]:
    """A recorded record is refused when it comes again, on its own connection and on a new one."""
    for name, version in versions(t).items():
        context = t.tls_context("a", minimum=version, maximum=version)
        with t.connect(context=context) as channel, t.connect(context=context) as later:
            question = t.question()
            sealed = channel.seal(question.octets)
            channel.send_raw(sealed)
            yield t.served(f"{name}, once", t.reply(channel, question, sent=True))
            channel.send_raw(sealed)
            yield t.handshake_fails(f"{name}, twice", t.reply(channel))
            later.send_raw(sealed)
            yield t.handshake_fails(f"{name}, elsewhere", t.reply(later))


@case("channel-record-malformed", clauses=("SKI-5.2-04", "SKI-9-02"), rows=("CH-19",), over_lurk=OVER_LURK)
def record_malformed(t: ChannelContext) -> Iterator[Variant]:
    """Records that are too long, empty, unprotected or of no known type end the connection (RFC 8446 §5.1,
    §5.2)."""
    raw = t.question().octets
    wrong = {
        "2^14 + 2049 octets": record(APPLICATION_DATA, bytes(LONGEST + 2049)),
        "65,535 octets": record(APPLICATION_DATA, bytes(65535)),
        "empty": record(APPLICATION_DATA, b""),
        "without protection": record(APPLICATION_DATA, raw),
        "unknown type": record(99, bytes(64)),
        "handshake in clear": record(HANDSHAKE, handshake(0, b"")),
        "SSL 2.0 header": b"\x80\x2e\1\0\2" + bytes(43),
    }
    for name, version in versions(t).items():
        sent = wrong | (
            {"2^14 + 257 octets": record(APPLICATION_DATA, bytes(LONGEST + 257))} if name == "TLS 1.3" else {}
        )
        for label, octets in sent.items():
            yield t.handshake_fails(f"{name}, {label}", _tampered(t, version, partial(_instead, octets)))


def _opened(t: ChannelContext) -> Tls13Channel:
    channel = own_client(t)
    channel.begin()
    channel.finish(t.edge("a").identity)
    return channel


def _after_flood(t: ChannelContext, label: str, flood: Callable[[Tls13Channel], None]) -> Variant:
    """The flood ends the connection; where it does not, the request behind it is served and that is
    lenient."""
    with _opened(t) as channel:
        flood(channel)
        question = t.question()
        exchange = t.reply(channel, question)
    if exchange.output is None:
        return t.handshake_fails(label, exchange)
    return t.check(
        label,
        False,
        "an alert and the end",
        exchange.summary,
        exchange,
        lenient=not question.request.check(exchange.output),
    )


def _send_empty(kind: int, count: int, channel: Tls13Channel) -> None:
    channel.send_records(kind, b"", count)


def _update_keys(requested: bool, count: int, channel: Tls13Channel) -> None:
    for _ in range(count):
        channel.update_keys(requested)


@case(
    "channel-record-flood",
    clauses=("SKI-P-06", "SKI-9-02"),
    rows=("CH-19",),
    level=Level.SHOULD,
    profile=Profile.DEFAULT,
    over_lurk=OVER_LURK,
)
def record_flood(t: ChannelContext) -> Iterator[Variant]:
    """Records that carry nothing are not taken for ever: empty ones and KeyUpdates by the thousand (10^5 with
    the full profile) end the connection."""
    if "TLS 1.3" not in versions(t):
        yield t.unsupported("all", "the target does not speak TLS 1.3")
        return
    count = 100_000 if t.profile is Profile.FULL else 2_000
    for name, kind in (("empty records", APPLICATION_DATA), ("empty handshake records", HANDSHAKE)):
        yield _after_flood(t, name, partial(_send_empty, kind, count))
    for label, requested in (("KeyUpdate", False), ("KeyUpdate with request", True)):
        yield _after_flood(t, label, partial(_update_keys, requested, count))
    updates = handshake(KEY_UPDATE, b"\0") * 100
    yield t.handshake_fails("KeyUpdates in one record", _sent(t, HANDSHAKE, updates))
    yield t.handshake_fails("KeyUpdate of 2", _sent(t, HANDSHAKE, handshake(KEY_UPDATE, b"\2")))
    yield t.handshake_fails("plaintext of 2^14 + 1", _sent(t, APPLICATION_DATA, b"G" * (LONGEST + 1)))
    yield t.handshake_fails("inner type 0", _sent(t, 0, b""))


def _sent(t: ChannelContext, kind: int, fragment: bytes) -> Any:
    """One protected record of our making, and a good request behind it."""
    with _opened(t) as channel:
        channel.send_records(kind, fragment, 1)
        return t.reply(channel, t.question())


@case("channel-truncation", clauses=("SKI-5.2-04", "SKI-9-02"), rows=("CH-20",), over_lurk=OVER_LURK)
def truncation(t: ChannelContext) -> Iterator[Variant]:
    """What an attacker cut off without close_notify is dropped, in the middle of a record and of a request
    (RFC 8446 §6.1)."""
    for name, version in versions(t).items():
        raw = t.question().octets
        cuts = {"record": len(raw), "headers": 10, "body": len(raw) - 20, "last octet": -1}
        for label, cut in cuts.items():
            with t.connect(context=t.tls_context("a", minimum=version, maximum=version)) as channel:
                sealed = channel.seal(raw[:cut])
                channel.send_raw(sealed[:-20] if label == "record" else sealed)
                channel.half_close()
                exchange = t.reply(channel)
                yield t.cut_off(f"{name}, in the {label}", exchange)


@case(
    "channel-half-open-flood",
    clauses=("SKI-P-06", "SKI-4.2.2-01"),
    rows=("CH-21",),
    profile=Profile.DEFAULT,
    serial=True,
    over_lurk=OVER_LURK,
)
def half_open_flood(t: ChannelContext) -> Iterator[Variant]:
    """Connections that never finish a handshake are ended by its deadline and hold nobody up while they
    stand: half the limit of connections (10^4 one after another with the full profile)."""
    deadline = t.limit("handshake_ms") / 1000
    count = min(t.limit("connections") // 2, 400)
    hello = record(HANDSHAKE, hello12(t.target.server_name), 0x0301)
    kinds = {"silent": b"", "with a hello": hello, "with half a hello": hello[:20]}
    for _ in range(10_000 if t.profile is Profile.FULL else 0):
        with t.dial() as channel:
            channel.send(hello[:20])
    with ExitStack() as stack:
        standing = [stack.enter_context(t.dial()) for _ in range(count)]
        for number, channel in enumerate(standing):
            channel.send(list(kinds.values())[number % 3])
        yield t.served("others meanwhile", until(partial(t.attempt, "a"), True, deadline / 2))
        limit = time.monotonic() + deadline + t.target.wait
        ended = [channel.wait_closed(max(_LOOK, limit - time.monotonic())) for channel in standing]
    for number, label in enumerate(kinds):
        left = ended[number::3].count(False)
        yield t.check(
            label, left == 0, f"ended within {deadline:g} s", f"{left} of {len(ended[number::3])} stand"
        )
