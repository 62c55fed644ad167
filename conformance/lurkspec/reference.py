"""Configuration of the reference key server and edge for the throw-away PKI, and the target file that tells
the suite about it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from .dialects import CERTIFICATE_SHA1, PAYLOAD_LENGTH
from .keys import ECDHE_USAGE, RSA_USAGE
from .pki import (
    BOUND_ADDRESS,
    EDGES,
    LIMITED_RATE,
    LURK_SERVED,
    SERVED,
    SERVER_NAME,
    WEB_NAME,
    ServedKey,
    with_special,
    write_pki,
)

# Short, so that cases about slow peers end soon; long enough for a server under a sanitizer. Connections:
# more than cases side by side have at a time, few enough that one case can take all.
LIMITS = {
    "connections": 160,
    "connections_per_edge": 112,
    "header_octets": 8192,
    "body_octets": 16384,
    "handshake_ms": 2000,
    "header_ms": 2000,
    "body_ms": 2000,
    "idle_ms": 10000,
}
# Long enough for a slow run, short enough that a window's end can be seen.
LURK = {
    "time_window_seconds": 60,
    "replay_window_seconds": 120,
    "proof_of_ownership": "required",
    "message_octets": 65536,
}
KEYSERVER_CONFIG, TARGET_FILE, AUDIT_LOG = "keyserver.json", "target.toml", "audit.jsonl"
EDGE_TARGET_FILE = "edge-target.toml"


def limits(slowness: int = 1) -> dict[str, int]:
    """LIMITS, its times multiplied for a server that runs that much slower, e.g. under valgrind."""
    return {name: value * (slowness if name.endswith("_ms") else 1) for name, value in LIMITS.items()}


def served(lurk_port: int | None) -> tuple[ServedKey, ...]:
    """The keys of a key server, with those of LURK when it has a port for that."""
    return SERVED if lurk_port is None else SERVED + LURK_SERVED


def keyserver_config(
    port: int = 0,
    slowness: int = 1,
    lurk_port: int | None = None,
    dialects: Collection[str] = (),
    lurk: Mapping[str, Any] = LURK,
    special: bool = False,
) -> dict[str, Any]:
    """The reference key server's configuration; a caller changes it at will before writing. `lurk_port`: LURK
    is served too, with the options `lurk`. `special`: with the keys that only cases have a use for."""
    keys = with_special(served(lurk_port)) if special else served(lurk_port)
    config: dict[str, Any] = {
        "listen": [f"127.0.0.1:{port}"],
        "channel": {"certificate": "ks.pem", "key": "ks.key", "client_ca": "ca.pem", "crl": "crl.pem"},
        "keys": [_key(key) for key in keys],
        "edges": [_edge(name, identity, keys) for name, identity in EDGES.items()],
        "limits": limits(slowness),
        "audit_log": AUDIT_LOG,
    }
    if lurk_port is not None:
        config["listen"].append({"address": f"127.0.0.1:{lurk_port}", "protocol": "lurk"})
        config["lurk"] = dict(lurk) | ({"length_counts_header": False} if PAYLOAD_LENGTH in dialects else {})
    if CERTIFICATE_SHA1 in dialects:
        config["ski"] = {"keyserver_dialect": True}
        for key in config["keys"]:
            key["certificate"] = f"{key['name']}.pem"
    return config


def _key(key: ServedKey) -> dict[str, Any]:
    made: dict[str, Any] = {"name": key.name, "file": f"{key.name}.key", "usage": key.usage}
    made |= {"dtls": True} if key.dtls else {}
    return made | ({"certificate": f"{key.name}.pem"} if key.expired else {})


def _restriction(key: ServedKey) -> str:
    """What a grant of this key can be limited to."""
    return "protocols" if key.usage in (ECDHE_USAGE, RSA_USAGE) else "types"


def _edge(name: str, identity: str, keys: tuple[ServedKey, ...]) -> dict[str, Any]:
    grants = []
    for key in keys:
        for edge, allowed in key.grants:
            if edge == name:
                grants.append({"key": key.name} | ({_restriction(key): list(allowed)} if allowed else {}))
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


def lurk_edge_config(port: int, rsa: bool = True) -> dict[str, Any]:
    """The same over LURK; `rsa`: with a certificate for static RSA, which not every library can serve."""
    config = edge_config(port) | {
        "key_servers": [{"url": f"lurk+tls://127.0.0.1:{port}", "name": SERVER_NAME}],
        "certificates": [{"chain": "lurk-ecdsa.pem"}, {"chain": "lurk-rsa.pem"}],
    }
    if rsa:
        config["certificates"].append({"chain": "lurk-rsa-kx.pem", "usage": "rsa"})
    del config["format"]
    return config


def target_text(
    port: int,
    slowness: int = 1,
    lurk_port: int | None = None,
    dialects: Collection[str] = (),
    lurk: Mapping[str, Any] = LURK,
    special: bool = False,
) -> str:
    """The target file for that key server (docs/target-file.md)."""
    lines = [
        f'url = "ski+https://127.0.0.1:{port}/ski"',
        f"wait_ms = {5000 * slowness}",
        'formats = ["json", "cbor"]',
        'protocols = ["TLS 1.2", "DTLS 1.2", "TLS 1.3"]',
        f"dialect = {json.dumps(sorted(dialects))}",
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
    if lurk_port is not None:
        options = [f"{name} = {json.dumps(value)}" for name, value in lurk.items()]
        lines += ["[lurk]", f'url = "lurk+tls://127.0.0.1:{lurk_port}"', *options, ""]
    for name, identity in EDGES.items():
        lines += _edge_table(name, identity)
    for key in with_special(served(lurk_port)) if special else served(lurk_port):
        lines += _key_table(key)
    return "\n".join(lines)


def edge_target_text(port: int) -> str:
    """The target file for the edge of `edge_config` (docs/edge-target.md); its address is told on the command
    line."""
    lines = [
        'protocol = "ski"',
        f'server_name = "{WEB_NAME}"',
        'ca = "web-ca.pem"',
        f'key_servers = ["127.0.0.1:{port}"]',
        "",
        "[channel]",
        'certificate = "ks.pem"',
        'key = "ks.key"',
        'ca = "ca.pem"',
        'ca_key = "ca.key"',
        f'server_name = "{SERVER_NAME}"',
        'edge = "edge-a.pem"',
        "",
        "[ski]",
        'format = "cbor"',
        "",
    ]
    for entry in edge_config(port)["certificates"]:
        name = entry["chain"].removesuffix(".pem")
        lines += ["[[certificates]]", f'name = "{name}"', f'chain = "{name}.pem"', f'key = "{name}.key"']
        lines += [f'usage = "{entry.get("usage", "ecdhe")}"', ""]
    return "\n".join(lines)


def _edge_table(name: str, identity: str) -> list[str]:
    lines = [
        f"[edges.{name}]",
        f'certificate = "edge-{name}.pem"',
        f'key = "edge-{name}.key"',
        f'identity = "{identity}"',
    ]
    if name == "limited":
        lines.append(f"rate = {{ per_second = {LIMITED_RATE.per_second}, burst = {LIMITED_RATE.burst} }}")
    if name == "bound":
        lines.append(f'address = "{BOUND_ADDRESS}"')
    return [*lines, ""]


def _key_table(key: ServedKey) -> list[str]:
    grants = ", ".join(
        f'{{ edge = "{edge}"'
        + (f", {_restriction(key)} = {json.dumps(list(allowed))}" if allowed else "")
        + " }"
        for edge, allowed in key.grants
    )
    return [
        "[[keys]]",
        f'name = "{key.name}"',
        f'usage = "{key.usage}"',
        f'public = "{key.name}.pem"',
        f"grants = [{grants}]",
        *(f"{mark} = true" for mark in ("dtls", "expired") if getattr(key, mark)),
        "",
    ]


def write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")


def write_all(folder: Path, port: int) -> None:
    """PKI, key-server and edge configuration and target file, all in `folder`."""
    write_pki(folder)
    write_json(folder / KEYSERVER_CONFIG, keyserver_config(port))
    write_json(folder / "edge.json", edge_config(port))
    (folder / TARGET_FILE).write_text(target_text(port), "utf-8")
    (folder / EDGE_TARGET_FILE).write_text(edge_target_text(port), "utf-8")
