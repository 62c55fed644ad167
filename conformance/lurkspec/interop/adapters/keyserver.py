"""The reference key server: python3 -m lurkspec.interop.adapters.keyserver LIBRARY"""

from __future__ import annotations

import json
import sys
from typing import Any

from ...process import StartError, find
from ..contract import CHANNEL_CA, CHANNEL_CRL, DECRYPTS
from .task import Task, become, fail, take, variable

_KNOWN = (
    "tls12",
    "tls13",
    "ecdhe-ecdsa",
    "ecdhe-rsa",
    "rsa",
    "sign-rsa-pss",
    "sign-ecdsa",
    "sign-ed25519",
    "ems",
    "no-ems",
    "audit",
    "revocation",
)


def _usage(key: str, over_lurk: bool) -> str:
    decrypts = key.endswith(DECRYPTS)
    if over_lurk:
        return "tls12-rsa" if decrypts else "tls12-sign"
    return "ski-rsa" if decrypts else "ski-ecdhe"


def configuration(task: Task) -> dict[str, Any]:
    """docs/key-server.md. Proofs of ownership are taken, not demanded: not every stack can make them."""
    keys, listen = variable("LURKSPEC_KEYS").split(), variable("LURKSPEC_LISTEN")
    identity = task.file(variable("LURKSPEC_IDENTITY"))
    config: dict[str, Any] = {
        "listen": [{"address": listen, "protocol": "lurk"} if task.over_lurk else listen],
        "threads": 1,
        "channel": {
            "certificate": f"{identity}.pem",
            "key": f"{identity}.key",
            "client_ca": task.file(CHANNEL_CA),
            "crl": task.file(CHANNEL_CRL),
        },
        "keys": [
            {"name": key, "file": task.file(f"{key}.key"), "usage": _usage(key, task.over_lurk)}
            for key in keys
        ],
        "edges": [
            {"identity": f"uri:urn:example:{edge}", "grants": [{"key": key} for key in keys]}
            for edge in variable("LURKSPEC_EDGES").split()
        ],
        "audit_log": str(task.logs / "audit.jsonl"),
    }
    return config | ({"lurk": {"proof_of_ownership": "optional"}} if task.over_lurk else {})


def main(library: str) -> None:
    task = take(_KNOWN)
    try:
        program = find(f"lurk-keyserver-{library}")
    except StartError as error:
        fail(str(error))
    file = task.logs / "keyserver.json"
    file.write_text(json.dumps(configuration(task), indent=1) + "\n", "utf-8")
    become(program, "--config", str(file))


if __name__ == "__main__":
    main(sys.argv[1])
