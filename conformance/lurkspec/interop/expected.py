"""Known failures of interop, strict both ways: what passes now, fails otherwise or does not exist any more is
not as expected.

TOML, one table per kind of cell:  [[expected]] scenario, keyserver, edge, client, over (globs; all where one
is left out), outcome ("fail", "error", "unsupported"), match (a part of the reason), reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from ..expectations import UNEXPLAINED, ExpectationError, read_entries, stable_part, table
from .results import Cell, Outcome, Results

_WHERE = ("scenario", "keyserver", "edge", "client", "over")
_MUST = ("outcome", "match", "reason")
_BAD = (Outcome.FAIL, Outcome.ERROR)


@dataclass(frozen=True)
class Expected:
    where: dict[str, str]
    outcome: Outcome
    match: str
    reason: str

    def covers(self, cell: Cell) -> bool:
        return all(fnmatchcase(getattr(cell, name), glob) for name, glob in self.where.items())

    @property
    def text(self) -> str:
        return ", ".join(f"{name} {glob}" for name, glob in self.where.items()) or "every cell"


@dataclass(frozen=True)
class Judgement:
    """By cell id: reasons of known failures, and why a cell is not as expected; `problems`: entries that are
    stale."""

    known: dict[str, str] = field(default_factory=dict)
    unexpected: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.unexpected and not self.problems


def load(file: Path) -> list[Expected]:
    found: list[Expected] = []
    for number, entry in enumerate(read_entries(file, _MUST, _WHERE), 1):
        if entry["outcome"] not in {o.value for o in Outcome} - {"pass"}:
            raise ExpectationError(f"{file}: entry {number}: outcome {entry['outcome']!r}")
        where = {name: entry[name] for name in _WHERE if name in entry}
        expected = Expected(where, Outcome(entry["outcome"]), entry["match"], entry["reason"])
        if any(expected.where == other.where for other in found):
            raise ExpectationError(f"{file}: {expected.text} stands in it twice")
        found.append(expected)
    return found


def judge(results: Results, expected: list[Expected], whole: bool = True) -> Judgement:
    """`whole`: nothing was left out by a selection, so that an entry without a cell is stale. The first entry
    that covers a cell counts."""
    known: dict[str, str] = {}
    unexpected: dict[str, str] = {}
    for cell in results.cells:
        entry = next((e for e in expected if e.covers(cell)), None)
        problem = _problem(cell, entry)
        if problem:
            unexpected[cell.id] = problem
        elif entry:
            known[cell.id] = entry.reason
    unused = [e for e in expected if not any(e.covers(cell) for cell in results.cells)]
    return Judgement(known, unexpected, tuple(f"stale expectation: {e.text}" for e in unused if whole))


def _problem(cell: Cell, expected: Expected | None) -> str:
    if expected is None:
        if cell.outcome is Outcome.UNSUPPORTED and not cell.reason:
            return "declined without a reason"
        return "not expected" if cell.outcome in _BAD else ""
    if cell.outcome is not expected.outcome:
        return f"expected {expected.outcome.value} ({expected.reason})"
    return "" if expected.match in cell.reason else f"expected a reason with {expected.match!r} in it"


def write(file: Path, results: Results) -> int:
    """A first file from what did not pass; the reasons are to be filled in. Returns the number of entries."""
    entries = [
        table(
            {name: _literal(getattr(cell, name)) for name in _WHERE}
            | {
                "outcome": cell.outcome.value,
                "match": stable_part(cell.reason),
                "reason": UNEXPLAINED,
            }
        )
        for cell in results.cells
        if cell.outcome in _BAD
    ]
    file.write_text("\n".join(entries), "utf-8")
    return len(entries)


def _literal(name: str) -> str:
    """A glob that matches this name alone."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)
