"""What every rendering of interop results shows: names in their order, outcomes of groups, reasons by who
gave them.

All text of peers is made harmless here, once; what is left to a rendering is its own escaping.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

from ..report.text import printable
from .results import Cell, ImplementationInfo, Outcome, Results, Role, ScenarioInfo

OVER_TITLES = {"ski-json": "SKI JSON", "ski-cbor": "SKI CBOR", "lurk": "LURK"}
SIGNS = {Outcome.PASS: "✓", Outcome.FAIL: "✗", Outcome.ERROR: "!", Outcome.UNSUPPORTED: "–"}
WORDS = {Outcome.PASS: "pass", Outcome.FAIL: "fail", Outcome.ERROR: "error", Outcome.UNSUPPORTED: "declined"}
# What a group of cells is called: the first that one of them has. Some that pass beside some declined pass.
_WORST = (Outcome.FAIL, Outcome.ERROR, Outcome.PASS, Outcome.UNSUPPORTED)
_BAD = (Outcome.FAIL, Outcome.ERROR)
_T = TypeVar("_T")


def worst(cells: Iterable[Cell]) -> Outcome | None:
    found = {cell.outcome for cell in cells}
    return next((outcome for outcome in _WORST if outcome in found), None)


def harmless(value: _T) -> _T:
    """The same with every text printable."""
    return _harmless(value)  # type: ignore[no-any-return]


def _harmless(value: Any) -> Any:
    if isinstance(value, (Outcome, Role, int, float)):
        return value
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_harmless(v) for v in value)
    if isinstance(value, dict):
        return {_harmless(k): _harmless(v) for k, v in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _harmless(getattr(value, f.name)) for f in fields(value)})
    raise TypeError(f"nothing is known of {type(value).__name__}")


@dataclass(frozen=True)
class Group:
    """Cells that are shown as one."""

    name: str
    cells: tuple[Cell, ...]

    @property
    def outcome(self) -> Outcome | None:
        return worst(self.cells)

    @property
    def some(self) -> bool:
        """Some pass and the others are declined."""
        return self.outcome is Outcome.PASS and any(c.outcome is not Outcome.PASS for c in self.cells)

    @property
    def summary(self) -> str:
        return counted(self.cells)


@dataclass(frozen=True)
class Declined:
    """Cells that one implementation declined with one reason."""

    by: str
    reason: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Measure:
    name: str
    over: str
    values: tuple[float, ...]

    @property
    def text(self) -> str:
        """The median, with the span where there is one."""
        least, most, middle = min(self.values), max(self.values), statistics.median(self.values)
        return f"{middle:.4g}" if least == most else f"{middle:.4g} ({least:.4g}–{most:.4g})"


@dataclass(frozen=True)
class View:
    """Results to be shown. `known` and `unexpected` are by cell id: the reason of a failure that is known,
    and why a cell is not as expected; `problems` what else is not."""

    results: Results
    known: dict[str, str] = field(default_factory=dict)
    unexpected: dict[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def cells(self) -> list[Cell]:
        return self.results.cells

    @cached_property
    def keyservers(self) -> list[str]:
        return self._names(Role.KEYSERVER)

    @cached_property
    def edges(self) -> list[str]:
        return self._names(Role.EDGE)

    @cached_property
    def clients(self) -> list[str]:
        return self._names(Role.CLIENT)

    @cached_property
    def over(self) -> list[str]:
        known = list(OVER_TITLES)
        found = dict.fromkeys(cell.over for cell in self.cells)
        return sorted(found, key=lambda o: known.index(o) if o in known else len(known))

    @cached_property
    def scenarios(self) -> list[ScenarioInfo]:
        """Those that have cells, as the run lists them."""
        listed = {s.id: s for s in self.results.scenarios}
        found = dict.fromkeys(cell.scenario for cell in self.cells)
        order = [id for id in listed if id in found] + [id for id in found if id not in listed]
        return [listed.get(id, ScenarioInfo(id, id)) for id in order]

    @cached_property
    def titles(self) -> dict[str, str]:
        return {s.id: s.title for s in self.scenarios}

    def _names(self, role: Role) -> list[str]:
        """Implementations that have cells in this role, as the run lists them."""
        found = dict.fromkeys(getattr(cell, role.value) for cell in self.cells)
        listed = (i.name for i in self.results.implementations if i.role is role and i.name in found)
        return list(dict.fromkeys(listed) | found)

    def about(self, role: str, name: str) -> ImplementationInfo:
        """What is known of an implementation; one that is not listed has its name alone."""
        same = (i for i in self.results.implementations if (i.role.value, i.name) == (role, name))
        return next(same, ImplementationInfo(name, Role(role), ""))

    @cached_property
    def by_pair(self) -> dict[tuple[str, str], list[Cell]]:
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in self.cells:
            found.setdefault((cell.edge, cell.keyserver), []).append(cell)
        return found

    def pair(self, edge: str, keyserver: str) -> list[Cell]:
        return self.by_pair.get((edge, keyserver), [])

    def scenario_groups(self, cells: list[Cell]) -> list[Group]:
        return [Group(s.id, tuple(c for c in cells if c.scenario == s.id)) for s in self.scenarios]

    def client_groups(self, cells: list[Cell]) -> list[Group]:
        return [Group(name, tuple(c for c in cells if c.client == name)) for name in self.clients]

    def columns(self, pair: list[Cell]) -> list[tuple[str, list[str]]]:
        """The clients that a pair has cells with, by what is talked."""
        found = [(o, {c.client for c in pair if c.over == o}) for o in self.over]
        return [(over, [name for name in self.clients if name in met]) for over, met in found if met]

    def row(self, pair: list[Cell], scenario: str) -> dict[tuple[str, str], list[Cell]]:
        """Cells of a scenario by what is talked and client."""
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in pair:
            if cell.scenario == scenario:
                found.setdefault((cell.over, cell.client), []).append(cell)
        return found

    def all_known(self, cells: Iterable[Cell]) -> bool:
        """Something did not pass, and all of that is known."""
        bad = [c for c in cells if c.outcome in _BAD]
        return bool(bad) and all(c.id in self.known for c in bad)

    @property
    def bad(self) -> list[Cell]:
        """What did not pass and was not declined."""
        return [c for c in self.cells if c.outcome in _BAD]

    @property
    def declined(self) -> list[Declined]:
        """By who said so and why, the most frequent first."""
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in self.cells:
            if cell.outcome is Outcome.UNSUPPORTED:
                found.setdefault((cell.by, cell.reason), []).append(cell)
        return sorted(
            (Declined(by, reason, tuple(cells)) for (by, reason), cells in found.items()),
            key=lambda d: -len(d.cells),
        )

    def measures(self, scenario: str) -> list[Measure]:
        found: dict[tuple[str, str], list[float]] = {}
        for cell in self.cells:
            if cell.scenario == scenario and cell.outcome is Outcome.PASS:
                for name, value in cell.measures.items():
                    found.setdefault((name, cell.over), []).append(value)
        return [Measure(name, over, tuple(values)) for (name, over), values in found.items()]

    @property
    def measured(self) -> list[str]:
        """Names of what was measured, round trips first."""
        names = dict.fromkeys(
            name for cell in self.cells if cell.outcome is Outcome.PASS for name in cell.measures
        )
        return sorted(names, key=lambda name: (not name.startswith("round_trips"), name))

    @property
    def remarks(self) -> dict[str, list[Cell]]:
        """What is particular about a client in a scenario, by its words."""
        found: dict[str, list[Cell]] = {}
        for cell in self.cells:
            for remark in cell.remarks:
                found.setdefault(f"{cell.client}, {self.titles[cell.scenario]}: {remark}", []).append(cell)
        return found

    @property
    def absences(self) -> list[str]:
        """Where a scenario does not exist, and why."""
        return [
            f"{s.title} is not run over {over_title(over)}: {why}"
            for s in self.scenarios
            for over, why in s.not_over.items()
            if over in self.over
        ]

    @property
    def complaints(self) -> list[str]:
        """What is wrong beside the cells."""
        found = list(self.problems)
        for c in self.results.canaries:
            if c.outcome is not Outcome.PASS:
                blind = f"{c.role.words} {c.implementation} did not decline what nobody knows"
                found.append(f"{blind}, and is not judged: {c.reason}")
        if not any(cell.outcome is Outcome.PASS for cell in self.cells):
            found.append("nothing passed, so nothing was shown")
        return found

    @property
    def good(self) -> bool:
        return not self.unexpected and not self.complaints

    @property
    def summary(self) -> str:
        return f"{len(self.cells)} cells: {counted(self.cells) or 'nothing'}"


def counted(cells: Iterable[Cell]) -> str:
    counts = Counter(cell.outcome for cell in cells)
    return ", ".join(f"{counts[o]} {WORDS[o]}" for o in Outcome if counts[o])


def over_title(over: str) -> str:
    return OVER_TITLES.get(over, over)


def distinct(cells: Iterable[Cell], member: str, shown: Callable[[str], str] = str) -> Iterator[str]:
    """Values of a member, each once."""
    yield from dict.fromkeys(shown(getattr(cell, member)) for cell in cells)
