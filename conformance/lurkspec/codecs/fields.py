"""A message as named pieces of octets: a good one is made once, each malformed one is the good one with
one piece changed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fields:
    """The pieces in the order of the wire; length prefixes are pieces of their own."""

    pieces: tuple[tuple[str, bytes], ...]

    def __getitem__(self, name: str) -> bytes:
        return dict(self.pieces)[name]

    def __bytes__(self) -> bytes:
        return b"".join(octets for _, octets in self.pieces)

    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.pieces)

    def replaced(self, **changes: bytes) -> Fields:
        """Pieces exchanged; a name that is not there is a mistake of the caller."""
        unknown = set(changes) - set(self.names())
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        return Fields(tuple((name, changes.get(name, octets)) for name, octets in self.pieces))

    def without(self, *names: str) -> Fields:
        return Fields(tuple(piece for piece in self.pieces if piece[0] not in names))

    def followed_by(self, name: str, octets: bytes) -> Fields:
        return Fields((*self.pieces, (name, octets)))


def fields(**pieces: bytes) -> Fields:
    return Fields(tuple(pieces.items()))
