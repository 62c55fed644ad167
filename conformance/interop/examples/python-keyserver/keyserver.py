"""A small key server for the TLS Session Key Interface over HTTPS, as a third party might write it: from the
draft, with nothing but http.server, ssl, cbor2 and cryptography.

It serves method ECDHE of TLS 1.2 and DTLS 1.2, in JSON and CBOR, to the edges that its configuration names.
It has no method RSA, no TLS 1.3 (an addition to the draft), no capabilities, no revocation lists, no
audit log, and no limit but that of a body.

    python3 keyserver.py keyserver.toml
"""

from __future__ import annotations

import base64
import hashlib
import json
import signal
import ssl
import sys
import tomllib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

MALFORMED, DENIED, NOT_FOUND, FAILED = (
    *("malformed request", "request denied", "spki not found"),
    "unspecified error",
)
STATUSES = {MALFORMED: 400, DENIED: 403, NOT_FOUND: 404, FAILED: 500}
HASHES = {"SHA-256": hashes.SHA256(), "SHA-384": hashes.SHA384(), "SHA-512": hashes.SHA512()}
WEAK_HASHES = ("SHA-224",)  # the draft knows it; it is not served, nor SHA-1, for which no name stands
PROTOCOLS = ("TLS 1.2", "DTLS 1.2")
OLD_PROTOCOLS = ("TLS 1.0", "TLS 1.1", "DTLS 1.0")
CURVES = {0x17: ec.SECP256R1(), 0x18: ec.SECP384R1(), 0x19: ec.SECP521R1()}
LONGEST_BODY = 16384


class Refused(Exception):
    """The text is the error of the draft."""


@dataclass(frozen=True)
class Key:
    private: Any
    edges: tuple[str, ...]


class KeyServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, file: Path):
        config = tomllib.loads(file.read_text("utf-8"))
        host, _, port = config["listen"].rpartition(":")
        super().__init__((host, int(port)), Handler)
        self.keys = dict(_load(file.parent / key["file"], key["edges"]) for key in config["keys"])
        files = {name: file.parent / value for name, value in config["channel"].items()}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
        self.context.load_cert_chain(files["certificate"], files["key"])
        self.context.load_verify_locations(files["ca"])
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
        self.context.num_tickets = 0

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        """The handshake is made by the thread of the connection."""
        plain, address = self.socket.accept()
        plain.settimeout(15)
        return self.context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A peer that goes is no event."""

    def perform(self, request: Any, edge: str) -> bytes:
        """SKI §5.1.2, §5.2.1."""
        if not isinstance(request, dict) or not isinstance(request.get("input"), bytes):
            raise Refused(MALFORMED)
        fingerprint, method = request.get("spki"), request.get("method", "ECDHE")
        protocol, name = request.get("protocol"), request.get("hash")
        if not isinstance(fingerprint, bytes) or len(fingerprint) != 32 or method not in ("ECDHE", "RSA"):
            raise Refused(MALFORMED)
        if protocol not in (*PROTOCOLS, *OLD_PROTOCOLS) or name not in (*HASHES, *WEAK_HASHES, None):
            raise Refused(MALFORMED)
        key = self.keys.get(fingerprint)
        if key is None or edge not in key.edges:
            raise Refused(NOT_FOUND)
        if method != "ECDHE" or protocol not in PROTOCOLS or name not in HASHES or "scheme" in request:
            raise Refused(DENIED)
        check_parameters(request["input"])
        if isinstance(key.private, rsa.RSAPrivateKey):
            return key.private.sign(request["input"], padding.PKCS1v15(), HASHES[name])
        signature: bytes = key.private.sign(request["input"], ec.ECDSA(HASHES[name]))
        return signature


def _load(file: Path, edges: list[str]) -> tuple[bytes, Key]:
    private = load_pem_private_key(file.read_bytes(), None)
    spki = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest(), Key(private, tuple(edges))


def check_parameters(content: bytes) -> None:
    """client_random || server_random || ServerECDHParams and nothing else is ever signed."""
    parameters = content[64:]
    if len(parameters) < 4 or parameters[0] != 3 or len(parameters) != 4 + parameters[3]:
        raise Refused(MALFORMED)
    group, point = int.from_bytes(parameters[1:3], "big"), parameters[4:]
    try:
        if group == 0x1D:
            peer = x25519.X25519PublicKey.from_public_bytes(point)
            x25519.X25519PrivateKey.generate().exchange(peer)  # refuses points of small order
        elif group in CURVES and point[:1] == b"\x04":
            ec.EllipticCurvePublicKey.from_encoded_point(CURVES[group], point)
        else:
            raise Refused(MALFORMED)
    except ValueError:
        raise Refused(MALFORMED) from None


def read_json(body: bytes) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member stands there twice")
        return dict(pairs)

    def never(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    request = json.loads(body.decode("utf-8"), object_pairs_hook=once, parse_constant=never)
    if nesting(request) > 16:
        raise ValueError("too deep")
    for name in ("spki", "input"):
        if isinstance(request, dict) and isinstance(request.get(name), str):
            octets = base64.b64decode(request[name], validate=True)
            if base64.b64encode(octets).decode() != request[name]:
                raise ValueError("not canonical")
            request[name] = octets
        elif isinstance(request, dict) and name in request:
            raise ValueError("no base64")
    return request


def nesting(value: Any) -> int:
    if not isinstance(value, (dict, list)):
        return 0
    return 1 + max(
        (nesting(one) for one in (value.values() if isinstance(value, dict) else value)), default=0
    )


def read_cbor(body: bytes) -> Any:
    request = cbor2.loads(body)
    if not is_plain(request) or cbor2.dumps(request, canonical=True) != body:
        raise ValueError("not deterministic, or more than the format has")
    return request


def is_plain(value: Any, depth: int = 16) -> bool:
    """Nothing deep, no references (what is shared unfolds without end), none of the types of tags."""
    seen: set[int] = set()

    def check(value: Any, depth: int) -> bool:
        if not isinstance(value, (dict, list)):
            number = type(value) is not int or -(1 << 64) <= value < 1 << 64
            return number and (value is None or isinstance(value, (bool, int, str, bytes)))
        if depth == 0 or id(value) in seen:
            return False
        seen.add(id(value))
        if isinstance(value, dict):
            return all(isinstance(k, str) and check(v, depth - 1) for k, v in value.items())
        return all(check(one, depth - 1) for one in value)

    return check(value, depth)


READERS = {"application/json": read_json, "application/cbor": read_cbor}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: KeyServer
    timeout = 15
    wbufsize = 65536  # head and body leave together

    def do_POST(self) -> None:
        types = self.headers.get_all("Content-Type", [])
        parts = [part.strip().lower() for part in types[0].split(";")] if types else [""]
        media_type = parts[0]
        lengths = self.headers.get_all("Content-Length", [])
        refusal = 0
        if self.requestline.split()[1] != "/ski":
            refusal = 404
        elif len(types) != 1 or media_type not in READERS or parts[1:] not in ([], ["charset=utf-8"]):
            refusal = 415
        elif "Content-Encoding" in self.headers:
            refusal = 415
        elif "Transfer-Encoding" in self.headers or not lengths:
            refusal = 411
        elif len(lengths) != 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
            refusal = 400
        elif int(lengths[0]) > LONGEST_BODY:
            refusal = 413
        if refusal:
            self.close_connection = True  # the body has not been read
            return self.answer(refusal, {"error": MALFORMED}, media_type)
        try:
            answer = {"output": self.server.perform(self.read(media_type, int(lengths[0])), self.edge())}
            self.answer(200, answer, media_type)
        except Refused as refused:
            self.answer(STATUSES[str(refused)], {"error": str(refused)}, media_type)

    def read(self, media_type: str, length: int) -> Any:
        body = self.rfile.read(length)
        try:
            return READERS[media_type](body)
        except Exception:  # whatever a decoder throws: it could not be parsed
            raise Refused(MALFORMED) from None

    def answer(self, status: int, answer: dict[str, Any], media_type: str) -> None:
        if media_type == "application/cbor":
            return self.reply(status, cbor2.dumps(answer, canonical=True), media_type)
        if "output" in answer:
            answer["output"] = base64.b64encode(answer["output"]).decode()
        self.reply(status, json.dumps(answer).encode(), "application/json")

    def edge(self) -> str:
        """The URI in the certificate that the edge has shown."""
        assert isinstance(self.connection, ssl.SSLSocket)
        certificate = self.connection.getpeercert() or {}
        names = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "URI"]
        return str(names[0]) if names else ""

    def reply(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: a log of what was signed is what this example lacks."""


def main(file: str) -> None:
    server = KeyServer(Path(file))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"ready {server.server_address[0]}:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
