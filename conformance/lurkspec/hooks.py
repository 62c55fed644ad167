"""Hooks: what only the operator of the system under test can do, as commands of the target file."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

_WAIT = 60.0
# How a key file can be broken (the hook break_keys).
BROKEN_KEYS = ("missing", "empty", "cut", "garbage", "certificate", "encrypted")


class Hooked(Protocol):
    """What a target file of either role gives for its hooks."""

    @property
    def url(self) -> str: ...

    @property
    def hooks(self) -> dict[str, str]: ...

    @property
    def wait(self) -> float: ...

    @property
    def log(self) -> Path | None: ...

    @property
    def source(self) -> Path | None: ...


class HookFailed(Exception):
    """A hook that does not work: our side's or the operator's fault, never that of the system under test."""


class Hooks:
    """Runs hooks by name; each returns when the change is in force."""

    def __init__(self, target: Hooked):
        self.target = target

    def has(self, name: str) -> bool:
        return name in self.target.hooks

    def run(self, name: str, **environment: str) -> None:
        """Run the command of a hook in the folder of the target file; its exit code must be 0."""
        folder = self.target.source.parent if self.target.source else None
        try:
            done = subprocess.run(
                self.target.hooks[name],
                shell=True,
                cwd=folder,
                timeout=_WAIT,
                capture_output=True,
                text=True,
                env=os.environ | {"LURKSPEC_URL": self.target.url} | environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise HookFailed(f"hook {name}: not done after {_WAIT:g} s") from None
        if done.returncode:
            raise HookFailed(f"hook {name}: exit code {done.returncode}: {done.stderr.strip()[-200:]}")

    def restart(self) -> None:
        self.run("restart")

    def reload(self) -> None:
        """Reload the configuration as it is."""
        self.run("reload")

    def break_config(self) -> None:
        """Install a configuration that cannot be used and reload; the old one must stay in force."""
        self.run("break_config")

    def revoke_edge(self) -> None:
        """Take edge b out of the configuration and reload."""
        self.run("revoke_edge")

    def expire_edge(self) -> None:
        """Revoke the certificate of edge b by CRL and reload."""
        self.run("expire_edge")

    def break_keys(self, form: str) -> None:
        """Install a configuration in which a key file is broken, in one of the ways of BROKEN_KEYS, and
        reload; the old keys must stay in force."""
        self.run("break_keys", LURKSPEC_FORM=form)

    def narrow_edge(self) -> None:
        """Take one of the keys that edge b has for LURK from it, and reload."""
        self.run("narrow_edge")

    def remove_ca(self) -> None:
        """Put another CA in the place of the one that the edges have their certificates from, and reload."""
        self.run("remove_ca")

    def restore_config(self) -> None:
        """Undo what the hooks above did, and reload."""
        self.run("restore_config")

    def diagnostics(self) -> str:
        """What the server's program says beside its log, "" where that is not known."""
        return ""

    def log_text(self) -> str:
        """The whole audit log, "" where there is none."""
        log = self.target.log
        return log.read_text("utf-8", "replace") if log and log.exists() else ""

    def wait_log(self, holds: Callable[[str], bool]) -> str:
        """The audit log once `holds` is true of it, or as it is when the target's wait is over."""
        limit = time.monotonic() + self.target.wait
        while not holds(text := self.log_text()) and time.monotonic() < limit:
            select.select([], [], [], 0.01)
        return text
