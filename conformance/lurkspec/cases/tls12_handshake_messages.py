"""The handshake that an exchange carries is one RSA flight of TLS 1.2, with the certificate of the key
that is named (tls12 §4.4, §9.2; A-12; groups PH, LN)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from ..case import Variant, case
from ..codecs import tls, tls12
from ..codecs.lurk import Status, Type
from ..lurk_context import LurkContext
from ..lurk_exchange import LurkRequest
from ._lurk import (
    HANDSHAKE_TYPES,
    RSA_TYPES,
    WITH_POH,
    Change,
    Messages,
    changed_handshake,
    decryption_key,
    name,
    rsa_request,
    served_types,
)

PROTOCOL = "lurk"
SECTION = "LURK tls12 §4.4 handshake messages"

MALFORMED, FINISHED, SUITE = (
    Status.INVALID_PAYLOAD_FORMAT,
    Status.INVALID_FINISHED,
    Status.INVALID_CIPHER_OR_PRF_HASH,
)
ORDER = ("client_hello", "server_hello", "certificate", "server_hello_done", "client_key_exchange")
CERTIFICATE_REQUEST = tls.handshake(
    13, tls.vector(b"\x01\x40") + tls.vector(b"\x04\x03\x08\x04", 2) + b"\0\0"
)
CERTIFICATE_VERIFY = tls.handshake(15, b"\x04\x03" + tls.vector(bytes(range(70)), 2))
EMPTY_CERTIFICATE = tls.handshake(tls12.CERTIFICATE, bytes(3))


def _types(t: LurkContext) -> list[Type]:
    return [type for type in HANDSHAKE_TYPES if type in served_types(t)]


def _refused(t: LurkContext, changes: dict[str, Change], **pieces: object) -> Iterator[Variant]:
    """Each change in each exchange, with verify_data that fits it: invalid_payload_format;
    invalid_finished is a refusal as good from who looks at that first (A-73)."""
    for type in _types(t):
        for label, change in changes.items():
            answer = t.ask(changed_handshake(t, type, change, **pieces))
            yield t.refused(f"{name(type)} {label}", answer, MALFORMED, also=(FINISHED,))


def _only(order: tuple[str, ...]) -> Change:
    return lambda messages: {part: messages[part] for part in order}


def _inserted(part: str, octets: bytes) -> Change:
    """Octets as a message of their own behind the named one."""

    def change(messages: Messages) -> Messages:
        made: Messages = {}
        for known, message in messages.items():
            made[known] = message
            if known == part:
                made[f"{part} more"] = octets
        return made

    return change


def _again(part: str, place: str) -> Change:
    """The named message once more, behind the one at `place`."""
    return lambda messages: _inserted(place, messages[part])(messages)


def _rewritten(part: str, how: Callable[[bytes], bytes]) -> Change:
    return lambda messages: {known: how(m) if known == part else m for known, m in messages.items()}


@case(
    "lurk-tls12-4.4-messages-order",
    clauses=("TLS12-4.4-24", "TLS12-4.1-09"),
    rows=("PH-06",),
    needs=("lurk-chain",),
)
def order(t: LurkContext) -> Iterator[Variant]:
    """Messages in another order are no flight of TLS 1.2, were Finished made for that order."""
    changes: dict[str, Change] = {}
    for i in range(len(ORDER) - 1):
        swapped = ORDER[:i] + (ORDER[i + 1], ORDER[i]) + ORDER[i + 2 :]
        changes[f"{ORDER[i + 1]} before {ORDER[i]}"] = _only(swapped)
    changes["backwards"] = _only(ORDER[::-1])
    yield from _refused(t, changes)


@case("lurk-tls12-4.4-messages-left-out", clauses=("TLS12-4.4-24",), rows=("PH-06",), needs=("lurk-chain",))
def left_out(t: LurkContext) -> Iterator[Variant]:
    """A flight without one of its messages, or with one alone, is refused."""
    changes = {f"no {part}": _only(tuple(p for p in ORDER if p != part)) for part in ORDER}
    changes |= {f"{part} alone": _only((part,)) for part in ORDER}
    yield from _refused(t, changes)


@case("lurk-tls12-4.4-messages-twice", clauses=("TLS12-4.4-24",), rows=("PH-09",), needs=("lurk-chain",))
def twice(t: LurkContext) -> Iterator[Variant]:
    """A message that comes twice, next to itself or at the end, is refused: ClientKeyExchange and
    ServerHello first of all."""
    changes: dict[str, Change] = {}
    for part in ORDER:
        changes[f"{part} twice"] = _again(part, part)
        changes[f"{part} again at the end"] = _again(part, ORDER[-1])
    yield from _refused(t, changes)


@case("lurk-tls12-4.4-messages-foreign", clauses=("TLS12-4.4-24", "TLS12-4.1-09"), needs=("lurk-chain",))
def foreign(t: LurkContext) -> Iterator[Variant]:
    """Messages that do not belong there are refused: HelloRequest, ServerKeyExchange, NewSessionTicket,
    Finished, ChangeCipherSpec, unknown ones, and record headers."""
    strangers = {
        "HelloRequest": tls.handshake(0, b""),
        "ServerKeyExchange": tls.handshake(12, bytes(32)),
        "NewSessionTicket": tls.handshake(4, bytes(6)),
        "Finished": tls.handshake(20, bytes(12)),
        "EncryptedExtensions": tls.handshake(8, bytes(2)),
        "type 99": tls.handshake(99, b"x"),
        "ChangeCipherSpec": b"\x14\x03\x03\x00\x01\x01",
    }
    changes = {
        f"{label} behind {part}": _inserted(part, octets)
        for label, octets in strangers.items()
        for part in ("client_hello", "server_hello", "certificate", "client_key_exchange")
    }
    changes["record headers"] = lambda m: {known: tls.record(22, message) for known, message in m.items()}
    yield from _refused(t, changes)


@case(
    "lurk-tls12-4.4-message-length",
    clauses=("TLS12-4.4-24", "TLS12-4.1-08"),
    rows=("PH-11", "LN-06", "LN-05"),
    needs=("lurk-chain",),
)
def message_length(t: LurkContext) -> Iterator[Variant]:
    """The length in each handshake header is that of the message: one more, one less, 0 and ffffff are
    refused."""

    for type in _types(t):
        for part in ORDER:
            for label in ("+1", "-1", "0", "ffffff"):

                def how(m: bytes, label: str = label) -> bytes:
                    right = len(m) - 4
                    claimed = {"+1": right + 1, "-1": max(right - 1, 0), "0": 0, "ffffff": 0xFFFFFF}[label]
                    return m[:1] + claimed.to_bytes(3, "big") + m[4:]

                if part == "server_hello_done" and label in ("-1", "0"):
                    continue  # its length is 0
                answer = t.ask(changed_handshake(t, type, _rewritten(part, how)))
                yield t.refused(f"{name(type)} {part} {label}", answer, MALFORMED, also=(FINISHED,))


def _grown(count: int) -> Callable[[bytes], bytes]:
    """Octets behind the body, with the length in the header right."""
    return lambda m: m[:1] + (len(m) - 4 + count).to_bytes(3, "big") + m[4:] + bytes(count)


def _shrunk(m: bytes) -> bytes:
    return m[:1] + (len(m) - 5).to_bytes(3, "big") + m[4:-1]


@case(
    "lurk-tls12-4.4-message-body",
    clauses=("TLS12-4.4-24",),
    rows=("LN-05", "LN-13"),
    needs=("lurk-chain",),
)
def message_body(t: LurkContext) -> Iterator[Variant]:
    """Bodies end where their fields do: octets left over or missing in any message are refused."""
    changes = {f"{part} {n} more": _rewritten(part, _grown(n)) for part in ORDER for n in (1, 4)}
    changes |= {
        f"{part} one less": _rewritten(part, _shrunk) for part in ORDER if part != "server_hello_done"
    }
    yield from _refused(t, changes)


def _hello(body: bytes) -> Change:
    return _rewritten("client_hello", lambda _: tls.handshake(1, body))


@case(
    "lurk-tls12-4.4-hello-vectors", clauses=("TLS12-4.4-24",), rows=("LN-13", "LN-05"), needs=("lurk-chain",)
)
def hello_vectors(t: LurkContext) -> Iterator[Variant]:
    """Lists of the hellos have their least and most: no suites, suites of odd size, no compression, a
    session id of 33 octets, extensions that end early."""
    head = b"\x03\x03" + t.rng.randbytes(32)
    suites, ems = b"\x00\x04\x00\x9c\x00\x9d", b"\x00\x04\x00\x17\x00\x00"
    changes = {
        "no suites": _hello(head + b"\0" + b"\0\0" + b"\1\0" + ems),
        "suites of odd size": _hello(head + b"\0" + b"\x00\x03\x00\x9c\x00" + b"\1\0" + ems),
        "no compression": _hello(head + b"\0" + suites + b"\0" + ems),
        "session id of 33": _hello(head + b"\x21" + bytes(33) + suites + b"\1\0" + ems),
        "extensions too long": _hello(head + b"\0" + suites + b"\1\0" + b"\x00\x05\x00\x17\x00\x00"),
        "extension too long": _hello(head + b"\0" + suites + b"\1\0" + b"\x00\x04\x00\x17\x00\x01"),
        "extension twice": _hello(head + b"\0" + suites + b"\1\0" + b"\x00\x08" + 2 * b"\x00\x17\x00\x00"),
        "half an extension": _hello(head + b"\0" + suites + b"\1\0" + b"\x00\x02\x00\x17"),
        "ends after the random": _hello(head),
    }
    yield from _refused(t, changes)


def _pem_certificates(t: LurkContext, type: Type) -> dict[str, tuple[bytes, ...]]:
    key = decryption_key(t, type)
    others = [
        k.chain for k in t.target.keys if k.chain and k.public is not key.public and k.chain != key.chain
    ]
    found: dict[str, tuple[bytes, ...]] = {f"of another key {i}": chain for i, chain in enumerate(others[:4])}
    found |= {f"with its leaf behind {i}": (*chain, *key.chain) for i, chain in enumerate(others[:1])}
    return found | {
        "none": (),
        "not DER": (b"certificate",),
        "cut": (key.chain[0][:-1], *key.chain[1:]),
        "empty": (b"",),
    }


@case(
    "lurk-tls12-4.4-certificate-of-the-key",
    clauses=("TLS12-4.4-24",),
    rows=("PH-10",),
    needs=("lurk-chain",),
)
def certificate_of_the_key(t: LurkContext) -> Iterator[Variant]:
    """The certificate in the handshake is that of the key that is named: one of another key, none, or
    rubbish is refused."""
    for type in _types(t):
        for label, chain in _pem_certificates(t, type).items():
            answer = t.ask(changed_handshake(t, type, _only(ORDER), certificates=chain))
            yield t.refused(
                f"{name(type)} {label}", answer, MALFORMED, also=(FINISHED, Status.INVALID_KEY_ID)
            )


@case(
    "lurk-tls12-4.4-suite-of-rsa",
    clauses=("TLS12-4.4-22", "TLS12-1-01", "TLS12-4.4-24", "TLS12-4.4-25"),
    rows=("PH-12",),
    needs=("lurk-chain",),
)
def suite_of_rsa(t: LurkContext) -> Iterator[Variant]:
    """Suites of DHE, ECDHE, PSK, TLS 1.3, without encryption or with RC4 are no RSA key exchange that is
    served: invalid_cipher_or_prf_hash."""
    suites = (
        0x009E,
        0x0033,
        0xC02F,
        0xC02B,
        0x00A8,
        0x00AC,
        0x1301,
        0x0000,
        0x0001,
        0x0002,
        0x0004,
        0x00FF,
        0xFFFF,
    )
    for type in _types(t):
        for suite in suites:
            pieces = {"suite": suite, "offered": (suite, 0x009C)}
            answer = t.ask(changed_handshake(t, type, _only(ORDER), **pieces))
            yield t.refused(f"{name(type)} {suite:04x}", answer, SUITE, also=(MALFORMED, FINISHED))


def _with_client(certificate: bytes, verify: bytes, request: bytes = CERTIFICATE_REQUEST) -> Change:
    """A flight with client authentication; an empty piece is left out."""

    def change(m: Messages) -> Messages:
        made = {part: m[part] for part in ORDER[:3]} | {"certificate_request": request}
        made |= {"server_hello_done": m["server_hello_done"], "client_certificate": certificate}
        made |= {"client_key_exchange": m["client_key_exchange"], "certificate_verify": verify}
        return {part: octets for part, octets in made.items() if octets}

    return change


def _client_certificate(t: LurkContext) -> bytes:
    chain = next(k.chain for k in t.target.keys if k.chain)
    return tls.handshake(tls12.CERTIFICATE, tls.vector(b"".join(tls.vector(c, 3) for c in chain), 3))


@case(
    "lurk-tls12-5.1-client-authentication",
    clauses=("TLS12-5.1-04", "TLS12-5.1-03", "TLS12-4.1-09", "TLS12-4.4-24"),
    needs=("lurk-chain",),
)
def client_authentication(t: LurkContext) -> Iterator[Variant]:
    """With client authentication the session hash ends with ClientKeyExchange, Finished covers
    CertificateVerify; a client without a certificate sends an empty one."""
    for type in _types(t):
        verify = CERTIFICATE_VERIFY if type in WITH_POH else b""
        change = _with_client(_client_certificate(t), verify)
        yield t.succeeded(f"{name(type)} with a certificate", t.ask(changed_handshake(t, type, change)))
        change = _with_client(EMPTY_CERTIFICATE, b"")
        yield t.succeeded(f"{name(type)} without one", t.ask(changed_handshake(t, type, change)))


@case(
    "lurk-tls12-5.1-client-messages-incoherent",
    clauses=("TLS12-5.1-03", "TLS12-4.4-24"),
    needs=("lurk-chain",),
)
def client_messages_incoherent(t: LurkContext) -> Iterator[Variant]:
    """The client's Certificate is there exactly when it was asked for, CertificateVerify exactly with a
    certificate and proof; rsa_extended_master ends with ClientKeyExchange."""
    own = _client_certificate(t)
    changes = {
        "certificate not asked for": _with_client(own, CERTIFICATE_VERIFY, b""),
        "asked for and not sent": _with_client(b"", b""),
        "verify without certificate": _with_client(EMPTY_CERTIFICATE, CERTIFICATE_VERIFY),
        "verify alone": _inserted("client_key_exchange", CERTIFICATE_VERIFY),
    }
    yield from _refused(t, changes)
    if Type.RSA_EXTENDED_MASTER in _types(t):
        change = _with_client(own, CERTIFICATE_VERIFY)
        answer = t.ask(changed_handshake(t, Type.RSA_EXTENDED_MASTER, change))
        yield t.refused("rsa_extended_master with CertificateVerify", answer, MALFORMED)


@case(
    "lurk-tls12-5.1-separate-premaster",
    clauses=("TLS12-5.1-01", "TLS12-5.1-02"),
    rows=("LN-05",),
    needs=("lurk-chain",),
)
def separate_premaster(t: LurkContext) -> Iterator[Variant]:
    """There is no EncryptedPreMasterSecret beside the messages, as a figure of the draft has it (A-18)."""
    for type in _types(t):
        request = rsa_request(t, type)
        ciphertext = t.rng.randbytes(256)
        for label, octets in (("bare", ciphertext), ("with its length", tls.vector(ciphertext, 2))):
            changed: LurkRequest = request.followed_by("premaster", octets)
            yield t.refused(f"{name(type)} {label}", t.ask(changed), MALFORMED)


def _dtls(messages: Messages, verify_request: bool) -> Messages:
    """The flight in the form of DTLS 1.2, with a HelloVerifyRequest after a first ClientHello if wanted."""
    hello = messages["client_hello"]
    cookie = hello[:4] + b"\xfe\xfd" + hello[6:39] + b"\0" + hello[39:]
    answer = messages["server_hello"][:4] + b"\xfe\xfd" + messages["server_hello"][6:]
    flight = [("client_hello", 0, cookie), ("server_hello", 0, answer)]
    if verify_request:
        asked = tls.handshake(3, b"\xfe\xff" + tls.vector(bytes(20)))
        flight = [("first_hello", 0, cookie), ("verify_request", 0, asked), ("client_hello", 1, cookie)]
        flight += [("server_hello", 1, answer)]
    flight += [(part, i + 2, messages[part]) for i, part in enumerate(ORDER[2:4])]
    flight += [("client_key_exchange", 2, messages["client_key_exchange"])]
    made = {}
    for part, sequence, message in flight:
        body = message[4:]
        length = struct.pack(">I", len(body))[1:]
        made[part] = message[:1] + length + struct.pack(">H", sequence) + bytes(3) + length + body
    return made


@case(
    "lurk-tls12-4.1-hello-verify-request",
    clauses=("TLS12-4.1-09", "TLS12-4.4-24"),
    rows=("RP-15",),
    needs=("lurk-chain",),
)
def hello_verify_request(t: LurkContext) -> Iterator[Variant]:
    """HelloVerifyRequest and the ClientHello before it are no part of the messages (A-12), in the form of
    TLS or of DTLS."""
    asked = tls.handshake(3, b"\xfe\xff" + tls.vector(t.rng.randbytes(20)))
    changes = {
        "TLS form": _inserted("client_hello", asked),
        "TLS form, both hellos": lambda m: {"first": m["client_hello"], "asked": asked} | m,
        "DTLS form": lambda m: _dtls(m, True),
    }
    yield from _refused(t, changes)


@case("lurk-tls12-4.4-all-types-carry-checks", clauses=("TLS12-5.4-01",), needs=("lurk-chain",))
def all_types_carry_checks(t: LurkContext) -> Iterator[Variant]:
    """Handshakes of two octets, of random octets, and of another protocol are refused in every exchange."""
    contents = {"two octets": b"\0\0", "random": t.rng.randbytes(600), "HTTP": b"GET / HTTP/1.1\r\n\r\n"}
    for type in (type for type in RSA_TYPES if type in _types(t)):
        for label, content in contents.items():
            request = rsa_request(t, type).replaced(
                handshake_length=len(content).to_bytes(2, "big"), handshake_messages=content
            )
            yield t.refused(f"{name(type)} {label}", t.ask(request), MALFORMED)
