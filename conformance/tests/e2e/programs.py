"""The builds that the end-to-end tests run, and lurkspec as its user runs it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lurkspec.embedded import EmbeddedKeyServer

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("LURKSPEC_BUILD", ROOT / "build"))
OPTIMISED, SANITIZED, FAULTS = BUILD / "bin", BUILD / "asan" / "bin", BUILD / "faults" / "bin"
Start = Callable[..., EmbeddedKeyServer]
# A leak, a bad access or undefined behaviour must end the program with an exit code that nobody overlooks.
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "exitcode=99:detect_leaks=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def lurkspec(
    *arguments: str, binaries: Path = OPTIMISED, timeout: float = 600
) -> subprocess.CompletedProcess[str]:
    """`build/bin/lurkspec …` with the programs of one build."""
    environment = os.environ | SANITIZER_OPTIONS | {"LURKSPEC_BIN": str(binaries)}
    return subprocess.run(
        [str(OPTIMISED / "lurkspec"), *arguments],
        text=True,
        env=environment,
        timeout=timeout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def report(file: Path) -> dict[str, Any]:
    value = json.loads(file.read_text("utf-8"))
    assert isinstance(value, dict)
    return value
