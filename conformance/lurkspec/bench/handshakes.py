"""Full TLS handshakes through an edge: the key remote, against the same program with the key in it."""

from __future__ import annotations

import os
import socket
import ssl
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
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


def _round(edge: Process, server: Process, context: ssl.SSLContext, count: int) -> dict[str, float]:
    edge_begin, server_begin, begin = cpu_seconds(edge.pid), cpu_seconds(server.pid), time.monotonic()
    shake_many(context, edge.port, count)
    wall = time.monotonic() - begin
    return {
        "edge_cpu_us": (cpu_seconds(edge.pid) - edge_begin) / count * 1e6,
        "keyserver_cpu_us": (cpu_seconds(server.pid) - server_begin) / count * 1e6,
        "per_second": count / wall,
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def run_handshakes(
    lab: Lab, library: str, kinds: Sequence[Handshake], effort: Effort
) -> list[dict[str, Any]]:
    """A fresh edge for each kind and a key server for all, of the same library. The edges stand together and
    take their rounds in turn: a slow minute of the machine is one of them all."""
    core, load_core = cores()
    ca = lab.folder / "web-ca.pem"
    rounds: list[list[dict[str, float]]] = [[] for _ in kinds]
    try:
        with ExitStack() as stack:
            server = stack.enter_context(lab.keyserver(library, load_core))
            standing = []
            for kind in kinds:
                config = lab.edge_config(kind.over, server.ports[kind.over == "lurk"], kind.certificate)
                if not kind.check:
                    config["lab"] = {"check_signatures": False}
                edge = stack.enter_context(lab.edge(library, core, config))
                standing.append((edge, client_context(ca, kind.version)))
            stack.enter_context(_load_core(load_core))
            for edge, context in standing:
                shake_many(context, edge.port, _WARM_UP)
            for _ in range(effort.rounds):
                for (edge, context), found in zip(standing, rounds, strict=True):
                    found.append(_round(edge, server, context, effort.handshakes))
    except (OSError, ssl.SSLError) as error:
        raise BenchError(f"{library}, {', '.join(kind.id for kind in kinds)}: {error}") from None
    return [
        {"library": library, "handshake": kind.id, "rounds": effort.rounds}
        | {name: _spread([one[name] for one in found]) for name in found[0]}
        for kind, found in zip(kinds, rounds, strict=True)
    ]
