"""Which case shows which clause and which row, and why some have none."""

from __future__ import annotations

from dataclasses import dataclass

from .case import Case
from .requirements import Clause, Row, clauses, rows

_SIDES = ("keyserver", "edge", "both")
_VISIBLE = ("black-box", "ambiguous")


@dataclass(frozen=True)
class Entry:
    """`why` is set where there is no case; empty both ways is a hole. `lacking`: protocols that a row applies
    to and that have no case for it."""

    id: str
    text: str
    cases: tuple[str, ...]
    why: str
    lacking: tuple[str, ...] = ()

    @property
    def hole(self) -> bool:
        return bool(self.lacking) or not self.cases and not self.why


def _reason(clause: Clause) -> str:
    if clause.no_case:
        return clause.no_case
    if clause.testable not in _VISIBLE:
        return clause.testable
    return "" if clause.role in _SIDES else f"binds the {clause.role}"


def _row_entry(row: Row, cases: list[Case]) -> Entry:
    shown = {case.protocol for case in cases}
    reasons = dict.fromkeys(reason for reason in (row.not_ski, row.not_lurk) if reason)
    lacking = tuple(protocol for protocol in row.protocols if protocol not in shown)
    return Entry(
        row.id, row.sent, tuple(c.id for c in cases), "" if row.protocols else " ".join(reasons), lacking
    )


def coverage(table: dict[str, Case]) -> list[Entry]:
    """An entry for each clause and each row of the registers."""
    by_reference: dict[str, list[Case]] = {}
    for case in table.values():
        for reference in case.clauses + case.rows:
            by_reference.setdefault(reference, []).append(case)
    entries = [
        Entry(c.id, c.statement, tuple(case.id for case in by_reference.get(c.id, ())), _reason(c))
        for c in clauses().values()
    ]
    entries += [_row_entry(r, by_reference.get(r.id, [])) for r in rows().values()]
    return entries
