"""Implementations that break the contract: each leads to a clear cell, and nothing is left running."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from test_cli import ROOT, lurkspec

from lurkspec.interop.results import Cell, Outcome, Results

BAD = Path(__file__).with_name("bad_implementation.py")
# Of one start, visit or end; those that hang take that long.
SECONDS = "12"
CLIENTS = (
    "fails",
    "dies",
    "hangs",
    "silent",
    "half",
    "no-page",
    "other-version",
    "other-page",
    "blind",
    "no-name",
)
EDGES = ("fails", "garbage", "hangs", "stays", "leaves")
PLAN = ("--scenario", "tls12-ecdhe-ecdsa", "--over", "ski-cbor", "--keyserver", "openssl", "-j", "4")


def manifest(file: Path, role: str, ways: Iterable[str]) -> Path:
    entries = [
        f"""
[[implementation]]
name = "{how}"
role = "{role}"
title = "{how}"
command = ["{sys.executable}", "{BAD}", "{how}"]
licence = "none"
home = "none"
"""
        for how in ways
    ]
    file.write_text("".join(entries))
    return file


def left_running(folder: Path) -> list[str]:
    """Which of the processes that noted themselves are there still; a killed one may take a moment to go."""
    limit = time.monotonic() + 20
    while left := [pid.name for pid in folder.iterdir() if alive(int(pid.name))]:
        if time.monotonic() > limit:
            return left
        time.sleep(0.05)
    return []


def alive(pid: int) -> bool:
    """And ours: a number may be used again."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
        return (BAD.name in command or "lurk-edge" in command) and state(pid) != "Z"
    except OSError:
        return False


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def run(tmp_path: Path, role: str, ways: Iterable[str], *options: str) -> tuple[Results, dict[str, Cell]]:
    """The results, and the cells by the name of the bad implementation."""
    pids = tmp_path / "pids"
    pids.mkdir()
    file = manifest(tmp_path / "bad.toml", role, ways)
    arguments = [*PLAN, *options, "--implementations", str(file), "--timeout", SECONDS, "--out", "out"]
    arguments += [part for how in ways for part in (f"--{role}", how)]
    done = lurkspec(tmp_path, "interop", *arguments, wait=240, LAB_PIDS=str(pids))
    assert done.returncode == 1, done.stdout + done.stderr
    results = Results.load(tmp_path / "out")
    assert left_running(pids) == [] and results.finished
    return results, {getattr(cell, role): cell for cell in results.cells}


@pytest.mark.timeout(300)
def test_clients(tmp_path: Path) -> None:
    results, cells = run(tmp_path, "client", CLIENTS, "--edge", "openssl")
    judged = {how: (cell.outcome, cell.by) for how, cell in cells.items()}
    expected = {how: (Outcome.FAIL, f"client {how}") for how in CLIENTS[:-3]}
    assert judged == expected | {"other-page": (Outcome.FAIL, "edge openssl")}
    reasons = {how: cell.reason for how, cell in cells.items()}
    assert reasons["fails"] == "is this one"
    assert reasons["dies"].startswith("ended with signal 11")
    assert reasons["hangs"] == f"does not end within {SECONDS} s"
    assert reasons["silent"] == "reports 0 connections of 1"
    assert reasons["half"].startswith('says "seen "')
    assert reasons["no-page"] == "does not tell page"
    assert reasons["other-version"] == 'saw version "TLS 1.3", not "TLS 1.2"'
    assert "the page does not tell stack" in reasons["other-page"]
    canaries = {c.implementation: c for c in results.canaries}
    for how, reason in (("blind", "takes the unknown"), ("no-name", "without the name")):
        assert canaries[how].outcome is Outcome.ERROR and reason in canaries[how].reason
    assert canaries["fails"].outcome is Outcome.PASS


@pytest.mark.timeout(300)
def test_edges(tmp_path: Path) -> None:
    _, cells = run(tmp_path, "edge", EDGES, "--client", "openssl")
    assert {how: (cell.outcome, cell.by) for how, cell in cells.items()} == {
        how: (Outcome.FAIL, f"edge {how}") for how in EDGES
    }
    reasons = {how: cell.reason for how, cell in cells.items()}
    assert reasons["fails"] == "is this one"
    assert (
        reasons["garbage"]
        == f'does not say "ready ADDRESS:PORT" within {SECONDS} s, but "ready to serve you"'
    )
    assert reasons["hangs"] == f'does not say "ready ADDRESS:PORT" within {SECONDS} s'
    assert reasons["stays"] == f"after the visits: is still there {SECONDS} s after SIGTERM"
    assert "exit code 3" in reasons["leaves"]
    assert any("stderr" in file.title for cell in cells.values() for file in cell.files)


def named_here(folder: Path) -> list[str]:
    """Commands that run now and name something of this folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_text("utf-8", "replace")
            if str(folder) in command and state(int(entry.name)) != "Z":
                found.append(command)
        except OSError:
            continue
    return found


def test_a_killed_run_leaves_nothing(tmp_path: Path) -> None:
    """Neither its servers nor a client that hears no SIGTERM, nor what that has started."""
    pids = tmp_path / "pids"
    pids.mkdir()
    file = manifest(tmp_path / "bad.toml", "client", ["hangs"])
    options = ("--edge", "openssl", "--client", "hangs", "--implementations", str(file), "--out", "out")
    run = subprocess.Popen(
        [sys.executable, "-m", "lurkspec", "interop", *PLAN, *options, "--timeout", "300"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT), "LAB_PIDS": str(pids)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    limit = time.monotonic() + 150
    while sum(alive(int(pid.name)) for pid in pids.iterdir()) < 2:
        assert time.monotonic() < limit and run.poll() is None
        time.sleep(0.05)
    servers = " ".join(named_here(tmp_path / "out"))
    run.kill()
    run.wait()
    assert "lurk-keyserver-openssl" in servers and "lurk-edge-openssl" in servers
    assert left_running(pids) == []
    while left := named_here(tmp_path / "out"):
        assert time.monotonic() < limit, left
        time.sleep(0.05)


def test_a_program_that_is_missing_is_shown(tmp_path: Path) -> None:
    """Not present, and why; where nothing is left to run that is exit code 3."""
    file = manifest(tmp_path / "more.toml", "edge", ["absent"])
    file.write_text(file.read_text() + 'program = "no-such-program"\npackage = "none-such"\n')
    options = ("--edge", "absent", "--client", "openssl", "--implementations", str(file), "--out", "out")
    done = lurkspec(tmp_path, "interop", *PLAN, *options)
    assert done.returncode == 3, done.stdout
    absent = "no-such-program is not there: it comes with the package none-such"
    assert absent in " ".join(done.stdout.split())
    results = Results.load(tmp_path / "out")
    assert [one.absent for one in results.implementations if one.name == "absent"] == [absent]
    assert results.cells == []
    assert os.path.exists(tmp_path / "out" / "results.json")
