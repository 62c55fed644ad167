"""Peers of another dialect: judged as they are when the dialect is named, told by a hint when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Start, lurkspec

from lurkspec import dialects
from lurkspec.case import Verdict
from lurkspec.channel import Ending, Transcript
from lurkspec.codecs import lurk
from lurkspec.dialects import CERTIFICATE_SHA1, DIALECTS, ECHOED_DESIGNATION, PAYLOAD_LENGTH
from lurkspec.keys import TLS12_RSA_USAGE
from lurkspec.lurk_context import LurkContext
from lurkspec.lurk_exchange import LurkExchange
from lurkspec.reference import TARGET_FILE, target_text
from lurkspec.target import Target, load_target

SPOKEN = (CERTIFICATE_SHA1, PAYLOAD_LENGTH)
# Each protocol's good exchanges, framing, and errors.
PART = ("lurk-5.*", "lurk-6.*", "lurk-tls12-*-served", "ski-5.1.2-*", "ski-5.2.1-*", "ski-5.2-*spki*")


def test_the_dialects_that_the_reference_has(start: Start) -> None:
    file = start("openssl", dialects=SPOKEN).folder / TARGET_FILE
    only = [option for glob in PART for option in ("--only", glob)]
    done = lurkspec("keyserver", "--target", str(file), "--profile", "quick", *only)
    assert done.returncode == 0, done.stdout[-3000:]
    file.write_text(file.read_text().replace(f"{list(SPOKEN)}".replace("'", '"'), "[]"))
    done = lurkspec("keyserver", "--target", str(file), "--protocol", "lurk")
    assert done.returncode == 3 and "served with --dialect payload-length" in " ".join(done.stdout.split())


@pytest.mark.parametrize(("protocol", "dialect"), [("ski", CERTIFICATE_SHA1), ("lurk", PAYLOAD_LENGTH)])
def test_a_dialect_that_the_peer_does_not_speak(protocol: str, dialect: str, start: Start) -> None:
    file = str(start("gnutls").folder / TARGET_FILE)
    done = lurkspec("keyserver", "--target", file, "--protocol", protocol, "--dialect", dialect)
    assert done.returncode == 3 and f"served without --dialect {dialect}" in " ".join(done.stdout.split())


@pytest.fixture
def target(both_pki: Path) -> Target:
    file = both_pki / "dialects.toml"
    file.write_text(target_text(1, lurk_port=2, dialects=DIALECTS))
    return load_target(file)


def test_the_target_file_names_them(target: Target) -> None:
    assert target.dialects == set(DIALECTS) and target.formats == ("json",)
    assert target.lurk is not None and not target.lurk.length_counts_header


def test_requests_in_other_dialects(target: Target) -> None:
    key = target.select(TLS12_RSA_USAGE)[0]
    with LurkContext(target.speaking(frozenset())) as plain, LurkContext(target) as other:
        ours, theirs = plain.rsa_master(key).fields, other.rsa_master(key).fields
    assert ours["key_id"][1:] == key.lurk_ids[0] and theirs["key_id"][1:] == key.lurk_ids[1]
    assert len(bytes(ours)) == len(bytes(theirs)) + 2 and theirs["premaster_length"] == b""


def test_errors_with_the_designation_of_the_request(target: Target) -> None:
    sent = lurk.Message(lurk.Designation.TLS12, 99, id=7)
    answer = sent.but(status=lurk.BaseStatus.INVALID_TYPE.value, payload=bytes(4))
    exchange = LurkExchange("a", sent, answer, Ending.OPEN, Transcript())
    for names, verdict in ((frozenset(), Verdict.LENIENT), (frozenset({ECHOED_DESIGNATION}), Verdict.PASS)):
        with LurkContext(target.speaking(names)) as t:
            assert t.base_refused("type", exchange, lurk.BaseStatus.INVALID_TYPE).verdict is verdict


def test_each_dialect_has_a_name_for_the_code() -> None:
    named = {value for name, value in vars(dialects).items() if name.isupper() and isinstance(value, str)}
    assert named == set(DIALECTS)
