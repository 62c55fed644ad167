"""A LURK key server that answers what a test wants; it can sign with one key."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lurkspec.codecs import lurk, tls12

WAIT = 20.0
HASHES = {4: hashes.SHA256(), 5: hashes.SHA384(), 6: hashes.SHA512()}


def answer_to(request: lurk.Message, payload: bytes, status: int = lurk.SUCCESS) -> lurk.Message:
    return request.but(status=status, payload=payload, length=None)


# Octets to be sent for a request; None closes the connection.
Script = Callable[["LurkStub", lurk.Message], bytes | None]


def serve(stub: LurkStub, request: lurk.Message) -> bytes:
    return stub.good(request).encode(stub.counts_header)


@dataclass
class LurkStub:
    """Answers capabilities with `capabilities`, an error when there are none, and the rest by `script`."""

    pki: Path
    key: str
    script: Script = serve
    capabilities: bytes | None = None
    counts_header: bool = True
    seen: list[lurk.Message] = field(default_factory=list)
    inquiries: int = 0
    connections: int = 0

    def __enter__(self) -> LurkStub:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.pki / "ks.pem", self.pki / "ks.key")
        self._context.load_verify_locations(self.pki / "ca.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def good(self, request: lurk.Message) -> lurk.Message:
        """A right answer to ecdhe."""
        reader = lurk.Reader(request.payload)
        reader.take(6, "key_id and freshness")
        client_random, s = reader.take(32, "client_random"), reader.take(32, "server_random")
        algorithm, curve = reader.take(2, "sig_and_hash"), reader.take(3, "curve")
        point = reader.vector(1, "point")
        content = client_random + tls12.freshness(s) + curve + bytes([len(point)]) + point
        pem = (self.pki / f"{self.key}.key").read_bytes()
        key = serialization.load_pem_private_key(pem, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        signature = key.sign(content, ec.ECDSA(HASHES[algorithm[0]]))
        return answer_to(request, algorithm + len(signature).to_bytes(2, "big") + signature)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(plain,), daemon=True).start()

    def _talk(self, plain: socket.socket) -> None:
        plain.settimeout(WAIT)
        with contextlib.suppress(OSError), self._context.wrap_socket(plain, server_side=True) as channel:
            self.connections += 1
            while (request := self._read(channel)) is not None:
                if request.type == lurk.Type.CAPABILITIES:
                    self.inquiries += 1
                    octets: bytes | None = self._inquired(request)
                else:
                    self.seen.append(request)
                    octets = self.script(self, request)
                if octets is None:
                    return
                channel.sendall(octets)

    def _inquired(self, request: lurk.Message) -> bytes:
        if self.capabilities is None:
            return answer_to(request, b"", lurk.Status.UNDEFINED_ERROR).encode(self.counts_header)
        return answer_to(request, self.capabilities).encode(self.counts_header)

    def _read(self, channel: ssl.SSLSocket) -> lurk.Message | None:
        head = _take(channel, lurk.HEADER_LEN)
        if len(head) < lurk.HEADER_LEN:
            return None
        return lurk.decode(head + _take(channel, lurk.payload_length(head, self.counts_header)))


def _take(channel: ssl.SSLSocket, count: int) -> bytes:
    taken = b""
    while len(taken) < count and (octets := channel.recv(count - len(taken))):
        taken += octets
    return taken
