"""The reference key server, judged by the suite on each library: everything passes, nothing is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import OPTIMISED, SANITIZED, lurkspec, report

LIBRARIES = ("openssl", "gnutls", "boringssl")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("build", [OPTIMISED, SANITIZED], ids=["optimised", "sanitized"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_case_passes(library: str, build: Path, tmp_path: Path) -> None:
    done = lurkspec(
        "keyserver", "--library", library, "--json", str(tmp_path / "r.json"), binaries=build, timeout=850
    )
    assert done.returncode == 0, done.stdout[-6000:]
    cases = report(tmp_path / "r.json")["results"]
    assert len(cases) >= 150
    assert {c["id"]: c["verdict"] for c in cases if c["verdict"] != "pass"} == {}
