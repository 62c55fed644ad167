"""What goes over the loopback interface, sorted by the ports of whoever asks: one socket for all."""

from __future__ import annotations

import ctypes
import os
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ..dissection import pcapng

_ETH_P_IP = 0x0800
_TCP, _UDP = 6, 17
_BUFFER = 32 << 20
CAPTURE = "capture.pcapng"
_MARK = 16
_WAIT = 5.0
_NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_T = TypeVar("_T")


class CaptureRefused(Exception):
    """There is no right to capture here; the text is one line."""


@dataclass
class Tap:
    """The datagrams of some ports; `packets` are time, port and datagram."""

    packets: list[tuple[float, int, bytes]] = field(default_factory=list)

    def write(self, file: Path, always: Iterable[int], since: int, secrets: bytes, comment: str) -> bool:
        """Those of the ports `always`, and all from number `since` on; whether there were any."""
        whole = set(always)
        chosen = [
            (moment, datagram)
            for number, (moment, port, datagram) in enumerate(self.packets)
            if number >= since or port in whole
        ]
        if chosen:
            pcapng.write(file, chosen, secrets, comment)
        return bool(chosen)


class Sniffer:
    """Context manager, for the loopback interface of this process or of a network namespace. Datagrams come
    in the order in which they were received; a time-out of `settle` only means that the end of a capture may
    be missing."""

    def __init__(self, namespace: str = ""):
        self._socket, self._marker = _sockets() if not namespace else _within(namespace, _sockets)
        self._wake, self._woken = socket.socketpair()
        self._taps: dict[int, Tap] = {}
        self._marks: dict[bytes, threading.Event] = {}
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Sniffer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"x")
        self._thread.join()
        for one in (self._socket, self._marker, self._wake, self._woken):
            one.close()

    def watch(self, tap: Tap, port: int) -> None:
        self._taps[port] = tap

    def forget(self, tap: Tap) -> None:
        for port in [port for port, owner in list(self._taps.items()) if owner is tap]:
            del self._taps[port]

    def settle(self) -> None:
        """What was sent before has been sorted afterwards."""
        mark, seen = os.urandom(_MARK), threading.Event()
        self._marks[mark] = seen
        self._marker.sendto(mark, self._marker.getsockname())
        seen.wait(_WAIT)
        del self._marks[mark]

    def _run(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket, self._woken], [], [])
            if self._woken in ready:
                return
            self._sort(time.time(), self._socket.recv(65536))

    def _sort(self, moment: float, datagram: bytes) -> None:
        head = (datagram[0] & 15) * 4 if datagram else 0
        if len(datagram) < head + 8 or datagram[9] not in (_TCP, _UDP):
            return
        if datagram[9] == _UDP:
            if mark := self._marks.get(datagram[head + 8 : head + 8 + _MARK]):
                mark.set()
            return
        for port in struct.unpack_from(">HH", datagram, head):
            if tap := self._taps.get(port):
                tap.packets.append((moment, port, datagram))
                return


def _sockets() -> tuple[socket.socket, socket.socket]:
    """For all that arrives on the loopback interface, and for marks."""
    try:
        packets = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    except PermissionError:
        raise CaptureRefused("no capture of lo: it needs root or CAP_NET_RAW") from None
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
    # Of this protocol alone a socket sees what arrives, not what leaves: each datagram once.
    packets.bind(("lo", _ETH_P_IP))
    marker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    marker.bind(("127.0.0.1", 0))
    return packets, marker


def _within(namespace: str, make: Callable[[], _T]) -> _T:
    """What is made in a network namespace belongs to it. It is entered by a thread that ends."""

    def enter() -> _T:
        with open(_NAMESPACES / namespace, "rb") as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
                raise CaptureRefused(f"no capture in {namespace}: {os.strerror(ctypes.get_errno())}")
        return make()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(enter).result()
