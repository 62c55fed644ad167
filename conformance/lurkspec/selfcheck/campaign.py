"""From a selection to the matrix: what each program asks for is counted once, then every fault is switched on
in turn and judged by the cases that reach it. A case that never makes a program ask for the bent check runs
as it would without the fault, so it is left out.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from ..case import Case, Profile
from ..selection import NothingSelected
from .bench import PROGRAMS, Outcome, Program, Task, make_pki, run
from .matrix import Matrix, Row, worse

_SIDE_BY_SIDE = 4
# Cases that are asked at a time about a fault that nobody has seen yet, all others having caught something.
_FEW = 8
_LOG = ("*log*", "audit-*", "ski-req-*")
_CHANNEL = ("*channel-*",)
# What every request reaches, or only the start of the program: the cases that look at what is bent. Without
# a thorough run the others are left out.
LOOKED_AT_BY = {
    "client_certificate_optional": ("*channel-certificate-*", "*channel-post-*", "lurk-7-mutual-*"),
    "capabilities_of_all_edges": ("lurk-6.1.4-*", "lurk-*capabilit*"),
    "old_versions_spoken": (*_CHANNEL, "edge-*-weak-channel"),
    "weak_suites_taken": (*_CHANNEL, "edge-*-weak-channel", "lurk-7-mutual-*"),
    "request_not_logged": _LOG,
    "rejection_without_key": ("*-rejection-*",),
    "rejection_different_each_time": ("ski-5.1.1-*",),
    "premaster_with_length": ("ski-5.1.1-*", "ski-7.1.1-*", "ski-p-capabilities-*"),
    "cause_told": ("ski-5.2-error-*", "ski-5.2.1-order-*"),
    "empty_output_beside_error": ("ski-5.2-output-*", "ski-5.2.1-*"),
    "secret_in_log": _LOG,
    "state_of_each_answer": ("lurk-5.4-*",),
    "state_of_the_options": ("lurk-5.4-*",),
    "state_of_the_process": ("lurk-5.4-*",),
    "null_freshness_listed": ("lurk-*capabilit*",),
    "address_not_logged": ("*-many-addresses", "audit-*"),
    "rights_kept_while_connected": ("*-revoked*",),
    "reload_ends_connections": ("*resources-reload-*",),
    "failed_reload_empties": ("*broken-*",),
    "stop_announced": ("lurk-resources-restart-*",),
    "ecdsa_nonce_fixed": ("*nonce*",),
    "premaster_version_ignored": ("*premaster*", "*version*"),
    "rejection_same_for_all": ("*rejection*", "ski-5.1.1-*"),
    "rejection_secret_of_process": ("*rejection*",),
    "rejection_fixed_master": ("*rejection*",),
    "rejection_by_zeros": ("*rejection*", "*guessed*"),
    "answers_padded": ("lurk-*-small", "lurk-*-one-form", "lurk-tls12-4-master"),
    "shared_ciphertext_unnoticed": ("audit-*",),
    "state_missing": ("lurk-5.4-*",),
    "answer_type_always_json": ("ski-p-*", "ski-5.2-*", "http-type-*"),
    "key_server_name_not_checked": ("edge-*key-server", "edge-*-strong", "edge-*-weak-channel"),
    "key_server_certificate_unverified": ("edge-*key-server", "edge-*-rotated"),
    "no_failover": ("edge-*-fail-over", "edge-*-refused"),
    "no_key_server_deadline": ("edge-*-silent", "edge-*-never-whole", "edge-*-mute", "edge-*-only-a-request"),
    "connection_not_reopened": ("edge-lurk-5.1-*", "edge-*-authenticated", "edge-lurk-5.2-broken-off"),
    "request_ids_repeated": ("edge-lurk-5.2-*", "edge-lurk-5.1-*"),
    "first_key_always_asked": ("edge-*-groups", "edge-*-key-*", "edge-*-schemes", "edge-*-algorithms"),
    "capabilities_asked_by_post": ("edge-*-capabilities-asked",),
    "accept_not_sent": ("edge-*-capabilities-asked",),
    "inquiry_with_payload": ("edge-*-inquiry",),
    "grants_ignored": ("edge-ski-p-*",),
    "server_not_named": ("edge-*-strong",),
    "ticket_key_shared": ("edge-*-foreign-ticket",),
    "sessions_resumed": ("*resum*", "*early-data"),
    "truncation_unnoticed": ("*channel-truncation",),
    "answer_may_be_stored": ("http-answer-headers",),
    "input_in_log": ("http-disconnect",),
    "expired_key_served": ("*expired*",),
    "pss_refused_in_tls12": ("ski-p-*", "lurk-*-keys", "lurk-*algorithm*"),
    "tls12_scheme_as_in_tls13": ("ski-p-*", "lurk-*-keys", "lurk-*algorithm*"),
    "scheme_of_other_key_changed": ("ski-p-*", "lurk-*algorithm*", "lurk-*capab*"),
    "s_reused": ("edge-lurk-tls12-4.1.1-*",),
    "s_without_time": ("edge-lurk-tls12-4.1.1-*",),
    "s_on_the_wire": ("edge-lurk-tls12-4.1.1-*",),
    "hash_not_sent": ("edge-ski-5.2-hash",),
    "digest_instead_of_content": ("edge-ski-5.1.2-ecdhe-input",),
    "state_change_ignored": ("edge-lurk-5.4-state-changed", "edge-lurk-6.1-*"),
    "state_absent_ignored": ("edge-lurk-5.4-state-absent", "edge-lurk-6.1-inquiry"),
    "audit_left_out": ("edge-lurk-tls12-4.3-audit",),
    "failed_key_server_given_up": ("edge-*-fail-over",),
    "failure_not_logged": ("edge-*-failure-in-log", "edge-*-reported"),
    "weak_suites_negotiated": ("edge-*-not-negotiated",),
    "old_clients_served": ("edge-*-old-versions", "edge-*-no-weaker", "edge-*-not-negotiated"),
    "ticket_without_secret": ("edge-*-resumption",),
    "asked_twice": ("edge-*-one-request", "edge-*-side-by-side"),
    "s_in_session_id": ("edge-lurk-tls12-4.1.1-s-not-shown",),
    "proof_without_point": ("edge-lurk-tls12-6.1-*",),
    "ems_not_negotiated": ("edge-ski-5.1.1-master-secret", "edge-lurk-tls12-5.1-*"),
    "hash_always_sha256": ("edge-ski-5.2-hash",),
    "protocol_named_dtls": ("edge-ski-5.2-*", "edge-ski-5.1.2-ecdhe-input"),
    "host_not_sent": ("edge-ski-7.1.1-http",),
    "long_answer_taken": ("edge-ski-7.1.1-bad-http",),
    "server_random_repeated": ("edge-*-fresh-randoms",),
    "request_of_another_version": ("edge-lurk-5.1-header", "edge-lurk-tls12-6.1-ecdhe", "edge-lurk-*-master"),
}
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
    thorough: bool = False

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
        self._count = 0

    def __enter__(self) -> _Workers:
        self._temporary = tempfile.TemporaryDirectory(prefix="lurkspec-selfcheck-")
        self._folder = Path(self._temporary.name)
        make_pki(self._folder / "pki")
        self._pool = ProcessPoolExecutor(self._jobs, multiprocessing.get_context("spawn"))
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._temporary.cleanup()

    def each(self, next_task: Callable[[], Task | None]) -> Iterator[Outcome]:
        """Outcomes as they come; what comes next may depend on them."""
        running: set[Future[Outcome]] = set()
        while True:
            while len(running) < self._jobs and (task := next_task()) is not None:
                self._count += 1
                counts = self._folder / f"counts-{self._count}"
                running.add(self._pool.submit(run, task, self._folder / "pki", counts))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
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
        """The program as it should be, case by case. A case that fails then says nothing of a fault, and the
        matrix is no proof; None when there are no good exchanges."""
        task = Task(self._program.name, library, "", self._cases, self._chosen.profile, 1)
        self._said(f"{self._program.name} on {library}: {len(self._cases)} cases without a fault")
        tasks = [task]
        (outcome,) = self._workers.each(lambda: tasks.pop() if tasks else None)
        problems = [f"{id} fails without a fault: {why}" for id, why in outcome.why.items()]
        problems += [outcome.nothing] if outcome.nothing else []
        self._matrix.problems += [f"{self._program.name} on {library}: {text}" for text in problems]
        return None if outcome.nothing else outcome

    def _try(self, plain: Outcome, faults: list[str]) -> Iterator[Row]:
        """First the faults that few cases reach; of the cases those that have not caught anything yet, unless
        a thorough run is asked for. Where these do not see a fault, the others are asked too."""
        looking = {fault: self._looking(plain, fault) for fault in faults}
        proved: set[str] = set()
        waiting = sorted(faults, key=lambda fault: len(looking[fault]))
        rows: dict[str, Row] = {}

        def next_task() -> Task | None:
            while waiting:
                fault = waiting.pop(0)
                known = rows.setdefault(
                    fault, Row(self._program.name, fault, plain.task.library, looking[fault])
                )
                left = [id for id in looking[fault] if id not in known.asked]
                asked = [id for id in left if self._chosen.thorough or id not in proved]
                asked = asked or sorted(left, key=lambda id: plain.seconds[id])[:_FEW]
                if asked:
                    return replace(plain.task, fault=fault, cases=tuple(asked), jobs=_SIDE_BY_SIDE)
            return None

        for outcome in self._workers.each(next_task):
            fault = outcome.task.fault
            rows[fault] = _extended(rows[fault], outcome, plain)
            proved |= rows[fault].caught.keys()
            if rows[fault].survives and len(rows[fault].asked) < len(looking[fault]):
                waiting.insert(0, fault)
            else:
                self._tell(rows[fault])
        for row in rows.values():
            if not row.asked:
                self._tell(row)
        return iter(rows.values())

    def _looking(self, plain: Outcome, fault: str) -> tuple[str, ...]:
        if fault in plain.at_start:
            reached = self._cases
        else:
            reached = tuple(id for id in self._cases if fault in plain.reached.get(id, ()))
        globs = () if self._chosen.thorough else LOOKED_AT_BY.get(fault, ())
        return tuple(id for id in reached if _matches(id, globs))

    def _tell(self, row: Row) -> None:
        noticed = f"{len(row.caught)} of {len(row.asked)} cases" if row.reached else "no case reaches it"
        how = "the good exchange itself" if row.nothing and not row.caught else noticed
        verdict = "SURVIVES" if row.survives else "caught"
        if row.reached or self._matrix.whole_columns:
            self._said(f"{verdict:<8} {row.name} on {row.library}: {how}, {row.seconds:.1f} s")


def _extended(row: Row, outcome: Outcome, plain: Outcome) -> Row:
    """With what the cases of one more run saw."""
    seen = {id: v.value for id, v in outcome.verdicts.items() if worse(v, plain.verdicts[id])}
    return replace(
        row,
        asked=row.asked + outcome.task.cases,
        caught=row.caught | seen,
        nothing=outcome.nothing,
        quickest=row.quickest or min(seen, key=lambda id: outcome.seconds[id], default=""),
        seconds=row.seconds + sum(outcome.seconds.values()),
    )
