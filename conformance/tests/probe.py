"""Programs that answer JSON lines, one for each TLS library: OpenSSL and BoringSSL cannot share a process."""

from __future__ import annotations

import json
import os
import select
import subprocess
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("LURKSPEC_TEST_BIN", REPOSITORY / "build" / "test"))
LIBRARIES = ("openssl", "gnutls", "boringssl")

Reply = dict[str, Any]


class Probe:
    """One library at work. Keeps the key that was loaded last, as the program does."""

    def __init__(self, name: str, library: str) -> None:
        program = BINARIES / name
        if not program.exists():
            pytest.fail(f"{program} is missing: build it, or set LURKSPEC_TEST_BIN to the folder that has it")
        self.library = library
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0

    def ask(self, operation: str, **members: object) -> Reply:
        request = {name: value.hex() if isinstance(value, bytes) else value
                   for name, value in members.items()}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"op": operation} | request).encode() + b"\n")
        self._process.stdin.flush()
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self._process.stdout], [], [], 60)
            assert ready, f"{self.library}: no answer to {operation}"
            chunk = os.read(self._process.stdout.fileno(), 65536)
            assert chunk, f"{self.library}: ended during {operation}"
            line += chunk
        reply: Reply = json.loads(line)
        return reply

    def octets(self, operation: str, member: str, **members: object) -> bytes:
        reply = self.ask(operation, **members)
        assert reply["status"] == "ok", (self.library, operation, reply)
        return bytes.fromhex(reply[member])


def agreed(probes: list[Probe], operation: str, **members: object) -> Reply:
    """The answer, which must be the same on all libraries."""
    replies = [probe.ask(operation, **members) for probe in probes]
    assert replies.count(replies[0]) == len(probes), list(zip(LIBRARIES, replies))
    return replies[0]
