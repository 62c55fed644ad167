"""From a selection to the matrix: what each program asks for is counted once, then every fault is switched on
in turn and judged by the cases that reach it. A case that never makes a program ask for the bent check runs
as it would without the fault, so it is left out.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from ..case import Case, Profile, Verdict
from ..selection import NothingSelected
from .bench import PROGRAMS, Outcome, Program, Task, make_pki, run
from .matrix import Matrix, Row, worse

_SIDE_BY_SIDE = 4
# Differences in time only, which 10^5 requests show: profile full, and ci/timing.
BY_THE_CLOCK = ("padding_timing_leak", "finished_timing_leak")


@dataclass(frozen=True)
class Selection:
    """`faults`, `cases`: globs, none means all. `libraries`: a fault that survives on one is tried on the
    next."""

    faults: tuple[str, ...]
    cases: tuple[str, ...]
    libraries: tuple[str, ...]
    profile: Profile
    jobs: int

    def wanted(self, table: Iterable[Case]) -> list[Case]:
        chosen = [c for c in table if c.profile <= self.profile and _matches(c.id, self.cases)]
        if not chosen:
            raise NothingSelected("no case is selected: see `lurkspec list` for ids and profiles")
        return chosen

    def bent(self, program: Program, library: str) -> list[str]:
        """The faults of a program that are asked for."""
        apart = BY_THE_CLOCK if self.profile < Profile.FULL and not self.faults else ()
        return [f for f in program.faults(library) if _matches(f, self.faults) and f not in apart]


def _matches(name: str, globs: tuple[str, ...]) -> bool:
    return not globs or any(fnmatchcase(name, glob) for glob in globs)


@dataclass
class Campaign:
    """`said` hears a line about everything that happens."""

    selection: Selection
    cases: list[Case]
    said: Callable[[str], None] = lambda line: None

    def run(self) -> Matrix:
        begin, chosen = time.monotonic(), self.selection
        matrix = Matrix(self.cases, chosen.profile.name.lower())
        matrix.whole_rows, matrix.whole_columns = not chosen.faults, not chosen.cases
        if chosen.profile < Profile.FULL and not chosen.faults:
            matrix.apart = BY_THE_CLOCK
        programs = [p for p in PROGRAMS.values() if any(p.concerns(case) for case in self.cases)]
        for program in programs:
            program.faults(chosen.libraries[0])  # before anything is made: whether it is there
        with _Workers(chosen.jobs) as workers:
            for program in programs:
                _Bent(self, program, workers, matrix).run()
        if not matrix.rows and not matrix.problems:
            raise NothingSelected("no fault of that name: see --list")
        matrix.seconds = time.monotonic() - begin
        return matrix


class _Workers:
    """Processes, because each run of the suite keeps a core of Python busy."""

    def __init__(self, jobs: int):
        self._jobs = jobs

    def __enter__(self) -> _Workers:
        self._temporary = tempfile.TemporaryDirectory(prefix="lurkspec-selfcheck-")
        self._folder = Path(self._temporary.name)
        make_pki(self._folder / "pki")
        self._pool = ProcessPoolExecutor(self._jobs, multiprocessing.get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._temporary.cleanup()

    def each(self, tasks: list[Task]) -> Iterator[Outcome]:
        """Their outcomes as they come."""
        futures: list[Future[Outcome]] = []
        for number, task in enumerate(tasks):
            counts = self._folder / f"counts-{task.program}-{task.library}-{number}"
            futures.append(self._pool.submit(run, task, self._folder / "pki", counts))
        for future in as_completed(futures):
            yield future.result()


class _Bent:
    """The faults of one program."""

    def __init__(self, campaign: Campaign, program: Program, workers: _Workers, matrix: Matrix):
        self._chosen, self._said, self._program = campaign.selection, campaign.said, program
        self._cases = tuple(c.id for c in campaign.cases if program.concerns(c))
        self._workers, self._matrix = workers, matrix

    def run(self) -> None:
        """On one library after the other, until nothing survives. With some cases only, faults that none of
        them reaches are beside the question, unless named."""
        rows: dict[str, Row] = {}
        for library in self._chosen.libraries:
            left = [f for f in self._chosen.bent(self._program, library) if f not in rows or rows[f].survives]
            if not left:
                break
            plain = self._plain(library)
            if plain is None:
                return
            rows |= {row.fault: row for row in self._try(plain, left)}
        judged = self._matrix.whole_columns or not self._matrix.whole_rows
        self._matrix.rows += [row for row in rows.values() if row.reached or judged]

    def _plain(self, library: str) -> Outcome | None:
        """The program as it should be, case by case; None when not all is as it should be."""
        task = Task(self._program.name, library, "", self._cases, self._chosen.profile, 1)
        self._said(f"{self._program.name} on {library}: {len(self._cases)} cases without a fault")
        outcome = next(self._workers.each([task]))
        wrong = [id for id, v in outcome.verdicts.items() if v in (Verdict.FAIL, Verdict.ERROR)]
        if outcome.nothing or wrong:
            why = outcome.nothing or f"fails without a fault: {', '.join(wrong)}"
            self._matrix.problems.append(f"{self._program.name} on {library}: {why}")
            return None
        return outcome

    def _try(self, plain: Outcome, faults: list[str]) -> Iterator[Row]:
        tasks, library = [], plain.task.library
        for fault in faults:
            reached = self._cases if fault in plain.at_start else reaching(plain, fault)
            if reached:
                task = Task(self._program.name, library, fault, reached, self._chosen.profile, _SIDE_BY_SIDE)
                tasks.append(task)
            else:
                yield self._told(Row(self._program.name, fault, library, ()))
        tasks.sort(key=lambda task: -sum(plain.seconds[id] for id in task.cases))
        for outcome in self._workers.each(tasks):
            yield self._told(_row(outcome, plain))

    def _told(self, row: Row) -> Row:
        noticed = f"{len(row.caught)} of {len(row.reached)} cases" if row.reached else "no case reaches it"
        how = "the good exchange itself" if row.nothing and not row.caught else noticed
        verdict = "SURVIVES" if row.survives else "caught"
        if row.reached or self._matrix.whole_columns:
            self._said(f"{verdict:<8} {row.name} on {row.library}: {how}, {row.seconds:.1f} s")
        return row


def reaching(plain: Outcome, fault: str) -> tuple[str, ...]:
    return tuple(id for id, faults in plain.reached.items() if fault in faults)


def _row(outcome: Outcome, plain: Outcome) -> Row:
    task = outcome.task
    caught = {
        id: verdict.value
        for id, verdict in sorted(outcome.verdicts.items())
        if worse(verdict, plain.verdicts[id])
    }
    seconds = sum(outcome.seconds.values())
    return Row(task.program, task.fault, task.library, task.cases, caught, outcome.nothing, seconds)
