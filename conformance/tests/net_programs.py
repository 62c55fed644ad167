"""The test programs of lurk/net as child processes, and a plain client for them."""

from __future__ import annotations

import os
import queue
import select
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from net_pki import SERVER_NAME

REPOSITORY = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("LURKSPEC_TEST_BIN", REPOSITORY / "build" / "test"))
LIBRARIES = ("openssl", "gnutls", "boringssl")
WAIT = 20.0
ANYTHING = "DEFAULT:@SECLEVEL=0"


@dataclass(frozen=True)
class Limits:
    threads: int = 2
    header_ms: int = 10000
    body_ms: int = 10000
    idle_ms: int = 10000
    connections: int = 1000


class Child:
    """A child process; lines of stdout and stderr come through queues, so that every wait is bounded."""

    def __init__(self, command: list[str], environment: dict[str, str] | None = None) -> None:
        if not os.access(command[0], os.X_OK):
            raise FileNotFoundError(f"{command[0]}: build it, or set LURKSPEC_TEST_BIN to its folder")
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, text=True, bufsize=1, stdin=pipe, stdout=pipe, stderr=pipe, env=environment
        )
        assert self.process.stdout is not None and self.process.stderr is not None
        self._threads: list[threading.Thread] = []
        self.said = self._read(self.process.stdout)
        self.logged = self._read(self.process.stderr)
        self.log: list[str] = []

    def _read(self, stream: IO[str]) -> queue.Queue[str]:
        lines: queue.Queue[str] = queue.Queue()

        def pump() -> None:
            for line in stream:
                lines.put(line.rstrip("\n"))

        thread = threading.Thread(target=pump, daemon=True)
        thread.start()
        self._threads.append(thread)
        return lines

    def tell(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")

    def line(self) -> str:
        return self.said.get(timeout=WAIT)

    def wait_logged(self, text: str) -> str:
        """The next log line with `text` in it; those before it are kept in `log`."""
        limit = time.monotonic() + WAIT
        while True:
            self.log.append(self.logged.get(timeout=max(0.0, limit - time.monotonic())))
            if text in self.log[-1]:
                return self.log[-1]

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def kill(self) -> None:
        self.process.kill()
        self._join()

    def end(self) -> None:
        """End of its input; it must end cleanly and soon."""
        assert self.process.stdin is not None
        if self.process.poll() is None:
            self.process.stdin.close()
        code = self.process.wait(WAIT)
        self._join()
        assert code == 0, f"exit code {code}: {self.log[-20:]}"

    def _join(self) -> None:
        self.process.wait(WAIT)
        for thread in self._threads:
            thread.join(WAIT)
        while not self.logged.empty():
            self.log.append(self.logged.get())
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


class Echo(Child):
    """net-echo-LIB with credentials from `folder`."""

    def __init__(
        self,
        library: str,
        folder: Path,
        limits: Limits = Limits(),
        *,
        ca: str = "ca.pem",
        crl: str | None = None,
        port: int = 0,
        environment: dict[str, str] | None = None,
    ) -> None:
        files = [str(folder / name) for name in ("server.pem", "server.key", ca)]
        crl_file = "-" if crl is None else str(folder / crl)
        numbers = (
            limits.threads,
            limits.header_ms,
            limits.body_ms,
            limits.idle_ms,
            limits.connections,
        )
        program = str(BINARIES / f"net-echo-{library}")
        super().__init__([program, *files, crl_file, f"127.0.0.1:{port}", *map(str, numbers)], environment)
        ready = self.line()
        assert ready.startswith("ready 127.0.0.1:"), ready
        self.port = int(ready.rpartition(":")[2])

    def __enter__(self) -> Echo:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.process.poll() is not None:
            return
        if kind is None:
            self.end()
        else:
            self.kill()


def client_context(
    folder: Path,
    name: str | None = "client",
    version: ssl.TLSVersion | None = None,
    ciphers: str | None = None,
    alpn: tuple[str, ...] = (),
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(folder / "ca.pem")
    if ciphers is not None:
        context.set_ciphers(ciphers)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if name is not None:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=WAIT)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    octets: bytes


class Client:
    """One TLS connection to net-echo. `answer` gives None when the peer has gone instead."""

    def __init__(self, port: int, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> None:
        self.socket = context.wrap_socket(
            dial(port), server_hostname=SERVER_NAME, suppress_ragged_eofs=False, session=session
        )
        self._buffer = bytearray()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def _more(self) -> bool:
        try:
            octets = self.socket.recv(65536)
        except ssl.SSLWantReadError:
            raise
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            return False
        self._buffer += octets
        return bool(octets)

    def _until(self, complete: int | None = None) -> bool:
        """The header is in the buffer, or that many octets."""
        while (b"\r\n\r\n" not in self._buffer) if complete is None else len(self._buffer) < complete:
            if not self._more():
                return False
        return True

    def answer(self, has_body: bool = True) -> Answer | None:
        if not self._until():
            assert self._buffer == b""
            return None
        head = bytes(self._buffer[: self._buffer.index(b"\r\n\r\n")])
        first, *fields = head.decode("ascii").split("\r\n")
        headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
        whole = len(head) + 4 + (int(headers.get("content-length", "0")) if has_body else 0)
        assert self._until(whole)
        octets = bytes(self._buffer[:whole])
        del self._buffer[:whole]
        return Answer(int(first.split(" ")[1]), headers, octets[len(head) + 4 :], octets)

    def send_while_receiving(self, octets: bytes) -> None:
        """As much as the peer takes without being read from, then the rest while its answers are kept."""
        view = memoryview(octets)
        self.socket.setblocking(False)
        while view:
            try:
                view = view[self.socket.send(view[:16384]) :]
                continue
            except ssl.SSLWantWriteError:
                readable, writable, _ = select.select([self.socket], [self.socket], [], WAIT)
            assert readable or writable, "the peer neither reads nor answers"
            try:
                if readable:
                    self._more()
            except ssl.SSLWantReadError:
                continue
        self.socket.settimeout(WAIT)

    def ask(self, octets: bytes) -> Answer | None:
        self.send(octets)
        return self.answer()

    def ended(self) -> bool:
        """Nothing more comes, and the peer says so in order."""
        assert self._buffer == b""
        try:
            return self.socket.recv(1) == b""
        except ssl.SSLEOFError:
            return False


def client_command(library: str, folder: Path, connections: int, deadline_ms: int, *ports: int) -> list[str]:
    files = [str(folder / name) for name in ("client.pem", "client.key", "ca.pem")]
    program = str(BINARIES / f"net-client-{library}")
    origins = [f"127.0.0.1:{port}" for port in ports]
    return [program, *files, str(connections), str(deadline_ms), SERVER_NAME, *origins]


class NetClient(Child):
    """net-client-LIB with the good certificate of `folder` and these origins on loopback, in order."""

    def __init__(
        self, library: str, folder: Path, *ports: int, connections: int = 4, deadline_ms: int = 10000
    ) -> None:
        super().__init__(client_command(library, folder, connections, deadline_ms, *ports))

    def __enter__(self) -> NetClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.end()
        else:
            self.kill()

    def round(self, count: int) -> str:
        """Submit that many requests at once; what became of them."""
        self.tell(str(count))
        return self.line()


Respond = Callable[[ssl.SSLSocket, bytes], bool]


def echo_back(tls: ssl.SSLSocket, body: bytes) -> bool:
    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    return True


def server_context(
    folder: Path, name: str = "server", version: ssl.TLSVersion | None = None
) -> ssl.SSLContext:
    """Mutual TLS as a key server's, but with nothing refused on this side."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ANYTHING)
    if version is not None:
        context.minimum_version = context.maximum_version = version
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    context.load_verify_locations(folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


class Stub:
    """A TLS server that does with each request what `respond` says, until that is False. Counts handshakes
    that were complete, and keeps the bodies of requests."""

    def __init__(self, context: ssl.SSLContext, respond: Respond = echo_back) -> None:
        self._context, self._respond = context, respond
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.sni: list[str | None] = []
        self.handshakes = 0
        self.requests: list[bytes] = []
        context.sni_callback = lambda _socket, name, _context: self.sni.append(name)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Stub:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(WAIT)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            raw.settimeout(WAIT)
            thread = threading.Thread(target=self._serve, args=(raw,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        with raw:
            try:
                with self._context.wrap_socket(raw, server_side=True) as tls:
                    self.handshakes += 1
                    while (body := _read_request(tls)) is not None:
                        self.requests.append(body)
                        if not self._respond(tls, body):
                            break
            except OSError:
                return


def _read_request(tls: ssl.SSLSocket) -> bytes | None:
    buffer = b""
    while b"\r\n\r\n" not in buffer:
        octets = tls.recv(65536)
        if not octets:
            return None
        buffer += octets
    head, _, body = buffer.partition(b"\r\n\r\n")
    length = int(head.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += tls.recv(65536)
    return body


def request(
    body: bytes = b"hello", path: str = "/", method: str = "POST", host: str = SERVER_NAME, fields: str = ""
) -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body or method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{length}{fields}\r\n".encode() + body
