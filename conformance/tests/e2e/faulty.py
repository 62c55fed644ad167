"""The suite against programs with a named fault, within the process of the tests: what every run needs anew,
registers and private keys, is made once for all of them."""

from __future__ import annotations

import contextlib
import io
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from programs import FAULTS, report

from lurkspec import certificates, cli


class KeyPool:
    """In place of `certificates.new_key`: within a run every key is another one, but each run begins with
    the same."""

    def __init__(self, make: Callable[[str], certificates.PrivateKey]):
        self._make = make
        self._made: dict[str, list[certificates.PrivateKey]] = defaultdict(list)
        self._taken: Counter[str] = Counter()

    def begin(self) -> None:
        self._taken.clear()

    def __call__(self, type: str) -> certificates.PrivateKey:
        number = self._taken[type]
        self._taken[type] += 1
        while len(self._made[type]) <= number:
            self._made[type].append(self._make(type))
        return self._made[type][number]


_pool = KeyPool(certificates.new_key)


@dataclass(frozen=True)
class Outcome:
    """Of one run: exit code, verdict by case, everything it said."""

    code: int
    verdicts: dict[str, str]
    said: str


@contextlib.contextmanager
def _surroundings(said: io.StringIO) -> Iterator[None]:
    _pool.begin()
    with (
        mock.patch.dict("os.environ", LURKSPEC_BIN=str(FAULTS)),
        mock.patch.object(certificates, "new_key", _pool),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        yield


def judge(role: str, *options: str, only: tuple[str, ...], folder: Path) -> Outcome:
    """`lurkspec ROLE OPTIONS`, of the cases that match."""
    file, said, code = folder / "r.json", io.StringIO(), 0
    globs = [option for glob in only for option in ("--only", glob)]
    with _surroundings(said):
        try:
            cli.cli.main([role, *options, *globs, "--json", str(file)], "lurkspec", standalone_mode=False)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 3
    results = report(file)["results"]
    return Outcome(code, {case["id"]: case["verdict"] for case in results}, said.getvalue())


def offered(program: str, library: str) -> list[str]:
    """The names of the faults that a program has."""
    said = subprocess.check_output(
        [FAULTS / f"lurk-{program}-faulty-{library}", "--help"],
        text=True,
        timeout=60,
        stderr=subprocess.DEVNULL,
    )
    return [line.split()[0] for line in said.partition("\nFaults:\n")[2].splitlines()]
