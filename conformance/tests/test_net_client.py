"""The HTTP client of lurk/net under each TLS library: pool, fail-over, deadlines, answers that are none."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from net_pki import write_net_pki
from net_programs import (
    LIBRARIES,
    WAIT,
    Echo,
    Limits,
    NetClient,
    Respond,
    Stub,
    echo_back,
    server_context,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("net")
    write_net_pki(folder)
    return folder


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port on which nobody listens, for as long as the test runs."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def all_ok(count: int, origin: int = 0) -> str:
    return f"ok={count} wrong=0 failed=0 last={origin}"


ONE_FAILED = "ok=0 wrong=0 failed=1 last=0"


@pytest.mark.parametrize("server", LIBRARIES)
def test_every_pair_of_libraries(library: str, server: str, folder: Path) -> None:
    with Echo(server, folder) as echo, NetClient(library, folder, echo.port) as client:
        for count in (1, 500, 1):
            assert client.round(count) == all_ok(count)


def test_connections_persist_and_are_bounded(library: str, folder: Path) -> None:
    with Stub(server_context(folder)) as stub, NetClient(library, folder, stub.port, connections=3) as client:
        for _ in range(3):
            assert client.round(60) == all_ok(60)
        assert 1 <= stub.handshakes <= 3
        assert len(stub.requests) == 180


# --- fail-over ---


def test_fail_over_and_return(library: str, folder: Path, nobody: int) -> None:
    with Echo(library, folder) as second, NetClient(library, folder, nobody, second.port) as client:
        assert client.round(100) == all_ok(100, 1)
        assert client.wait_logged("origin-failed").startswith(f"origin-failed 127.0.0.1:{nobody} ")


def test_an_origin_that_comes_back_is_used_again(library: str, folder: Path) -> None:
    first = Echo(library, folder)
    with Echo(library, folder) as second, NetClient(library, folder, first.port, second.port) as client:
        assert client.round(20) == all_ok(20, 0)
        first.kill()
        assert client.round(20) == all_ok(20, 1)
        with Echo(library, folder, port=first.port):
            limit = time.monotonic() + WAIT
            while client.round(1) != all_ok(1, 0):
                assert time.monotonic() < limit
            client.wait_logged(f"origin-works 127.0.0.1:{first.port}")


def test_a_silent_origin_holds_up_only_once(library: str, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Echo(library, folder) as second:
        with NetClient(library, folder, silent.getsockname()[1], second.port) as client:
            assert client.round(10) == all_ok(10, 1)
            begin = time.monotonic()
            assert client.round(100) == all_ok(100, 1)
            # At most one of them finds out that it is still silent, within connect_ms.
            assert time.monotonic() - begin < 5


def test_nobody_answers(library: str, folder: Path, nobody: int) -> None:
    with NetClient(library, folder, nobody) as client:
        assert client.round(3) == "ok=0 wrong=0 failed=3 last=0"
        assert client.wait_logged("answer") == "answer input/output error"


def test_kill_and_restart_under_load(library: str, folder: Path) -> None:
    """No wrong answer at any time, and recovery without help."""
    echo = Echo(library, folder)
    port, rounds = echo.port, list[str]()
    with NetClient(library, folder, port) as client:
        killer = threading.Event()

        def kill() -> None:
            killer.wait(WAIT)
            echo.kill()

        thread = threading.Thread(target=kill)
        thread.start()
        assert client.round(50) == all_ok(50)
        killer.set()
        while not rounds or rounds[-1] == all_ok(300):
            rounds.append(client.round(300))
        thread.join(WAIT)
        assert all(" wrong=0 " in line for line in rounds)
        with Echo(library, folder, port=port):
            assert client.round(300) == all_ok(300)


# --- retry once, before any octet of an answer ---


def drop(tls: ssl.SSLSocket, body: bytes) -> bool:
    return False


def half(tls: ssl.SSLSocket, body: bytes) -> bool:
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\nx")
    return False


def garbage(tls: ssl.SSLSocket, body: bytes) -> bool:
    tls.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 3)
    return True


def too_large(tls: ssl.SSLSocket, body: bytes) -> bool:
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100000))
    return True


def endless_header(tls: ssl.SSLSocket, body: bytes) -> bool:
    tls.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n" * 2000)
    return True


@pytest.mark.parametrize(
    "respond, sends, reason",
    [
        (drop, 2, "closed"),
        (half, 1, "closed"),
        (garbage, 1, "malformed"),
        (too_large, 1, "limit"),
        (endless_header, 1, "limit"),
    ],
)
def test_answers_that_are_none(library: str, folder: Path, respond: Respond, sends: int, reason: str) -> None:
    with Stub(server_context(folder), respond) as stub, NetClient(library, folder, stub.port) as client:
        assert client.round(1) == ONE_FAILED
        assert len(stub.requests) == sends
        assert reason in client.wait_logged("answer ")


def test_a_broken_connection_goes_to_the_next_origin(library: str, folder: Path) -> None:
    with Stub(server_context(folder), drop) as broken, Stub(server_context(folder)) as good:
        with NetClient(library, folder, broken.port, good.port) as client:
            assert client.round(1) == all_ok(1, 1)
            assert len(broken.requests) == 1 and len(good.requests) == 1


def answer_and_close(tls: ssl.SSLSocket, body: bytes) -> bool:
    """Without saying so: the client learns it when it has the next request."""
    echo_back(tls, body)
    return False


def test_connections_that_the_server_closed(library: str, folder: Path) -> None:
    with Stub(server_context(folder), answer_and_close) as stub:
        with NetClient(library, folder, stub.port) as client:
            for _ in range(30):
                assert client.round(1) == all_ok(1)


def test_idle_end_and_next_request_at_once(library: str, folder: Path) -> None:
    with Echo(library, folder, Limits(idle_ms=20)) as echo, NetClient(library, folder, echo.port) as client:
        for _ in range(100):
            assert client.round(2) == all_ok(2)


def redirect(tls: ssl.SSLSocket, body: bytes) -> bool:
    tls.sendall(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")
    return True


def test_redirects_are_not_followed(library: str, folder: Path) -> None:
    with Stub(server_context(folder), redirect) as stub, NetClient(library, folder, stub.port) as client:
        assert client.round(1) == "ok=0 wrong=1 failed=0 last=0"
        assert len(stub.requests) == 1


def octet_by_octet(tls: ssl.SSLSocket, body: bytes) -> bool:
    answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer += b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    for octet in answer:
        tls.send(bytes([octet]))
    return True


def until_the_end(tls: ssl.SSLSocket, body: bytes) -> bool:
    """An answer that only close_notify delimits."""
    tls.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + body)
    tls.unwrap()
    return False


def cut(tls: ssl.SSLSocket, body: bytes) -> bool:
    tls.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + body[:-1])
    return False


@pytest.mark.parametrize("respond", [octet_by_octet, until_the_end])
def test_unusual_answers(library: str, folder: Path, respond: Respond) -> None:
    with Stub(server_context(folder), respond) as stub, NetClient(library, folder, stub.port) as client:
        assert client.round(3) == all_ok(3)


def test_a_fin_does_not_end_an_answer(library: str, folder: Path) -> None:
    with Stub(server_context(folder), cut) as stub, NetClient(library, folder, stub.port) as client:
        assert client.round(1) == ONE_FAILED
        assert len(stub.requests) == 1


# --- deadlines ---


def test_deadline_is_absolute(library: str, folder: Path) -> None:
    """An answer that comes octet by octet for ever, and one that never begins."""
    over = threading.Event()

    def drip(tls: ssl.SSLSocket, body: bytes) -> bool:
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n")
        while not over.wait(0.1):
            tls.sendall(b"x")
        return False

    def silence(tls: ssl.SSLSocket, body: bytes) -> bool:
        over.wait(WAIT)
        return False

    try:
        for respond in (drip, silence):
            with Stub(server_context(folder), respond) as stub:
                with NetClient(library, folder, stub.port, deadline_ms=800) as client:
                    begin = time.monotonic()
                    assert client.round(5) == "ok=0 wrong=0 failed=5 last=0"
                    assert 0.7 < time.monotonic() - begin < 3
                    client.wait_logged("answer deadline passed")
                over.set()
            over.clear()
    finally:
        over.set()


def test_a_request_after_a_deadline_does_not_get_the_late_answer(library: str, folder: Path) -> None:
    late = threading.Event()

    def first_late(tls: ssl.SSLSocket, body: bytes) -> bool:
        if len(stub.requests) == 1:
            late.wait(WAIT)
        return echo_back(tls, body)

    with Stub(server_context(folder), first_late) as stub:
        with NetClient(library, folder, stub.port, connections=1, deadline_ms=500) as client:
            assert client.round(1) == ONE_FAILED
            late.set()
            assert client.round(20) == all_ok(20)
