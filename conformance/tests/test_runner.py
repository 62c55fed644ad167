"""The runner: sentinels, the blame for a crash, faults of a case, no pass against a server that is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from conftest import StartStub
from lurkspec.case import Case, CaseFunction, Level, Variant, Verdict, worst
from lurkspec.context import Context
from lurkspec.hooks import Hooks
from lurkspec.request import MALFORMED
from lurkspec.runner import Options, Runner
from lurkspec.report.model import Run
from lurkspec.subject import KeyServer
from lurkspec.target import Target
from stub import StubKeyServer


def good(t: Context) -> Iterator[Variant]:
    """A good request is served."""
    yield t.served("json", t.post(t.ecdhe_request(), "json"))


def refusal(t: Context) -> Iterator[Variant]:
    """A bad request is refused."""
    yield t.refused("json", t.post(t.ecdhe_request().without("input"), "json"), MALFORMED)


def lethal(t: Context) -> Iterator[Variant]:
    """SHA-512 is served (and ends the stub with the quirk)."""
    yield t.served("json", t.post(t.ecdhe_request(hash="SHA-512"), "json"))


def silent_case(t: Context) -> Iterator[Variant]:
    """A case that judges nothing."""
    yield from ()


def faulty_case(t: Context) -> Iterator[Variant]:
    """A case that breaks in its second variant."""
    yield t.check("first", True, "x", "x")
    raise ZeroDivisionError("our fault")


def same_label(t: Context) -> Iterator[Variant]:
    """A case whose labels are not unique."""
    yield t.check("x", True, "x", "x")
    yield t.check("x", True, "x", "x")


def control(t: Context) -> Iterator[Variant]:
    """A case whose control is not served."""
    t.proven(t.ecdhe_request(params=b"x"), "json")
    yield t.check("never", True, "", "")


def lacking(t: Context) -> Iterator[Variant]:
    """A case that finds out that the target lacks something."""
    t.edge("nobody")
    yield t.check("never", True, "", "")


def make(function: CaseFunction, id: str = "", needs: tuple[str, ...] = (), serial: bool = False) -> Case:
    name = getattr(function, "__name__")
    return Case(
        id or f"t-{name}",
        ("SKI-5.2-17",),
        function,
        (),
        Level.MUST,
        needs=needs,
        serial=serial,
        section="test",
    )


class RestartingHooks(Hooks):
    """Restarts the stub on its port."""

    def __init__(self, stub: StubKeyServer, target: Target):
        super().__init__(target)
        self.stub = stub
        self.restarts = 0

    def has(self, name: str) -> bool:
        return name == "restart"

    def restart(self) -> None:
        self.restarts += 1
        self.stub.restart()


def run(stub: StubKeyServer, *cases: Case, hooks: Hooks | None = None, jobs: int = 2) -> Run:
    target = stub.target
    return Runner(KeyServer(target), hooks or Hooks(target), list(cases), Options(jobs=jobs)).run()


def verdicts(result: Run) -> dict[str, Verdict]:
    return {r.id: r.verdict for r in result.results}


def test_good_and_bad(start_stub: StartStub) -> None:
    result = run(start_stub(), make(good), make(refusal), make(lethal, serial=True))
    assert verdicts(result) == {"t-good": Verdict.PASS, "t-refusal": Verdict.PASS, "t-lethal": Verdict.PASS}
    assert result.exit_code == 0 and not result.aborted


def test_a_key_server_that_serves_nothing_gets_no_verdict(start_stub: StartStub) -> None:
    result = run(start_stub("wrong_signature"), make(refusal))
    assert result.exit_code == 3
    assert result.results == []
    assert "does not verify" in result.aborted


def test_nobody_listens(start_stub: StartStub) -> None:
    stub = start_stub()
    stub.stop()
    result = run(stub, make(refusal))
    assert (result.exit_code, result.results) == (3, [])


def test_crash_without_restart_ends_the_run(start_stub: StartStub) -> None:
    result = run(
        start_stub("dies_on_sha512"), make(good), make(lethal, serial=True), make(refusal, serial=True)
    )
    assert verdicts(result) == {"t-good": Verdict.PASS, "t-lethal": Verdict.FAIL}
    assert "did not survive" in result.results[1].variants[-1].actual
    assert result.exit_code == 3 and "did not come back" in result.aborted


@pytest.mark.parametrize("jobs", (1, 4))
@pytest.mark.parametrize("serial", (False, True))
def test_crash_with_restart_blames_only_the_case(start_stub: StartStub, jobs: int, serial: bool) -> None:
    stub = start_stub("dies_on_sha512")
    hooks = RestartingHooks(stub, stub.target)
    others = [make(refusal, f"t-other-{n}") for n in range(12)]
    cases = [*others[:6], make(lethal, serial=serial), *others[6:]]
    result = run(stub, *cases, hooks=hooks, jobs=jobs)
    assert not result.aborted
    assert hooks.restarts >= 1
    found = verdicts(result)
    assert found.pop("t-lethal") is Verdict.FAIL
    assert set(found.values()) == {Verdict.PASS} and len(found) == 12
    assert [r.id for r in result.results] == [c.id for c in cases]


def test_crash_that_does_not_come_again_is_not_forgotten(start_stub: StartStub) -> None:
    stub = start_stub("dies_once_on_sha512")
    result = run(stub, make(lethal), make(refusal), hooks=RestartingHooks(stub, stub.target))
    assert set(verdicts(result).values()) == {Verdict.PASS}
    assert result.exit_code == 1 and "died once" in result.problems[0] and "t-lethal" in result.problems[0]


@pytest.mark.parametrize(
    ("function", "verdict", "text"),
    (
        (silent_case, Verdict.ERROR, "no variant"),
        (faulty_case, Verdict.ERROR, "our fault"),
        (same_label, Verdict.ERROR, "twice: x"),
        (control, Verdict.FAIL, "malformed request"),
        (lacking, Verdict.UNSUPPORTED, "edges.nobody"),
    ),
)
def test_cases_that_go_wrong(
    start_stub: StartStub, function: CaseFunction, verdict: Verdict, text: str
) -> None:
    result = run(start_stub(), make(function))
    assert result.results[0].verdict is verdict
    assert text in result.results[0].variants[-1].actual


def test_what_was_judged_before_an_exception_is_kept(start_stub: StartStub) -> None:
    result = run(start_stub(), make(faulty_case)).results[0]
    assert [v.verdict for v in result.variants] == [Verdict.PASS, Verdict.ERROR]


def test_lacking_abilities_make_a_case_unsupported(start_stub: StartStub) -> None:
    result = run(start_stub(), make(good, needs=("capabilities",)), make(refusal, needs=("ping",)))
    assert verdicts(result) == {"t-good": Verdict.UNSUPPORTED, "t-refusal": Verdict.PASS}
    assert "GET /capabilities" in result.results[0].variants[0].actual


def test_failures_carry_octets_and_a_replay_command(start_stub: StartStub) -> None:
    result = run(start_stub("signs_anything"), make(control_of_octets)).results[0]
    assert result.verdict is Verdict.FAIL
    wire = "\n".join(result.variants[0].wire)
    assert "client_random" in wire and "POST /ski HTTP/1.1" in wire and "200 OK" in wire
    assert result.replay == "lurkspec keyserver --only t-control_of_octets --seed 1"


def control_of_octets(t: Context) -> Iterator[Variant]:
    """Random parameters are refused."""
    yield t.refused("json", t.post(t.ecdhe_request(params=b"x" * 69), "json"), MALFORMED)


def test_adjusted_results_are_what_is_reported(start_stub: StartStub) -> None:
    stub = start_stub()
    target = stub.target
    result = Runner(
        KeyServer(target), Hooks(target), [make(good)], adjust=lambda r: replace(r, log="adjusted")
    ).run()
    assert [r.log for r in result.results] == ["adjusted"]


def test_worst_verdict() -> None:
    assert worst([]) is Verdict.ERROR
    assert worst([Verdict.PASS, Verdict.UNSUPPORTED]) is Verdict.PASS
    assert worst([Verdict.UNSUPPORTED]) is Verdict.UNSUPPORTED
    assert worst([Verdict.LENIENT, Verdict.PASS]) is Verdict.LENIENT
    assert worst([Verdict.LENIENT, Verdict.FAIL]) is Verdict.FAIL
    assert worst([Verdict.ERROR, Verdict.FAIL]) is Verdict.ERROR
