"""For each fault one case that catches it, the quickest that was seen: what the fast tests try."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..case import Case
from .bench import PROGRAMS
from .matrix import Matrix

FILE = Path(__file__).with_name("witnesses.json")


@dataclass(frozen=True)
class Witness:
    """`case` "": the good exchange itself."""

    program: str
    fault: str
    library: str
    case: str

    def concerns(self, case: Case) -> bool:
        return PROGRAMS[self.program].concerns(case)


def load() -> list[Witness]:
    return [Witness(*line) for line in json.loads(FILE.read_text("utf-8"))]


def write(matrix: Matrix) -> None:
    """Renew the witnesses of the faults that the matrix has and that were caught."""
    renewed = {
        (row.program, row.fault): Witness(row.program, row.fault, row.library, row.quickest)
        for row in matrix.rows
        if not row.survives
    }
    known = {(w.program, w.fault): w for w in load()} if FILE.exists() else {}
    offered = {(p.name, fault) for p in PROGRAMS.values() for fault in p.faults("openssl")}
    kept = sorted((known | renewed).items())
    lines = [json.dumps([w.program, w.fault, w.library, w.case]) for key, w in kept if key in offered]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", "utf-8")
