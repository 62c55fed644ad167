"""The suite sees what it is there to see: with each named fault of a key server switched on, the named cases
fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from faulty import judge

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
    only = (CAUGHT_BY[fault], *CONTROLS)
    options = ("--protocol", "ski", "--library", library, "--fault", fault)
    outcome = judge("keyserver", *options, only=only, folder=tmp_path)
    assert outcome.code == 1, outcome.said[-3000:]
    assert [outcome.verdicts[id] for id in CONTROLS] == ["pass", "pass"]
    assert "fail" in outcome.verdicts.values()


# The same for LURK. No glob: the good exchange itself fails, so nothing is judged at all.
CAUGHT_BY_LURK = {
    "no_poo_check": "lurk-tls12-6.4-proof-*",
    "poo_challenge_without_randoms": "",
    "poo_challenge_without_point": "",
    "rejection_random": "lurk-tls12-4.4-rejection-deterministic",
    "rejection_random_padding": "lurk-tls12-4.4-rejection-deterministic",
    "no_time_window": "lurk-tls12-4.4-time-*",
    "no_replay_window": "lurk-tls12-9-same-*",
    "freshness_skipped": "",
    "freshness_null_accepted": "lurk-tls12-4.4-freshness",
    "wrong_master_label": "lurk-tls12-4-*",
    "key_usage_ignored": "lurk-tls12-*-with-*-key",
    "lurk_other_edges_key_served": "lurk-p-key-of-another-edge",
    "lurk_trailing_bytes_accepted": "lurk-tls12-4.1-octets-left-over",
    "length_trusted": "lurk-tls12-4.1-vector-lengths",
    "length_not_limited": "lurk-p-length-limit",
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
PING = "lurk-6.2-ping"
# Nothing but a number is bent, and another number for the same refusal is lenient.
ONLY_LENIENT = ("status_swapped", "state_missing")


@pytest.mark.parametrize("fault", CAUGHT_BY_LURK)
def test_lurk_fault_is_caught(fault: str, tmp_path: Path) -> None:
    glob, strict = CAUGHT_BY_LURK[fault], ("--strict",) if fault in ONLY_LENIENT else ()
    options = ("--protocol", "lurk", "--fault", fault, *strict)
    outcome = judge("keyserver", *options, only=(glob or "*", PING), folder=tmp_path)
    assert outcome.code == (1 if glob else 3), outcome.said[-3000:]
    if glob:
        ping = outcome.verdicts[PING]
        assert ping == ("fail" if fault == "id_not_echoed" else "pass")
        assert ("lenient" if strict else "fail") in outcome.verdicts.values()
