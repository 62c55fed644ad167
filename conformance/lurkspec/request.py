"""SKI requests as data: each is good as made, changed by `without` and `replaced`, and knows how to check its
output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .codecs import cbor, json

ECDHE, RSA = "ECDHE", "RSA"
TLS12, DTLS12, TLS13 = "TLS 1.2", "DTLS 1.2", "TLS 1.3"
MALFORMED, DENIED, NOT_FOUND, UNSPECIFIED = (
    "malformed request",
    "request denied",
    "spki not found",
    "unspecified error",
)
ERRORS = (MALFORMED, DENIED, NOT_FOUND, UNSPECIFIED)
FORMATS = ("json", "cbor")

Check = Callable[[bytes], str]


def _unchecked(_: bytes) -> str:
    return "this request has no check for its output"


@dataclass(frozen=True)
class Request:
    """Members in the order they are written (JSON; CBOR sorts). `check` says what is wrong with an output, ""
    if it is right."""

    members: Mapping[str, Any]
    check: Check = field(default=_unchecked, repr=False)

    def __getitem__(self, name: str) -> Any:
        return self.members[name]

    def without(self, *names: str) -> Request:
        return Request({k: v for k, v in self.members.items() if k not in names}, self.check)

    def replaced(self, **members: Any) -> Request:
        """Members set or added; the check stays, so a request whose meaning changes needs `checked`."""
        return Request({**self.members, **members}, self.check)

    def checked(self, check: Check) -> Request:
        return Request(self.members, check)

    def encode(self, format: str) -> bytes:
        """The body. Octets become base64 in JSON; the wrappers of the codec may stand for any member."""
        return encode(self.members, format)


def encode(members: Mapping[str, Any], format: str) -> bytes:
    return json.encode(dict(members)) if format == "json" else cbor.encode(dict(members))


def pairs(items: Iterable[tuple[Any, Any]], format: str) -> bytes:
    """A body with exactly these pairs, in this order, duplicates kept."""
    kept = tuple(items)
    return json.encode(json.Pairs(kept)) if format == "json" else cbor.encode(cbor.Pairs(kept))
