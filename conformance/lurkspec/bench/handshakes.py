"""Full TLS handshakes through an edge: the key remote, against the same program with the key in it."""

from __future__ import annotations

import os
import socket
import ssl
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..pki import WEB_NAME
from ..process import Process
from .lab import BenchError, Effort, Lab, cores, cpu_seconds

CLIENTS = 8
_WAIT = 60.0
_WARM_UP = 16


@dataclass(frozen=True)
class Handshake:
    id: str
    version: ssl.TLSVersion
    certificate: str
    over: str
    check: bool = True


_TLS12, _TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
# For each library: an edge with the key in it first, then what is compared with it.
HANDSHAKES = (
    Handshake("TLS 1.2, local key", _TLS12, "lurk-ecdsa", "local", check=False),
    Handshake("TLS 1.2, LURK, signature not checked", _TLS12, "lurk-ecdsa", "lurk", check=False),
    Handshake("TLS 1.2, LURK", _TLS12, "lurk-ecdsa", "lurk"),
    Handshake("TLS 1.2, SKI CBOR, signature not checked", _TLS12, "www-ecdsa", "cbor", check=False),
    Handshake("TLS 1.2, SKI CBOR", _TLS12, "www-ecdsa", "cbor"),
    Handshake("TLS 1.3, local key", _TLS13, "www-ecdsa", "local", check=False),
    Handshake("TLS 1.3, SKI CBOR, signature not checked", _TLS13, "www-ecdsa", "cbor", check=False),
    Handshake("TLS 1.3, SKI CBOR", _TLS13, "www-ecdsa", "cbor"),
)


def client_context(ca: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    """It checks the chain, the name and, as every TLS client, the signature."""
    context = ssl.create_default_context(cafile=str(ca))
    context.minimum_version = context.maximum_version = version
    return context


def shake_hands(context: ssl.SSLContext, port: int) -> None:
    """One full handshake: no session is ever kept."""
    with socket.create_connection(("127.0.0.1", port), _WAIT) as plain:
        with context.wrap_socket(plain, server_hostname=WEB_NAME) as tls:
            if tls.session_reused:
                raise BenchError("the edge has resumed a session that nobody kept")


def shake_many(context: ssl.SSLContext, port: int, count: int) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        for done in [pool.submit(shake_hands, context, port) for _ in range(count)]:
            done.result()


@contextmanager
def _load_core(core: int | None) -> Iterator[None]:
    """This process on the core of the load for a while."""
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _rounds(
    edge: Process, server: Process, context: ssl.SSLContext, effort: Effort
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"edge_cpu_us": [], "keyserver_cpu_us": [], "per_second": []}
    shake_many(context, edge.port, _WARM_UP)
    for _ in range(effort.rounds):
        edge_begin, server_begin, begin = cpu_seconds(edge.pid), cpu_seconds(server.pid), time.monotonic()
        shake_many(context, edge.port, effort.handshakes)
        wall = time.monotonic() - begin
        found["edge_cpu_us"].append((cpu_seconds(edge.pid) - edge_begin) / effort.handshakes * 1e6)
        found["keyserver_cpu_us"].append((cpu_seconds(server.pid) - server_begin) / effort.handshakes * 1e6)
        found["per_second"].append(effort.handshakes / wall)
    return found


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def run_handshakes(lab: Lab, library: str, kind: Handshake, effort: Effort) -> dict[str, Any]:
    """Edge and key server of the same library, fresh ones; the key server is idle when the key is local."""
    core, load_core = cores()
    context = client_context(lab.folder / "web-ca.pem", kind.version)
    try:
        with lab.keyserver(library, load_core) as server:
            port = server.ports[kind.over == "lurk"]
            config = lab.edge_config(kind.over, port, kind.certificate)
            if not kind.check:
                config["lab"] = {"check_signatures": False}
            with lab.edge(library, core, config) as edge, _load_core(load_core):
                rounds = _rounds(edge, server, context, effort)
    except (OSError, ssl.SSLError) as error:
        raise BenchError(f"{library}, {kind.id}: {error}") from None
    return {"library": library, "handshake": kind.id, "rounds": effort.rounds} | {
        name: _spread(values) for name, values in rounds.items()
    }
