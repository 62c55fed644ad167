"""What an edge logs of the answers of a LURK key server, and the limits that it has by itself. How it takes
them is for `lurkspec edge`; the client is the same code on each library."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_lab import events, key_server, lurk_config, running_edge, visit
from lurk_lab import Client
from lurk_stub import LurkStub, Script, answer_to

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


def test_one_connection_carries_all(stub: LurkStub, edge: Process, pki: Path) -> None:
    for _ in range(3):
        visit(pki, edge.port, "ECDHE_ECDSA")
    assert len(stub.seen) == 3 and stub.connections == 1


@pytest.mark.parametrize(
    "script, said",
    [
        (
            lambda stub, request: stub.good(request).but(version=2).encode(),
            "the key server answered another request",
        ),
        (lambda stub, request: answer_to(request, b"").encode(), "the key server's answer cannot be read"),
        (lambda stub, request: answer_to(request, b"", 5).encode(), "invalid_key_id"),
        (lambda stub, request: stub.good(request).but(length=0).encode(), "no key server can be reached"),
        (lambda stub, request: None, "no key server can be reached"),
    ],
)
def test_failures_by_name(stub: LurkStub, edge: Process, pki: Path, script: Script, said: str) -> None:
    stub.script = script
    assert failure(edge, pki) == said


@pytest.mark.parametrize(
    "status, name",
    [(7, "temporary_failure"), (4, "invalid_extension"), (5, "invalid_type"), (3, "invalid_format")],
)
def test_base_errors(stub: LurkStub, edge: Process, pki: Path, status: int, name: str) -> None:
    """LC-04: in the space of designation lurk, whatever type is copied (A-82)."""
    stub.script = lambda stub, request: answer_to(request, b"abcd", status).but(designation=0).encode()
    assert failure(edge, pki) == name


def test_discovery_is_bounded(stub: LurkStub, edge: Process, pki: Path) -> None:
    """LC-08, A-80: errors without a state are a mismatch each, and lead to nothing sooner than 30 s after the
    last inquiry."""
    stub.script = lambda stub, request: answer_to(request, b"", lurk.Status.UNDEFINED_ERROR).encode()
    for _ in range(20):
        assert failure(edge, pki) == "undefined_error"
    assert stub.inquiries == 1
