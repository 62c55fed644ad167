"""Field trees: what a dissector is expected to show of a message, and what it showed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Node:
    """A field. One that stands for octets of the message has them in hexadecimal; a generated one has a
    `value`, or the index of another `message`; of one with none of these only the presence counts."""

    name: str
    octets: str = ""
    value: str | None = None
    message: int | None = None
    fields: list[Node] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        members: dict[str, Any] = {"name": self.name}
        if self.octets:
            members["octets"] = self.octets
        if self.value is not None:
            members["value"] = self.value
        if self.message is not None:
            members["message"] = self.message
        if self.fields:
            members["fields"] = [child.to_json() for child in self.fields]
        return members

    @staticmethod
    def from_json(members: dict[str, Any]) -> Node:
        children = [Node.from_json(child) for child in members.get("fields", [])]
        return Node(
            members["name"],
            members.get("octets", ""),
            members.get("value"),
            members.get("message"),
            children,
        )

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.fields:
            yield from child.walk()

    def __str__(self) -> str:
        if self.octets:
            return f"{self.name} {self.octets if len(self.octets) <= 40 else self.octets[:40] + '…'}"
        if self.message is not None:
            return f"{self.name} -> message {self.message}"
        return f"{self.name} {self.value!r}" if self.value is not None else self.name


@dataclass
class Message:
    """The fields of a message in order, and the names of the expert infos anywhere in it."""

    protocol: str
    fields: list[Node]
    experts: list[str]

    def to_json(self) -> dict[str, Any]:
        return {
            "protocol": self.protocol,
            "fields": [node.to_json() for node in self.fields],
            "experts": sorted(self.experts),
        }

    @staticmethod
    def from_json(members: dict[str, Any]) -> Message:
        nodes = [Node.from_json(node) for node in members["fields"]]
        return Message(members["protocol"], nodes, list(members["experts"]))

    def walk(self) -> Iterator[Node]:
        for node in self.fields:
            yield from node.walk()


def difference(expected: Message, found: Message) -> str:
    """The first thing in which two messages are not alike, "" when they are."""
    problem = _difference(expected.fields, found.fields, "")
    if problem:
        return problem
    lacking = set(expected.experts) - set(found.experts)
    surplus = set(found.experts) - set(expected.experts)
    if lacking:
        return f"no expert info {', '.join(sorted(lacking))}"
    return f"expert info {', '.join(sorted(surplus))} is not expected" if surplus else ""


def _difference(expected: list[Node], found: list[Node], path: str) -> str:
    for want, got in zip(expected, found):
        if not _alike(want, got):
            return f"{path}{got}, expected is {want}"
        problem = _difference(want.fields, got.fields, f"{want.name}: ")
        if problem:
            return problem
    if len(expected) > len(found):
        return f"{path}{expected[len(found)]} is not there"
    return f"{path}{found[len(expected)]} is not expected" if len(found) > len(expected) else ""


def _alike(want: Node, got: Node) -> bool:
    if want.name != got.name or want.octets != got.octets or want.message != got.message:
        return False
    return want.value is None or want.value == got.value
