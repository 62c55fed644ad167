"""Recorded conversations: what each side said in clear, what went over the wire under TLS, the secrets."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..channel import Ending, TlsChannel


class Spoken(NamedTuple):
    """Octets that one side gave to the connection at once."""

    time: float
    from_client: bool
    octets: bytes


@dataclass
class Conversation:
    """`clear` and `wire` are the same conversation above and below TLS."""

    clear: list[Spoken] = field(default_factory=list)
    wire: list[Spoken] = field(default_factory=list)
    secrets: bytes = b""


class _RecordingSocket:
    """Stands before the socket of a channel and notes what passes."""

    def __init__(self, inner: socket.socket, wire: list[Spoken]):
        self._inner, self._wire = inner, wire

    def send(self, octets: Any) -> int:
        count = self._inner.send(octets)
        self._wire.append(Spoken(time.time(), True, bytes(octets[:count])))
        return count

    def recv(self, count: int) -> bytes:
        octets = self._inner.recv(count)
        if octets:
            self._wire.append(Spoken(time.time(), False, octets))
        return octets

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class Line:
    """A connection whose conversation is recorded. `send` and `receive` are the client's."""

    def __init__(self) -> None:
        self.conversation = Conversation()

    def send(self, octets: bytes) -> None:
        self._say(True, octets)

    def receive(self) -> bytes:
        """What the server says next; raises ConnectionError when that is nothing."""
        raise NotImplementedError

    def close(self) -> None:
        """End it; the conversation is complete then."""

    def _say(self, from_client: bool, octets: bytes) -> None:
        self.conversation.clear.append(Spoken(time.time(), from_client, octets))


class ServerLine(Line):
    """To a running key server."""

    def __init__(
        self, connect: Callable[[ssl.SSLContext], TlsChannel], context: ssl.SSLContext, key_log: Path
    ):
        super().__init__()
        self._key_log = key_log
        context.keylog_filename = str(key_log)
        self._channel = connect(context)
        recording: Any = _RecordingSocket(self._channel.socket, self.conversation.wire)
        self._channel.socket = recording
        self._channel.handshake()

    def send(self, octets: bytes) -> None:
        super().send(octets)
        self._channel.send(octets)

    def receive(self) -> bytes:
        octets = self._channel.receive()
        if not octets:
            raise ConnectionError(f"the key server does not answer: {self._channel.ending.value}")
        self._say(False, octets)
        return octets

    def wait_closed(self) -> None:
        """The key server ends the connection, saying nothing more."""
        while self._channel.receive():
            raise ConnectionError("the key server says more than was expected")
        if self._channel.ending is not Ending.CLOSED:
            raise ConnectionError(f"the key server does not close: {self._channel.ending.value}")

    def close(self) -> None:
        if self._channel.ending is Ending.OPEN:
            self._channel.close_notify()
        self._channel.close()
        self.conversation.secrets = self._key_log.read_bytes()
        self._key_log.unlink()


class ScriptLine(Line):
    """Both ends are ours, so that the server can say what no good one says: TLS from memory to memory."""

    def __init__(self, client: ssl.SSLContext, server: ssl.SSLContext, server_name: str, key_log: Path):
        super().__init__()
        self._key_log = key_log
        client.keylog_filename = str(key_log)
        pipes = {True: (ssl.MemoryBIO(), ssl.MemoryBIO()), False: (ssl.MemoryBIO(), ssl.MemoryBIO())}
        self._pipes = pipes
        self._ends = {
            True: client.wrap_bio(*pipes[True], server_hostname=server_name),
            False: server.wrap_bio(*pipes[False], server_side=True),
        }
        waiting = {True, False}
        while waiting:
            for side in sorted(waiting, reverse=True):
                try:
                    self._ends[side].do_handshake()
                    waiting.discard(side)
                except ssl.SSLWantReadError:
                    pass
                self._carry(side)

    def _carry(self, from_client: bool) -> None:
        octets = self._pipes[from_client][1].read()
        if octets:
            self.conversation.wire.append(Spoken(time.time(), from_client, octets))
            self._pipes[not from_client][0].write(octets)

    def say(self, from_client: bool, octets: bytes) -> None:
        self._say(from_client, octets)
        self._ends[from_client].write(octets)
        self._carry(from_client)

    def send(self, octets: bytes) -> None:
        self.say(True, octets)

    def close(self) -> None:
        self.conversation.secrets = self._key_log.read_bytes()
        self._key_log.unlink()
