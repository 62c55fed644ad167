"""The base protocol: ping, capabilities, state, overload, and the channel that all of it needs (lurk-01
§5.4 to §7; A-03, A-76 to A-79)."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ..case import Variant, case
from ..certificates import DAY
from ..codecs import lurk
from ..codecs.lurk import BaseStatus, Designation, Message, Status
from ..dialects import NO_TYPE_LIST
from ..keys import TLS12_SIGN_USAGE
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkExchange
from ..session import Unsupported
from ._lurk import ended, good_requests

PROTOCOL = "lurk"
SECTION = "LURK §6 base protocol"

SERVED = (Designation.LURK, Designation.TLS12)


def _base_capabilities(t: LurkContext, edge: str = "a") -> lurk.BaseCapabilities:
    exchange = t.ask(t.capabilities(Designation.LURK), edge=edge)
    if not exchange.succeeded:
        raise Unsupported(f"no capabilities: {exchange.summary}")
    return lurk.decode_base_capabilities(exchange.payload)


def state_of(t: LurkContext, designation: Designation, edge: str = "a") -> bytes:
    """The state that capabilities of this designation carry."""
    if designation == Designation.LURK:
        return _base_capabilities(t, edge).state
    exchange = t.ask(t.capabilities(designation), edge=edge)
    return lurk.decode_tls12_capabilities(exchange.payload)[1] if exchange.succeeded else b""


@case(
    "lurk-6.2-ping",
    clauses=("LURK-6.2.1-01", "LURK-6.2.2-01", "LURK-6.2.4-01", "LURK-6-01", "LURK-4.3-02", "LURK-4.3-03"),
)
def ping(t: LurkContext) -> Iterator[Variant]:
    """A ping of designation lurk is answered by success without a payload: sixteen octets each way."""
    request = t.ping(Designation.LURK)
    for number in range(3):
        answer = t.ask(request)
        yield t.succeeded(f"ping {number}", answer)
        yield t.check(
            f"ping {number}, length",
            answer.payload == b"",
            "no payload",
            f"{len(answer.payload)} octets",
            answer,
        )


@case(
    "lurk-tls12-8-ping",
    clauses=("TLS12-8.1-01", "TLS12-8.2-01", "TLS12-8.4-01", "TLS12-3-01", "TLS12-3-02"),
)
def tls12_ping(t: LurkContext) -> Iterator[Variant]:
    """A ping of tls12 is answered by success without a payload."""
    yield t.succeeded("ping", t.ask(t.ping()))
    yield t.succeeded("ping on a fresh connection", t.ask(t.ping(), fresh=True))


@case(
    "lurk-6.3-unexpected-payload",
    clauses=("LURK-6.3-01", "LURK-6.2.1-01", "LURK-6.1.1-01"),
    rows=("LN-09",),
)
def unexpected_payload(t: LurkContext) -> Iterator[Variant]:
    """ping and capabilities of lurk with a payload are invalid_format or undefined_error, and the
    connection stays in step."""
    for type in lurk.BaseType:
        for count in (1, 4, 16, 1000):
            message = Message(Designation.LURK, type, t.rng.randbytes(count), id=t.rng.getrandbits(64))
            with t.connect() as channel:
                answer = t.ask(message, channel=channel)
                yield t.base_refused(
                    f"{type.name.lower()} {count} octets",
                    answer,
                    BaseStatus.INVALID_FORMAT,
                    also=(BaseStatus.UNDEFINED_ERROR,),
                )
                yield t.succeeded(
                    f"{type.name.lower()} {count} octets, then a ping", t.ask(t.ping(), channel=channel)
                )


@case("lurk-tls12-7-unexpected-payload", clauses=("TLS12-7.1-01", "TLS12-8.1-01"), rows=("LN-09",))
def tls12_unexpected_payload(t: LurkContext) -> Iterator[Variant]:
    """ping and capabilities of tls12 with a payload are invalid_payload_format, or the generic error."""
    for type in (lurk.Type.CAPABILITIES, lurk.Type.PING):
        for count in (1, 4, 16, 1000):
            message = Message(Designation.TLS12, type, t.rng.randbytes(count), id=t.rng.getrandbits(64))
            yield t.refused(
                f"{type.name.lower()} {count} octets",
                t.ask(message),
                Status.INVALID_PAYLOAD_FORMAT,
                also=(Status.UNDEFINED_ERROR,),
            )


@case(
    "lurk-6.1-capabilities",
    clauses=(
        "LURK-6.1.1-01",
        "LURK-6.1.2-01",
        "LURK-6.1.2-02",
        "LURK-6.1.2-03",
        "LURK-5.4-10",
        "LURK-4.3-02",
    ),
)
def capabilities(t: LurkContext) -> Iterator[Variant]:
    """The answer holds pairs of designation and version, each once and lurk among them, the types of the
    base protocol, and four octets of state; peers that leave out the types are lenient (A-76)."""
    answer = t.ask(t.capabilities(Designation.LURK))
    yield t.succeeded("decodes", answer)
    found = _base_capabilities(t)
    yield t.check("lurk is there", (0, 1) in found.extensions, "(0, 1)", f"{found.extensions}", answer)
    yield t.check("tls12 is there", (1, 1) in found.extensions, "(1, 1)", f"{found.extensions}", answer)
    yield t.check(
        "each once",
        len(set(found.extensions)) == len(found.extensions),
        "no pair twice",
        f"{found.extensions}",
        answer,
    )
    wanted = NO_TYPE_LIST not in t.target.dialects
    as_wanted = (found.types is not None) == wanted
    yield t.check(
        "types", as_wanted, f"a list of types: {wanted}", f"{found.types}", answer, lenient=True
    )
    if found.types is not None:
        yield t.check(
            "types are those of lurk", set(found.types) == {0, 1}, "0 and 1", f"{found.types}", answer
        )


@case("lurk-6.1-capabilities-are-true", clauses=("LURK-6.1.2-02", "LURK-7-08", "LURK-4.3-01"))
def capabilities_are_true(t: LurkContext) -> Iterator[Variant]:
    """Every extension that is listed answers a ping, and no other one does."""
    listed = set(_base_capabilities(t).extensions)
    for designation in (0, 1, 2, 3, 127, 255):
        for version in (0, 1, 2):
            message = Message(designation, 1, id=t.rng.getrandbits(64), version=version)
            answer, label = t.ask(message), f"designation {designation}, version {version}"
            if (designation, version) in listed:
                yield t.succeeded(label, answer, lambda payload: "")
            else:
                yield t.base_refused(label, answer, BaseStatus.INVALID_EXTENSION)


@case(
    "lurk-5.4-state-in-errors",
    clauses=(
        "LURK-6.1.2-04",
        "LURK-5.4-02",
        "LURK-5.4-03",
        "LURK-5.4-10",
        "LURK-5.3-11",
        "LURK-7-02",
        "LURK-P-05",
        "TLS12-7.2-05",
    ),
    rows=("OR-12",),
)
def state_in_errors(t: LurkContext) -> Iterator[Variant]:
    """The payload of an error is nothing, or the state of the designation that it carries, as
    capabilities tell it (A-77, A-79); without one every error makes an edge ask for them (lenient, A-80)."""
    states = {designation: state_of(t, designation) for designation in SERVED}
    bad = {f"{name} cut": request.replaced(key_id=b"\0") for name, request in good_requests(t).items()}
    errors = {label: t.ask(request) for label, request in bad.items()} | {
        "designation": t.ask(Message(9, 1, id=1)),
        "type": t.ask(Message(1, 200, id=2)),
        "status": t.ask(Message(1, 1, status=3, id=3)),
        "type of lurk": t.ask(Message(0, 9, id=4)),
        "payload of ping": t.ask(Message(1, 1, b"x", id=5)),
        "payload of lurk ping": t.ask(Message(0, 1, b"x", id=6)),
    }
    for label, exchange in errors.items():
        answer = exchange.answer
        if answer is None:
            yield t.check(f"{label}", False, "an error", exchange.summary, exchange, lenient=True)
            continue
        state = states.get(Designation(answer.designation)) if answer.designation in SERVED else None
        yield t.check(
            label,
            answer.status != lurk.SUCCESS and answer.payload in (b"", state),
            "an error with the state or nothing",
            exchange.summary,
            exchange,
        )
        yield t.check(
            f"{label}, state", bool(answer.payload), "a state", exchange.summary, exchange, lenient=True
        )


@case("lurk-5.4-state-is-stable", clauses=("LURK-5.4-04", "TLS12-7.2-05", "LURK-6.1.2-04"))
def state_is_stable(t: LurkContext) -> Iterator[Variant]:
    """While nothing is configured anew the states stay: from call to call, on other connections, after
    errors."""
    for designation in SERVED:
        first = state_of(t, designation)
        t.ask(t.ecdhe().replaced(key_id=b"\1\2\3\4\5"))
        with t.connect() as channel:
            answer = t.ask(t.capabilities(designation), channel=channel)
        yield t.check(
            designation.name,
            len(first) == lurk.STATE_LEN and answer.payload.endswith(first),
            "the same state",
            answer.summary,
            answer,
        )


@case(
    "lurk-5.4-state-of-the-view",
    clauses=("LURK-5.4-04", "LURK-5.4-03", "TLS12-7.2-05", "LURK-6.1.4-01"),
    needs=("edge-b", "narrow-edge"),
    serial=True,
)
def state_of_the_view(t: LurkContext) -> Iterator[Variant]:
    """When an edge loses a key its states change, in capabilities and in errors, and those of other edges do
    not; with the key the old states come back (A-79)."""
    kinds = [(edge, designation) for edge in ("a", "b") for designation in SERVED]
    before = {kind: state_of(t, kind[1], kind[0]) for kind in kinds}
    wrong = t.ecdhe(t.foreign_key(TLS12_SIGN_USAGE)).replaced(freshness=b"\x07")
    try:
        t.hooks.narrow_edge()
        for edge, designation in kinds:
            state = state_of(t, designation, edge)
            changed, expected = state != before[edge, designation], edge == "b"
            label = f"edge {edge}, {designation.name}"
            yield t.check(label, changed == expected, f"changed: {expected}", f"changed: {changed}")
        error = t.ask(wrong, edge="b")
        fresh = error.payload in (b"", state_of(t, Designation.TLS12, "b")) and not error.succeeded
        yield t.check("edge b, error", fresh, "an error with the new state", error.summary, error)
    finally:
        t.hooks.restore_config()
    back = {kind: state_of(t, kind[1], kind[0]) for kind in kinds}
    yield t.check("restored", back == before, "the states of before", "others", lenient=True)


@case(
    "lurk-5.4-state-after-restart",
    clauses=("LURK-5.4-04", "TLS12-7.2-05"),
    needs=("restart",),
    serial=True,
)
def state_after_restart(t: LurkContext) -> Iterator[Variant]:
    """A restart with the same configuration is no change of it (lenient: how states are made is up to the
    server)."""
    before = {designation: state_of(t, designation) for designation in SERVED}
    t.hooks.restart()
    for designation, state in before.items():
        after = state_of(t, designation)
        yield t.check(
            designation.name, after == state, f"state {state.hex()}", f"state {after.hex()}", lenient=True
        )


@case(
    "lurk-5.3-overload",
    clauses=("LURK-5.3-06", "LURK-5.1-03", "LURK-5.3-07"),
    rows=("LN-19", "OR-10"),
    needs=("limited-edge",),
    serial=True,
)
def overload(t: LurkContext) -> Iterator[Variant]:
    """Beyond its rate an edge hears temporary_failure of designation lurk, never status 7 of tls12, which
    is a fault of freshness (A-78); others are served meanwhile, and it again later."""
    rate = t.edge("limited").rate
    if rate is None:
        raise Unsupported("the target file does not tell the rate of [edges.limited]")
    key, refusals, served, others = t.signing_key(edge="limited"), [], 0, []
    for number in range(2 * rate.burst + 20):
        answer = t.ask(t.ecdhe(key), edge="limited")
        served += answer.succeeded
        if not answer.succeeded:
            refusals.append(answer)
        if number % 20 == 0:
            others.append(t.ask(t.ecdhe()))
    yield t.check("some served", served > 0, "requests below the rate are served", f"{served} served")
    yield t.check("some refused", bool(refusals), "requests above the rate are refused", f"{len(refusals)}")
    for number, answer in enumerate(refusals[:20]):
        yield t.base_refused(f"refused {number}", answer, BaseStatus.TEMPORARY_FAILURE)
    for number, answer in enumerate(others):
        yield t.succeeded(f"other edge {number}", answer)
    limit, last = time.monotonic() + t.target.wait, refusals[-1] if refusals else t.ask(t.ping())
    while not last.succeeded and time.monotonic() < limit:
        last = t.ask(t.ecdhe(key), edge="limited")
    yield t.check("served again", last.succeeded, "served when the rate allows", last.summary, last)


def _no_service(t: LurkContext, label: str, attempt: LurkExchange) -> Variant:
    return t.check(label, ended(attempt), "no answer, the connection ends", attempt.summary, attempt)


@case(
    "lurk-7-no-clear-text",
    clauses=("LURK-4.1-01", "LURK-7-04", "LURK-7-06", "TLS12-9-01", "TLS12-9.2-01", "TLS12-4.1.1-02"),
)
def no_clear_text(t: LurkContext) -> Iterator[Variant]:
    """LURK in clear on the port is not served: ping and capabilities of both designations, and ecdhe
    (A-03)."""
    requests = {f"{d.name} ping": t.ping(d) for d in SERVED}
    requests |= {f"{d.name} capabilities": t.capabilities(d) for d in SERVED} | {"ecdhe": t.ecdhe()}
    for label, request in requests.items():
        octets = request.message(1).encode(t.lurk_target.length_counts_header)
        with t.dial() as channel:
            channel.send(octets)
            while channel.receive():
                pass
            got = bytes(channel.buffer)
        lurk_like = len(got) >= lurk.HEADER_LEN and got[1] == 1 and got[4:12] == octets[4:12]
        yield t.check(label, not lurk_like, "no LURK answer", f"{len(got)} octets: {got[:24].hex()}")


@case(
    "lurk-7-mutual-authentication",
    clauses=("LURK-4.1-01", "LURK-7-05", "TLS12-9-02", "LURK-7-04"),
)
def mutual_authentication(t: LurkContext) -> Iterator[Variant]:
    """Without a client certificate, and without an authenticated cipher suite, there is no LURK."""
    yield _no_service(t, "no certificate", t.attempt(None))
    for label, ciphers in (("CBC", "AES128-SHA256:ECDHE-ECDSA-AES128-SHA256"), ("NULL", "NULL")):
        context = t.tls_context(ciphers=f"{ciphers}:@SECLEVEL=0")
        context.maximum_version = context.minimum_version
        yield _no_service(t, label, t.attempt(context=context))


@case("lurk-7-unknown-authority", clauses=("LURK-4.1-01", "TLS12-9-02", "LURK-7-05"), needs=("ca-key",))
def unknown_authority(t: LurkContext) -> Iterator[Variant]:
    """Certificates of another CA, expired ones, and those for servers only are not served, whatever name
    they have."""
    for label, identity in (
        ("other CA", t.issue(issuer="other")),
        ("expired", t.issue(valid=(-2 * DAY, -DAY))),
        ("for servers", t.issue(extended=("serverAuth",))),
    ):
        yield _no_service(t, label, t.attempt(identity))
    control = t.attempt(t.issue())
    yield t.check("control", control.succeeded, "a good one is served", control.summary, control)
