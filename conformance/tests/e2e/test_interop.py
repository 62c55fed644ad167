"""The matrix of README: every edge with every key server, real clients, the key remote; none skipped."""

from __future__ import annotations

import subprocess
from pathlib import Path

from programs import SANITIZED, lurkspec

from lurkspec.interop.results import Outcome, Results

LIBRARIES = ("openssl", "gnutls", "boringssl")


def declined(results: Results) -> set[tuple[str, str, str]]:
    return {(c.edge, c.scenario, c.over) for c in results.cells if c.outcome is Outcome.UNSUPPORTED}


def test_every_edge_with_every_key_server(tmp_path: Path) -> None:
    """With two clients; over LURK BoringSSL takes no master secret from outside, by its own word."""
    options = ("--client", "gnutls", "--client", "nss", "--scenario", "tls*")
    done = lurkspec("interop", *options, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    results = Results.load(tmp_path)
    assert results.finished and set(results.counts) == {Outcome.PASS, Outcome.UNSUPPORTED}
    served = {(c.edge, c.keyserver) for c in results.cells if c.outcome is Outcome.PASS}
    assert served == {(edge, keyserver) for edge in LIBRARIES for keyserver in LIBRARIES}
    of_old = {c for c in declined(results) if c[1] in ("tls12-rsa", "tls12-rsa-audit", "tls12-rsa-master")}
    assert {c[::2] for c in of_old} == {("boringssl", "lurk")}
    reasons = {c.reason for c in results.cells if c.edge == "boringssl" and c.scenario == "tls12-rsa"}
    assert "rsa: the library takes no master secret from outside" in reasons
    remarks = {r for c in results.cells for r in c.remarks if c.client == "nss"}
    assert any("the certificate check is off" in remark for remark in remarks)


def test_a_cell_is_made_again_by_its_script(tmp_path: Path) -> None:
    """Every party by hand; the capture of the first time is legible with the secrets in it."""
    cell = "tls12-ecdhe-ecdsa/ski-json/gnutls/openssl/curl"
    done = lurkspec("interop", "--only", cell, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    results = Results.load(tmp_path)
    assert [c.id for c in results.cells] == [cell]
    assert any(cell in command for command in results.cells[0].replay)
    folder = tmp_path / "cells" / cell
    again = subprocess.run(
        [str(folder / "replay.sh")], capture_output=True, text=True, timeout=120, check=False
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert 'seen {"version": "TLS 1.2"' in again.stdout
    if (folder / "capture.pcapng").exists():
        shown = subprocess.run(
            ["tshark", "-n", "-r", str(folder / "capture.pcapng"), "-d", "tcp.port==1024-65535,tls", "-Y"]
            + ["http.request.uri or http.request.method"],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert "GET /page.json" in shown.stdout and "POST /ski" in shown.stdout
    else:
        assert any("capture" in note for note in results.notes)


def test_programs_under_sanitizers(tmp_path: Path) -> None:
    """The diagonal runs every line of both programs on every library; a finding ends a program badly."""
    for library in LIBRARIES:
        pair = ("--edge", library, "--keyserver", library, "--client", "openssl", "--client", "gnutls")
        out = tmp_path / library
        done = lurkspec("interop", *pair, "--scenario", "tls1*", "--out", str(out), binaries=SANITIZED)
        assert done.returncode == 0, done.stdout
