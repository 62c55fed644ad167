"""Takes octets from the front of a structure and notes each field: the expected tree, made without the
dissector."""

from __future__ import annotations

from .tree import Node


class Cut(Exception):
    """A structure ends inside a field."""


class Walker:
    def __init__(self, octets: bytes):
        self.octets = octets
        self.at = 0
        self.nodes: list[Node] = []

    @property
    def left(self) -> int:
        return len(self.octets) - self.at

    @property
    def rest(self) -> bytes:
        return self.octets[self.at :]

    def take(self, name: str, count: int) -> bytes:
        """The next octets as a field, which is left out when it has none."""
        return self._taken(name, count)[0]

    def group(self, name: str, count: int) -> Walker:
        """The same as a field with fields inside."""
        octets, node = self._taken(name, count)
        inner = Walker(octets)
        inner.nodes = node.fields
        return inner

    def number(self, name: str, count: int = 1) -> int:
        return int.from_bytes(self.take(name, count), "big")

    def vector(self, length_name: str, width: int, name: str) -> bytes:
        return self.take(name, self.number(length_name, width))

    def _taken(self, name: str, count: int) -> tuple[bytes, Node]:
        if count > self.left:
            raise Cut(name)
        octets = self.octets[self.at : self.at + count]
        self.at += count
        node = Node(name, octets.hex())
        if count:
            self.nodes.append(node)
        return octets, node
