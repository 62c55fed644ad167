"""LURK as it should not be: requests that the reference key server refuses, each with what is wrong in it on
the wire."""

from __future__ import annotations

from ..codecs import lurk, ownership, tls
from ..codecs.curves import CURVES
from ..codecs.lurk import Designation, Message, PooPrf, Type
from ..lurk_exchange import LurkRequest
from .lurk_stage import LurkStage
from .scenario import LURK, Scenario

P256, P384 = CURVES["secp256r1"], CURVES["secp384r1"]


def base(name: str) -> str:
    return f"lurk.expert.{name}"


def tls12(name: str) -> str:
    return f"lurk.tls12.expert.{name}"


def point(name: str) -> str:
    return f"ec_point.expert.{name}"


NO_REQUEST = base("no_request")


def _header(s: LurkStage) -> None:
    id = s.context.rng.getrandbits
    s.ask(Message(Designation.TLS12, Type.PING, version=2, id=id(64)), base("extension"))
    s.ask(Message(9, 0, b"payload", id=id(64)), base("extension"))
    s.ask(Message(Designation.TLS13, 1, id=id(64)))
    s.ask(Message(Designation.LURK, 2, id=id(64)), base("type"))
    s.ask(Message(Designation.LURK, 3, b"payload", id=id(64)), base("type"))
    s.ask(Message(Designation.TLS12, 7, b"payload", id=id(64)), base("type"))
    answer = (NO_REQUEST, base("answer_from_client"))
    s.ask(Message(Designation.TLS12, Type.PING, status=1, id=id(64)), *answer, answer=(NO_REQUEST,))
    s.ask(Message(Designation.TLS12, Type.PING, bytes(4), status=9, id=id(64)), *answer, answer=(NO_REQUEST,))
    s.ask(Message(Designation.LURK, 1, status=200, id=id(64)), *answer, base("status"), answer=(NO_REQUEST,))


def _length_short(s: LurkStage) -> None:
    message = Message(Designation.TLS12, Type.PING, bytes(5), id=s.context.rng.getrandbits(64), length=15)
    s.ask(message, base("length_short"), answer=(NO_REQUEST,))
    s.wait_closed()


def _length_limit(s: LurkStage) -> None:
    message = Message(
        Designation.TLS12, Type.ECDHE, bytes(40), id=s.context.rng.getrandbits(64), length=65537
    )
    s.ask(message, base("length_limit"), answer=(NO_REQUEST,))
    s.wait_closed()


def _truncated(s: LurkStage) -> None:
    s.ask(s.context.ping())
    s.send_part(s.encode(s.context.ecdhe())[:100])


def _payloads(s: LurkStage) -> None:
    t = s.context
    for designation in (Designation.LURK, Designation.TLS12):
        for type in (Type.CAPABILITIES, Type.PING):
            s.ask(LurkRequest(type, designation=designation).followed_by("surplus", b"\0"), base("empty"))
    for good in (t.ecdhe(), t.rsa_master(), t.handshake_exchange(Type.RSA_EXTENDED_MASTER)):
        octets = bytes(good.fields)
        for size in (0, 4, 5, 6, 30, len(octets) - 1):
            message = Message(Designation.TLS12, good.type, octets[:size], id=t.rng.getrandbits(64))
            s.ask(message, base("cut"))
        again = () if good.type == Type.RSA_EXTENDED_MASTER else (tls12("replay"),)
        s.ask(good.followed_by("surplus", b"\0"), base("trailing"), *again)


def _statuses(s: LurkStage) -> None:
    t = s.context
    ecdhe, null = t.ecdhe, PooPrf.NULL
    key = t.signing_key()
    s.ask(ecdhe().replaced(key_id=lurk.key_id(key.lurk_ids[0], 1)), tls12("key_id_type"))
    s.ask(ecdhe().replaced(key_id=lurk.key_id(b"\0\0\0\0")))
    s.ask(ecdhe(server_random=t.server_random(-3600)), tls12("time_window"))
    s.ask(ecdhe(server_random=t.server_random(3600)), tls12("time_window"))
    s.ask(ecdhe().replaced(freshness=b"\xff"), tls12("freshness"))
    s.ask(t.rsa_master().replaced(prf_hash=b"\x03"), tls12("prf_hash"))
    s.ask(t.rsa_master(ciphertext=bytes(100)), tls12("premaster"))
    s.ask(t.rsa_master(ciphertext=bytes(255)), tls12("premaster"))
    finished = t.handshake_exchange(Type.RSA_EXTENDED_MASTER_WITH_POH)
    s.ask(finished.replaced(verify_data=bytes(12)))
    s.ask(ecdhe().replaced(poo_prf=b"\x03"), tls12("poo_prf"))
    s.ask(ecdhe(poo=null), tls12("poo_null"))
    s.ask(ecdhe().replaced(r=bytes(32)))
    for algorithm in (b"\x02\x03", b"\x01\x01", b"\x03\x03", b"\x04\x02", b"\x08\x04"):
        s.ask(ecdhe().replaced(sig_and_hash=algorithm), tls12("algorithm"))


def _points(s: LurkStage) -> None:
    t = s.context
    rng = t.rng

    def share(params: bytes) -> LurkRequest:
        return t.ecdhe(poo=PooPrf.NULL).replaced(ecdhe_params=params)

    x, y = P256.point(rng)
    off, null = P256.encode(x, y ^ 1), tls12("poo_null")
    explicit, curve = "ecdh_params.expert.curve_type", "ecdh_params.expert.curve"
    s.ask(share(tls.ecdh_params("secp256r1", off)), point("off_curve"), null)
    s.ask(t.ecdhe().replaced(ecdhe_params=tls.ecdh_params("secp256r1", off)), point("off_curve"))
    for other in ("secp384r1", "secp521r1"):
        c = CURVES[other]
        x, y = c.point(rng)
        s.ask(share(tls.ecdh_params(other, c.encode(x, y ^ 1))), point("off_curve"), null)
    s.ask(share(tls.ecdh_params("secp256r1", P256.encode(P256.p, 1))), point("range"), null)
    s.ask(share(tls.ecdh_params("secp256r1", P256.encode(x % P256.p, y % P256.p, 2))), point("form"), null)
    s.ask(share(tls.ecdh_params("secp256r1", b"\0")), point("form"), point("size"), null)
    s.ask(share(tls.ecdh_params("secp256r1", P256.good(rng)[:-1])), point("size"), null)
    s.ask(share(tls.ecdh_params("secp384r1", P256.good(rng))), point("size"), null)
    s.ask(share(tls.ecdh_params("secp256r1", b"")), point("size"), null)
    s.ask(share(tls.ecdh_params("x25519", bytes(31))), point("size"))
    s.ask(share(tls.ecdh_params(19, P256.good(rng))), curve)
    s.ask(share(tls.ecdh_params("secp256r1", P256.good(rng), curve_type=1)), explicit, base("cut"))
    x, y = P256.point(rng)
    vg = tls.vector(P256.encode(x, y ^ 1))
    s.ask(t.ecdhe().replaced(vG=vg), point("off_curve"))
    proof = {"poo_prf": b"\2", "vG": tls.vector(ownership.public(P256, 5)), "r": bytes(32)}
    montgomery = t.ecdhe().replaced(ecdhe_params=tls.ecdh_params("x25519", bytes(31) + b"\x40"), **proof)
    s.ask(montgomery, tls12("poo_curve"), point("size"))


def _replay(s: LurkStage) -> None:
    for request in (s.context.ecdhe(), s.context.rsa_master()):
        s.ask(request)
        s.ask(request, tls12("replay"))


def _handshakes(s: LurkStage) -> None:
    t = s.context
    extended, with_poh = Type.RSA_EXTENDED_MASTER, Type.RSA_MASTER_WITH_POH
    s.ask(t.handshake_exchange(extended, client_extended=False), tls12("not_extended"))
    s.ask(t.handshake_exchange(extended, server_extended=False), tls12("not_extended"))
    both = t.handshake_exchange(with_poh, client_extended=True, server_extended=True)
    s.ask(both, tls12("extended"))
    s.ask(t.handshake_exchange(extended, suite=0xC02F), tls12("suite"))
    s.ask(t.handshake_exchange(extended, client_version=0x0302), tls12("version"))
    s.ask(t.handshake_exchange(extended, server_version=0x0301), tls12("version"))
    s.ask(t.handshake_exchange(extended, server_random=t.server_random(-7200)), tls12("time_window"))
    good = t.handshake_exchange(extended)
    messages = good.fields["handshake_messages"]
    hello = 4 + int.from_bytes(messages[1:4], "big")

    def changed(octets: bytes) -> LurkRequest:
        return good.replaced(handshake_length=len(octets).to_bytes(2, "big"), handshake_messages=octets)

    s.ask(changed(messages[hello:]), tls12("first_message"), tls12("not_extended"))
    s.ask(changed(b""), tls12("first_message"), tls12("not_extended"), tls12("last_message"))
    s.ask(changed(messages + tls.handshake(15, bytes(8))), tls12("last_message"))
    s.ask(changed(messages + b"\x10\0\0\x09"), tls12("handshake"))
    s.ask(changed(messages + tls.handshake(99, b"?")), tls12("handshake"), tls12("last_message"))
    s.ask(
        changed(messages + tls.handshake(1, bytes(20))), *map(tls12, ("handshake", "version", "last_message"))
    )


SCENARIOS = (
    Scenario(
        "lurk-negative-header",
        LURK,
        "versions, designations, types and statuses that are not served",
        _header,
        ("LURK-5.3-01", "LURK-5.3-02", "LURK-5.3-03", "LURK-5.2-01", "LURK-8-01"),
    ),
    Scenario(
        "lurk-negative-length-short",
        LURK,
        "a length below that of the header",
        _length_short,
        ("LURK-5.1-06",),
        clear=True,
    ),
    Scenario(
        "lurk-negative-length-limit",
        LURK,
        "a length above the limit of messages",
        _length_limit,
        ("LURK-P-03",),
        clear=True,
    ),
    Scenario(
        "lurk-negative-truncated",
        LURK,
        "the connection ends inside a message",
        _truncated,
        ("LURK-P-01",),
        clear=True,
    ),
    Scenario(
        "lurk-negative-payload",
        LURK,
        "payloads that are cut, too long, or where none is allowed",
        _payloads,
        ("TLS12-4.1-11", "LURK-6.1.1-01", "LURK-6.2.1-01", "TLS12-7.1-01", "TLS12-8.1-01"),
    ),
    Scenario(
        "lurk-negative-status",
        LURK,
        "requests for each error status of tls12",
        _statuses,
        ("TLS12-3-03", "TLS12-4.4-01", "TLS12-4.4-02", "TLS12-4.4-03", "TLS12-4.4-06", "TLS12-4.4-10")
        + ("TLS12-4.4-15", "TLS12-4.4-22", "TLS12-6.4-04", "TLS12-6.4-05", "TLS12-6.4-08"),
    ),
    Scenario(
        "lurk-negative-point",
        LURK,
        "points that are not on their curve, and other parameters that are not signed",
        _points,
        ("TLS12-6.1-04", "TLS12-6.1-05", "TLS12-6.4-02", "TLS12-6.4-03", "TLS12-6.1-12"),
    ),
    Scenario(
        "lurk-negative-replay",
        LURK,
        "the same S twice",
        _replay,
        ("TLS12-9-06",),
    ),
    Scenario(
        "lurk-negative-handshake",
        LURK,
        "handshake messages that are no RSA handshake of TLS 1.2",
        _handshakes,
        ("TLS12-4.1-09", "TLS12-4.4-24", "TLS12-5.1-03", "TLS12-5.4-03", "TLS12-5.4-04"),
    ),
)
