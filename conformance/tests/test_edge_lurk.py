"""Edges whose keys are in a key server that speaks LURK tls12."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from edge_lab import (
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
from test_edge_start import start, start_line

from lurkspec.pki import write_pki
from lurkspec.process import Process
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


@pytest.mark.parametrize("key", ["lurk-ecdsa-p384", "lurk-ecdsa-p521", "lurk-ed25519"])
def test_other_keys(library: str, server: Process, pki: Path, tmp_path: Path, key: str) -> None:
    config = lurk_config(pki, server.port) | {"certificates": [{"chain": str(pki / f"{key}.pem")}]}
    with running_edge(library, config, tmp_path) as edge:
        facts = visit(pki, edge.port, "ECDHE_ECDSA")
    assert facts["method"] == "ecdhe" and facts["certificate"] == f"{key}.pem"


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


# --- start ---


@pytest.mark.parametrize(
    "change, line",
    [
        ({"lurk": {"proof_of_ownership": "sha1"}}, "lurk.proof_of_ownership: "),
        ({"lurk": {"surplus": 1}}, "lurk.surplus: unknown member"),
        ({"lurk": {"length_counts_header": 1}}, "lurk.length_counts_header: "),
        ({"key_servers": [{"url": "lurk+tls://127.0.0.1", "name": "x"}]}, "key_servers[0].url: "),
        ({"key_servers": [{"url": "lurk+tls://127.0.0.1:1/x", "name": "x"}]}, "key_servers[0].url: "),
        (
            {
                "key_servers": [
                    {"url": "lurk+tls://127.0.0.1:1", "name": "x"},
                    {"url": "https://127.0.0.1:1/ski", "name": "x"},
                ]
            },
            "key_servers: mixes ",
        ),
        (
            {"key_servers": [{"url": "https://127.0.0.1:1/ski", "name": "x"}], "lurk": {}},
            "lurk: is for key servers at lurk+tls:// only",
        ),
        ({"certificates": [{"chain": "x", "key": "y"}]}, "certificates[0].key: a local key does not go "),
    ],
)
def test_bad_configuration(pki: Path, tmp_path: Path, change: dict[str, Any], line: str) -> None:
    assert start_line("openssl", lurk_config(pki, 1) | change, tmp_path).startswith(line)


def test_what_a_library_cannot_do_is_said_at_start(library: str, pki: Path, tmp_path: Path) -> None:
    proof = lurk_config(pki, 1, rsa=False, proof_of_ownership="sha256_256")
    if not PROOF[library]:
        line = start_line(library, proof, tmp_path)
        assert line.startswith(f"lurk.proof_of_ownership: no LURK proof with {library}: the library")
    if not MASTER[library]:
        line = start_line(library, lurk_config(pki, 1), tmp_path)
        assert line.startswith(f"certificates[2].usage: no LURK master secret with {library}: the library")
    abilities = start(library, "--abilities").stdout
    for name, can in (("LURK freshness", True), ("LURK proof", PROOF[library])):
        [found] = [text for text in abilities.splitlines() if text.startswith(name)]
        assert found[len(name) :].split()[0] == ("yes" if can else "no")
