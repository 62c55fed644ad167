"""SKI objects that are well-formed in either format; some of them break a rule of the object itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from .handshake import GROUPS, certificate_verify, ecdhe

SPKI = bytes(range(0x40, 0x60))
PROTOCOLS = ["TLS 1.0", "TLS 1.1", "DTLS 1.0", "TLS 1.2", "DTLS 1.2", "TLS 1.3"]
HASHES = ["SHA-224", "SHA-256", "SHA-384", "SHA-512"]
SCHEMES = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0401, 0, 0xffff]
ERRORS = ["malformed request", "request denied", "spki not found", "unspecified error"]


def requests() -> dict[str, dict[str, Any]]:
    request = {
        "protocol": "TLS 1.2",
        "spki": SPKI,
        "method": "ECDHE",
        "hash": "SHA-256",
        "input": ecdhe("secp256r1"),
    }

    def changed(without: Sequence[str] = (), **members: Any) -> dict[str, Any]:
        return {name: value for name, value in {**request, **members}.items() if name not in without}

    made = {
        "good": request,
        "good_no_method": changed(["method"]),
        "good_no_hash": changed(["hash"]),
        "good_shortest": changed(["method", "hash"], input=b""),
    }
    made |= {f"good_{group}": changed(input=ecdhe(group)) for group in GROUPS}
    made |= {f"good_{name.replace(' ', '_')}": changed(protocol=name) for name in PROTOCOLS}
    made |= {f"good_{name}": changed(hash=name) for name in HASHES}
    made |= {
        f"good_scheme_{scheme:04x}": changed(
            ["hash"], protocol="TLS 1.3", scheme=scheme, input=certificate_verify(32)
        )
        for scheme in SCHEMES
    }
    made |= {
        f"good_rsa_{length}": changed(["hash"], method="RSA", input=bytes(i & 0xff for i in range(length)))
        for length in (1, 23, 24, 255, 256, 384, 512)
    }
    made |= {
        f"unknown_{name}": changed(x=value)
        for name, value in {
            "null": None,
            "true": True,
            "integer": 1 << 40,
            "negative": -1 << 33,
            "negative_16": -1 << 9,
            "negative_32": -1 << 17,
            "text": "\u20ac \U0001f600",
            "empty_list": [],
            "nested": [[{"a": [], "bb": {"c": [None]}}], "x", -5],
            "deepest": json.loads("[" * 15 + "]" * 15),
            "too_deep": json.loads("[" * 16 + "]" * 16),
        }.items()
    }
    made |= {
        "bad_hash_and_scheme": changed(scheme=0x0403),
        "bad_scheme_too_large": changed(["hash"], scheme=65536),
        "bad_scheme_text": changed(["hash"], scheme="0403"),
        "bad_method_dhe": changed(method="DHE"),
        "bad_method_null": changed(method=None),
        "bad_hash_sha1": changed(hash="SHA1"),
        "bad_hash_md5": changed(hash="MD5"),
        "bad_protocol": changed(protocol="DTLS 1.1"),
        "bad_protocol_integer": changed(protocol=12),
        "bad_spki_short": changed(spki=SPKI[:20]),
        "bad_spki_long": changed(spki=SPKI + b"x"),
        "bad_input_list": changed(input=[]),
    }
    made |= {f"bad_no_{name}": changed([name]) for name in ("protocol", "spki", "input")}
    return made


def responses() -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {
        f"good_output_{length}": {"output": bytes(i * 3 & 0xff for i in range(length))}
        for length in (0, 1, 2, 3, 23, 24, 48, 71, 72, 255, 256, 512)
    }
    made |= {f"good_{name.replace(' ', '_')}": {"error": name} for name in ERRORS}
    made |= {
        "unknown_member": {"output": b"abc", "x": [None, {"y": "z"}]},
        "unknown_member_error": {"a": -1, "error": ERRORS[0]},
        "bad_both": {"output": b"abc", "error": ERRORS[1]},
        "bad_neither": {},
        "bad_error": {"error": "no"},
        "bad_error_integer": {"error": 404},
        "bad_output_null": {"output": None},
        "bad_output_list": {"output": [1, 2]},
    }
    return made


def capabilities() -> dict[str, dict[str, Any]]:
    full = {
        "protocols": PROTOCOLS[3:],
        "methods": ["ECDHE", "RSA"],
        "hashes": HASHES[1:],
        "schemes": SCHEMES[:7],
        "formats": ["application/json", "application/cbor"],
        "keys": [SPKI, SPKI[::-1]],
        "state": b"\0\0\0\7",
    }
    made = {
        "good": full,
        "good_no_keys": full | {"keys": []},
        "good_no_schemes": full | {"schemes": []},
        "good_many_keys": full | {"keys": [bytes([i]) * 32 for i in range(30)]},
        "good_one_each": full
        | {
            "protocols": ["TLS 1.2"],
            "methods": ["RSA"],
            "hashes": ["SHA-512"],
            "schemes": [0],
            "keys": [SPKI],
            "formats": ["application/cbor"],
        },
        "good_other_order": full | {"protocols": PROTOCOLS[::-1], "hashes": HASHES[::-1]},
        "good_repeated_name": full | {"methods": ["RSA", "RSA"]},
        "unknown_names": full | {"protocols": ["TLS 1.4", "QUIC"]},
        "unknown_and_known_names": full | {"hashes": ["SHA3-256", "SHA-256"]},
        "unknown_member": full | {"x": {"y": [1]}},
        "bad_key_length": full | {"keys": [SPKI, SPKI[1:]]},
        "bad_state": full | {"state": b"abc"},
        "bad_scheme": full | {"schemes": [1, 65536]},
        "bad_scheme_text": full | {"schemes": ["0403"]},
        "bad_name_integer": full | {"methods": [1]},
        "bad_no_list": full | {"methods": "RSA"},
    }
    made |= {f"bad_empty_{name}": full | {name: []} for name in ("protocols", "methods", "hashes", "formats")}
    made |= {f"bad_no_{name}": {key: value for key, value in full.items() if key != name} for name in full}
    return made
