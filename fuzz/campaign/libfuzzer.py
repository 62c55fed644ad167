"""One run of a target under libFuzzer, and what its log says."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from campaign.targets import Target, options

FINDINGS = ("crash-", "leak-", "timeout-", "oom-")
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}


@dataclass
class Outcome:
    name: str
    executions: int = 0
    per_second: int = 0
    features: int = 0
    new_features: int = 0
    corpus: int = 0  # inputs in it at the end
    seconds: float = 0
    findings: list[Path] = field(default_factory=list)
    log: Path = Path()
    processor: float = 0  # seconds on the processor's clock

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace")


def number(pattern: str, text: str, last: bool = False) -> int:
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1 if last else 0]) if found else 0


def read_log(name: str, log: Path, seconds: float, findings: list[Path]) -> Outcome:
    text = log.read_text(errors="replace")
    features = number(r"\bft: (\d+)", text, last=True)
    executions = number(r"^stat::number_of_executed_units:\s+(\d+)", text)
    if executions == 0:  # it ended in a finding
        executions = number(r"^#(\d+)\s", text, last=True)
    return Outcome(
        name,
        executions,
        number(r"^stat::average_exec_per_sec:\s+(\d+)", text) or round(executions / max(seconds, 0.001)),
        features,
        features - number(r"INITED.*?\bft: (\d+)", text),
        number(r"\bcorp: (\d+)", text, last=True),
        seconds,
        findings,
        log,
    )


def run_alone(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str], processor: int | None
) -> tuple[int, float]:
    """Exit code, and the seconds of a processor that it took: when it has had so many, a signal ends it."""

    def limit() -> None:
        if processor is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (processor, processor + 5))

    with log.open("wb") as output, subprocess.Popen(
        command,
        stdout=output,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env=os.environ | SANITIZERS | environment,
        preexec_fn=limit,
    ) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        return run.returncode, used.ru_utime + used.ru_stime


def fuzz(
    target: Target,
    seconds: int,
    work: Path,
    folders: Sequence[Path],
    extra: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    processor: int | None = None,
) -> Outcome:
    """Fuzzes for that long, until it finds something, or until it has had a processor for so many seconds.
    New inputs go to the first folder."""
    findings = work / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    command: list[str | Path] = [
        target.fuzzer,
        *folders,
        f"-dict={target.dictionary}",
        f"-max_total_time={seconds}",
        f"-artifact_prefix={findings}/",
        "-print_final_stats=1",
        *options(),
        *extra,
    ]
    log = work / "log"
    started = os.times().elapsed
    code, used = run_alone(command, log, environment or {}, processor)
    found = sorted(path for path in set(findings.iterdir()) - before if path.name.startswith(FINDINGS))
    if code not in (0, -signal.SIGXCPU) and not found:
        found = [log]  # it died without an input: that is a finding too
    outcome = read_log(target.name, log, os.times().elapsed - started, found)
    outcome.processor = used
    return outcome
