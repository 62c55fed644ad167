"""Which case shows which clause and which row, and why some have none."""

from __future__ import annotations

from dataclasses import dataclass

from .case import Case
from .requirements import Clause, clauses, rows

_SIDES = ("keyserver", "both")
_VISIBLE = ("black-box", "ambiguous")


@dataclass(frozen=True)
class Entry:
    """`why` is set where there is no case; empty both ways is a hole."""

    id: str
    text: str
    cases: tuple[str, ...]
    why: str

    @property
    def hole(self) -> bool:
        return not self.cases and not self.why


def _reason(clause: Clause) -> str:
    if clause.no_case:
        return clause.no_case
    if clause.testable not in _VISIBLE:
        return clause.testable
    return "" if clause.role in _SIDES else f"binds the {clause.role}"


def coverage(table: dict[str, Case]) -> list[Entry]:
    """An entry for each clause and each row of the registers."""
    by_reference: dict[str, list[str]] = {}
    for case in table.values():
        for reference in case.clauses + case.rows:
            by_reference.setdefault(reference, []).append(case.id)
    entries = [
        Entry(c.id, c.statement, tuple(by_reference.get(c.id, ())), _reason(c)) for c in clauses().values()
    ]
    entries += [
        Entry(r.id, r.sent, tuple(by_reference.get(r.id, ())), "" if r.applies == "ski" else r.applies)
        for r in rows().values()
    ]
    return entries
