"""The targets that CMake lists, and what belongs to each."""

from __future__ import annotations

import configparser
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FUZZ = ROOT / "fuzz"
BUILD = ROOT / "build"
NEW_INPUTS = BUILD / "fuzz-corpus"  # what campaigns find interesting; fuzz/minimise takes from it
WORK = BUILD / "fuzz"

# Configure preset and build preset of CMakePresets.json.
SANITIZED = ("asan", "fuzzers")
PLANTED = ("planted", "planted")
COVERED = ("coverage", "coverage")
FAST = ("release", "speed")


class Failure(Exception):
    """One line for the user."""


@dataclass(frozen=True)
class Target:
    name: str
    source: str
    build: Path

    @property
    def fuzzer(self) -> Path:
        return self.build / "fuzz" / f"fuzz_{self.name}"

    @property
    def replay(self) -> Path:
        return self.build / "test" / f"fuzz_replay_{self.name}"

    @property
    def dictionary(self) -> Path:
        return FUZZ / f"{self.name}.dict"

    @property
    def new_inputs(self) -> Path:
        return NEW_INPUTS / self.name

    def committed(self) -> list[Path]:
        """Folders of inputs in the repository: seeds, what campaigns added, what once went wrong."""
        folders = [FUZZ / kind / self.name for kind in ("corpus", "found", "regressions")]
        return [folder for folder in folders if folder.is_dir()]

    def inputs(self) -> list[Path]:
        return sorted(path for folder in self.committed() for path in folder.iterdir())


def options() -> list[str]:
    read = configparser.ConfigParser()
    read.read(FUZZ / "libfuzzer.options")
    return [f"-{name}={value}" for name, value in read["libfuzzer"].items()]


def build(presets: tuple[str, str]) -> Path:
    """Configures and builds; the folder that it is in."""
    configure, made = presets
    for command in (
        ["cmake", "--preset", configure, "-Wno-dev"],
        ["cmake", "--build", "--preset", made, "--", "--quiet"],
    ):
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if run.returncode != 0:
            print(run.stdout, file=sys.stderr)
            raise Failure(f"{' '.join(command)} fails")
    return BUILD / configure


def listed(folder: Path) -> list[Target]:
    """The targets of a build."""
    lines = (folder / "fuzz" / "targets.txt").read_text().splitlines()
    return [Target(name, source, folder) for name, source, _ in (line.split() for line in lines)]


def chosen(targets: list[Target], names: tuple[str, ...]) -> list[Target]:
    known = {target.name: target for target in targets}
    for name in names:
        if name not in known:
            raise Failure(f'there is no target "{name}"; these are: {" ".join(known)}')
    return [known[name] for name in names] if names else targets
