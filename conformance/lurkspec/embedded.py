"""The reference key server as system under test: started on loopback with a throw-away PKI, with every hook
there is."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization

from . import process
from .hooks import HookFailed, Hooks
from .pki import EDGES, with_special, write_pki
from .process import StartError
from .reference import (
    KEYSERVER_CONFIG,
    LURK,
    TARGET_FILE,
    keyserver_config,
    served,
    target_text,
    write_json,
)
from .target import HOOKS, Target, load_target

LIBRARIES = ("openssl", "gnutls", "boringssl")
# Which the hook narrow_edge takes from edge b.
NARROWED_KEY = "lurk-other-rsa-kx"
# Of the events "reload" and "reload-refused".
_RELOADED = b'"event":"reload'

# How much longer a deadline is for a server under valgrind and the like.
_WRAPPED_SLOWNESS = 10


@dataclass(frozen=True)
class Reference:
    """Which reference key server: `fault` names a fault of the build with faults, `counts` a file in which
    that build counts what it is asked for (lurk/fault.h), `wrapper` a command to run it under, `lurk` whether
    it serves LURK too (with `lurk_options`), `dialects` which ones it speaks."""

    library: str = LIBRARIES[0]
    fault: str = ""
    wrapper: str = ""
    lurk: bool = False
    dialects: tuple[str, ...] = ()
    lurk_options: Mapping[str, Any] = field(default_factory=lambda: LURK)
    counts: str = ""

    @property
    def command(self) -> list[str]:
        faulty = "faulty-" if self.fault or self.counts else ""
        program = process.find(f"lurk-keyserver-{faulty}{self.library}")
        return shlex.split(self.wrapper) + [str(program)] + (["--fault", self.fault] if self.fault else [])


class EmbeddedKeyServer(Hooks):
    """Context manager; `target` and the hooks are good between enter and exit. With `pki` a PKI that is there
    is copied instead of making a new one."""

    target: Target

    def __init__(self, reference: Reference, pki: Path | None = None):
        command = reference.command
        self._reference, self._pki = reference, pki
        self._temporary = tempfile.TemporaryDirectory(prefix="lurkspec-")
        self.folder = Path(self._temporary.name)
        config = self.folder / KEYSERVER_CONFIG
        self._process = process.Process(
            [*command, "--config", str(config)],
            self.folder / "stderr.txt",
            process.counting_faults(reference.counts),
            listeners=1 + reference.lurk,
        )
        self._ports: tuple[int, int | None] = (0, 0 if reference.lurk else None)
        self._slowness = _WRAPPED_SLOWNESS if reference.wrapper else 1

    def __enter__(self) -> EmbeddedKeyServer:
        try:
            if self._pki is None:
                write_pki(self.folder, with_special(served(self._ports[1])))
            else:
                shutil.copytree(self._pki, self.folder, dirs_exist_ok=True)
            write_json(self.folder / KEYSERVER_CONFIG, self._config())
            self._process.start()
            # From here on with the ports that it got, so that it comes back there after a restart.
            self._ports = (
                self._process.port,
                self._process.ports[1] if len(self._process.ports) > 1 else None,
            )
            write_json(self.folder / KEYSERVER_CONFIG, self._config())
            text = target_text(*self._setup, special=True)
            (self.folder / TARGET_FILE).write_text(text, "utf-8")
            hooks = {name: "(embedded)" for name in HOOKS if name != "start"}
            self.target = replace(load_target(self.folder / TARGET_FILE), hooks=hooks)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def stop(self) -> str:
        """End the program; what is to be said about its end, "" when it was clean (sanitizers, leaks)."""
        self._process.stop()
        return self._process.exit_problem

    def restart(self) -> None:
        self._process.stop()
        try:
            self._process.start()
        except StartError as error:
            raise HookFailed(str(error)) from None

    def reload(self) -> None:
        """SIGHUP, and wait for the entry about it in the audit log."""
        if not self._process.running:
            raise HookFailed("the reference key server is not running")
        assert self.target.log is not None
        limit = time.monotonic() + process.WAIT
        with self.target.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            self._process.signal(signal.SIGHUP)
            said = b""
            while _RELOADED not in said:
                if time.monotonic() > limit or not self._process.running:
                    raise HookFailed("the reference key server does not log that it has reloaded")
                time.sleep(0.01)
                said += log.read()

    def diagnostics(self) -> str:
        return self._process.said

    def _config(self) -> dict[str, Any]:
        return keyserver_config(*self._setup, special=True)

    @property
    def _setup(self) -> tuple[int, int, int | None, Collection[str], Mapping[str, Any]]:
        reference = self._reference
        return self._ports[0], self._slowness, self._ports[1], reference.dialects, reference.lurk_options

    def break_config(self) -> None:
        config = self._config()
        config["keys"][0]["usage"] = "anything"
        self._change(config)

    def revoke_edge(self) -> None:
        config = self._config()
        config["edges"] = [e for e in config["edges"] if e["identity"] != EDGES["b"]]
        self._change(config)

    def expire_edge(self) -> None:
        config = self._config()
        config["channel"]["crl"] = "crl-with-edge-b.pem"
        self._change(config)

    def break_keys(self, form: str) -> None:
        """In place of the first key of all."""
        config, file = self._config(), self.folder / "broken.key"
        good = (self.folder / config["keys"][0]["file"]).read_bytes()
        file.unlink(missing_ok=True)
        if form != "missing":
            file.write_bytes(_broken(form, good, self.folder))
            file.chmod(0o600)
        config["keys"][0]["file"] = file.name
        self._change(config)

    def narrow_edge(self) -> None:
        config = self._config()
        edge = next(e for e in config["edges"] if e["identity"] == EDGES["b"])
        edge["grants"] = [g for g in edge["grants"] if g["key"] != NARROWED_KEY]
        self._change(config)

    def remove_ca(self) -> None:
        """Without CRLs, which the other CA has none of: it is the CA that keeps the edges out."""
        config = self._config()
        config["channel"]["client_ca"] = "other-ca.pem"
        del config["channel"]["crl"]
        self._change(config)

    def restore_config(self) -> None:
        self._change(self._config())

    def _change(self, config: dict[str, Any]) -> None:
        write_json(self.folder / KEYSERVER_CONFIG, config)
        self.reload()


def _broken(form: str, key: bytes, folder: Path) -> bytes:
    """The octets of a key file that cannot be used."""
    if form == "encrypted":
        private = serialization.load_pem_private_key(key, None)
        encrypted: bytes = private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
        return encrypted
    forms = {
        "empty": b"",
        "cut": key[: len(key) // 2],
        "garbage": b"-----BEGIN PRIVATE KEY-----\n" + b"AAAA" * 40 + b"\n-----END PRIVATE KEY-----\n",
        "certificate": (folder / "ca.pem").read_bytes(),
    }
    return forms[form]
