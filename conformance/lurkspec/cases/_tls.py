"""What the channel cases share: hellos by raw records, the TLS versions of a target, and our own TLS 1.3
client."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..case import Variant
from ..channel import Ending, Identity
from ..codecs.hello import ServerFlight, hello12
from ..codecs.tls import CHANGE_CIPHER_SPEC, APPLICATION_DATA, HANDSHAKE, record
from ..channel_context import ChannelContext
from ..context import ControlFailed
from ..exchange import Exchange
from ..tls13 import Tls13Channel

VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
# Lets our own library load and offer what the server is to refuse.
ANYTHING = "DEFAULT:@SECLEVEL=0"


@dataclass(frozen=True)
class Reply:
    """What a server says in clear to raw octets; `exchange` has a ServerHello, or what is no TLS, as its
    problem."""

    exchange: Exchange
    flight: ServerFlight


def say(t: ChannelContext, octets: bytes) -> Reply:
    """Send octets below TLS and read until the server has no more to say, or has ended the connection."""
    with t.dial() as channel:
        channel.send(octets)
        while (
            channel.receive()
            and not ServerFlight.parse(bytes(channel.buffer)).complete
            and _is_tls(channel.buffer)
        ):
            pass
        flight = ServerFlight.parse(bytes(channel.buffer))
        problem = (
            str(flight.hello or "") if _is_tls(channel.buffer) else f"no TLS: {bytes(channel.buffer[:40])!r}"
        )
        ending = Ending.ALERT if flight.alert else channel.ending
        return Reply(Exchange("(raw)", None, ending, channel.transcript, problem, flight.alert), flight)


def _is_tls(octets: bytearray) -> bool:
    return not octets or CHANGE_CIPHER_SPEC <= octets[0] <= APPLICATION_DATA


def offer(t: ChannelContext, version: int = 0x0303, **changes: Any) -> Reply:
    """Say a TLS 1.2 hello that is good but for what is changed."""
    hello = hello12(t.target.server_name, version=version, random=t.rng.randbytes(32), **changes)
    return say(t, record(HANDSHAKE, hello, min(version, 0x0301)))


def offer_proven(t: ChannelContext) -> ServerFlight:
    """The answer to the good hello, which all that is refused afterwards is compared with."""
    reply = offer(t)
    if reply.flight.hello is None:
        raise ControlFailed(reply.exchange)
    return reply.flight


def versions(t: ChannelContext) -> dict[str, ssl.TLSVersion]:
    """The TLS versions in which the target serves a good request: without any there is nothing to judge."""
    found = {}
    for name, version in VERSIONS.items():
        exchange = t.attempt("a", context=t.tls_context("a", minimum=version, maximum=version))
        if exchange.output is not None:
            found[name] = version
    if not found:
        raise ControlFailed(exchange)
    return found


def proven_issue(t: ChannelContext) -> None:
    """A certificate made for this case, with nothing wrong, lets edge a in: what is refused afterwards is
    refused for its fault."""
    identity = t.issue()
    exchange = t.attempt(identity, context=t.tls_context(identity, ciphers=ANYTHING))
    if exchange.output is None:
        raise ControlFailed(exchange)


def locked_out(
    t: ChannelContext, label: str, identity: Identity | None, among: dict[str, ssl.TLSVersion]
) -> Iterator[Variant]:
    """With this certificate the handshake fails in every version."""
    for name, version in among.items():
        context = t.tls_context(identity, minimum=version, maximum=version, ciphers=ANYTHING)
        yield t.handshake_fails(f"{label}, {name}", t.attempt(identity, context=context))


def own_client(t: ChannelContext) -> Tls13Channel:
    """Our TLS 1.3 client, connected and silent."""
    return Tls13Channel(t.address, t.target.wait, t.target.server_name, t.rng)
