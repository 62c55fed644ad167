"""The cases, one module per section of the specification. Ids are permanent: `permanent.txt` lists all that
there ever were, RETIRED those that went, each with its reason; none is ever used again."""

from __future__ import annotations

from importlib.resources import files

RETIRED: dict[str, str] = {}


def permanent() -> frozenset[str]:
    """Every id that the suite has or had."""
    lines = (files(__name__) / "permanent.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
