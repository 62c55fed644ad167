"""Certificates of TLS clients, groups and long chains, on each stack with local keys and over LURK."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edge_lab import (
    EXCHANGES,
    LIBRARIES,
    TLS13,
    awaited,
    client_context,
    connect,
    events,
    key_server,
    local_config,
    lurk_config,
    page,
    read_all,
    request,
    running_edge,
)
from test_edge_start import start_line

from lurkspec import certificates as x
from lurkspec.pki import WEB_NAME, Writer, write_pki
from lurkspec.process import Process
from lurkspec.reference import served

KINDS = {"ecdsa": "ec-p256", "rsa": "rsa-2048", "ed25519": "ed25519"}


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates of clients, right and wrong ones."""
    folder = tmp_path_factory.mktemp("clients")
    writer = Writer(folder)
    ca = x.new_authority("client CA")
    writer.authority("ca", ca)
    profile = x.Profile("a client", extended=("clientAuth",))
    for name, type in KINDS.items():
        writer.pair(name, profile, type, ca)
    writer.pair("server", x.Profile("a client", extended=("serverAuth",)), "ec-p256", ca)
    expired = x.Profile("a client", extended=("clientAuth",), valid=(-3 * x.DAY, -x.DAY))
    writer.pair("expired", expired, "ec-p256", ca)
    writer.pair("stranger", profile, "ec-p256", x.new_authority("client CA"))
    return folder


def asking(clients: Path, **more: Any) -> dict[str, Any]:
    return {"clients": {"ca": str(clients / "ca.pem"), **more}}


@pytest.fixture(scope="module", params=LIBRARIES)
def edge(
    request: pytest.FixtureRequest, pki: Path, clients: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    config = local_config(pki) | asking(clients)
    with running_edge(request.param, config, tmp_path_factory.mktemp("edge")) as process:
        yield process


def with_certificate(pki: Path, clients: Path, exchange: str, name: str) -> ssl.SSLContext:
    context = client_context(pki, exchange)
    context.load_cert_chain(clients / f"{name}.pem", clients / f"{name}.key")
    return context


def facts_of(context: ssl.SSLContext, port: int, **how: Any) -> tuple[dict[str, Any], Any]:
    """The page, and the session to resume."""
    with connect(context, port, **how) as tls:
        tls.sendall(request())
        return page(read_all(tls)), tls.session


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("exchange", EXCHANGES)
def test_every_kind_of_key(edge: Process, pki: Path, clients: Path, exchange: str, kind: str) -> None:
    """Whatever the edge's own key is; a resumed session still knows the client."""
    context = with_certificate(pki, clients, exchange, kind)
    first, session = facts_of(context, edge.port)
    assert first["exchange"] == exchange and first["client"] == "CN=a client" and not first["resumed"]
    second, _ = facts_of(context, edge.port, session=session)
    assert second["resumed"] and second["client"] == "CN=a client"


@pytest.mark.parametrize("name", ["", "stranger", "server", "expired"])
@pytest.mark.parametrize("exchange", ["ECDHE_RSA", "TLS 1.3"])
def test_refused(edge: Process, pki: Path, clients: Path, exchange: str, name: str) -> None:
    """None, of another CA of the same name, without clientAuth, expired."""
    before = len(events(edge, "handshake"))
    context = with_certificate(pki, clients, exchange, name) if name else client_context(pki, exchange)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        facts_of(context, edge.port)
    seen = awaited(edge, "handshake", lambda handshakes: len(handshakes) > before)
    assert seen[before]["outcome"] == "failed" and seen[before]["client"] is None


@pytest.mark.parametrize("library", LIBRARIES)
def test_not_required(library: str, pki: Path, clients: Path, tmp_path: Path) -> None:
    """A client without a certificate is served; a wrong one is refused all the same."""
    config = local_config(pki, "www-ecdsa", "www-rsa-kx") | asking(clients, required=False)
    with running_edge(library, config, tmp_path) as edge:
        for exchange in ("ECDHE_ECDSA", "RSA", "TLS 1.3"):
            assert facts_of(client_context(pki, exchange), edge.port)[0]["client"] is None
        context = with_certificate(pki, clients, "TLS 1.3", "rsa")
        assert facts_of(context, edge.port)[0]["client"] == "CN=a client"
        with pytest.raises((ssl.SSLError, ConnectionError)):
            facts_of(with_certificate(pki, clients, "TLS 1.3", "stranger"), edge.port)


@pytest.mark.parametrize("library", LIBRARIES)
def test_no_authority(library: str, pki: Path, tmp_path: Path) -> None:
    config = local_config(pki, "www-ecdsa") | {"clients": {"ca": str(pki / "www-ecdsa.key")}}
    fault = "clients.ca holds no readable PEM certificates"
    assert start_line(library, config, tmp_path) == f"{library}: {fault}"


@pytest.mark.parametrize("library", LIBRARIES)
def test_over_lurk(library: str, clients: Path, tmp_path: Path) -> None:
    """The messages of the client stand in the handshake whose hash makes the extended master secret, and
    in the proof of handshake."""
    pki, master = tmp_path / "pki", library != "boringssl"
    write_pki(pki, served(0))
    with key_server("openssl", pki, tmp_path, lurk={"proof_of_ownership": "optional"}) as server:
        config = lurk_config(pki, server.port, rsa=master, **({"poh": "audit"} if master else {}))
        with running_edge(library, config | asking(clients), tmp_path) as edge:
            for exchange in ("ECDHE_ECDSA", "RSA") if master else ("ECDHE_ECDSA",):
                context = with_certificate(pki, clients, exchange, "rsa")
                facts, _ = facts_of(context, edge.port)
                assert facts["exchange"] == exchange and facts["client"] == "CN=a client"
            if master:
                assert awaited(edge, "audit")[0]["outcome"] == "proved"


@pytest.mark.parametrize("library", LIBRARIES)
def test_groups(library: str, pki: Path, tmp_path: Path) -> None:
    """A client whose share is of another group is asked again; one without the group is refused."""
    with running_edge(library, local_config(pki) | {"groups": ["P-384"]}, tmp_path) as edge:
        context = client_context(pki, "TLS 1.3")
        facts, session = facts_of(context, edge.port)
        assert facts["group"] == "P-384" and facts["retried"] and not facts["resumed"]
        assert facts_of(context, edge.port, session=session)[0]["resumed"]
        assert facts_of(client_context(pki, "ECDHE_RSA"), edge.port)[0]["group"] == "P-384"
        context.set_ecdh_curve("prime256v1")
        with pytest.raises(ssl.SSLError):
            facts_of(context, edge.port)
    with running_edge(library, local_config(pki), tmp_path) as edge:
        assert facts_of(client_context(pki, "TLS 1.3"), edge.port)[0]["retried"] is False


@pytest.mark.parametrize("library", LIBRARIES)
def test_long_chain(library: str, tmp_path: Path) -> None:
    """More than a record's 16 KB: the names of a content delivery network."""
    root = x.new_authority("web root CA")
    names = (f"dns:{WEB_NAME}", *(f"dns:customer-{i:04}.of.a.content.delivery.example" for i in range(500)))
    writer = Writer(tmp_path)
    writer.authority("web-ca", root)
    certificate = writer.pair("www-ecdsa", x.Profile(WEB_NAME, names), "ec-p256", root)
    assert len(x.pem(certificate)) > 16384 * 4 // 3 + 1000  # in base64
    with running_edge(library, local_config(tmp_path, "www-ecdsa"), tmp_path) as edge:
        for exchange in ("ECDHE_ECDSA", "TLS 1.3"):
            assert facts_of(client_context(tmp_path, exchange), edge.port)[0]["exchange"] == exchange


@pytest.mark.parametrize("library", LIBRARIES)
def test_extended_master_secret_is_told(library: str, pki: Path, tmp_path: Path) -> None:
    with running_edge(library, local_config(pki, "www-rsa"), tmp_path) as edge:
        context = client_context(pki, "ECDHE_RSA")
        assert facts_of(context, edge.port)[0]["extended_master_secret"] is True
        context.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET, which the module has no name for
        assert facts_of(context, edge.port)[0]["extended_master_secret"] is False
        tls13, _ = facts_of(client_context(pki, "TLS 1.3"), edge.port)
        assert tls13["extended_master_secret"] is None and context.maximum_version < TLS13
