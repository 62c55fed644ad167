"""The stub as system under test: before a reference key server, whose answers it passes on."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from dataclasses import replace
from pathlib import Path

from ...embedded import EmbeddedKeyServer, Reference
from ...hooks import Hooks
from ...process import StartError
from ...target import Target
from .connection import Connection
from .settings import Settings

_CLEAR_PORTS = (8080, 80)
_JOIN = 10.0
_BACKLOG = 128


class StubKeyServer(Hooks):
    """Context manager; `target` and the hook remove_ca are good between enter and exit. Listens on an address
    of loopback of its own, where all ports are free."""

    target: Target

    def __init__(self, reference: Reference, pki: Path, laxity: str):
        self._behind = EmbeddedKeyServer(reference, pki)
        self._laxity = laxity
        self._listeners: list[socket.socket] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._host = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(1, 255)}"

    def __enter__(self) -> StubKeyServer:
        behind = self._behind.__enter__().target
        try:
            assert behind.lurk is not None
            seconds = (behind.limits.handshake_ms or 0) / 1000
            self._settings = Settings(self._laxity, self._behind.folder, seconds)
            ski, lurk = self._listen(behind.address), self._listen(behind.lurk.address)
            if self._laxity == "clear_port_open":
                self._open_clear_port(behind.address)
        except BaseException:
            self.__exit__()
            raise
        hooks = {name: "(stub)" for name in ("remove_ca", "restore_config")}
        self.target = replace(behind, address=ski, lurk=replace(behind.lurk, address=lurk), hooks=hooks)
        return self

    def __exit__(self, *_: object) -> None:
        for listener in self._listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self._end_connections()
        for thread in self._threads:
            thread.join(_JOIN)
        self._behind.__exit__()

    def remove_ca(self) -> None:
        self._settings.ca = "other-ca"
        self._end_connections()

    def restore_config(self) -> None:
        self._settings.ca = "ca"

    def diagnostics(self) -> str:
        return self._behind.diagnostics()

    def _listen(self, backend: tuple[str, int], port: int = 0) -> tuple[str, int]:
        listener = socket.create_server((self._host, port), backlog=_BACKLOG)
        self._listeners.append(listener)
        thread = threading.Thread(target=self._accept, args=(listener, backend), daemon=True)
        self._threads.append(thread)
        thread.start()
        return self._host, listener.getsockname()[1]

    def _open_clear_port(self, backend: tuple[str, int]) -> None:
        for port in _CLEAR_PORTS:
            with contextlib.suppress(OSError):
                self._listen(backend, port)
                return
        raise StartError("no port of HTTP is free on the stub's address")

    def _accept(self, listener: socket.socket, backend: tuple[str, int]) -> None:
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(accepted)
            connection = Connection(self._settings, accepted, backend)
            thread = threading.Thread(target=self._serve, args=(connection, accepted), daemon=True)
            thread.start()

    def _serve(self, connection: Connection, accepted: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError):
                connection.serve()
        finally:
            with self._lock:
                self._open.discard(accepted)
            accepted.close()

    def _end_connections(self) -> None:
        with self._lock:
            for accepted in self._open:
                with contextlib.suppress(OSError):
                    accepted.shutdown(socket.SHUT_RDWR)
