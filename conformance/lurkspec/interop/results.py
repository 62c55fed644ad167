"""The result model of `lurkspec interop`: results.json, and what every rendering is made from.

What peers said (reasons, titles, names of files) stands here as it came; a rendering makes it harmless.
"""

from __future__ import annotations

import enum
import json
import os
from collections import Counter
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

FORMAT = 1
FILE = "results.json"


class Outcome(str, enum.Enum):
    """Closed set. `unsupported` is an implementation's own word, `error` the fault of suite or laboratory."""

    PASS = "pass"
    FAIL = "fail"
    UNSUPPORTED = "unsupported"
    ERROR = "error"


class Role(str, enum.Enum):
    KEYSERVER = "keyserver"
    EDGE = "edge"
    CLIENT = "client"

    @property
    def words(self) -> str:
        return "key server" if self is Role.KEYSERVER else str(self.value)


class ResultsError(Exception):
    """A file that is not a result; the text is one line."""


@dataclass(frozen=True)
class LogFile:
    """A log of one party; `path` is relative to the folder of results.json."""

    title: str
    path: str


@dataclass(frozen=True)
class Cell:
    """One scenario with one key server, edge and client. `by`: who decided, a party or "lurkspec".
    `measures`: figures by name, among them round_trips. `remarks`: what is particular, for people."""

    id: str
    scenario: str
    keyserver: str
    edge: str
    client: str
    over: str
    outcome: Outcome
    reason: str = ""
    by: str = ""
    seconds: float = 0.0
    measures: dict[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    files: tuple[LogFile, ...] = ()
    replay: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canary:
    """Whether an implementation declined a random capability; without that it is not judged."""

    implementation: str
    role: Role
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class ImplementationInfo:
    """`absent`: why it is not present, "" when it takes part."""

    name: str
    role: Role
    title: str
    home: str = ""
    licence: str = ""
    version: str = ""
    absent: str = ""


@dataclass(frozen=True)
class ScenarioInfo:
    """`not_over`: by protocol the reason why the scenario does not exist there."""

    id: str
    title: str
    about: str = ""
    not_over: dict[str, str] = field(default_factory=dict)


@dataclass
class Results:
    """One run, whole (`finished`) or under way. `notes`: what is to be said about the run as a whole."""

    started: str
    command: list[str]
    seconds: float = 0.0
    implementations: list[ImplementationInfo] = field(default_factory=list)
    scenarios: list[ScenarioInfo] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    canaries: list[Canary] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    finished: bool = False

    def count(self, outcome: Outcome) -> int:
        return self.counts[outcome]

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(cell.outcome for cell in self.cells)

    def as_dict(self) -> dict[str, Any]:
        return {"format": FORMAT, **asdict(self)}

    def write(self, folder: Path) -> None:
        """Whole or not at all: a reader never sees half a file."""
        file = folder / FILE
        part = file.with_suffix(".part")
        part.write_text(json.dumps(self.as_dict(), indent=1) + "\n", "utf-8")
        os.replace(part, file)

    @classmethod
    def load(cls, folder: Path) -> Results:
        file = folder / FILE
        try:
            document = json.loads(file.read_text("utf-8"))
        except OSError as error:
            raise ResultsError(f"{file}: {error.strerror or error}") from None
        except ValueError as error:
            raise ResultsError(f"{file}: not JSON: {error}") from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ResultsError(f"{file}: not a result of format {FORMAT}")
        try:
            return cls.from_dict(document)
        except (KeyError, TypeError, ValueError) as error:
            raise ResultsError(f"{file}: not a result: {' '.join(str(error).split())}") from None

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Results:
        return cls(
            str(document["started"]),
            [str(word) for word in document["command"]],
            float(document["seconds"]),
            [
                _made(ImplementationInfo, entry | {"role": Role(entry["role"])})
                for entry in document["implementations"]
            ],
            [_made(ScenarioInfo, entry) for entry in document["scenarios"]],
            [_cell(entry) for entry in document["cells"]],
            [_canary(entry) for entry in document["canaries"]],
            [str(note) for note in document.get("notes", ())],
            bool(document.get("finished")),
        )


_T = TypeVar("_T")


def _made(kind: type[_T], entry: dict[str, Any]) -> _T:
    """A record from its members; what a later version added is let be."""
    known = {f.name: f for f in fields(kind)}
    absent = [
        name
        for name, f in known.items()
        if name not in entry and f.default is MISSING and f.default_factory is MISSING
    ]
    if absent:
        raise KeyError(f"{kind.__name__} without {', '.join(absent)}")
    for name, f in known.items():
        if str(f.type) == "str" and not isinstance(entry.get(name, ""), str):
            raise TypeError(f"{kind.__name__}: {name} is no text")
    return kind(**{name: value for name, value in entry.items() if name in known})


def _cell(entry: dict[str, Any]) -> Cell:
    return _made(
        Cell,
        entry
        | {
            "outcome": Outcome(entry["outcome"]),
            "seconds": float(entry.get("seconds", 0)),
            "measures": {str(name): float(value) for name, value in entry.get("measures", {}).items()},
            "remarks": tuple(str(line) for line in entry.get("remarks", ())),
            "files": tuple(_made(LogFile, f) for f in entry.get("files", ())),
            "replay": tuple(str(line) for line in entry.get("replay", ())),
        },
    )


def _canary(entry: dict[str, Any]) -> Canary:
    return _made(Canary, entry | {"role": Role(entry["role"]), "outcome": Outcome(entry["outcome"])})
