"""Every judge passes a right answer and fails a wrong one; shown over real TLS against the stub."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import StartStub
from lurkspec.case import Verdict
from lurkspec.channel import Ending
from lurkspec.codecs import pkcs1, tls
from lurkspec.context import Context, ControlFailed
from lurkspec.request import MALFORMED, NOT_FOUND, pairs
from lurkspec.target import Target

ContextFor = Callable[[Target], Context]
BOTH = pytest.mark.parametrize("format", ("json", "cbor"))


@BOTH
def test_good_requests_are_served(start_stub: StartStub, context_for: ContextFor, format: str) -> None:
    t = context_for(start_stub().target)
    assert t.served("ecdhe", t.post(t.ecdhe_request(), format)).verdict is Verdict.PASS
    assert (
        t.served("ecdhe", t.post(t.ecdhe_request(t.key("rsa"), hash="SHA-384"), format)).verdict
        is Verdict.PASS
    )
    assert t.served("rsa", t.post(t.rsa_request(), format)).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("quirk", "verdict"),
    (("wrong_signature", Verdict.FAIL), ("output_and_error", Verdict.FAIL), ("", Verdict.PASS)),
)
def test_served(start_stub: StartStub, context_for: ContextFor, quirk: str, verdict: Verdict) -> None:
    t = context_for(start_stub(quirk).target)
    assert t.served("x", t.post(t.ecdhe_request(), "json")).verdict is verdict


@BOTH
@pytest.mark.parametrize(
    ("quirk", "verdict"),
    (
        ("", Verdict.PASS),
        ("signs_anything", Verdict.FAIL),
        ("errors_with_200", Verdict.LENIENT),
        ("other_error_text", Verdict.LENIENT),
        ("no_error_object", Verdict.LENIENT),
        ("silent", Verdict.FAIL),
    ),
)
def test_refused(
    start_stub: StartStub, context_for: ContextFor, quirk: str, verdict: Verdict, format: str
) -> None:
    t = context_for(start_stub(quirk).target)
    bad = t.ecdhe_request(params=t.rng.randbytes(69))
    assert t.refused("x", t.post(bad, format), MALFORMED).verdict is verdict


def test_refused_by_silence(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub("silent").target)
    exchange = t.post(t.ecdhe_request().without("input"), "json")
    assert exchange.response is None and exchange.ending in (Ending.CLOSED, Ending.RESET)
    assert t.refused("x", exchange, MALFORMED, silence=True).verdict is Verdict.LENIENT


def test_refused_takes_what_a_ruling_allows(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub().target)
    exchange = t.post(t.ecdhe_request(t.foreign_key()), "json")
    assert t.refused("x", exchange, NOT_FOUND).verdict is Verdict.PASS
    assert t.refused("x", exchange, MALFORMED).verdict is Verdict.LENIENT
    assert t.refused("x", exchange, MALFORMED, also=(NOT_FOUND,)).verdict is Verdict.PASS


@pytest.mark.parametrize(("quirk", "verdict"), (("", Verdict.PASS), ("last_duplicate_wins", Verdict.FAIL)))
def test_duplicate_member(
    start_stub: StartStub, context_for: ContextFor, quirk: str, verdict: Verdict
) -> None:
    t = context_for(start_stub(quirk).target)
    good = t.ecdhe_request()
    body = pairs([("input", b"bad"), *good.members.items()], "json")
    assert t.refused("x", t.post(body, "json"), MALFORMED).verdict is verdict


@pytest.mark.parametrize(("quirk", "verdict"), (("", Verdict.PASS), ("foreign_keys_served", Verdict.FAIL)))
def test_foreign_key(start_stub: StartStub, context_for: ContextFor, quirk: str, verdict: Verdict) -> None:
    t = context_for(start_stub(quirk).target)
    assert t.refused("x", t.post(t.ecdhe_request(t.foreign_key()), "cbor"), NOT_FOUND).verdict is verdict


@pytest.mark.parametrize(("quirk", "verdict"), (("", Verdict.PASS), ("distinguishes_padding", Verdict.FAIL)))
def test_indistinguishable(
    start_stub: StartStub, context_for: ContextFor, quirk: str, verdict: Verdict
) -> None:
    t = context_for(start_stub(quirk).target)
    key = t.rsa_key()
    control = t.proven(t.rsa_request(), "json")
    block = pkcs1.block(key.rsa, pkcs1.premaster(t.rng), t.rng, kind=1)
    bad = t.rsa_request(input=pkcs1.encrypt_block(key.rsa, block))
    assert t.same("x", t.post(bad, "json"), control).verdict is verdict


@pytest.mark.parametrize(("quirk", "verdict"), (("", Verdict.PASS), ("certificate_optional", Verdict.FAIL)))
def test_handshake_without_certificate(
    start_stub: StartStub, context_for: ContextFor, quirk: str, verdict: Verdict
) -> None:
    t = context_for(start_stub(quirk).target)
    variant = t.handshake_fails("x", t.attempt(None))
    assert variant.verdict is verdict, variant.actual


def test_handshake_with_certificates_made_wrong(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub().target)
    for kind in ("other", "self", "missing", "too-long", "not-a-ca"):
        assert t.handshake_fails(kind, t.attempt(t.issue(issuer=kind))).verdict is Verdict.PASS
    for kind in ("ca", "intermediate"):
        assert t.handshake_fails(kind, t.attempt(t.issue(issuer=kind))).verdict is Verdict.FAIL
    assert (
        t.handshake_fails("wrong purpose", t.attempt(t.issue(extended=("serverAuth",)))).verdict
        is Verdict.PASS
    )


def test_giving_up_on_our_side_is_no_pass(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub().target)
    variant = t.handshake_fails("x", t.attempt("a", server_name="elsewhere.example"))
    assert variant.verdict is Verdict.ERROR


def test_http_refused(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub().target)
    exchange = t.get("/nowhere")
    assert t.http_refused("x", exchange, (404,)).verdict is Verdict.PASS
    assert t.http_refused("x", exchange, (405,)).verdict is Verdict.LENIENT
    assert t.http_refused("x", t.get("/ping"), (404,)).verdict is Verdict.FAIL
    assert t.http_refused("x", t.post(t.ecdhe_request(), "json"), (400,), close=True).verdict is Verdict.FAIL


def test_closed(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub().target)
    with t.connect() as channel:
        assert t.closed("x", channel, 0.05).verdict is Verdict.FAIL
        channel.half_close()
        assert t.closed("x", channel, 2).verdict is Verdict.PASS


def test_raw_octets_and_records(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub().target)
    with t.dial() as plain:
        plain.send(tls.sslv2_client_hello())
        assert plain.wait_closed(2)
    with t.connect() as channel:
        records = tls.split_records(channel.seal(t.http(t.ecdhe_request().encode("json"), "json")))
        assert len(records) == 1
        channel.send_raw(records[0][:-1] + bytes([records[0][-1] ^ 1]))
        channel.receive()
        assert channel.ending is Ending.ALERT and "bad_record_mac" in channel.alert


def test_pipelining(start_stub: StartStub, context_for: ContextFor) -> None:
    from lurkspec.context import answer

    t = context_for(start_stub().target)
    requests = [t.ecdhe_request(), t.ecdhe_request().without("input"), t.ecdhe_request()]
    with t.connect() as channel:
        octets = b"".join(t.http(r.encode("json"), "json") for r in requests)
        answers = [
            answer(channel, octets if n == 0 else b"", request=r, format="json")
            for n, r in enumerate(requests)
        ]
    verdicts = [t.served("x", answers[0]), t.refused("x", answers[1], MALFORMED), t.served("x", answers[2])]
    assert [v.verdict for v in verdicts] == [Verdict.PASS] * 3


def test_control_that_is_not_served(start_stub: StartStub, context_for: ContextFor) -> None:
    t = context_for(start_stub("wrong_signature").target)
    with pytest.raises(ControlFailed):
        t.proven(t.ecdhe_request(), "json")
