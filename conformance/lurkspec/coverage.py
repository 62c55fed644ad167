"""Which case shows which clause and which row, what came of it last, and why some have none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .case import Case, Role, Verdict, worst
from .report.text import printable
from .requirements import Clause, Row, clauses, rows

# The word for a clause whose cases were not among the runs.
NOT_RUN = "not run"


class RunFileError(Exception):
    """A file that is no JSON report of a run; the text is one line."""


@dataclass(frozen=True)
class LastRun:
    """What a run's JSON report says of each case. `name` is that of the file."""

    name: str
    target: str
    started: str
    verdicts: dict[str, Verdict]

    @classmethod
    def load(cls, file: Path) -> LastRun:
        try:
            document = json.loads(file.read_text("utf-8"))
            verdicts = {str(r["id"]): Verdict(r["verdict"]) for r in document["results"]}
            texts = [printable(str(document[member]), 200) for member in ("target", "started")]
        except OSError as error:
            raise RunFileError(f"{file}: {error.strerror or error}") from None
        except (ValueError, KeyError, TypeError):
            raise RunFileError(f"{file}: not the JSON report of a run (--json)") from None
        return cls(printable(file.stem, 60), texts[0], texts[1], verdicts)

    def of(self, cases: tuple[str, ...]) -> Verdict | None:
        """The worst of these cases that ran."""
        found = [self.verdicts[id] for id in cases if id in self.verdicts]
        return worst(found) if found else None


@dataclass(frozen=True)
class Entry:
    """`why` is set where there is no case; empty both ways is a hole. `lacking`: protocols that a row applies
    to and that have no case for it."""

    id: str
    text: str
    source: str
    level: str
    role: str
    testable: str
    cases: tuple[str, ...]
    why: str
    lacking: tuple[str, ...] = ()

    @property
    def hole(self) -> bool:
        return bool(self.lacking) or not self.cases and not self.why

    @property
    def kind(self) -> str:
        """SKI, LURK, …: the specification, from the permanent id."""
        return self.id.partition("-")[0]

    @property
    def is_row(self) -> bool:
        return self.id in rows()


@dataclass(frozen=True)
class Tally:
    """Clauses of one specification, role and level: how many there are, have cases, carry a reason, lack
    both."""

    source: str
    role: str
    level: str
    entries: tuple[Entry, ...]

    @property
    def covered(self) -> int:
        return sum(bool(e.cases) for e in self.entries)

    @property
    def excused(self) -> int:
        return sum(not e.cases and not e.hole for e in self.entries)

    @property
    def holes(self) -> int:
        return sum(e.hole for e in self.entries)

    def by_verdict(self, run: LastRun) -> dict[str, int]:
        """Clauses with cases by what came of them; those that were not run last."""
        found = [run.of(e.cases) for e in self.entries if e.cases]
        counts = {verdict.value: found.count(verdict) for verdict in Verdict}
        counts[NOT_RUN] = found.count(None)
        return {word: count for word, count in counts.items() if count}


def _clause_entry(clause: Clause, cases: list[Case]) -> Entry:
    return Entry(
        clause.id,
        clause.statement,
        clause.source,
        clause.level,
        clause.role,
        clause.testable,
        tuple(case.id for case in cases),
        "" if cases else clause.no_case,
    )


def _row_entry(row: Row, cases: list[Case]) -> Entry:
    shown = {case.protocol for case in cases}
    reasons = dict.fromkeys(reason for reason in (row.not_ski, row.not_lurk) if reason)
    lacking = tuple(protocol for protocol in row.protocols if protocol not in shown)
    why = "" if row.protocols else " ".join(reasons)
    # The catalogue is about key servers, but for the groups that only cases about edges cite.
    role = Role.EDGE if cases and all(c.role is Role.EDGE for c in cases) else Role.KEYSERVER
    ids = tuple(c.id for c in cases)
    return Entry(row.id, row.sent, row.group, "negative test", role.value, "black-box", ids, why, lacking)


def coverage(table: dict[str, Case]) -> list[Entry]:
    """An entry for each clause and each row of the registers."""
    by_reference: dict[str, list[Case]] = {}
    for case in table.values():
        for reference in case.clauses + case.rows:
            by_reference.setdefault(reference, []).append(case)
    entries = [_clause_entry(c, by_reference.get(c.id, [])) for c in clauses().values()]
    return entries + [_row_entry(r, by_reference.get(r.id, [])) for r in rows().values()]


def core(entries: list[Entry]) -> list[Entry]:
    """What the suite promises to show: what a black box must do by SKI, LURK and tls12."""
    return [
        e
        for e in entries
        if not e.is_row
        and e.kind in ("SKI", "LURK", "TLS12")
        and e.level in ("MUST", "MUST NOT", "implied")
        and e.testable == "black-box"
    ]


def counted(entries: list[Entry]) -> str:
    return (
        f"{len(entries)}: {sum(bool(e.cases) for e in entries)} with cases, "
        f"{sum(not e.cases and not e.hole for e in entries)} with a reason, "
        f"{sum(e.hole for e in entries)} with neither"
    )


def stale_reasons(entries: list[Entry]) -> list[str]:
    """Clauses that have cases and a reason for having none."""
    known = clauses()
    return [
        f"{e.id} has cases, and a reason for having none"
        for e in entries
        if e.id in known and e.cases and known[e.id].no_case
    ]


def tallies(entries: list[Entry]) -> list[Tally]:
    """Clauses by specification, role and level, rows of the catalogue last."""
    found: dict[tuple[str, str, str], list[Entry]] = {}
    for e in entries:
        key = ("negative tests", e.role, "") if e.is_row else (e.kind, e.role, e.level)
        found.setdefault(key, []).append(e)
    levels = ("MUST", "MUST NOT", "SHOULD", "MAY", "implied", "")
    sources = list(dict.fromkeys(key[0] for key in found))
    ordered = sorted(found, key=lambda k: (sources.index(k[0]), k[1], levels.index(k[2])))
    return [Tally(*key, tuple(found[key])) for key in ordered]


def as_dict(entries: list[Entry], runs: list[LastRun]) -> dict[str, Any]:
    """For JSON."""
    return {
        "format": 1,
        "runs": [{"name": run.name, "target": run.target, "started": run.started} for run in runs],
        "entries": [
            {
                "id": e.id,
                "source": e.source,
                "level": e.level,
                "role": e.role,
                "testable": e.testable,
                "text": e.text,
                "cases": {id: [_word(run.of((id,))) for run in runs] for id in e.cases},
                "last": [_word(run.of(e.cases)) for run in runs] if e.cases else [],
                "why": e.why,
                "hole": e.hole,
            }
            for e in entries
        ],
        "tallies": [
            {
                "source": t.source,
                "role": t.role,
                "level": t.level,
                "clauses": len(t.entries),
                "covered": t.covered,
                "excused": t.excused,
                "holes": t.holes,
                "last": [t.by_verdict(run) for run in runs],
            }
            for t in tallies(entries)
        ],
    }


def _word(verdict: Verdict | None) -> str:
    return verdict.value if verdict else NOT_RUN
