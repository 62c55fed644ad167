"""One `lurkspec keyserver` or `lurkspec edge` run from options to reports."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.console import Console

from . import expectations
from .case import Case, Profile, Role, registry, self_check
from .edge.embedded import EmbeddedLab, ReferenceEdge, external_lab
from .edge.target import load_edge_target
from .embedded import EmbeddedKeyServer, Reference
from .hooks import Hooks
from .process import StartError, own_command
from .report.files import write_failures, write_reports
from .report.model import CaseResult, Run
from .report.terminal import print_run, progress_bar
from .runner import Options, Runner
from .selection import PROTOCOLS, NothingSelected, select
from .subject import KeyServer, Subject
from .target import TargetError, load_target


class UsageProblem(Exception):
    """Exit code 2; the text is one line."""


@dataclass(frozen=True)
class Output:
    """Where results go."""

    reports: dict[str, Path | None]
    failures: Path | None
    expectations: Path | None


@dataclass(frozen=True)
class SuiteRun:
    """What both roles have in common."""

    role: ClassVar[Role]

    only: tuple[str, ...]
    sections: tuple[str, ...]
    profile: Profile
    seed: str
    jobs: int
    expect: Path | None
    strict: bool
    output: Output
    console: Console
    protocols: tuple[str, ...] = PROTOCOLS

    def _cases(
        self, protocols: tuple[str, ...] = PROTOCOLS
    ) -> tuple[list[Case], dict[str, Case], expectations.Expectations]:
        table = registry()
        problems = self_check(table)
        if problems:
            raise UsageProblem(f"the case table is wrong: {problems[0]}")
        try:
            known = expectations.load(self.expect) if self.expect else {}
            return select(table, self.only, self.sections, self.profile, protocols, self.role), table, known
        except (expectations.ExpectationError, NothingSelected) as error:
            raise UsageProblem(str(error)) from None

    def _command(self, *arguments: str) -> list[str]:
        """How to do this again, but for the cases."""
        return [own_command(), self.role.value, *arguments]

    def _not_started(self, error: Exception) -> int:
        profile = self.profile.name.lower()
        return self._conclude(Run("embedded", "", "", profile, self.seed, aborted=str(error)), set())

    def _judge(
        self, subject: Subject, hooks: Hooks, command: list[str], end: Callable[[], str] = lambda: ""
    ) -> int:
        cases, table, known = self._cases(subject.spoken)
        options = Options(
            self.profile,
            self.seed,
            self.jobs,
            replay=lambda id, seed: shlex.join([*command, "--only", id, "--seed", seed]),
        )
        with progress_bar(self.console) as bar:
            task = bar.add_task("cases", total=len(cases))

            def finished(result: CaseResult) -> None:
                bar.update(task, advance=1)
                if result.unexpected:
                    bar.console.print(f"{result.verdict.value} {result.id}", markup=False, highlight=False)

            runner = Runner(
                subject,
                hooks,
                cases,
                options,
                finished,
                lambda r: expectations.judge_result(r, known, self.strict),
            )
            run = runner.run()
        # Before the reports are written: how the program ends is part of the result.
        problem = end()
        run.problems += [problem] if problem else []
        return self._conclude(run, set(table), known)

    def _conclude(self, run: Run, table: set[str], known: expectations.Expectations | None = None) -> int:
        if known and not run.aborted:
            run.problems += expectations.stale(run, known, table)
        failures = self.output.failures
        problems = write_reports(run, self.output.reports)
        try:
            if failures:
                write_failures(run, failures)
            if self.output.expectations:
                count = expectations.write(self.output.expectations, run)
                run.notes.append(f"{self.output.expectations}: {count} expectations, give each its reason")
        except OSError as error:
            problems.append(f"{error.filename}: {error.strerror}")
        print_run(self.console, run, str(failures) if failures else "")
        for problem in problems:
            print(f"lurkspec: {problem}", file=sys.stderr)
        return run.exit_code or (3 if problems else 0)


def _spoken(dialects: tuple[str, ...]) -> list[str]:
    return [word for name in dialects for word in ("--dialect", name)]


class KeyServerRun(SuiteRun):
    role = Role.KEYSERVER

    def external(self, file: Path, url: str | None, dialects: tuple[str, ...]) -> int:
        """Judge the key server that a target file describes."""
        try:
            target = load_target(file, url, dialects).narrowed(self.protocols)
        except TargetError as error:
            raise UsageProblem(str(error)) from None
        command = self._command(*([url] if url else []), "--target", str(file), *_spoken(dialects))
        return self._judge(KeyServer(target), Hooks(target), command)

    def embedded(self, program: Reference) -> int:
        """Judge the reference key server."""
        command = self._command("--library", program.library)
        command += ["--fault", program.fault] if program.fault else []
        command += _spoken(program.dialects)
        self._cases(self.protocols)
        try:
            with EmbeddedKeyServer(program) as server:
                target = server.target.narrowed(self.protocols)
                return self._judge(KeyServer(target), server, command, server.stop)
        except StartError as error:
            return self._not_started(error)


class EdgeRun(SuiteRun):
    role = Role.EDGE

    def external(self, file: Path, address: str | None) -> int:
        """Judge the edge that a target file describes."""
        try:
            target = load_edge_target(file, address)
        except TargetError as error:
            raise UsageProblem(str(error)) from None
        if target.protocol not in self.protocols:
            raise UsageProblem(f"{file}: the edge speaks {target.protocol}, not {', '.join(self.protocols)}")
        command = self._command(*([address] if address else []), "--target", str(file))
        self._cases((target.protocol,))
        try:
            with external_lab(target) as lab:
                return self._judge(lab, Hooks(target), command)
        except OSError as error:
            raise UsageProblem(f"{file}: key_servers: {error.strerror or error}") from None

    def embedded(self, program: ReferenceEdge) -> int:
        """Judge the reference edge in all its configurations."""
        command = self._command("--library", program.library)
        command += ["--fault", program.fault] if program.fault else []
        self._cases(self.protocols)
        try:
            with EmbeddedLab(program, self.protocols) as lab:
                return self._judge(lab, lab.hooks, command, lab.stop)
        except StartError as error:
            return self._not_started(error)
