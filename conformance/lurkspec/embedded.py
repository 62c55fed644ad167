"""The reference key server as system under test: started on loopback with a throw-away PKI, with every hook there is."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .hooks import HookFailed, Hooks
from .reference import KEYSERVER_CONFIG, TARGET_FILE, keyserver_config, target_text, write_json
from .pki import EDGES, write_pki
from .target import HOOKS, Target, load_target

LIBRARIES = ("openssl", "gnutls", "boringssl")
_READY = re.compile(r"ready 127\.0\.0\.1:([0-9]+)")
_WAIT = 30.0


class StartError(Exception):
    """The reference key server cannot be started; the text is one line."""


@dataclass(frozen=True)
class Program:
    """Which reference key server: `fault` names a fault of the build with faults, `wrapper` a command to run it under."""

    library: str = "openssl"
    fault: str = ""
    wrapper: str = ""

    @property
    def command(self) -> list[str]:
        name = f"lurk-keyserver-{'faulty-' if self.fault else ''}{self.library}"
        binary = binaries() / name
        if not os.access(binary, os.X_OK):
            raise StartError(f"{binary} is not there: build it, or point LURKSPEC_BIN to the folder with {name}")
        return shlex.split(self.wrapper) + [str(binary)] + (["--fault", self.fault] if self.fault else [])


def binaries() -> Path:
    """The folder with the reference programs: LURKSPEC_BIN, else build/bin of the checkout."""
    named = os.environ.get("LURKSPEC_BIN")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "build" / "bin"


class EmbeddedKeyServer(Hooks):
    """Context manager; `target` and the hooks are good between enter and exit. `exit_problem` tells how it ended."""

    target: Target

    def __init__(self, program: Program):
        self.program = program
        self.exit_problem = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> EmbeddedKeyServer:
        command = self.program.command
        self._temporary = tempfile.TemporaryDirectory(prefix="lurkspec-")
        self.folder = Path(self._temporary.name)
        try:
            write_pki(self.folder)
            self._write(keyserver_config())
            port = self._launch(command)
            self._port = port
            self._write(keyserver_config(port))
            (self.folder / TARGET_FILE).write_text(target_text(port), "utf-8")
            self.target = replace(load_target(self.folder / TARGET_FILE), hooks={name: "(embedded)" for name in HOOKS if name != "start"})
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._temporary is not None:
            self._temporary.cleanup()

    def restart(self) -> None:
        self.stop()
        try:
            self._launch(self.program.command)
        except StartError as error:
            raise HookFailed(str(error)) from None

    def reload(self) -> None:
        self._signal_reload()

    def break_config(self) -> None:
        config = keyserver_config(self._port)
        config["keys"][0]["usage"] = "anything"
        self._change(config)

    def revoke_edge(self) -> None:
        config = keyserver_config(self._port)
        config["edges"] = [e for e in config["edges"] if e["identity"] != EDGES["b"]]
        self._change(config)

    def expire_edge(self) -> None:
        config = keyserver_config(self._port)
        config["channel"]["crl"] = "crl-with-edge-b.pem"
        self._change(config)

    def restore_config(self) -> None:
        self._change(keyserver_config(self._port))

    def diagnostics(self) -> str:
        """What the program wrote to stderr."""
        file = self.folder / "stderr.txt"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def _write(self, config: dict[str, Any]) -> None:
        write_json(self.folder / KEYSERVER_CONFIG, config)

    def _change(self, config: dict[str, Any]) -> None:
        self._write(config)
        self._signal_reload()

    def _launch(self, command: list[str]) -> int:
        """Start and wait for the ready line; the port that it names."""
        with open(self.folder / "stderr.txt", "ab") as diagnostics:
            self._process = subprocess.Popen([*command, "--config", str(self.folder / KEYSERVER_CONFIG)], bufsize=0,
                                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=diagnostics)
        line = self._ready_line(self._process)
        match = _READY.match(line)
        if match is None:
            why = self.diagnostics().strip().splitlines()[-1:] or [f"{line!r} instead of a ready line"]
            self.stop()
            raise StartError(f"the reference key server does not start: {why[0]}")
        return int(match[1])

    def _ready_line(self, process: subprocess.Popen[bytes]) -> str:
        assert process.stdout is not None
        limit, text = time.monotonic() + _WAIT, b""
        while b"\n" not in text and time.monotonic() < limit:
            if select.select([process.stdout], [], [], max(0.0, limit - time.monotonic()))[0]:
                octets = os.read(process.stdout.fileno(), 4096)
                if not octets:
                    break
                text += octets
        return next((line for line in text.decode("utf-8", "replace").splitlines() if line.startswith("ready")), "")

    def stop(self) -> None:
        """SIGTERM and the end of the process, within a time; notes in `exit_problem` an end that is not clean."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(_WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        assert process.stdout is not None
        process.stdout.close()
        if code != 0 and not self.exit_problem:
            self.exit_problem = f"the reference key server ended with {f'exit code {code}' if code > 0 else f'signal {-code}'}"

    def _signal_reload(self) -> None:
        """SIGHUP, and wait for the line about it on stderr."""
        if self._process is None or self._process.poll() is not None:
            raise HookFailed("the reference key server is not running")
        before = len(self.diagnostics())
        self._process.send_signal(signal.SIGHUP)
        limit = time.monotonic() + _WAIT
        while len(self.diagnostics()) == before:
            if time.monotonic() > limit or self._process.poll() is not None:
                raise HookFailed("the reference key server says nothing about the reload")
            select.select([], [], [], 0.01)
