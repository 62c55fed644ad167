"""The reference edge: python3 -m lurkspec.interop.adapters.edge LIBRARY

What it cannot do is the program's own word: `--abilities` names it with the reason.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ...process import StartError, find
from ..abilities import refusals
from ..contract import CHANNEL_CA, DECRYPTS, EVENTS, KEYSERVER_NAME, SKI_CBOR, WEB_CA, keyserver_name
from .task import Task, become, decline, fail, take, variable

# No TLS client has its first share in it.
RETRY_GROUP = "P-384"
# Which abilities of the program a capability takes: over SKI, and those that LURK takes besides.
_TAKES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "tls12": ((), ("LURK freshness",)),
    "tls13": (("TLS 1.3",), ()),
    "ecdhe-ecdsa": (("TLS 1.2 ECDHE",), ()),
    "ecdhe-rsa": (("TLS 1.2 ECDHE",), ()),
    "rsa": (("TLS 1.2 static RSA",), ("LURK master secret",)),
    "sign-rsa-pss": (("TLS 1.3",), ()),
    "sign-ecdsa": (("TLS 1.3",), ()),
    "sign-ed25519": (("TLS 1.3", "Ed25519"), ()),
    "ems": ((), ()),
    "no-ems": ((), ()),
    "audit": ((), ("LURK audit",)),
    "hello-retry": (("TLS 1.3",), ()),
    "resumption": (("tickets",), ()),
    "client-auth": (("client certificates",), ()),
    "large-chain": ((), ()),
    "sni": ((), ()),
    "bound-keys": ((), ()),
    "fail-over": ((), ()),
}


def decline_what_it_lacks(task: Task, lacking: dict[str, str]) -> None:
    if "no-ems" in task.capabilities and not task.over_lurk:
        decline("no-ems", "without LURK it leaves the extended master secret to its library")
    for capability in sorted(task.capabilities):
        always, over_lurk = _TAKES[capability]
        for ability in (*always, *(over_lurk if task.over_lurk else ())):
            if ability in lacking:
                decline(capability, lacking[ability])


def configuration(task: Task) -> dict[str, Any]:
    """docs/edge.md"""
    form = "lurk+tls://{}" if task.over_lurk else "https://{}/ski"
    identity, key_log = task.file(variable("LURKSPEC_IDENTITY")), os.environ.get("SSLKEYLOGFILE")
    config: dict[str, Any] = {
        "listen": variable("LURKSPEC_LISTEN"),
        "key_servers": [
            {"url": form.format(address), "name": name} for address, name in key_servers(task).items()
        ],
        "channel": {"certificate": f"{identity}.pem", "key": f"{identity}.key", "ca": task.file(CHANNEL_CA)},
        "certificates": [_certificate(task, key) for key in variable("LURKSPEC_KEYS").split()],
        "log": str(task.logs / EVENTS),
    }
    if task.over_lurk:
        rsa = {"rsa": "rsa_master"} if "no-ems" in task.capabilities else {}
        config["lurk"] = rsa | ({"poh": "audit"} if "audit" in task.capabilities else {})
    else:
        config["format"] = "cbor" if task.over == SKI_CBOR else "json"
    config |= {"groups": [RETRY_GROUP]} if "hello-retry" in task.capabilities else {}
    config |= {"clients": {"ca": task.file(WEB_CA)}} if "client-auth" in task.capabilities else {}
    return config | ({"lab": {"key_log": key_log}} if key_log else {})


def key_servers(task: Task) -> dict[str, str]:
    """Names by address. By them keys are bound to key servers, so they must differ then."""
    addresses = variable("LURKSPEC_KEYSERVERS").split()
    if "bound-keys" not in task.capabilities:
        return dict.fromkeys(addresses, KEYSERVER_NAME)
    return {address: keyserver_name(number) for number, address in enumerate(addresses, 1)}


def _certificate(task: Task, entry: str) -> dict[str, Any]:
    key, _, addresses = entry.partition("@")
    names = key_servers(task)
    bound = {"key_servers": [names[address] for address in addresses.split(",")]} if addresses else {}
    usage = {"usage": "rsa"} if key.endswith(DECRYPTS) else {}
    return {"chain": task.file(f"{key}.pem")} | usage | bound


def main(library: str) -> None:
    task = take(_TAKES)
    try:
        program = find(f"lurk-edge-{library}")
    except StartError as error:
        fail(str(error))
    decline_what_it_lacks(task, refusals(program.name))
    file = task.logs / "edge.json"
    file.write_text(json.dumps(configuration(task), indent=1) + "\n", "utf-8")
    become(program, "--config", str(file))


if __name__ == "__main__":
    main(sys.argv[1])
