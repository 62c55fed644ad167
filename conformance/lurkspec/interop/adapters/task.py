"""What the contract asks of an adapter: the environment read, and its three kinds of answers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ..contract import LURK, SEEN, UNSUPPORTED


@dataclass(frozen=True)
class Task:
    capabilities: frozenset[str]
    over: str
    certs: Path
    logs: Path

    @property
    def over_lurk(self) -> bool:
        return self.over == LURK

    def file(self, name: str) -> str:
        """One of the certificates and keys."""
        return str(self.certs / name)


def variable(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        fail(f"{name} is not set: this is started by lurkspec interop (docs/interop.md)")
    return value


def take(known: Collection[str]) -> Task:
    """The task, which is declined when it needs a capability that is not among the `known` ones."""
    capabilities = os.environ.get("LURKSPEC_CAPABILITIES", "").split()
    for name in capabilities:
        if name not in known:
            decline(name, "not known")
    return Task(
        frozenset(capabilities),
        variable("LURKSPEC_OVER"),
        Path(variable("LURKSPEC_CERTS")),
        Path(variable("LURKSPEC_LOGS")),
    )


def decline(capability: str, reason: str) -> NoReturn:
    print(f"{capability}: {reason}", file=sys.stderr)
    sys.exit(UNSUPPORTED)


def fail(reason: str) -> NoReturn:
    print(" ".join(reason.split()), file=sys.stderr)
    sys.exit(1)


def seen(**members: Any) -> None:
    """A connection of a client; what it cannot tell is None."""
    said = {name: value for name, value in members.items() if value is not None}
    print(SEEN + json.dumps(said), flush=True)


def become(program: Path, *options: str) -> NoReturn:
    """The program in place of this process, so that signals and exit code are its own."""
    sys.stdout.flush()
    os.execv(program, [str(program), *options])
