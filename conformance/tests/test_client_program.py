"""lurk-client-boringssl from outside: what it tells, and servers that mean it no good."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_lab import LIBRARIES, WAIT, local_config, running_edge

from lurkspec.pki import WEB_NAME
from lurkspec.process import Process, find

LABEL = "EXPERIMENTAL client"


@pytest.fixture(scope="module", params=LIBRARIES)
def edge(
    request: pytest.FixtureRequest, pki: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    config = local_config(pki) | {"lab": {"exporter_label": LABEL}}
    with running_edge(request.param, config, tmp_path_factory.mktemp("edge")) as process:
        yield process


def visit(*options: str) -> subprocess.CompletedProcess[str]:
    command = [str(find("lurk-client-boringssl")), *options]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
    )


def towards(pki: Path, port: int, *options: str) -> subprocess.CompletedProcess[str]:
    where = ("--connect", f"127.0.0.1:{port}", "--name", WEB_NAME, "--ca", str(pki / "web-ca.pem"))
    return visit(*where, *options)


@pytest.mark.parametrize(
    "options, scheme",
    [
        (("--max", "1.2", "--ciphers", "ECDHE-ECDSA-AES128-GCM-SHA256"), "ecdsa_secp256r1_sha256"),
        (("--max", "1.2", "--ciphers", "AES128-GCM-SHA256"), None),
        (("--min", "1.3", "--schemes", "rsa_pss_rsae_sha256:ed25519"), "rsa_pss_rsae_sha256"),
        (("--min", "1.3", "--schemes", "ed25519"), "ed25519"),
    ],
    ids=["ecdsa", "rsa", "pss", "ed25519"],
)
def test_both_ends_say_the_same(edge: Process, pki: Path, options: tuple[str, ...], scheme: str) -> None:
    """The exporter agrees, so both mean the same connection."""
    done = towards(pki, edge.port, "--resume", "--exporter", LABEL, *options)
    assert done.returncode == 0 and not done.stderr, done.stderr
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["scheme"] == scheme and not first["resumed"] and second["resumed"]
    for seen in (first, second):
        page = json.loads(seen.pop("page"))
        same = ("version", "suite", "resumed", "retried", "extended_master_secret", "exporter")
        assert {name: page[name] for name in same} == {name: seen[name] for name in same}


@pytest.mark.parametrize(
    "options, fault",
    [
        (("--name", "other.example"), "handshake: Hostname mismatch"),
        (("--ca", "ca.pem"), "handshake: "),
        (("--min", "1.3", "--schemes", "rsa_pkcs1_sha256"), "handshake: "),
    ],
    ids=["name", "ca", "scheme"],
)
def test_refusals(edge: Process, pki: Path, options: tuple[str, ...], fault: str) -> None:
    options = tuple(str(pki / o) if o == "ca.pem" else o for o in options)
    done = towards(pki, edge.port, *options)
    assert done.returncode == 1 and f"lurk-client-boringssl: {fault}" in done.stderr
    assert done.stderr.count("\n") == 1 and not done.stdout


@pytest.mark.parametrize(
    "options, fault",
    [
        ((), "--connect, --name and --ca are needed"),
        (("--surplus",), "--surplus is not an option"),
        (("--min", "1.1"), '"1.1" is neither 1.2 nor 1.3'),
        (("--connect", "a:1", "--name", "n", "--ca", "/dev/null", "--key", "k"), "go together"),
        (("--connect", "a:1", "--name", "n", "--ca", "/dev/null", "more"), "more is too much"),
        (("--connect", "a:1", "--name", "n", "--ca", "/dev/null"), "/dev/null: "),
    ],
    ids=["nothing", "option", "version", "key", "rest", "ca"],
)
def test_bad_usage(options: tuple[str, ...], fault: str) -> None:
    done = visit(*options)
    assert done.returncode == 2 and fault in done.stderr and done.stderr.count("\n") == 1


def test_values_that_are_none(pki: Path) -> None:
    for options, fault in (
        (("--ciphers", "NONE-SUCH"), "are no cipher suites"),
        (("--groups", "P-257"), "are no groups"),
        (("--schemes", "sha256"), "is no signature scheme"),
    ):
        done = towards(pki, 1, *options)
        assert done.returncode == 2 and fault in done.stderr


HEAD = b"HTTP/1.1 200 OK\r\n"


def served(pki: Path, say: bytes, tls: bool = True) -> subprocess.CompletedProcess[str]:
    """A visit to a server that says this and closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(WAIT)

    def serve() -> None:
        plain, _ = listener.accept()
        plain.settimeout(WAIT)
        try:
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(pki / "www-ecdsa.pem", pki / "www-ecdsa.key")
                with context.wrap_socket(plain, server_side=True) as wrapped:
                    wrapped.recv(4096)
                    wrapped.sendall(say)
                    wrapped.unwrap()
            else:
                plain.sendall(say)
                plain.recv(4096)
        except OSError:
            pass  # it has gone
        finally:
            plain.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        return towards(pki, listener.getsockname()[1])
    finally:
        thread.join(WAIT)
        listener.close()


@pytest.mark.parametrize(
    "say, fault",
    [
        (HEAD + b"\r\n\xff\xfe", "the page is no UTF-8"),
        (HEAD + b"Content-Length: 9\r\n\r\nshort", "the answer is no whole HTTP response"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "no whole HTTP response"),
        (HEAD + b"\r\n" + b"x" * 70000, "the answer is longer than 65536 octets"),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "the answer has the status 503"),
        (b"\0\r\n\r\n", "the answer is no whole HTTP response"),
        (b"", "the answer is no whole HTTP response"),
    ],
    ids=["octets", "short", "chunk", "long", "status", "noise", "nothing"],
)
def test_hostile_answers(pki: Path, say: bytes, fault: str) -> None:
    done = served(pki, say)
    assert done.returncode == 1 and fault in done.stderr and done.stderr.count("\n") == 1


def test_no_tls(pki: Path) -> None:
    done = served(pki, b"HTTP/1.0 400 Bad Request\r\n\r\n", tls=False)
    assert done.returncode == 1 and "handshake: " in done.stderr
