"""fuzz/triage FILE: from what a campaign left to a numbered regression case."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from campaign import stack
from campaign.libfuzzer import SANITIZERS
from campaign.targets import FUZZ, SANITIZED, Failure, Target, build, chosen, listed, options

LIST = "list.txt"
HEAD = "# Case, what it showed (kind < stack), what it was: fuzz/triage adds a line, mend its last words."


def guessed(file: Path, targets: list[Target]) -> Target:
    """The target that one of the file's folders is named after."""
    known = {target.name: target for target in targets}
    for folder in file.resolve().parents:
        if folder.name in known:
            return known[folder.name]
    raise Failure(f"no folder of {file} is named after a target: say --target NAME")


def look(target: Target, file: Path) -> stack.Finding | None:
    run = subprocess.run(
        [target.fuzzer, *options(), file],
        env=os.environ | SANITIZERS,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if run.returncode == 0:
        return None
    return stack.read(run.stdout) or stack.Finding("died", ())


def minimised(target: Target, file: Path, finding: stack.Finding, folder: Path, seconds: int) -> bytes:
    """The smallest input with the same signature that was found in a while."""
    small = folder / "small"
    subprocess.run(
        [
            target.fuzzer,
            *options(),
            "-minimize_crash=1",
            f"-max_total_time={seconds}",
            f"-exact_artifact_path={small}",
            f"-artifact_prefix={folder}/",
            file,
        ],
        env=os.environ | SANITIZERS,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    same = small.exists() and look(target, small)
    return (small if same and same.signature == finding.signature else file).read_bytes()


def cases(regressions: Path) -> list[list[str]]:
    """Case, signature and words of each line of the list."""
    path = regressions / LIST
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split(" | ") for line in lines if line and not line.startswith("#")]


def add(regressions: Path, target: Target, finding: stack.Finding, content: bytes, what: str) -> Path:
    folder = regressions / target.name
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [int(path.name[:4]) for path in folder.iterdir() if re.match(r"\d{4}-", path.name)]
    case = folder / f"{max(numbers, default=0) + 1:04}-{finding.slug}"
    case.write_bytes(content)
    lines = cases(regressions) + [[f"{target.name}/{case.name}", finding.signature.replace("|", "/"), what]]
    (regressions / LIST).write_text("\n".join([HEAD, *(" | ".join(line) for line in sorted(lines))]) + "\n")
    return case


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="fuzz/triage", description="Reproduces, minimises and keeps a finding as a numbered case."
    )
    parser.add_argument("file", type=Path, help="what a campaign left: crash-..., leak-..., oom-...")
    parser.add_argument("--target", metavar="NAME", help="when no folder of the file is named after it")
    parser.add_argument("--what", default="not mended yet", help="words for the list: what was wrong")
    parser.add_argument("--seconds", type=int, default=30, help="how long to minimise (default: 30)")
    parser.add_argument("--build", type=Path, help="a build folder to use instead of building build/asan")
    parser.add_argument("--regressions", type=Path, default=FUZZ / "regressions", help="where cases go")
    given = parser.parse_args(arguments)
    if not given.file.is_file():
        raise Failure(f"{given.file} is no file")
    targets = listed(given.build.resolve() if given.build else build(SANITIZED))
    target = chosen(targets, (given.target,))[0] if given.target else guessed(given.file, targets)
    finding = look(target, given.file)
    if finding is None:
        print(f"{target.name}: nothing is wrong with {given.file}")
        return 1
    print(f"{target.name}: {finding.signature}")
    for name, signature, *_ in cases(given.regressions):
        if name.startswith(f"{target.name}/") and signature == finding.signature.replace("|", "/"):
            print(f"known already: {name}")
            return 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "input")
        shutil.copy(given.file, copy)
        content = minimised(target, copy, finding, Path(folder), given.seconds)
    case = add(given.regressions, target, finding, content, given.what)
    print(f"new case: {case} ({len(content)} octets, from {given.file.stat().st_size})")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"fuzz/triage: {failure}", file=sys.stderr)
        sys.exit(2)
