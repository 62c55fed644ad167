"""fuzz/coverage: which lines the corpora reach. The report of a campaign, and the check of lurk/wire."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from campaign.targets import COVERED, FUZZ, ROOT, WORK, Failure, Target, build, chosen, listed

FOLDER = WORK / "coverage"
UNCOVERED = FUZZ / "uncovered.txt"
CHECKED = "lurk/wire/"
THRESHOLD = 95.0  # percent of the lines in CHECKED

Counts = dict[str, dict[int, int]]  # file -> line -> times


@dataclass(frozen=True)
class Lines:
    covered: int
    all: int

    @property
    def percent(self) -> float:
        return 100 * self.covered / self.all if self.all else 0.0


def lines_of(counts: Counts) -> Lines:
    times = [count for lines in counts.values() for count in lines.values()]
    return Lines(sum(count > 0 for count in times), len(times))


def tool(*command: str | Path) -> str:
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise Failure(f"{command[0]} fails: {run.stderr.strip()}")
    return run.stdout


def merged(name: str, raw: list[Path]) -> Path:
    profile = FOLDER / f"{name}.profdata"
    tool("llvm-profdata", "merge", "-sparse", "-o", profile, *raw)
    return profile


def replay(target: Target, new_inputs: bool) -> Path:
    raw = FOLDER / f"{target.name}.profraw"
    folders = target.committed()
    if new_inputs and target.new_inputs.is_dir() and any(target.new_inputs.iterdir()):
        folders.append(target.new_inputs)
    run = subprocess.run(
        [target.replay, *folders],
        env=os.environ | {"LLVM_PROFILE_FILE": str(raw)},
        capture_output=True,
        text=True,
    )
    if run.returncode != 0:
        raise Failure(f"{target.name} does not survive its corpus: {run.stderr.strip()[-300:]}")
    return raw


def counts_of(profile: Path, programs: list[Path]) -> Counts:
    """The files of the project, without the targets themselves."""
    objects = [part for program in programs[1:] for part in ("-object", str(program))]
    text = tool("llvm-cov", "export", "-format=lcov", f"-instr-profile={profile}", programs[0], *objects)
    counts: Counts = {}
    lines: dict[int, int] = {}
    for entry in text.splitlines():
        if entry.startswith("SF:"):
            name = os.path.normpath(entry[3:]).removeprefix(f"{ROOT}/")
            lines = {} if name.startswith("fuzz/") else counts.setdefault(name, {})
        elif entry.startswith("DA:"):
            line, times = entry[3:].split(",")[:2]
            lines[int(line)] = max(lines.get(int(line), 0), int(times))
    return counts


def reached(counts: Counts) -> Counts:
    """The files that a target has to do with."""
    return {name: lines for name, lines in counts.items() if any(lines.values())}


def show(profile: Path, programs: list[Path], files: list[str], folder: Path) -> None:
    objects = [part for program in programs[1:] for part in ("-object", str(program))]
    tool(
        "llvm-cov", "show", "-format=html", f"-output-dir={folder}", f"-instr-profile={profile}",
        programs[0], *objects, *(ROOT / name for name in files),
    )  # fmt: skip


def report(names: tuple[str, ...], new_inputs: bool) -> dict[str, Lines]:
    """HTML for every target and for all of them, JSON for programs. By target: the files that it reaches."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    targets = chosen(listed(build(COVERED)), names)
    raw = {target: replay(target, new_inputs) for target in targets}
    by_target = {}
    for target in targets:
        profile = merged(target.name, [raw[target]])
        counts = reached(counts_of(profile, [target.replay]))
        by_target[target.name] = lines_of(counts)
        show(profile, [target.replay], sorted(counts), FOLDER / target.name)
    everything = merged("all", list(raw.values()))
    programs = [target.replay for target in targets]
    counts = reached(counts_of(everything, programs))
    show(everything, programs, sorted(counts), FOLDER / "all")
    described = {
        "targets": {name: asdict(lines) for name, lines in by_target.items()},
        "files": {name: asdict(lines_of({name: lines})) for name, lines in sorted(counts.items())},
    }
    (WORK / "coverage.json").write_text(json.dumps(described, indent=1) + "\n")
    print("coverage: build/fuzz/coverage/{all,TARGET}/index.html, build/fuzz/coverage.json")
    return by_target


def explained() -> Counter[str]:
    """`FILE: CODE` of each line that no input reaches; above them stands the reason."""
    lines: Counter[str] = Counter()
    reason = ""
    for line in UNCOVERED.read_text().splitlines():
        if line.startswith("#"):
            reason = line
        elif line:
            if not reason:
                raise Failure(f"{UNCOVERED.name}: no reason above: {line}")
            lines[line] += 1
    return lines


def uncovered(counts: Counts) -> Counter[str]:
    lines: Counter[str] = Counter()
    for name, times in counts.items():
        source = (ROOT / name).read_text().splitlines()
        lines.update(f"{name}: {source[line - 1].strip()}" for line, count in times.items() if count == 0)
    return lines


def check() -> int:
    """The committed corpora against the threshold and the list of explained lines."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    targets = listed(build(COVERED))
    profile = merged("committed", [replay(target, new_inputs=False) for target in targets])
    counts = counts_of(profile, [target.replay for target in targets])
    wire = {name: lines for name, lines in counts.items() if name.startswith(CHECKED)}
    lines, missed, known = lines_of(wire), uncovered(wire), explained()
    for name, times in sorted(wire.items()):
        of_file = lines_of({name: times})
        print(f"{name:<42}{of_file.covered:>5} of {of_file.all:>4} lines {of_file.percent:6.1f} %")
    percent = f"{lines.percent:6.1f} %, {THRESHOLD} needed"
    print(f"{CHECKED:<42}{lines.covered:>5} of {lines.all:>4} lines {percent}")
    for line in (missed - known).elements():
        print(f"not reached and not in {UNCOVERED.name}: {line}")
    for line in (known - missed).elements():
        print(f"{UNCOVERED.name} can do without: {line}")
    return 0 if lines.percent >= THRESHOLD and not missed - known else 1


if __name__ == "__main__":
    try:
        sys.exit(check())
    except Failure as failure:
        print(f"fuzz/coverage: {failure}", file=sys.stderr)
        sys.exit(2)
