"""How an edge takes the answers of a LURK key server (LC-01..LC-15, A-80..A-83). The client is the same code
on each library."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from edge_lab import events, key_server, lurk_config, running_edge, visit
from lurk_lab import Client
from lurk_stub import LurkStub, Script, answer_to, serve

from lurkspec.codecs import lurk
from lurkspec.pki import write_pki
from lurkspec.process import Process
from lurkspec.reference import served

KEY = "lurk-ecdsa"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the keys of LURK."""
    folder = tmp_path_factory.mktemp("pki")
    write_pki(folder, served(lurk_port=0))
    return folder


@pytest.fixture(scope="module")
def capabilities(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the reference key server answers."""
    with key_server("openssl", pki, tmp_path_factory.mktemp("keyserver"), lurk={}) as server:
        with Client(pki, server.port, "a") as client:
            return client.serve(lurk.Type.CAPABILITIES)


@pytest.fixture
def stub(pki: Path, capabilities: bytes) -> Iterator[LurkStub]:
    with LurkStub(pki, KEY, capabilities=capabilities) as stub:
        yield stub


@pytest.fixture
def edge(stub: LurkStub, pki: Path, tmp_path: Path) -> Iterator[Process]:
    with running_edge("openssl", lurk_config(pki, stub.port, rsa=False), tmp_path) as process:
        yield process


def failure(edge: Process, pki: Path) -> str:
    """Why a handshake fails: what the edge logs. The TLS client sees an alert."""
    before = len(events(edge, "handshake"))
    with pytest.raises(ssl.SSLError):
        visit(pki, edge.port, "ECDHE_ECDSA")
    start = len(edge.said)
    while len(found := events(edge, "handshake")) == before:
        edge.wait_said("\n", start)
    return str(found[-1]["key_failure"])


def other(request: lurk.Message, **changes: int) -> bytes:
    return request.but(status=lurk.SUCCESS, payload=b"x", length=None, **changes).encode()


def unknown_first(stub: LurkStub, request: lurk.Message) -> bytes:
    return other(request, id=request.id ^ 1) + serve(stub, request)


def twice(stub: LurkStub, request: lurk.Message) -> bytes:
    return serve(stub, request) * 2


def request_first(stub: LurkStub, request: lurk.Message) -> bytes:
    """LC-02, LC-14: with its id, and with another."""
    ping = lurk.Message(lurk.Designation.TLS12, lurk.Type.PING, id=request.id)
    return ping.encode() + ping.but(id=1).encode() + serve(stub, request)


def third_designation_first(stub: LurkStub, request: lurk.Message) -> bytes:
    """LC-12"""
    return request.but(designation=2, status=5, payload=b"", length=None).encode() + serve(stub, request)


@pytest.mark.parametrize("script", [serve, unknown_first, twice, request_first, third_designation_first])
def test_what_answers_nothing_is_passed_over(
    stub: LurkStub, edge: Process, pki: Path, script: Script
) -> None:
    stub.script = script
    for _ in range(2):
        facts = visit(pki, edge.port, "ECDHE_ECDSA")
        assert facts["method"] == "ecdhe"
    assert len(stub.seen) == 2 and stub.connections == 1
    assert all(message.status == lurk.REQUEST for message in stub.seen)  # nothing was answered


@pytest.mark.parametrize("changes", [{"designation": 0}, {"version": 2}, {"type": lurk.Type.RSA_MASTER}])
def test_success_of_another_request(
    stub: LurkStub, edge: Process, pki: Path, changes: dict[str, int]
) -> None:
    """LC-03"""
    stub.script = lambda stub, request: stub.good(request).but(**changes).encode()
    assert failure(edge, pki) == "the key server answered another request"


@pytest.mark.parametrize(
    "status, name",
    [(7, "temporary_failure"), (4, "invalid_extension"), (5, "invalid_type"), (3, "invalid_format")],
)
def test_base_errors(stub: LurkStub, edge: Process, pki: Path, status: int, name: str) -> None:
    """LC-04: in the space of designation lurk, whatever type is copied (A-82)."""
    stub.script = lambda stub, request: answer_to(request, b"abcd", status).but(designation=0).encode()
    assert failure(edge, pki) == name


@pytest.mark.parametrize("payload", [b"", b"a", b"abc", b"abcde", b"x" * 33])
def test_errors_of_the_extension(stub: LurkStub, edge: Process, pki: Path, payload: bytes) -> None:
    """LC-09"""
    stub.script = lambda stub, request: answer_to(request, payload, lurk.Status.INVALID_KEY_ID).encode()
    assert failure(edge, pki) == "invalid_key_id"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: good[:-1] + bytes([good[-1] ^ 1]),
        lambda good: good + b"\0",
        lambda good: b"",
        lambda good: good[:2] + b"\0\0",
        lambda good: b"\x06\x03" + good[2:],
    ],
    ids=["signature", "trailing octet", "nothing", "empty signature", "other algorithm"],
)
def test_signatures_that_do_not_serve(
    stub: LurkStub, edge: Process, pki: Path, spoil: Callable[[bytes], bytes]
) -> None:
    """LC-15: no TLS client sees it."""
    stub.script = lambda stub, request: answer_to(request, spoil(stub.good(request).payload)).encode()
    assert failure(edge, pki) in ("the signature does not verify", "the key server's answer cannot be read")


@pytest.mark.parametrize(
    "master, said", [(b"m" * 48, None), (b"m" * 47, "the key server's answer cannot be read")]
)
@pytest.mark.parametrize("library", ["openssl", "gnutls"])
def test_masters_that_do_not_serve(
    stub: LurkStub, pki: Path, tmp_path: Path, library: str, master: bytes, said: str | None
) -> None:
    """LC-15: Finished does not verify. The TLS client sees the same of a wrong master secret and of none."""
    stub.script = lambda stub, request: answer_to(request, master).encode()
    with running_edge(library, lurk_config(pki, stub.port), tmp_path) as edge:
        with pytest.raises(ssl.SSLError, match="BAD_RECORD_MAC|bad record mac"):
            visit(pki, edge.port, "RSA")
        edge.wait_said('"key_failure"')
        [event] = events(edge, "handshake")
    assert event["key_failure"] == said and event["outcome"] == "failed"
    assert [request.type for request in stub.seen] == [lurk.Type.RSA_EXTENDED_MASTER]


@pytest.mark.parametrize("length", [0, 15, 0xFFFFFFFF])
def test_lengths_that_cannot_be(stub: LurkStub, edge: Process, pki: Path, length: int) -> None:
    """LC-11: the connection ends, nothing of it is used; the next one is as good as new."""
    stub.script = lambda stub, request: stub.good(request).but(length=length).encode()
    assert failure(edge, pki) == "no key server can be reached"
    assert len(stub.seen) == 2  # sent once more
    stub.script = serve
    assert visit(pki, edge.port, "ECDHE_ECDSA")["method"] == "ecdhe"


def test_the_dialect_without_the_header(pki: Path, capabilities: bytes, tmp_path: Path) -> None:
    """A-04"""
    with LurkStub(pki, KEY, capabilities=capabilities, counts_header=False) as stub:
        config = lurk_config(pki, stub.port, rsa=False, length_counts_header=False)
        with running_edge("openssl", config, tmp_path) as edge:
            assert visit(pki, edge.port, "ECDHE_ECDSA")["method"] == "ecdhe"


def test_answers_in_another_order(stub: LurkStub, edge: Process, pki: Path) -> None:
    """Pipelined on one connection; the first answer is held back until the second request has come."""
    held: list[bytes] = []

    def script(stub: LurkStub, request: lurk.Message) -> bytes:
        held.append(serve(stub, request))
        return held[1] + held[0] if len(held) == 2 else b""

    stub.script = script
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(lambda _: visit(pki, edge.port, "ECDHE_ECDSA"), range(2)))
    assert [page["method"] for page in pages] == ["ecdhe"] * 2 and stub.connections == 1


def test_ids_are_unpredictable(stub: LurkStub, edge: Process, pki: Path) -> None:
    """LC-13, as far as few can tell: no repetition, no constant octet, no step."""
    for _ in range(12):
        visit(pki, edge.port, "ECDHE_ECDSA")
    ids = [message.id for message in stub.seen]
    assert len(set(ids)) == 12
    assert all(len({id >> 8 * i & 0xFF for id in ids}) > 4 for i in range(8))
    assert len({b - a for a, b in zip(ids, ids[1:], strict=False)}) == 11


def test_discovery_is_bounded(stub: LurkStub, edge: Process, pki: Path) -> None:
    """LC-08, A-80: errors without a state are a mismatch each, and lead to nothing sooner than 30 s after the
    last inquiry."""
    stub.script = lambda stub, request: answer_to(request, b"", lurk.Status.UNDEFINED_ERROR).encode()
    for _ in range(20):
        assert failure(edge, pki) == "undefined_error"
    assert stub.inquiries == 1


def test_fail_over(stub: LurkStub, pki: Path, capabilities: bytes, tmp_path: Path) -> None:
    """The first key server ends each connection after a request."""
    with LurkStub(pki, KEY, script=lambda stub, request: None, capabilities=capabilities) as first:
        with running_edge("openssl", lurk_config(pki, first.port, stub.port, rsa=False), tmp_path) as edge:
            facts = [visit(pki, edge.port, "ECDHE_ECDSA")["key_server"] for _ in range(3)]
            assert len(first.seen) >= 1
    assert facts == [f"lurk+tls://127.0.0.1:{stub.port}"] * 3
