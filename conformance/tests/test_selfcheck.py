"""What the matrix of faults and cases says, and the command that makes it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from programs import FAULTS, lurkspec

from lurkspec.case import Case, Verdict, registry
from lurkspec.selfcheck import render
from lurkspec.selfcheck.matrix import Matrix, Row, worse

ONE, TWO = "access-bound-address", "ski-5.2.1-key-enumeration"


def cases() -> list[Case]:
    table = registry()
    return [replace(table[ONE], toothless=""), replace(table[TWO], toothless="")]


def caught(fault: str, *ids: str) -> Row:
    return Row("keyserver", fault, "openssl", (ONE, TWO), (ONE, TWO), {id: "fail" for id in ids})


def test_all_caught_and_all_with_teeth_is_proved() -> None:
    matrix = Matrix(cases(), "quick", [caught("x", ONE), caught("y", TWO)])
    assert (matrix.survivors, matrix.toothless, matrix.complaints) == ([], [], [])
    assert matrix.exit_code == 0
    assert matrix.summary == "2 of 2 faults caught, 2 of 2 cases catch one, 0 name why not"


def test_a_fault_that_nothing_notices_survives() -> None:
    matrix = Matrix(cases(), "quick", [caught("x", ONE, TWO), caught("y")])
    assert [row.fault for row in matrix.survivors] == ["y"]
    assert matrix.exit_code == 1


def test_the_good_exchange_catches_too() -> None:
    row = replace(caught("y"), nothing="does not serve a good request")
    assert not row.survives
    assert Matrix(cases(), "quick", [caught("x", ONE, TWO), row]).exit_code == 0


def test_a_case_that_notices_nothing_is_toothless_unless_it_says_why() -> None:
    rows = [caught("x", ONE)]
    matrix = Matrix(cases(), "quick", rows)
    assert [case.id for case in matrix.toothless] == [TWO]
    assert matrix.exit_code == 1
    one, two = cases()
    others = [replace(one, id=f"other-{n}") for n in range(9)]
    excused = Matrix([one, replace(two, toothless="because"), *others], "quick")
    excused.rows = [
        Row("keyserver", "x", "openssl", (), (), dict.fromkeys((ONE, *(c.id for c in others)), "fail"))
    ]
    assert (excused.toothless, excused.exit_code) == ([], 0)


def test_an_excuse_must_be_needed_and_rare() -> None:
    one, two = cases()
    matrix = Matrix([one, replace(two, toothless="because")], "quick", [caught("x", ONE, TWO)])
    needless, frequent = matrix.complaints
    assert f"{TWO} is declared toothless and catches keyserver x" == needless
    assert "1 of 2 cases are declared toothless" == frequent
    assert matrix.exit_code == 1


def test_among_some_cases_a_fault_need_not_be_caught_unless_it_was_named() -> None:
    matrix = Matrix(cases()[:1], "quick", [caught("x", ONE), caught("y")], whole_columns=False)
    assert matrix.exit_code == 0
    assert replace(matrix, whole_rows=False).exit_code == 1


def test_what_could_not_be_judged_is_no_proof() -> None:
    assert Matrix(cases(), "quick", [caught("x", ONE, TWO)], problems=["no program"]).exit_code == 3


@pytest.mark.parametrize(
    ("before", "now", "noticed"),
    [
        (Verdict.PASS, Verdict.FAIL, True),
        (Verdict.PASS, Verdict.LENIENT, True),
        (Verdict.LENIENT, Verdict.FAIL, True),
        (Verdict.FAIL, Verdict.FAIL, False),
        (Verdict.LENIENT, Verdict.PASS, False),
        (Verdict.PASS, Verdict.ERROR, False),
        (Verdict.UNSUPPORTED, Verdict.FAIL, False),
    ],
)
def test_a_case_notices_what_makes_its_verdict_worse(before: Verdict, now: Verdict, noticed: bool) -> None:
    assert worse(now, before) is noticed


def test_the_page_names_what_is_wrong_and_needs_no_network() -> None:
    text = render.page(Matrix(cases(), "quick", [caught("bent_check", ONE), caught("unseen_check")]))
    assert "survives: <code>keyserver unseen_check</code>" in text
    assert f"toothless: <code>{TWO}</code>" in text
    assert "http" not in text.replace('http-equiv="', "")


def test_a_fault_and_the_case_that_it_reaches(tmp_path: Path) -> None:
    file = tmp_path / "matrix.json"
    chosen = (
        "--fault",
        "address_ignored",
        "--fault",
        "any_path_served",
        "--case",
        ONE,
        "--library",
        "gnutls",
    )
    done = lurkspec("selfcheck", *chosen, "--json", str(file), binaries=FAULTS)
    assert done.returncode == 1, done.stdout
    rows = {row["fault"]: row for row in json.loads(file.read_text("utf-8"))["faults"]}
    assert rows["address_ignored"]["caught"] == {ONE: "fail"}
    assert (rows["any_path_served"]["reached"], rows["any_path_served"]["survives"]) == ([], True)
    assert "survives: keyserver any_path_served, no case reaches it" in done.stdout


def test_a_case_that_does_not_exist_is_bad_usage() -> None:
    done = lurkspec("selfcheck", "--case", "no-such-case")
    assert (done.returncode, done.stdout.count("\n")) == (2, 1)


def test_programs_with_faults_must_be_there(tmp_path: Path) -> None:
    done = lurkspec("selfcheck", binaries=tmp_path)
    assert done.returncode == 3
    assert "ci/build faults" in done.stdout
