"""The three stacks with local keys: every exchange, every key type, stock clients."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from edge_lab import (
    EXCHANGES,
    LIBRARIES,
    client_context,
    connect,
    local_config,
    page,
    read_all,
    request,
    running_edge,
    visit,
)
from stock_client import gnutls_cli

from lurkspec import certificates as x
from lurkspec.pki import WEB_NAME
from lurkspec.process import Process


@pytest.fixture(scope="module", params=LIBRARIES)
def edge(
    request: pytest.FixtureRequest, pki: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    with running_edge(request.param, local_config(pki), tmp_path_factory.mktemp("edge")) as process:
        yield process


def s_client(pki: Path, port: int, *options: str) -> str:
    """What openssl s_client reports, page included, or the alert that it got."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", WEB_NAME]
    command += ["-CAfile", str(pki / "web-ca.pem"), "-verify_return_error", "-ign_eof", *options]
    done = subprocess.run(
        command,
        input=request("text/plain"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_python_client(edge: Process, pki: Path, exchange: str) -> None:
    facts = visit(pki, edge.port, exchange)
    assert facts["exchange"] == exchange and not facts["resumed"]
    assert facts["stack"] in edge.command[0] and facts["key_server"] == "local key"
    assert facts["key_us"] > 0 and facts["handshake_us"] > facts["key_us"]


@pytest.mark.parametrize(
    "options, expected",
    [
        (("-tls1_3", "-sigalgs", "ecdsa_secp256r1_sha256"), "scheme: ecdsa_secp256r1_sha256"),
        (("-tls1_3", "-sigalgs", "ecdsa_secp384r1_sha384"), "scheme: ecdsa_secp384r1_sha384"),
        (("-tls1_3", "-sigalgs", "ecdsa_secp521r1_sha512"), "scheme: ecdsa_secp521r1_sha512"),
        (("-tls1_3", "-sigalgs", "ed25519"), "scheme: ed25519"),
        (("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"), "scheme: rsa_pss_rsae_sha256"),
        (("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha384"), "scheme: rsa_pss_rsae_sha384"),
        (("-tls1_3", "-sigalgs", "rsa_pss_rsae_sha512"), "scheme: rsa_pss_rsae_sha512"),
        (("-tls1_2", "-sigalgs", "ed25519"), "scheme: ed25519"),
        (("-tls1_2", "-sigalgs", "ECDSA+SHA384"), "scheme: ecdsa_secp384r1_sha384"),
        (("-tls1_2", "-sigalgs", "RSA+SHA256"), "scheme: rsa_pkcs1_sha256"),
        (("-tls1_2", "-sigalgs", "RSA+SHA512"), "scheme: rsa_pkcs1_sha512"),
        (("-tls1_2", "-sigalgs", "rsa_pss_rsae_sha256:RSA+SHA384"), "scheme: rsa_pkcs1_sha384"),
        (("-tls1_3", "-groups", "X25519"), "group: X25519"),
        (("-tls1_3", "-groups", "P-256"), "group: P-256"),
        (("-tls1_3", "-groups", "P-384"), "group: P-384"),
        (("-tls1_3", "-groups", "P-521"), "group: P-521"),
        (("-tls1_2", "-groups", "P-256:P-521"), "group: P-256"),
        # the client's first share is of a group that the edge does not have: HelloRetryRequest
        (("-tls1_3", "-groups", "X448:P-256"), "group: P-256"),
        (
            ("-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"),
            "suite: TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ),
        (("-tls1_2", "-cipher", "AES256-GCM-SHA384"), "suite: TLS_RSA_WITH_AES_256_GCM_SHA384"),
        # offers both: static RSA is only for clients that have nothing better
        (("-tls1_2", "-cipher", "AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"), "exchange: ECDHE_RSA"),
    ],
    ids=lambda value: "-".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_negotiation(edge: Process, pki: Path, options: tuple[str, ...], expected: str) -> None:
    said = s_client(pki, edge.port, *options)
    assert expected in said, said


@pytest.mark.parametrize(
    "options, alert",
    [
        (("-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"), "alert protocol version"),
        (("-tls1_2", "-cipher", "AES128-SHA"), "alert handshake failure"),
        (("-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"), "alert handshake failure"),
        (("-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA"), "alert handshake failure"),
        (("-tls1_2", "-cipher", "ECDHE", "-sigalgs", "rsa_pss_rsae_sha256"), "alert handshake failure"),
        (("-tls1_3", "-groups", "X448"), "alert handshake failure"),
    ],
    ids=lambda value: "-".join(value[1:]) if isinstance(value, tuple) else "",
)
def test_refused(edge: Process, pki: Path, options: tuple[str, ...], alert: str) -> None:
    """Neither old versions, nor CBC, nor DHE (A-86), nor RSA-PSS in TLS 1.2 (A-91)."""
    said = s_client(pki, edge.port, *options)
    assert alert in said, said


@pytest.mark.parametrize("exchange", ["ECDHE-ECDSA", "ECDHE-RSA", "RSA"])
def test_without_extended_master_secret(edge: Process, pki: Path, exchange: str) -> None:
    """The edge derives the master secret by itself, as RFC 5246 says or as RFC 7627 does (SKI §5.1.1)."""
    priority = f"NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+{exchange}"
    for option, extended in (("", True), (":%NO_SESSION_HASH", False)):
        seen = gnutls_cli(pki, edge.port, priority + option, expected=("(TLS1.2",))
        assert not seen.problem and ("extended master secret" in seen.output) == extended, seen.output


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_resumption(edge: Process, pki: Path, exchange: str) -> None:
    """Tickets are this edge's own: the second connection needs no private key."""
    context = client_context(pki, exchange)
    with connect(context, edge.port) as first:
        first.sendall(request())
        assert page(read_all(first))["resumed"] is False
        session = first.session
    with connect(context, edge.port, session=session) as second:
        second.sendall(request())
        facts = page(read_all(second))
    assert facts["resumed"] is True and facts["exchange"] == "resumption"
    assert facts["key_server"] is None and facts["key_us"] is None


def test_no_renegotiation(edge: Process, pki: Path) -> None:
    said = subprocess.run(
        [
            "openssl",
            "s_client",
            "-connect",
            f"127.0.0.1:{edge.port}",
            "-CAfile",
            str(pki / "web-ca.pem"),
            "-tls1_2",
        ],
        input=b"R\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=30,
        check=False,
    ).stdout.decode("utf-8", "replace")
    assert "RENEGOTIATING" in said and ("no renegotiation" in said or "alert" in said.lower()), said


def test_certificate_by_server_name(pki: Path, tmp_path: Path) -> None:
    """A SAN that fits decides before the order of the configuration."""
    issuer = x.load_authority(pki / "web-ca.pem", pki / "web-ca.key")
    config = local_config(pki, "www-ecdsa")
    for name in ("shop.example", "*.wild.example"):
        key = x.new_key("ec-p256")
        file = tmp_path / f"{name.strip('*.')}.pem"
        file.write_bytes(
            x.pem(x.issue(x.Profile(name, (f"dns:{name}",), extended=("serverAuth",)), key, issuer))
        )
        x.write_private(file.with_suffix(".key"), x.key_pem(key))
        config["certificates"].append({"chain": str(file), "key": str(file.with_suffix(".key"))})
    for library in LIBRARIES:
        with running_edge(library, config, tmp_path) as edge:
            for name, file_name in (
                (WEB_NAME, "www-ecdsa.pem"),
                ("shop.example", "shop.example.pem"),
                ("a.wild.example", "wild.example.pem"),
            ):
                assert visit(pki, edge.port, "TLS 1.3", name)["certificate"] == file_name


def test_not_tls(edge: Process) -> None:
    """Plain HTTP, SSLv2 and noise end with an alert, and nobody else notices."""
    for octets in (
        b"GET / HTTP/1.1\r\n\r\n",
        bytes.fromhex("802e0100020015000000100100800200800600400400800700c0"),
        b"\0" * 64,
    ):
        with socket.create_connection(("127.0.0.1", edge.port), 10) as plain:
            plain.sendall(octets)
            answer = read_all(plain)
        assert answer[:1] == b"\x15" and len(answer) == 7
