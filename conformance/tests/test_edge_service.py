"""What stands behind TLS, answer page and proxy, and what holds it together: deadlines, limits, the end."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from edge_lab import (
    LIBRARIES,
    TOKEN,
    WAIT,
    awaited,
    client_context,
    connect,
    local_config,
    page,
    read_all,
    request,
    running_edge,
    visit,
    wait_until,
)

from lurkspec.process import Process

SOME_KEYS = ("www-ecdsa", "www-rsa", "www-rsa-kx")


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def edge(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with running_edge("openssl", local_config(pki, *SOME_KEYS), tmp_path_factory.mktemp("edge")) as process:
        yield process


# --- the answer page ---


def ask(pki: Path, port: int, octets: bytes) -> bytes:
    with connect(client_context(pki, "TLS 1.3"), port) as tls:
        tls.sendall(octets)
        return read_all(tls)


def test_page_as_text_and_as_json(edge: Process, pki: Path) -> None:
    text = ask(pki, edge.port, request("text/plain"))
    facts = page(ask(pki, edge.port, request("text/html, application/json;q=0.9")))
    head, _, body = text.partition(b"\r\n\r\n")
    assert b"Content-Type: text/plain" in head and body.splitlines()[0] == TOKEN.encode()
    names = [line.split(b": ")[0].decode() for line in body.splitlines()[1:]]
    assert sorted(names) == sorted(set(facts) - {"token"})
    assert b"\nexchange: TLS 1.3\n" in body and facts["scheme"] == "ecdsa_secp256r1_sha256"


def test_requests_one_after_the_other(edge: Process, pki: Path) -> None:
    """Persistent connections and pipelining, in pieces of any size."""
    with connect(client_context(pki, "ECDHE_RSA"), edge.port) as tls:
        for octet in request(close=False):
            tls.sendall(bytes([octet]))
        tls.sendall(request(close=False) * 20 + request())
        answer = read_all(tls)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 22 and answer.count(TOKEN.encode()) == 22


@pytest.mark.parametrize(
    "octets, status",
    [
        (b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
        (b"GET / HTTP/1.0\r\n\r\n", 200),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", 405),
        (b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n", 200),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 30000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 20000, 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n" + b"a" * 200000, 413),
        (b"\0\1\2\3\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
    ],
    # Short: the id of a test is in the environment of the programs that it starts.
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
def test_requests_of_all_kinds(edge: Process, pki: Path, octets: bytes, status: int) -> None:
    answer = ask(pki, edge.port, octets)
    assert answer.startswith(b"HTTP/1.1 %d " % status), answer[:100]
    assert answer.count(b"HTTP/1.1 ") == 1
    assert answer.endswith(b"\r\n\r\n") == (octets.startswith(b"HEAD") or status != 200)


def test_log_has_a_line_for_each_handshake(library: str, pki: Path, tmp_path: Path) -> None:
    config = local_config(pki, *SOME_KEYS) | {"log": str(tmp_path / "log.jsonl")}
    with running_edge(library, config, tmp_path) as edge:
        visit(pki, edge.port, "RSA")
        with pytest.raises(ssl.SSLError):
            connect(ssl.create_default_context(), edge.port)  # it does not know the issuer
        with contextlib.closing(socket.create_connection(("127.0.0.1", edge.port), WAIT)) as plain:
            plain.shutdown(socket.SHUT_WR)
            assert plain.recv(1) == b""
        wait_until(lambda: (tmp_path / "log.jsonl").read_text().count("\n") == 3)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    # Connections end in an order of their own.
    outcomes = {line["outcome"]: line for line in lines}
    assert len(lines) == 3 and set(outcomes) == {"ok", "failed", "gone"}
    assert all(line["event"] == "handshake" and line["peer"].startswith("127.0.0.1:") for line in lines)
    assert outcomes["ok"]["reason"] is None and outcomes["ok"]["exchange"] == "RSA"
    assert outcomes["failed"]["reason"]
    assert "" == edge.said


def test_no_key_log(library: str, pki: Path, tmp_path: Path) -> None:
    """SSLKEYLOGFILE, which GnuTLS obeys by itself, has no effect."""
    environment = {"SSLKEYLOGFILE": str(tmp_path / "keys.txt")}
    with running_edge(library, local_config(pki, *SOME_KEYS), tmp_path, environment) as edge:
        for exchange in ("ECDHE_RSA", "TLS 1.3"):
            visit(pki, edge.port, exchange)
    assert not (tmp_path / "keys.txt").exists()


# --- deadlines and limits ---


def test_silent_and_slow_clients_are_ended(library: str, pki: Path, tmp_path: Path) -> None:
    """The deadline is absolute: dripping does not move it. Meanwhile others are served."""
    config = local_config(pki, *SOME_KEYS) | {"limits": {"handshake_ms": 1000}}
    with running_edge(library, config, tmp_path) as edge:
        begin = time.monotonic()
        silent = socket.create_connection(("127.0.0.1", edge.port), WAIT)
        slow = socket.create_connection(("127.0.0.1", edge.port), WAIT)
        slow.settimeout(0.1)
        ended = False
        while not ended and time.monotonic() - begin < WAIT:
            with contextlib.suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
                slow.send(b"\x16" if time.monotonic() - begin < 0.2 else b"\3")
                ended = slow.recv(100) == b""
                continue
            ended = time.monotonic() - begin > 2
        assert silent.recv(1) == b"" and 0.9 < time.monotonic() - begin < 10
        visit(pki, edge.port, "TLS 1.3")
        silent.close()
        slow.close()
        awaited(edge, "handshake", lambda found: {"timeout", "ok"} <= {event["outcome"] for event in found})


def test_idle_request_is_ended(library: str, pki: Path, tmp_path: Path) -> None:
    """The answer page waits for a request so long and no longer, however it drips."""
    config = local_config(pki, *SOME_KEYS) | {"limits": {"request_ms": 700}}
    with running_edge(library, config, tmp_path) as edge:
        begin = time.monotonic()
        with connect(client_context(pki, "TLS 1.3"), edge.port) as tls:
            tls.sendall(b"GET / HTTP/1.1\r\n")
            assert read_all(tls) == b""
        assert 0.6 < time.monotonic() - begin < 10


def test_connection_limit(library: str, pki: Path, tmp_path: Path) -> None:
    config = local_config(pki, *SOME_KEYS) | {"limits": {"connections": 3}}
    with running_edge(library, config, tmp_path) as edge:
        with contextlib.ExitStack() as stack:
            for _ in range(3):
                stack.enter_context(connect(client_context(pki, "TLS 1.3"), edge.port))
            with pytest.raises(OSError):
                visit(pki, edge.port, "TLS 1.3")

        def served() -> bool:
            with contextlib.suppress(OSError):
                return bool(visit(pki, edge.port, "TLS 1.3"))
            return False

        wait_until(served)  # the places of ended connections are free again


def test_client_that_does_not_read(library: str, pki: Path, tmp_path: Path) -> None:
    """It asks for ever more and takes nothing: the edge stops reading and keeps its memory."""
    config = local_config(pki, *SOME_KEYS) | {"limits": {"request_ms": 2000}}
    with running_edge(library, config, tmp_path) as edge:
        context = client_context(pki, "TLS 1.3")
        plain = socket.create_connection(("127.0.0.1", edge.port), WAIT)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with context.wrap_socket(plain, server_hostname="www.example") as tls:
            tls.settimeout(0.5)
            sent = 0
            with contextlib.suppress(OSError):
                while sent < 64 << 20:
                    tls.sendall(request(close=False) * 100)
                    sent += 100 * len(request(close=False))
            assert sent < 64 << 20, "nobody stops it"
            visit(pki, edge.port, "ECDHE_ECDSA")
        assert resident(edge.pid) < 200 << 20


def resident(pid: int) -> int:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) << 10


def test_many_at_once(library: str, pki: Path, tmp_path: Path) -> None:
    """Parallel clients each get their own answer."""
    kinds = ("ECDHE_ECDSA", "ECDHE_RSA", "RSA", "TLS 1.3")
    seen: list[bool] = []
    with running_edge(library, local_config(pki, *SOME_KEYS), tmp_path) as edge:

        def run(kind: str) -> None:
            seen.extend(visit(pki, edge.port, kind)["exchange"] == kind for _ in range(10))

        threads = [threading.Thread(target=run, args=(kinds[i % 4],)) for i in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert seen == [True] * 160


def test_end_with_open_connections(library: str, pki: Path, tmp_path: Path) -> None:
    """SIGTERM: handshakes, open connections and all end, exit code 0."""
    with running_edge(library, local_config(pki, *SOME_KEYS), tmp_path) as edge:
        half = socket.create_connection(("127.0.0.1", edge.port), WAIT)
        half.sendall(b"\x16\3\1")
        tls = connect(client_context(pki, "TLS 1.3"), edge.port)
        edge.stop()
    assert not edge.exit_problem
    for end in (half, tls):
        with contextlib.suppress(OSError):
            assert end.recv(10) == b""
        end.close()


# --- the proxy ---


class Upstream:
    """A TCP server whose connections are handled by a function of a test, one thread each."""

    def __init__(self, handle: Callable[[socket.socket], None]):
        self.handle = handle
        self.problems: list[BaseException] = []

    def __enter__(self) -> Upstream:
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()
        assert not self.problems

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.settimeout(WAIT)
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.handle(connection)
            except Exception as problem:
                self.problems.append(problem)


@contextlib.contextmanager
def proxy(library: str, pki: Path, folder: Path, address: str, **limits: int) -> Iterator[Process]:
    config: dict[str, Any] = local_config(pki, *SOME_KEYS) | {"upstream": address}
    if limits:
        config["limits"] = limits
    with running_edge(library, config, folder) as edge:
        yield edge


def test_proxy_carries_both_ways_and_passes_ends_on(library: str, pki: Path, tmp_path: Path) -> None:
    """The upstream answers only after the client's end: each direction ends by itself."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"first;")
        connection.sendall(read_all(connection).upper())

    with Upstream(handle) as upstream, proxy(library, pki, tmp_path, upstream.address) as edge:
        for exchange in ("ECDHE_ECDSA", "RSA", "TLS 1.3"):
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            context = client_context(pki, exchange)
            tls = context.wrap_bio(incoming, outgoing, server_hostname="www.example")
            with socket.create_connection(("127.0.0.1", edge.port), WAIT) as plain:
                pump(tls.do_handshake, plain, incoming, outgoing)
                assert pump(lambda: tls.read(6), plain, incoming, outgoing) == b"first;"
                tls.write(b"hello")
                with contextlib.suppress(ssl.SSLWantReadError):
                    tls.unwrap()  # sends close_notify, and waits for the other one
                plain.sendall(outgoing.read())
                answer = b""
                while b"HELLO" not in answer:
                    answer += pump(lambda: tls.read(1000), plain, incoming, outgoing)
            assert answer == b"HELLO"


def pump(
    step: Callable[[], Any], plain: socket.socket, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
) -> Any:
    """Repeats the step until it needs no more octets from the peer."""
    while True:
        try:
            result = step()
            plain.sendall(outgoing.read())
            return result
        except ssl.SSLWantReadError:
            plain.sendall(outgoing.read())
            octets = plain.recv(65536)
            assert octets, "the edge has closed"
            incoming.write(octets)


def test_proxy_with_slow_ends(library: str, pki: Path, tmp_path: Path) -> None:
    """64 MiB each way while the receiver waits first: nothing is lost, and little is kept in the edge."""
    size = 64 << 20
    go, peak = threading.Event(), 0

    def handle(connection: socket.socket) -> None:
        assert go.wait(WAIT)
        got = 0
        while got < size:
            got += len(connection.recv(1 << 16))
        connection.sendall(b"x" * size)

    with Upstream(handle) as upstream, proxy(library, pki, tmp_path, upstream.address) as edge:
        with connect(client_context(pki, "TLS 1.3"), edge.port) as tls:
            sender = threading.Thread(target=tls.sendall, args=(b"y" * size,))
            sender.start()
            sender.join(0.5)
            assert sender.is_alive(), "the edge swallows everything"
            peak = resident(edge.pid)
            go.set()
            sender.join(WAIT)
            got = len(tls.recv(1))
            sender.join(0.2)
            peak = max(peak, resident(edge.pid))
            while got < size:
                got += len(tls.recv(1 << 16))
    assert peak < 150 << 20


def truncation_context(pki: Path, exchange: str) -> ssl.SSLContext:
    """For a client that tells an end without close_notify from one with it."""
    context = client_context(pki, exchange)
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return context


def test_proxy_without_an_upstream(library: str, pki: Path, tmp_path: Path) -> None:
    """The client's connection ends without close_notify, the log says why, and the edge goes on."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"127.0.0.1:{gone.getsockname()[1]}"
    with proxy(library, pki, tmp_path, address) as edge:
        for _ in range(2):
            with pytest.raises(ssl.SSLError, match="unexpected eof"):
                with connect(
                    truncation_context(pki, "TLS 1.3"), edge.port, suppress_ragged_eofs=False
                ) as tls:
                    tls.recv(1)
        found = awaited(edge, "upstream", lambda found: len(found) == 2)
        assert [event["failure"] for event in found] == ["connection refused"] * 2


def test_proxy_ends_idle_connections(library: str, pki: Path, tmp_path: Path) -> None:
    with Upstream(lambda connection: check(read_all(connection) == b"")) as upstream:
        with proxy(library, pki, tmp_path, upstream.address, idle_ms=500) as edge:
            with connect(client_context(pki, "TLS 1.3"), edge.port) as tls:
                assert tls.recv(1) == b""


def check(fact: bool) -> None:
    assert fact


def test_proxy_of_an_upstream_that_breaks(library: str, pki: Path, tmp_path: Path) -> None:
    """A reset upstream is no orderly end: the client sees no close_notify."""

    def handle(connection: socket.socket) -> None:
        connection.sendall(b"begin")
        assert connection.recv(1) == b"!"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with Upstream(handle) as upstream, proxy(library, pki, tmp_path, upstream.address) as edge:
        with connect(truncation_context(pki, "ECDHE_RSA"), edge.port, suppress_ragged_eofs=False) as tls:
            assert tls.recv(5) == b"begin"
            tls.sendall(b"!")
            with pytest.raises(ssl.SSLError, match="unexpected eof"):
                tls.recv(1)
