"""One party of a cell: a process in a session of its own, watched within a time, ended with all that it
started."""

from __future__ import annotations

import functools
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from . import keeper
from .contract import READY, UNSUPPORTED
from .results import Outcome

_LEFT_OUT = ("SSLKEYLOGFILE", "PYTHONDONTWRITEBYTECODE")
_PACKAGES = Path(__file__).resolve().parents[2]
_READY = re.compile(READY + r"(\S+:[0-9]+)\s*")
# Less than a handshake takes.
_PAUSE = 0.005
STDOUT, STDERR = "stdout.txt", "stderr.txt"


_once = threading.Lock()


class Verdict(Exception):
    """What ends a cell before its checks: the outcome, why, and by whom."""

    def __init__(self, outcome: Outcome, reason: str, by: str):
        super().__init__(reason)
        self.outcome, self.reason, self.by = outcome, reason, by


def base_environment() -> dict[str, str]:
    """That of this process without anything of the contract; adapters find this package."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _LEFT_OUT and (name == "LURKSPEC_BIN" or not name.startswith("LURKSPEC_"))
    }
    path = [str(_PACKAGES), *filter(None, [kept.get("PYTHONPATH")])]
    with _once:
        bytecode = _bytecode().name
    return kept | {"PYTHONPATH": os.pathsep.join(path), "PYTHONPYCACHEPREFIX": bytecode}


@functools.cache
def _bytecode() -> tempfile.TemporaryDirectory[str]:
    """Adapters start thousands of times; compiling them each time would be most of their work."""
    return tempfile.TemporaryDirectory(prefix="lurkspec-bytecode-")


class Party:
    """`label` names it in verdicts; stdout and stderr go to files in `logs`, which is its current folder."""

    def __init__(self, label: str, argv: list[str], environment: Mapping[str, str], logs: Path):
        self.label, self.argv, self.environment, self.logs = label, argv, dict(environment), logs
        self.address = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        with open(self.logs / STDOUT, "wb") as stdout, open(self.logs / STDERR, "wb") as stderr:
            try:
                self._process = subprocess.Popen(
                    self.argv,
                    stdin=subprocess.DEVNULL,
                    stdout=stdout,
                    stderr=stderr,
                    cwd=self.logs,
                    env=base_environment() | self.environment,
                    start_new_session=True,
                )
            except OSError as error:
                reason = f"cannot be started: {error.filename or self.argv[0]}: {error.strerror}"
                raise Verdict(Outcome.FAIL, reason, self.label) from None
        keeper.began(self._process.pid)

    @property
    def stdout(self) -> str:
        return (self.logs / STDOUT).read_text("utf-8", "replace")

    @property
    def last_word(self) -> str:
        """The last line on stderr, else on stdout."""
        for file in (STDERR, STDOUT):
            lines = (self.logs / file).read_text("utf-8", "replace").split("\n")
            for line in reversed(lines):
                if line.strip():
                    return " ".join(line.split())[:300]
        return "it says nothing"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ready(self, seconds: float) -> str:
        """The address that it says it is ready at, `seconds` from now at the latest."""
        assert self._process is not None
        limit = time.monotonic() + seconds
        while True:
            code = self._process.poll()
            if found := next(filter(None, map(_READY.fullmatch, self.stdout.split("\n")[:-1])), None):
                self.address = found[1]
                return self.address
            if code is not None:
                self.end()
                raise self._ended(code, "before it was ready")
            if time.monotonic() > limit:
                said = next((line for line in self.stdout.splitlines() if line.strip()), "")
                instead = f', but "{said[:80]}"' if said else ""
                self.end()
                reason = f'does not say "ready ADDRESS:PORT" within {seconds:g} s{instead}'
                raise Verdict(Outcome.FAIL, reason, self.label)
            time.sleep(_PAUSE)

    def finish(self, seconds: float) -> None:
        """It ends by itself with 0, `seconds` from now at the latest."""
        assert self._process is not None
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            raise Verdict(Outcome.FAIL, f"does not end within {seconds:g} s", self.label) from None
        self.end()
        if code:
            raise self._ended(code, "")

    def stop(self, seconds: float) -> str:
        """SIGTERM; what is wrong about its end, "" when it was clean."""
        process = self._process
        if process is None:
            return ""
        early = process.poll()
        if early is None:
            process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.end()
            return f"is still there {seconds:g} s after SIGTERM"
        self.end()
        how = " by itself" if early is not None else ""
        return "" if code == 0 and not how else f"ended{how} with {_code(code)}: {self.last_word}"

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self) -> None:
        """Nothing of it is left afterwards, whatever it started."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        keeper.ended(process.pid)

    def _ended(self, code: int, when: str) -> Verdict:
        if code == UNSUPPORTED:
            return Verdict(Outcome.UNSUPPORTED, self.last_word, self.label)
        if code == 1:
            return Verdict(Outcome.FAIL, self.last_word, self.label)
        reason = " ".join(filter(None, ["ended", when, f"with {_code(code)}:", self.last_word]))
        return Verdict(Outcome.FAIL, reason, self.label)


def _code(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
