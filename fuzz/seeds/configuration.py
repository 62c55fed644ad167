"""Configuration files of the key server: one that says everything, and copies with one member changed."""

from __future__ import annotations

import copy
import json
from typing import Any

GOOD: dict[str, Any] = {
    "listen": ["127.0.0.1:0", {"address": "[::1]:8443", "protocol": "lurk"}],
    "threads": 2,
    "channel": {"certificate": "ks.pem", "key": "ks.key", "client_ca": "/ca.pem", "crl": "crl.pem"},
    "keys": [
        {"name": "sign", "file": "a-key.pem12345", "usage": "ski-ecdhe"},
        {"name": "rsa", "file": "b", "usage": "ski-rsa", "certificate": "b.pem"},
        {"name": "kx", "file": "c", "usage": "tls12-rsa", "dtls": True},
        {"name": "lurk", "file": "d", "usage": "tls12-sign"},
    ],
    "edges": [
        {
            "identity": "uri:urn:example:edge-a",
            "grants": [
                {"key": "sign", "methods": ["ECDHE"], "protocols": ["TLS 1.2", "TLS 1.3"]},
                {"key": "rsa", "protocols": ["DTLS 1.2"]},
                {"key": "kx", "types": ["rsa_master", "rsa_extended_master_with_poh"]},
                {"key": "lurk"},
            ],
            "rate": {"per_second": 500, "burst": 1000},
            "addresses": ["127.0.0.1", "::1"],
        },
        {"identity": "dns:edge-b.example", "grants": [{"key": "sign"}]},
        {
            "identity": "spki:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "grants": [{"key": "sign"}],
            "rate": {"per_second": 1},
        },
    ],
    "limits": {
        "connections": 1024, "connections_per_edge": 256, "header_octets": 8192, "body_octets": 16384,
        "handshake_ms": 5000, "header_ms": 5000, "body_ms": 5000, "idle_ms": 60000, "refused_per_minute": 9,
    },
    "ski": {"path": "/ski", "keyserver_dialect": True, "replay_window_seconds": 60},
    "lurk": {
        "time_window_seconds": 30, "replay_window_seconds": 60, "proof_of_ownership": "optional",
        "message_octets": 4096, "length_counts_header": False,
    },
    "audit_log": "audit.jsonl",
}
GONE = object()

CHANGES: dict[str, tuple[str, Any]] = {
    "good_no_limits": ("limits", GONE),
    "good_no_ski": ("ski", GONE),
    "good_no_lurk": ("lurk", GONE),
    "good_no_edges": ("edges", []),
    "good_unicode": ("audit_log", "prüfbuch-\U0001f511.jsonl"),
    "bad_listen": ("listen", []),
    "bad_host": ("listen.0", "localhost:1"),
    "bad_port": ("listen.0", "127.0.0.1:65536"),
    "bad_protocol": ("listen.1.protocol", "tls13"),
    "bad_threads": ("threads", 0),
    "bad_number": ("threads", 1.5),
    "bad_channel": ("channel.key", GONE),
    "bad_empty_name": ("keys.0.name", ""),
    "bad_name_twice": ("keys.1.name", "sign"),
    "bad_usage": ("keys.0.usage", "anything"),
    "bad_dtls": ("keys.0.dtls", False),
    "bad_nul": ("keys.0.file", "a\0b"),
    "bad_control": ("keys.0.file", "a\nb"),
    "bad_identity": ("edges.0.identity", "cn:edge"),
    "bad_identity_spki": ("edges.2.identity", "spki:AAEC"),
    "bad_identity_twice": ("edges.1.identity", "uri:urn:example:edge-a"),
    "bad_wildcard": ("edges.1.identity", "dns:*.example"),
    "bad_grant": ("edges.0.grants.0.key", "nobody"),
    "bad_grant_twice": ("edges.0.grants.1.key", "sign"),
    "bad_no_grants": ("edges.0.grants", []),
    "bad_method": ("edges.0.grants.0.methods", ["RSA"]),
    "bad_no_methods": ("edges.0.grants.0.methods", []),
    "bad_old_protocol": ("edges.0.grants.0.protocols", ["TLS 1.0"]),
    "bad_rsa_tls13": ("edges.0.grants.1.protocols", ["TLS 1.3"]),
    "bad_type": ("edges.0.grants.2.types", ["ecdhe"]),
    "bad_types_of_ski": ("edges.0.grants.0.types", ["ecdhe"]),
    "bad_methods_of_lurk": ("edges.0.grants.3.methods", ["ECDHE"]),
    "bad_rate": ("edges.0.rate", {"burst": 5}),
    "bad_address": ("edges.0.addresses", ["edge.example"]),
    "bad_no_addresses": ("edges.0.addresses", []),
    "bad_limit": ("limits.header_octets", 1 << 40),
    "bad_path": ("ski.path", "ski"),
    "bad_path_taken": ("ski.path", "/ping"),
    "bad_path_query": ("ski.path", "/ski?a"),
    "bad_dialect": ("ski.keyserver_dialect", 1),
    "bad_window": ("lurk.time_window_seconds", 0),
    "bad_proof": ("lurk.proof_of_ownership", True),
    "bad_log": ("audit_log", GONE),
    "bad_unknown": ("edges.0.grants.0.anything", 1),
}


def changed(way: str, value: Any) -> bytes:
    root = copy.deepcopy(GOOD)
    *folders, last = [int(part) if part.isdigit() else part for part in way.split(".")]
    place: Any = root
    for part in folders:
        place = place[part]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return json.dumps(root).encode()


def configurations() -> dict[str, bytes]:
    good = json.dumps(GOOD, indent=1, ensure_ascii=False).encode()
    return {name: changed(way, value) for name, (way, value) in CHANGES.items()} | {
        "good": good,
        "bad_empty": b"",
        "bad_array": b"[]",
        "bad_cut_off": good[:-3],
        "bad_trailing": good + b"{}",
        "bad_twice": good[:-1] + b', "threads": 1}',
        "bad_utf8": good.replace(b"audit", b"aud\xfft"),
        "bad_deep": b"[" * 3000,
    }
