"""Edges whose keys are in a key server that speaks LURK tls12."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_lab import (
    TLS12,
    Process,
    client_context,
    connect,
    events,
    key_server,
    lurk_config,
    page,
    read_all,
    request,
    running_edge,
    visit,
)

from lurkspec.interop.clients import CLIENTS
from lurkspec.interop.scenarios import SCENARIOS, Scenario
from lurkspec.pki import write_pki
from lurkspec.reference import served

# What each library can do of LURK (docs/edge.md).
MASTER = {"openssl": True, "gnutls": True, "boringssl": False}
PROOF = {"openssl": True, "gnutls": False, "boringssl": False}
EDGES = ("openssl", "gnutls", "boringssl")
NO_EXTENDED_MASTER_SECRET = 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET of OpenSSL 3, which `ssl` does not name
TYPES = {"ECDHE_ECDSA": "ecdhe", "ECDHE_RSA": "ecdhe", "RSA": "rsa_extended_master"}


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the keys of LURK."""
    folder = tmp_path_factory.mktemp("pki")
    write_pki(folder, served(lurk_port=0))
    return folder


@pytest.fixture(scope="module", params=EDGES)
def library(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def server(library: str, pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """Insists on proofs where the edge can make them."""
    policy = {"proof_of_ownership": "required" if PROOF[library] else "optional"}
    with key_server("openssl", pki, tmp_path_factory.mktemp("keyserver"), lurk=policy) as process:
        yield process


@pytest.fixture(scope="module")
def edge(
    library: str, server: Process, pki: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    config = lurk_config(pki, server.port, rsa=MASTER[library])
    with running_edge(library, config, tmp_path_factory.mktemp("edge")) as process:
        yield process


def exchanges(library: str) -> list[str]:
    return [name for name in TYPES if name != "RSA" or MASTER[library]]


def test_exchanges(library: str, server: Process, edge: Process, pki: Path) -> None:
    for exchange in exchanges(library):
        facts = visit(pki, edge.port, exchange)
        assert facts["exchange"] == exchange and facts["version"] == "TLS 1.2"
        assert facts["method"] == TYPES[exchange]
        assert facts["key_server"] == f"lurk+tls://127.0.0.1:{server.port}"


@pytest.mark.parametrize("ciphers", ["AES128-GCM-SHA256", "AES256-GCM-SHA384"])
@pytest.mark.parametrize("extended", [True, False])
def test_static_rsa(library: str, edge: Process, pki: Path, ciphers: str, extended: bool) -> None:
    if not MASTER[library]:
        pytest.skip("this library takes no master secret")
    context = client_context(pki, "RSA")
    context.set_ciphers(ciphers)
    if not extended:
        context.options |= NO_EXTENDED_MASTER_SECRET
    with connect(context, edge.port) as tls:
        tls.sendall(request())
        facts = page(read_all(tls))
    assert facts["method"] == ("rsa_extended_master" if extended else "rsa_master")


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.id)
def test_stock_client(library: str, edge: Process, pki: Path, scenario: Scenario, client: str) -> None:
    if scenario.version == "TLS 1.3" or (scenario.exchange == "RSA" and not MASTER[library]):
        pytest.skip("not an exchange of LURK tls12 on this library")
    seen = CLIENTS[client](scenario, edge.port, pki / "web-ca.pem")
    assert not seen.problem, seen.output


def test_a_client_of_both_versions_gets_tls12(edge: Process, pki: Path) -> None:
    """The sentinel would be no output of the freshness function (A-19): TLS 1.3 is off altogether."""
    context = ssl.create_default_context(cafile=str(pki / "web-ca.pem"))
    with connect(context, edge.port) as tls:
        tls.sendall(request())
        assert page(read_all(tls))["version"] == "TLS 1.2"


@pytest.mark.parametrize("group", ["prime256v1", "secp384r1", "secp521r1", "X25519"])
def test_groups(library: str, edge: Process, pki: Path, group: str) -> None:
    """Over the NIST groups the key server has verified a proof, if it insists on one."""
    context = client_context(pki, "ECDHE_RSA")
    if group != "X25519":
        context.set_ecdh_curve(group)
    with connect(context, edge.port) as tls:
        tls.sendall(request())
        facts = page(read_all(tls))
    assert facts["method"] == "ecdhe"


def test_resumption_needs_no_key(library: str, edge: Process, pki: Path) -> None:
    context = client_context(pki, "ECDHE_ECDSA")
    with connect(context, edge.port) as tls:
        tls.sendall(request())
        read_all(tls)
        session = tls.session
    with connect(context, edge.port, session=session) as tls:
        tls.sendall(request())
        facts = page(read_all(tls))
    assert facts["resumed"] and facts["key_server"] is None and facts["method"] is None


def test_a_refusal_is_seen_by_nobody_but_the_log(library: str, pki: Path, tmp_path: Path) -> None:
    """A key server that refuses null where a proof is possible (A-23), an edge that makes none."""
    (tmp_path / "edge").mkdir()
    with key_server("openssl", pki, tmp_path, lurk={"proof_of_ownership": "required"}) as server:
        config = lurk_config(pki, server.port, rsa=False, proof_of_ownership="null")
        with running_edge(library, config, tmp_path / "edge") as edge:
            context = client_context(pki, "ECDHE_ECDSA")
            context.set_ecdh_curve("prime256v1")
            with pytest.raises(ssl.SSLError):
                connect(context, edge.port)
            edge.wait_said('"key_failure"')
            [event] = events(edge, "handshake")
    assert event["key_failure"] == "invalid_poo_prf" and event["outcome"] == "failed"
