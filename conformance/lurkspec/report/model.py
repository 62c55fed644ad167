"""The result model: everything that reports say is here, as text that is already harmless."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from ..case import Case, Variant, Verdict, worst
from .hexdump import annotate
from .text import printable

FORMAT = 1
_SHOWN = (Verdict.FAIL, Verdict.ERROR, Verdict.LENIENT)


@dataclass(frozen=True)
class VariantResult:
    """`wire` is the annotated hex, kept for what did not pass. `unexpected` says why this is not as
    expected."""

    label: str
    verdict: Verdict
    expected: str
    actual: str
    wire: tuple[str, ...] = ()
    unexpected: str = ""
    measured: bool = False

    @classmethod
    def of(cls, variant: Variant) -> VariantResult:
        wire: list[str] = []
        if variant.verdict in _SHOWN:
            for exchange in variant.exchanges:
                wire += annotate(exchange)
        return cls(
            printable(variant.label, 200),
            variant.verdict,
            printable(variant.expected.text),
            printable(variant.actual),
            tuple(printable(line) for line in wire),
            measured=variant.measured,
        )


@dataclass(frozen=True)
class CaseResult:
    id: str
    section: str
    requirement: str
    clauses: tuple[str, ...]
    rows: tuple[str, ...]
    level: str
    variants: tuple[VariantResult, ...]
    seconds: float
    replay: str
    log: str = ""

    @classmethod
    def of(
        cls, case: Case, variants: list[VariantResult], seconds: float, replay: str, log: str = ""
    ) -> CaseResult:
        return cls(
            case.id,
            case.section,
            printable(case.requirement),
            case.clauses,
            case.rows,
            case.level.value,
            tuple(variants),
            seconds,
            replay,
            printable(log, 20000),
        )

    @property
    def verdict(self) -> Verdict:
        return worst([v.verdict for v in self.variants])

    @property
    def unexpected(self) -> bool:
        return any(v.unexpected for v in self.variants)


@dataclass
class Run:
    """One run. `problems` are reasons for exit code 1 beside unexpected verdicts, `aborted` the reason for
    exit code 3."""

    target: str
    version: str
    started: str
    profile: str
    seed: str
    results: list[CaseResult] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    aborted: str = ""
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        if self.aborted:
            return 3
        if not self.results:
            return 2
        return int(bool(self.problems) or any(r.unexpected for r in self.results))

    @property
    def cases(self) -> Counter[Verdict]:
        return Counter(r.verdict for r in self.results)

    @property
    def variants(self) -> Counter[Verdict]:
        return Counter(v.verdict for r in self.results for v in r.variants)

    @property
    def sections(self) -> dict[str, list[CaseResult]]:
        """Results by section, in the order of the case modules."""
        found: dict[str, list[CaseResult]] = {}
        for result in self.results:
            found.setdefault(result.section, []).append(result)
        return found

    @property
    def unexpected(self) -> list[CaseResult]:
        return [r for r in self.results if r.unexpected]

    @property
    def summary(self) -> str:
        """The run in a sentence."""
        if self.aborted:
            return f"could not run: {self.aborted}"
        counts = ", ".join(f"{self.cases[v]} {v.value}" for v in Verdict if self.cases[v])
        return f"cases {len(self.results)}, variants {sum(self.variants.values())}: {counts or 'nothing'}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON: verdicts as words, with the counts that a reader would make."""
        document = asdict(self)
        for shown, result in zip(document["results"], self.results):
            shown["verdict"] = result.verdict.value
        counts = {
            "cases": {v.value: self.cases[v] for v in Verdict},
            "variants": {v.value: self.variants[v] for v in Verdict},
        }
        return {
            "format": FORMAT,
            "exit_code": self.exit_code,
            "summary": self.summary,
            "counts": counts,
            **document,
        }
