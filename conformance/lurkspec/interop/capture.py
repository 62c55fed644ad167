"""What goes over an interface of this machine, sorted by the ports of whoever asks: one socket for all."""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ..dissection import pcapng

_ETH_P_IP = 0x0800
_TCP, _UDP = 6, 17
_BUFFER = 32 << 20
_WAIT = 5.0


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
    """Context manager. Datagrams come in the order in which they were received; a time-out of `settle` only
    means that the end of a capture may be missing."""

    def __init__(self, interface: str = "lo"):
        try:
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        except PermissionError:
            raise CaptureRefused(f"no capture of {interface}: it needs root or CAP_NET_RAW") from None
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        # Of this protocol alone a socket sees what arrives, not what leaves: each datagram once.
        self._socket.bind((interface, _ETH_P_IP))
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
        for one in (self._socket, self._wake, self._woken):
            one.close()

    def watch(self, tap: Tap, port: int) -> None:
        self._taps[port] = tap

    def forget(self, tap: Tap) -> None:
        for port in [port for port, owner in list(self._taps.items()) if owner is tap]:
            del self._taps[port]

    def settle(self) -> None:
        """What was sent before has been sorted afterwards."""
        mark, seen = os.urandom(16), threading.Event()
        self._marks[mark] = seen
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
            here.bind(("127.0.0.1", 0))
            here.sendto(mark, here.getsockname())
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
            if mark := self._marks.get(datagram[head + 8 : head + 24]):
                mark.set()
            return
        for port in struct.unpack_from(">HH", datagram, head):
            if tap := self._taps.get(port):
                tap.packets.append((moment, port, datagram))
                return
