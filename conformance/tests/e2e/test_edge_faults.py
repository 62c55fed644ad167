"""The suite sees what it is there to see in edges too: with each named fault of an edge switched on, the
named cases fail."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest
from faulty import judge, offered
from programs import FAULTS

LIBRARIES = ("openssl", "gnutls", "boringssl")
# fault: the cases of which one must fail (globs); the rest of the suite is not run here. No glob: the good
# handshake itself fails, so nothing is judged at all.
CAUGHT_BY_SKI = {
    "signature_not_verified": "edge-ski-7.1-wrong-signature",
    "rsa_failure_shown": "edge-ski-5.1.1-alike",
    "alert_not_sent": "edge-ski-5.2-neither-nor",
    "first_key_always_asked": "edge-ski-5.1.2-groups",
    "protocol_always_tls12": "edge-ski-p-tls13-input",
    "hash_not_sent": "",
    "digest_instead_of_content": "",
    "http_status_ignored": "edge-ski-p-statuses",
    "media_type_ignored": "edge-ski-5.2-other-format",
    "output_beside_error_taken": "edge-ski-5.2-neither-nor",
    "duplicate_cbor_key_accepted": "edge-ski-5.2-cbor-answers",
    "non_shortest_cbor_accepted": "edge-ski-5.2-cbor-answers",
    "trailing_bytes_accepted": "edge-ski-5.2-malformed",
    "no_failover": "edge-ski-4.1-fail-over",
    "no_key_server_deadline": "edge-ski-5.2-never-whole",
    "secret_in_log": "edge-ski-9-no-secret-in-log",
}
# The channel is another one on every library.
CAUGHT_ON_EACH = {
    "key_server_name_not_checked": "edge-ski-5.2-wrong-key-server",
    "key_server_certificate_unverified": "edge-ski-5.2-wrong-key-server",
}
CAUGHT_BY_LURK = {
    "s_reused": "edge-lurk-tls12-4.1.1-fresh",
    "s_without_time": "edge-lurk-tls12-4.1.1-time",
    "s_on_the_wire": "",
    "null_poo_sent": "edge-lurk-tls12-6.1-proof",
    "poo_commitment_reused": "edge-lurk-tls12-6.1-proof-fresh",
    "poo_challenge_without_randoms": "edge-lurk-tls12-6.1-proof",
    "poo_challenge_without_point": "edge-lurk-tls12-6.1-proof",
    "challenge_not_truncated": "edge-lurk-tls12-6.1-proof",
    "prf_hash_fixed": "edge-lurk-tls12-4.1-prf-hash",
    "ems_ignored": "edge-lurk-tls12-5.1-extended-as-negotiated",
    "audit_left_out": "edge-lurk-tls12-4.3-audit",
    "wire_random_in_messages": "edge-lurk-tls12-5.1-rsa-extended-master",
    "answer_id_not_matched": "edge-lurk-5.2-unknown-id",
    "answer_type_not_checked": "edge-lurk-5.2-other-request",
    "answer_scheme_not_checked": "edge-lurk-tls12-6.3-wrong-signature",
    "answer_octets_left_over": "edge-lurk-tls12-6.3-wrong-signature",
    "error_with_output_taken": "edge-lurk-5.4-error-with-output",
    "request_taken_as_answer": "edge-lurk-5.2-only-a-request",
    "request_ids_repeated": "edge-lurk-5.2-ids",
    "connection_not_reopened": "edge-lurk-7-rotated",
    "state_change_ignored": "edge-lurk-5.4-state-changed",
    "discovery_unlimited": "edge-lurk-p-discovery-bounded",
}
# Where the fault shows. BoringSSL takes no master secret from outside, and only OpenSSL makes proofs; GnuTLS
# goes on with a random premaster by itself.
ONLY_WITH = dict.fromkeys(
    (
        "rsa_failure_shown",
        "null_poo_sent",
        "poo_commitment_reused",
        "poo_challenge_without_randoms",
        "poo_challenge_without_point",
        "challenge_not_truncated",
    ),
    "openssl",
) | dict.fromkeys(("prf_hash_fixed", "ems_ignored", "audit_left_out", "wire_random_in_messages"), "gnutls")
# Pass with every fault: each bends one thing, not the whole edge.
CONTROLS = {"ski": "edge-ski-p-old-versions", "lurk": "edge-lurk-tls12-1-not-negotiated"}
# Where that one looks at what is bent.
OTHER_CONTROLS = {"s_without_time": "edge-lurk-5.2-ids"}


def in_turn(table: dict[str, str]) -> list[tuple[str, str]]:
    """Each fault on one library, so that all of them have their share."""
    libraries = itertools.cycle(LIBRARIES)
    return [(fault, ONLY_WITH.get(fault) or next(libraries)) for fault in table]


def check(protocol: str, fault: str, glob: str, library: str, folder: Path) -> None:
    options = ("--protocol", protocol, "--library", library, "--fault", fault)
    control = OTHER_CONTROLS.get(fault, CONTROLS[protocol])
    outcome = judge("edge", *options, only=(glob or "*", control), folder=folder)
    assert outcome.code == (1 if glob else 3), outcome.said[-3000:]
    if glob:
        assert outcome.verdicts[control] == "pass"
        assert "fail" in outcome.verdicts.values()


@pytest.mark.parametrize(
    ("fault", "library"), [*in_turn(CAUGHT_BY_SKI), *itertools.product(CAUGHT_ON_EACH, LIBRARIES)]
)
def test_fault_is_caught(fault: str, library: str, tmp_path: Path) -> None:
    check("ski", fault, (CAUGHT_BY_SKI | CAUGHT_ON_EACH)[fault], library, tmp_path)


@pytest.mark.parametrize(("fault", "library"), in_turn(CAUGHT_BY_LURK))
def test_lurk_fault_is_caught(fault: str, library: str, tmp_path: Path) -> None:
    check("lurk", fault, CAUGHT_BY_LURK[fault], library, tmp_path)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("program", "foreign"), [("edge", "no_time_window"), ("keyserver", "s_reused")])
def test_faults_of_another_program_are_refused(program: str, foreign: str, library: str) -> None:
    command = str(FAULTS / f"lurk-{program}-faulty-{library}")
    for name in (foreign, "no-such-fault", ""):
        done = subprocess.run(
            [command, "--fault", name], capture_output=True, text=True, timeout=60, check=False
        )
        banner, refusal = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (2, "")
        assert "for tests only" in banner
        assert f'has no fault "{name}"' in refusal and "--help" in refusal
    assert foreign not in offered(program, library)


def test_every_fault_is_tried() -> None:
    tried = {*CAUGHT_BY_SKI, *CAUGHT_ON_EACH, *CAUGHT_BY_LURK}
    assert tried == set(offered("edge", "openssl"))
