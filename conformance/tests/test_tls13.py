"""Our own TLS 1.3 client and record protection, against published values and against OpenSSL in the stub."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest

from conftest import StartStub
from lurkspec.channel import Ending
from lurkspec.codecs.hello import ServerFlight, hello12, supported_versions
from lurkspec.codecs.records import Protection13, RecordError, Sealer12, expand_label, prf
from lurkspec.codecs.tls import ALERT, APPLICATION_DATA, HANDSHAKE, Record, record, records
from lurkspec.context import Context, answer
from lurkspec.exchange import Exchange
from lurkspec.target import Target
from lurkspec.tls13 import Ticket, Tls13Channel

ContextFor = Callable[[Target], Context]


@pytest.fixture
def t(start_stub: StartStub, context_for: ContextFor) -> Context:
    return context_for(start_stub().target)


def client(t: Context) -> Tls13Channel:
    return Tls13Channel(t.target.address, t.target.wait, t.target.server_name, t.rng)


def ask(t: Context, channel: Tls13Channel) -> Exchange:
    request = t.ecdhe_request()
    return answer(channel, t.http(request.encode("json")), "a", "json", request)


def right(exchange: Exchange) -> bool:
    assert exchange.request is not None
    return exchange.output is not None and not exchange.request.check(exchange.output)


def test_keys_of_rfc_8448() -> None:
    """Client handshake traffic secret, key and IV of RFC 8448 §3."""
    secret = bytes.fromhex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21")
    assert expand_label(secret, "key", b"", 16).hex() == "dbfaa693d1762c5b666af5d950258d01"
    assert expand_label(secret, "iv", b"", 12).hex() == "5bd3c71b836e0b76bb73265f"


def test_prf_of_tls_1_2() -> None:
    """A published vector of the SHA-256 pseudorandom function."""
    secret, seed = bytes.fromhex("9bbe436ba940f017b17652849a71db35"), bytes.fromhex(
        "a0ba9f936cda311827a6f796ffd5198c"
    )
    assert prf(secret, b"test label", seed, 16).hex() == "e3f229ba727be17b8d122620557cd453"


def test_protection_opens_what_it_seals_and_nothing_else() -> None:
    sealed = records(Protection13(bytes(32)).seal(HANDSHAKE, b"content"))[0]
    assert Protection13(bytes(32)).open(sealed) == (HANDSHAKE, b"content")
    changed = Record(sealed.kind, sealed.version, bytes([sealed.fragment[0] ^ 1]) + sealed.fragment[1:])
    for wrong, keys in ((changed, Protection13(bytes(32))), (sealed, Protection13(bytes(32)).updated())):
        with pytest.raises(RecordError):
            keys.open(wrong)


def test_requests_are_answered_and_keys_updated(t: Context) -> None:
    with client(t) as channel:
        channel.begin()
        channel.finish(t.edge("a").identity)
        assert right(ask(t, channel))
        channel.update_keys(requested=True)
        assert right(ask(t, channel))
        assert channel.tickets and not channel.early_data_accepted


def test_tickets_resume_and_early_data_is_sent(t: Context) -> None:
    with client(t) as channel:
        channel.begin()
        channel.finish(t.edge("a").identity)
        assert right(ask(t, channel))
        ticket = channel.tickets[0]
    for offered in (ticket, Ticket(b"made up", bytes(32), 0, {})):
        with client(t) as channel:
            channel.begin(offered, early=b"GET /ping HTTP/1.1\r\n\r\n")
            assert not channel.early_data_accepted
            channel.finish(t.edge("a").identity)
            assert right(ask(t, channel))


@pytest.mark.parametrize("step", ("certificate", "proof", "records"))
def test_faults_are_seen_as_alerts(t: Context, step: str) -> None:
    with client(t) as channel:
        channel.begin()
        channel.finish(None if step == "certificate" else t.edge("a").identity, proof=step != "proof")
        channel.send_records(99 if step == "records" else APPLICATION_DATA, b"G", 1)
        assert ask(t, channel).response is None
        # The stub closes with our request unread: the reset may overtake its alert.
        assert channel.ending is Ending.RESET or (channel.ending is Ending.ALERT and channel.alert)


def test_hellos_are_answered_in_clear(t: Context) -> None:
    def say(octets: bytes) -> ServerFlight:
        with t.dial() as channel:
            channel.send(octets)
            while channel.receive() and not ServerFlight.parse(bytes(channel.buffer)).complete:
                pass
            return ServerFlight.parse(bytes(channel.buffer))

    good = say(record(HANDSHAKE, hello12(t.target.server_name)))
    assert good.hello is not None and good.hello.version == 0x0303 and not good.alert
    old = say(record(HANDSHAKE, hello12(t.target.server_name, extensions=supported_versions(0x0302))))
    assert old.hello is None and old.alert


def test_sealed_records_of_tls_1_2(t: Context) -> None:
    """The server takes a record that was made from the key log; a second one of the same number it does
    not."""
    context = t.tls_context("a", maximum=ssl.TLSVersion.TLSv1_2, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256")
    context.keylog_filename = str(t.folder / "keys.log")
    with t.connect(context=context) as channel:
        _, random, master = (t.folder / "keys.log").read_text().split()[-3:]
        keys = bytes.fromhex(master), bytes.fromhex(random), records(channel.flight)[0].fragment[6:38]
        raw = t.http(t.ecdhe_request().encode("json"))
        for kind in (APPLICATION_DATA, ALERT):
            channel.send_raw(Sealer12(*keys).seal(APPLICATION_DATA, raw))
            assert records(channel.receive_raw())[0].kind == kind
