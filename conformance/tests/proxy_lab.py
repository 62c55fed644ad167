"""A proxying key server in front of a key server, as tests start it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lurkspec.interop.party import base_environment
from lurkspec.pki import EDGES, SERVER_NAME
from lurkspec.process import Process
from lurkspec.reference import write_json


def proxy_config(
    pki: Path, folder: Path, protocol: str, upstream: int, keys: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """At the key server it is edge a. `keys`: names of served keys by edge."""
    return {
        "listen": "127.0.0.1:0",
        "protocol": protocol,
        "channel": {
            "certificate": str(pki / "ks.pem"),
            "key": str(pki / "ks.key"),
            "client_ca": str(pki / "ca.pem"),
        },
        "upstream": {
            "address": f"127.0.0.1:{upstream}",
            "name": SERVER_NAME,
            "certificate": str(pki / "edge-a.pem"),
            "key": str(pki / "edge-a.key"),
            "ca": str(pki / "ca.pem"),
        },
        "edges": [
            {"identity": EDGES[edge], "keys": [str(pki / f"{name}.pem") for name in names]}
            for edge, names in keys.items()
        ],
        "audit_log": str(folder / f"proxy-{protocol}.jsonl"),
    }


@contextlib.contextmanager
def running_proxy(config: dict[str, Any], folder: Path) -> Iterator[Process]:
    """It must end cleanly."""
    file = folder / f"proxy-{config['protocol']}.json"
    write_json(file, config)
    command = [sys.executable, "-m", "lurkspec.interop.proxy", "--config", str(file)]
    process = Process(command, file.with_suffix(".txt"), base_environment())
    with process:
        yield process
    assert not process.exit_problem, process.said[-2000:]
    assert not process.said, process.said[-2000:]
