"""ci/fuzz: every target, a summary, and the coverage that the corpora have in the end."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict

from campaign import coverage
from campaign.libfuzzer import Outcome, fuzz
from campaign.targets import FAST, ROOT, SANITIZED, WORK, Failure, Target, build, chosen, listed

HEAD = f"{'target':<26}{'executions':>12}{'exec/s':>9}{'features':>10}{'new':>7}{'corpus':>8}{'findings':>10}"
TICK = 60  # seconds between two lines of progress


def row(outcome: Outcome) -> str:
    return (
        f"{outcome.name:<26}{outcome.executions:>12,}{outcome.per_second:>9,}{outcome.features:>10,}"
        f"{outcome.new_features:>7,}{outcome.corpus:>8,}{len(outcome.findings):>10}"
    )


def fuzz_one(target: Target, seconds: int) -> Outcome:
    target.new_inputs.mkdir(parents=True, exist_ok=True)
    return fuzz(target, seconds, WORK / target.name, [target.new_inputs, *target.committed()])


def report_progress(running: set[str], done: threading.Event, started: float) -> None:
    while not done.wait(TICK):
        print(f"    {time.monotonic() - started:6.0f} s: {', '.join(sorted(running))}", flush=True)


def fuzz_all(targets: list[Target], seconds: int, jobs: int) -> list[Outcome]:
    outcomes: dict[str, Outcome] = {}
    running: set[str] = set()
    done = threading.Event()

    def work(target: Target) -> Outcome:
        running.add(target.name)
        try:
            return fuzz_one(target, seconds)
        finally:
            running.discard(target.name)

    ticker = threading.Thread(target=report_progress, args=(running, done, time.monotonic()), daemon=True)
    ticker.start()
    print(f"{len(targets)} targets, {seconds} s each, {jobs} at a time\n        {HEAD}", flush=True)
    try:
        with ThreadPoolExecutor(jobs) as pool:
            for future in as_completed([pool.submit(work, target) for target in targets]):
                outcome = future.result()
                outcomes[outcome.name] = outcome
                print(f"[{len(outcomes):2}/{len(targets):2}] {row(outcome)}", flush=True)
    finally:
        done.set()
    return [outcomes[target.name] for target in targets]


def say_findings(outcomes: list[Outcome]) -> bool:
    found = [(outcome, path) for outcome in outcomes for path in outcome.findings]
    for outcome, path in found:
        where = path.relative_to(ROOT)
        if path == outcome.log:
            print(f"FOUND: {outcome.name} ended by itself: see {where}")
        else:
            print(f"FOUND: fuzz/triage {where}")
    return bool(found)


def summarise(outcomes: list[Outcome], lines: dict[str, coverage.Lines]) -> None:
    print(f"\n{HEAD}{'lines':>9}")
    for outcome in outcomes:
        share = lines.get(outcome.name)
        print(f"{row(outcome)}{'' if share is None else f'{share.percent:8.1f}%'}")
    described = []
    for outcome in outcomes:
        entry = asdict(outcome) | {"log": str(outcome.log.relative_to(ROOT))}
        entry["findings"] = [str(path.relative_to(ROOT)) for path in outcome.findings]
        if outcome.name in lines:
            entry["lines"] = asdict(lines[outcome.name])
        described.append(entry)
    (WORK / "summary.json").write_text(json.dumps({"targets": described}, indent=1) + "\n")
    print("summary: build/fuzz/summary.json")


def measure_speed(names: tuple[str, ...], seconds: float) -> int:
    """Executions per second on one core, oracles included, of optimised code without sanitizers."""
    print(f"{'target':<26}{'exec/s':>12}")
    for target in chosen(listed(build(FAST)), names):
        command = [str(target.replay), "--seconds", str(seconds), *map(str, target.committed())]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = re.search(r"(\d+) executions per second", text)
        print(f"{target.name:<26}{int(found[1]) if found else 0:>12,}", flush=True)
    return 0


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="ci/fuzz", description="Runs every target under libFuzzer. Exit code 1: something was found."
    )
    add = parser.add_argument
    add("seconds", nargs="?", type=int, help="how long each target runs")
    add("--total", type=int, metavar="SECONDS", help="how long the whole may take instead")
    add("--target", action="append", default=[], metavar="NAME", help="only this one (repeatable)")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time (default: cores)")
    add("--no-coverage", action="store_true", help="leave out what the corpora reach")
    add("--speed", action="store_true", help="only measure, without sanitizers, over the corpora")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    given = parse(arguments)
    names = tuple(given.target)
    if given.speed:
        return measure_speed(names, given.seconds or 1)
    asked = [number for number in (given.seconds, given.total) if number is not None]
    if len(asked) != 1 or asked[0] < 1:
        raise Failure("say how many seconds each target may run, e.g. ci/fuzz 60, or ci/fuzz --total 3600")
    if given.jobs < 1:
        raise Failure("--jobs must be at least 1")
    targets = chosen(listed(build(SANITIZED)), names)
    seconds = given.seconds or max(1, given.total * min(given.jobs, len(targets)) // len(targets))
    outcomes = fuzz_all(targets, seconds, given.jobs)
    lines = {} if given.no_coverage else coverage.report(names, new_inputs=True)
    summarise(outcomes, lines)
    return 1 if say_findings(outcomes) else 0


def start() -> int:
    try:
        return main(sys.argv[1:])
    except Failure as failure:
        print(f"ci/fuzz: {failure}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(start())
