"""Which candidates become seeds: those that reach a branch, or stand for a clause, that no other one does.

The answer depends on the compiler, so it is written down (chosen.txt) and the corpora are made from that.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from seeds.vectors import Seed

CHOSEN = Path(__file__).resolve().parent / "chosen.txt"

Candidates = dict[str, Seed]


def reaching(fuzzer: Path, candidates: Candidates) -> set[str]:
    """What libFuzzer keeps: the smallest inputs that together reach every branch that all of them reach."""
    with tempfile.TemporaryDirectory() as folder:
        given, kept = Path(folder, "given"), Path(folder, "kept")
        given.mkdir()
        kept.mkdir()
        for name, seed in candidates.items():
            (given / name).write_bytes(seed.content)
        subprocess.run([fuzzer, "-merge=1", kept, given], check=True, capture_output=True)
        contents = {path.read_bytes() for path in kept.iterdir()}
    names = set()
    for name, seed in candidates.items():
        if seed.content in contents:
            contents.remove(seed.content)
            names.add(name)
    return names


def choose(fuzzer: Path, candidates: Candidates) -> dict[str, str]:
    """Name and reason of each seed that is kept."""
    chosen = dict.fromkeys(sorted(reaching(fuzzer, candidates)), "branch")
    stood_for = {why for name in chosen for why in candidates[name].reasons}
    for name, seed in sorted(candidates.items()):
        new = seed.reasons - stood_for
        if name not in chosen and new:
            chosen[name] = min(new)
            stood_for |= new
    return chosen


def write(by_target: dict[str, dict[str, str]]) -> None:
    lines = ["# Target, seed, why it is one. Made by make_seeds.py --choose; targets not here have them all."]
    for target, chosen in sorted(by_target.items()):
        lines += [f"{target} {name} {why}" for name, why in sorted(chosen.items())]
    CHOSEN.write_text("\n".join(lines) + "\n")


def read() -> dict[str, set[str]]:
    chosen: dict[str, set[str]] = {}
    for line in CHOSEN.read_text().splitlines():
        if line and not line.startswith("#"):
            target, name, _ = line.split(maxsplit=2)
            chosen.setdefault(target, set()).add(name)
    return chosen
