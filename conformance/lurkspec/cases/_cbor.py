"""What the CBOR cases share: items from hex, maps in key order, and their two judgements."""

from __future__ import annotations

from typing import Any

from ..case import Variant
from ..codecs import cbor
from ..codecs.cbor import Pairs, Raw
from ..context import Context
from ..request import MALFORMED, Request
from ._tolerance import malformed_by_profile


def from_hex(text: str) -> Raw:
    """An item, or what is none, from hex digits."""
    return Raw(bytes.fromhex(text))


def by_key(members: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """In the bytewise order of the encoded keys (RFC 8949 §4.2.1); equal keys stay as they stand."""
    return sorted(members, key=lambda member: cbor.encode(member[0]))


def in_order(members: list[tuple[Any, Any]]) -> bytes:
    """A map of these members by key, duplicates kept."""
    return cbor.encode(Pairs(tuple(by_key(members))))


def malformed(t: Context, label: str, body: bytes | Request) -> Variant:
    return t.refused(label, t.post(body, "cbor"), MALFORMED)


def outside_profile(t: Context, label: str, request: Request, body: bytes | None = None) -> Variant:
    """Well-formed, but not as this project's CBOR rules say; `body` where the request does not say it all."""
    exchange = t.post(request if body is None else body, "cbor")
    return malformed_by_profile(t, label, exchange, request.check)
