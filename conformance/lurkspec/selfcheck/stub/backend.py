"""The stub's own connection to the key server that it stands before."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

from ...channel import Identity, client_context
from ...pki import SERVER_NAME

_WAIT = 30.0
_CHUNK = 65536


class Backend:
    """As one edge of the PKI in `folder`. Context manager; raises OSError where the connection breaks."""

    def __init__(self, folder: Path, address: tuple[str, int], edge: str):
        identity = Identity(edge, folder / f"edge-{edge}.pem", folder / f"edge-{edge}.key")
        context = client_context(folder / "ca.pem", identity)
        plain = socket.create_connection(address, _WAIT)
        try:
            self.socket = context.wrap_socket(plain, server_hostname=SERVER_NAME)
        except BaseException:
            plain.close()
            raise
        self.ended = False

    def __enter__(self) -> Backend:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> int:
        """How much of it went; the rest has to come again, at the head of what comes next."""
        self.socket.settimeout(0.0)
        try:
            return self.socket.send(octets)
        except ssl.SSLWantWriteError:
            return 0

    def received(self) -> bytes:
        """All that has come, so that nothing is left within the library where `select` does not see it."""
        self.socket.settimeout(0.0)
        content = b""
        try:
            while part := self.socket.recv(_CHUNK):
                content += part
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        return content
