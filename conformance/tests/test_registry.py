"""The case table and the registers: complete, unique, and what the self-check would catch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from lurkspec import cases
from lurkspec.case import Case, Profile, RegistryError, Variant, case, identity_check, registry, self_check
from lurkspec.context import Context
from lurkspec.coverage import coverage
from lurkspec.requirements import clauses, rows
from lurkspec.selection import NothingSelected, select


def some_case(t: Context) -> Iterator[Variant]:
    """A requirement."""
    yield t.check("x", True, "", "")


def undocumented(t: Context) -> Iterator[Variant]:
    yield t.check("x", True, "", "")


def no_generator(t: Context) -> Iterator[Variant]:
    """A requirement."""
    return iter(())


GOOD = Case("ski-5.2-x", ("SKI-5.2-17",), some_case, ("JS-06",), needs=("ecdhe",), section="x")


def test_the_table_is_right() -> None:
    assert self_check(registry()) == []


@pytest.mark.parametrize(
    ("broken", "complaint"),
    (
        (replace(GOOD, clauses=("SKI-0-99",)), "SKI-0-99 is not known"),
        (replace(GOOD, rows=("XX-01",)), "XX-01 is not known"),
        (replace(GOOD, needs=("wings",)), "wings is not known"),
        (replace(GOOD, clauses=()), "no clause"),
        (replace(GOOD, section=""), "SECTION"),
        (replace(GOOD, id="Bad_Id"), "the id"),
        (replace(GOOD, function=undocumented), "docstring"),
        (replace(GOOD, function=no_generator), "not a generator"),
    ),
)
def test_self_check(broken: Case, complaint: str) -> None:
    problems = self_check({broken.id: broken})
    assert len(problems) == 1 and complaint in problems[0]
    assert self_check({GOOD.id: GOOD}) == []


def test_no_id_vanishes() -> None:
    assert identity_check(registry()) == []


def test_what_is_wrong_with_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    table = registry()
    gone = next(iter(table))
    rest = {id: c for id, c in table.items() if id != gone}
    assert identity_check(rest) == [f"{gone}: has vanished; ids are permanent: retire it with a reason"]
    new = replace(GOOD, id="ski-0-new")
    assert identity_check(table | {new.id: new}) == ["ski-0-new: is not in cases/permanent.txt yet"]
    monkeypatch.setattr(cases, "RETIRED", {gone: "the clause was a slip of the draft"})
    assert identity_check(rest) == []
    assert "the id is retired" in self_check({gone: table[gone]})[0]
    monkeypatch.setattr(cases, "RETIRED", {gone: " ", "ski-0-never": "x"})
    assert [problem.partition(": ")[2] for problem in identity_check(rest)] == [
        "is retired, and not in cases/permanent.txt",
        "is retired without a reason",
    ]


def test_an_id_is_declared_once() -> None:
    known = next(iter(registry()))
    with pytest.raises(RegistryError):
        case(known, clauses=("SKI-5.2-17",))(some_case)


def test_registers() -> None:
    known = clauses()
    assert len([c for c in known if c.startswith("SKI-")]) >= 100
    assert all(c.statement and c.source for c in known.values())
    assert len([c for c in known if c.startswith(("LURK-", "TLS12-"))]) >= 220
    groups = {"OR", "BL", "XP", "KU", "IC", "CB", "JS", "HT", "CH", "RS", "RP", "DG", "PO", "PH", "LN"}
    groups |= {"LC", "SE"}
    assert {r.id.partition("-")[0] for r in rows().values()} == groups
    assert all(r.sent and r.expected for r in rows().values())


def test_rows_say_where_they_apply() -> None:
    known = rows()
    assert known["JS-01"].protocols == ("ski",) and known["JS-01"].not_lurk  # said by the group
    assert known["PH-01"].protocols == ("lurk",) and known["PH-01"].not_ski
    assert known["IC-01"].protocols == ("ski", "lurk")
    assert known["PO-15"].protocols == ("lurk",) and known["OR-06"].protocols == ()


def test_coverage_has_an_entry_for_everything() -> None:
    entries = {e.id: e for e in coverage({GOOD.id: GOOD})}
    assert set(entries) == set(clauses()) | set(rows())
    assert entries["SKI-5.2-17"].cases == (GOOD.id,) and not entries["SKI-5.2-17"].hole
    assert entries["JS-01"].hole
    assert not entries["OR-06"].hole and entries["OR-06"].why


def test_a_row_needs_a_case_for_each_protocol() -> None:
    over_ski, over_lurk = replace(GOOD, rows=("IC-01",)), replace(
        GOOD, id="lurk-x-y", rows=("IC-01",), protocol="lurk"
    )
    for table, lacking in (([over_ski], ("lurk",)), ([over_ski, over_lurk], ())):
        entries = {e.id: e for e in coverage({c.id: c for c in table})}
        assert entries["IC-01"].lacking == lacking and entries["IC-01"].hole == bool(lacking)


def test_nothing_is_left_uncovered() -> None:
    table = registry()
    assert len(table) >= 150
    assert len([c for c in table.values() if c.protocol == "lurk"]) >= 150
    assert [e.id for e in coverage(table) if e.hole] == []


def test_selection() -> None:
    table = {c.id: c for c in (GOOD, replace(GOOD, id="ski-6-y", section="other", profile=Profile.FULL))}
    assert [c.id for c in select(table)] == ["ski-5.2-x"]
    assert [c.id for c in select(table, profile=Profile.FULL)] == ["ski-5.2-x", "ski-6-y"]
    assert [c.id for c in select(table, ("ski-6-y",))] == ["ski-6-y"]
    assert [c.id for c in select(table, sections=("OTHER",), profile=Profile.FULL)] == ["ski-6-y"]
    for arguments in ({"only": ("ski-7*",)}, {"only": ("ski-6-*",)}, {"sections": ("nowhere",)}):
        with pytest.raises(NothingSelected):
            select(table, **arguments)  # type: ignore[arg-type]
