"""A question as the answering code sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class Refused(Exception):
    """The input is invalid; the text is the status."""


@dataclass(frozen=True)
class Answer:
    """`result` is "valid", "invalid" or "unsupported"."""

    result: str
    status: str
    output: dict[str, Any]


@dataclass(frozen=True)
class Question:
    input: dict[str, Any]
    keys: dict[str, dict[str, str]]

    def octets(self, name: str) -> bytes:
        return bytes.fromhex(self.input[name])

    def text(self, name: str) -> str:
        return str(self.input[name])

    def number(self, name: str) -> int:
        return int(self.input[name])

    def has(self, name: str) -> bool:
        return name in self.input

    def key(self, half: str) -> bytes:
        """The named key as DER: "spki" or "pkcs8"."""
        return bytes.fromhex(self.keys[self.input["key"]][half])


def require(holds: bool, status: str) -> None:
    if not holds:
        raise Refused(status)
