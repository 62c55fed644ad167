"""A key server that dies under load: clean failures, no wrong answer, and the edge recovers by itself."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from programs import SANITIZED, SANITIZER_OPTIONS

from lurkspec.interop.contract import TOKEN
from lurkspec.pki import WEB_NAME, write_pki
from lurkspec.process import Process
from lurkspec.reference import edge_config, keyserver_config, write_json

LIBRARIES = ("openssl", "gnutls", "boringssl")
CLIENTS = 8
REQUEST = f"GET / HTTP/1.1\r\nHost: {WEB_NAME}\r\nConnection: close\r\n\r\n".encode()
WAIT = 30.0


@dataclass
class Load:
    """Clients that visit the edge again and again; every outcome is counted by the name of its kind."""

    port: int
    ca: Path
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    change: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False

    def visit(self, version: ssl.TLSVersion, ciphers: str) -> str:
        context = ssl.create_default_context(cafile=str(self.ca))
        context.minimum_version = context.maximum_version = version
        if version is ssl.TLSVersion.TLSv1_2:
            context.set_ciphers(ciphers)
        try:
            with socket.create_connection(("127.0.0.1", self.port), WAIT) as plain:
                with context.wrap_socket(plain, server_hostname=WEB_NAME) as tls:
                    tls.sendall(REQUEST)
                    answer = b"".join(iter(lambda: tls.recv(65536), b""))
        except ssl.SSLCertVerificationError as error:
            self.wrong.append(f"certificate: {error}")
            return "wrong"
        except (ssl.SSLError, OSError):
            return "refused"
        if TOKEN.encode() not in answer:
            self.wrong.append(f"answer: {answer[:200]!r}")
            return "wrong"
        return "served"

    def run(self, version: ssl.TLSVersion, ciphers: str) -> None:
        while not self.ended:
            outcome = self.visit(version, ciphers)
            with self.change:
                self.outcomes[outcome] += 1
                self.change.notify_all()

    def wait_more(self, outcome: str, count: int) -> None:
        """Until `count` further visits end so."""
        limit = time.monotonic() + WAIT
        with self.change:
            goal = self.outcomes[outcome] + count
            while self.outcomes[outcome] < goal:
                assert (
                    time.monotonic() < limit
                ), f"no {count} visits {outcome} within {WAIT:g} s: {self.outcomes}"
                self.change.wait(limit - time.monotonic())


@pytest.fixture(params=LIBRARIES)
def edge(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Process, Process, Load]]:
    """A sanitized edge and its key server on the same library."""
    write_pki(tmp_path)
    server_file, edge_file = tmp_path / "keyserver.json", tmp_path / "edge.json"
    write_json(server_file, keyserver_config())
    server = Process(
        [str(SANITIZED / f"lurk-keyserver-{request.param}"), "--config", str(server_file)],
        tmp_path / "keyserver.txt",
        SANITIZER_OPTIONS,
    )
    with server:
        write_json(server_file, keyserver_config(server.port))
        write_json(edge_file, edge_config(server.port, "json"))
        process = Process(
            [str(SANITIZED / f"lurk-edge-{request.param}"), "--config", str(edge_file)],
            tmp_path / "edge.txt",
            SANITIZER_OPTIONS,
        )
        with process:
            yield server, process, Load(process.port, tmp_path / "web-ca.pem")


@pytest.mark.timeout(240)
def test_kill_and_restart_under_load(edge: tuple[Process, Process, Load]) -> None:
    server, process, load = edge
    kinds = [
        (ssl.TLSVersion.TLSv1_3, ""),
        (ssl.TLSVersion.TLSv1_2, "ECDHE+AESGCM"),
        (ssl.TLSVersion.TLSv1_2, "AES128-GCM-SHA256:@SECLEVEL=0"),
    ]
    threads = [threading.Thread(target=load.run, args=kinds[i % len(kinds)]) for i in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        load.wait_more("served", 3 * CLIENTS)
        for _ in range(3):
            server.kill()
            load.wait_more("refused", CLIENTS)
            server.start()
            load.wait_more("served", 3 * CLIENTS)
    finally:
        load.ended = True
        for thread in threads:
            thread.join(WAIT)
    assert not load.wrong
    process.stop()
    assert process.exit_problem == "", process.said[-3000:]


@pytest.mark.timeout(120)
def test_silent_key_server_holds_nobody_up(edge: tuple[Process, Process, Load], tmp_path: Path) -> None:
    """While one key server accepts and says nothing, the edge goes on to the next one for every handshake."""
    server, _, load = edge
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        config = edge_config(server.port)
        config["key_servers"].insert(
            0,
            {
                "url": f"https://127.0.0.1:{silent.getsockname()[1]}/ski",
                "name": config["key_servers"][0]["name"],
            },
        )
        config["limits"] = {"key_server_ms": 3000, "handshake_ms": 10000}
        file = tmp_path / "two.json"
        write_json(file, config)
        program = edge[1].command[0]
        with Process([program, "--config", str(file)], tmp_path / "two.txt", SANITIZER_OPTIONS) as second:
            visitor = Load(second.port, load.ca)
            outcomes = [visitor.visit(ssl.TLSVersion.TLSv1_3, "") for _ in range(4)]
            assert outcomes[-1] == "served" and not visitor.wrong, (outcomes, second.said)
            assert json.dumps(outcomes).count("refused") <= 1
