"""What a key server is asked to sign: randoms with ECDHE parameters, and CertificateVerify contents."""

from __future__ import annotations

import struct

CLIENT_RANDOM = bytes(range(32))
SERVER_RANDOM = bytes(range(0xff, 0xdf, -1))
GROUPS = {
    "secp256r1": (0x0017, 65),
    "secp384r1": (0x0018, 97),
    "secp521r1": (0x0019, 133),
    "x25519": (0x001d, 32),
}


def ecdhe_parameters(group: int, length: int) -> bytes:
    point = bytes(i * 7 & 0xff for i in range(length))
    if group != 0x001d:
        point = b"\x04" + point[1:]
    return b"\x03" + struct.pack(">HB", group, length) + point


def ecdhe(group: str) -> bytes:
    return CLIENT_RANDOM + SERVER_RANDOM + ecdhe_parameters(*GROUPS[group])


def certificate_verify(
    hash_length: int, context: bytes = b"TLS 1.3, server CertificateVerify", padding: int = 64
) -> bytes:
    return b" " * padding + context + b"\0" + bytes(range(hash_length))


def ecdhe_inputs() -> dict[str, bytes]:
    seeds = {f"good_{group}": ecdhe(group) for group in GROUPS}
    good = ecdhe("secp256r1")
    randoms, point = good[:64], good[68:]
    seeds |= {
        "bad_empty": b"",
        "bad_client_random": good[:31],
        "bad_server_random": good[:63],
        "bad_no_parameters": good[:64],
        "bad_cut_off": good[:-1],
        "bad_trailing": good + b"\0",
        "bad_trailing_64": good + bytes(64),
        "bad_random": good[:64] + good[:69],
        "bad_explicit_prime": randoms + b"\x01" + bytes(40),
        "bad_explicit_char2": randoms + b"\x02" + bytes(40),
        "bad_dhe": randoms + b"\0\x04\0\0\0\x17\0\x01\x02\0\x01\x05",
        "bad_four_octet_randoms": good[:8] + good[64:],
        "bad_infinity": randoms + b"\x03\0\x17\x01\0",
        "bad_no_point": randoms + b"\x03\0\x17\0",
        "bad_long_point": randoms + b"\x03\0\x17\x42" + point + b"\0",
        "bad_short_point": randoms + b"\x03\0\x17\x40" + point[:-1],
        "bad_prefixed": struct.pack(">H", len(good)) + good,
    }
    for form in (0x00, 0x02, 0x03, 0x05, 0x06, 0x07):
        seeds[f"bad_form_{form:02x}"] = randoms + good[64:68] + bytes([form]) + point[1:]
    for group in (0x0000, 0x0016, 0x001a, 0x001e, 0x0100, 0x11ec, 0xff01, 0xffff):
        seeds[f"bad_group_{group:04x}"] = randoms + b"\x03" + struct.pack(">H", group) + good[67:]
    for declared in GROUPS:
        for meant in GROUPS:
            if declared != meant:
                group, length = GROUPS[declared][0], GROUPS[meant][1]
                seeds[f"bad_{meant}_as_{declared}"] = randoms + ecdhe_parameters(group, length)
    return seeds


def certificate_verifies() -> dict[str, bytes]:
    seeds = {f"good_{length}": certificate_verify(length) for length in (32, 48)}
    good = certificate_verify(32)
    seeds |= {f"bad_hash_{length}": certificate_verify(length) for length in (0, 20, 28, 31, 33, 47, 49, 64)}
    seeds |= {f"bad_padding_{count}": certificate_verify(32, padding=count) for count in (0, 63, 65, 128)}
    seeds |= {
        "bad_empty": b"",
        "bad_padding_zero": bytes(64) + good[64:],
        "bad_padding_last": good[:63] + b"!" + good[64:],
        "bad_client": certificate_verify(32, b"TLS 1.3, client CertificateVerify"),
        "bad_finished": certificate_verify(32, b"TLS 1.3, server Finished"),
        "bad_delegation": certificate_verify(32, b"TLS, server delegated credentials"),
        "bad_case": certificate_verify(32, b"tls 1.3, server certificateverify"),
        "bad_separator": good[:97] + b" " + good[98:],
        "bad_ecdhe": ecdhe("secp256r1"),
    }
    return seeds
