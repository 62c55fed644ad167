"""The results of an interop run: what is written is read again, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lurkspec.interop.results import (
    FILE,
    Canary,
    Cell,
    ImplementationInfo,
    LogFile,
    Outcome,
    Results,
    ResultsError,
    Role,
    ScenarioInfo,
)


def cell(outcome: Outcome = Outcome.PASS, reason: str = "") -> Cell:
    return Cell(
        "tls13/ski-cbor/a/b/c",
        "tls13",
        "a",
        "b",
        "c",
        "ski-cbor",
        outcome,
        reason,
        "edge b",
        0.25,
        {"key_us": 12.0},
        ("</td>",),
        (LogFile("client: stderr", "cells/x/stderr.txt"),),
        ("lurkspec interop --only x",),
    )


def results(*cells: Cell) -> Results:
    made = Results("2026-01-01T00:00:00Z", ["lurkspec", "interop"], 1.5, finished=True)
    made.implementations = [
        ImplementationInfo("a", Role.KEYSERVER, "A", "https://a.example", "MIT", "1", "no")
    ]
    made.scenarios = [ScenarioInfo("tls13", "TLS 1.3", "about", {"lurk": "is for TLS 1.2"})]
    made.cells = list(cells)
    made.canaries = [Canary("a", Role.KEYSERVER, Outcome.PASS, "x is unknown")]
    made.notes = ["nothing was captured"]
    return made


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    made = results(cell(), cell(Outcome.UNSUPPORTED, "no"))
    made.write(tmp_path)
    assert Results.load(tmp_path) == made and not (tmp_path / "results.part").exists()


@pytest.mark.parametrize(
    "text, problem",
    [
        ("", "not JSON"),
        ("[]", "not a result"),
        ('{"format": 9}', "not a result"),
        ('{"format": 1}', "not a result"),
        (None, "No such file"),
    ],
    ids=range(5),
)
def test_another_file(tmp_path: Path, text: str | None, problem: str) -> None:
    if text is not None:
        (tmp_path / FILE).write_text(text)
    with pytest.raises(ResultsError, match=problem) as caught:
        Results.load(tmp_path)
    assert len(str(caught.value).splitlines()) == 1


def test_members_that_cannot_be(tmp_path: Path) -> None:
    results(cell()).write(tmp_path)
    file = tmp_path / FILE
    for change in ({"outcome": "fine"}, {"id": 1}):
        value = json.loads(file.read_text())
        value["cells"][0] |= change
        file.write_text(json.dumps(value))
        with pytest.raises(ResultsError, match="not a result"):
            Results.load(tmp_path)
