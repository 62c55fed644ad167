"""A reference program as a child process: started, heard saying `ready`, stopped, each within a time."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

WAIT = 180.0  # a key server checks its RSA keys at start, which takes a while under valgrind


class StartError(Exception):
    """The program cannot be started; the text is one line."""


def binaries() -> Path:
    """The folder with the reference programs: LURKSPEC_BIN, else build/bin of the checkout."""
    named = os.environ.get("LURKSPEC_BIN")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "build" / "bin"


def own_command() -> str:
    """How this program is called: by name where it is installed, else by the path of its launcher."""
    launcher = binaries() / "lurkspec"
    if shutil.which("lurkspec") or not launcher.exists():
        return "lurkspec"
    return str(launcher.relative_to(Path.cwd()) if launcher.is_relative_to(Path.cwd()) else launcher)


def find(name: str) -> Path:
    """The program of that name, which must be there; those with faults may stand in their own build beside
    it."""
    program = binaries() / name
    if "-faulty-" in name and not program.exists():
        program = binaries().parent / "faults" / "bin" / name
    if not os.access(program, os.X_OK):
        raise StartError(f"{program} is not there: build it, or point LURKSPEC_BIN to the folder with {name}")
    return program


def counting_faults(file: str) -> Mapping[str, str] | None:
    """The environment of a program of the build with faults that counts in this file (lurk/fault.h)."""
    return os.environ | {"LURK_FAULT_COUNTS": file} if file else None


class Process:
    """`ports` are those of the ready lines, one per listener. stderr goes to the file `diagnostics`, across
    restarts."""

    def __init__(
        self,
        command: list[str],
        diagnostics: Path,
        environment: Mapping[str, str] | None = None,
        listeners: int = 1,
    ):
        self.command = command
        self.diagnostics = diagnostics
        self.listeners = listeners
        self.ports: tuple[int, ...] = ()
        self.exit_problem = ""
        self._environment = dict(environment) if environment is not None else None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Process:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """That of the first listener."""
        return self.ports[0]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def said(self) -> str:
        """What it wrote to stderr so far."""
        return self.diagnostics.read_text("utf-8", "replace") if self.diagnostics.exists() else ""

    def start(self) -> int:
        """Start and wait for the ready lines; the port that the first one names."""
        with open(self.diagnostics, "ab") as stderr:
            self._process = subprocess.Popen(
                self.command,
                bufsize=0,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=self._environment,
            )
        lines = self._ready_lines(self._process)
        if len(lines) < self.listeners:
            self.stop()
            said = self.said.strip().splitlines()[-1:] or ["it does not say ready"]
            raise StartError(f"{Path(self.command[0]).name} does not start: {said[0]}")
        self.ports = tuple(int(line.rpartition(":")[2]) for line in lines)
        return self.port

    def stop(self) -> None:
        """SIGTERM and the end of the process; notes in `exit_problem` an end that is not clean."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a crash would be."""
        self._end(signal.SIGKILL)

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait_said(self, text: str, after: int = 0) -> str:
        """What stands on stderr from octet `after` on, once `text` is in it; raises TimeoutError."""
        limit = time.monotonic() + WAIT
        while text not in self.said[after:]:
            if time.monotonic() > limit or not self.running:
                raise TimeoutError(f"{Path(self.command[0]).name} does not say {text!r}")
            select.select([], [], [], 0.01)
        return self.said[after:]

    def _end(self, number: int) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(number)
        try:
            code = process.wait(WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        assert process.stdout is not None
        process.stdout.close()
        if code not in (0, -number if number == signal.SIGKILL else 0) and not self.exit_problem:
            how = f"exit code {code}" if code > 0 else f"signal {-code}"
            self.exit_problem = f"{Path(self.command[0]).name} ended with {how}"

    def _ready_lines(self, process: subprocess.Popen[bytes]) -> list[str]:
        assert process.stdout is not None
        limit, text = time.monotonic() + WAIT, b""
        while text.count(b"\n") < self.listeners and (left := limit - time.monotonic()) > 0:
            if select.select([process.stdout], [], [], left)[0]:
                octets = os.read(process.stdout.fileno(), 4096)
                if not octets:
                    break
                text += octets
        return [line for line in text.decode("utf-8", "replace").splitlines() if line.startswith("ready ")]
