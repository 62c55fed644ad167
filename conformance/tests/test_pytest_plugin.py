"""The pytest plugin: each case is an item, judged by the same runner."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from conftest import StartStub

ROOT = Path(__file__).resolve().parents[1]


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "lurkspec.pytest_plugin", "-rs", "-v", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_items(start_stub: StartStub, tmp_path: Path) -> None:
    target = str(start_stub().target_file)
    only = [f"--lurkspec-only={id}" for id in ("ski-5.2-input-missing", "ski-5.1.1-rsa-served")]
    done = run_pytest(tmp_path, "--lurkspec-target", target, *only)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout and "ski-5.2-input-missing PASSED" in done.stdout


def test_failure(start_stub: StartStub, tmp_path: Path) -> None:
    target = str(start_stub("signs_anything").target_file)
    done = run_pytest(tmp_path, "--lurkspec-target", target, "--lurkspec-only=ski-6-random-input")
    assert done.returncode == 1
    assert "an output or a success was sent" in done.stdout and "client_random" in done.stdout


def test_no_key_server(start_stub: StartStub, tmp_path: Path) -> None:
    stub = start_stub("wrong_signature")
    done = run_pytest(
        tmp_path, "--lurkspec-target", str(stub.target_file), "--lurkspec-only=ski-5.2-input-missing"
    )
    assert done.returncode == 3
    assert "does not verify" in done.stdout + done.stderr and "passed" not in done.stdout


def test_usage(start_stub: StartStub, tmp_path: Path) -> None:
    target = str(start_stub().target_file)
    assert run_pytest(tmp_path, "--lurkspec-url", "ski+https://x").returncode == 4
    assert run_pytest(tmp_path, "--lurkspec-target", target, "--lurkspec-only=none").returncode == 4
    assert run_pytest(tmp_path, "--lurkspec-target", target, "--lurkspec-library", "openssl").returncode == 4


def test_without_options_it_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_own.py").write_text("def test_own():\n    assert True\n")
    done = run_pytest(tmp_path)
    assert done.returncode == 0 and "1 passed" in done.stdout
