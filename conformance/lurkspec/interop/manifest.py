"""Who can take part: implementations.toml and files like it, read strictly (docs/interop.md)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..process import binaries
from ..target import Table, TargetError
from .contract import CAPABILITIES, OVER
from .results import ImplementationInfo, Role

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_ADDRESS = re.compile(r"[^\s:/]+:[0-9]{1,5}")
_PYTHON = "{python}"
_WAIT = 20.0


class DataError(Exception):
    """A data file cannot be used; the text is one line that names file and member."""


@dataclass(frozen=True)
class Implementation:
    """Either `command` or `address`; the `capabilities` of an address are its operator's word. `says`: what
    its page must say besides the scenario's. `program`: what must be there, from the Debian `package`."""

    name: str
    role: Role
    title: str
    over: tuple[str, ...]
    command: tuple[str, ...] = ()
    address: str = ""
    capabilities: tuple[str, ...] = ()
    program: str = ""
    package: str = ""
    version_command: tuple[str, ...] = ()
    licence: str = ""
    home: str = ""
    says: tuple[tuple[str, str], ...] = ()
    folder: Path = Path()

    @property
    def label(self) -> str:
        return f"{self.role.words} {self.name}"

    @property
    def absent(self) -> str:
        """Why it cannot be started here, "" when it can."""
        if not self.program or _located(self.program, self.folder):
            return ""
        remedy = f"it comes with the package {self.package}" if self.package else "build or install it"
        return f"{self.program} is not there: {remedy}"

    def argv(self) -> list[str]:
        """The command with programs at the places where they are."""
        return [_word(word, self.folder) for word in self.command]

    @property
    def info(self) -> ImplementationInfo:
        absent = self.absent
        version = "" if absent else self._version()
        return ImplementationInfo(self.name, self.role, self.title, self.home, self.licence, version, absent)

    def _version(self) -> str:
        """The first line that the version command says."""
        if not self.version_command:
            return ""
        command = [_word(word, self.folder) for word in self.version_command]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_WAIT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        lines = [line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines()]
        return next((line[:200] for line in lines if line), "")


def _located(program: str, folder: Path) -> str | None:
    if "/" in program:
        return program if os.access(folder / program, os.X_OK) else None
    ours = binaries() / program
    return str(ours) if os.access(ours, os.X_OK) else shutil.which(program)


def _word(word: str, folder: Path) -> str:
    """The interpreter of this process, a program of ours, or a file beside the manifest; else as it is."""
    if word == _PYTHON:
        return sys.executable
    ours = binaries() / word
    if "/" not in word:
        return str(ours) if os.access(ours, os.X_OK) and ours.is_file() else word
    beside = folder / word
    return str(beside.resolve()) if beside.exists() else word


def load(file: Path) -> list[Implementation]:
    """All implementations of a file; DataError when it is not as docs/interop.md says."""
    try:
        top = read_table(file)
        found = [
            _implementation(Table(file, f"implementation {number}", value))
            for number, value in enumerate(top.take("implementation", list, required=True), 1)
        ]
        top.end()
    except TargetError as error:
        raise DataError(str(error)) from None
    seen = set()
    for one in found:
        if (one.role, one.name) in seen:
            raise DataError(f"{file}: {one.label} stands in it twice")
        seen.add((one.role, one.name))
    return found


def merge(first: list[Implementation], more: list[Implementation]) -> list[Implementation]:
    """Both; one of `more` goes before one of the same role and name."""
    table = {(one.role, one.name): one for one in (*first, *more)}
    return list(table.values())


def read_table(file: Path) -> Table:
    try:
        return Table(file, "", tomllib.loads(file.read_text("utf-8")))
    except OSError as error:
        raise TargetError(f"{file}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TargetError(f"{file}: not TOML: {error}") from None


def texts(table: Table, member: str, required: bool = False) -> tuple[str, ...]:
    values = table.take(member, list, [], required)
    if not all(isinstance(value, str) and value for value in values) or (required and not values):
        raise table.fail(member, "must be a list of strings")
    return tuple(values)


def _implementation(table: Table) -> Implementation:
    name = table.take("name", str, required=True)
    if not _NAME.fullmatch(name):
        raise table.fail("name", f"{name!r} must be small letters, digits, '.', '_', '-'")
    role = table.take("role", str, required=True)
    if role not in [r.value for r in Role]:
        raise table.fail("role", f"must be one of {', '.join(r.value for r in Role)}")
    command, address = texts(table, "command"), table.take("address", str, "")
    if bool(command) == bool(address):
        raise table.fail("command", "or address must be given, and not both")
    if address and (role == Role.CLIENT.value or not _ADDRESS.fullmatch(address)):
        raise table.fail("address", "must be HOST:PORT, of a key server or an edge")
    if command and "capabilities" in table.rest:
        raise table.fail("capabilities", "is for an address; a command answers for itself, with 127")
    made = Implementation(
        name,
        Role(role),
        table.take("title", str, required=True),
        table.choices("protocols", OVER),
        command,
        address,
        table.choices("capabilities", CAPABILITIES, ()),
        table.take("program", str, ""),
        table.take("package", str, ""),
        texts(table, "version"),
        table.take("licence", str, required=True),
        table.take("home", str, required=True),
        _says(table, table.take("says", dict, {})),
        table.file.parent,
    )
    table.end()
    return made


def _says(table: Table, said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if not all(isinstance(value, str) for value in said.values()):
        raise table.fail("says", "must be a table of strings")
    return tuple(said.items())
