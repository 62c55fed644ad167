"""What a party is told (docs/interop.md): the environment of its process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .contract import EDGE_IDENTITY, KEYSERVER_IDENTITY
from .results import Role

KEY_LOG = "keys.log"
_ANY_PORT = "127.0.0.1:0"


def common(
    role: Role, scenario: str, capabilities: Sequence[str], over: str, certs: Path, logs: Path
) -> dict[str, str]:
    """What every party is told."""
    return {
        "LURKSPEC_ROLE": role.value,
        "LURKSPEC_SCENARIO": scenario,
        "LURKSPEC_CAPABILITIES": " ".join(capabilities),
        "LURKSPEC_OVER": over,
        "LURKSPEC_CERTS": str(certs),
        "LURKSPEC_LOGS": str(logs),
    }


def keyserver(keys: Sequence[str], edges: Sequence[str] = (EDGE_IDENTITY,)) -> dict[str, str]:
    return {
        "LURKSPEC_LISTEN": _ANY_PORT,
        "LURKSPEC_IDENTITY": KEYSERVER_IDENTITY,
        "LURKSPEC_KEYS": " ".join(keys),
        "LURKSPEC_EDGES": " ".join(edges),
    }


def edge(
    keys: Sequence[str], keyservers: Sequence[str], logs: Path, identity: str = EDGE_IDENTITY
) -> dict[str, str]:
    return {
        "LURKSPEC_LISTEN": _ANY_PORT,
        "LURKSPEC_IDENTITY": identity,
        "LURKSPEC_KEYS": " ".join(keys),
        "LURKSPEC_KEYSERVERS": " ".join(keyservers),
        "SSLKEYLOGFILE": str(logs / KEY_LOG),
    }


def client(address: str, name: str, logs: Path) -> dict[str, str]:
    return {"LURKSPEC_EDGE": address, "LURKSPEC_NAME": name, "SSLKEYLOGFILE": str(logs / KEY_LOG)}
