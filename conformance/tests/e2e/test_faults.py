"""The suite sees what it is there to see: with each named fault switched on, the named cases fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import FAULTS, lurkspec, report

# fault: the cases that must fail (globs); the rest of the suite is not run here.
CAUGHT_BY = {
    "client_certificate_optional": "channel-certificate-*",
    "duplicate_cbor_key_accepted": "ski-*cbor*",
    "non_shortest_cbor_accepted": "ski-*cbor*",
    "trailing_bytes_accepted": "ski-5.2-*-trailing-data",
    "off_curve_point_signed": "ski-5.1.2-point-*",
    "distinguishable_padding_error": "ski-5.1.1-*",
    "premaster_without_rejection": "ski-5.1.1-*",
    "other_edges_key_served": "ski-5.2.1-*",
    "any_input_signed": "ski-6-*",
    "secret_in_log": "*-in-log",
}


# Pass with every fault: each bends one check, not the whole server.
CONTROLS = ("ski-5.1.1-rsa-served", "ski-5.1.2-ecdhe-served")


@pytest.mark.parametrize("library", ["openssl", "gnutls", "boringssl"])
@pytest.mark.parametrize("fault", CAUGHT_BY)
def test_fault_is_caught(fault: str, library: str, tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    only = [option for glob in (CAUGHT_BY[fault], *CONTROLS) for option in ("--only", glob)]
    done = lurkspec(
        "keyserver", "--library", library, "--fault", fault, *only, "--json", str(file), binaries=FAULTS
    )
    assert done.returncode == 1, done.stdout[-3000:]
    verdicts = {c["id"]: c["verdict"] for c in report(file)["results"]}
    assert [verdicts[id] for id in CONTROLS] == ["pass", "pass"]
    assert "fail" in verdicts.values()
