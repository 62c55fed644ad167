"""Runs cases: sentinel before and after each, most of them side by side, the blame for a crash on the case
that causes it alone."""

from __future__ import annotations

import datetime
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from . import __version__
from .case import Case, Expectation, Profile, Variant, Verdict
from .channel import ChannelError
from .context import ControlFailed
from .hooks import HookFailed, Hooks
from .report.model import CaseResult, Run, VariantResult
from .report.text import printable
from .session import Unsupported
from .subject import Subject

_LOG_TAIL = 4000
_RECENT = 0.5


class ServerDown(Exception):
    """The target does not serve the good exchange before a case: that case is not to blame."""


@dataclass(frozen=True)
class Options:
    """`hasty`: a case ends with its first variant that does not pass."""

    profile: Profile = Profile.DEFAULT
    seed: str = "1"
    jobs: int = 6
    hasty: bool = False
    replay: Callable[[str, str], str] = lambda case, seed: f"lurkspec keyserver --only {case} --seed {seed}"


@dataclass
class Runner:
    """`adjust` turns a result into the one that is reported (expectations); `finished` hears of each, one at
    a time."""

    subject: Subject
    hooks: Hooks
    cases: list[Case]
    options: Options = field(default_factory=Options)
    finished: Callable[[CaseResult], None] = lambda result: None
    adjust: Callable[[CaseResult], CaseResult] = lambda result: result

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._good_at: dict[str, float] = {}  # by protocol: when the last good exchange was asked for
        now = datetime.datetime.now(datetime.timezone.utc)
        self.run_result = Run(
            self.subject.url,
            __version__,
            now.isoformat(timespec="seconds"),
            self.options.profile.name.lower(),
            self.options.seed,
        )

    def run(self) -> Run:
        """Run all cases; the result is whole on every path. A target that fails the first sentinel gets no
        verdict at all."""
        begin, run = time.monotonic(), self.run_result
        try:
            run.aborted = self.start()
            if not run.aborted:
                self._run_all()
        except KeyboardInterrupt:
            run.aborted = "interrupted"
        order = {case.id: number for number, case in enumerate(self.cases)}
        run.results.sort(key=lambda r: order[r.id])
        run.seconds = time.monotonic() - begin
        return run

    def _run_all(self) -> None:
        pending = self.subject.arranged([c for c in self.cases if not c.serial])
        while pending and not self.run_result.aborted:
            pending = self._side_by_side(pending)
        for case in (c for c in self.cases if c.serial):
            self._alone(case)
        self._recover()

    def start(self) -> str:
        """ "" when the target answers a good request, else why nothing can be judged."""
        try:
            if self.hooks.has("start"):
                self.hooks.run("start")
            problem = self._sentinels()
            if problem:
                hint = self.subject.hint()
                return f"{self.subject.url} does not serve a good request: {printable(problem)}{hint}"
            self.subject.discover()
        except (HookFailed, ChannelError, Unsupported) as error:
            return printable(str(error))
        return ""

    def _sentinels(self) -> str:
        """The good exchange of each protocol that the target speaks; "" or what is wrong with the first."""
        for protocol in self.subject.spoken:
            problem = self.subject.sentinel(protocol)
            if problem:
                return f"{protocol}: {problem}"
        return ""

    def run_case(self, case: Case) -> tuple[CaseResult, bool]:
        """Run one case between two sentinels; the result, and whether the server survived."""
        reason = "; ".join(filter(None, (self.subject.lacking(need, case.protocol) for need in case.needs)))
        if reason:
            return (
                self._result(
                    case, [Variant("all", Verdict.UNSUPPORTED, Expectation("(not asked)"), reason)], 0.0
                ),
                True,
            )
        begin = time.monotonic()
        # A good exchange made just now by another case is as good as one of its own.
        if begin - self._good_at.get(case.protocol, -_RECENT) >= _RECENT:
            before = self.subject.sentinel(case.protocol)
            if before:
                raise ServerDown(before)
        variants = self._variants(case)
        asked = time.monotonic()
        after = self.subject.sentinel(case.protocol)
        self._good_at[case.protocol] = -_RECENT if after else asked
        if after:
            variants.append(
                VariantResult.of(
                    Variant(
                        "sentinel",
                        Verdict.FAIL,
                        Expectation("a good exchange afterwards"),
                        f"the {self.subject.noun} did not survive: {after}",
                    )
                )
            )
        return self._result(case, variants, time.monotonic() - begin), not after

    def _variants(self, case: Case) -> list[VariantResult]:
        """Collected one by one, so that what was judged before an exception is kept; annotated at once to let
        go of the octets."""
        found: list[VariantResult] = []
        seed = f"{self.options.seed}/{case.id}"
        with self.subject.context(case.protocol, seed, self.options.profile, self.hooks) as t:
            try:
                for variant in case.function(t):
                    found.append(VariantResult.of(variant))
                    if self.options.hasty and variant.verdict in (Verdict.FAIL, Verdict.LENIENT):
                        break
            except Unsupported as error:
                found.append(VariantResult.of(t.unsupported("rest", str(error))))
            except ControlFailed as error:
                found.append(
                    VariantResult.of(
                        Variant(
                            "control",
                            Verdict.FAIL,
                            Expectation("the unchanged request is served"),
                            str(error),
                            (error.exchange,),
                        )
                    )
                )
            except ChannelError as error:
                found.append(
                    VariantResult.of(
                        Variant("connection", Verdict.FAIL, Expectation("a connection"), str(error))
                    )
                )
            except (
                Exception
            ):  # a case must not end the run, and its own faults must not pass for the server's
                found.append(
                    VariantResult.of(
                        Variant("case", Verdict.ERROR, Expectation("the case runs"), traceback.format_exc())
                    )
                )
        if not found:
            found.append(
                VariantResult.of(
                    Variant("case", Verdict.ERROR, Expectation("at least one variant"), "no variant")
                )
            )
        return found

    def _result(
        self, case: Case, variants: list[Variant] | list[VariantResult], seconds: float
    ) -> CaseResult:
        judged = [v if isinstance(v, VariantResult) else VariantResult.of(v) for v in variants]
        repeated = [label for label, count in Counter(v.label for v in judged).items() if count > 1]
        if repeated:
            judged.append(
                VariantResult.of(
                    Variant(
                        "case",
                        Verdict.ERROR,
                        Expectation("labels of variants differ"),
                        "twice: " + ", ".join(sorted(repeated)),
                    )
                )
            )
        failed = any(v.verdict in (Verdict.FAIL, Verdict.ERROR) for v in judged)
        log = self._logs() if failed else ""
        return CaseResult.of(case, judged, seconds, self.options.replay(case.id, self.options.seed), log)

    def _logs(self) -> str:
        tails = (text[-_LOG_TAIL:] for text in (self.hooks.diagnostics(), self.hooks.log_text()))
        return "\n".join(tail for tail in tails if tail)

    def _record(self, result: CaseResult) -> None:
        with self._lock:
            adjusted = self.adjust(result)
            self.run_result.results.append(adjusted)
            self.finished(adjusted)

    def _side_by_side(self, cases: list[Case]) -> list[Case]:
        """Run cases in parallel until all are done or the server dies; those in flight then are run again
        alone. Returns the rest."""
        trouble = threading.Event()
        unsettled: list[Case] = []
        waiting: list[Case] = []

        def work(case: Case) -> None:
            if trouble.is_set():
                with self._lock:
                    waiting.append(case)
                return
            try:
                result, survived = self.run_case(case)
            except ServerDown:
                survived = False
            if not survived:
                trouble.set()
            if trouble.is_set():
                with self._lock:
                    unsettled.append(case)
            else:
                self._record(result)

        with ThreadPoolExecutor(self.options.jobs) as pool:
            try:
                list(pool.map(work, cases))
            except KeyboardInterrupt:
                trouble.set()
                raise
        if unsettled:
            self._settle(unsettled)
        return waiting

    def _settle(self, cases: list[Case]) -> None:
        """Find out which case killed the server; a crash that does not come again is not forgotten."""
        blamed = 0
        for case in cases:
            blamed += not self._alone(case)
        if not blamed and not self.run_result.aborted:
            names = ", ".join(case.id for case in cases)
            self.run_result.problems.append(
                f"the {self.subject.noun} died once while these ran side by side: {names}"
            )

    def _alone(self, case: Case) -> bool:
        """Run a case with the server to itself, brought back before if it was down; whether it survived."""
        self._good_at.clear()
        self._recover()
        if self.run_result.aborted:
            return False
        try:
            result, survived = self.run_case(case)
        except ServerDown as error:
            self.run_result.aborted = f"the {self.subject.noun} does not stay up: {printable(str(error))}"
            return False
        self._record(result)
        return survived

    def _recover(self) -> None:
        """Restart the server where there is a hook; without good exchanges nothing more can be judged."""
        if self.run_result.aborted:
            return
        problem = self._sentinels()
        if problem and self.hooks.has("restart"):
            try:
                self.hooks.restart()
                problem = self._sentinels()
            except HookFailed as error:
                problem = str(error)
        if problem:
            self.run_result.aborted = f"the {self.subject.noun} did not come back: {printable(problem)}"
