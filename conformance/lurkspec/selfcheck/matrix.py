"""Fault x cases: what came out, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..case import Case, Verdict

FORMAT = 1
# Of all cases, in percent, those that may name a property that no fault can show.
EXCUSED_LIMIT = 10


@dataclass(frozen=True)
class Row:
    """A fault. `reached`: the cases that make the program ask for the check that it bends, `asked` those that
    were run, `caught` those that noticed, with their verdict; `quickest` the one that took least time.
    `nothing`: the good exchange itself noticed, so that nothing more was judged. `library`: the one on which
    it was caught, else the last one tried."""

    program: str
    fault: str
    library: str
    reached: tuple[str, ...]
    asked: tuple[str, ...] = ()
    caught: dict[str, str] = field(default_factory=dict)
    nothing: str = ""
    quickest: str = ""
    seconds: float = 0.0

    @property
    def name(self) -> str:
        return f"{self.program} {self.fault}"

    @property
    def survives(self) -> bool:
        return not self.caught and not self.nothing


@dataclass
class Matrix:
    """`whole_rows`: all faults were asked for, so that a toothless case says something; `whole_columns`: all
    cases of the profile, so that a survivor does. `apart`: faults that only statistics show."""

    cases: list[Case]
    profile: str
    rows: list[Row] = field(default_factory=list)
    whole_rows: bool = True
    whole_columns: bool = True
    apart: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def catches(self) -> dict[str, list[str]]:
        """By case the faults that it notices."""
        found: dict[str, list[str]] = {case.id: [] for case in self.cases}
        for row in self.rows:
            for id in row.caught:
                found[id].append(row.name)
        return found

    @property
    def survivors(self) -> list[Row]:
        """Those that matter: among some cases only, a fault need not be caught unless it was named."""
        judged = self.whole_columns or not self.whole_rows
        return [row for row in self.rows if row.survives] if judged else []

    @property
    def toothless(self) -> list[Case]:
        """Cases that notice no fault and do not say why."""
        if not self.whole_rows:
            return []
        catches = self.catches
        return [case for case in self.cases if not catches[case.id] and not case.toothless]

    @property
    def excused(self) -> list[Case]:
        return [case for case in self.cases if case.toothless]

    @property
    def complaints(self) -> list[str]:
        """What is wrong beside survivors and toothless cases."""
        catches, found = self.catches, []
        for case in self.excused:
            if catches[case.id]:
                found.append(f"{case.id} is declared toothless and catches {catches[case.id][0]}")
        share = 100 * len(self.excused)
        if self.whole_columns and share > EXCUSED_LIMIT * len(self.cases):
            found.append(f"{len(self.excused)} of {len(self.cases)} cases are declared toothless")
        return found

    @property
    def exit_code(self) -> int:
        if self.problems:
            return 3
        return int(bool(self.survivors or self.toothless or self.complaints))

    @property
    def summary(self) -> str:
        caught = sum(not row.survives for row in self.rows)
        text = f"{caught} of {len(self.rows)} faults caught"
        if self.whole_rows:
            with_teeth = sum(bool(found) for found in self.catches.values())
            text += f", {with_teeth} of {len(self.cases)} cases catch one, {len(self.excused)} name why not"
        return text

    def as_dict(self) -> dict[str, Any]:
        catches = self.catches
        return {
            "format": FORMAT,
            "exit_code": self.exit_code,
            "summary": self.summary,
            "profile": self.profile,
            "seconds": round(self.seconds, 1),
            "problems": self.problems,
            "complaints": self.complaints,
            "apart": list(self.apart),
            "faults": [{**asdict(row), "survives": row.survives} for row in self.rows],
            "cases": [
                {
                    "id": case.id,
                    "module": case.module,
                    "catches": catches[case.id],
                    "reaches": [row.name for row in self.rows if case.id in row.reached],
                    "toothless": case.toothless,
                }
                for case in self.cases
            ],
        }


def worse(now: Verdict, before: Verdict) -> bool:
    """Whether a fault shows in a case: it was right before, or lenient."""
    order = (Verdict.PASS, Verdict.LENIENT, Verdict.FAIL)
    return now in order and before in order and order.index(now) > order.index(before)
