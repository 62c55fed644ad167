"""Helpers of a laboratory that run as processes of their own and do what they are told on stdin."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from ..process import StartError

PACKAGE = Path(__file__).resolve().parents[2]
WAIT = 60.0


class Controlled:
    """`address` is that of its ready line. The command may run in a network namespace (`prefix`)."""

    def __init__(self, command: Sequence[str], prefix: Sequence[str] = (), stderr: Path | None = None):
        self.command = [*prefix, *command]
        self._buffer = b""
        environment = os.environ | {"PYTHONPATH": str(PACKAGE)}
        with open(stderr or os.devnull, "ab") as diagnostics:
            self._process = subprocess.Popen(
                self.command,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=diagnostics,
                env=environment,
            )
        line = self._line()
        if not line.startswith("ready "):
            self.close()
            raise StartError(f"does not say ready: {' '.join(self.command)}")
        self.address = line.split()[1]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def tell(self, command: str) -> dict[str, Any]:
        """Its answer; raises StartError when there is none."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{command}\n".encode())
        except BrokenPipeError:
            raise StartError(f"{self.command[-1]} has ended") from None
        answer: dict[str, Any] = json.loads(self._line() or "{}")
        if not answer:
            raise StartError(f"no answer to {command}")
        return answer

    def wait(self, holds: Callable[[dict[str, Any]], bool], seconds: float = WAIT) -> dict[str, Any]:
        """The counts once they are as they should be; raises TimeoutError."""
        limit = time.monotonic() + seconds
        while not holds(counted := self.tell("count")):
            if time.monotonic() > limit:
                raise TimeoutError(f"what is waited for does not come: {counted}")
            time.sleep(0.005)
        return counted

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        limit = time.monotonic() + WAIT
        while b"\n" not in self._buffer:
            if not select.select([self._process.stdout], [], [], max(0.0, limit - time.monotonic()))[0]:
                return ""
            octets = os.read(self._process.stdout.fileno(), 65536)
            if not octets:
                return ""
            self._buffer += octets
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("utf-8", "replace")


def forwarder(
    listen: str, to: str, delay_ms: float = 0.0, prefix: Sequence[str] = (), stderr: Path | None = None
) -> Controlled:
    """A forwarder (forwarder.py) under way."""
    options = ["--listen", listen, "--to", to, "--delay-ms", str(delay_ms)]
    return Controlled([sys.executable, "-m", "lurkspec.interop.forwarder", *options], prefix, stderr)
