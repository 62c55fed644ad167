"""Which key does what for whom, what capabilities say of it, and signatures that serve nowhere else
(tls12 §4.4, §7, §9.2; A-06, A-29, A-75, A-79; groups KU, XP, OR)."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

from ..case import Level, Variant, case
from ..codecs import lurk, tls
from ..codecs.lurk import BaseStatus, Designation, Offer, Status, Type
from ..keys import ECDHE_USAGE, RSA_USAGE, TLS12_RSA_USAGE, TLS12_SIGN_USAGE, Key, load_public
from ..lurk_context import LurkContext
from ..session import Unsupported
from ._foreign import foreign_messages_of
from ._lurk import (
    RSA_TYPES,
    decryption_key,
    ended,
    good_request,
    good_requests,
    name,
    rsa_request,
    served_types,
    signing_keys,
)

PROTOCOL = "lurk"
SECTION = "LURK tls12 §7, §9.2 keys and capabilities"

KEY_ID, MALFORMED = Status.INVALID_KEY_ID, Status.INVALID_PAYLOAD_FORMAT
EC_TYPE, RANDOM = Status.INVALID_EC_TYPE, Status.INVALID_TLS_RANDOM


@case(
    "lurk-tls12-4.4-decryption-with-signing-key",
    clauses=("TLS12-4.4-20", "TLS12-9.2-03", "TLS12-4.4-19"),
    rows=("KU-01", "KU-03", "XP-12"),
    needs=("lurk-sign", "lurk-decrypt"),
)
def decryption_with_signing_key(t: LurkContext) -> Iterator[Variant]:
    """A signing key does not decrypt, RSA or not: invalid_key_id, under each of its ids, in each
    exchange."""
    for type in (type for type in served_types(t) if type in RSA_TYPES):
        good = rsa_request(t, type)
        for key in signing_keys(t):
            for number, digest in enumerate(key.lurk_ids):
                answer = t.ask(good.replaced(key_id=lurk.key_id(digest)))
                yield t.refused(f"{name(type)} {key.name} {number}", answer, KEY_ID)
            if key.type == "rsa" and type == Type.RSA_MASTER:
                yield t.refused(f"{key.name}, encrypted to it", t.ask(t.rsa_master(key)), KEY_ID)


@case(
    "lurk-tls12-6.4-signing-with-decryption-key",
    clauses=("TLS12-4.4-20", "TLS12-9.2-03"),
    rows=("KU-02", "XP-12"),
    needs=("lurk-decrypt",),
)
def signing_with_decryption_key(t: LurkContext) -> Iterator[Variant]:
    """A decryption key does not sign, with any algorithm."""
    key = decryption_key(t, Type.RSA_MASTER)
    for code in ("0401", "0501", "0601", "0804", "0805", "0806", "0403"):
        for curve in ("secp256r1", "x25519"):
            answer = t.ask(t.ecdhe(key, curve=curve).replaced(sig_and_hash=bytes.fromhex(code)))
            yield t.refused(f"{code} {curve}", answer, KEY_ID)


@case(
    "lurk-tls12-9.2-keys-of-ski",
    clauses=("TLS12-9.2-03", "TLS12-4.4-20"),
    rows=("XP-12",),
)
def keys_of_ski(t: LurkContext) -> Iterator[Variant]:
    """Keys of SKI are not keys of LURK (A-75): invalid_key_id for each of their ids."""
    ski = [key for key in t.target.keys if key.usage in (ECDHE_USAGE, RSA_USAGE)]
    if not ski:
        raise Unsupported("the target file has no keys of SKI")
    for key in ski:
        for number, digest in enumerate(key.lurk_ids):
            for type in served_types(t):
                answer = t.ask(good_request(t, type).replaced(key_id=lurk.key_id(digest)))
                yield t.refused(f"{key.name} {number} {name(type)}", answer, KEY_ID)


@case(
    "lurk-p-key-expired",
    clauses=("LURK-P-06", "TLS12-4.4-02"),
    rows=("KU-08",),
    level=Level.MAY,
    needs=("lurk-expired-key",),
)
def key_expired(t: LurkContext) -> Iterator[Variant]:
    """A key whose certificate has expired, and that is marked so in the target file, is as one that does not
    exist."""
    key = t.target.marked(TLS12_SIGN_USAGE, "expired")[0]
    yield t.refused("ecdhe", t.ask(t.ecdhe(key)), KEY_ID)


@case(
    "lurk-p-key-of-the-channel",
    clauses=("LURK-P-06", "TLS12-9.2-03"),
    rows=("CH-25",),
    needs=("lurk-sign",),
)
def key_of_the_channel(t: LurkContext) -> Iterator[Variant]:
    """The key of the server's own channel certificate is no served key, or edges could impersonate the key
    server."""
    with t.connect() as channel:
        pem = ssl.DER_cert_to_PEM_cert(channel.tls.getpeercert(True) or b"")
    public, _ = load_public(pem.encode("ascii"))
    for number, digest in enumerate(Key("channel", TLS12_SIGN_USAGE, public, {}).lurk_ids):
        answer = t.ask(t.ecdhe().replaced(key_id=lurk.key_id(digest)))
        yield t.refused(f"id {number}", answer, KEY_ID)


@case(
    "lurk-p-key-of-another-edge",
    clauses=("LURK-P-06", "TLS12-4.4-02", "LURK-4.1-03"),
    rows=("KU-07", "OR-11"),
    needs=("lurk-foreign-key",),
)
def key_of_another_edge(t: LurkContext) -> Iterator[Variant]:
    """A key of edge b is to edge a as one that does not exist: the same answer, so that keys cannot be
    enumerated."""
    foreign = t.target.foreign(TLS12_SIGN_USAGE) + t.target.foreign(TLS12_RSA_USAGE)
    for key in foreign:
        request = t.ecdhe(key) if key.usage == TLS12_SIGN_USAGE else t.rsa_master(key)
        unknown = t.ask(request.replaced(key_id=b"\0" + t.rng.randbytes(4)))
        answer = t.ask(request)
        yield t.refused(f"{key.name}", answer, KEY_ID)
        yield t.same(f"{key.name}, as unknown", answer, unknown)
        yield t.check(
            f"{key.name}, payload",
            answer.payload == unknown.payload,
            "the same payload",
            f"{answer.payload.hex()} beside {unknown.payload.hex()}",
            answer,
            unknown,
        )
        if request.type == Type.ECDHE:
            yield t.succeeded(f"{key.name}, edge b", t.ask(t.ecdhe(key), edge="b"))


@case("lurk-p-key-enumeration", clauses=("LURK-P-06", "LURK-P-05"), rows=("OR-11",), needs=("lurk-sign",))
def key_enumeration(t: LurkContext) -> Iterator[Variant]:
    """Ids at random are all answered alike."""
    request = t.ecdhe()
    answers = [t.ask(request.replaced(key_id=b"\0" + t.rng.randbytes(4))) for _ in range(64)]
    for number, answer in enumerate(answers):
        yield t.refused(f"{number}", answer, KEY_ID)
    shapes = {(answer.shape, answer.payload) for answer in answers}
    yield t.check("alike", len(shapes) == 1, "one answer", f"{len(shapes)} different ones", *answers[:2])


@case(
    "lurk-4.1-edge-revoked-while-connected",
    clauses=("LURK-4.1-02", "LURK-P-06"),
    rows=("KU-13",),
    needs=("revoke-edge", "lurk-foreign-key"),
    serial=True,
)
def edge_revoked_while_connected(t: LurkContext) -> Iterator[Variant]:
    """An edge that is taken out of the configuration gets nothing more on the connection that it has."""
    key = t.foreign_key(TLS12_SIGN_USAGE)
    with t.connect("b") as channel:
        yield t.succeeded("before", t.ask(t.ecdhe(key), edge="b", channel=channel))
        try:
            t.hooks.revoke_edge()
            after = t.ask(t.ecdhe(key), edge="b", channel=channel)
            refused = ended(after) or (after.answer is not None and not after.succeeded)
            yield t.check("after", refused, "an error, or the end", after.summary, after)
        finally:
            t.hooks.restore_config()
    yield t.succeeded("restored", t.ask(t.ecdhe(key), edge="b", fresh=True))


@case(
    "lurk-4.1-broken-configuration",
    clauses=("LURK-4.1-02", "TLS12-7.2-05"),
    rows=("KU-14",),
    needs=("break-config",),
    serial=True,
)
def broken_configuration(t: LurkContext) -> Iterator[Variant]:
    """A configuration that cannot be read is not taken: the keys of before serve on, with the state of
    before."""
    before = t.ask(t.capabilities())
    try:
        t.hooks.break_config()
        yield t.succeeded("ecdhe", t.ask(t.ecdhe(), fresh=True))
        after = t.ask(t.capabilities(), fresh=True)
        yield t.check(
            "capabilities", after.payload == before.payload, "as before", after.summary, before, after
        )
    finally:
        t.hooks.restore_config()


def _offers(t: LurkContext, edge: str = "a") -> dict[int, Offer]:
    """What tls12 capabilities offer to this edge, by type."""
    exchange = t.ask(t.capabilities(), edge=edge)
    if not exchange.succeeded:
        raise Unsupported(f"no tls12 capabilities: {exchange.summary}")
    items, _ = lurk.decode_tls12_capabilities(exchange.payload)
    return {item.type: lurk.decode_offer(item) for item in items}


@case(
    "lurk-tls12-7.2-capabilities",
    clauses=(
        "TLS12-7.1-01",
        "TLS12-7.2-01",
        "TLS12-7.2-02",
        "TLS12-7.2-03",
        "TLS12-7.2-04",
        "TLS12-7.4-01",
        "LURK-5.4-10",
    ),
)
def capabilities(t: LurkContext) -> Iterator[Variant]:
    """The answer has an item for each type that this edge may ask for, with the lists of its type, and
    four octets of state (A-29); the list of certificates may be empty (A-30)."""
    answer = t.ask(t.capabilities())
    yield t.succeeded("decodes", answer)
    offers = _offers(t)
    for type in served_types(t):
        offer = offers.get(type)
        yield t.check(f"{name(type)} is there", offer is not None, "an item", "none", answer)
        if offer is None:
            continue
        yield t.check(
            f"{name(type)} key ids", offer.key_id_types == (0,), "sha256_32", f"{offer.key_id_types}"
        )
        yield t.check(f"{name(type)} freshness", offer.freshness == (0,), "sha256", f"{offer.freshness}")
        yield t.check(f"{name(type)} suites", bool(offer.suites), "some", f"{len(offer.suites)}")
        lists = (offer.schemes, offer.ecdhe_curves) if type == Type.ECDHE else (offer.prf_hashes,)
        yield t.check(f"{name(type)} lists", all(lists), "none is empty", f"{lists}")
    unknown = [type for type in offers if type not in list(Type)]
    yield t.check("no other type", not unknown, "types 0 to 6", f"{unknown}", answer)


@case("lurk-tls12-7.2-capabilities-are-true", clauses=("TLS12-7.2-06", "TLS12-4.1-05", "TLS12-6.1-01"))
def capabilities_are_true(t: LurkContext) -> Iterator[Variant]:
    """What is offered is served: each PRF hash, curve, proof, and algorithm with a key that it fits; what
    is not offered is refused."""
    offers = _offers(t)
    if Type.RSA_MASTER in offers and Type.RSA_MASTER in served_types(t):
        key = decryption_key(t, Type.RSA_MASTER)
        for prf in range(4):
            answer = t.ask(
                t.rsa_master(key, prf_hash=prf) if prf < 3 else t.rsa_master(key).replaced(prf_hash=b"\3")
            )
            yield _as_offered(
                t, f"prf_hash {prf}", answer.succeeded, prf in offers[Type.RSA_MASTER].prf_hashes
            )
    offer = offers.get(Type.ECDHE)
    if offer is None:
        return
    for curve, number in tls.CURVE_IDS.items():
        answer = t.ask(t.ecdhe(curve=curve))
        yield _as_offered(t, f"curve {curve}", answer.succeeded, number in offer.ecdhe_curves)
    for poo in range(4):
        answer = t.ask(t.ecdhe(poo=poo) if poo < 3 else t.ecdhe().replaced(poo_prf=b"\3"))
        if poo == 0 and not answer.succeeded:
            continue  # null may be offered for X25519 alone
        yield _as_offered(t, f"poo_prf {poo}", answer.succeeded, poo in offer.poo_prfs)
    for scheme in sorted({*offer.schemes, *tls.SCHEMES.values(), 0x0301, 0x0303}):
        code = scheme.to_bytes(2, "big")
        served = any(
            t.ask(t.ecdhe(key, curve="x25519").replaced(sig_and_hash=code)).succeeded
            for key in signing_keys(t)
        )
        yield _as_offered(t, f"algorithm {scheme:04x}", served, scheme in offer.schemes)


def _as_offered(t: LurkContext, label: str, served: bool, offered: bool) -> Variant:
    expected, actual = ("served" if offered else "refused"), ("served" if served else "refused")
    return t.check(label, served == offered, f"{expected}, as capabilities say", actual)


@case(
    "lurk-6.1.4-capabilities-per-caller",
    clauses=("LURK-6.1.4-01", "TLS12-7.2-06", "LURK-7-09", "LURK-P-06"),
    rows=("KU-11",),
    needs=("edge-b",),
)
def capabilities_per_caller(t: LurkContext) -> Iterator[Variant]:
    """Capabilities tell each edge of its own keys only: types and algorithms without a key of its own are
    not there, and tls12 is not for an edge without any."""
    for edge in ("a", "b"):
        keys = [key for key in t.target.keys if edge in key.grants and key.usage.startswith("tls12-")]
        granted = {type for key in keys for type in key.grants[edge]}
        base = t.ask(t.capabilities(Designation.LURK), edge=edge)
        listed = (1, 1) in lurk.decode_base_capabilities(base.payload).extensions if base.succeeded else None
        yield t.check(f"edge {edge}, tls12", listed == bool(keys), f"{bool(keys)}", f"{listed}", base)
        if not keys:
            answer = t.ask(t.ping(), edge=edge)
            yield t.base_refused(f"edge {edge}, ping", answer, BaseStatus.INVALID_EXTENSION)
            continue
        offers = _offers(t, edge)
        types = {name(type) for type in offers if type > Type.PING}
        yield t.check(f"edge {edge}, types", types == granted, f"{sorted(granted)}", f"{sorted(types)}")
        offer = offers.get(Type.ECDHE)
        kinds = {key.type for key in keys if key.usage == TLS12_SIGN_USAGE}
        for kind, codes in (("rsa", (0x0401, 0x0501, 0x0601)), ("ed25519", (0x0807,)), ("ec", (0x0403,))):
            if offer is not None:
                there = any(code in offer.schemes for code in codes)
                wanted = any(k.startswith(kind) for k in kinds)
                yield t.check(f"edge {edge}, {kind}", there == wanted, f"{wanted}", f"{there}")


@case(
    "lurk-tls12-9.2-tls13-content",
    clauses=("TLS12-9.2-02", "LURK-4.1-03", "TLS12-6.4-10"),
    rows=("XP-01", "XP-02"),
    needs=("lurk-sign",),
)
def tls13_content(t: LurkContext) -> Iterator[Variant]:
    """Randoms of 64 spaces and the context string of TLS 1.3 as parameters sign no CertificateVerify: the
    time of the spaces is out of the window, the string no parameters, and the image of S no spaces; with
    freshness 255 neither."""
    spaces = b"\x20" * 32
    for context in (tls.SERVER_CONTEXT, tls.CLIENT_CONTEXT):
        params = context + b"\0" + t.rng.randbytes(32)
        for label, s in (("spaces", spaces), ("time and spaces", t.server_random()[:4] + spaces[4:])):
            good = t.ecdhe(curve="x25519", client_random=spaces, server_random=s)
            content = good.replaced(ecdhe_params=params)
            side = context[9:15].decode("ascii")
            yield t.refused(f"{side} {label}", t.ask(content), EC_TYPE, also=(RANDOM, MALFORMED))
            null = t.ask(content.replaced(freshness=b"\xff"))
            also = (EC_TYPE, RANDOM, MALFORMED)
            yield t.refused(f"{side} {label}, freshness 255", null, Status.INVALID_FRESHNESS_FUNCT, also=also)


@case(
    "lurk-tls12-9.2-other-signed-content",
    clauses=("TLS12-9.2-02", "LURK-4.1-03", "TLS12-6.4-06"),
    rows=("XP-03", "XP-04"),
    needs=("lurk-sign",),
)
def other_signed_content(t: LurkContext) -> Iterator[Variant]:
    """Delegated credentials, certificates, requests, OCSP answers, CMS, JWT, SSH and DNSSEC content in
    the place of parameters is not signed, nor spread over randoms and parameters."""
    also = (MALFORMED, Status.INVALID_EC_CURVE, RANDOM, Status.INVALID_POO, Status.INVALID_POO_PRF)
    contents = foreign_messages_of(t.rng) | {
        context[:26].decode("ascii"): b"\x20" * 64 + context + b"\0" + t.rng.randbytes(120)
        for context in (b"TLS, server delegated credentials", b"TLS, client delegated credentials")
    }
    for label, content in contents.items():
        good = t.ecdhe(curve="x25519")
        yield t.refused(
            f"{label} as parameters", t.ask(good.replaced(ecdhe_params=content)), EC_TYPE, also=also
        )
        padded = content.ljust(70, b"\0")
        spread = good.replaced(
            client_random=padded[:32], server_random=padded[32:64], ecdhe_params=padded[64:]
        )
        yield t.refused(f"{label} over all fields", t.ask(spread), EC_TYPE, also=also)


@case(
    "lurk-tls12-9.2-finite-field-parameters",
    clauses=("TLS12-9.2-02", "TLS12-6.4-02"),
    rows=("XP-09",),
    needs=("lurk-sign",),
)
def finite_field_parameters(t: LurkContext) -> Iterator[Variant]:
    """ServerDHParams in the place of ServerECDHParams are not signed (a client could take one for the
    other): invalid_ec_type."""
    p = t.rng.randbytes(256)
    for label, parts in (
        ("2048 bits", (p, b"\2", t.rng.randbytes(256))),
        ("769 bits", (b"\3\0\x17" + t.rng.randbytes(93), b"\2", t.rng.randbytes(96))),
        ("short", (b"\x17", b"\2", b"\3")),
    ):
        params = b"".join(tls.vector(part, 2) for part in parts)
        answer = t.ask(t.ecdhe(curve="x25519").replaced(ecdhe_params=params))
        also = (MALFORMED, Status.INVALID_EC_CURVE)
        yield t.refused(label, answer, EC_TYPE, also=also)


@case(
    "lurk-p-no-more-than-a-state",
    clauses=("LURK-P-05", "LURK-5.3-11", "TLS12-4.4-18", "TLS12-6.4-07", "LURK-5.3-14", "LURK-5.3-15"),
    rows=("OR-12",),
)
def no_more_than_a_state(t: LurkContext) -> Iterator[Variant]:
    """Errors of every exchange, whatever their cause, have a state or nothing in them; silence is lenient
    (A-72)."""
    for label, request in good_requests(t).items():
        pieces = request.fields.names()
        changes = {f"{piece} flipped": {piece: _flipped(request.fields[piece])} for piece in pieces}
        for change, replaced in changes.items():
            answer = t.ask(request.replaced(**replaced))
            if answer.succeeded:
                continue  # of a random, or a ciphertext
            told = answer.answer is not None
            small = len(answer.payload) in (0, lurk.STATE_LEN)
            text = f"{label} {change}"
            yield t.check(text, small, "a state or nothing", f"{len(answer.payload)} octets", answer)
            yield t.check(f"{text}, told", told, "an error", answer.summary, answer, lenient=True)


def _flipped(octets: bytes) -> bytes:
    return bytes([octets[0] ^ 0x80]) + octets[1:]


@case(
    "lurk-tls12-9-answers-are-small",
    clauses=("TLS12-9-03", "TLS12-4.2-01"),
    needs=("lurk-sign",),
)
def answers_are_small(t: LurkContext) -> Iterator[Variant]:
    """Answers of exchanges with a key are no larger than three times their requests (§9)."""
    for label, request in good_requests(t).items():
        answer = t.ask(request)
        sent, got = len(bytes(request.fields)) + lurk.HEADER_LEN, len(answer.payload) + lurk.HEADER_LEN
        yield t.check(label, got <= 3 * sent, f"{3 * sent} octets at most", f"{got} octets", answer)
