"""The exchanges of LURK with the reference key server, as they are when nothing is wrong."""

from __future__ import annotations

from ..codecs import lurk
from ..codecs.lurk import Designation, PooPrf, Type
from .lurk_stage import LurkStage
from .scenario import LURK, Scenario


def _base(s: LurkStage) -> None:
    s.ask(s.context.capabilities(Designation.LURK))
    s.ask(s.context.ping(Designation.LURK))


def _tls12_capabilities(s: LurkStage) -> None:
    s.ask(s.context.capabilities())


def _tls12_ping(s: LurkStage) -> None:
    s.ask(s.context.ping())


def _rsa_master(s: LurkStage) -> None:
    for prf_hash in lurk.PrfHash:
        s.ask(s.context.rsa_master(prf_hash=prf_hash))


def _handshake(type: Type) -> Scenario:
    name = type.name.lower()

    def play(s: LurkStage) -> None:
        s.ask(s.context.handshake_exchange(type))

    clauses = ("TLS12-4.1-08",) if type == Type.RSA_MASTER_WITH_POH else ("TLS12-5.1-01", "TLS12-5.1-02")
    return Scenario(
        f"lurk-{name.replace('_', '-')}",
        LURK,
        f"{name}: the messages of a handshake",
        play,
        (*clauses, "TLS12-4.2-01"),
        clear=True,
    )


def _ecdhe(s: LurkStage) -> None:
    t = s.context
    for curve, key in (
        ("secp256r1", t.signing_key("ec-p256")),
        ("secp384r1", t.signing_key("ec-p384")),
        ("secp521r1", t.signing_key("ec-p521")),
        ("secp256r1", t.signing_key("rsa")),
        ("secp256r1", t.signing_key("ed25519")),
    ):
        s.ask(t.ecdhe(key, curve=curve))
    s.ask(t.ecdhe(poo=PooPrf.SHA256_128, hash="SHA-384"))
    s.ask(t.ecdhe(curve="x25519"))


def _pipelined(s: LurkStage) -> None:
    t = s.context
    requests = [
        t.ping(),
        t.ecdhe(),
        t.rsa_master(),
        t.capabilities(),
        t.ping(Designation.LURK),
        t.ecdhe(curve="secp384r1"),
    ]
    s.send(*((request,) for request in requests))
    for _ in requests:
        s.receive()


def _segmented(s: LurkStage) -> None:
    s.ask(s.context.ecdhe())
    s.ask(s.context.handshake_exchange(Type.RSA_EXTENDED_MASTER_WITH_POH))


def _two_pieces(s: LurkStage) -> None:
    """A message in two TLS records, and one and a half in one record."""
    first, second = s.encode(s.context.ecdhe()), s.encode(s.context.ping())
    s.send_in_pieces((first, second), (10, len(first) + 7))
    s.receive()
    s.receive()


SCENARIOS = (
    Scenario(
        "lurk-base",
        LURK,
        "capabilities and ping of the base protocol",
        _base,
        ("LURK-6.1.2-01", "LURK-6.2.2-01", "LURK-5.1-01"),
        clear=True,
    ),
    Scenario(
        "lurk-tls12-capabilities",
        LURK,
        "capabilities of tls12: an item with its lists for each type",
        _tls12_capabilities,
        ("TLS12-7.2-01", "TLS12-7.2-02", "TLS12-7.2-03", "TLS12-7.2-04"),
        clear=True,
    ),
    Scenario(
        "lurk-tls12-ping", LURK, "ping of tls12", _tls12_ping, ("TLS12-8.1-01", "TLS12-8.2-01"), clear=True
    ),
    Scenario(
        "lurk-rsa-master",
        LURK,
        "rsa_master with each PRF hash",
        _rsa_master,
        ("TLS12-4.1-06", "TLS12-4.1-05", "TLS12-4.2-01"),
        clear=True,
    ),
    _handshake(Type.RSA_MASTER_WITH_POH),
    _handshake(Type.RSA_EXTENDED_MASTER),
    _handshake(Type.RSA_EXTENDED_MASTER_WITH_POH),
    Scenario(
        "lurk-ecdhe",
        LURK,
        "ecdhe: keys of each kind, curves, proofs of ownership of both sizes, x25519 without proof",
        _ecdhe,
        ("TLS12-6.1-03", "TLS12-6.1-02", "TLS12-6.1-04", "TLS12-6.2-02"),
        clear=True,
    ),
    Scenario(
        "lurk-pipelined",
        LURK,
        "six requests in one piece, answers in any order",
        _pipelined,
        ("LURK-P-02", "LURK-5.1-08"),
        clear=True,
    ),
    Scenario(
        "lurk-segmented",
        LURK,
        "messages over many TCP segments of 97 octets",
        _segmented,
        ("LURK-5.1-05",),
        clear=True,
        segment=97,
    ),
    Scenario(
        "lurk-records",
        LURK,
        "messages whose borders are not those of TLS records",
        _two_pieces,
        ("LURK-5.1-05",),
    ),
    Scenario("lurk-channel-tls12", LURK, "ping over TLS 1.2", _tls12_ping, ("LURK-7-04",), tls12=True),
)
