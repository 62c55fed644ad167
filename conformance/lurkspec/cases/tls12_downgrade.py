"""Nothing weaker than what was negotiated, and nothing that TLS 1.2 should no longer have (tls12 §5.4,
§6.4; A-28; group DG)."""

from __future__ import annotations

from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import tls
from ..codecs.curves import CURVES
from ..codecs.lurk import PooPrf, Status, Type
from ..lurk_context import LurkContext
from ._lurk import EXTENDED, HANDSHAKE_TYPES, changed_handshake, name, served_types, signing_keys

PROTOCOL = "lurk"
SECTION = "LURK tls12 downgrade"

MALFORMED, FINISHED = Status.INVALID_PAYLOAD_FORMAT, Status.INVALID_FINISHED
SUITE = Status.INVALID_CIPHER_OR_PRF_HASH


def _refused(
    t: LurkContext, types: tuple[Type, ...], variants: dict[str, dict[str, object]]
) -> Iterator[Variant]:
    for type in (type for type in types if type in served_types(t)):
        for label, pieces in variants.items():
            answer = t.ask(changed_handshake(t, type, lambda m: m, **pieces))
            yield t.refused(f"{name(type)} {label}", answer, MALFORMED, also=(FINISHED,))


@case(
    "lurk-tls12-5.4-extended-negotiated",
    clauses=("TLS12-5.4-04",),
    rows=("DG-01",),
    needs=("lurk-chain",),
)
def extended_negotiated(t: LurkContext) -> Iterator[Variant]:
    """Where both hellos have extended_master_secret the master secret of RFC 5246 is not given, were
    Finished made with it."""
    both: dict[str, object] = {"client_extended": True, "server_extended": True}
    yield from _refused(t, (Type.RSA_MASTER_WITH_POH,), {"both hellos": both})


@case(
    "lurk-tls12-5.4-extended-not-negotiated",
    clauses=("TLS12-5.4-03",),
    rows=("DG-02",),
    needs=("lurk-chain",),
)
def extended_not_negotiated(t: LurkContext) -> Iterator[Variant]:
    """Extended exchanges need extended_master_secret in both hellos; in ServerHello alone it is wrong for
    all."""
    one: dict[str, dict[str, object]] = {
        "ClientHello alone": {"client_extended": True, "server_extended": False},
        "ServerHello alone": {"client_extended": False, "server_extended": True},
        "neither": {"client_extended": False, "server_extended": False},
    }
    yield from _refused(t, EXTENDED, one)
    yield from _refused(t, (Type.RSA_MASTER_WITH_POH,), {"ServerHello alone": one["ServerHello alone"]})


@case(
    "lurk-tls12-4.4-other-versions",
    clauses=("TLS12-1-01", "TLS12-4.4-24"),
    rows=("DG-03",),
    needs=("lurk-chain",),
)
def other_versions(t: LurkContext) -> Iterator[Variant]:
    """Hellos of SSL 3.0, TLS 1.0 and 1.1, unknown versions, and TLS 1.3 by supported_versions are
    refused."""
    variants: dict[str, dict[str, object]] = {}
    for version in (0x0300, 0x0301, 0x0302, 0x0304, 0x0303 ^ 0xFFFF, 0xFEFD, 0xFEFF):
        variants[f"ServerHello {version:04x}"] = {"server_version": version}
        variants[f"ClientHello {version:04x}"] = {"client_version": version}
        variants[f"both {version:04x}"] = {"client_version": version, "server_version": version}
    chosen = tls.extension(43, b"\x03\x04")
    offered = tls.extension(43, tls.vector(b"\x03\x04\x03\x03"))
    variants["TLS 1.3 chosen"] = {"client_extensions": offered, "server_extensions": chosen}
    yield from _refused(t, HANDSHAKE_TYPES, variants)


@case("lurk-tls12-4.4-tls13-offered", clauses=("TLS12-1-01", "TLS12-4.4-24"), needs=("lurk-chain",))
def tls13_offered(t: LurkContext) -> Iterator[Variant]:
    """A client that offers TLS 1.3 beside 1.2 and gets 1.2 is served."""
    offered = tls.extension(43, tls.vector(b"\x03\x04\x03\x03"))
    for type in (type for type in HANDSHAKE_TYPES if type in served_types(t)):
        answer = t.ask(changed_handshake(t, type, lambda m: m, client_extensions=offered))
        yield t.succeeded(name(type), answer)


@case("lurk-tls12-4.4-suite-not-offered", clauses=("TLS12-4.4-24",), rows=("DG-08",), needs=("lurk-chain",))
def suite_not_offered(t: LurkContext) -> Iterator[Variant]:
    """A suite that ClientHello does not offer cannot have been negotiated."""
    variants: dict[str, dict[str, object]] = {
        "another one": {"suite": 0x003C, "offered": (0x009C, 0x009D)},
        "none of RSA": {"suite": 0x009C, "offered": (0xC02F, 0xC030)},
    }
    yield from _refused(t, HANDSHAKE_TYPES, variants)


@case("lurk-tls12-4.4-compression", clauses=("TLS12-4.4-24",), rows=("DG-08",), needs=("lurk-chain",))
def compression(t: LurkContext) -> Iterator[Variant]:
    """Compression that ServerHello chooses is refused, offered or not."""
    for type in (type for type in HANDSHAKE_TYPES if type in served_types(t)):

        def deflate(messages: dict[str, bytes]) -> dict[str, bytes]:
            hello = bytearray(messages["server_hello"])
            hello[4 + 2 + 32 + 1 + 2] = 1
            return messages | {"server_hello": bytes(hello)}

        answer = t.ask(changed_handshake(t, type, deflate))
        yield t.refused(name(type), answer, MALFORMED, also=(FINISHED,))


@case(
    "lurk-tls12-6.4-weak-algorithms",
    clauses=("TLS12-6.4-08", "TLS12-10-01"),
    rows=("DG-04",),
    needs=("lurk-sign",),
)
def weak_algorithms(t: LurkContext) -> Iterator[Variant]:
    """sig_and_hash with none, MD5 or SHA-1, anonymous, DSA and unknown codes are refused with 14, with
    every key (A-28)."""
    hashes, signatures = (0, 1, 2, 7, 9, 255), (0, 1, 2, 3, 4, 255)
    codes = {bytes([h, s]) for h in hashes for s in signatures if (h, s) != (8, 7)}
    codes |= {bytes([h, s]) for h in (3, 4, 5, 6) for s in (0, 2, 4, 64, 255)}
    for key in signing_keys(t):
        for code in sorted(codes):
            answer = t.ask(t.ecdhe(key, curve="x25519").replaced(sig_and_hash=code))
            yield t.refused(
                f"{key.name} {code.hex()}", answer, SUITE, also=(MALFORMED, Status.UNDEFINED_ERROR)
            )


@case(
    "lurk-tls12-6.4-null-proof",
    clauses=("TLS12-6.4-04", "TLS12-6.4-10"),
    rows=("DG-11",),
    needs=("lurk-sign", "lurk-proof"),
)
def null_proof(t: LurkContext) -> Iterator[Variant]:
    """Where a proof is required poo_prf null is invalid_poo_prf on every curve that has proofs (A-23)."""
    for key in signing_keys(t):
        for curve in CURVES:
            answer = t.ask(t.ecdhe(key, curve=curve, poo=PooPrf.NULL))
            yield t.refused(f"{key.name} {curve}", answer, Status.INVALID_POO_PRF)
