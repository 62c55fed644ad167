"""JSON (RFC 8259) and base64 (RFC 4648 §4) as strictly as SKI needs, and a writer that can break every rule.

The reader is the standard library's with all its tolerances closed; the writer keeps order and duplicates.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_DEPTH = 16


class JsonError(ValueError):
    pass


@dataclass(frozen=True)
class Raw:
    """Text put in verbatim, as a member value or as a member name (then with its quotation marks)."""

    text: str


@dataclass(frozen=True)
class Pairs:
    """An object in exactly this order, duplicate members kept."""

    items: tuple[tuple[Any, Any], ...]


def encode(value: Any) -> bytes:
    """Compact JSON; bytes become padded base64, `Raw` and `Pairs` are written as they say."""
    return _text(value).encode("utf-8", "surrogatepass")


def _text(value: Any) -> str:
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, (bytes, bytearray)):
        return json.dumps(base64_encode(value))
    if isinstance(value, dict):
        return _text(Pairs(tuple(value.items())))
    if isinstance(value, Pairs):
        return "{" + ",".join(f"{_text(k)}:{_text(v)}" for k, v in value.items) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    return json.dumps(value)


def decode(data: bytes) -> Any:
    """Decode one value: UTF-8 without BOM, no duplicate members, no NaN, no lone surrogates, at most 16 deep,
    nothing after it."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise JsonError(f"JSON: {error}") from None
    _check(value, 0)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise JsonError("duplicate member")
    return result


def _constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not JSON")


def _check(value: Any, depth: int) -> None:
    """`depth`: how many containers the value stands in."""
    if isinstance(value, (dict, list)) and depth >= MAX_DEPTH:
        raise JsonError(f"JSON: nesting deeper than {MAX_DEPTH}")
    if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
        raise JsonError("JSON: lone surrogate")
    if isinstance(value, dict):
        for name, member in value.items():
            _check(name, depth)
            _check(member, depth + 1)
    elif isinstance(value, list):
        for element in value:
            _check(element, depth + 1)


def base64_encode(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def base64_decode(text: str) -> bytes:
    """Padded, canonical, standard alphabet, nothing else: exactly one encoding of an octet string is
    accepted."""
    try:
        octets = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise JsonError(f"base64: {error}") from None
    if base64_encode(octets) != text:
        raise JsonError("base64: not canonical")
    return octets
