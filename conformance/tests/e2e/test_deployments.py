"""Scenarios with steps and deployments: some of the cells, and that a party which does not what it should
fails them. `lurkspec interop` has them all."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from programs import FAULTS, OPTIMISED, lurkspec

from lurkspec.interop import namespaces
from lurkspec.interop.data import folder
from lurkspec.interop.manifest import DataError
from lurkspec.interop.results import Cell, Outcome, Results
from lurkspec.interop.scenario import load, load_all

# Each scenario once, each edge, each protocol.
SOME = (
    "sni-two-key-servers/lurk/openssl/openssl/openssl",
    "fail-over/ski-cbor/gnutls/gnutls/gnutls",
    "fail-over-first-dead/lurk/boringssl/boringssl/*",
    "slow-key-server/ski-json/boringssl/boringssl/*",
    "key-revoked/lurk/gnutls/gnutls/gnutls",
    "round-trips/ski-json/openssl/openssl/openssl",
    "deploy-delegated/lurk/openssl/openssl/openssl",
)


def made(out: Path, *only: str, options: tuple[str, ...] = (), binaries: Path = OPTIMISED) -> dict[str, Cell]:
    """By scenario."""
    selection = [word for glob in only for word in ("--only", glob)]
    done = lurkspec("interop", *options, *selection, "--out", str(out), binaries=binaries)
    assert done.returncode in (0, 1), done.stdout
    return {cell.scenario: cell for cell in Results.load(out).cells}


def test_some_of_the_cells(tmp_path: Path) -> None:
    clients = ("--client", "openssl", "--client", "gnutls")
    keyservers = ("--keyserver", "openssl", "--keyserver", "gnutls", "--keyserver", "boringssl")
    edges = ("--edge", "openssl", "--edge", "gnutls", "--edge", "boringssl")
    cells = made(tmp_path, *SOME, options=(*keyservers, *edges, *clients))
    assert len(cells) == len(SOME)
    why = namespaces.lacking()
    for cell in cells.values():
        if cell.scenario.startswith("deploy-") and why:
            assert (cell.outcome, cell.reason) == (Outcome.UNSUPPORTED, why)
        else:
            assert cell.outcome is Outcome.PASS, (cell.id, cell.reason)
    made_again(tmp_path / "cells" / "slow-key-server/ski-json/boringssl/boringssl/servers/replay.sh")
    measures = cells["round-trips"].measures
    # TCP, TLS 1.3, the exchange; and the exchange alone.
    assert (measures["round_trips_cold"], measures["round_trips"]) == (3.0, 1.0)
    assert measures["cold_octets_forth"] > measures["warm_octets_forth"] > 100


def made_again(script: Path) -> None:
    """The cell that was selected, and no other, whoever else there is."""
    done = subprocess.run(
        [str(script)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout
    out = Path(done.stdout.rpartition("results and logs: ")[2].strip())
    (cell,) = Results.load(out).cells
    assert (cell.id, cell.outcome) == ("slow-key-server/ski-json/boringssl/boringssl/openssl", Outcome.PASS)
    shutil.rmtree(out)


def faulty(folder: Path, program: str, fault: str) -> Path:
    """A folder of programs of which one has this fault."""
    folder.mkdir()
    for one in OPTIMISED.iterdir():
        (folder / one.name).symlink_to(one)
    (folder / program).unlink()
    name = program.replace("lurk-edge-", "lurk-edge-faulty-")
    (folder / program).write_text(f'#!/bin/sh\nexec "{FAULTS / name}" --fault {fault} "$@"\n')
    (folder / program).chmod(0o755)
    return folder


# It says that it has reloaded, and goes on with all rights.
DEAF = """
import os, signal, subprocess, sys
kept = [name for name in os.environ["LURKSPEC_CAPABILITIES"].split() if name != "revocation"]
command = [sys.executable, "-m", "lurkspec.interop.adapters.keyserver", "openssl"]
child = subprocess.Popen(command, env=os.environ | {"LURKSPEC_CAPABILITIES": " ".join(kept)})
signal.signal(signal.SIGHUP, lambda *_: print("reloaded", flush=True))
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
sys.exit(child.wait())
"""
DEAF_MANIFEST = """
[[implementation]]
name = "openssl"
role = "keyserver"
title = "deaf"
protocols = ["ski-json"]
command = ["{python}", "./deaf.py"]
licence = "MIT"
home = "none"
"""
ALONE = ("--keyserver", "openssl", "--edge", "openssl", "--client", "openssl")


def test_an_edge_without_fail_over_is_seen(tmp_path: Path) -> None:
    binaries = faulty(tmp_path / "bin", "lurk-edge-openssl", "no_failover")
    cells = made(tmp_path / "out", "fail-over*/ski-json/*", options=ALONE, binaries=binaries)
    reasons = {id: cell.reason for id, cell in cells.items() if cell.outcome is Outcome.FAIL}
    assert 'step "dying keyserver-1 edge"' in reasons["fail-over"]
    assert 'step "visit edge asking keyserver-2"' in reasons["fail-over-first-dead"]


def test_a_key_server_that_does_not_revoke_is_seen(tmp_path: Path) -> None:
    (tmp_path / "deaf.py").write_text(DEAF)
    (tmp_path / "deaf.toml").write_text(DEAF_MANIFEST)
    options = (*ALONE, "--implementations", str(tmp_path / "deaf.toml"))
    cell = made(tmp_path / "out", "key-revoked/ski-json/*", options=options)["key-revoked"]
    assert cell.outcome is Outcome.FAIL and 'step "refused edge"' in cell.reason, cell.reason


# --- files ---


def test_files_are_read() -> None:
    known = {scenario.id: scenario for scenario in load_all(folder() / "scenarios")}
    assert {glob.partition("/")[0] for glob in SOME} <= set(known)
    owner = known["deploy-owner"].deployment
    assert owner is not None and len(owner.nodes) == 4 and len(owner.links) == 4


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('"visit edge asking keyserver"', '"visit nobody"', "nobody is no party"),
        ('"visit edge asking keyserver"', '"dance edge"', "no such step"),
        ('asks = ["keyserver"]', 'asks = ["edge"]', "is no key server or proxy"),
        ('role = "edge"', 'role = "hedge"', "role"),
        ('name = "edge"', 'name = "keyserver"', "name"),
        ('name = "edge"', 'name = "edge"\nnode = "host"', "client_node"),
        ('name = "edge"', 'name = "edge"\nsurplus = 1', "surplus"),
    ],
    ids=("party", "step", "asks", "role", "name", "node", "surplus"),
)
def test_wrong_files_are_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (folder() / "scenarios" / "slow-key-server.toml").read_text("utf-8")
    file = tmp_path / "slow.toml"
    file.write_text(text.replace(old, new))
    with pytest.raises(DataError) as error:
        load(file)
    assert said in str(error.value) and "\n" not in str(error.value)
