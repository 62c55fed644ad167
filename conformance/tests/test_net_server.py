"""The server of lurk/net under each TLS library: HTTP over mutual TLS with friends, fools and enemies."""

from __future__ import annotations

import os
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from net_pki import SERVER_NAME, write_net_pki
from net_programs import LIBRARIES, WAIT, Answer, Client, Echo, Limits, client_context, dial, request

TLS12, TLS13 = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
SHORT = Limits(header_ms=600, body_ms=600, idle_ms=600)
# Far below what a deadline that starts anew with every octet would give.
LATE = 3.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("net")
    write_net_pki(folder)
    return folder


@pytest.fixture(scope="module", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def echo(library: str, folder: Path) -> Iterator[Echo]:
    with Echo(library, folder) as echo:
        yield echo


@pytest.fixture(scope="module")
def hasty(library: str, folder: Path) -> Iterator[Echo]:
    """A server with short deadlines."""
    with Echo(library, folder, SHORT) as echo:
        yield echo


@pytest.fixture(scope="module")
def context(folder: Path) -> ssl.SSLContext:
    return client_context(folder)


@pytest.fixture
def client(echo: Echo, context: ssl.SSLContext) -> Iterator[Client]:
    with Client(echo.port, context) as client:
        yield client


def served(answer: Answer | None, body: bytes = b"hello") -> bool:
    return answer is not None and answer.status == 200 and answer.body == body


# --- HTTP ---


def test_answers_and_their_headers(client: Client) -> None:
    answer = client.ask(request())
    assert answer is not None and served(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["date"].endswith(" GMT")
    assert set(answer.headers) == {"date", "cache-control", "content-type", "content-length"}
    assert served(client.ask(request(b"x" * 16384)), b"x" * 16384)
    assert served(client.ask(request(host="127.0.0.1:4433")))
    absolute = client.ask(request(b"", f"https://{SERVER_NAME}/who?x", "GET"))
    assert absolute is not None
    assert absolute.body == b"authenticated=1 uri:urn:example:edge-a dns:edge-a.example"


def test_methods(client: Client) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        answer = client.ask(request(b"secret", method=method))
        assert answer is not None and answer.status == 405
        assert answer.headers["allow"] == "POST" and b"secret" not in answer.octets
    client.send(request(b"", method="HEAD"))
    head = client.answer(has_body=False)
    assert head is not None and head.status == 405 and head.body == b""
    assert served(client.ask(request()))


@pytest.mark.parametrize("method", ["CONNECT", "BREW", "POSTS"])
def test_methods_without_a_meaning(client: Client, method: str) -> None:
    answer = client.ask(request(b"", method=method))
    assert answer is not None and answer.status == 405 and answer.headers["connection"] == "close"
    assert client.ended()


CHUNKED = f"POST / HTTP/1.1\r\nHost: {SERVER_NAME}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


def test_chunked(client: Client) -> None:
    assert served(client.ask(CHUNKED + b"5\r\nhello\r\n0\r\n\r\n"))
    assert served(client.ask(CHUNKED + b"2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX-Trailer: x\r\n\r\n"))
    client.send(CHUNKED + b"5\r\nhel")
    assert served(client.ask(b"lo\r\n0\r\n\r\n"))


REFUSED = {
    "Content-Length and chunked": (400, request(fields="Transfer-Encoding: chunked\r\n")),
    "two Content-Length": (400, request(fields="Content-Length: 5\r\n")),
    "no length": (411, f"POST / HTTP/1.1\r\nHost: {SERVER_NAME}\r\n\r\n".encode()),
    "obs-fold": (400, request(fields="X: a\r\n b\r\n")),
    "bare LF": (400, request().replace(b"\r\n", b"\n")),
    "space before colon": (400, request(fields="X : a\r\n")),
    "no Host": (400, b"GET /who HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, request(fields=f"Host: {SERVER_NAME}\r\n")),
    "foreign Host": (403, request(host="elsewhere.example")),
    "rebound Host": (403, request(host="127.0.0.1.elsewhere.example")),
    "Origin": (403, request(fields="Origin: https://elsewhere.example\r\n")),
    "HTTP/0.9": (400, b"GET /who\r\n"),
    "HTTP/1.0 without Host": (400, b"GET /who HTTP/1.0\r\n\r\n"),
    "HTTP/2 preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "unknown expectation": (417, request(fields="Expect: 200-ok\r\n")),
    "bad chunk size": (400, CHUNKED + b"x\r\nhello\r\n0\r\n\r\n"),
    "bad chunk end": (400, CHUNKED + b"5\r\nhelloXX0\r\n\r\n"),
    "long chunk extension": (400, CHUNKED + b"5;" + b"x" * 9000 + b"\r\nhello\r\n0\r\n\r\n"),
    "framing trailer": (400, CHUNKED + b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
    "body over the limit": (413, request(b"x" * 16385)),
    "chunks over the limit": (413, CHUNKED + b"1000\r\n" + (b"x" * 4096 + b"\r\n1000\r\n") * 5),
    "header over the limit": (431, request(fields="X: " + "x" * 8192 + "\r\n")),
    "line over the limit": (414, request(path="/" + "x" * 8192)),
    "101 fields": (431, request(fields="x:y\r\n" * 101)),
}


@pytest.mark.parametrize("label", REFUSED)
def test_refused_and_closed(client: Client, label: str) -> None:
    status, octets = REFUSED[label]
    # What follows on a connection whose framing is in doubt is never taken for a request.
    answer = client.ask(octets + request(b"", "/noted", "GET"))
    assert answer is not None and answer.status == status and answer.body == b"fault"
    assert answer.headers["connection"] == "close"
    assert client.ended()


def test_what_follows_a_refused_request_is_not_handled(echo: Echo, context: ssl.SSLContext) -> None:
    with Client(echo.port, context) as client:
        client.ask(request(fields="X : a\r\n") + request(b"", "/noted", "GET"))
    with Client(echo.port, context) as client:
        answer = client.ask(request(b"", "/noted", "GET"))
        assert answer is not None and answer.status == 204 and "content-length" not in answer.headers
    echo.wait_logged("noted")
    assert sum(line == "noted" for line in echo.log) == 1


def test_large_body_is_answered_while_it_is_sent(echo: Echo, context: ssl.SSLContext) -> None:
    with Client(echo.port, context) as client:
        client.send(f"POST / HTTP/1.1\r\nHost: {SERVER_NAME}\r\nContent-Length: 50000000\r\n\r\n".encode())
        answer = client.answer()
        assert answer is not None and answer.status == 413
        try:
            for _ in range(3000):
                client.send(b"x" * 16384)
        except OSError:
            pass  # the server has closed: it reads no more
        else:
            pytest.fail("the server reads on")


def test_expect_continue(client: Client) -> None:
    head, body = request(fields="Expect: 100-continue\r\n").split(b"\r\n\r\n")
    interim = client.ask(head + b"\r\n\r\n")
    assert interim is not None and interim.octets == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert served(client.ask(body))
    assert served(client.ask(request(b"", fields="Expect: 100-continue\r\n")), b"")


def test_pipelining_keeps_the_order(echo: Echo, context: ssl.SSLContext) -> None:
    """More than all buffers between the two can hold, so that the server must stop reading in between."""
    small = [f"{number:05}".encode() * 60 for number in range(2000)]
    large = [f"{number:05}".encode() * 3200 for number in range(1000)]
    with Client(echo.port, context) as client:
        client.send_while_receiving(b"".join(map(request, small + large)))
        for body in small + large:
            assert served(client.answer(), body)


def test_one_octet_per_record(client: Client) -> None:
    for octet in request():
        client.send(bytes([octet]))
    assert served(client.answer())


def test_http_1_0_ends(client: Client) -> None:
    answer = client.ask(request(fields="Connection: keep-alive\r\n").replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert served(answer) and client.ended()


def test_connection_close(client: Client) -> None:
    assert served(client.ask(request(fields="Connection: close\r\n"))) and client.ended()


# --- slow, silent, gone ---


def dripped(client: Client, octets: bytes) -> float:
    """Seconds until the peer answers or ends, at an octet per tenth of a deadline."""
    begin = time.monotonic()
    for octet in octets:
        client.send(bytes([octet]))
        client.socket.settimeout(0.06)
        try:
            if not client._more() or client._buffer:
                break
        except TimeoutError:
            continue
        finally:
            client.socket.settimeout(WAIT)
    return time.monotonic() - begin


@pytest.mark.parametrize("part", ["header", "body"])
def test_deadlines_are_absolute(hasty: Echo, context: ssl.SSLContext, part: str) -> None:
    octets = request(b"y" * 100, fields="X: " + "x" * 200 + "\r\n")
    border = octets.index(b"\r\n\r\n") + 4
    with Client(hasty.port, context) as client:
        if part == "body":
            client.send(octets[:border])
            octets = octets[border:]
        assert dripped(client, octets[:-1]) < LATE
        answer = client.answer()
        assert answer is not None and answer.status == 408
        assert client.ended()
    assert hasty.wait_logged("deadline") == f"deadline 127.0.0.1 request {part}"


def test_idle_connections_end(hasty: Echo, context: ssl.SSLContext) -> None:
    for first in (False, True):
        with Client(hasty.port, context) as client:
            if first:
                assert served(client.ask(request()))
            begin = time.monotonic()
            assert client.ended()
            assert time.monotonic() - begin < LATE


def test_handshakes_end(hasty: Echo, context: ssl.SSLContext) -> None:
    with dial(hasty.port) as silent, dial(hasty.port) as slow:
        slow.sendall(bytes.fromhex("1603010200010001fc0303"))
        begin = time.monotonic()
        with Client(hasty.port, context) as client:  # nobody waits for them
            assert served(client.ask(request()))
        assert silent.recv(1) == b"" and slow.recv(1) == b""
        assert time.monotonic() - begin < LATE
    hasty.wait_logged("handshake-timeout 127.0.0.1")


def test_a_peer_that_does_not_read(hasty: Echo, context: ssl.SSLContext) -> None:
    question = request(b"x" * 16000)
    with Client(hasty.port, context) as deaf:
        deaf.socket.settimeout(1)
        sent = 0
        try:
            while sent < 64 << 20:
                deaf.send(question)
                sent += len(question)
            pytest.fail("the server keeps answers without bound")
        except (TimeoutError, OSError):
            pass
        with Client(hasty.port, context) as client:
            assert served(client.ask(request()))
    hasty.wait_logged("output-timeout 127.0.0.1")


def test_truncated_requests_are_dropped(library: str, folder: Path, context: ssl.SSLContext) -> None:
    octets = request(b"", "/noted", "GET")
    cuts = (1, len(octets) // 2, len(octets) - 1)
    with Echo(library, folder) as echo:
        for cut in cuts:
            with Client(echo.port, context) as client:
                client.send(octets[:cut])
                client.socket.shutdown(socket.SHUT_WR)  # FIN without close_notify
                assert client.answer() is None
            with Client(echo.port, context) as client:
                client.send(octets[:cut])
                raw = socket.socket(fileno=os.dup(client.socket.fileno()))
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.socket.close()
                raw.close()  # RST
        for _ in range(2 * len(cuts)):
            assert "truncated" in echo.wait_logged("channel-failed")
        echo.end()
        assert "noted" not in echo.log


def test_cut_requests_are_refused(echo: Echo, context: ssl.SSLContext) -> None:
    """close_notify within a request; the other direction is still open."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=SERVER_NAME)
    with dial(echo.port) as raw:

        def step(call: object) -> bytes | None:
            while True:
                try:
                    result = call()  # type: ignore[operator]
                    raw.sendall(outgoing.read())
                    return result if isinstance(result, bytes) else None
                except ssl.SSLWantReadError:
                    raw.sendall(outgoing.read())
                    octets = raw.recv(65536)
                    assert octets
                    incoming.write(octets)

        step(tls.do_handshake)
        step(lambda: tls.write(CHUNKED + b"5\r\nhello\r\n"))
        try:
            tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        raw.sendall(outgoing.read())
        received = b""
        while octets := raw.recv(65536):
            received += octets
        assert received  # an answer and close_notify, which this end can no longer decrypt
    echo.wait_logged("request cut off")


# --- many ---


def test_two_hundred_connections(echo: Echo, context: ssl.SSLContext) -> None:
    with Client(echo.port, context) as client:
        assert served(client.ask(request()))
    before = echo.descriptors()
    with ExitStack() as stack:
        clients = [stack.enter_context(Client(echo.port, context)) for _ in range(200)]
        for round in range(3):
            bodies = [f"{round} {number}".encode() for number in range(len(clients))]
            for client, body in zip(clients, bodies):
                client.send(request(body))
            for client, body in zip(clients, bodies):
                assert served(client.answer(), body)
    limit = time.monotonic() + WAIT
    while echo.descriptors() > before:
        assert time.monotonic() < limit, "descriptors leak"
        with Client(echo.port, context) as client:
            assert served(client.ask(request()))


def test_connection_limit(library: str, folder: Path, context: ssl.SSLContext) -> None:
    with Echo(library, folder, Limits(connections=5)) as echo:
        with ExitStack() as stack:
            clients = [stack.enter_context(Client(echo.port, context)) for _ in range(5)]
            for _ in range(3):
                with dial(echo.port) as extra:
                    assert extra.recv(1) == b""
            for client in clients:
                assert served(client.ask(request()))
        limit = time.monotonic() + WAIT
        while True:  # recovery: as soon as the server has seen that they have gone
            assert time.monotonic() < limit
            try:
                with Client(echo.port, context) as client:
                    assert served(client.ask(request()))
                break
            except OSError:
                continue
        echo.wait_logged("connection-limit 127.0.0.1")
        echo.end()
        assert sum("connection-limit" in line for line in echo.log) <= 3  # no line per connection


def test_silent_connections_give_way(library: str, folder: Path, context: ssl.SSLContext) -> None:
    """A flood of connections that say nothing keeps nobody out, neither the old nor the new."""
    with Echo(library, folder, Limits(threads=1, connections=20)) as echo, ExitStack() as stack:
        before = stack.enter_context(Client(echo.port, context))
        assert served(before.ask(request()))
        for _ in range(200):
            stack.enter_context(dial(echo.port))
        for _ in range(20):
            with Client(echo.port, context) as client:
                assert served(client.ask(request()))
        assert served(before.ask(request()))


def test_stops_with_open_connections(library: str, folder: Path, context: ssl.SSLContext) -> None:
    echo = Echo(library, folder)
    with Client(echo.port, context) as idle, Client(echo.port, context) as busy, dial(echo.port) as silent:
        assert served(idle.ask(request()))
        busy.send(request()[:-1])
        assert echo.process.stdin is not None
        echo.process.stdin.close()
        assert idle.ended()  # at once, in order
        last = busy.ask(b"o")  # the request in flight is finished
        assert last is None or served(last)
        assert silent.recv(1) == b""
    echo.end()


# --- TLS ---


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_tls_versions(echo: Echo, folder: Path, version: ssl.TLSVersion) -> None:
    with Client(echo.port, client_context(folder, version=version)) as client:
        assert served(client.ask(request()))
        assert client.socket.version() == ("TLSv1.2" if version is TLS12 else "TLSv1.3")


def refused_by_handshake(echo: Echo, context: ssl.SSLContext) -> bool:
    """No answer, whether the handshake fails at once or, in TLS 1.3, when the first answer is read."""
    try:
        with Client(echo.port, context) as client:
            return client.ask(request(b"", "/noted", "GET")) is None
    except (ssl.SSLError, ConnectionResetError, BrokenPipeError):
        return True


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_client_certificate_is_required(echo: Echo, folder: Path, version: ssl.TLSVersion) -> None:
    seen = echo.log.count("noted")
    assert refused_by_handshake(echo, client_context(folder, None, version))
    echo.wait_logged("handshake-failed")
    assert echo.log.count("noted") == seen


@pytest.mark.parametrize(
    "ciphers",
    [
        "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-ECDSA-AES128-SHA256",
        "DHE",
        "kRSA",
        "aNULL:eNULL",
        "ECDHE-ECDSA-AES128-CCM",
    ],
)
def test_weak_cipher_suites(echo: Echo, folder: Path, ciphers: str) -> None:
    assert refused_by_handshake(echo, client_context(folder, version=TLS12, ciphers=f"{ciphers}:@SECLEVEL=0"))
    echo.wait_logged("handshake-failed")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions(echo: Echo, folder: Path, version: ssl.TLSVersion) -> None:
    assert refused_by_handshake(echo, client_context(folder, version=version, ciphers="ALL:@SECLEVEL=0"))
    echo.wait_logged("handshake-failed")


def test_alpn(echo: Echo, folder: Path) -> None:
    with Client(echo.port, client_context(folder, alpn=("h2", "http/1.1"))) as client:
        assert client.socket.selected_alpn_protocol() == "http/1.1"
        assert served(client.ask(request()))
    assert refused_by_handshake(echo, client_context(folder, alpn=("h2", "imap")))
    echo.wait_logged("handshake-failed")


@pytest.mark.parametrize("version", [TLS12, TLS13])
def test_nothing_is_resumed(echo: Echo, folder: Path, version: ssl.TLSVersion) -> None:
    context = client_context(folder, version=version)
    with Client(echo.port, context) as client:
        assert served(client.ask(request()))
        session = client.socket.session
        assert session is None or not session.has_ticket
    if session is not None:
        with Client(echo.port, context, session) as client:
            assert served(client.ask(request()))
            assert not client.socket.session_reused


def s_client(echo: Echo, folder: Path, *options: str, send: str = "") -> str:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{echo.port}", *options]
    command += ["-cert", str(folder / "client.pem"), "-key", str(folder / "client.key")]
    result = subprocess.run(
        command,
        input=send,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=WAIT,
        check=False,
    )
    return result.stdout


def test_fallback_is_refused(echo: Echo, folder: Path) -> None:
    assert "inappropriate fallback" in s_client(echo, folder, "-tls1_2", "-fallback_scsv")


def test_renegotiation_is_refused(echo: Echo, folder: Path) -> None:
    said = s_client(echo, folder, "-tls1_2", "-legacy_renegotiation", send="R\n")
    assert "RENEGOTIATING" in said
    assert "no renegotiation" in said or "unexpected message" in said or "errno" in said, said


@pytest.mark.parametrize(
    "octets",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        bytes.fromhex("802e0103010015000000100000"),
        b"\x16\x03\x00\x00\x02\x01\x00",
        b"\0",
    ],
)
def test_octets_that_are_no_tls(echo: Echo, octets: bytes) -> None:
    with dial(echo.port) as raw:
        raw.sendall(octets)
        raw.shutdown(socket.SHUT_WR)
        said = b""
        while more := raw.recv(4096):
            said += more
        assert said[:1] in (b"", b"\x15")  # nothing, or an alert
    echo.wait_logged("handshake-failed")


def test_no_key_log(library: str, folder: Path, context: ssl.SSLContext, tmp_path: Path) -> None:
    log = tmp_path / "keys.log"
    with Echo(library, folder, environment=os.environ | {"SSLKEYLOGFILE": str(log)}) as echo:
        with Client(echo.port, context) as client:
            assert served(client.ask(request()))
    assert not log.exists() or log.read_bytes() == b""
