"""A small SKI key server in Python, only to show that judging can fail: strict by default, wrong in one way
per quirk.

Quirks: signs_anything, distinguishes_padding, certificate_optional, errors_with_200, other_error_text,
last_duplicate_wins, silent, no_error_object, output_and_error, wrong_signature, dies_on_sha512,
dies_once_on_sha512, foreign_keys_served.
"""

from __future__ import annotations

import functools
import json as stdlib_json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from lurkspec.codecs import cbor, json
from lurkspec.codecs.curves import CURVES
from lurkspec.judge import STATUSES
from lurkspec.keys import ECDHE_USAGE, HASHES, Key, load_public
from lurkspec.pki import SERVED, ServedKey
from lurkspec.reference import target_text
from lurkspec.request import DENIED, MALFORMED, NOT_FOUND
from lurkspec.target import Target, load_target


class Refused(Exception):
    pass


class StubKeyServer:
    def __init__(self, pki: Path, quirks: frozenset[str] = frozenset()):
        self.pki = pki
        self.quirks = quirks
        self.keys = _load_keys(pki)

    def __enter__(self) -> StubKeyServer:
        stub = self

        class Handler(_Handler):
            server_stub = stub

        self._start(Handler, 0)
        return self

    def restart(self) -> None:
        """Come back on the same port, a little healed."""
        self.quirks -= {"dies_once_on_sha512"}
        self.stop()
        self._start(self._server.RequestHandlerClass, self.port)

    def _start(self, handler: Any, port: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pki / "ks.pem", self.pki / "ks.key")
        context.load_verify_locations(self.pki / "ca.pem")
        optional = "certificate_optional" in self.quirks
        context.verify_mode = ssl.CERT_OPTIONAL if optional else ssl.CERT_REQUIRED
        self._server = _Server(("127.0.0.1", port), handler)
        self._server.context = context
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def target_file(self) -> Path:
        file = self.pki / f"target-{self.port}.toml"
        file.write_text(target_text(self.port).replace("wait_ms = 5000", "wait_ms = 3000", 1))
        return file

    @property
    def target(self) -> Target:
        return load_target(self.target_file)

    def answer(self, body: bytes, media_type: str, edge: str) -> tuple[int, dict[str, Any]]:
        try:
            return 200, {"output": self.output(self.parse(body, media_type), edge)}
        except Refused as refusal:
            text = str(refusal)
            return STATUSES[text], {"error": text}

    def parse(self, body: bytes, media_type: str) -> dict[str, Any]:
        try:
            if media_type == "application/cbor":
                members = cbor.decode(body)
            elif "last_duplicate_wins" in self.quirks:
                members = stdlib_json.loads(body)
            else:
                members = json.decode(body)
            if media_type == "application/json":
                members = {
                    k: json.base64_decode(v) if k in ("spki", "input") else v for k, v in members.items()
                }
        except (ValueError, AttributeError):
            raise Refused(MALFORMED) from None
        if not isinstance(members, dict) or not isinstance(members.get("input"), bytes):
            raise Refused(MALFORMED)
        return members

    def output(self, members: dict[str, Any], edge: str) -> bytes:
        if members.get("spki") not in self.keys:
            raise Refused(NOT_FOUND)
        served, private = self.keys[members["spki"]]
        if edge not in dict(served.grants) and "foreign_keys_served" not in self.quirks:
            raise Refused(NOT_FOUND)
        if (members.get("method", "ECDHE") == "ECDHE") != (served.usage == ECDHE_USAGE):
            raise Refused(DENIED)
        if members.get("method") == "RSA":
            return self.decrypt(private, members["input"])
        return self.sign(private, members)

    def sign(self, private: Any, members: dict[str, Any]) -> bytes:
        data = members["input"]
        if "signs_anything" not in self.quirks:
            _check_input(data)
        if members.get("hash") not in HASHES:
            raise Refused(MALFORMED)
        if members["hash"] == "SHA-512" and {"dies_on_sha512", "dies_once_on_sha512"} & self.quirks:
            threading.Thread(target=self.stop).start()
        if "wrong_signature" in self.quirks:
            data += b"!"
        if isinstance(private, rsa.RSAPrivateKey):
            return private.sign(data, padding.PKCS1v15(), HASHES[members["hash"]])
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        return private.sign(data, ec.ECDSA(HASHES[members["hash"]]))

    def decrypt(self, private: Any, data: bytes) -> bytes:
        numbers = private.private_numbers()
        block: bytes = pow(int.from_bytes(data, "big"), numbers.d, numbers.public_numbers.n).to_bytes(
            private.key_size // 8, "big"
        )
        if block[:2] == b"\0\2" and block[-49] == 0:
            return block[-48:]
        if "distinguishes_padding" in self.quirks:
            raise Refused(MALFORMED)
        return bytes(data[:48])


@functools.cache
def _load_keys(pki: Path) -> dict[bytes, tuple[ServedKey, Any]]:
    """The served keys and their private halves by fingerprint."""
    found = {}
    for served in SERVED:
        private = serialization.load_pem_private_key((pki / f"{served.name}.key").read_bytes(), None)
        public, _ = load_public((pki / f"{served.name}.pem").read_bytes())
        found[Key("", "", public, {}).spki] = (served, private)
    return found


def _check_input(data: bytes) -> None:
    curve = CURVES["secp256r1"]
    x, y = int.from_bytes(data[69:101], "big"), int.from_bytes(data[101:], "big")
    if len(data) != 133 or data[64:69] != bytes.fromhex("0300174104") or not curve.contains(x, y):
        raise Refused(MALFORMED)


class _Server(ThreadingHTTPServer):
    """The handshake runs in the connection's thread, so that a slow one holds up nothing."""

    context: ssl.SSLContext
    request_queue_size = 128

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(5)
        try:
            with self.context.wrap_socket(request, server_side=True) as channel:
                super().finish_request(channel, client_address)
        except OSError:
            pass

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Peers that go away are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    server_stub: StubKeyServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        stub = self.server_stub
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        media_type = self.headers.get("Content-Type", "")
        status, members = stub.answer(body, media_type, self.edge())
        if status != 200 and "silent" in stub.quirks:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if status != 200:
            status = 200 if "errors_with_200" in stub.quirks else status
            members = {"error": "no"} if "other_error_text" in stub.quirks else members
        elif "output_and_error" in stub.quirks:
            members["error"] = MALFORMED
        octets = cbor.encode(members) if media_type == "application/cbor" else json.encode(members)
        if "error" in members and "no_error_object" in stub.quirks:
            octets = b""
        self.send_response_only(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def do_GET(self) -> None:
        self.send_response_only(204 if self.path == "/ping" else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def edge(self) -> str:
        assert isinstance(self.connection, ssl.SSLSocket)
        names: Any = (self.connection.getpeercert() or {}).get("subjectAltName", ())
        return next((str(value).rpartition("edge-")[2] for _, value in names), "")

    def log_message(self, format: str, *args: Any) -> None:
        """The tests look at the wire only."""
