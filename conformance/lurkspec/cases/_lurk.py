"""What the LURK cases share: the good requests of every exchange, and handshakes whose messages are moved
about."""

from __future__ import annotations

from collections.abc import Callable

from ..codecs import lurk, pkcs1, tls12
from ..codecs.lurk import Type
from ..keys import TLS12_RSA_USAGE, TLS12_SIGN_USAGE, Key
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkExchange, LurkRequest
from ..session import Unsupported

WITH_POH = (Type.RSA_MASTER_WITH_POH, Type.RSA_EXTENDED_MASTER_WITH_POH)
EXTENDED = (Type.RSA_EXTENDED_MASTER, Type.RSA_EXTENDED_MASTER_WITH_POH)
HANDSHAKE_TYPES = (Type.RSA_MASTER_WITH_POH, *EXTENDED)
RSA_TYPES = (Type.RSA_MASTER, *HANDSHAKE_TYPES)

Messages = dict[str, bytes]
Change = Callable[[Messages], Messages]


def name(type: int) -> str:
    return Type(type).name.lower()


def signing_keys(t: LurkContext) -> list[Key]:
    """The keys that edge a may sign with, one at least."""
    keys = t.target.select(TLS12_SIGN_USAGE)
    return keys or [t.signing_key()]


def decryption_key(t: LurkContext, type: int) -> Key:
    """A key that edge a may use for this type; with its certificate where the exchange carries one."""
    for key in t.target.select(TLS12_RSA_USAGE):
        if name(type) in key.grants["a"] and (key.chain or type == Type.RSA_MASTER):
            return key
    raise Unsupported(f"the target file has no key for {name(type)} by edge a")


def rsa_request(t: LurkContext, type: Type) -> LurkRequest:
    """A good request of one of the four RSA exchanges."""
    key = decryption_key(t, type)
    return t.rsa_master(key) if type == Type.RSA_MASTER else t.handshake_exchange(type, key)


def served_types(t: LurkContext) -> list[Type]:
    """The exchanges with a key that edge a can ask for."""
    found = [Type.ECDHE] if t.target.select(TLS12_SIGN_USAGE) else []
    for type in RSA_TYPES:
        try:
            decryption_key(t, type)
        except Unsupported:
            continue
        found.append(type)
    return found


def good_request(t: LurkContext, type: Type) -> LurkRequest:
    return t.ecdhe() if type == Type.ECDHE else rsa_request(t, type)


def good_requests(t: LurkContext) -> dict[str, LurkRequest]:
    """A good request of each exchange with a key that edge a can ask for, by its name."""
    return {name(type): good_request(t, type) for type in served_types(t)}


def changed_handshake(t: LurkContext, type: Type, change: Change, **pieces: object) -> LurkRequest:
    """A request whose messages went through `change`, as a malicious edge would make it that knows the
    premaster: master secret and verify_data fit what is sent. `pieces` change the handshake before."""
    key = decryption_key(t, type)
    premaster = pkcs1.premaster(t.rng)
    shake = t.handshake(key, premaster=premaster, extended=type in EXTENDED).but(**pieces)
    wire = change(shake.but(server_random=tls12.freshness(shake.server_random)).messages())
    master = _master(type, shake, premaster, wire)
    finished = tls12.verify_data(shake.hash, master, b"".join(wire.values())) if type in WITH_POH else None
    fields = lurk.handshake_request(
        t.key_id(key), b"".join(change(shake.messages()).values()), finished
    )
    return LurkRequest(type, fields, lambda got: "" if got == master else "not the master of this handshake")


def _master(type: Type, shake: tls12.RsaHandshake, premaster: bytes, wire: Messages) -> bytes:
    if type not in EXTENDED:
        image = tls12.freshness(shake.server_random)
        return tls12.master_secret(shake.hash, premaster, shake.client_random, image)
    session = []
    for name_, message in wire.items():
        session.append(message)
        if name_ == "client_key_exchange":
            break
    return tls12.extended_master_secret(shake.hash, premaster, b"".join(session))


def ended(exchange: LurkExchange) -> bool:
    """No answer, and the peer has closed."""
    return exchange.answer is None and exchange.ending.value not in ("open", "nothing within the deadline")
