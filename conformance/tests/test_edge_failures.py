"""An edge whose key server does not answer: the deadline of its own, and its end meanwhile. What a TLS client
sees of wrong and absent answers is for `lurkspec edge`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from edge_lab import LIBRARIES, events, remote_config, running_edge, scripted, visit

from lurkspec.edge.keyserver import Reply
from lurkspec.edge.ski import SkiKeyServer


class Slow:
    """Answers rightly, but only when the test is over."""

    def __init__(self) -> None:
        self.held, self.waiting = threading.Event(), threading.Event()
        self.server: SkiKeyServer

    def __call__(self, asked: Any) -> Reply:
        self.waiting.set()
        return replace(self.server.right(asked), held=self.held)


@pytest.fixture
def slow(pki: Path) -> Iterator[Slow]:
    slow = Slow()
    with scripted(pki, slow) as slow.server:
        yield slow
        slow.held.set()


@pytest.mark.parametrize("library", LIBRARIES)
def test_handshake_deadline_while_the_key_is_away(
    library: str, pki: Path, tmp_path: Path, slow: Slow
) -> None:
    """The client's deadline is the earlier one: it does not wait for the key server's."""
    config = remote_config(pki, slow.server.address[1])
    config |= {"limits": {"key_server_ms": 60000, "handshake_ms": 500}}
    with running_edge(library, config, tmp_path) as edge:
        begin = time.monotonic()
        with pytest.raises(OSError):
            visit(pki, edge.port, "RSA")
        assert 0.4 < time.monotonic() - begin < 30
        edge.wait_said('"timeout"')
        assert events(edge, "handshake")[-1]["outcome"] == "timeout"


@pytest.mark.parametrize("library", LIBRARIES)
def test_shutdown_while_operations_wait(library: str, pki: Path, tmp_path: Path, slow: Slow) -> None:
    """SIGTERM ends the edge at once and cleanly, whatever it waits for."""
    config = remote_config(pki, slow.server.address[1])
    config |= {"limits": {"key_server_ms": 120000, "handshake_ms": 120000}}
    with running_edge(library, config, tmp_path) as edge:
        client = threading.Thread(target=lambda: alert_or_end(pki, edge.port))
        client.start()
        assert slow.waiting.wait(20)
        begin = time.monotonic()
    assert time.monotonic() - begin < 60
    client.join(20)


def alert_or_end(pki: Path, port: int) -> None:
    with pytest.raises(OSError):
        visit(pki, port, "ECDHE_ECDSA")
