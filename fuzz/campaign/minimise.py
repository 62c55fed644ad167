"""fuzz/minimise: inputs of campaigns that reach what no committed one does go to fuzz/found."""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from campaign.targets import FUZZ, SANITIZED, Failure, Target, build, chosen, listed, options


def merge(target: Target, new: list[Path]) -> list[bytes]:
    """What is worth keeping of the new inputs: the smallest ones, beside those that are committed."""
    with tempfile.TemporaryDirectory() as folder:
        together = Path(folder, "together")
        together.mkdir()
        for path in target.inputs():
            (together / hashlib.sha256(path.read_bytes()).hexdigest()[:16]).write_bytes(path.read_bytes())
        before = {path.name for path in together.iterdir()}
        run = subprocess.run(
            [target.fuzzer, *options(), "-use_value_profile=0", "-merge=1", together, *new],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        if run.returncode != 0:
            raise Failure(f"{target.name}: the merge fails")
        return [path.read_bytes() for path in together.iterdir() if path.name not in before]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="fuzz/minimise", description="Takes from build/fuzz-corpus what reaches something new."
    )
    parser.add_argument("target", nargs="*", metavar="TARGET", help="only these")
    parser.add_argument("--limit", type=int, default=4096, metavar="OCTETS", help="none larger (4096)")
    given = parser.parse_args(arguments)
    for target in chosen(listed(build(SANITIZED)), tuple(given.target)):
        if not target.new_inputs.is_dir() or not any(target.new_inputs.iterdir()):
            continue
        kept = [content for content in merge(target, [target.new_inputs]) if len(content) <= given.limit]
        for content in kept:
            folder = FUZZ / "found" / target.name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
        print(f"{target.name:<26}{len(list(target.new_inputs.iterdir())):>7} new inputs, {len(kept):>4} kept")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failure as failure:
        print(f"fuzz/minimise: {failure}", file=sys.stderr)
        sys.exit(2)
