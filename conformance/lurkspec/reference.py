"""Configuration of the reference key server and edge for the throw-away PKI, and the target file that tells
the suite about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .pki import BOUND_ADDRESS, EDGES, LIMITED_RATE, SERVED, SERVER_NAME, write_pki

# Short, so that cases about slow peers end soon; long enough for a server under a sanitizer.
LIMITS = {
    "connections": 128,
    "connections_per_edge": 64,
    "header_octets": 8192,
    "body_octets": 16384,
    "handshake_ms": 2000,
    "header_ms": 2000,
    "body_ms": 2000,
    "idle_ms": 3000,
}
KEYSERVER_CONFIG, TARGET_FILE, AUDIT_LOG = "keyserver.json", "target.toml", "audit.jsonl"


def limits(slowness: int = 1) -> dict[str, int]:
    """LIMITS, its times multiplied for a server that runs that much slower, e.g. under valgrind."""
    return {name: value * (slowness if name.endswith("_ms") else 1) for name, value in LIMITS.items()}


def keyserver_config(port: int = 0, slowness: int = 1) -> dict[str, Any]:
    """The reference key server's configuration; a caller changes it at will before writing."""
    return {
        "listen": [f"127.0.0.1:{port}"],
        "channel": {"certificate": "ks.pem", "key": "ks.key", "client_ca": "ca.pem", "crl": "crl.pem"},
        "keys": [{"name": key.name, "file": f"{key.name}.key", "usage": key.usage} for key in SERVED],
        "edges": [_edge(name, identity) for name, identity in EDGES.items()],
        "limits": limits(slowness),
        "audit_log": AUDIT_LOG,
    }


def _edge(name: str, identity: str) -> dict[str, Any]:
    grants = []
    for key in SERVED:
        for edge, protocols in key.grants:
            if edge == name:
                grants.append({"key": key.name} | ({"protocols": list(protocols)} if protocols else {}))
    extra: dict[str, dict[str, Any]] = {
        "limited": {"rate": vars(LIMITED_RATE)},
        "bound": {"addresses": [BOUND_ADDRESS]},
    }
    return {"identity": identity, "grants": grants} | extra.get(name, {})


def edge_config(port: int, format: str = "cbor") -> dict[str, Any]:
    """An edge with one certificate per kind of TLS authentication."""
    return {
        "listen": "127.0.0.1:0",
        "format": format,
        "key_servers": [{"url": f"https://127.0.0.1:{port}/ski", "name": SERVER_NAME}],
        "channel": {"certificate": "edge-a.pem", "key": "edge-a.key", "ca": "ca.pem"},
        "certificates": [
            {"chain": "www-ecdsa.pem"},
            {"chain": "www-rsa.pem"},
            {"chain": "www-rsa-kx.pem", "usage": "rsa"},
        ],
    }


def target_text(port: int, slowness: int = 1) -> str:
    """The target file for that key server (docs/target-file.md)."""
    lines = [
        f'url = "ski+https://127.0.0.1:{port}/ski"',
        f"wait_ms = {5000 * slowness}",
        'formats = ["json", "cbor"]',
        'protocols = ["TLS 1.2", "DTLS 1.2", "TLS 1.3"]',
        "",
        "[channel]",
        'ca = "ca.pem"',
        'ca_key = "ca.key"',
        f'server_name = "{SERVER_NAME}"',
        "",
        "[limits]",
        *(f"{name} = {value}" for name, value in limits(slowness).items()),
        "",
        "[hooks]",
        f'log = "{AUDIT_LOG}"',
        "",
    ]
    for name, identity in EDGES.items():
        lines += [
            f"[edges.{name}]",
            f'certificate = "edge-{name}.pem"',
            f'key = "edge-{name}.key"',
            f'identity = "{identity}"',
        ]
        if name == "limited":
            lines.append(f"rate = {{ per_second = {LIMITED_RATE.per_second}, burst = {LIMITED_RATE.burst} }}")
        if name == "bound":
            lines.append(f'address = "{BOUND_ADDRESS}"')
        lines.append("")
    for key in SERVED:
        grants = ", ".join(
            f'{{ edge = "{edge}"'
            + (f", protocols = {json.dumps(list(protocols))}" if protocols else "")
            + " }"
            for edge, protocols in key.grants
        )
        lines += [
            "[[keys]]",
            f'name = "{key.name}"',
            f'usage = "{key.usage}"',
            f'public = "{key.name}.pem"',
            f"grants = [{grants}]",
            "",
        ]
    return "\n".join(lines)


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


def write_all(folder: Path, port: int) -> None:
    """PKI, key-server and edge configuration and target file, all in `folder`."""
    write_pki(folder)
    write_json(folder / KEYSERVER_CONFIG, keyserver_config(port))
    write_json(folder / "edge.json", edge_config(port))
    (folder / TARGET_FILE).write_text(target_text(port), "utf-8")
