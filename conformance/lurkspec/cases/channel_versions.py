"""What is offered to the channel's port: clear text, old versions, weak suites, compression (SKI §5.2; RFC
7540 §9.2; A-92; group CH)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ..case import Variant, case
from ..channel import ChannelError, TcpChannel
from ..codecs.curves import CURVES
from ..codecs.hello import FALLBACK_SCSV, GOOD_SUITES, RENEGOTIATION_INFO, key_share, supported_versions
from ..codecs.tls import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, record, sslv2_client_hello
from ..channel_context import ChannelContext
from ..context import Context, answer, failure
from ._http import question
from ._tls import offer, offer_proven, say, versions

SECTION = "Channel: versions and suites"
# What the channel is asked for by LURK (lurk-01 §4.1, §7; tls12 §9).
OVER_LURK = ("LURK-4.1-01", "LURK-7-04", "TLS12-9-02")

# Each with ECDSA and with RSA where there is a choice. What is left over is GOOD_SUITES, CCM and PSK.
WEAK_SUITES = {
    "CBC with ECDHE": (0xC009, 0xC00A, 0xC013, 0xC014, 0xC023, 0xC024, 0xC027, 0xC028),
    "RC4": (0x0004, 0x0005, 0xC007, 0xC011),
    "NULL": (0x0001, 0x0002, 0x003B, 0xC006, 0xC010),
    "EXPORT": (0x0003, 0x0006, 0x0008, 0x000B, 0x000E, 0x0011, 0x0014),
    "3DES": (0x000A, 0xC008, 0xC012),
    "DES": (0x0009, 0x0015),
    "IDEA and SEED": (0x0007, 0x0096),
    "static RSA": (0x002F, 0x0035, 0x003C, 0x003D, 0x009C, 0x009D),
    "static ECDH": (0xC004, 0xC005, 0xC02D, 0xC02E, 0xC031, 0xC032),
    "anonymous": (0x0018, 0x001B, 0x0034, 0x003A, 0x00A6, 0x00A7, 0xC018, 0xC019),
}
DHE_SUITES = (0x009E, 0x009F, 0xCCAA)


@case(
    "channel-clear-text",
    clauses=("SKI-5.2-04", "REQ-6.2-05", "SKI-4.2.3-01", "SKI-4.2.3-02"),
    rows=("CH-01",),
    over_lurk=OVER_LURK,
)
def clear_text(t: ChannelContext) -> Iterator[Variant]:
    """Octets that are no TLS handshake end the connection unprocessed."""
    raw = t.question().octets
    sent = {
        "POST": raw,
        "GET": b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n",
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "LURK header": bytes.fromhex("01000000000000000000000100000010"),
        "random": b"\x47" + t.rng.randbytes(500),
        "zeros": bytes(500),
        "application data record": record(APPLICATION_DATA, raw),
        "alert record": record(ALERT, b"\1\0"),
        "change_cipher_spec record": record(CHANGE_CIPHER_SPEC, b"\1"),
        "handshake record of application data": record(HANDSHAKE, raw),
        "empty handshake record": record(HANDSHAKE, b""),
        "oversize record": record(HANDSHAKE, bytes((1 << 14) + 257)),
    }
    replies = t.concurrently([partial(say, t, octets) for octets in sent.values()])
    for label, reply in zip(sent, replies):
        if (
            reply.exchange.problem.startswith("no TLS: b'HTTP/1.1 400 ")
            and b"error" not in reply.exchange.problem.encode()
        ):
            yield t.check(
                label, False, "the end of the connection", "400 in clear", reply.exchange, lenient=True
            )
        else:
            yield t.handshake_fails(label, reply.exchange)


@case("channel-clear-port", clauses=("SKI-5.2-04", "SKI-4.2.3-01"), rows=("HT-20",))
def clear_port(t: Context) -> Iterator[Variant]:
    """No port of HTTP answers SKI in clear."""
    for port in (80, 8080):
        try:
            with TcpChannel((t.target.address[0], port), t.target.wait) as channel:
                exchange = answer(channel, question(t), "a", t.formats[0])
        except ChannelError as error:
            exchange = failure(error, "a", t.formats[0], None)
        speaks = exchange.released or exchange.error is not None
        yield t.check(
            f"port {port}", not speaks, "nothing listens, or something else does", exchange.summary, exchange
        )


@case(
    "channel-version-old",
    clauses=("BG-8996-01", "SKI-5.2-05", "SKI-9-01"),
    rows=("CH-08",),
    over_lurk=OVER_LURK,
)
def version_old(t: ChannelContext) -> Iterator[Variant]:
    """SSL 2.0, SSL 3.0, TLS 1.0 and TLS 1.1 are not negotiated, in whatever hello (RFC 6176, RFC 7568, RFC
    8996)."""
    offer_proven(t)
    suites = (*WEAK_SUITES["CBC with ECDHE"], *WEAK_SUITES["static RSA"], *GOOD_SUITES)
    replies = {
        "SSL 2.0 hello": say(t, sslv2_client_hello()),
        "SSL 2.0 hello for SSL 3.0": say(t, sslv2_client_hello(0x0300)),
        "SSL 2.0 hello for TLS 1.0": say(t, sslv2_client_hello(0x0301)),
        "SSL 3.0": offer(t, 0x0300, suites=suites),
        "TLS 1.0": offer(t, 0x0301, suites=suites),
        "TLS 1.1": offer(t, 0x0302, suites=suites),
        "TLS 1.1 in supported_versions": offer(t, suites=suites, extensions=supported_versions(0x0302)),
        "TLS 1.0 and unknown in supported_versions": offer(
            t, suites=suites, extensions=supported_versions(0x0301, 0x7F7F)
        ),
    }
    for label, reply in replies.items():
        yield t.handshake_fails(label, reply.exchange)


@case("channel-fallback-scsv", clauses=("SKI-9-01", "SKI-5.2-05"), rows=("CH-10",), over_lurk=OVER_LURK)
def fallback_scsv(t: ChannelContext) -> Iterator[Variant]:
    """TLS_FALLBACK_SCSV below the highest version of the server is inappropriate_fallback (RFC 7507 §3)."""
    if "TLS 1.3" not in versions(t):
        yield t.unsupported("TLS 1.2", "TLS 1.2 is the highest version of the target")
        return
    offer_proven(t)
    reply = offer(t, suites=(*GOOD_SUITES, FALLBACK_SCSV))
    if reply.flight.alert and reply.flight.alert != "inappropriate_fallback":
        yield t.check(
            "TLS 1.2", False, "inappropriate_fallback", reply.flight.alert, reply.exchange, lenient=True
        )
    else:
        yield t.handshake_fails("TLS 1.2", reply.exchange)
    older = offer(t, 0x0302, suites=(*WEAK_SUITES["CBC with ECDHE"], FALLBACK_SCSV))
    yield t.handshake_fails("TLS 1.1", older.exchange)


@case(
    "channel-suite-weak",
    clauses=("SKI-5.2-05", "SKI-REQ-4", "SKI-9-01"),
    rows=("CH-09",),
    over_lurk=OVER_LURK,
)
def suite_weak(t: ChannelContext) -> Iterator[Variant]:
    """TLS 1.2 is spoken with AEAD and ephemeral keys or not at all (A-92; RFC 7540 §9.2.2 and appendix A)."""
    offer_proven(t)
    for label, suites in WEAK_SUITES.items():
        yield t.handshake_fails(label, offer(t, suites=suites).exchange)


@case("channel-key-exchange-small", clauses=("SKI-5.2-05",), rows=("CH-09",), over_lurk=OVER_LURK)
def key_exchange_small(t: ChannelContext) -> Iterator[Variant]:
    """DHE below 2048 bits and ECDHE below 224 are not used (RFC 7540 §9.2.1)."""
    offer_proven(t)
    dhe = offer(t, suites=DHE_SUITES)
    bits = dhe.flight.dh_bits
    refused = dhe.flight.hello is None
    actual = dhe.exchange.summary if refused else f"{dhe.flight.hello}, a prime of {bits} bits"
    yield t.check("DHE", refused or bits >= 2048, "refused, or at least 2048 bits", actual, dhe.exchange)
    for label, group in {"secp192r1": 19, "secp160r1": 16, "sect163k1": 1, "sect193r1": 4}.items():
        yield t.handshake_fails(label, offer(t, groups=(group,)).exchange)


@case("channel-compression", clauses=("SKI-5.2-05",), rows=("CH-15",), over_lurk=OVER_LURK)
def compression(t: ChannelContext) -> Iterator[Variant]:
    """Compression is off, however it is offered, and a TLS 1.2 hello without null is wrong (RFC 7540
    §9.2.1)."""
    offer_proven(t)
    newer = supported_versions(0x0304) + key_share(CURVES["secp256r1"].good(t.rng))
    replies = {
        "DEFLATE, null": offer(t, compression=b"\1\0"),
        "LZS, DEFLATE, null": offer(t, compression=b"\x40\1\0"),
        "DEFLATE, null in TLS 1.3": offer(t, suites=(0x1301, 0x1302), compression=b"\1\0", extensions=newer),
    }
    for label, reply in replies.items():
        hello = reply.flight.hello
        chosen = reply.exchange.summary if hello is None else f"method {hello.compression}"
        yield t.check(
            label, hello is None or hello.compression == 0, "null, or refused", chosen, reply.exchange
        )
    yield t.handshake_fails("DEFLATE only", offer(t, compression=b"\1").exchange)
    yield t.handshake_fails("no method", offer(t, compression=b"").exchange)


@case("channel-renegotiation-info", clauses=("SKI-5.2-05", "SKI-9-01"), rows=("CH-13",), over_lurk=OVER_LURK)
def renegotiation_info(t: ChannelContext) -> Iterator[Variant]:
    """The server proves in its hello that it knows renegotiation_info, empty in a first handshake (RFC 5746
    §3.6, §4.4)."""
    hello = offer_proven(t).hello
    info = hello.extensions.get(RENEGOTIATION_INFO) if hello else None
    yield t.check(
        "first handshake", info == b"\0", "renegotiation_info, empty", "none" if info is None else info.hex()
    )
    wrong = offer(t, renegotiation=t.rng.randbytes(12))
    yield t.handshake_fails("not empty in a first handshake", wrong.exchange)
