"""Handshakes after the first one, and what may go with one: early data, resumption, renegotiation, names (SKI
§5.2; group CH)."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from ..case import Level, Variant, case
from ..channel import ChannelError, Ending, TlsChannel
from ..codecs.hello import ALPN, EARLY_DATA, GOOD_SUITES, RENEGOTIATION_SCSV, hello12
from ..codecs.records import Sealer12
from ..codecs.tls import ALERT, APPLICATION_DATA, HANDSHAKE, extension, records, vector
from ..channel_context import ChannelContext
from ..context import Context, ControlFailed
from ..exchange import Exchange
from ..session import Unsupported
from ..tls13 import Ticket
from ._tls import VERSIONS, offer, offer_proven, own_client, versions

SECTION = "Channel: handshake"
# What the channel is asked for by LURK (lurk-01 §4.1, §7; tls12 §9).
OVER_LURK = ("LURK-4.1-01", "LURK-7-04", "TLS12-9-02")

AES_128_GCM = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
# SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3, which the ssl module does not name.
NO_EXTENDED_MASTER_SECRET = 1


def _need(t: ChannelContext, version: str) -> ssl.TLSVersion:
    if version not in versions(t):
        raise Unsupported(f"the target does not speak {version}")
    return VERSIONS[version]


def _proven(t: ChannelContext, channel: TlsChannel, edge: str = "a") -> None:
    """An answer must come: sessions and tickets are there only then."""
    exchange = t.reply(channel, t.question(edge))
    if exchange.output is None:
        raise ControlFailed(exchange)


def _early(t: ChannelContext, label: str, ticket: Ticket) -> Variant:
    """Early data with a request that must not be answered; the request behind the handshake tells them
    apart."""
    early, late = t.question(), t.question()
    with own_client(t) as channel:
        try:
            channel.begin(ticket, early.octets)
            accepted = channel.early_data_accepted
            channel.finish(t.edge("a").identity)
            exchange = t.reply(channel, late)
        except ChannelError as error:
            return t.check(label, error.ending is not Ending.LOCAL, "not processed", str(error))
    if exchange.response is None:
        return t.handshake_fails(label, exchange)
    processed = accepted or exchange.output is None or bool(late.request.check(exchange.output))
    actual = f"accepted: {accepted}, first answer: {exchange.summary}"
    return t.check(label, not processed, "the request of the handshake alone is answered", actual, exchange)


@case("channel-early-data", clauses=("SKI-5.2-04", "SKI-9-01"), rows=("CH-11",), over_lurk=OVER_LURK)
def early_data(t: ChannelContext) -> Iterator[Variant]:
    """Requests in early data could be replayed: they are not processed, and no ticket invites them (RFC 8446
    §8)."""
    _need(t, "TLS 1.3")
    with own_client(t) as channel:
        channel.begin()
        channel.finish(t.edge("a").identity)
        t.reply(channel, t.question())
        tickets = channel.tickets
    inviting = sum(EARLY_DATA in ticket.extensions for ticket in tickets)
    yield t.check(
        "tickets", not inviting, "no ticket with early_data", f"{inviting} of {len(tickets)} tickets"
    )
    yield _early(t, "made-up ticket", Ticket(t.rng.randbytes(128), t.rng.randbytes(32), 0, {}))
    if tickets:
        yield _early(t, "ticket of the server", tickets[0])


@case(
    "channel-resumption-revoked",
    clauses=("SKI-1-03", "SKI-4.2.3-01"),
    rows=("CH-12",),
    needs=("edge-b", "expire-edge"),
    serial=True,
    over_lurk=OVER_LURK,
)
def resumption_revoked(t: ChannelContext) -> Iterator[Variant]:
    """A session that began before the certificate was revoked does not let the edge in again."""
    contexts = {name: t.tls_context("b", minimum=v, maximum=v) for name, v in versions(t).items()}
    sessions = {}
    for name, context in contexts.items():
        with t.connect("b", context=context) as channel:
            _proven(t, channel, "b")
            sessions[name] = channel.tls.session
    try:
        t.hooks.expire_edge()
        for name, context in contexts.items():
            yield t.handshake_fails(name, t.attempt("b", context=context, session=sessions[name]))
    finally:
        t.hooks.restore_config()


@case(
    "channel-resumption-removed-authority",
    clauses=("SKI-1-03", "SKI-4.2.3-01"),
    rows=("CH-12",),
    needs=("remove-ca",),
    serial=True,
    over_lurk=OVER_LURK,
)
def resumption_removed_authority(t: ChannelContext) -> Iterator[Variant]:
    """A session that began before its CA was removed does not let the edge in again, nor does the open
    connection."""
    contexts = {name: t.tls_context("a", minimum=v, maximum=v) for name, v in versions(t).items()}
    sessions, standing = {}, {}
    with ExitStack() as stack:
        for name, context in contexts.items():
            standing[name] = stack.enter_context(t.connect(context=context))
            _proven(t, standing[name])
            sessions[name] = standing[name].tls.session
        try:
            t.hooks.remove_ca()
            for name, context in contexts.items():
                attempt = t.attempt(context=context, session=sessions[name])
                yield t.handshake_fails(f"{name}, resumed", attempt)
                yield t.kept_out(f"{name}, open connection", t.reply(standing[name], t.question()))
        finally:
            t.hooks.restore_config()


def _resumed(t: ChannelContext, first: bool, second: bool) -> tuple[bool, str]:
    """Whether a TLS 1.2 session is resumed, whose two handshakes offer extended_master_secret or not."""
    context = t.tls_context("a", maximum=ssl.TLSVersion.TLSv1_2)
    plain = context.options
    try:
        context.options = plain if first else plain | NO_EXTENDED_MASTER_SECRET
        with t.connect(context=context) as channel:
            _proven(t, channel)
            session = channel.tls.session
        context.options = plain if second else plain | NO_EXTENDED_MASTER_SECRET
        with t.connect(context=context, session=session) as channel:
            return (
                bool(channel.tls.session_reused),
                "resumed" if channel.tls.session_reused else "full handshake",
            )
    except ChannelError as error:
        return False, str(error)


@case("channel-resumption-master-secret", clauses=("SKI-9-01",), rows=("CH-12",), over_lurk=OVER_LURK)
def resumption_master_secret(t: ChannelContext) -> Iterator[Variant]:
    """TLS 1.2 sessions without extended_master_secret on both sides are not resumed (RFC 7627 §5.3)."""
    _need(t, "TLS 1.2")
    for label, first, second in (("dropped", True, False), ("added", False, True), ("never", False, False)):
        resumed, actual = _resumed(t, first, second)
        yield t.check(label, not resumed, "no resumption", actual, lenient=label == "never")


def _sealed(t: ChannelContext, hello: Callable[[bytes], bytes]) -> tuple[list[int], Exchange]:
    """A handshake message, made from the verify_data of the client, and a good request, both inside a TLS 1.2
    connection: types of the records that come back, and the exchange for the report."""
    context = t.tls_context("a", maximum=ssl.TLSVersion.TLSv1_2, ciphers=AES_128_GCM)
    context.keylog_filename = str(t.folder / "keys.log")
    with t.connect(context=context) as channel:
        _, client_random, master = (t.folder / "keys.log").read_text().split()[-3:]
        server_random = records(channel.flight)[0].fragment[6:38]
        sealer = Sealer12(bytes.fromhex(master), bytes.fromhex(client_random), server_random)
        message = hello(channel.tls.get_channel_binding("tls-unique") or b"")
        # In one piece: what comes in between two of them would be taken for the library's.
        sealed = sealer.seal(HANDSHAKE, message) if message else b""
        channel.send_raw(sealed + sealer.seal(APPLICATION_DATA, t.question().octets))
        received = b""
        while not {HANDSHAKE, APPLICATION_DATA} & {r.kind for r in records(received)}:
            octets = channel.receive_raw()
            if not octets:
                break
            received += octets
        return [r.kind for r in records(received)], Exchange("a", None, channel.ending, channel.transcript)


@case("channel-renegotiation", clauses=("SKI-5.2-05", "SKI-9-01"), rows=("CH-13",), over_lurk=OVER_LURK)
def renegotiation(t: ChannelContext) -> Iterator[Variant]:
    """A client that renegotiates is refused: no handshake goes on, whether the connection ends or not (RFC
    7540 §9.2.1)."""
    _need(t, "TLS 1.2")
    kinds, exchange = _sealed(t, lambda _: b"")
    if APPLICATION_DATA not in kinds:
        raise ControlFailed(exchange)
    name = t.target.server_name
    hellos: dict[str, Callable[[bytes], bytes]] = {
        "secure": lambda verify: hello12(name, renegotiation=verify),
        "without renegotiation_info": lambda _: hello12(name, renegotiation=None),
        "with the SCSV": lambda _: hello12(name, (*GOOD_SUITES, RENEGOTIATION_SCSV), renegotiation=None),
        "wrong verify_data": lambda _: hello12(name, renegotiation=bytes(12)),
    }
    for label, hello in hellos.items():
        kinds, exchange = _sealed(t, hello)
        refused = HANDSHAKE not in kinds and (bool(kinds) or exchange.ending in (Ending.CLOSED, Ending.RESET))
        names = {ALERT: "alert", HANDSHAKE: "handshake", APPLICATION_DATA: "application data"}
        actual = (
            f"records: {', '.join(names.get(k, str(k)) for k in kinds) or 'none'}; {exchange.ending.value}"
        )
        yield t.check(label, refused, "an alert or the end, no handshake", actual, exchange)


@case("channel-second-hello", clauses=("SKI-5.2-05",), rows=("CH-13",), over_lurk=OVER_LURK)
def second_hello(t: ChannelContext) -> Iterator[Variant]:
    """TLS 1.3 has no renegotiation: a ClientHello after the handshake is unexpected_message (RFC 8446
    §4.1.2)."""
    _need(t, "TLS 1.3")
    with own_client(t) as channel:
        channel.begin()
        channel.finish(t.edge("a").identity)
        channel.send_records(HANDSHAKE, hello12(t.target.server_name), 1)
        yield t.handshake_fails("ClientHello", t.reply(channel, t.question()))


@case(
    "channel-post-handshake-auth",
    clauses=("SKI-4.2.3-01", "SKI-5.2-04"),
    rows=("CH-14",),
    over_lurk=OVER_LURK,
)
def post_handshake_auth(t: ChannelContext) -> Iterator[Variant]:
    """A client that offers to show its certificate later is not let in before; offering it beside one is
    harmless."""
    version = _need(t, "TLS 1.3")
    for label, edge in (("without certificate", None), ("with certificate", "a")):
        context = t.tls_context(edge, minimum=version)
        context.post_handshake_auth = True
        exchange = t.attempt(edge, context=context)
        yield t.handshake_fails(label, exchange) if edge is None else t.served(label, exchange)


@case("channel-alpn", clauses=("SKI-5.2-02", "SKI-5.2-05"), rows=("CH-16",))
def alpn(t: Context) -> Iterator[Variant]:
    """HTTP/1.1 is served with or without its name; a protocol that is not ours is refused or not chosen (RFC
    7301 §3.2)."""
    yield t.served("no ALPN", t.attempt("a"))
    yield t.served("http/1.1", t.attempt("a", context=t.tls_context("a", alpn=("http/1.1",))))
    offer_proven(t)
    for name in ("ftp", "smtp", "imap", "h2c", "http/0.9", "acme-tls/1", "http/1.1x"):
        reply = offer(t, extensions=extension(ALPN, vector(vector(name.encode("ascii")), 2)))
        chosen = reply.flight.hello.extensions.get(ALPN, b"")[3:] if reply.flight.hello else b""
        actual = reply.exchange.summary + (f", chosen: {chosen.decode('ascii', 'replace')}" if chosen else "")
        yield t.check(
            f"only {name}", not chosen, "no_application_protocol, or none chosen", actual, reply.exchange
        )


@case(
    "channel-server-name",
    clauses=("SKI-5.2-05", "SKI-5.2-02"),
    rows=("CH-16",),
    level=Level.SHOULD,
    over_lurk=OVER_LURK,
)
def server_name(t: ChannelContext) -> Iterator[Variant]:
    """SNI leads to this service or nowhere: a foreign or missing name is refused, or served as what it is
    (RFC 7540 §9.2)."""
    for label, name in (
        ("foreign", "elsewhere.example"),
        ("missing", None),
        ("long", "x" * 60 + ".example"),
    ):
        context = t.tls_context("a")
        context.check_hostname = False
        exchange = t.attempt("a", context=context, server_name=name)
        refused = exchange.response is None
        yield t.handshake_fails(label, exchange) if refused else t.served(label, exchange)
