"""An HTTP proxy that knows CONNECT alone and leads to one address, for clients that cannot be told where a
name is."""

from __future__ import annotations

import socket
import threading

_WAIT = 30.0
_LONGEST_HEAD = 8192


class Tunnel:
    """One connection, whatever name is asked for; `port` is that of the proxy, on 127.0.0.1."""

    def __init__(self, host: str, port: int):
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_WAIT)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Tunnel:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        try:
            near, _ = self._listener.accept()
            with near, socket.create_connection(self._target, _WAIT) as far:
                head = b""
                while b"\r\n\r\n" not in head and len(head) < _LONGEST_HEAD:
                    part = near.recv(_LONGEST_HEAD)
                    if not part:
                        return
                    head += part
                near.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=_carry, args=(far, near), daemon=True)
                back.start()
                _carry(near, far)
                back.join(_WAIT)
        except OSError:
            pass  # the client tells what became of it


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass
