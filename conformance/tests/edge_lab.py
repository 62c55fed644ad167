"""What the tests of the edge share: configurations, processes, TLS clients, a scripted key server."""

from __future__ import annotations

import contextlib
import json as stdlib_json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lurkspec.codecs import cbor, json
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
        "certificates": [
            {"chain": str(pki / "lurk-ecdsa.pem")},
            {"chain": str(pki / "lurk-rsa.pem")},
        ],
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


@dataclass
class Reply:
    """`members` is encoded in the format of the request, `body` is sent as it is. `held`: nothing is sent
    before the event is set."""

    status: int = 200
    members: dict[str, Any] | None = None
    body: bytes = b""
    type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    held: threading.Event | None = None


Script = Callable[[dict[str, Any]], Reply]


@dataclass
class ScriptedKeyServer:
    """Has no capabilities unless `capabilities` says so, and answers each SKI request by `script`."""

    pki: Path
    script: Script
    capabilities: dict[str, Any] | None = None
    seen: list[dict[str, Any]] = field(default_factory=list)

    def __enter__(self) -> ScriptedKeyServer:
        owner = self

        class Handler(_Handler):
            server_script = owner

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pki / "ks.pem", self.pki / "ks.key")
        context.load_verify_locations(self.pki / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.context = context
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])


class _Server(ThreadingHTTPServer):
    context: ssl.SSLContext

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(WAIT)
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as channel:
            super().finish_request(channel, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Edges that go away are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server_script: ScriptedKeyServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        format = self.headers["Content-Type"]
        members = decode(body, format)
        self.server_script.seen.append(members)
        self.send_reply(self.server_script.script(members), format)

    def do_GET(self) -> None:
        granted = self.server_script.capabilities
        self.send_reply(Reply(404) if granted is None else Reply(members=granted), self.headers["Accept"])

    def send_reply(self, reply: Reply, format: str) -> None:
        if reply.held is not None:
            reply.held.wait(WAIT)
        body = reply.body if reply.members is None else encode(reply.members, format)
        self.send_response_only(reply.status)
        self.send_header("Content-Type", reply.type or format)
        self.send_header("Content-Length", str(len(body)))
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The tests look at the wire only."""


def decode(body: bytes, format: str) -> dict[str, Any]:
    """A request with its octet strings as octets."""
    if format == "application/cbor":
        value = cbor.decode(body)
    else:
        value = json.decode(body)
        value |= {name: json.base64_decode(value[name]) for name in ("spki", "input")}
    assert isinstance(value, dict)
    return value


def encode(members: dict[str, Any], format: str) -> bytes:
    return cbor.encode(members) if format == "application/cbor" else json.encode(members)
