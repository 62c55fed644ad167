"""A shell script that makes one cell again: by hand, every party with its environment, in order; with steps,
by lurkspec."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from .party import Party, base_environment

FILE = "replay.sh"
# Of this process: what adapters need to be found.
_INHERITED = ("PYTHONPATH", "LURKSPEC_BIN")
_HEAD = """#!/usr/bin/env bash
# Makes the cell {cell} again, without judging it. Logs of servers go to a folder of their own.
set -euo pipefail
here=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait; echo "logs of servers: $here"' EXIT

# ready NAME: waits for the address that a server says it is ready at.
ready() {{
  until grep -qs '^ready ' "$here/$1/stdout.txt"; do
    jobs -r | grep -q . || {{ cat "$here/$1/stderr.txt" >&2; exit 1; }}
    sleep 0.05
  done
  sed -n 's/^ready //p' "$here/$1/stdout.txt" | head -n 1
}}
"""


_STEPS = """#!/usr/bin/env bash
# Makes the cell {cell} again, and judges it. lurkspec does, for somebody has to lead through its steps.
set -euo pipefail
{exports}
here=$(mktemp -d)
trap 'echo "results and logs: $here"' EXIT
{command} --out "$here"
"""


def write_steps(file: Path, cell: str, options: Sequence[str]) -> None:
    """`options`: those of `lurkspec interop` that select the cell."""
    command = shlex.join([sys.executable, "-m", "lurkspec", "interop", *options])
    _write(file, _STEPS.format(cell=cell, exports="\n".join(_exports()), command=command))


def write(file: Path, cell: str, parties: Sequence[Party]) -> None:
    """`parties`: servers in the order of their start, the client last; a script without parties is none."""
    if not parties:
        return
    lines = [_HEAD.format(cell=cell), *_exports()]
    known: dict[str, str] = {}
    for party in parties:
        name = party.logs.name
        known[str(party.logs)] = f"$here/{name}"
        lines += ["", f'mkdir "$here/{name}"']
        words = [f"{variable}={_quoted(value, known)}" for variable, value in party.environment.items()]
        command = f'env -C "$here/{name}" {" ".join(words)} {shlex.join(party.argv)}'
        if party is parties[-1]:
            lines.append(command)
        else:
            variable = name.replace("-", "_")
            lines.append(f'{command} >"$here/{name}/stdout.txt" 2>"$here/{name}/stderr.txt" &')
            lines.append(f"{variable}=$(ready {name})")
            known[party.address] = f"${variable}"
    _write(file, "\n".join(lines) + "\n")


def _exports() -> list[str]:
    shared = {name: value for name, value in base_environment().items() if name in _INHERITED}
    return [f"export {name}={shlex.quote(value)}" for name, value in shared.items()]


def _write(file: Path, script: str) -> None:
    file.write_text(script, "utf-8")
    os.chmod(file, 0o755)


def _quoted(value: str, known: dict[str, str]) -> str:
    """In double quotes, what is `known` (folders and addresses of this time) as variables of the script."""
    quoted = re.sub(r'([\\"$`])', r"\\\1", value)
    for old, new in known.items():
        quoted = quoted.replace(old, new)
    return f'"{quoted}"'
