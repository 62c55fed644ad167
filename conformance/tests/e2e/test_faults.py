"""The suite sees what it is there to see: with each named fault of a key server switched on, the named cases
fail."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from faulty import Outcome, judge, offered

# fault: the cases of which one must fail (globs); the rest of the suite is not run here.
CAUGHT_BY = {
    "client_certificate_optional": "channel-certificate-none",
    "duplicate_cbor_key_accepted": "ski-*cbor*",
    "non_shortest_cbor_accepted": "ski-*cbor*",
    "trailing_bytes_accepted": "ski-5.2-*-trailing-data",
    "off_curve_point_signed": "ski-5.1.2-point-*",
    "distinguishable_padding_error": "ski-5.1.1-no-separator",
    "premaster_without_rejection": "ski-5.1.1-premaster-length",
    "other_edges_key_served": "ski-5.2.1-*",
    "any_input_signed": "ski-6-*",
    "secret_in_log": "*-in-log",
}
# Of code that is the same on every library: tried on one of them, in turn.
CAUGHT_ANYWHERE = {
    "ski_method_ignored": "ski-p-*-method-*",
    "ski_protocol_ignored": "ski-5.2.1-protocol-not-granted",
    "absent_hash_means_sha256": "ski-5.2-hash-absent",
    "client_context_signed": "ski-p-tls13-client-context",
    "premaster_version_ignored": "ski-5.1.1-premaster-version",
    "rejection_same_for_all": "ski-5.1.1-rejection-distinct",
    "foreign_key_told": "ski-5.2.1-key-enumeration",
    "any_media_type_read": "http-type-other-refused",
    "any_path_served": "http-path-other-refused",
    "header_not_limited": "http-header-limit",
    "address_ignored": "access-bound-address",
    "rate_ignored": "resources-rate",
    "connections_per_edge_unlimited": "resources-connections-per-edge",
    "shared_ciphertext_unnoticed": "audit-shared-ciphertext",
    "revocation_ignored": "channel-certificate-revoked",
    "request_not_logged": "ski-req-1-request-in-log",
    "small_order_point_accepted": "ski-5.1.2-x25519-small-order",
}
# What is bent is a SHOULD, or a number where several are allowed: lenient, so that only --strict fails.
ONLY_LENIENT = (
    "foreign_key_told",
    "header_not_limited",
    "request_not_logged",
    "shared_ciphertext_unnoticed",
    "state_missing",
    "status_swapped",
)
LIBRARIES = ("openssl", "gnutls", "boringssl")
# Pass with every fault: each bends one check, not the whole server.
CONTROLS = ("ski-5.1.1-rsa-served", "ski-5.1.2-ecdhe-served")


def strict(fault: str) -> tuple[str, ...]:
    return ("--strict",) if fault in ONLY_LENIENT else ()


def is_caught(fault: str, outcome: Outcome) -> bool:
    return ("lenient" if fault in ONLY_LENIENT else "fail") in outcome.verdicts.values()


@pytest.mark.parametrize(
    ("fault", "library"),
    [
        *itertools.product(CAUGHT_BY, LIBRARIES),
        *zip(CAUGHT_ANYWHERE, itertools.cycle(LIBRARIES), strict=False),
    ],
)
def test_fault_is_caught(fault: str, library: str, tmp_path: Path) -> None:
    only = ((CAUGHT_BY | CAUGHT_ANYWHERE)[fault], *CONTROLS)
    options = ("--protocol", "ski", "--library", library, "--fault", fault, *strict(fault))
    outcome = judge("keyserver", *options, only=only, folder=tmp_path)
    assert outcome.code == 1, outcome.said[-3000:]
    assert [outcome.verdicts[id] for id in CONTROLS] == ["pass", "pass"]
    assert is_caught(fault, outcome)


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
    "extension_version_ignored": "lurk-5.3-version-unknown",
    "request_status_ignored": "lurk-5.3-status-not-request",
    "base_payload_ignored": "lurk-6.3-unexpected-payload",
    "handshake_certificate_ignored": "lurk-tls12-4.4-certificate-of-the-key",
    "any_suite_taken": "lurk-tls12-4.4-suite-of-rsa",
    "suite_not_offered_taken": "lurk-tls12-4.4-suite-not-offered",
    "handshake_left_over": "lurk-tls12-4.4-messages-twice",
    "small_order_point_accepted": "lurk-tls12-6.1-x25519-small-order",
    "response_not_reduced": "lurk-tls12-6.1-proof-r-encoding",
    "challenge_not_truncated": "lurk-tls12-6.1-proof-served",
}
PING = "lurk-6.2-ping"


@pytest.mark.parametrize("fault", CAUGHT_BY_LURK)
def test_lurk_fault_is_caught(fault: str, tmp_path: Path) -> None:
    glob = CAUGHT_BY_LURK[fault]
    options = ("--protocol", "lurk", "--fault", fault, *strict(fault))
    outcome = judge("keyserver", *options, only=(glob or "*", PING), folder=tmp_path)
    assert outcome.code == (1 if glob else 3), outcome.said[-3000:]
    if glob:
        assert outcome.verdicts[PING] == ("fail" if fault == "id_not_echoed" else "pass")
        assert is_caught(fault, outcome)


def test_every_fault_is_tried() -> None:
    """But for those of ci/timing, which need statistics."""
    by_the_clock = {"padding_timing_leak", "finished_timing_leak"}
    tried = {*CAUGHT_BY, *CAUGHT_ANYWHERE, *CAUGHT_BY_LURK, *by_the_clock}
    assert tried == set(offered("keyserver", "openssl"))
