"""The edge against key servers that are wrong, slow or gone: an alert for ECDHE (A-88), a random premaster
for RSA (SKI §5.1.1), never a wrong answer, and nobody else is held up. Rows SE-01 to SE-07."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from edge_lab import (
    EXCHANGES,
    LIBRARIES,
    Reply,
    Script,
    ScriptedKeyServer,
    awaited,
    client_context,
    events,
    key_server,
    read_all,
    remote_config,
    running_edge,
    visit,
)
from stub import StubKeyServer

from lurkspec.codecs import tls
from lurkspec.pki import WEB_NAME
from lurkspec.process import Process

ERRORS = ("malformed request", "request denied", "spki not found", "unspecified error")
SERVER_KEY_EXCHANGE = 12


class Oracle:
    """Right answers, for scripts that change them."""

    def __init__(self, pki: Path):
        self.stub = StubKeyServer(pki, frozenset({"signs_anything"}))

    def __call__(self, request: dict[str, Any]) -> bytes:
        if request["method"] == "ECDHE":
            return self.stub.output(request, "a")
        _, private = self.stub.keys[request["spki"]]
        premaster: bytes = private.decrypt(request["input"], PKCS1v15())
        return premaster


@pytest.fixture(scope="module")
def right(pki: Path) -> Oracle:
    return Oracle(pki)


class Scene:
    """An edge and its scripted key server; `script` may be changed at any time."""

    def __init__(self, right: Oracle):
        self.script: Script = lambda request: Reply(members={"output": right(request)})
        self.edge: Process
        self.server: ScriptedKeyServer


@pytest.fixture(
    scope="module",
    params=[(library, format) for library in LIBRARIES for format in ("cbor", "json")],
    ids="-".join,
)
def scene(
    request: pytest.FixtureRequest, pki: Path, right: Oracle, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    library, format = request.param
    scene = Scene(right)
    with ScriptedKeyServer(pki, lambda members: scene.script(members)) as scene.server:
        config = remote_config(pki, scene.server.port, format=format)
        with running_edge(library, config, tmp_path_factory.mktemp("edge")) as scene.edge:
            yield scene


@pytest.fixture
def good(scene: Scene, pki: Path, right: Oracle) -> Iterator[Callable[[], None]]:
    """A control: the edge serves with right answers, before and after whatever the test does."""

    def check() -> None:
        scene.script = lambda request: Reply(members={"output": right(request)})
        for exchange in ("ECDHE_ECDSA", "RSA"):
            assert visit(pki, scene.edge.port, exchange)["exchange"] == exchange

    check()
    yield check
    check()


def alert_of(pki: Path, port: int, exchange: str) -> str:
    """The alert that a client gets in place of a connection."""
    with pytest.raises(ssl.SSLError) as caught:
        visit(pki, port, exchange)
    return str(caught.value.reason)


# --- what is asked ---


def test_request_members(scene: Scene, pki: Path, good: object) -> None:
    """SE-07: protocol is the negotiated version, hash is always there, the input is what SKI says."""
    for exchange, method in (("ECDHE_ECDSA", "ECDHE"), ("ECDHE_RSA", "ECDHE"), ("RSA", "RSA")):
        scene.server.seen.clear()
        visit(pki, scene.edge.port, exchange)
        (members,) = scene.server.seen
        assert members["protocol"] == "TLS 1.2" and members["method"] == method
        assert "scheme" not in members and len(members["spki"]) == 32
        if method == "RSA":
            assert "hash" not in members and len(members["input"]) == 256
        else:
            assert members["hash"] in ("SHA-256", "SHA-384", "SHA-512")
            assert members["input"][64] == tls.NAMED_CURVE and len(members["input"]) in (100, 133)


def test_plain_key_server_is_not_asked_for_more(scene: Scene, pki: Path, good: object) -> None:
    """Without capabilities: no TLS 1.3, so no scheme (A-91, A-93)."""
    assert alert_of(pki, scene.edge.port, "TLS 1.3") == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_local_checks_follow_capabilities(pki: Path, tmp_path: Path, right: Oracle) -> None:
    """Only SHA-384 is granted: only SHA-384 is negotiated and asked for."""
    keys = [bytes(spki) for spki in right.stub.keys]
    granted = {
        "protocols": ["TLS 1.2"],
        "methods": ["ECDHE", "RSA"],
        "hashes": ["SHA-384"],
        "schemes": [],
        "formats": ["cbor"],
        "keys": keys,
        "state": b"\0\0\0\1",
    }
    script: Script = lambda request: Reply(members={"output": right(request)})
    with ScriptedKeyServer(pki, script, granted) as server:
        for library in LIBRARIES:
            server.seen.clear()
            with running_edge(library, remote_config(pki, server.port), tmp_path) as edge:
                assert visit(pki, edge.port, "ECDHE_RSA")["scheme"] == "rsa_pkcs1_sha384"
            assert [members["hash"] for members in server.seen] == ["SHA-384"]


# --- wrong answers ---


def wrong_replies(right: bytes) -> dict[str, Reply]:
    """Answers that are no success, whatever the exchange (SE-01, SE-02, SE-06)."""
    replies = {
        error: Reply(400 + i, {"error": error}) for i, error in enumerate(ERRORS)
    }  # clients decide on the members
    replies |= {
        "error with 200": Reply(200, {"error": "unspecified error"}),
        "output with 500": Reply(500, {"output": right}),
        "both": Reply(200, {"output": right, "error": "request denied"}),
        "neither": Reply(200, {"other": 1}),
        "empty object": Reply(200, {}),
        "no body": Reply(404),
        "redirect": Reply(302, {"output": right}, headers=(("Location", "/ski2"),)),
        "noise": Reply(200, body=b"\xff" * 40),
        "output is no octet string": Reply(200, {"output": 5}),
        "other type": Reply(200, {"output": right}, type="text/html"),
        "too long": Reply(200, {"output": right, "more": "x" * 100000}),
    }
    return replies


WRONG = sorted(wrong_replies(b""))


@pytest.mark.parametrize("name", WRONG)
def test_wrong_reply_to_ecdhe(scene: Scene, pki: Path, right: Oracle, good: object, name: str) -> None:
    scene.script = lambda request: wrong_replies(right(request))[name]
    for exchange in ("ECDHE_ECDSA", "ECDHE_RSA"):
        assert alert_of(pki, scene.edge.port, exchange) == "TLSV1_ALERT_INTERNAL_ERROR"


@pytest.mark.parametrize("name", ["bad", "empty", "of other input", "of the other key", "cut", "long"])
def test_wrong_signature(scene: Scene, pki: Path, right: Oracle, good: object, name: str) -> None:
    """SE-04: every signature is checked before it leaves the edge."""

    def script(request: dict[str, Any]) -> Reply:
        output = right(request)
        other = dict(request, spki=next(s for s in right.stub.keys if s != request["spki"]))
        return Reply(
            members={
                "output": {
                    "bad": output[:-1] + bytes([output[-1] ^ 1]),
                    "empty": b"",
                    "of other input": right(dict(request, input=bytes(133))),
                    "of the other key": right(other),
                    "cut": output[:-1],
                    "long": output + b"\0" * 1000,
                }[name]
            }
        )

    scene.script = script
    for exchange in ("ECDHE_ECDSA", "ECDHE_RSA"):
        assert alert_of(pki, scene.edge.port, exchange) == "TLSV1_ALERT_INTERNAL_ERROR"
    if name != "empty":
        awaited(scene.edge, "handshake", lambda found: "does not verify" in (found[-1]["key_failure"] or ""))


def test_server_key_exchange_is_never_sent(scene: Scene, right: Oracle, good: object) -> None:
    """A-88: on an error the flight ends before it, with a fatal alert."""
    scene.script = lambda request: Reply(403, {"error": "request denied"})
    extensions = tls.server_name(WEB_NAME) + tls.extension(10, tls.vector(bytes.fromhex("001d0017"), 2))
    extensions += tls.extension(13, tls.vector(bytes.fromhex("04030401"), 2)) + tls.extension(11, b"\1\0")
    hello = tls.client_hello((0xC02B, 0xC02F), extensions=extensions)
    with socket.create_connection(("127.0.0.1", scene.edge.port), 10) as plain:
        plain.sendall(tls.record(tls.HANDSHAKE, hello, 0x0301))
        records = tls.records(read_all(plain))
    assert records[-1].kind == tls.ALERT and records[-1].fragment[0] == 2
    flight = b"".join(record.fragment for record in records if record.kind == tls.HANDSHAKE)
    while flight:
        assert flight[0] != SERVER_KEY_EXCHANGE
        flight = flight[4 + int.from_bytes(flight[1:4], "big") :]


def wrong_premasters(right: bytes) -> dict[str, Reply]:
    replies = {error: Reply(403, {"error": error}) for error in ERRORS}
    outputs = {
        "none": b"",
        "47 octets": right[:47],
        "49 octets": right + b"\0",
        "wrong version": b"\3\2" + right[2:],
        "another one": b"\3\3" + bytes(46),
    }
    replies |= {name: Reply(members={"output": output}) for name, output in outputs.items()}
    return replies | {name: wrong_replies(right)[name] for name in ("both", "output with 500", "noise")}


def test_wrong_premasters_are_alike(scene: Scene, pki: Path, right: Oracle, good: object) -> None:
    """SE-03: the edge goes on with a random premaster and fails at Finished, exactly as with a wrong one."""
    seen = {}
    for name in wrong_premasters(bytes(48)):
        scene.script = lambda request: wrong_premasters(right(request))[name]
        seen[name] = alert_of(pki, scene.edge.port, "RSA")
    assert len(set(seen.values())) == 1, seen
    assert seen["noise"] in ("SSLV3_ALERT_BAD_RECORD_MAC", "TLSV1_ALERT_DECRYPT_ERROR")


# --- slow and absent key servers ---


def test_silence_holds_nobody_else_up(scene: Scene, pki: Path, right: Oracle, good: object) -> None:
    """SE-05: one handshake waits for its answer until the deadline; others are served meanwhile."""
    held, waiting = threading.Event(), threading.Event()
    alerts: list[str] = []

    def script(request: dict[str, Any]) -> Reply:
        if not waiting.is_set():
            waiting.set()
            return Reply(members={"output": right(request)}, held=held)
        return Reply(members={"output": right(request)})

    scene.script = script
    before = len(events(scene.edge, "handshake"))
    slow = threading.Thread(target=lambda: alerts.append(alert_of(pki, scene.edge.port, "ECDHE_ECDSA")))
    slow.start()
    try:
        assert waiting.wait(10)
        for exchange in ("ECDHE_ECDSA", "RSA"):
            visit(pki, scene.edge.port, exchange)
        assert slow.is_alive() and not alerts
        slow.join(10)
    finally:
        held.set()
        slow.join(10)
    assert alerts == ["TLSV1_ALERT_INTERNAL_ERROR"]
    awaited(
        scene.edge,
        "handshake",
        lambda found: any("in time" in (event["key_failure"] or "") for event in found[before:]),
    )


def test_client_that_leaves_while_the_key_is_away(
    scene: Scene, pki: Path, right: Oracle, good: object
) -> None:
    """The session is kept until the operation has ended, and then goes; many of them at once."""
    held = threading.Event()
    arrived = threading.Semaphore(0)

    def script(request: dict[str, Any]) -> Reply:
        arrived.release()
        return Reply(members={"output": right(request)}, held=held)

    scene.script = script
    for _ in range(4):
        plain = socket.create_connection(("127.0.0.1", scene.edge.port), 10)
        outgoing = ssl.MemoryBIO()
        client = client_context(pki, "ECDHE_ECDSA").wrap_bio(
            ssl.MemoryBIO(), outgoing, server_hostname=WEB_NAME
        )
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        plain.sendall(outgoing.read())
        assert arrived.acquire(timeout=10)
        plain.close()
    held.set()


@pytest.mark.parametrize("library", LIBRARIES)
def test_handshake_deadline_while_the_key_is_away(
    library: str, pki: Path, tmp_path: Path, right: Oracle
) -> None:
    """The client's deadline is the earlier one: it does not wait for the key server's."""
    held = threading.Event()
    script: Script = lambda request: Reply(members={"output": right(request)}, held=held)
    with ScriptedKeyServer(pki, script) as server:
        config = remote_config(pki, server.port) | {"limits": {"key_server_ms": 30000, "handshake_ms": 500}}
        with running_edge(library, config, tmp_path) as edge:
            begin = time.monotonic()
            with pytest.raises(OSError):
                visit(pki, edge.port, "RSA")
            assert 0.4 < time.monotonic() - begin < 15
            assert awaited(edge, "handshake")[-1]["outcome"] == "timeout"
            held.set()


@pytest.mark.parametrize("library", LIBRARIES)
def test_fail_over_and_recovery(library: str, pki: Path, tmp_path: Path) -> None:
    """The second key server takes over; an alert when both are away; service again when one is back."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with key_server(library, pki, tmp_path / "one") as one, key_server(library, pki, tmp_path / "two") as two:
        with running_edge(library, remote_config(pki, one.port, two.port), tmp_path) as edge:
            assert str(one.port) in visit(pki, edge.port, "ECDHE_ECDSA")["key_server"]
            one.kill()
            for exchange in EXCHANGES:
                assert str(two.port) in visit(pki, edge.port, exchange)["key_server"]
            two.kill()
            assert alert_of(pki, edge.port, "ECDHE_ECDSA") == "TLSV1_ALERT_INTERNAL_ERROR"
            with key_server(library, pki, tmp_path / "two", two.port):
                wait_served(pki, edge.port)


def wait_served(pki: Path, port: int) -> None:
    """Recovery is automatic: every visit is an event, each with its own deadline in the edge."""
    limit = time.monotonic() + 20
    while True:
        try:
            visit(pki, port, "ECDHE_ECDSA")
            return
        except OSError:
            assert time.monotonic() < limit, "the edge does not recover"


@pytest.mark.parametrize("library", LIBRARIES)
def test_shutdown_while_operations_wait(library: str, pki: Path, tmp_path: Path, right: Oracle) -> None:
    """SIGTERM ends the edge at once and cleanly, whatever it waits for."""
    held, waiting = threading.Event(), threading.Event()

    def script(request: dict[str, Any]) -> Reply:
        waiting.set()
        return Reply(members={"output": right(request)}, held=held)

    with ScriptedKeyServer(pki, script) as server:
        config = remote_config(pki, server.port) | {"limits": {"key_server_ms": 60000, "handshake_ms": 60000}}
        try:
            with running_edge(library, config, tmp_path) as edge:
                client = threading.Thread(target=lambda: alert_or_end(pki, edge.port))
                client.start()
                assert waiting.wait(10)
                begin = time.monotonic()
            assert time.monotonic() - begin < 10
            client.join(10)
        finally:
            held.set()


def alert_or_end(pki: Path, port: int) -> None:
    with pytest.raises(OSError):
        visit(pki, port, "ECDHE_ECDSA")
