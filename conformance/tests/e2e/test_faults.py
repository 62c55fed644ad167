"""The suite sees what it is there to see: with each named fault of a key server or an edge switched on, the
case that conformance/lurkspec/selfcheck/witnesses.json names does not pass. `lurkspec selfcheck` writes that
file, and tries all cases."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from programs import FAULTS

from lurkspec.case import Profile, Verdict, registry
from lurkspec.embedded import LIBRARIES
from lurkspec.selfcheck import bench, campaign
from lurkspec.selfcheck.witnesses import Witness, load

WITNESSES = load()
# Of code that is another one on each library.
ON_EACH = (
    "client_certificate_optional",
    "revocation_ignored",
    "key_server_name_not_checked",
    "key_server_certificate_unverified",
)
TRIED = [
    w if w.library == library else Witness(w.program, w.fault, library, w.case)
    for w in WITNESSES
    for library in (LIBRARIES if w.fault in ON_EACH else (w.library,))
]


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("selfcheck") / "pki"
    bench.make_pki(folder)
    return folder


@pytest.mark.parametrize("witness", TRIED, ids=lambda w: f"{w.program[0]}-{w.fault}-{w.library[0]}")
def test_fault_is_caught(
    witness: Witness, pki: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good exchanges before and after show that one check is bent, not the whole program, unless they are
    what the fault shows in."""
    monkeypatch.setenv("LURKSPEC_BIN", str(FAULTS))
    asked = (witness.case,) if witness.case else _one_of_each_protocol(witness)
    task = bench.Task(witness.program, witness.library, witness.fault, asked, Profile.QUICK, 1)
    outcome = bench.run(task, pki, tmp_path / "counts")
    if witness.case:
        assert outcome.verdicts[witness.case] in (Verdict.FAIL, Verdict.LENIENT)
    else:
        assert "good" in outcome.nothing


def test_stub_is_strict_without_a_laxity(
    pki: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what its witnesses see comes from the laxity alone."""
    monkeypatch.setenv("LURKSPEC_BIN", str(FAULTS))
    asked = tuple(w.case for w in WITNESSES if w.program == bench.STUB.name)
    task = bench.Task(bench.STUB.name, LIBRARIES[0], "", asked, Profile.QUICK, 4)
    outcome = bench.run(task, pki, tmp_path / "counts")
    assert (outcome.nothing, outcome.why) == ("", {})
    assert set(outcome.verdicts.values()) == {Verdict.PASS}


def _one_of_each_protocol(witness: Witness) -> tuple[str, ...]:
    """Cases before which the good exchanges of both are made."""
    concerned = [id for id, case in registry().items() if witness.concerns(case)]
    return tuple(next(id for id in concerned if ("lurk" in id) == lurk) for lurk in (False, True))


@pytest.mark.parametrize("program", bench.PROGRAMS)
def test_every_fault_has_a_witness(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """But for those of ci/timing, which need statistics."""
    monkeypatch.setenv("LURKSPEC_BIN", str(FAULTS))
    offered = set(bench.PROGRAMS[program].faults("openssl")) - set(campaign.BY_THE_CLOCK)
    assert offered == {w.fault for w in WITNESSES if w.program == program}
    assert all(w.case in registry() for w in WITNESSES if w.case)


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
