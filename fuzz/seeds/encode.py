"""Just enough CBOR and JSON to write what is right, and the pieces of what is wrong."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Sequence
from typing import Any

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)


def head(major: int, argument: int, extra: int = 0) -> bytes:
    """The shortest head, or one that is `extra` (1..4) sizes longer than that."""
    sizes = ["", ">B", ">H", ">I", ">Q"]
    shortest = 0 if argument < 24 else next(i for i in range(1, 5) if argument < 1 << (8 << (i - 1)))
    size = shortest + extra
    if size == 0:
        return bytes([major << 5 | argument])
    return bytes([major << 5 | 23 + size]) + struct.pack(sizes[size], argument)


def cbor(value: Any) -> bytes:
    """Deterministic CBOR of the kinds that SKI objects have."""
    if value is None or isinstance(value, bool):
        return head(SIMPLE, {False: 20, True: 21, None: 22}[value])
    if isinstance(value, int):
        return head(UNSIGNED, value) if value >= 0 else head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return head(BYTES, len(value)) + value
    if isinstance(value, str):
        return head(TEXT, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(ARRAY, len(value)) + b"".join(cbor(item) for item in value)
    return pairs(sorted((cbor(key), cbor(item)) for key, item in value.items()))


def pairs(encoded: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A map of encoded keys and values, as they come."""
    return head(MAP, len(encoded)) + b"".join(key + value for key, value in encoded)


def as_json(value: Any) -> bytes:
    """Compact JSON; octets as base64."""

    def text(octets: bytes) -> str:
        return base64.b64encode(octets).decode()

    return json.dumps(value, separators=(",", ":"), default=text).encode()
