"""Expectation files are strict both ways."""

from __future__ import annotations

from pathlib import Path

import pytest

from lurkspec import expectations
from lurkspec.case import Case, Verdict
from lurkspec.expectations import ExpectationError
from lurkspec.report.model import CaseResult, Run, VariantResult

ENTRY = '[[expected]]\ncase = "a-b"\nvariant = "v"\nverdict = "fail"\nmatch = "200"\nreason = "known bug 7"\n'


def result(verdict: Verdict, actual: str = "200 OK", label: str = "v", id: str = "a-b") -> CaseResult:
    case = Case(id, ("c",), lambda t: iter(()), section="s")
    return CaseResult.of(case, [VariantResult(label, verdict, "x", actual)], 0.0, "replay")


def load(tmp_path: Path, text: str) -> expectations.Expectations:
    file = tmp_path / "expect.toml"
    file.write_text(text, "utf-8")
    return expectations.load(file)


@pytest.mark.parametrize(
    ("found", "unexpected"),
    (
        (result(Verdict.FAIL), False),
        (result(Verdict.FAIL, "403 denied"), True),
        (result(Verdict.PASS), True),
        (result(Verdict.ERROR), True),
        (result(Verdict.FAIL, label="w"), True),
        (result(Verdict.PASS, label="w"), False),
        (result(Verdict.LENIENT, label="w"), False),
        (result(Verdict.UNSUPPORTED, label="w"), False),
    ),
)
def test_expected_failure(tmp_path: Path, found: CaseResult, unexpected: bool) -> None:
    assert expectations.judge_result(found, load(tmp_path, ENTRY), strict=False).unexpected is unexpected


def test_strict_counts_lenient() -> None:
    assert expectations.judge_result(result(Verdict.LENIENT), {}, strict=True).unexpected
    assert not expectations.judge_result(result(Verdict.LENIENT), {}, strict=False).unexpected


@pytest.mark.parametrize(
    ("seen", "known", "count"),
    (
        ([result(Verdict.FAIL)], {"a-b"}, 0),
        ([result(Verdict.FAIL, label="w")], {"a-b"}, 1),
        ([result(Verdict.FAIL, id="c-d")], {"a-b", "c-d"}, 0),
        ([result(Verdict.FAIL, id="c-d")], {"c-d"}, 1),
    ),
)
def test_stale_entries(tmp_path: Path, seen: list[CaseResult], known: set[str], count: int) -> None:
    run = Run("t", "1", "now", "quick", "1", seen)
    assert len(expectations.stale(run, load(tmp_path, ENTRY), known)) == count


def test_a_retired_case_says_why(tmp_path: Path) -> None:
    run, expected = Run("t", "1", "now", "quick", "1", []), load(tmp_path, ENTRY)
    gone = {"a-b": "a-c shows it"}
    assert expectations.stale(run, expected, {"a-c"}, gone) == ["stale expectation: a-b / v (a-c shows it)"]


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    run = Run(
        "t",
        "1",
        "now",
        "quick",
        "1",
        [result(Verdict.FAIL, 'q"uo\\te\nline\ttab'), result(Verdict.PASS, id="c-d")],
    )
    file = tmp_path / "expect.toml"
    assert expectations.write(file, run) == 1
    loaded = expectations.load(file)
    assert not expectations.judge_result(run.results[0], loaded, strict=True).unexpected


@pytest.mark.parametrize(
    "text",
    (
        "x",
        "a = 1",
        "expected = 1",
        '[[expected]]\ncase = "a-b"',
        ENTRY + "more = 1",
        ENTRY.replace("known bug 7", " "),
        ENTRY.replace('"fail"', '"pass"'),
        ENTRY.replace('"200"', "200"),
        ENTRY + ENTRY,
    ),
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str) -> None:
    with pytest.raises(ExpectationError) as error:
        load(tmp_path, text)
    assert "expect.toml" in str(error.value) and "\n" not in str(error.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ExpectationError):
        expectations.load(tmp_path / "nowhere")
