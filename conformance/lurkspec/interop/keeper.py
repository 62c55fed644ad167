"""Ends what a run has started when the run itself is killed: python3 -m lurkspec.interop.keeper

It is told process groups on stdin, one a line: `+N` when one begins, `-N` when it has ended. The end of stdin
is the end of whoever told them, however that came, and whatever is left then is killed.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

_PACKAGES = Path(__file__).resolve().parents[2]
_telling = threading.Lock()


def began(group: int) -> None:
    _tell(f"+{group}")


def ended(group: int) -> None:
    """It, or its number, is nothing to be killed any more."""
    _tell(f"-{group}")


def _tell(line: str) -> None:
    with _telling, contextlib.suppress(BrokenPipeError):  # without it the run goes on
        pipe = _keeper().stdin
        assert pipe is not None
        pipe.write(f"{line}\n".encode())


@functools.cache
def _keeper() -> subprocess.Popen[bytes]:
    """One for this process. In a session of its own: what interrupts the run leaves it alone. Nobody else has
    the other end of its stdin, since descriptors are not passed on."""
    return subprocess.Popen(
        [sys.executable, "-m", "lurkspec.interop.keeper"],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd="/",
        env=os.environ | {"PYTHONPATH": str(_PACKAGES)},
        start_new_session=True,
    )


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
