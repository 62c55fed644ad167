"""The register of requirements (clauses of the specifications) and of negative-test rows that cases cite."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

REGISTERS = ("ski", "lurk", "tls12", "req", "background")
LEVELS = ("MUST", "MUST NOT", "SHOULD", "MAY", "implied")
ROLES = ("keyserver", "edge", "both", "operator")
TESTABLE = ("black-box", "white-box", "ambiguous", "not-testable")


@dataclass(frozen=True)
class Clause:
    """`no_case` is the reason why no case of the suite shows it, where there is one."""

    id: str
    source: str
    level: str
    role: str
    testable: str
    statement: str
    observable: str = ""
    notes: str = ""
    no_case: str = ""


@dataclass(frozen=True)
class Row:
    """A row of the negative-test catalogue; `not_ski` and `not_lurk` are the reasons why it does not apply to
    SKI over HTTPS and to LURK with tls12, empty where it does."""

    id: str
    group: str
    sent: str
    expected: str
    not_ski: str = ""
    not_lurk: str = ""

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols that it applies to."""
        return ("ski",) * (not self.not_ski) + ("lurk",) * (not self.not_lurk)


class RegisterError(Exception):
    """A register that cannot be right."""


def _load(name: str) -> Any:
    file = Path(__file__).with_name(f"{name}.yaml")
    # libyaml is ten times as fast, where PyYAML was built with it.
    return yaml.load(file.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _unique(found: dict[str, Any], id: str) -> None:
    if id in found:
        raise RegisterError(f"{id} stands in the registers twice")


@functools.cache
def clauses() -> dict[str, Clause]:
    """All clauses by id."""
    found: dict[str, Clause] = {}
    for name in REGISTERS:
        for entry in _load(name):
            clause = Clause(**entry)
            _unique(found, clause.id)
            for member, allowed in (("level", LEVELS), ("role", ROLES), ("testable", TESTABLE)):
                if getattr(clause, member) not in allowed:
                    raise RegisterError(f"{clause.id}: {member} {getattr(clause, member)!r}")
            found[clause.id] = clause
    return found


@functools.cache
def rows() -> dict[str, Row]:
    """All rows of the negative-test catalogue by id."""
    found: dict[str, Row] = {}
    for group, content in _load("negative").items():
        common = {name: content[name] for name in ("not_ski", "not_lurk") if name in content}
        for id, entry in content["rows"].items():
            _unique(found, id)
            found[id] = Row(id, f"{group} - {content['title']}", **common | entry)
    return found
