"""Vectors as their files hold them. Files are read strictly: what is not as the schema says is no vector."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1
# In a checkout; an installed package has none, and the files are named on the command line.
PUBLISHED = Path(__file__).resolve().parents[3] / "vectors"
VALID, INVALID = "valid", "invalid"
_FILE = {"format", "group", "operation", "title", "keys", "vectors"}
_VECTOR = {"id", "comment", "clauses", "rows", "flags", "result", "status", "input"}
_OPTIONAL = {"text", "control", "output"}


class VectorError(Exception):
    """Files that hold no vectors; the text is one line that names the file."""


@dataclass(frozen=True)
class Vector:
    id: str
    group: str
    operation: str
    comment: str
    clauses: tuple[str, ...]
    rows: tuple[str, ...]
    flags: tuple[str, ...]
    result: str
    status: str
    input: dict[str, Any]
    output: dict[str, Any]
    control: str
    keys: dict[str, dict[str, str]]

    @property
    def question(self) -> dict[str, Any]:
        """What a decoder is asked: nothing of the answer."""
        asked: dict[str, Any] = {"id": self.id, "operation": self.operation, "input": self.input}
        name = self.input.get("key")
        return asked | ({"keys": {name: self.keys[name]}} if name else {})


def vector_id(operation: str, input: dict[str, Any]) -> str:
    """Operation, and the first six octets of SHA-256 over the question in canonical JSON."""
    text = json.dumps({"operation": operation, "input": input}, sort_keys=True, separators=(",", ":"))
    return f"{operation}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _vector(entry: Any, document: dict[str, Any]) -> Vector:
    if not isinstance(entry, dict) or not _VECTOR <= set(entry) <= _VECTOR | _OPTIONAL:
        raise ValueError("a vector with other members than it has")
    operation = document["operation"]
    id = entry["id"]
    if id != vector_id(operation, entry["input"]):
        raise ValueError(f"{id} does not follow from its content")
    if entry["result"] not in (VALID, INVALID) or (entry["result"] == VALID) != ("output" in entry):
        raise ValueError(f"{id}: result and output do not fit")
    key = entry["input"].get("key")
    if key is not None and key not in document["keys"]:
        raise ValueError(f"{id}: no key {key!r} in the file")
    return Vector(
        id,
        document["group"],
        operation,
        entry["comment"],
        tuple(entry["clauses"]),
        tuple(entry["rows"]),
        tuple(entry["flags"]),
        entry["result"],
        entry["status"],
        entry["input"],
        entry.get("output", {}),
        entry.get("control", ""),
        document["keys"],
    )


def read(file: Path) -> list[Vector]:
    try:
        document = json.loads(file.read_bytes())
        if not isinstance(document, dict) or set(document) != _FILE or document["format"] != FORMAT:
            raise ValueError(f"not a file of vectors of format {FORMAT}")
        return [_vector(entry, document) for entry in document["vectors"]]
    except OSError as error:
        raise VectorError(f"{file}: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise VectorError(f"{file}: {error}") from None


def read_all(files: Iterable[Path]) -> list[Vector]:
    """In the order of the files; an id stands once."""
    found: dict[str, Vector] = {}
    for file in files:
        for vector in read(file):
            if vector.id in found:
                raise VectorError(f"{file}: {vector.id} stands twice")
            found[vector.id] = vector
    return list(found.values())


def published() -> list[Path]:
    files = sorted((PUBLISHED / "json").glob("*.json"))
    if not files:
        raise VectorError("no published vectors beside this package: name the files")
    return files


def check_manifest() -> list[str]:
    """What is wrong with the manifest beside the published files, a sentence each."""
    file = PUBLISHED / "manifest.json"
    try:
        manifest = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        return [f"{file}: {error}"]
    files = {path.stem: path.read_bytes() for path in published()}
    problems = [
        f"{name}.json stands in one of manifest and folder only"
        for name in set(files) ^ set(manifest["files"])
    ]
    for name in set(files) & set(manifest["files"]):
        if hashlib.sha256(files[name]).hexdigest() != manifest["files"][name]["sha256"]:
            problems.append(f"{name}.json is not the one of the manifest: its checksum differs")
    return sorted(problems)
