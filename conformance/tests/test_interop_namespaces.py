"""Namespaces as hosts: who reaches whom, and that nothing stays, also after a crash. As root only."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lurkspec.interop import namespaces
from lurkspec.interop.controlled import PACKAGE, forwarder
from lurkspec.interop.namespaces import Namespace, Namespaces, NoNamespaces

needs_root = pytest.mark.skipif(bool(namespaces.lacking()), reason=namespaces.lacking() or "-")

NODES = ("client", "edge", "keyserver")
LINKS = (("client", "edge"), ("edge", "keyserver"))
# Connects, says something, prints what comes back.
CLIENT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as s:
    s.sendall(b"hello")
    print(s.recv(100).decode())
"""
SERVER = """
import socket, sys
with socket.create_server((sys.argv[1], 0)) as s:
    print(s.getsockname()[1], flush=True)
    while True:
        with s.accept()[0] as peer:
            peer.sendall(peer.recv(100).upper())
"""


def within(node: Namespace, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*node.prefix, *command], capture_output=True, text=True, timeout=30, check=False)


def ours() -> list[str]:
    return [name for name in namespaces.names() if f"-{os.getpid()}-" in name]


@needs_root
def test_who_reaches_whom() -> None:
    """Neighbours do, others do not, and no route leads anywhere else."""
    with Namespaces(NODES, LINKS) as lab:
        address = lab["keyserver"].addresses["edge"]
        command = [*lab["keyserver"].prefix, sys.executable, "-c", SERVER, address]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        assert within(lab["edge"], sys.executable, "-c", CLIENT, address, port).stdout == "HELLO\n"
        alone = within(lab["client"], sys.executable, "-c", CLIENT, address, port)
        assert alone.returncode == 1 and "unreachable" in alone.stderr
        with forwarder("127.0.0.1:0", f"{address}:{port}", 20.0, lab["edge"].prefix) as slow:
            told = within(lab["edge"], sys.executable, "-c", CLIENT, "127.0.0.1", str(slow.port))
            assert told.stdout == "HELLO\n"
            assert slow.tell("count")["connections"][0]["round_trips"] == 1
        for node in lab.nodes.values():
            routes = within(node, "ip", "route", "show").stdout.splitlines()
            assert routes and all(route.startswith("198.18.") for route in routes)
        assert ours()
    # What runs inside ends with the namespace.
    assert server.wait(30) == -9 and not ours()
    server.stdout.close()


@needs_root
def test_nothing_stays_after_an_error() -> None:
    with pytest.raises(KeyError), Namespaces(NODES, (("client", "nobody"),)):
        pass
    assert not ours()
    with pytest.raises(ZeroDivisionError), Namespaces(NODES, LINKS):
        raise ZeroDivisionError
    assert not ours()


@needs_root
def test_what_a_crash_left_is_removed() -> None:
    """A process that is killed leaves its namespaces and what runs there; the next one removes both, and
    nothing of those that live."""
    script = (
        "import subprocess, sys\n"
        "from lurkspec.interop.namespaces import Namespaces\n"
        "with Namespaces(('left',), ()) as lab:\n"
        "    child = subprocess.Popen([*lab['left'].prefix, 'sleep', '100'])\n"
        "    print(child.pid, flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command, environment = [sys.executable, "-c", script], os.environ | {"PYTHONPATH": str(PACKAGE)}
    pipe = subprocess.PIPE
    with Namespaces(("living",), ()):
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as crashed:
            assert crashed.stdout is not None
            left_running = int(crashed.stdout.readline())
            made = [name for name in namespaces.names() if f"-{crashed.pid}-" in name]
            crashed.kill()
            crashed.wait()
        assert len(made) == 1
        # Maybe somebody else was first, beside whom these tests run.
        namespaces.remove_stale()
        assert made[0] not in namespaces.names() and len(ours()) == 1
        assert not namespaces._runs(str(left_running))


def test_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says why."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert namespaces.lacking() == "network namespaces need root" or "iproute2" in namespaces.lacking()
    with pytest.raises(NoNamespaces), Namespaces(NODES, LINKS):
        pass


def test_without_iproute2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "iproute2" in namespaces.lacking()
