"""The coverage table: what is promised is shown, reasons are true as far as that can be checked, results are
those of the runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from test_interop_reports import Reader
from test_registry import GOOD
from test_reports import HOSTILE

from lurkspec import coverage_command
from lurkspec.case import Verdict, registry
from lurkspec.cli import cli
from lurkspec.coverage import LastRun, RunFileError, core, coverage, stale_reasons, tallies
from lurkspec.requirements import clauses

# Black-box clauses without a case: CoAP is not there, the others ask nothing that could be seen.
WITHOUT = {"SKI-7.1.2-01", "LURK-6.2.3-01", "LURK-P-04", "TLS12-8.3-01"}


def run_file(folder: Path, name: str, results: dict[str, str], **more: Any) -> Path:
    file = folder / f"{name}.json"
    listed = [{"id": id, "verdict": verdict} for id, verdict in results.items()]
    file.write_text(json.dumps({"target": "t", "started": "now", "results": listed} | more))
    return file


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["coverage", *map(str, arguments)])


def test_what_is_promised_is_shown() -> None:
    promised = core(coverage(registry()))
    assert len(promised) >= 220 and {e.id for e in promised if not e.cases} == WITHOUT


def test_reasons() -> None:
    entries = coverage(registry())
    reasons = [e.why for e in entries if e.why]
    assert stale_reasons(entries) == []
    assert all(len(why.split()) >= 4 for why in reasons)
    ids = re.compile(r"(?<![\w-])(?:edge|ski|lurk)(?:-[a-z0-9][a-z0-9.]*)*-[a-z0-9]+")
    named = {id for why in reasons for id in ids.findall(why)}
    assert named and named <= set(registry())


def test_a_reason_beside_a_case_is_stale() -> None:
    excused = next(c.id for c in clauses().values() if c.no_case)
    case = replace(GOOD, clauses=(excused,))
    assert stale_reasons(coverage({case.id: case})) == [f"{excused} has cases, and a reason for having none"]


def test_results_are_those_of_the_runs(tmp_path: Path) -> None:
    other = replace(GOOD, id="ski-5.2-y")
    entry = {e.id: e for e in coverage({c.id: c for c in (GOOD, other)})}["SKI-5.2-17"]
    run = LastRun.load(run_file(tmp_path, "a", {GOOD.id: "pass", other.id: "fail"}))
    assert run.of(entry.cases) is Verdict.FAIL and run.of(("no-such",)) is None and run.name == "a"
    tally = next(t for t in tallies([entry]))
    assert tally.by_verdict(run) == {"fail": 1}
    assert tally.by_verdict(replace(run, verdicts={})) == {"not run": 1}
    assert (tally.covered, tally.excused, tally.holes) == (1, 0, 0)


BROKEN = ("", "[]", "{}", '{"results": [{"id": "x", "verdict": "fine"}]}')


@pytest.mark.parametrize("text", BROKEN, ids=range(4))
def test_other_files(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(RunFileError):
        LastRun.load(tmp_path / "x.json")
    done = invoke("--run", tmp_path / "x.json")
    assert done.exit_code == 2 and "x.json" in done.output


def test_command(tmp_path: Path) -> None:
    case = "channel-clear-text"
    run = run_file(tmp_path, "keyserver-gnutls", {case: "lenient"}, target="<b>gnutls</b>")
    page, data = tmp_path / "c.html", tmp_path / "c.json"
    done = invoke("--run", run, "--html", page, "--json", data)
    assert done.exit_code == 0
    line = next(line for line in done.output.splitlines() if line.startswith("SKI-4.2.3-02 "))
    assert case in line and line.endswith("[keyserver-gnutls lenient]")
    assert "222 with cases, 4 with a reason, 0 with neither" in done.output
    entry = next(e for e in json.loads(data.read_text())["entries"] if e["id"] == "SKI-4.2.3-02")
    assert entry["cases"] == {case: ["lenient"]} and entry["last"] == ["lenient"] and not entry["hole"]
    reader = Reader(page.read_text("utf-8"))
    assert "<b>gnutls</b>" in reader.text and reader.tags.count("script") == 1 and "b" not in reader.tags


def test_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    done = invoke("--holes")
    assert done.exit_code == 0 and len(done.output.splitlines()) == 2
    monkeypatch.setattr(coverage_command, "registry", lambda: {GOOD.id: GOOD})
    done = invoke("--holes")
    assert done.exit_code == 1 and "NO CASE, NO REASON" in done.output


def test_a_report_of_another_suite(tmp_path: Path) -> None:
    done = invoke("--run", run_file(tmp_path, "old", {"ski-0-gone": "pass"}))
    assert done.exit_code == 1 and "old: 1 cases that are not known, ski-0-gone first" in done.output


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_reports(tmp_path: Path, number: int) -> None:
    text = HOSTILE[number].encode("utf-8", "replace").decode("utf-8")
    file = run_file(tmp_path, "x", {}, target=text, started=text)
    reader = Reader(coverage_command.render(coverage({GOOD.id: GOOD})[:3], [LastRun.load(file)]))
    assert reader.tags.count("script") == 1 and not {"i", "b", "img"} & set(reader.tags)
