"""What a reference edge says that it cannot do: its own word (`--abilities`), with its reason."""

from __future__ import annotations

import functools
import re
import subprocess

from ..process import find

# name, yes or no, reason
_LINE = re.compile(r"(\S.*?)\s{2,}(yes|no)\s+(.*)")


@functools.cache
def refusals(program: str) -> dict[str, str]:
    """By name of an ability the reason why this program lacks it."""
    said = subprocess.run(
        [str(find(program)), "--abilities"], capture_output=True, text=True, timeout=30, check=True
    )
    lines = (_LINE.fullmatch(line) for line in said.stdout.splitlines())
    return {m[1]: m[3] for m in lines if m and m[2] == "no"}
