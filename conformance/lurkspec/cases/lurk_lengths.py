"""Where a message ends: length, pieces, pipelines, rubbish (lurk-01 §5.1; A-04, A-83; group LN)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Profile, Variant, case
from ..codecs import lurk
from ..codecs.lurk import BaseStatus, Designation, Message, Status
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkExchange, LurkRequest
from ..session import Unsupported
from ._lurk import good_request, good_requests, served_types
from ._lurk import name as name_of

PROTOCOL = "lurk"
SECTION = "LURK §5.1 length"
# Seconds in which a server most often has read what was sent, before more of it comes.
_LOOK = 0.02


def _octets(t: LurkContext, request: LurkRequest, id: int = 1) -> bytes:
    return request.message(id).encode(t.lurk_target.length_counts_header)


def _counts_header(t: LurkContext) -> None:
    if not t.lurk_target.length_counts_header:
        raise Unsupported("length counts the payload alone, so that 0 to 15 are good lengths")


def _out_of_step(t: LurkContext, label: str, message: Message) -> Iterator[Variant]:
    """invalid_format of designation lurk, then the end, for the next message cannot be found (A-83)."""
    with t.connect() as channel:
        answer = t.answer(channel, message.encode(), sent=message)
        yield t.base_refused(label, answer, BaseStatus.INVALID_FORMAT, close=True)
        yield t.closed(f"{label}, closed", channel, t.target.wait)


def _silent(t: LurkContext, label: str, octets: bytes) -> Iterator[Variant]:
    """A piece of a message and the end of the stream: closed without an answer."""
    with t.connect() as channel:
        channel.send(octets)
        channel.half_close()
        answer = t.answer(channel, b"")
        yield t.check(label, answer.answer is None, "no answer", answer.summary, answer)
        yield t.closed(f"{label}, closed", channel, t.target.wait)


@case("lurk-p-part-of-a-header", clauses=("LURK-P-01",), rows=("LN-01",))
def part_of_a_header(t: LurkContext) -> Iterator[Variant]:
    """0 to 15 octets and the end of the stream get no answer."""
    whole = _octets(t, t.ping())
    for count in range(lurk.HEADER_LEN):
        yield from _silent(t, f"{count} octets", whole[:count])


@case("lurk-p-part-of-a-payload", clauses=("LURK-P-01",), rows=("LN-01", "LN-02"))
def part_of_a_payload(t: LurkContext) -> Iterator[Variant]:
    """A message that the end of the stream cuts is not executed, at whatever octet; nor is one whose
    length is above what comes."""
    request = t.ecdhe()
    octets = _octets(t, request)
    for missing in (1, 2, 16, len(octets) - lurk.HEADER_LEN - 1, len(octets) - lurk.HEADER_LEN):
        yield from _silent(t, f"{missing} octets missing", octets[:-missing])
    for name, good in good_requests(t).items():
        message = good.message(1)
        for more in (1, 16, 1000):
            longer = message.but(length=len(message.encode(t.lurk_target.length_counts_header)) + more)
            yield from _silent(t, f"{name}, length {more} above", longer.encode())


@case("lurk-5.1-length-below-header", clauses=("LURK-5.1-06", "LURK-5.3-05", "LURK-5.1-05"), rows=("LN-02",))
def length_below_header(t: LurkContext) -> Iterator[Variant]:
    """A length of 0 to 15 is invalid_format of designation lurk with type and id of the message, and the
    connection ends (A-83)."""
    _counts_header(t)
    for length in range(lurk.HEADER_LEN):
        message = Message(Designation.TLS12, 1, id=t.rng.getrandbits(64), length=length)
        yield from _out_of_step(t, f"length {length}", message)


@case("lurk-5.1-length-below-message", clauses=("LURK-5.1-05", "LURK-5.3-05"), rows=("LN-02",))
def length_below_message(t: LurkContext) -> Iterator[Variant]:
    """A length below that of the message cuts its payload, which is invalid_payload_format; the rest is
    taken for a message and never executed."""
    for name, good in good_requests(t).items():
        for less in (1, 8, 15, 32):
            message = good.message(t.rng.getrandbits(64))
            whole = message.encode(t.lurk_target.length_counts_header)
            length = int.from_bytes(whole[12:16], "big") - less
            with t.connect() as channel:
                first = t.answer(channel, message.but(length=length).encode(), sent=message)
                yield t.refused(f"{name} {less} less", first, Status.INVALID_PAYLOAD_FORMAT)
                channel.half_close()
                second = t.answer(channel, b"")
                yield t.check(
                    f"{name} {less} less, rest", not second.succeeded, "no success", second.summary, second
                )


@case("lurk-p-length-limit", clauses=("LURK-P-03", "LURK-5.3-05"), rows=("LN-03",))
def length_limit(t: LurkContext) -> Iterator[Variant]:
    """A length above every limit is invalid_format or the end of the connection at once, with not one
    octet of payload to come."""
    for length in (0xFFFFFFFF, 0xFFFFFFF0, 0x80000000, 0x7FFFFFFF, 0x10000000):
        for designation in (Designation.LURK, Designation.TLS12):
            message = Message(designation, 1, id=t.rng.getrandbits(64), length=length)
            yield from _out_of_step(t, f"{designation.name} {length:08x}", message)


@case(
    "lurk-p-length-limit-exact",
    clauses=("LURK-P-03",),
    rows=("LN-03",),
    needs=("lurk-message-limit",),
)
def length_limit_exact(t: LurkContext) -> Iterator[Variant]:
    """A message of the limit is read to its end and judged by its content; one octet more is not read."""
    limit = t.lurk_target.message_octets or 0
    payload = bytes(limit - lurk.HEADER_LEN)
    with t.connect() as channel:
        largest = Message(Designation.TLS12, 1, payload, id=t.rng.getrandbits(64))
        answer = t.ask(largest, channel=channel)
        yield t.refused("the limit", answer, Status.INVALID_PAYLOAD_FORMAT, also=(Status.UNDEFINED_ERROR,))
        yield t.succeeded("the limit, then a ping", t.ask(t.ping(), channel=channel))
    above = limit + 1 - (0 if t.lurk_target.length_counts_header else lurk.HEADER_LEN)
    message = Message(Designation.TLS12, 1, id=t.rng.getrandbits(64), length=above)
    yield from _out_of_step(t, "one octet more", message)


@case("lurk-5.1-other-length-convention", clauses=("LURK-5.1-05",), rows=("LN-04",))
def other_length_convention(t: LurkContext) -> Iterator[Variant]:
    """A message whose length is meant the other way is not read that way: a ping, and each exchange
    (A-04)."""
    counts = t.lurk_target.length_counts_header
    for name, good in {"ping": t.ping(), "lurk ping": t.ping(Designation.LURK), **good_requests(t)}.items():
        with t.connect() as channel:
            channel.send(good.message(t.rng.getrandbits(64)).encode(not counts))
            channel.half_close()
            answers = [t.answer(channel, b"")]
            while answers[-1].answer is not None and len(answers) < 16:
                answers.append(t.answer(channel, b""))
            released = [a for a in answers if a.succeeded]
            yield t.check(name, not released, "no success", answers[0].summary, *answers[:2])
            yield t.closed(f"{name}, closed", channel, t.target.wait)


@case("lurk-p-one-octet-at-a-time", clauses=("LURK-P-02", "LURK-5.1-01"), rows=("LN-07",))
def one_octet_at_a_time(t: LurkContext) -> Iterator[Variant]:
    """Messages may come octet by octet, each in a record of its own, and split at any octet of the
    header."""
    request = t.ecdhe()
    message = request.message(t.rng.getrandbits(64))
    octets = message.encode(t.lurk_target.length_counts_header)
    with t.connect() as channel:
        for i in range(len(octets) - 1):
            channel.send(octets[i : i + 1])
        yield t.succeeded("octet by octet", t.answer(channel, octets[-1:], sent=message), request.check)
    with t.connect() as channel:
        for at in range(1, lurk.HEADER_LEN + 1):
            request = t.ecdhe()
            message = request.message(t.rng.getrandbits(64))
            octets = message.encode(t.lurk_target.length_counts_header)
            channel.send(octets[:at])
            channel.wait_closed(_LOOK)
            answer = t.answer(channel, octets[at:], sent=message)
            yield t.succeeded(f"split at {at}", answer, request.check)


def _pipeline(t: LurkContext, requests: list[LurkRequest]) -> list[tuple[LurkRequest, LurkExchange | None]]:
    """All requests in one write; each with its answer, matched by id."""
    octets = b"".join(_octets(t, request, id) for id, request in enumerate(requests))
    found: dict[int, LurkExchange] = {}
    with t.connect() as channel:
        exchange = t.answer(channel, octets)
        while exchange.answer is not None:
            id = exchange.answer.id
            sent = requests[id].message(id) if id < len(requests) else None
            found[id] = LurkExchange(
                "a", sent, exchange.answer, exchange.ending, exchange.transcript, None, exchange.problem
            )
            if len(found) == len(requests):
                break
            exchange = t.answer(channel, b"")
    return [(request, found.get(id)) for id, request in enumerate(requests)]


@case("lurk-p-pipeline", clauses=("LURK-P-02", "LURK-5.1-08", "LURK-5-01"), rows=("LN-07",))
def pipeline(t: LurkContext) -> Iterator[Variant]:
    """Many requests in one write get one answer each, found by its id, whatever the order."""
    requests = [t.ping() if i % 4 else t.ecdhe() for i in range(64)]
    for number, (request, answer) in enumerate(_pipeline(t, requests)):
        if answer is None:
            yield t.check(f"{number}", False, "an answer", "none")
        else:
            yield t.succeeded(f"{number}", answer, request.check)


@case("lurk-p-pipeline-of-good-and-bad", clauses=("LURK-P-02", "LURK-5-01"), rows=("LN-07",))
def pipeline_of_good_and_bad(t: LurkContext) -> Iterator[Variant]:
    """Among good requests bad ones are answered for themselves, and the connection stays in step."""
    bad = t.ecdhe().followed_by("more", b"\0")
    requests = [t.ping(), bad, t.ecdhe(), t.ping().typed(77), t.ecdhe(), bad, t.capabilities(), t.ping()]
    for number, (request, answer) in enumerate(_pipeline(t, requests)):
        if answer is None:
            yield t.check(f"{number}", False, "an answer", "none")
        elif request is bad:
            yield t.refused(f"{number}", answer, Status.INVALID_PAYLOAD_FORMAT)
        elif request.type == 77:
            yield t.base_refused(f"{number}", answer, BaseStatus.INVALID_TYPE)
        else:
            yield t.succeeded(f"{number}", answer, request.check)


@case("lurk-5-one-answer", clauses=("LURK-5-01", "LURK-P-02"))
def one_answer(t: LurkContext) -> Iterator[Variant]:
    """After the answer to a request comes the answer to the next one, and nothing between."""
    requests = {
        "good": t.ecdhe(),
        "bad": t.ecdhe().without("client_random"),
        "unknown type": t.ping().typed(9),
    }
    for label, request in requests.items():
        with t.connect() as channel:
            first = t.ask(request, channel=channel)
            yield t.check(f"{label}, answered", first.answer is not None, "an answer", first.summary, first)
            yield t.succeeded(f"{label}, then a ping", t.ask(t.ping(), channel=channel))
            yield t.check(
                f"{label}, nothing more", not channel.buffer, "no octet more", f"{len(channel.buffer)} octets"
            )


@case("lurk-p-rubbish-behind", clauses=("LURK-P-02", "LURK-5.3-05"), rows=("LN-08",))
def rubbish_behind(t: LurkContext) -> Iterator[Variant]:
    """A good request with rubbish behind it is served; the rubbish is refused, or ends the connection."""
    tails = {
        "one octet": b"\xff",
        "15 octets": t.rng.randbytes(15),
        "16 octets ff": b"\xff" * 16,
        "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "100 random octets": b"\xff" + t.rng.randbytes(99),
    }
    for label, tail in tails.items():
        request = t.ecdhe()
        message = request.message(t.rng.getrandbits(64))
        with t.connect() as channel:
            octets = message.encode(t.lurk_target.length_counts_header)
            yield t.succeeded(label, t.answer(channel, octets + tail, sent=message), request.check)
            channel.half_close()
            rest = t.answer(channel, b"")
            yield t.check(f"{label}, rest", not rest.succeeded, "no success", rest.summary, rest)
            yield t.closed(f"{label}, closed", channel, t.target.wait)


@case("lurk-5.1-little-endian", clauses=("LURK-5.1-01",), rows=("LN-15",))
def little_endian(t: LurkContext) -> Iterator[Variant]:
    """Integers are big-endian: reversed in header or payload they mean something else, and are refused."""
    good = t.ecdhe()
    length = int.from_bytes(_octets(t, good)[12:16], "little")
    yield from _out_of_step(t, "length", good.message(1).but(length=length))
    params = good.fields["ecdhe_params"]
    swapped = params[:1] + params[2:0:-1] + params[3:]
    answer = t.ask(t.ecdhe().replaced(ecdhe_params=swapped))
    yield t.refused("named curve", answer, Status.INVALID_EC_CURVE, also=(Status.INVALID_POO,))
    for name, request in good_requests(t).items():
        for piece in ("premaster_length", "handshake_length"):
            if piece in request.fields.names():
                reverse = request.replaced(**{piece: request.fields[piece][::-1]})
                yield t.refused(f"{name} {piece}", t.ask(reverse), Status.INVALID_PAYLOAD_FORMAT)


def _fault(request: LurkRequest, mutated: bytes, exchange: LurkExchange) -> str:
    """What is wrong with the answer to a changed request: right are an error with the state or nothing in
    it, a signature where the proof fits, and 48 octets that cannot be told from a master secret."""
    answer = exchange.answer
    if answer is None:
        return "" if exchange.problem == "" else exchange.problem
    if answer.status != lurk.SUCCESS:
        return "" if len(answer.payload) in (0, lurk.STATE_LEN) else "more than a state in an error"
    if request.type == lurk.Type.ECDHE:
        unchanged = mutated == bytes(request.fields)
        return request.check(answer.payload) if unchanged else "signed, though the proof is for other octets"
    return "" if len(answer.payload) == 48 else "not 48 octets"


@case(
    "lurk-p-mutations",
    clauses=("LURK-P-05", "LURK-4.1-03", "TLS12-4.4-17"),
    rows=("LN-12", "OR-12"),
    profile=Profile.DEFAULT,
)
def mutations(t: LurkContext) -> Iterator[Variant]:
    """Whatever is changed in a request (a fresh one each time, which nothing else is wrong with), the answer
    is an error with nothing but a state, or right for what was sent."""
    count = 65536 if t.profile is Profile.FULL else 300
    for type in served_types(t):
        wrong = []
        for _ in range(count):
            request = good_request(t, type)
            octets = bytearray(bytes(request.fields))
            for _ in range(t.rng.choice((1, 1, 1, 2, 4))):
                octets[t.rng.randrange(len(octets))] = t.rng.randrange(256)
            exchange = t.ask(Message(Designation.TLS12, type, bytes(octets), id=t.rng.getrandbits(64)))
            if _fault(request, bytes(octets), exchange):
                wrong.append(exchange)
        yield t.check(
            name_of(type),
            not wrong,
            "errors, and right answers",
            f"{len(wrong)} of {count} answers are neither" + (f", as {wrong[0].summary}" if wrong else ""),
            *wrong[:3],
        )
