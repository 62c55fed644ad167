"""Keys for DTLS 1.2: another version in the premaster, other headers in the handshake (A-12, A-16)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import pkcs1
from ..codecs.lurk import Status, Type
from ..codecs.tls12 import DTLS_1_2
from ..keys import TLS12_RSA_USAGE, Key
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkRequest
from ._lurk import EXTENDED, HANDSHAKE_TYPES, decryption_key, name

PROTOCOL = "lurk"
SECTION = "LURK tls12 §4.4 DTLS"


def _key(t: LurkContext) -> Key:
    return t.target.marked(TLS12_RSA_USAGE, "dtls")[0]


def _request(t: LurkContext, type: Type, key: Key, version: int = DTLS_1_2, **changes: object) -> LurkRequest:
    """A handshake of DTLS, whose premaster begins with this version."""
    premaster = pkcs1.premaster(t.rng, version)
    shake = t.handshake(key, premaster=premaster, extended=type in EXTENDED)
    dtls = shake.but(client_version=DTLS_1_2, server_version=DTLS_1_2, **changes)
    return t.handshake_request(type, dtls, premaster, key)


@case("lurk-tls12-4.4-dtls-premaster", clauses=("TLS12-4.4-12",), rows=("BL-06",), needs=("lurk-dtls",))
def dtls_premaster(t: LurkContext) -> Iterator[Variant]:
    """With a key for DTLS the premaster of rsa_master begins fefd; any other version is answered with the
    master secret of a substitute."""
    key = _key(t)
    good = t.rsa_master(key, premaster=pkcs1.premaster(t.rng, DTLS_1_2))
    yield t.succeeded("fefd", t.ask(good))
    for version in (0x0302, 0x0304, 0xFEFF, 0xFEFC, 0x0000):
        request = t.rsa_master(key, premaster=pkcs1.premaster(t.rng, version))
        answer = t.ask(request)
        withheld = answer.succeeded and bool(request.check(answer.payload))
        yield t.check(f"{version:04x}", withheld, "another master secret", answer.summary, answer)


@case("lurk-tls12-4.4-dtls-handshake", clauses=("TLS12-4.4-12", "TLS12-1-01"), needs=("lurk-dtls",))
def dtls_handshake(t: LurkContext) -> Iterator[Variant]:
    """Handshakes of DTLS 1.2, each message in one piece, give their master secret, with and without a cookie;
    the hello without it and HelloVerifyRequest are left out."""
    for type in HANDSHAKE_TYPES:
        plain = _request(t, type, _key(t))
        yield t.succeeded(name(type), t.ask(plain))
        verified = _request(t, type, _key(t), cookie=t.rng.randbytes(20), first_number=1)
        yield t.succeeded(f"{name(type)}, with cookie", t.ask(verified))


@case("lurk-tls12-4.4-dtls-key-usage", clauses=("TLS12-4.4-12",), rows=("DG-03",), needs=("lurk-dtls",))
def dtls_key_usage(t: LurkContext) -> Iterator[Variant]:
    """A handshake of DTLS with a key that is not for it is invalid_payload_format."""
    for type in HANDSHAKE_TYPES:
        answer = t.ask(_request(t, type, decryption_key(t, type)))
        yield t.refused(name(type), answer, Status.INVALID_PAYLOAD_FORMAT)
