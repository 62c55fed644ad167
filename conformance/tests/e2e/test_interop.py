"""The matrix of README: every edge with every key server, real clients, the key remote; none skipped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from programs import OPTIMISED, SANITIZED, lurkspec

from lurkspec.interop import environment, replay
from lurkspec.interop.lab import CELLS, write_certs
from lurkspec.interop.party import Party
from lurkspec.interop.results import Outcome, Results, Role

LIBRARIES = ("openssl", "gnutls", "boringssl")
REMOTE = """
[[implementation]]
name = "remote"
role = "keyserver"
title = "Somebody's"
protocols = ["ski-cbor"]
address = "{}"
capabilities = ["tls12", "tls13"]
licence = "unknown"
home = "unknown"
"""
EXCHANGES = (
    "tls12-ecdhe-ecdsa",
    "tls12-ecdhe-rsa",
    "tls12-rsa",
    "tls12-rsa-audit",
    "tls12-rsa-master",
    "tls13",
)
CELL = "tls12-ecdhe-ecdsa/ski-json/gnutls/openssl/curl"


def test_every_edge_with_every_key_server(tmp_path: Path) -> None:
    """With two clients; over LURK BoringSSL takes no master secret from outside, by its own word."""
    options = ["--client", "gnutls", "--client", "nss"]
    options += [part for name in LIBRARIES for part in ("--edge", name)]
    options += [part for name in EXCHANGES for part in ("--scenario", name)]
    options += [part for name in LIBRARIES for part in ("--edge", name)]
    done = lurkspec("interop", *options, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    results = Results.load(tmp_path)
    assert results.finished and set(results.counts) == {Outcome.PASS, Outcome.UNSUPPORTED}
    served = {(c.edge, c.keyserver) for c in results.cells if c.outcome is Outcome.PASS}
    assert served == {(edge, keyserver) for edge in LIBRARIES for keyserver in LIBRARIES}
    assert {(c.edge, c.over) for c in results.cells if c.outcome is Outcome.UNSUPPORTED} == {
        ("boringssl", "lurk")
    }
    reasons = {c.reason for c in results.cells if c.edge == "boringssl" and c.scenario == "tls12-rsa"}
    assert "rsa: the library takes no master secret from outside" in reasons
    remarks = {r for c in results.cells for r in c.remarks if c.client == "nss"}
    assert any("the certificate check is off" in remark for remark in remarks)


def test_stock_servers(tmp_path: Path) -> None:
    """nginx and openssl s_server as they are packaged, with the provider."""
    options = ["--keyserver", "gnutls", "--edge", "nginx", "--edge", "s_server", "--client", "curl"]
    options += ["--over", "ski-cbor", "--over", "lurk", "--scenario", "tls12-*rsa", "--no-capture"]
    done = lurkspec("interop", *options, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    results = Results.load(tmp_path)
    passed = {(c.edge, c.over) for c in results.cells if c.outcome is Outcome.PASS}
    assert passed == {(edge, over) for edge in ("nginx", "s_server") for over in ("ski-cbor", "lurk")}
    declined = {(c.scenario, c.over) for c in results.cells if c.outcome is Outcome.UNSUPPORTED}
    assert declined == {("tls12-rsa", "lurk")}


def test_stock_servers_ask_for_another_group(tmp_path: Path) -> None:
    """The client of BoringSSL tells the group, and whether it was asked to try again."""
    options = ["--keyserver", "openssl", "--edge", "nginx", "--edge", "s_server", "--client", "boringssl"]
    options += ["--over", "ski-cbor", "--scenario", "tls13-hello-retry", "--no-capture"]
    done = lurkspec("interop", *options, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    passed = {c.edge for c in Results.load(tmp_path).cells if c.outcome is Outcome.PASS}
    assert passed == {"nginx", "s_server"}


def test_a_cell_is_made_again_by_its_script(tmp_path: Path) -> None:
    """Every party by hand; the capture of the first time is legible with the secrets in it."""
    done = lurkspec("interop", "--only", CELL, "--out", str(tmp_path))
    assert done.returncode == 0, done.stdout
    results = Results.load(tmp_path)
    assert [c.id for c in results.cells] == [CELL]
    assert any(CELL in command for command in results.cells[0].replay)
    folder = tmp_path / "cells" / CELL
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


def test_a_key_server_that_runs_already(tmp_path: Path) -> None:
    """At an address, with capabilities by its operator's word and certificates that are there."""
    certs, logs = tmp_path / "certs", tmp_path / "remote"
    write_certs(certs)
    told = environment.common(Role.KEYSERVER, "any", [], "ski-cbor", certs, logs)
    told |= environment.keyserver(["www-ecdsa", "www-rsa"])
    adapter = [sys.executable, "-m", "lurkspec.interop.adapters.keyserver", "openssl"]
    party = Party("remote", adapter, told | {"LURKSPEC_BIN": str(OPTIMISED)}, logs)
    try:
        party.start()
        file = tmp_path / "remote.toml"
        file.write_text(REMOTE.format(party.ready(60)), "utf-8")
        options = ("--implementations", str(file), "--certs", str(certs), "--out", str(tmp_path / "out"))
        select = (
            "--only",
            "tls1[23]*/remote/gnutls/curl",
            "--scenario",
            "tls13",
            "--scenario",
            "tls12-ecdhe-*",
        )
        done = lurkspec("interop", *options, *select)
        assert done.returncode == 0, done.stdout
        assert party.stop(60) == ""
    finally:
        party.end()
    cells = {(c.scenario, c.over): c for c in Results.load(tmp_path / "out").cells}
    assert {where for where, c in cells.items() if c.outcome is Outcome.PASS} == {("tls13", "ski-cbor")}
    assert cells["tls12-ecdhe-rsa", "ski-cbor"].reason == "ecdhe-rsa: not among its capabilities"
    assert cells["tls12-ecdhe-rsa", "lurk"].reason == "lurk: not among its protocols"
    assert {c.by for where, c in cells.items() if where != ("tls13", "ski-cbor")} == {"key server remote"}


def test_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    """What was under way comes to its end, the reports are written, and nothing is made twice."""
    selection = ("--scenario", "tls13", "--scenario", "tls12-rsa", "--edge", "gnutls", "--client", "gnutls")
    command = [str(OPTIMISED / "lurkspec"), "interop", *selection, "-j", "1", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        limit = time.monotonic() + 120
        while process.poll() is None and not list((tmp_path / CELLS).glob(f"**/{replay.FILE}")):
            assert time.monotonic() < limit
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 3
    first = Results.load(tmp_path)
    total = 3 * (2 + 3)
    assert not first.finished and 0 < len(first.cells) < total
    assert "--resume" in (tmp_path / "results.md").read_text("utf-8")
    done = lurkspec("interop", *selection, "--resume", str(tmp_path))
    assert done.returncode == 0, done.stdout
    second = Results.load(tmp_path)
    assert second.finished and len({c.id for c in second.cells}) == len(second.cells) == total
    assert second.cells[: len(first.cells)] == first.cells


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can give the right up")
def test_without_the_right_to_capture(tmp_path: Path) -> None:
    command = ["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"]
    command += [str(OPTIMISED / "lurkspec"), "interop", "--only", CELL, "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert Results.load(tmp_path).notes == ["no capture of lo: it needs root or CAP_NET_RAW"]
    assert not list(tmp_path.glob("**/*.pcapng"))


def test_programs_under_sanitizers(tmp_path: Path) -> None:
    """The diagonal runs every line of both programs on every library; a finding ends a program badly."""
    scenarios = [part for name in EXCHANGES for part in ("--scenario", name)]
    for library in LIBRARIES:
        pair = ("--edge", library, "--keyserver", library, "--client", "openssl", "--client", "gnutls")
        out = tmp_path / library
        done = lurkspec("interop", *pair, *scenarios, "--out", str(out), binaries=SANITIZED)
        assert done.returncode == 0, done.stdout
