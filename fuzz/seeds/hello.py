"""What an edge reads first: ClientHello bodies."""

from __future__ import annotations

import struct


def vector(octets: bytes, prefix: int) -> bytes:
    return len(octets).to_bytes(prefix, "big") + octets


def numbers(*values: int) -> bytes:
    return b"".join(struct.pack(">H", value) for value in values)


def extension(kind: int, content: bytes) -> bytes:
    return struct.pack(">H", kind) + vector(content, 2)


def name(host: bytes, kind: int = 0) -> bytes:
    return extension(0, vector(bytes([kind]) + vector(host, 2), 2))


GROUPS = extension(10, vector(numbers(0x001D, 0x0017), 2))
SCHEMES = extension(13, vector(numbers(0x0403, 0x0804, 0x0401), 2))
VERSIONS = extension(43, vector(numbers(0x0304, 0x0303), 1))


def hello(
    *extensions: bytes,
    suites: bytes = numbers(0x1301, 0xC02B, 0x009C),
    session: bytes = b"",
    version: int = 0x0303,
) -> bytes:
    head = struct.pack(">H", version) + bytes(range(32)) + vector(session, 1) + vector(suites, 2) + b"\1\0"
    return head + (vector(b"".join(extensions), 2) if extensions else b"")


def client_hellos() -> dict[str, bytes]:
    good = hello(name(b"www.example"), GROUPS, SCHEMES, VERSIONS)
    return {
        "good": good,
        "good_bare": hello(),
        "good_no_extensions": hello() + b"\0\0",
        "good_upper_case": hello(name(b"WWW.Example")),
        "good_session": hello(VERSIONS, session=bytes(32)),
        "good_tls10": hello(version=0x0301),
        "good_unknown_extension": hello(extension(0x3374, b""), VERSIONS, extension(21, bytes(40))),
        "good_longest_name": hello(name(b"a" * 255)),
        "bad_empty": b"",
        "bad_cut_off": good[:-1],
        "bad_trailing": good + b"\0",
        "bad_long_session": hello(session=bytes(33)),
        "bad_no_suites": hello(suites=b""),
        "bad_odd_suites": hello(suites=b"\x13\x01\xc0"),
        "bad_long_name": hello(name(b"a" * 256)),
        "bad_empty_name": hello(name(b"")),
        "bad_name_with_nul": hello(name(b"a\0b")),
        "bad_name_type": hello(name(b"a", 1)),
        "bad_two_names": hello(name(b"a"), name(b"b")),
        "bad_two_lists": hello(GROUPS, GROUPS),
        "bad_empty_list": hello(extension(10, b"\0\0")),
        "bad_odd_list": hello(extension(13, vector(b"\4\3\4", 2))),
        "bad_list_trailing": hello(extension(43, vector(numbers(0x0304), 1) + b"\0")),
        "bad_extension_too_long": hello(struct.pack(">HH", 10, 60000)),
    }
