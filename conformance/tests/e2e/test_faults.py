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
        "keyserver",
        "--protocol",
        "ski",
        "--library",
        library,
        "--fault",
        fault,
        *only,
        "--json",
        str(file),
        binaries=FAULTS,
    )
    assert done.returncode == 1, done.stdout[-3000:]
    verdicts = {c["id"]: c["verdict"] for c in report(file)["results"]}
    assert [verdicts[id] for id in CONTROLS] == ["pass", "pass"]
    assert "fail" in verdicts.values()


# The same for LURK. No glob: the good exchange itself fails, so nothing is judged at all.
CAUGHT_BY_LURK = {
    "no_poo_check": "lurk-tls12-6.4-proof-*",
    "poo_challenge_without_randoms": "",
    "rejection_random": "lurk-tls12-4.4-rejection-deterministic",
    "no_time_window": "lurk-tls12-4.4-time-*",
    "no_replay_window": "lurk-tls12-9-same-*",
    "freshness_skipped": "",
    "freshness_null_accepted": "lurk-tls12-4.4-freshness",
    "wrong_master_label": "lurk-tls12-4-*",
    "key_usage_ignored": "lurk-tls12-*-with-*-key",
    "lurk_other_edges_key_served": "lurk-p-key-of-another-edge",
    "lurk_trailing_bytes_accepted": "lurk-tls12-4.1-octets-left-over",
    "length_trusted": "lurk-tls12-4.1-vector-lengths",
    "sha1_accepted": "lurk-tls12-6.4-weak-algorithms",
    "status_swapped": "lurk-tls12-4.4-key-id-*",
    "id_not_echoed": "lurk-5.1-id-*",
    "base_error_in_own_designation": "lurk-5.4-state-in-errors",
    "state_missing": "lurk-5.4-state-in-errors",
    "capabilities_of_all_edges": "lurk-6.1.4-capabilities-per-caller",
    "ems_not_required": "lurk-tls12-5.4-extended-not-negotiated",
    "finished_not_checked": "lurk-tls12-4.4-finished-wrong",
    "null_poo_despite_policy": "lurk-tls12-6.4-null-proof",
    "off_curve_without_poo": "lurk-tls12-6.1-*",
}


@pytest.mark.parametrize("fault", CAUGHT_BY_LURK)
def test_lurk_fault_is_caught(fault: str, tmp_path: Path) -> None:
    """--strict, because two of them only bend a number, which is lenient otherwise."""
    file, glob = tmp_path / "r.json", CAUGHT_BY_LURK[fault]
    only = [option for id in (glob or "*", "lurk-6.2-ping") for option in ("--only", id)]
    options = ("--protocol", "lurk", "--strict", "--fault", fault, *only, "--json", str(file))
    done = lurkspec("keyserver", *options, binaries=FAULTS)
    assert done.returncode == (1 if glob else 3), done.stdout[-3000:]
    verdicts = {c["id"]: c["verdict"] for c in report(file)["results"]}
    if glob:
        assert verdicts.pop("lurk-6.2-ping") == ("fail" if fault == "id_not_echoed" else "pass")
        assert {"fail", "lenient"} & set(verdicts.values())
