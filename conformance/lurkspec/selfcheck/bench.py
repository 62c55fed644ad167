"""One run of the suite against a program with a named fault, or with none and its checks counted: what a
worker process does."""

from __future__ import annotations

import contextlib
import functools
import mmap
import re
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from ..case import Case, Profile, Role, Verdict, registry
from ..edge.embedded import EmbeddedLab, ReferenceEdge
from ..embedded import EmbeddedKeyServer, Reference
from ..hooks import Hooks
from ..pki import with_special, write_pki
from ..process import find
from ..reference import served
from ..report.model import CaseResult
from ..runner import Options, Runner
from ..subject import KeyServer, Subject
from .stub.laxities import LAXITIES, concerned
from .stub.server import StubKeyServer

_OFFERED = re.compile(r"^  (\w+) (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Program:
    """A program with faults, and the cases that are about it."""

    name: str
    role: Role

    def faults(self, library: str) -> dict[str, int]:
        """Its faults, each with the place of its counter (lurk/fault.h)."""
        return _offered(f"lurk-{self.name}-faulty-{library}")

    def concerns(self, case: Case) -> bool:
        return case.role is self.role


class Stub(Program):
    """What does TLS itself, and can be lax about it: its laxities are faults of whatever library stands
    behind."""

    def faults(self, library: str) -> dict[str, int]:
        return {name: number for number, name in enumerate(LAXITIES)}

    def concerns(self, case: Case) -> bool:
        return super().concerns(case) and concerned(case.id)


STUB = Stub("stub", Role.KEYSERVER)
PROGRAMS = {p.name: p for p in (Program("keyserver", Role.KEYSERVER), Program("edge", Role.EDGE), STUB)}


@functools.cache
def _offered(program: str) -> dict[str, int]:
    said = subprocess.run(
        [str(find(program)), "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    return {name: int(place) for name, place in _OFFERED.findall(said.stdout.partition("\nFaults:\n")[2])}


@dataclass(frozen=True)
class Task:
    """`fault` "": the program as it should be, its checks counted. `cases`: ids."""

    program: str
    library: str
    fault: str
    cases: tuple[str, ...]
    profile: Profile
    jobs: int


@dataclass(frozen=True)
class Outcome:
    """`why`: what a case that failed saw first. `reached`: by case the faults whose check it makes the
    program ask for; `at_start` those that it asks for before any case. `nothing`: why the run ended before
    its end."""

    task: Task
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    reached: dict[str, tuple[str, ...]] = field(default_factory=dict)
    at_start: tuple[str, ...] = ()
    nothing: str = ""


def make_pki(folder: Path) -> None:
    """For all runs: keys take longer to make than most cases to run."""
    write_pki(folder, with_special(served(lurk_port=0)))


def run(task: Task, pki: Path, counts: Path) -> Outcome:
    """Carry out a task; `counts` is a file of its own. Raises StartError."""
    if task.program == STUB.name:
        return _run_stub(task, pki, str(counts))
    with _started(task, pki, "" if task.fault else str(counts)) as (subject, hooks):
        return _judge(task, subject, hooks) if task.fault else _observe(task, subject, hooks, counts)


def _run_stub(task: Task, pki: Path, counts: str) -> Outcome:
    """The key server behind it is one of the build with faults, without any. Nothing is counted: each laxity
    names the cases that are about it."""
    behind = Reference(task.library, lurk=True, counts=counts)
    with StubKeyServer(behind, pki, task.fault) as stub:
        outcome = _judge(task, KeyServer(stub.target), stub)
    reached = {id: tuple(name for name in LAXITIES if concerned(id, name)) for id in task.cases}
    return replace(outcome, reached={} if task.fault else reached)


@contextlib.contextmanager
def _started(task: Task, pki: Path, counts: str) -> Iterator[tuple[Subject, Hooks]]:
    if PROGRAMS[task.program].role is Role.EDGE:
        protocols = {registry()[id].protocol for id in task.cases}
        edge = ReferenceEdge(task.library, task.fault, counts=counts)
        with EmbeddedLab(edge, tuple(sorted(protocols)), pki) as lab:
            yield lab, lab.hooks
    else:
        program = Reference(task.library, task.fault, lurk=True, counts=counts)
        with EmbeddedKeyServer(program, pki) as server:
            yield KeyServer(server.target), server


def _judge(task: Task, subject: Subject, hooks: Hooks) -> Outcome:
    table = registry()
    cases = [table[id] for id in task.cases]
    result = Runner(
        subject, hooks, cases, Options(task.profile, jobs=task.jobs, hasty=bool(task.fault))
    ).run()
    return Outcome(
        task,
        {r.id: r.verdict for r in result.results},
        {r.id: r.seconds for r in result.results},
        {r.id: _first_failure(r) for r in result.results if r.verdict in (Verdict.FAIL, Verdict.ERROR)},
        nothing=result.aborted,
    )


def _first_failure(result: CaseResult) -> str:
    variant = next(v for v in result.variants if v.verdict in (Verdict.FAIL, Verdict.ERROR))
    return f"{variant.label}: expected {variant.expected}; came {variant.actual}"


def _observe(task: Task, subject: Subject, hooks: Hooks, counts: Path) -> Outcome:
    places = PROGRAMS[task.program].faults(task.library)
    with _Counters(counts, places) as counters:
        at_start = {name for name, count in counters.read().items() if count}
        counting = _Counting(subject, counters)
        outcome = _judge(task, cast(Subject, counting), hooks)
    return replace(outcome, reached=counting.reached, at_start=tuple(sorted(at_start)))


class _Counters:
    """What the programs count, in a file that they share."""

    def __init__(self, file: Path, places: dict[str, int]):
        self._places = places
        with open(file, "rb") as opened:
            self._map = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)

    def __enter__(self) -> _Counters:
        return self

    def __exit__(self, *_: object) -> None:
        self._map.close()

    def read(self) -> dict[str, int]:
        return {name: struct.unpack_from("=I", self._map, 4 * n)[0] for name, n in self._places.items()}


class _Counting:
    """A subject whose contexts note what is counted while they last. Exact where cases run one by one; side
    by side each has what others reached meanwhile as well."""

    def __init__(self, subject: Subject, counters: _Counters):
        self._subject, self._counters = subject, counters
        self.reached: dict[str, tuple[str, ...]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._subject, name)

    @contextlib.contextmanager
    def context(self, protocol: str, seed: str, profile: Profile, hooks: Hooks) -> Iterator[Any]:
        before = self._counters.read()
        with self._subject.context(protocol, seed, profile, hooks) as context:
            yield context
        after = self._counters.read()
        # The runner seeds each case with its id.
        self.reached[seed.partition("/")[2]] = tuple(n for n in after if after[n] != before[n])
