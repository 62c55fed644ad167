"""The matrix of README: every edge with every key server, real clients, the key remote; none skipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from programs import OPTIMISED, SANITIZED, lurkspec, report

from lurkspec.cli import cli
from lurkspec.interop.matrix import Cell, audit_problem
from lurkspec.interop.scenarios import SCENARIOS
from lurkspec.process import Process


def test_every_edge_with_every_key_server(tmp_path: Path) -> None:
    done = lurkspec(
        "interop",
        "--json",
        str(tmp_path / "r.json"),
        "--html",
        str(tmp_path / "r.html"),
        "--out",
        str(tmp_path / "logs"),
    )
    assert done.returncode == 0, done.stdout
    result = report(tmp_path / "r.json")
    over_ski = 3 * 3 * 4 * 2 * 2
    over_lurk = 3 * (4 + 4 + 2) * 2  # BoringSSL takes no master secret from outside
    assert result["total"] == over_ski + over_lurk and result["passed"] == result["total"]
    assert f"{result['total']} of {result['total']} handshakes passed" in done.stdout
    assert "handshakes passed" in (tmp_path / "r.html").read_text("utf-8")


def test_every_client(tmp_path: Path) -> None:
    """Also those of other TLS libraries, for each exchange that the edges have, over SKI and LURK."""
    clients = ("openssl", "gnutls", "curl", "tstclnt")
    options = [option for client in clients for option in ("--client", client)]
    done = lurkspec(
        "interop",
        "--keyserver",
        "gnutls",
        "--over",
        "lurk",
        "--over",
        "cbor",
        *options,
        "--json",
        str(tmp_path / "r.json"),
        "--out",
        str(tmp_path / "logs"),
    )
    assert done.returncode == 0, done.stdout
    result = report(tmp_path / "r.json")
    assert result["total"] == result["passed"] == 4 * (4 + 4 + 2) + 4 * 3 * 4
    by_client = {(c["client"], c["edge"], c["over"], c["scenario"]) for c in result["cells"]}
    assert len(by_client) == result["total"] and {client for client, *_ in by_client} == set(clients)
    assert "note: tstclnt (NSS), TLS 1.2 ECDHE-RSA: the certificate check is off" in done.stdout


@pytest.mark.parametrize(
    "lines, problem",
    [
        (['{"event": "audit", "outcome": "proved"}'] * 2, ""),
        (['{"event": "audit", "outcome": "proved"}', "{}"], "1 of 2 handshakes were audited"),
        (
            ['{"event": "audit", "outcome": "proved"}', '{"event": "audit", "outcome": "failed"}'],
            'an audit failed: {"event": "audit", "outcome": "failed"}',
        ),
    ],
)
def test_each_static_rsa_handshake_is_audited(tmp_path: Path, lines: list[str], problem: str) -> None:
    log = tmp_path / "edge.txt"
    log.write_text("\n".join(lines) + "\n", "utf-8")
    cells = [Cell("openssl", "gnutls", "lurk", s.id, "curl", "", 0.1) for s in SCENARIOS]
    assert audit_problem(Process([], log), list(SCENARIOS), cells, wait=0.0) == problem


def test_programs_under_sanitizers(tmp_path: Path) -> None:
    """The diagonal runs every line of both programs on every library; a finding ends a program badly."""
    for library in ("openssl", "gnutls", "boringssl"):
        done = lurkspec(
            "interop",
            "--edge",
            library,
            "--keyserver",
            library,
            "--out",
            str(tmp_path / library),
            binaries=SANITIZED,
        )
        assert done.returncode == 0, done.stdout


def test_a_missing_client_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: None if program == "tstclnt" else program)
    monkeypatch.setenv("LURKSPEC_BIN", str(OPTIMISED))
    done = CliRunner().invoke(cli, ["interop", "--client", "curl", "--client", "tstclnt"])
    assert done.exit_code == 3
    assert done.output == "could not run: tstclnt is not there: it comes with the package libnss3-tools\n"


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    done = lurkspec(
        "interop",
        "--edge",
        "openssl",
        "--keyserver",
        "openssl",
        "--out",
        str(tmp_path / "logs"),
        binaries=tmp_path,
    )
    assert done.returncode == 3 and "lurk-keyserver-openssl is not there" in done.stdout
    assert len(done.stdout.splitlines()) == 1
