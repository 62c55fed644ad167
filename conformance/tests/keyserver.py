"""The reference key server as a program under test: its configuration changed at will, started, spoken to,
read by its audit log."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

from lurkspec import process
from lurkspec.context import Context
from lurkspec.reference import (
    AUDIT_LOG,
    KEYSERVER_CONFIG,
    TARGET_FILE,
    keyserver_config,
    target_text,
    write_json,
)
from lurkspec.target import load_target

LIBRARIES = ("openssl", "gnutls", "boringssl")


class KeyServer:
    """`config` is written at `start` and `reload`; the folder holds a PKI, the configuration and the log."""

    def __init__(self, pki: Path, folder: Path, library: str):
        self.folder = folder / "keyserver"
        shutil.copytree(pki, self.folder)
        self.config: dict[str, Any] = keyserver_config()
        self.file = self.folder / KEYSERVER_CONFIG
        self.program = str(process.find(f"lurk-keyserver-{library}"))
        self.process = process.Process([self.program, "--config", str(self.file)], self.folder / "stderr.txt")
        self._contexts: list[Context] = []

    def __enter__(self) -> KeyServer:
        return self

    def __exit__(self, *_: object) -> None:
        for context in self._contexts:
            context.__exit__()
        self.process.stop()
        assert not self.process.exit_problem, self.process.said

    def write(self) -> None:
        write_json(self.file, self.config)

    def start(self) -> Context:
        self.write()
        self.process.start()
        return self.context()

    def context(self) -> Context:
        """A client with connections of its own; it ends with the server."""
        target = self.folder / TARGET_FILE
        target.write_text(target_text(self.process.port), "utf-8")
        self._contexts.append(Context(load_target(target), f"client {len(self._contexts)}"))
        return self._contexts[-1]

    def reload(self) -> str:
        """SIGHUP; what the program says once it is done."""
        self.write()
        before = len(self.process.said)
        self.process.signal(signal.SIGHUP)
        self.process.wait_said("reload", before)
        return self.process.wait_said("\n", self.process.said.index("reload", before))

    def check(self, *options: str) -> subprocess.CompletedProcess[str]:
        """The end of a run that must end by itself."""
        self.write()
        return run(self.program, "--config", str(self.file), *options)

    def edge(self, name: str) -> dict[str, Any]:
        """The configuration of an edge."""
        return next(e for e in self.config["edges"] if e["identity"].endswith(f"edge-{name}"))

    @property
    def log(self) -> str:
        return (self.folder / AUDIT_LOG).read_text("ascii")

    def events(self, kind: str | None = None, **members: Any) -> list[dict[str, Any]]:
        """The events in the log, of a kind, with these members. Each line must be an event of its own."""
        found = [json.loads(line) for line in self.log.splitlines()]
        assert all(isinstance(e, dict) and {"time", "event"} <= set(e) for e in found)
        return [
            e
            for e in found
            if kind in (None, e["event"]) and all(e.get(name) == value for name, value in members.items())
        ]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a run that was refused says: one line, exit status 2."""
    assert done.returncode == 2, done
    assert done.stdout == "" and done.stderr.count("\n") == 1, done
    return done.stderr.rstrip("\n").partition(": ")[2]
