"""Capture files: pcapng with the secrets of TLS inside (Decryption Secrets Block), and TCP packets made from
the octets of a conversation."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_LINKTYPE_RAW = 101
_TLS_KEY_LOG = 0x544C534B
_PACKET = 6
_FIN, _SYN, _PSH, _ACK = 0x01, 0x02, 0x08, 0x10
CLIENT, SERVER = "192.0.2.1", "192.0.2.2"
SEGMENT = 1400


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack("<II", kind, size) + body + struct.pack("<I", size)


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def write(
    path: Path, packets: Iterable[tuple[float, bytes]], secrets: bytes = b"", comment: str = ""
) -> None:
    """`packets` are times and IP datagrams; `secrets` lines of a key log."""
    head = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    if comment:
        head += _option(1, comment.encode()) + _option(0, b"")
    blocks = [_block(0x0A0D0D0A, head), _block(1, struct.pack("<HHI", _LINKTYPE_RAW, 0, 0))]
    if secrets:
        blocks.append(_block(10, struct.pack("<II", _TLS_KEY_LOG, len(secrets)) + secrets))
    for time, packet in packets:
        moment = round(time * 1_000_000)
        head = struct.pack("<IIIII", 0, moment >> 32, moment & 0xFFFFFFFF, len(packet), len(packet))
        blocks.append(_block(_PACKET, head + packet))
    path.write_bytes(b"".join(blocks))


def read_packets(path: Path) -> Iterator[bytes]:
    """The IP datagrams of a file that `write` made."""
    octets, at = path.read_bytes(), 0
    while at < len(octets):
        kind, size = struct.unpack("<II", octets[at : at + 8])
        if kind == _PACKET:
            (length,) = struct.unpack("<I", octets[at + 20 : at + 24])
            yield octets[at + 28 : at + 28 + length]
        at += size


def _checksum(octets: bytes) -> int:
    words = struct.unpack(f">{(len(octets) + 1) // 2}H", octets + bytes(len(octets) % 2))
    total: int = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass
class _End:
    address: bytes
    port: int
    sequence: int


class Connection:
    """The packets of a TCP connection, made from what each side sent."""

    def __init__(self, client_port: int, server_port: int, begin: float):
        self._client = _End(socket.inet_aton(CLIENT), client_port, 1000)
        self._server = _End(socket.inet_aton(SERVER), server_port, 2000)
        self._identification = 0
        self.packets: list[tuple[float, bytes]] = []
        self._packet(begin, self._client, self._server, _SYN)
        self._packet(begin, self._server, self._client, _SYN | _ACK)
        self._packet(begin, self._client, self._server, _ACK)

    def send(self, time: float, from_client: bool, octets: bytes, segment: int = SEGMENT) -> None:
        """In segments of that many octets."""
        source, sink = self._ends(from_client)
        for at in range(0, len(octets), segment):
            self._packet(time, source, sink, _PSH | _ACK, octets[at : at + segment])

    def close(self, time: float) -> None:
        self._packet(time, self._client, self._server, _FIN | _ACK)
        self._packet(time, self._server, self._client, _FIN | _ACK)
        self._packet(time, self._client, self._server, _ACK)

    def _ends(self, from_client: bool) -> tuple[_End, _End]:
        return (self._client, self._server) if from_client else (self._server, self._client)

    def _packet(self, time: float, source: _End, sink: _End, flags: int, octets: bytes = b"") -> None:
        acknowledged = sink.sequence if flags & _ACK else 0
        head = struct.pack(
            ">HHIIBBHHH", source.port, sink.port, source.sequence, acknowledged, 0x50, flags, 65535, 0, 0
        )
        pseudo = source.address + sink.address + struct.pack(">BBH", 0, 6, len(head) + len(octets))
        head = head[:16] + struct.pack(">H", _checksum(pseudo + head + octets)) + head[18:]
        source.sequence += len(octets) + bool(flags & (_SYN | _FIN))
        self.packets.append((time, self._ip(source.address, sink.address, head + octets)))

    def _ip(self, source: bytes, sink: bytes, octets: bytes) -> bytes:
        self._identification += 1
        head = struct.pack(
            ">BBHHHBBH4s4s", 0x45, 0, 20 + len(octets), self._identification, 0x4000, 64, 6, 0, source, sink
        )
        return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + octets
