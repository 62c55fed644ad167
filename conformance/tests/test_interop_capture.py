"""Captures of the interop runner: the octets of the ports that somebody watches, once each, here and in
network namespaces."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lurkspec.dissection import pcapng
from lurkspec.interop import namespaces
from lurkspec.interop.capture import CaptureRefused, Sniffer, Tap
from lurkspec.interop.namespaces import Namespaces

needs_root = pytest.mark.skipif(bool(namespaces.lacking()), reason=namespaces.lacking() or "-")
# Two connections to a server of its own, whose port comes on stdout before they are made.
TALK = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    sys.stdin.readline()
    for text in sys.argv[1:]:
        with socket.create_connection(server.getsockname()) as client, server.accept()[0] as peer:
            client.sendall(text.encode())
            peer.sendall(peer.recv(100).upper())
            client.recv(100)
    print("done", flush=True)
    sys.stdin.readline()
"""


class Talk:
    """The conversation, which waits until somebody watches it."""

    def __init__(self, *texts: str, prefix: tuple[str, ...] = ()):
        command = [*prefix, sys.executable, "-c", TALK, *texts]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        assert self._line() == "done\n"

    def end(self) -> None:
        self._process.communicate("\n", 30)


def sniffer(namespace: str = "") -> Sniffer:
    try:
        return Sniffer(namespace)
    except CaptureRefused as error:
        pytest.skip(f"NOT TESTED: {error}")


def captured(tap: Tap, file: Path, always: tuple[int, ...] = (), since: int = 0) -> bytes:
    if not tap.write(file, always, since, b"", "a test"):
        return b""
    return b"".join(pcapng.read_packets(file))


def test_each_tap_gets_its_ports(tmp_path: Path) -> None:
    with sniffer() as here:
        first, second, taps = Talk("aaaa", "bbbb"), Talk("cccc"), (Tap(), Tap())
        try:
            for tap, talk in zip(taps, (first, second)):
                here.watch(tap, talk.port)
                talk.go()
            here.settle()
        finally:
            first.end()
            second.end()
    ab, c = (captured(tap, tmp_path / "x.pcapng") for tap in taps)
    assert [ab.count(text) for text in (b"aaaa", b"AAAA", b"bbbb", b"cccc")] == [1, 1, 1, 0]
    assert [c.count(text) for text in (b"aaaa", b"cccc", b"CCCC")] == [0, 1, 1]


def test_what_was_before_is_kept_for_some_ports(tmp_path: Path) -> None:
    with sniffer() as here:
        server, edge, tap = Talk("aaaa"), Talk("bbbb"), Tap()
        try:
            for talk in (server, edge):
                here.watch(tap, talk.port)
                talk.go()
            here.settle()
        finally:
            server.end()
            edge.end()
    since = len(tap.packets)
    assert b"aaaa" in captured(tap, tmp_path / "x.pcapng", (server.port,), since)
    assert b"bbbb" not in captured(tap, tmp_path / "x.pcapng", (server.port,), since)
    assert captured(tap, tmp_path / "y.pcapng", (), since) == b""


def test_nothing_comes_after_it_is_forgotten(tmp_path: Path) -> None:
    with sniffer() as here:
        talk, tap = Talk("aaaa"), Tap()
        here.watch(tap, talk.port)
        here.forget(tap)
        talk.go()
        here.settle()
        talk.end()
    assert captured(tap, tmp_path / "x.pcapng") == b""


@needs_root
def test_in_a_namespace(tmp_path: Path) -> None:
    """What is said there, and not what is said here on the same port."""
    with Namespaces(("edge", "client"), (("client", "edge"),)) as lab, sniffer(lab["edge"].name) as there:
        talk, tap = Talk("aaaa", prefix=lab["edge"].prefix), Tap()
        there.watch(tap, talk.port)
        talk.go()
        there.settle()
        talk.end()
    assert captured(tap, tmp_path / "x.pcapng").count(b"AAAA") == 1
