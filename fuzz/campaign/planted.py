"""ci/fuzz-planted: is each planted bug found by its target, from seeds none of which triggers it?"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from campaign import stack
from campaign.libfuzzer import SANITIZERS, fuzz
from campaign.targets import BUILD, FUZZ, PLANTED, Failure, Target, build, chosen, listed, options

WORK = BUILD / "fuzz-planted"
PATIENCE = 10  # on a clock on the wall a hunt may take that much longer
MALLOC_LIMIT = next(option.split("=")[1] for option in options() if option.startswith("-malloc_limit_mb="))


@dataclass(frozen=True)
class Bug:
    name: str
    family: str
    target: str
    about: str
    quick: bool = False


@dataclass(frozen=True)
class Verdict:
    bug: Bug
    seeds: int
    left_out: int
    seconds: float
    executions: int
    found: stack.Finding | None

    def __str__(self) -> str:
        found = self.found.signature if self.found else "NOT FOUND"
        return (
            f"{self.bug.name:<36}{self.bug.target:<25}{self.seeds:>5}{self.left_out:>5}"
            f"{self.seconds:>8.1f}{self.executions:>11,}  {found[:90]}"
        )


HEAD = f"{'planted':<36}{'target':<25}{'seeds':>5}{'out':>5}{'s':>8}{'runs':>11}  found as"


def bugs() -> list[Bug]:
    listed_bugs = tomllib.loads((FUZZ / "planted.toml").read_text())
    return [Bug(name, **members) for name, members in listed_bugs.items()]


def triggering(target: Target, environment: dict[str, str]) -> set[Path]:
    """The seeds that show the bug by themselves."""
    limits = {"ASAN_OPTIONS": f"detect_leaks=0:max_allocation_size_mb={MALLOC_LIMIT}"}
    run = subprocess.run(
        [target.replay, "--which", *target.inputs()],
        env=os.environ | SANITIZERS | limits | environment,
        capture_output=True,
        text=True,
    )
    if run.returncode != 0:
        raise Failure(f"{target.replay.name} --which fails: {run.stderr.strip()}")
    return {Path(line) for line in run.stdout.splitlines()}


def hunt(bug: Bug, target: Target, seconds: int) -> Verdict:
    work = WORK / bug.name
    shutil.rmtree(work, ignore_errors=True)
    seeds, grown = work / "seeds", work / "grown"
    seeds.mkdir(parents=True)
    grown.mkdir()
    environment = {"LURK_PLANTED": bug.name}
    left_out = triggering(target, environment)
    for path in target.inputs():
        if path not in left_out:
            shutil.copy(path, seeds / path.name)
    extra = ["-seed=1", "-len_control=0"]
    # On the processor's clock, so that what else runs on the machine does not decide.
    outcome = fuzz(target, PATIENCE * seconds, work, [grown, seeds], extra, environment, seconds)
    found = stack.read(outcome.text) if outcome.findings else None
    return Verdict(
        bug, len(list(seeds.iterdir())), len(left_out), outcome.processor, outcome.executions, found
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="ci/fuzz-planted", description="Plants bugs and fuzzes. Exit code 1: one was not found."
    )
    parser.add_argument("names", nargs="*", metavar="BUG", help="only these of fuzz/planted.toml")
    parser.add_argument("--quick", action="store_true", help="a few, as in ci/test")
    parser.add_argument(
        "--seconds", type=int, default=60, help="of a processor, that each may take (default: 60)"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at a time (default: cores)")
    given = parser.parse_args(arguments)
    wanted = [bug for bug in bugs() if (bug.name in given.names or not given.names)]
    wanted = [bug for bug in wanted if bug.quick or not given.quick]
    unknown = set(given.names) - {bug.name for bug in wanted}
    if unknown or not wanted:
        raise Failure(f"fuzz/planted.toml has no {' '.join(sorted(unknown)) or 'such bug'}")
    targets = {target.name: target for target in listed(build(PLANTED))}
    chosen(list(targets.values()), tuple(bug.target for bug in wanted))
    print(HEAD, flush=True)
    with ThreadPoolExecutor(given.jobs) as pool:
        verdicts = []
        for verdict in pool.map(lambda bug: hunt(bug, targets[bug.target], given.seconds), wanted):
            print(verdict, flush=True)
            verdicts.append(verdict)
    missed = [verdict.bug.name for verdict in verdicts if verdict.found is None]
    print(f"{len(verdicts) - len(missed)} of {len(verdicts)} planted bugs found", end="")
    print(f"; not found: {' '.join(missed)}" if missed else "")
    return 1 if missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"ci/fuzz-planted: {failure}", file=sys.stderr)
        sys.exit(2)
