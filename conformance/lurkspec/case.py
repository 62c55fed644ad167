"""What a case is: data about the requirement plus a generator that yields one judged variant after another.

A case module lives in ``lurkspec/cases``, sets ``SECTION`` and declares its cases with the ``case``
decorator; see docs/writing-cases.md. Ids are permanent: a case that goes leaves its id, with the reason, in
``RETIRED`` of ``lurkspec.cases``.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from .exchange import Exchange
    from .lurk_exchange import LurkExchange


class Level(str, enum.Enum):
    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Role(str, enum.Enum):
    """Which side is under test."""

    KEYSERVER = "keyserver"
    EDGE = "edge"


class Profile(enum.IntEnum):
    """How long a run may take; a case belongs to its profile and to all longer ones."""

    QUICK = 0
    DEFAULT = 1
    FULL = 2


class Verdict(str, enum.Enum):
    """Closed set. Only what is on the wire decides; ``unsupported`` is what the system under test or its
    target file says."""

    PASS = "pass"
    LENIENT = "lenient"
    FAIL = "fail"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


# The worst variant decides a case; `unsupported` decides only when nothing else was seen.
_SEVERITY = (Verdict.UNSUPPORTED, Verdict.PASS, Verdict.LENIENT, Verdict.FAIL, Verdict.ERROR)


def worst(verdicts: list[Verdict]) -> Verdict:
    """The verdict of a case from those of its variants; a case without variants is our fault."""
    return max(verdicts, key=_SEVERITY.index, default=Verdict.ERROR)


@dataclass(frozen=True)
class Expectation:
    """What a variant has to show: the sentence for the report, and the answers that satisfy it."""

    text: str
    errors: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()


@dataclass(frozen=True)
class Variant:
    """One judged variant: what was expected, what came, and the octets that show it. `measured`: figures to
    be printed in any case."""

    label: str
    verdict: Verdict
    expected: Expectation
    actual: str
    exchanges: tuple[Exchange | LurkExchange | Shown, ...] = ()
    measured: bool = False


class Shown(Protocol):
    """An exchange of a kind of its own, which says itself what of it a report shows."""

    def lines(self) -> list[str]: ...


# The context is that of the case's role and protocol: Context for SKI, LurkContext for LURK, EdgeContext.
CaseFunction: TypeAlias = "Callable[[Any], Iterator[Variant]]"


@dataclass(frozen=True)
class Case:
    id: str
    clauses: tuple[str, ...]
    function: CaseFunction = field(repr=False, compare=False)
    rows: tuple[str, ...] = ()
    level: Level = Level.MUST
    role: Role = Role.KEYSERVER
    needs: tuple[str, ...] = ()
    profile: Profile = Profile.QUICK
    serial: bool = False
    section: str = ""
    protocol: str = "ski"
    toothless: str = ""
    waits: bool = False

    @property
    def module(self) -> str:
        return self.function.__module__.rpartition(".")[2]

    @property
    def requirement(self) -> str:
        """The requirement in the words of the case, its docstring on one line."""
        return " ".join((self.function.__doc__ or "").split())


class RegistryError(Exception):
    """A case table that cannot be right; never caused by a system under test."""


_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9][a-z0-9.]*)+")
_cases: dict[str, Case] = {}


def case(
    id: str,
    *,
    clauses: tuple[str, ...],
    rows: tuple[str, ...] = (),
    level: Level = Level.MUST,
    needs: tuple[str, ...] = (),
    profile: Profile = Profile.QUICK,
    serial: bool = False,
    over_lurk: tuple[str, ...] = (),
    toothless: str = "",
    waits: bool = False,
) -> Callable[[CaseFunction], CaseFunction]:
    """Declare a case. `serial` is for cases that need the server to themselves (rates, restarts, slow
    peers). With `over_lurk`, the clauses that it shows there, a case about the channel is declared twice:
    for SKI, and as lurk-ID for LURK. `toothless`: why no named fault makes it fail, in a sentence that names
    the property (docs/selfcheck.md). `waits`: for seconds, for a deadline above all, so that it is begun
    before the others."""

    def declare(function: CaseFunction) -> CaseFunction:
        known = _cases.get(id)
        if known is not None and (known.module, known.function.__name__) != (
            function.__module__.rpartition(".")[2],
            function.__name__,
        ):
            raise RegistryError(f"case id {id} is declared twice")
        section = str(function.__globals__.get("SECTION", ""))
        protocol = str(function.__globals__.get("PROTOCOL", "ski"))
        role = Role(function.__globals__.get("ROLE", Role.KEYSERVER))
        made = Case(
            id,
            tuple(clauses),
            function,
            tuple(rows),
            level,
            role,
            tuple(needs),
            profile,
            serial,
            section,
            protocol,
            toothless,
            waits,
        )
        _cases[id] = made
        if over_lurk:
            section = f"LURK {section[0].lower()}{section[1:]}"
            _cases[f"lurk-{id}"] = replace(
                made, id=f"lurk-{id}", clauses=tuple(over_lurk), section=section, protocol="lurk"
            )
        return function

    return declare


def registry() -> dict[str, Case]:
    """All cases by id: first the sections of the draft in their order, then the others."""
    from . import cases

    for module in sorted(m.name for m in pkgutil.iter_modules(cases.__path__)):
        importlib.import_module(f"{cases.__name__}.{module}")
    return {c.id: c for c in sorted(_cases.values(), key=_place)}


def _place(c: Case) -> tuple[object, ...]:
    numbers = [int(n) for n in re.findall(r"[0-9]+", c.section)]
    return "§" not in c.section, numbers, c.section, c.module, c.function.__code__.co_firstlineno


def self_check(table: dict[str, Case]) -> list[str]:
    """Everything that is wrong with the case table, one sentence each."""
    from .abilities import ABILITIES
    from .cases import RETIRED
    from .requirements import clauses, rows

    known_clauses, known_rows = clauses(), rows()
    problems = []
    for c in table.values():
        unknown = [name for name in c.clauses if name not in known_clauses]
        unknown += [name for name in c.rows if name not in known_rows]
        unknown += [name for name in c.needs if name not in ABILITIES]
        problems += [f"{c.id}: {name} is not known" for name in unknown]
        faults = {
            "the id is not lower-case words joined by hyphens": not _ID.fullmatch(c.id),
            "the id is retired": c.id in RETIRED,
            "no clause is cited": not c.clauses,
            "the docstring with the requirement is missing": not c.requirement,
            "SECTION is missing in its module": not c.section,
            "the function is not a generator": not inspect.isgeneratorfunction(c.function),
        }
        problems += [f"{c.id}: {text}" for text, wrong in faults.items() if wrong]
    return problems


def identity_check(table: dict[str, Case]) -> list[str]:
    """Where the whole case table differs from the list of permanent ids, one sentence each."""
    from .cases import RETIRED, permanent

    known = permanent()
    vanished = sorted(known - set(table) - set(RETIRED))
    problems = [f"{id}: has vanished; ids are permanent: retire it with a reason" for id in vanished]
    problems += [f"{id}: is not in cases/permanent.txt yet" for id in sorted(set(table) - known)]
    problems += [f"{id}: is retired, and not in cases/permanent.txt" for id in sorted(set(RETIRED) - known)]
    return problems + [f"{id}: is retired without a reason" for id, why in RETIRED.items() if not why.strip()]
