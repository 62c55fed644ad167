"""The delaying forwarder: octets as they came, delays, counts, and what can be commanded."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from lurkspec.interop.controlled import Controlled, forwarder

WAIT = 20.0


class Echo:
    """Sends back what comes, in pieces as they come."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "%s:%d" % self._listener.getsockname()
        self.accepted = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            try:
                while octets := peer.recv(65536):
                    peer.sendall(octets)
            except OSError:
                pass

    def close(self) -> None:
        """`shutdown` wakes up who accepts."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.close()


@pytest.fixture
def running(echo: Echo) -> Iterator[Controlled]:
    with forwarder("127.0.0.1:0", echo.address) as made:
        yield made


def connected(running: Controlled) -> socket.socket:
    host, _, port = running.address.rpartition(":")
    return socket.create_connection((host, int(port)), WAIT)


def exchanged(peer: socket.socket, octets: bytes) -> bytes:
    peer.sendall(octets)
    return received(peer, len(octets))


def received(peer: socket.socket, count: int) -> bytes:
    taken = b""
    while len(taken) < count and (more := peer.recv(65536)):
        taken += more
    return taken


def close_at_the_end(peer: socket.socket) -> None:
    while peer.recv(1):
        pass
    peer.close()


def test_octets_pass_in_order(running: Controlled) -> None:
    """Much more than is under way at a time, and the end of a direction by itself."""
    octets = bytes(range(256)) * 40000
    with connected(running) as peer:
        taken: list[bytes] = []
        reader = threading.Thread(target=lambda: taken.append(b"".join(iter(lambda: peer.recv(65536), b""))))
        reader.start()
        peer.sendall(octets)
        peer.shutdown(socket.SHUT_WR)
        reader.join(WAIT)
    assert taken == [octets]
    (counted,) = running.tell("count")["connections"]
    assert counted["forth"] == counted["back"] == len(octets)


def test_round_trips_are_counted(running: Controlled) -> None:
    with connected(running) as first, connected(running) as second:
        for turn in range(1, 4):
            assert exchanged(first, b"x" * turn) == b"x" * turn
            counted = running.tell("count")["connections"]
            assert [c["round_trips"] for c in counted] == [turn, 0]
            assert counted[0]["flights"] == 2 * turn
        assert exchanged(second, b"y") == b"y"
        ours = f"{first.getsockname()[0]}:{first.getsockname()[1]}"
    assert counted[0]["peer"] == ours and counted[0]["forth"] == 6


def test_delay_of_each_direction(running: Controlled) -> None:
    """At least the delays, and for the first octets the round trip of TCP."""
    running.tell("delay 30 70")
    begin = time.monotonic()
    with connected(running) as peer:
        exchanged(peer, b"first")
        middle = time.monotonic()
        exchanged(peer, b"second")
        end = time.monotonic()
    assert middle - begin >= 0.2 and end - middle >= 0.1
    assert running.tell("delay 0")["delay"] == {"forth": 0.0, "back": 0.0}


def test_hold_and_release(running: Controlled, echo: Echo) -> None:
    with connected(running) as peer:
        exchanged(peer, b"1")
        running.tell("hold")
        peer.sendall(b"22")
        running.wait(lambda counted: bool(counted["connections"][0]["forth"] == 3))
        peer.settimeout(0.2)
        with pytest.raises(TimeoutError):
            peer.recv(1)
        assert running.tell("count")["connections"][0]["back"] == 1
        peer.settimeout(WAIT)
        running.tell("release")
        assert received(peer, 2) == b"22"


def test_cut_reset_refuse_accept(running: Controlled) -> None:
    with connected(running) as peer:
        exchanged(peer, b"1")
        closer = threading.Thread(target=close_at_the_end, args=(peer,))
        closer.start()
        assert running.tell("cut") == {"cut": 1, "slow": 0}
        closer.join(WAIT)
    with connected(running) as peer:
        exchanged(peer, b"1")
        assert running.tell("reset") == {"reset": 1}
        with pytest.raises(ConnectionResetError):
            while peer.recv(1):
                pass
    running.tell("refuse")
    with pytest.raises(ConnectionRefusedError):
        connected(running)
    running.tell("accept")
    with connected(running) as peer:
        assert exchanged(peer, b"again") == b"again"
    assert [c["open"] for c in running.tell("count")["connections"][:2]] == [False, False]


def test_nobody_behind_it(running: Controlled, echo: Echo) -> None:
    echo.close()
    with connected(running) as peer, pytest.raises(ConnectionResetError):
        while peer.recv(1):
            pass


def test_bad_commands(running: Controlled) -> None:
    assert "count" in running.tell("")["error"]
    assert "'fly'" in running.tell("fly")["error"]
    assert "delay" in running.tell("delay")["error"]
    assert "delay" in running.tell("delay much")["error"]
    assert running.tell("count") == {"connections": []}
