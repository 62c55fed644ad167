"""Client hellos that are good as they stand and can be changed in one place, and what a server says to them
in clear."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .tls import ALERT, HANDSHAKE, SCHEMES, client_hello, extension, records, server_name, vector

# ECDHE with AES-GCM or ChaCha20-Poly1305, for both kinds of server certificate.
GOOD_SUITES = (0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8)
RENEGOTIATION_SCSV, FALLBACK_SCSV = 0x00FF, 0x5600
ALPN = 16
EARLY_DATA, PRE_SHARED_KEY, SUPPORTED_VERSIONS, PSK_MODES, KEY_SHARE = 42, 41, 43, 45, 51
RENEGOTIATION_INFO, EXTENDED_MASTER_SECRET = 0xFF01, 23
SERVER_HELLO, NEW_SESSION_TICKET, CERTIFICATE, CERTIFICATE_REQUEST = 2, 4, 11, 13
SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE, CERTIFICATE_VERIFY, FINISHED, KEY_UPDATE = 12, 14, 15, 20, 24
ALERTS = {
    0: "close_notify",
    10: "unexpected_message",
    20: "bad_record_mac",
    22: "record_overflow",
    40: "handshake_failure",
    42: "bad_certificate",
    47: "illegal_parameter",
    48: "unknown_ca",
    50: "decode_error",
    51: "decrypt_error",
    70: "protocol_version",
    71: "insufficient_security",
    80: "internal_error",
    86: "inappropriate_fallback",
    100: "no_renegotiation",
    109: "missing_extension",
    112: "unrecognized_name",
    115: "unknown_psk_identity",
    116: "certificate_required",
    120: "no_application_protocol",
}


def alert_name(fragment: bytes) -> str:
    """What a clear alert record says."""
    return (
        ALERTS.get(fragment[1], f"alert {fragment[1]}") if len(fragment) == 2 else f"alert {fragment.hex()}"
    )


def numbers(*values: int) -> bytes:
    return b"".join(struct.pack(">H", value) for value in values)


def supported_versions(*versions: int) -> bytes:
    return extension(SUPPORTED_VERSIONS, vector(numbers(*versions)))


def key_share(point: bytes) -> bytes:
    """A share of P-256."""
    return extension(KEY_SHARE, vector(numbers(23) + vector(point, 2), 2))


def common_extensions(
    name: str, groups: tuple[int, ...] = (23, 24, 25, 29), schemes: tuple[int, ...] = ()
) -> bytes:
    """server_name, supported_groups and signature_algorithms (without `schemes` all but those of SHA-1)."""
    schemes = schemes or tuple(number for scheme, number in SCHEMES.items() if "sha1" not in scheme)
    return (
        server_name(name)
        + extension(10, vector(numbers(*groups), 2))
        + extension(13, vector(numbers(*schemes), 2))
    )


def hello12(
    name: str,
    suites: tuple[int, ...] = GOOD_SUITES,
    *,
    renegotiation: bytes | None = b"",
    groups: tuple[int, ...] = (23, 24, 25, 29),
    schemes: tuple[int, ...] = (),
    extensions: bytes = b"",
    **changes: Any,
) -> bytes:
    """A TLS 1.2 ClientHello. `renegotiation`: the client's verify_data in renegotiation_info, None leaves it
    out."""
    own = (
        common_extensions(name, groups, schemes)
        + extension(11, vector(b"\0"))
        + extension(EXTENDED_MASTER_SECRET, b"")
    )
    if renegotiation is not None:
        own += extension(RENEGOTIATION_INFO, vector(renegotiation))
    return client_hello(suites, extensions=own + extensions, **changes)


@dataclass(frozen=True)
class ServerHello:
    version: int
    suite: int
    compression: int
    extensions: dict[int, bytes]

    def __str__(self) -> str:
        return f"ServerHello of version {self.version:#06x} with suite {self.suite:#06x}"


def parse_extensions(data: bytes) -> dict[int, bytes]:
    """The extensions in a block without its length."""
    found = {}
    while len(data) >= 4:
        kind, length = struct.unpack(">HH", data[:4])
        found[kind] = data[4 : 4 + length]
        data = data[4 + length :]
    return found


def parse_server_hello(body: bytes) -> ServerHello:
    """The body of a ServerHello; `version` is the negotiated one."""
    after_id = 35 + body[34]
    suite, compression = struct.unpack(">HB", body[after_id : after_id + 3])
    extensions = parse_extensions(body[after_id + 5 :])
    version = extensions.get(SUPPORTED_VERSIONS, body[:2])
    return ServerHello(int.from_bytes(version, "big"), suite, compression, extensions)


def messages(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """The whole handshake messages at the start of a handshake stream: type and body."""
    while len(stream) >= 4 and len(stream) >= 4 + int.from_bytes(stream[1:4], "big"):
        end = 4 + int.from_bytes(stream[1:4], "big")
        yield stream[0], stream[4:end]
        stream = stream[end:]


@dataclass(frozen=True)
class ServerFlight:
    """What a server sent in clear: its handshake messages by type, and an alert if there was one."""

    messages: dict[int, bytes]
    alert: str

    @classmethod
    def parse(cls, data: bytes) -> ServerFlight:
        found = records(data)
        stream = b"".join(r.fragment for r in found if r.kind == HANDSHAKE)
        alerts = [alert_name(r.fragment) for r in found if r.kind == ALERT]
        return cls(dict(messages(stream)), alerts[0] if alerts else "")

    @property
    def hello(self) -> ServerHello | None:
        body = self.messages.get(SERVER_HELLO)
        return parse_server_hello(body) if body else None

    @property
    def dh_bits(self) -> int:
        """Size of the prime in a ServerKeyExchange of DHE."""
        return 8 * int.from_bytes(self.messages.get(SERVER_KEY_EXCHANGE, b"\0\0")[:2], "big")

    @property
    def complete(self) -> bool:
        """Whether nothing more will come in clear before the client speaks."""
        hello = self.hello
        return (
            bool(self.alert)
            or SERVER_HELLO_DONE in self.messages
            or (hello is not None and hello.version >= 0x0304)
        )
