"""Answers of a LURK key server that are not right, and what the edge makes of them (group LC)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from ..case import Role, Variant, case
from ..codecs import lurk, tls12
from ..codecs.lurk import BaseStatus, Message, Status, Type
from ..edge.context import EdgeContext
from ..edge.keyserver import Reply, Script
from ..edge.lurk import Ecdhe, LurkAsked, LurkKeyServer, sign_ecdhe
from ..edge.site import Site
from ..edge.visit import ECDHE_ECDSA, RSA, client_context

PROTOCOL, ROLE = "lurk", Role.EDGE
SECTION = "edge, LURK answers"

# From a request and the right answer to what is sent.
Spoil = Callable[[LurkAsked, Message], Reply]


def keyserver(asked: LurkAsked) -> LurkKeyServer:
    assert isinstance(asked.server, LurkKeyServer)
    return asked.server


def answering(spoil: Spoil) -> Script:
    return lambda asked: spoil(asked, keyserver(asked).right_message(asked))


def messages(made: Callable[[LurkAsked, Message], tuple[Message, ...]]) -> Spoil:
    return lambda asked, right: keyserver(asked).reply(*made(asked, right))


def payload(made: Callable[[bytes], bytes]) -> Spoil:
    """Success with another payload."""
    return messages(lambda asked, right: (asked.answer(made(right.payload)),))


def error(status: int, octets: bytes | None = None, **changes: int) -> Spoil:
    """An error, with the state that the capabilities told if nothing else is said."""

    def spoil(asked: LurkAsked, right: Message) -> Reply:
        server = keyserver(asked)
        state = server.state if octets is None else octets
        return server.reply(asked.answer(state, status, **changes))

    return spoil


def kinds(site: Site) -> list[str]:
    """An exchange with a signature, and static RSA where the edge has it."""
    return [site.signed[0]] + [e for e in site.exchanges if e == RSA]


def each(t: EdgeContext, answers: dict[str, Spoil]) -> Iterator[Variant]:
    for site in t.sites():
        for label, spoil in answers.items():
            for exchange in kinds(site):
                yield t.spoilt(label, site, answering(spoil), exchange)


def tolerated(t: EdgeContext, answers: dict[str, Spoil]) -> Iterator[Variant]:
    """The handshake completes all the same, and the next one too."""
    for site in t.sites():
        for label, spoil in answers.items():
            for exchange in kinds(site):
                mark = len(site.asked())
                site.play(answering(spoil))
                yield t.served(f"{label} {exchange}", site, site.visit(exchange))
                site.play(None)
                yield t.served(f"{label} {exchange}, afterwards", site, site.visit(exchange))
                strange = [a for a in site.asked()[mark:] if a.message.status != lurk.REQUEST]
                yield t.check(
                    f"{site.name} {label} {exchange}, answered",
                    not strange,
                    "nothing but requests is sent",
                    f"{len(strange)} other messages",
                )


@case("edge-lurk-5.2-unknown-id", clauses=("LURK-5.2-05", "LURK-5.1-08"), rows=("LC-01",))
def unknown_id(t: EdgeContext) -> Iterator[Variant]:
    """An answer whose id nobody waits for is thrown away; so is the second of two."""

    def other(asked: LurkAsked, change: int, text: bytes = b"x") -> Message:
        return asked.answer(text).but(id=asked.message.id ^ change)

    yield from tolerated(
        t,
        {
            "lowest bit": messages(lambda a, right: (other(a, 1), right)),
            "highest bit": messages(lambda a, right: (other(a, 1 << 63), right)),
            "id 0": messages(lambda a, right: (other(a, a.message.id), right)),
            "right payload, other id": messages(lambda a, right: (other(a, 2, right.payload), right)),
            "error with another id": messages(
                lambda a, right: (a.answer(b"", Status.INVALID_KEY_ID).but(id=7), right)
            ),
            "the right one twice": messages(lambda a, right: (right, right)),
            "the right one, then an error": messages(
                lambda a, right: (right, a.answer(b"", Status.INVALID_KEY_ID))
            ),
            "a hundred unknown ones": messages(
                lambda a, right: (*(other(a, n) for n in range(1, 101)), right)
            ),
        },
    )


@case("edge-lurk-5.2-replayed", clauses=("LURK-5.2-05", "LURK-5.2-07"), rows=("RP-12",))
def replayed(t: EdgeContext) -> Iterator[Variant]:
    """An earlier answer is good for nothing: under its own id it is thrown away, under the new id its
    signature or master secret does not verify."""
    for site in t.sites():
        for exchange in kinds(site):
            kept: list[Message] = []

            def keep(asked: LurkAsked, right: Message) -> Reply:
                kept.append(right)
                return keyserver(asked).reply(right)

            site.play(answering(keep))
            yield t.served(f"{exchange} first", site, site.visit(exchange))
            earlier = kept[0] if kept else Message(1, 0)
            site.play(answering(messages(lambda a, right: (earlier, right))))
            yield t.served(f"{exchange} old id", site, site.visit(exchange))
            again = messages(lambda a, right: (a.answer(earlier.payload),))
            yield t.spoilt("new id", site, answering(again), exchange)


@case(
    "edge-lurk-5.2-requests",
    clauses=("LURK-5.2-06", "LURK-5.2-01", "LURK-5.1-07", "TLS12-3-05"),
    rows=("LC-02", "LC-14"),
)
def requests(t: EdgeContext) -> Iterator[Variant]:
    """A request of the server is thrown away and never answered, whatever its id."""

    def made(type: int, designation: int, same: bool) -> Spoil:
        return messages(lambda a, right: (Message(designation, type, id=a.message.id if same else 1), right))

    yield from tolerated(
        t,
        {
            "ping of tls12, same id": made(Type.PING, 1, True),
            "ping of tls12, another id": made(Type.PING, 1, False),
            "ping of lurk": made(1, 0, False),
            "capabilities": made(0, 1, False),
            "the request itself": messages(lambda a, right: (a.message, right)),
        },
    )


@case("edge-lurk-5.2-only-a-request", clauses=("LURK-5.2-06", "LURK-5.2-08"), rows=("LC-02",))
def only_a_request(t: EdgeContext) -> Iterator[Variant]:
    """Status request under the id of the request is no answer: the deadline ends the handshake."""
    for site in t.sites():
        spoil = messages(lambda a, right: (right.but(status=lurk.REQUEST),))
        yield t.spoilt("right payload, status request", site, answering(spoil), site.signed[0])


@case("edge-lurk-5.2-other-request", clauses=("LURK-5.2-07",), rows=("LC-03",))
def other_request(t: EdgeContext) -> Iterator[Variant]:
    """A success with another extension, version or type is not used, whatever its id."""
    yield from each(
        t,
        {
            "designation lurk": messages(lambda a, right: (right.but(designation=0),)),
            "designation tls13": messages(lambda a, right: (right.but(designation=2),)),
            "designation 255": messages(lambda a, right: (right.but(designation=255),)),
            "version 0": messages(lambda a, right: (right.but(version=0),)),
            "version 2": messages(lambda a, right: (right.but(version=2),)),
            "type capabilities": messages(lambda a, right: (right.but(type=Type.CAPABILITIES),)),
            "type ping": messages(lambda a, right: (right.but(type=Type.PING),)),
            "neighbouring type": messages(lambda a, right: (right.but(type=right.type ^ 1),)),
            "type 255": messages(lambda a, right: (right.but(type=255),)),
        },
    )


@case(
    "edge-lurk-5.4-base-errors",
    clauses=("LURK-5.2-09", "LURK-5.2-12", "LURK-5.4-01", "LURK-6-01", "LURK-5.1-03"),
    rows=("LC-04",),
)
def base_errors(t: EdgeContext) -> Iterator[Variant]:
    """Errors of designation lurk are errors, whatever type is copied (A-82)."""
    yield from each(t, {status.name.lower(): error(status, designation=0) for status in BaseStatus})


@case("edge-lurk-tls12-3-errors", clauses=("TLS12-3-03", "LURK-5.4-01", "LURK-5.2-09"), rows=("LC-04",))
def errors(t: EdgeContext) -> Iterator[Variant]:
    """Every status of tls12 but success, assigned or not, is an error."""
    found = {status.name.lower(): error(status) for status in Status}
    yield from each(t, found | {f"status {n}": error(n) for n in (15, 127, 128, 255)})


@case("edge-lurk-5.4-error-with-output", clauses=("LURK-5.4-01", "LURK-5.1-07"), rows=("LC-15",))
def error_with_output(t: EdgeContext) -> Iterator[Variant]:
    """The right payload under an error status is not used."""
    answers = {
        f"status {status}": messages(lambda a, right, s=status: (right.but(status=s),))  # type: ignore[misc]
        for status in (2, 3, 5, 14, 255)
    }
    yield from each(t, answers)


@case("edge-lurk-5.4-state-lengths", clauses=("LURK-5.4-09", "LURK-5.2-09"), rows=("LC-09",))
def state_lengths(t: EdgeContext) -> Iterator[Variant]:
    """An error whose payload is no state of four octets is an error like any; bounded memory."""
    sizes = (0, 1, 3, 5, 33, 60000, 1 << 20)
    yield from each(t, {f"{size} octets": error(Status.INVALID_KEY_ID, bytes(size)) for size in sizes})


@case("edge-lurk-5.2-third-designation", clauses=("LURK-5.2-12",), rows=("LC-12",))
def third_designation(t: EdgeContext) -> Iterator[Variant]:
    """An error of an extension that nobody asked is thrown away."""
    yield from tolerated(
        t,
        {
            f"designation {n}": messages(
                lambda a, right, n=n: (a.answer(b"", 5, designation=n), right)  # type: ignore[misc]
            )
            for n in (2, 7, 255)
        },
    )


@case("edge-lurk-5.1-lengths", clauses=("LURK-5.1-05", "LURK-5.1-01"), rows=("LC-11",))
def lengths(t: EdgeContext) -> Iterator[Variant]:
    """A length that cannot be ends the connection, and nothing of it is used; the next connection is as good
    as new."""

    def claim(length: Callable[[Message], int]) -> Spoil:
        return messages(lambda a, right: (right.but(length=length(right)),))

    for site in t.sites():
        counts = site.target.counts_header
        answers = {
            "ffffffff": claim(lambda m: 0xFFFFFFFF),
            "80000000": claim(lambda m: 0x80000000),
            "above any limit": claim(lambda m: 1 << 24),
        }
        if counts:
            answers |= {
                "0": claim(lambda m: 0),
                "15": claim(lambda m: 15),
                "16, payload behind it": claim(lambda m: 16),
                "the other convention": claim(lambda m: len(m.payload)),
                "one less": claim(lambda m: len(m.payload) + 15),
            }
        else:
            answers |= {
                "0, payload behind it": claim(lambda m: 0),
                "one less": claim(lambda m: len(m.payload) - 1),
            }
        for label, spoil in answers.items():
            yield t.spoilt(label, site, answering(spoil), site.signed[0])
            for server in site.servers:
                server.drop()


SIGNATURES: dict[str, Callable[[bytes], bytes]] = {
    "last octet": lambda right: right[:-1] + bytes([right[-1] ^ 1]),
    "first octet of the signature": lambda right: right[:4] + bytes([right[4] ^ 1]) + right[5:],
    "an octet left over": lambda right: right + b"\0",
    "nothing": lambda right: b"",
    "empty signature": lambda right: right[:2] + b"\0\0",
    "cut": lambda right: right[:-1],
    "length beyond the end": lambda right: right[:2] + b"\xff\xff" + right[4:],
    "length one less": lambda right: right[:2] + (len(right) - 5).to_bytes(2, "big") + right[4:],
    "another algorithm": lambda right: bytes([right[0] ^ 2, right[1]]) + right[2:],
    "anonymous": lambda right: b"\0\0" + right[2:],
    "without algorithm": lambda right: right[2:],
    "bare signature": lambda right: right[4:],
    "all zero": lambda right: right[:4] + bytes(len(right) - 4),
    "60000 octets": lambda right: right[:2] + (60000).to_bytes(2, "big") + bytes(60000),
}


@case(
    "edge-lurk-tls12-6.3-wrong-signature",
    clauses=("TLS12-6.3-01", "LURK-5.2-08", "REQ-7-01"),
    rows=("LC-15",),
)
def wrong_signature(t: EdgeContext) -> Iterator[Variant]:
    """No TLS client sees a signature that does not verify or an answer that does not parse."""
    for site in t.sites():
        for exchange in site.signed:
            for label, spoil in SIGNATURES.items():
                yield t.spoilt(label, site, answering(payload(spoil)), exchange)


@case("edge-lurk-tls12-6.3-signature-of-another", clauses=("TLS12-6.3-01", "TLS12-4.1.1-05"), rows=("LC-15",))
def signature_of_another(t: EdgeContext) -> Iterator[Variant]:
    """A signature over other content or by another key is not used: over S in place of its image, over other
    randoms, other parameters, a digest, by a key of another certificate."""

    def signed(change: Callable[[Ecdhe], tuple[bytes, bytes, bytes]]) -> Spoil:
        def spoil(asked: LurkAsked, right: Message) -> Reply:
            request, served = Ecdhe.parse(asked.message.payload), asked.server_key
            assert served is not None
            scheme = int.from_bytes(request.sig_and_hash, "big")
            octets = served.sign_scheme(b"".join(change(request)), scheme)
            whole = request.sig_and_hash + len(octets).to_bytes(2, "big") + octets
            return keyserver(asked).reply(asked.answer(whole))

        return spoil

    def other_key(asked: LurkAsked, right: Message) -> Reply:
        own = asked.server_key
        others = [s for s in asked.server.target.served if s is not own and not s.decrypts and own]
        alike = [s for s in others if own and s.key.type == own.key.type] or others
        return keyserver(asked).reply(asked.answer(sign_ecdhe(alike[0], Ecdhe.parse(asked.message.payload))))

    answers = {
        "over S itself": signed(lambda r: (r.client_random, r.server_random, r.params)),
        "randoms swapped": signed(lambda r: (_image(r), r.client_random, r.params)),
        "client_random of another": signed(lambda r: (bytes(32), _image(r), r.params)),
        "parameters of another": signed(lambda r: (r.client_random, _image(r), r.params[:4] + b"\4" * 65)),
        "without parameters": signed(lambda r: (r.client_random, _image(r), b"")),
        "another key": other_key,
    }
    for site in t.sites():
        for label, spoil in answers.items():
            yield t.spoilt(label, site, answering(spoil), site.signed[0])


def _image(request: Ecdhe) -> bytes:
    return tls12.freshness(request.server_random)


MASTERS: dict[str, Callable[[bytes], bytes]] = {
    "another one": lambda right: b"m" * 48,
    "one bit": lambda right: right[:-1] + bytes([right[-1] ^ 1]),
    "all zero": lambda right: bytes(48),
    "nothing": lambda right: b"",
    "47 octets": lambda right: right[:47],
    "49 octets": lambda right: right + b"\0",
    "with a length": lambda right: b"\0\x30" + right,
    "60000 octets": lambda right: bytes(60000),
}


@case(
    "edge-lurk-tls12-4.3-wrong-master",
    clauses=("TLS12-4.3-03", "REQ-7-01"),
    rows=("LC-15",),
    needs=("edge-rsa",),
)
def wrong_master(t: EdgeContext) -> Iterator[Variant]:
    """A master secret that is wrong or of another length shows at Finished, by the alert of a wrong one."""
    for site in t.sites("edge-rsa"):
        for label, spoil in MASTERS.items():
            for extended in (True, False):
                name = f"{label}, {'extended' if extended else 'plain'}"
                yield t.spoilt(name, site, answering(payload(spoil)), RSA, extended=extended)


@case(
    "edge-lurk-tls12-4.3-alike", clauses=("TLS12-4.3-03", "TLS12-3-03"), rows=("LC-15",), needs=("edge-rsa",)
)
def alike(t: EdgeContext) -> Iterator[Variant]:
    """A TLS client cannot tell an error of the key server from a wrong master secret."""
    for site in t.sites("edge-rsa"):

        def seen(spoil: Spoil) -> tuple[object, ...]:
            site.play(answering(spoil))
            visit = site.visit(RSA)
            return visit.alert, visit.ending, tuple(visit.flight), len(visit.received)

        control = seen(payload(lambda right: b"m" * 48))
        for label, spoil in (
            ("invalid_encrypted_premaster", error(Status.INVALID_ENCRYPTED_PREMASTER)),
            ("temporary_failure", error(BaseStatus.TEMPORARY_FAILURE, designation=0)),
            ("47 octets", payload(lambda right: right[:47])),
            ("another type", messages(lambda a, right: (right.but(type=Type.ECDHE),))),
        ):
            came = seen(spoil)
            yield t.check(f"{site.name} {label}", came == control, f"as a wrong master: {control}", str(came))
        site.play(None)
        yield t.served("afterwards", site, site.visit(RSA))


# Order


@case("edge-lurk-5.1-out-of-order", clauses=("LURK-5.1-08", "LURK-5.2-07"))
def out_of_order(t: EdgeContext) -> Iterator[Variant]:
    """Answers to requests that wait side by side come in any order, also in one piece: each handshake gets
    its own."""
    for site in t.sites():
        client_context(site.target.ca, site.signed[0])  # made by one thread
        for count in (2, 4):
            gathered = Gathered(count)
            site.play(gathered)
            visits = t.concurrently([site.visit] * count, count)
            served = sum(v.ok for v in visits)
            yield t.check(
                f"{site.name} {count}", served == count, "all served", f"{served} of {count}", *visits[:1]
            )
            site.play(None)
            yield t.served(f"after {count}", site)


class Gathered:
    """Holds answers back until there are so many, and sends them last one first, in one piece per
    connection."""

    def __init__(self, count: int):
        self._count = count
        self._lock = threading.Lock()
        self._waiting: list[tuple[LurkAsked, bytes]] = []

    def __call__(self, asked: LurkAsked) -> Reply:
        with self._lock:
            self._waiting.append((asked, keyserver(asked).right(asked).octets))
            if len(self._waiting) < self._count:
                return Reply()
            waiting, self._waiting = self._waiting[::-1], []
        for link in {a.link for a, _ in waiting}:
            link.send(b"".join(octets for a, octets in waiting if a.link is link))
        return Reply()


@case("edge-lurk-5.1-pieces", clauses=("LURK-5.1-01", "LURK-5.1-05"))
def pieces(t: EdgeContext) -> Iterator[Variant]:
    """The header may come apart from the payload and in pieces."""
    for site in t.sites():
        for at in (1, 8, 15, 16, 17):

            def script(asked: LurkAsked, at: int = at) -> Reply:
                whole = keyserver(asked).right(asked).octets
                asked.link.send(whole[:at])
                return Reply(whole[at:])

            site.play(script)
            yield t.served(f"cut at {at}", site, site.visit(ECDHE_ECDSA))
