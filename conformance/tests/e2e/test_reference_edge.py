"""The reference edge, judged by the suite on each library: everything passes that the library can do."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import OPTIMISED, SANITIZED, lurkspec, report

LIBRARIES = ("openssl", "gnutls", "boringssl")
# What each lacks by its own word, which is the reason in the report.
LACKING: dict[str, set[str]] = {
    "openssl": set(),
    "gnutls": {"the library does not show the ephemeral private key"},
    "boringssl": {
        "the library does not show the ephemeral private key",
        "the library takes no master secret from outside",
    },
}


def judge(library: str, build: Path, tmp_path: Path, *options: str) -> None:
    file = tmp_path / "r.json"
    options = ("edge", "--library", library, "--json", str(file), *options)
    done = lurkspec(*options, binaries=build, timeout=850)
    assert done.returncode == 0, done.stdout[-6000:]
    cases = report(file)["results"]
    assert {c["id"]: c["verdict"] for c in cases if c["verdict"] not in ("pass", "unsupported")} == {}
    absent = [c for c in cases if c["verdict"] == "unsupported"]
    reasons = {c["variants"][0]["actual"] for c in absent}
    assert all(any(reason.endswith(known) for known in LACKING[library]) for reason in reasons), reasons
    assert len(cases) - len(absent) >= 100


@pytest.mark.timeout(900)
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_case_passes(library: str, tmp_path: Path) -> None:
    judge(library, OPTIMISED, tmp_path)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("library", LIBRARIES)
def test_sanitized(library: str, tmp_path: Path) -> None:
    judge(library, SANITIZED, tmp_path)
