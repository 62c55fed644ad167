"""What an edge says that it cannot do: its own word (`--abilities`), with its reason."""

from __future__ import annotations

import functools
import re
import subprocess

from ..process import find
from .scenarios import Scenario

# name, yes or no, reason
_LINE = re.compile(r"(\S.*?)\s{2,}(yes|no)\s+(.*)")
_MASTER = "LURK master secret"


@functools.cache
def refusals(program: str) -> dict[str, str]:
    """By name of an ability the reason why this program lacks it."""
    said = subprocess.run(
        [str(find(program)), "--abilities"],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    lines = (_LINE.fullmatch(line) for line in said.stdout.splitlines())
    return {m[1]: m[3] for m in lines if m and m[2] == "no"}


def lacking(edge: str, scenario: Scenario) -> str:
    """Why this edge does not offer the scenario over LURK, "" when it does."""
    if not scenario.type:
        return "LURK tls12 is for TLS 1.2"
    return refusals(f"lurk-edge-{edge}").get(_MASTER, "") if scenario.static_rsa else ""
