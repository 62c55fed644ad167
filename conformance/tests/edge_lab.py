"""What the tests of the edge share: configurations, processes, TLS clients, a scripted key server."""

from __future__ import annotations

import contextlib
import json as stdlib_json
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lurkspec.edge.keyserver import Script
from lurkspec.edge.served import load_served
from lurkspec.edge.ski import SkiKeyServer
from lurkspec.edge.target import ChannelFiles, EdgeTarget
from lurkspec.pki import SERVED, SERVER_NAME, WEB_NAME
from lurkspec.process import Process, find
from lurkspec.reference import keyserver_config, write_json

LIBRARIES = ("openssl", "gnutls", "boringssl")
TOKEN = "lurkspec-edge-ok"
WAIT = 20.0
TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
# What makes a Python client offer exactly one exchange.
EXCHANGES = {
    "ECDHE_ECDSA": (TLS12, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    "ECDHE_RSA": (TLS12, "ECDHE-RSA-AES256-GCM-SHA384"),
    "RSA": (TLS12, "AES128-GCM-SHA256"),
    "TLS 1.3": (TLS13, ""),
}


def local_config(pki: Path, *names: str) -> dict[str, Any]:
    """An edge with local keys (the lab option) for these served keys; all of them without names."""
    return {
        "listen": "127.0.0.1:0",
        "certificates": [
            {
                "chain": str(pki / f"{key.name}.pem"),
                "key": str(pki / f"{key.name}.key"),
                "usage": "rsa" if key.usage == "ski-rsa" else "ecdhe",
            }
            for key in SERVED
            if (not names and not key.name.startswith("other")) or key.name in names
        ],
    }


def remote_config(pki: Path, *ports: int, format: str = "cbor") -> dict[str, Any]:
    """An edge whose keys are in the key servers at these ports, tried in order."""
    return {
        "listen": "127.0.0.1:0",
        "format": format,
        "key_servers": [{"url": f"https://127.0.0.1:{port}/ski", "name": SERVER_NAME} for port in ports],
        "channel": {
            "certificate": str(pki / "edge-a.pem"),
            "key": str(pki / "edge-a.key"),
            "ca": str(pki / "ca.pem"),
        },
        "certificates": [
            {"chain": str(pki / "www-ecdsa.pem")},
            {"chain": str(pki / "www-rsa.pem")},
            {"chain": str(pki / "www-rsa-kx.pem"), "usage": "rsa"},
        ],
        "limits": {"key_server_ms": 1500},
    }


def lurk_config(pki: Path, *ports: int, rsa: bool = True, **lurk: Any) -> dict[str, Any]:
    """The same over LURK; members of "lurk" by name. `rsa`: with a certificate for static RSA."""
    config = remote_config(pki)
    config |= {
        "key_servers": [{"url": f"lurk+tls://127.0.0.1:{port}", "name": SERVER_NAME} for port in ports],
        "certificates": [{"chain": str(pki / "lurk-ecdsa.pem")}, {"chain": str(pki / "lurk-rsa.pem")}],
    }
    del config["format"]
    if rsa:
        config["certificates"].append({"chain": str(pki / "lurk-rsa-kx.pem"), "usage": "rsa"})
    return config | ({"lurk": lurk} if lurk else {})


@contextlib.contextmanager
def running_edge(
    library: str,
    config: dict[str, Any],
    folder: Path,
    environment: dict[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> Iterator[Process]:
    """An edge with this configuration and command line; it must end cleanly."""
    file = folder / "edge.json"
    write_json(file, config)
    program = find(f"lurk-edge-{library}")
    process = Process([str(program), "--config", str(file), *options], folder / "edge.txt", environment)
    with process:
        yield process
    assert not process.exit_problem, process.said[-2000:]


def key_server(
    library: str, pki: Path, folder: Path, port: int = 0, lurk: dict[str, Any] | None = None
) -> Process:
    """The reference key server, not started yet. With `lurk`, members of that name, it speaks LURK only."""
    config: dict[str, Any] = keyserver_config(port, lurk_port=None if lurk is None else port)
    config["audit_log"] = str(folder / "audit.jsonl")
    if lurk is not None:
        config["listen"] = config["listen"][1:]
        config["lurk"] |= lurk
    for key in config["keys"]:
        key["file"] = str(pki / key["file"])
    config["channel"] = {name: str(pki / file) for name, file in config["channel"].items()}
    write_json(folder / "keyserver.json", config)
    program = find(f"lurk-keyserver-{library}")
    return Process([str(program), "--config", str(folder / "keyserver.json")], folder / "keyserver.txt")


def events(edge: Process, kind: str) -> list[dict[str, Any]]:
    """What the edge has logged of that kind so far, whole lines only."""
    lines = edge.said.split("\n")[:-1]
    found = [stdlib_json.loads(line) for line in lines if line.startswith("{")]
    return [event for event in found if event["event"] == kind]


def awaited(
    edge: Process, kind: str, holds: Callable[[list[dict[str, Any]]], bool] = bool
) -> list[dict[str, Any]]:
    """The events of that kind once they are as they should be: a line may come after the peer saw the end."""
    wait_until(lambda: holds(events(edge, kind)))
    return events(edge, kind)


def wait_until(holds: Callable[[], bool]) -> None:
    limit = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < limit, "what is waited for does not come"
        time.sleep(0.01)


# --- clients ---


def client_context(pki: Path, exchange: str) -> ssl.SSLContext:
    version, ciphers = EXCHANGES[exchange]
    context = ssl.create_default_context(cafile=str(pki / "web-ca.pem"))
    context.minimum_version = context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def visit(pki: Path, port: int, exchange: str, name: str = WEB_NAME) -> dict[str, Any]:
    """The answer page of one connection. Raises ssl.SSLError or OSError."""
    with connect(client_context(pki, exchange), port, name) as tls:
        tls.sendall(request())
        return page(read_all(tls))


def connect(context: ssl.SSLContext, port: int, name: str = WEB_NAME, **how: Any) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", port), WAIT)
    try:
        return context.wrap_socket(plain, server_hostname=name, **how)
    except BaseException:
        plain.close()
        raise


def request(accept: str = "application/json", close: bool = True) -> bytes:
    end = "Connection: close\r\n" if close else ""
    return f"GET / HTTP/1.1\r\nHost: {WEB_NAME}\r\nAccept: {accept}\r\n{end}\r\n".encode()


def read_all(tls: socket.socket) -> bytes:
    return b"".join(iter(lambda: tls.recv(65536), b""))


def page(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), answer[:200]
    value = stdlib_json.loads(body)
    assert isinstance(value, dict) and value["token"] == TOKEN
    return value


# --- a key server that says what a test wants ---


@contextlib.contextmanager
def scripted(pki: Path, script: Script | None = None, told: Script | None = None) -> Iterator[SkiKeyServer]:
    """The suite's own key server for an edge of `remote_config`; honest where nothing else is said."""
    files = ChannelFiles(pki / "ks.pem", pki / "ks.key", pki / "ca.pem", SERVER_NAME)
    names = ("www-ecdsa", "www-rsa", "www-rsa-kx")
    keys = [load_served(n, pki / f"{n}.pem", pki / f"{n}.key", n == "www-rsa-kx") for n in names]
    anywhere = ("127.0.0.1", 0)
    target = EdgeTarget(
        "", "ski", anywhere, WEB_NAME, pki / "web-ca.pem", files, (anywhere,), tuple(keys), "cbor"
    )
    server = SkiKeyServer(target, anywhere)
    server.script, server.told = script, told
    server.open()
    try:
        yield server
    finally:
        server.free()
