"""TLS clients that are a language's own, by a small program in each: conformance/interop/clients has them,
and in its README how they are told and tell. python3 -m lurkspec.interop.adapters.script LANGUAGE"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .. import data
from ..contract import PAGE, TOKEN
from .task import fail, seen
from .visit import RETRY_GROUPS, SUITES, Visit, exchange_of, run, wanted

SOURCES = "clients"


@dataclass(frozen=True)
class Language:
    """`declined`: what its library cannot be told, by capability. `build` makes the file that `command` runs
    in a folder; without it that is the source."""

    source: str
    command: Callable[[Path, Visit], list[str]]
    declined: Mapping[str, str] = field(default_factory=dict)
    build: Callable[[Path, Path], list[str]] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


def _schemes(reason: str) -> dict[str, str]:
    return {name: reason for name in ("sign-rsa-pss", "sign-ecdsa", "sign-ed25519")}


# Of the chain too, which is signed with ECDSA here.
_ALIKE = "Java wants the CA to sign with the schemes offered, too"
_SIGNED_ALIKE = {"sign-rsa-pss": _ALIKE, "sign-ed25519": _ALIKE}


def _java(folder: Path, visit: Visit) -> list[str]:
    """What the library takes from properties."""
    properties = {"jdk.tls.client.SignatureSchemes": visit.scheme} if visit.scheme else {}
    if visit.wants("hello-retry"):
        properties["jdk.tls.namedGroups"] = "secp256r1,secp384r1"
    if visit.wants("no-ems"):
        properties["jdk.tls.useExtendedMasterSecret"] = "false"
    options = [f"-D{name}={value}" for name, value in properties.items()]
    # Started often and for a moment: no second compiler, no second thread for memory.
    return ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *options, "-cp", str(folder), "Visit"]


LANGUAGES = {
    "python": Language(
        "visit.py",
        lambda folder, visit: [sys.executable, str(folder / "visit.py")],
        _schemes("the ssl module of Python 3.11 cannot choose signature schemes"),
    ),
    "nodejs": Language(
        "visit.js", lambda folder, visit: ["node", f"--tls-keylog={visit.key_log}", str(folder / "visit.js")]
    ),
    "perl": Language(
        "visit.pl",
        lambda folder, visit: ["perl", str(folder / "visit.pl")],
        _schemes("IO::Socket::SSL has no option for signature schemes"),
    ),
    "go": Language(
        "visit.go",
        lambda folder, visit: [str(folder / "visit")],
        _schemes("crypto/tls cannot choose signature schemes")
        | {"no-ems": "crypto/tls always offers the extended master secret"},
        lambda source, folder: ["go", "build", "-o", str(folder / "visit"), str(source)],
        {"GO111MODULE": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOPROXY": "off", "CGO_ENABLED": "0"},
    ),
    "java": Language(
        "Visit.java", _java, _SIGNED_ALIKE, lambda source, folder: ["javac", "-d", str(folder), str(source)]
    ),
}


def main(name: str) -> None:
    """What must be compiled is so before anything else, once: the canary waits for it, no visit does."""
    language = LANGUAGES[name]
    folder = prepared(name, language)
    visit = wanted(language.declined)
    output = run(*language.command(folder, visit), *arguments(visit), environment=language.environment)
    visits = [line.split()[1:] for line in output.splitlines() if line.startswith("visit ")]
    if len(visits) != visit.connections:
        fail(f"the program tells of {len(visits)} connections, not {visit.connections}")
    for words in visits:
        report(dict(word.partition("=")[::2] for word in words))


def arguments(visit: Visit) -> list[str]:
    """What the program is told."""
    certificate, key = visit.certificate
    told = {
        "host": visit.host,
        "port": visit.port,
        "name": visit.name,
        "ca": visit.ca,
        "path": PAGE,
        "version": "1.2" if visit.exchange else "1.3",
        "suite": visit.suite,
        "code": str(SUITES[visit.exchange][1]) if visit.exchange else "",
        "scheme": visit.scheme,
        "groups": ":".join(RETRY_GROUPS) if visit.wants("hello-retry") else "",
        "ems": "no" if visit.wants("no-ems") else "",
        "connections": str(visit.connections),
        "certificate": certificate,
        "key": key,
        "key_log": visit.key_log,
    }
    return [f"{name}={value}" for name, value in told.items() if value]


def report(told: Mapping[str, str]) -> None:
    page = base64.b64decode(told.get("page", "")).decode("utf-8", "replace")
    if TOKEN not in page:
        fail("no page with the token came")
    version, resumed = f"TLS {told['version']}", told["resumed"] == "1"
    seen(
        version=version,
        exchange=exchange_of(told["suite"], version, resumed),
        group=told.get("group"),
        resumed=resumed,
        page=page,
    )


def prepared(name: str, language: Language) -> Path:
    """The folder with what is run: compiled once per source, compiler and user."""
    source = data.folder() / SOURCES / language.source
    if language.build is None:
        return source.parent
    compiler = shutil.which(language.build(source, source.parent)[0])
    if compiler is None:
        fail(f"{language.build(source, source.parent)[0]} is not there")
    mark = hashlib.sha256(source.read_bytes() + os.path.realpath(compiler).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"lurkspec-{os.getuid()}-{name}-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        fail(f"{folder} belongs to somebody else")
    with open(folder / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            built = subprocess.run(
                language.build(source, folder),
                env=os.environ | dict(language.environment),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if built.returncode:
                print(built.stdout)
                fail(f"{language.source} does not compile: {(built.stdout.splitlines() or ['?'])[-1]}")
            (folder / "done").touch()
    return folder


if __name__ == "__main__":
    main(sys.argv[1])
