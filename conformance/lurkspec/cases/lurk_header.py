"""The header of LURK: what it is echoed with, its checks and their order (lurk-01 §5.1, §5.3; A-04, A-05,
A-73)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Level, Variant, case
from ..codecs import lurk
from ..codecs.lurk import BaseStatus, Designation, Message
from ..lurk_context import LurkContext

PROTOCOL = "lurk"
SECTION = "LURK §5 header"

SERVED = (Designation.LURK, Designation.TLS12)
LARGEST_ID = 2**64 - 1
# A key server answers eight messages in a row that are no requests, and may close then.
_IN_A_ROW = 8


def _extensions(t: LurkContext) -> set[int]:
    """Designations that the peer says it serves to this edge."""
    answer = t.ask(t.capabilities(Designation.LURK))
    if not answer.succeeded:
        return set(SERVED)
    try:
        pairs = lurk.decode_base_capabilities(answer.payload).extensions
    except lurk.LurkError:
        return set(SERVED)
    return {designation for designation, _ in pairs} | set(SERVED)


@case(
    "lurk-5.1-id-echoed",
    clauses=("LURK-5.1-01", "LURK-5.1-08", "LURK-5.3-12", "LURK-5.1-07", "LURK-8-03", "TLS12-3-04"),
    rows=("LN-11",),
)
def id_echoed(t: LurkContext) -> Iterator[Variant]:
    """An answer has extension, type and id of its request, whatever the id is."""
    ids = (0, 1, 2**31, 2**32, 2**63, LARGEST_ID, *(t.rng.getrandbits(64) for _ in range(4)))
    for designation in SERVED:
        for number, id in enumerate(ids):
            request = t.ping(designation)
            answer = t.ask(request.message(id))
            yield t.succeeded(f"{designation.name} id {number}", answer, request.check)
    signing = t.ecdhe()
    yield t.succeeded("ecdhe id 0", t.ask(signing.message(0)), signing.check)


@case("lurk-5.1-id-twice", clauses=("LURK-5.1-08", "LURK-P-02", "LURK-5-01"), rows=("LN-11",))
def id_twice(t: LurkContext) -> Iterator[Variant]:
    """Two requests in flight with one id are two requests: each is answered with that id."""
    for label, id in (("0", 0), ("largest", LARGEST_ID), ("random", t.rng.getrandbits(64))):
        message = t.ping().message(id)
        with t.connect() as channel:
            first = t.answer(channel, 2 * message.encode(t.lurk_target.length_counts_header), sent=message)
            second = t.answer(channel, b"", sent=message)
            for number, answer in (("first", first), ("second", second)):
                yield t.succeeded(f"{label} {number}", answer, t.ping().check)


@case(
    "lurk-5.3-designation-unknown",
    clauses=("LURK-5.3-01", "LURK-5.3-07", "LURK-5.3-10", "LURK-5.3-08", "LURK-5.3-09", "LURK-4.3-01"),
    rows=("LN-10",),
    level=Level.SHOULD,
)
def designation_unknown(t: LurkContext) -> Iterator[Variant]:
    """A designation that is not served is invalid_extension of designation lurk, version 1, with type and
    id of the request (§5.3, A-05)."""
    served = _extensions(t)
    for designation in (d for d in range(2, 256) if d not in served):
        message = Message(designation, t.rng.choice((0, 1, 6)), id=t.rng.getrandbits(64))
        yield t.base_refused(f"{designation}", t.ask(message), BaseStatus.INVALID_EXTENSION)


@case(
    "lurk-5.3-version-unknown",
    clauses=("LURK-5.3-01", "LURK-5.1-02", "TLS12-3-01", "LURK-5.3-08"),
    rows=("DG-17",),
    level=Level.SHOULD,
)
def version_unknown(t: LurkContext) -> Iterator[Variant]:
    """Versions other than 1 are not served: invalid_extension, said in version 1, whatever the payload."""
    for version in (0, 2, 3, 127, 128, 255):
        for designation in SERVED:
            message = t.ping(designation).message(t.rng.getrandbits(64)).but(version=version)
            label = f"{designation.name} version {version}"
            yield t.base_refused(label, t.ask(message), BaseStatus.INVALID_EXTENSION)
        message = t.ecdhe().message(t.rng.getrandbits(64)).but(version=version)
        yield t.base_refused(f"ecdhe version {version}", t.ask(message), BaseStatus.INVALID_EXTENSION)


@case(
    "lurk-5.3-type-unknown",
    clauses=("LURK-5.3-03", "LURK-5.1-04", "LURK-5.3-07", "LURK-5.3-10", "LURK-8-01"),
    rows=("LN-10", "LN-18"),
    level=Level.SHOULD,
)
def type_unknown(t: LurkContext) -> Iterator[Variant]:
    """Types of designation lurk other than 0 and 1 are invalid_type; 2, an error in pylurk, is one of them
    (A-84)."""
    for type in range(2, 256):
        message = Message(Designation.LURK, type, id=t.rng.getrandbits(64))
        yield t.base_refused(f"{type}", t.ask(message), BaseStatus.INVALID_TYPE)


@case(
    "lurk-tls12-3-type-unknown",
    clauses=("TLS12-3-06", "TLS12-10-01", "LURK-5.3-03", "LURK-5.3-07"),
    rows=("LN-10",),
    level=Level.SHOULD,
)
def tls12_type_unknown(t: LurkContext) -> Iterator[Variant]:
    """Types of tls12 above 6 are invalid_type of designation lurk, empty or with a payload."""
    for type in range(7, 256):
        payload = b"" if type % 2 else t.rng.randbytes(32)
        message = Message(Designation.TLS12, type, payload, id=t.rng.getrandbits(64))
        yield t.base_refused(f"{type}", t.ask(message), BaseStatus.INVALID_TYPE)
    good = t.ecdhe()
    for type in (7, 16, 255):
        answer = t.ask(good.typed(type))
        yield t.base_refused(f"ecdhe as {type}", answer, BaseStatus.INVALID_TYPE)


@case(
    "lurk-5.3-status-not-request",
    clauses=("LURK-5.3-02", "LURK-5.3-07", "LURK-5.3-10", "LURK-5.4-01", "LURK-5.1-07"),
    rows=("LN-10",),
    level=Level.SHOULD,
)
def status_not_request(t: LurkContext) -> Iterator[Variant]:
    """A message that is no request by its status is invalid_status, for every status of both
    designations."""
    for designation in SERVED:
        for start in range(1, 256, _IN_A_ROW):
            with t.connect() as channel:
                for status in range(start, min(start + _IN_A_ROW, 256)):
                    message = t.ping(designation).message(t.rng.getrandbits(64)).but(status=status)
                    answer = t.ask(message, channel=channel)
                    label = f"{designation.name} {status}"
                    yield t.base_refused(label, answer, BaseStatus.INVALID_STATUS)


@case(
    "lurk-tls12-3-status-not-executed",
    clauses=("TLS12-3-07", "LURK-5.3-16", "LURK-5.3-02"),
    rows=("LN-10",),
)
def status_not_executed(t: LurkContext) -> Iterator[Variant]:
    """A whole ecdhe request with another status is not executed: no signature comes, and its S is not
    used up."""
    for status in (1, 2, 6, 7, 255):
        request = t.ecdhe()
        message = request.message(t.rng.getrandbits(64))
        answer = t.ask(message.but(status=status))
        yield t.base_refused(f"status {status}", answer, BaseStatus.INVALID_STATUS)
        yield t.succeeded(f"status {status}, then as a request", t.ask(message), request.check)


@case(
    "lurk-5.3-order-of-checks",
    clauses=("LURK-5.3-04",),
    rows=("LN-16",),
    level=Level.MAY,
)
def order_of_checks(t: LurkContext) -> Iterator[Variant]:
    """Of several faults the first in the order extension, status, type is told (information only, A-73)."""
    faults = {
        "designation and status": (Message(200, 1, status=1), BaseStatus.INVALID_EXTENSION),
        "designation and type": (Message(200, 255), BaseStatus.INVALID_EXTENSION),
        "version and status": (Message(1, 1, status=1, version=2), BaseStatus.INVALID_EXTENSION),
        "version and type": (Message(1, 255, version=2), BaseStatus.INVALID_EXTENSION),
        "status and type": (Message(1, 255, status=1), BaseStatus.INVALID_STATUS),
        "status and type of lurk": (Message(0, 255, status=1), BaseStatus.INVALID_STATUS),
        "all three": (Message(200, 255, status=1), BaseStatus.INVALID_EXTENSION),
    }
    for label, (message, expected) in faults.items():
        yield t.base_refused(label, t.ask(message.but(id=t.rng.getrandbits(64))), expected)


@case("lurk-5.3-payload-not-judged", clauses=("LURK-5.3-16", "LURK-4.3-01"), rows=("LN-16",))
def payload_not_judged(t: LurkContext) -> Iterator[Variant]:
    """What fails in the header is answered for its header, good payload or bad."""
    good = t.ecdhe()
    for label, payload in (
        ("good", bytes(good.fields)),
        ("cut", bytes(good.fields)[:-1]),
        ("random", t.rng.randbytes(40)),
    ):
        for kind, message, status in (
            ("designation", Message(77, 6, payload), BaseStatus.INVALID_EXTENSION),
            ("type", Message(1, 99, payload), BaseStatus.INVALID_TYPE),
            ("status", Message(1, 6, payload, status=9), BaseStatus.INVALID_STATUS),
        ):
            answer = t.ask(message.but(id=t.rng.getrandbits(64)))
            yield t.base_refused(f"{kind}, {label} payload", answer, status)


@case(
    "lurk-5.3-answers-fed-back",
    clauses=("LURK-5.3-02", "LURK-5-01", "LURK-5.4-01"),
    rows=("LN-17",),
)
def answers_fed_back(t: LurkContext) -> Iterator[Variant]:
    """Answers sent to a key server are no requests: errors, successes, and its own answers reflected are
    each invalid_status."""
    state = t.rng.randbytes(lurk.STATE_LEN)
    answers = {
        "00 01 01 06": Message(0, 1, status=6),
        "01 01 06 05": Message(1, 6, status=5),
        "error with a state": Message(0, 0, state, status=4),
        "success of ping": Message(1, 1, status=1),
    }
    for label, message in answers.items():
        answer = t.ask(message.but(id=t.rng.getrandbits(64)), fresh=True)
        yield t.base_refused(label, answer, BaseStatus.INVALID_STATUS)
    for label, request in (("its success", t.ping()), ("its error", t.ping().typed(99))):
        own = t.ask(request).answer
        if own is not None:
            yield t.base_refused(
                label + " reflected", t.ask(own.but(length=None), fresh=True), BaseStatus.INVALID_STATUS
            )


@case("lurk-5.3-no-endless-answers", clauses=("LURK-5.3-02",), rows=("LN-17",))
def no_endless_answers(t: LurkContext) -> Iterator[Variant]:
    """1000 errors in a row end the connection after eight answers at most: two endpoints that answer each
    other would never stop (A-81)."""
    message = Message(1, 6, t.rng.randbytes(lurk.STATE_LEN), status=5)
    counts = t.lurk_target.length_counts_header
    octets = b"".join(message.but(id=i).encode(counts) for i in range(1000))
    with t.connect() as channel:
        answers = [t.answer(channel, octets)]
        while answers[-1].answer is not None and len(answers) <= 1000:
            answers.append(t.answer(channel, b""))
        count = len(answers) - 1
        told = all(a.answer is not None and a.answer.status not in (0, 1) for a in answers[:-1])
        yield t.check("errors only", told, "no success", f"{count} answers", answers[0])
        yield t.check(
            "eight at most", count <= _IN_A_ROW, "8 answers at most", f"{count} answers", answers[-1]
        )
        yield t.closed("closed", channel, t.target.wait)
