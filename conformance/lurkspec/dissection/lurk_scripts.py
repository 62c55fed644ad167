"""LURK that no good key server speaks, played by a script: strange answers, the other convention of lengths,
ALPN."""

from __future__ import annotations

import struct

from ..codecs import lurk
from ..codecs.lurk import BaseStatus, Designation, Message, Status, Type
from ..codecs.tls import vector
from .lurk_negatives import NO_REQUEST, base, tls12
from .lurk_stage import LurkStage
from .scenario import LURK, Scenario

_STATE = b"\x32\x6c\xe3\x1e"
_LURK, _TLS12 = Designation.LURK, Designation.TLS12
# As short as a good answer can be.
_SIGNED = b"\x04\x03" + vector(bytes.fromhex("3006020101020101"), 2)


def _id(s: LurkStage) -> int:
    return s.context.rng.getrandbits(64)


def _exchange(s: LurkStage, request: Message, answer: Message, *experts: str) -> None:
    s.send((request,))
    s.reply(answer.but(id=request.id), *experts)


def _statuses(s: LurkStage) -> None:
    """Every status there is, and one that is not."""
    for status in (*BaseStatus, 8, 255):
        unassigned = (base("status"),) if status > max(BaseStatus) else ()
        ping = Message(_LURK, lurk.BaseType.PING, id=_id(s))
        _exchange(s, ping, ping.but(status=int(status), payload=_STATE), *unassigned)
    for status in (*Status, 15, 255):
        unassigned = (base("status"),) if status > max(Status) else ()
        ping = Message(_TLS12, Type.PING, id=_id(s))
        _exchange(s, ping, ping.but(status=int(status), payload=_STATE), *unassigned)


def _errors(s: LurkStage) -> None:
    """Errors without a state, of designation lurk, and with payloads that none has."""
    ask = Message(_TLS12, Type.PING, id=0)
    _exchange(s, ask.but(id=_id(s)), ask.but(status=3))
    _exchange(s, ask.but(id=_id(s)), Message(_LURK, Type.PING, _STATE, BaseStatus.TEMPORARY_FAILURE))
    for payload in (b"\0\0\0", b"\0\0\0\0\0", b"no such key"):
        _exchange(s, ask.but(id=_id(s)), ask.but(status=3, payload=payload), base("error_payload"))


def _answers(s: LurkStage) -> None:
    """Answers that fit no request."""
    ping, other = Message(_TLS12, Type.PING, id=_id(s)), Message(_TLS12, Type.PING, id=_id(s))
    s.send((ping,))
    s.reply(ping.but(status=1, id=_id(s)), NO_REQUEST)
    s.reply(ping.but(status=1))
    s.reply(ping.but(status=1), NO_REQUEST)
    s.send((other,))
    s.reply(other.but(status=1, designation=_LURK), base("mismatch"))
    last = other.but(id=_id(s))
    s.send((last,))
    s.reply(last.but(status=1, type=Type.CAPABILITIES, payload=_STATE), base("mismatch"))
    s.reply(Message(_LURK, lurk.BaseType.PING, id=_id(s)), base("request_from_server"))


def _ids(s: LurkStage) -> None:
    """Ids that are counted, and one that is used again before its answer."""
    first = _id(s) >> 1
    for number in range(3):
        ping = Message(_TLS12, Type.PING, id=first + number)
        s.send((ping, *((base("id_predictable"),) if number else ())))
        s.reply(ping.but(status=1))
    again = Message(_TLS12, Type.PING, id=_id(s))
    s.send((again,))
    s.send((again, base("id_reused")))
    s.reply(again.but(status=1))


def _base_payloads(s: LurkStage) -> None:
    ask = Message(_LURK, lurk.BaseType.CAPABILITIES)
    one, pair = b"\0\2\1\1", b"\0\4\0\1\1\1"
    for payload, experts in (
        (pair + _STATE, ()),  # the form without types
        (pair + b"\0\2\0\1" + _STATE, ()),
        (one + b"\0\0" + _STATE, ()),
        (b"\0\0\0\2\0\1" + _STATE, (base("extensions"),)),
        (b"\0\3\0\1\1\0\2\0\1" + _STATE, (base("extensions"), base("cut"))),
        (pair + b"\0\x40\0\1" + _STATE, (base("cut"),)),
        (b"\1\0\0\1" + _STATE, (base("cut"),)),
        (pair + b"\0\2\0\1" + _STATE[:3], (base("cut"),)),
        (pair + b"\0\2\0\1" + _STATE + b"?", (base("trailing"),)),
        (b"", (base("cut"),)),
    ):
        _exchange(s, ask.but(id=_id(s)), ask.but(status=1, payload=payload), *experts)
    ping = Message(_LURK, lurk.BaseType.PING)
    _exchange(s, ping.but(id=_id(s)), ping.but(status=1, payload=b"pong"), base("empty"))


def _item(type: int, body: bytes) -> bytes:
    return struct.pack(">IB", 1 + len(body), type) + body


def _tls12_payloads(s: LurkStage) -> None:
    t = s.context
    signing, master = t.ecdhe().message(_id(s)), t.rsa_master().message(_id(s))
    _exchange(s, signing, signing.but(status=1, payload=b"\x06\x03" + _SIGNED[2:]), tls12("other_algorithm"))
    for size, fault in ((47, "cut"), (49, "trailing"), (0, "cut")):
        request = master.but(id=_id(s))
        s.send((request, *((tls12("replay"),) if size != 47 else ())))
        s.reply(request.but(status=1, payload=bytes(size)), tls12("master"), base(fault))
    ask = Message(_TLS12, Type.CAPABILITIES)
    rsa = vector(b"\0") + b"\0" + vector(b"\0") + vector(b"\x00\x9c") + vector(b"\0\1")
    odd = vector(b"\0") + b"\0" + vector(b"\0") + vector(b"\x00\x9c\0")
    listed = vector(b"\0") + vector(b"\0\0\0\2hi") + vector(b"\0") + vector(b"") + vector(b"\0")
    items: tuple[tuple[bytes, tuple[str, ...]], ...] = (
        (_item(Type.PING, b"") + _item(Type.RSA_MASTER, rsa) + _STATE, ()),
        (_item(Type.RSA_MASTER, odd) + _STATE, (tls12("odd_list"), base("cut"))),
        (_item(Type.RSA_MASTER, listed) + _STATE, (tls12("certificates"),)),
        (_item(Type.RSA_MASTER, rsa + b"\0") + _STATE, (base("cut"),)),
        (_item(Type.RSA_MASTER, rsa)[:-1] + _STATE, (base("cut"),)),
        (bytes(4) + b"\1" + _STATE, ()),
    )
    for payload, experts in items:
        _exchange(s, ask.but(id=_id(s)), ask.but(status=1, payload=payload), *experts)


def _good(s: LurkStage) -> None:
    """An exchange of each kind, as a good key server answers it."""
    t = s.context
    for request, payload in (
        (t.capabilities(_LURK), b"\0\2\1\1\0\2\0\1" + _STATE),
        (t.ping(), b""),
        (t.rsa_master(), bytes(range(48))),
        (t.ecdhe(), _SIGNED),
    ):
        message = request.message(_id(s))
        _exchange(s, message, message.but(status=1, payload=payload))
    pings = [Message(_TLS12, Type.PING, id=_id(s)) for _ in range(3)]
    s.send(*((ping,) for ping in pings))
    for ping in reversed(pings):
        s.reply(ping.but(status=1))


SCENARIOS = (
    Scenario("lurk-alpn", LURK, "recognised by ALPN alone", _good, ("LURK-7-04",), script=True, alpn="lurk"),
    Scenario(
        "lurk-length-of-payload",
        LURK,
        "the dialect whose length does not count the header",
        _good,
        ("LURK-5.1-05",),
        script=True,
        clear=True,
        preferences=("lurk.header_counted:FALSE",),
    ),
    Scenario(
        "lurk-script-status",
        LURK,
        "every error status, and unassigned ones",
        _statuses,
        ("LURK-5.1-03", "TLS12-3-03", "LURK-8-01", "TLS12-10-01", "LURK-5.4-01"),
        script=True,
    ),
    Scenario(
        "lurk-script-error",
        LURK,
        "errors without state, of designation lurk, with payloads that are no state",
        _errors,
        ("LURK-5.4-02", "LURK-5.4-10", "LURK-5.3-10"),
        script=True,
    ),
    Scenario(
        "lurk-script-answer",
        LURK,
        "answers without request, twice, of another extension or type; a request of the server",
        _answers,
        ("LURK-5.2-05", "LURK-5.2-06", "LURK-5.2-07"),
        script=True,
        clear=True,
    ),
    Scenario(
        "lurk-script-id",
        LURK,
        "ids that are counted or used twice",
        _ids,
        ("LURK-5.2-02", "LURK-5.1-08"),
        script=True,
    ),
    Scenario(
        "lurk-script-base",
        LURK,
        "capabilities of the base protocol, right and wrong",
        _base_payloads,
        ("LURK-6.1.2-01", "LURK-6.1.2-02", "LURK-6.2.2-01"),
        script=True,
    ),
    Scenario(
        "lurk-script-tls12",
        LURK,
        "answers of tls12 that are wrong",
        _tls12_payloads,
        ("TLS12-4.2-01", "TLS12-6.2-02", "TLS12-7.2-02", "TLS12-7.2-04"),
        script=True,
    ),
)
