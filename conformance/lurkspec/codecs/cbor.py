"""CBOR (RFC 8949): deterministic encoding, strict decoding, and every malformed form that a case wants to
send.

`encode` makes the deterministic form of plain values. The wrappers `Raw`, `Wide`, `Pairs`, `Indefinite`,
`Tag` and `Simple` may stand anywhere in a value and are emitted as they say, right or wrong.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)
BREAK = b"\xff"
MAX_DEPTH = 16
_FORMATS = {1: ">B", 2: ">H", 4: ">I", 8: ">Q"}


class CborError(ValueError):
    def __init__(self, offset: int, text: str):
        super().__init__(f"CBOR, octet {offset}: {text}")
        self.offset = offset


@dataclass(frozen=True)
class Raw:
    """Octets put in verbatim."""

    octets: bytes


@dataclass(frozen=True)
class Wide:
    """A value whose outermost head uses `width` octets (1, 2, 4, 8) for its argument, shortest or not."""

    value: Any
    width: int


@dataclass(frozen=True)
class Pairs:
    """A map in exactly this order, duplicate keys kept."""

    items: tuple[tuple[Any, Any], ...]


@dataclass(frozen=True)
class Indefinite:
    """An indefinite-length item of a major type; `items` are chunks, elements, or alternating keys and
    values."""

    major: int
    items: tuple[Any, ...]
    stop: bytes = BREAK


@dataclass(frozen=True)
class Tag:
    number: int
    value: Any


@dataclass(frozen=True)
class Simple:
    number: int


def head(major: int, argument: int, width: int | None = None) -> bytes:
    """The initial octets of an item: shortest form, or with `width` octets of argument (0 = inside the first
    octet)."""
    if width is None:
        width = 0 if argument < 24 else next(w for w in _FORMATS if argument < 1 << 8 * w)
    if width == 0:
        return bytes([major << 5 | argument])
    return bytes([major << 5 | 24 + list(_FORMATS).index(width)]) + struct.pack(_FORMATS[width], argument)


def encode(value: Any, width: int | None = None) -> bytes:
    """Deterministic encoding (RFC 8949 §4.2.1) of plain values; wrappers are emitted as they say."""
    if isinstance(value, (Raw, Wide, Pairs, Indefinite, Tag, Simple)):
        return _encode_wrapper(value, width)
    if value is None or isinstance(value, bool):
        return head(SIMPLE, 22 if value is None else 20 + value, width)
    if isinstance(value, int):
        return head(UNSIGNED, value, width) if value >= 0 else head(NEGATIVE, -1 - value, width)
    if isinstance(value, (bytes, bytearray)):
        return head(BYTES, len(value), width) + value
    if isinstance(value, str):
        octets = value.encode("utf-8", "surrogatepass")
        return head(TEXT, len(octets), width) + octets
    if isinstance(value, (list, tuple)):
        return head(ARRAY, len(value), width) + b"".join(map(encode, value))
    if isinstance(value, dict):
        members = sorted((encode(k), encode(v)) for k, v in value.items())
        return head(MAP, len(members), width) + b"".join(k + v for k, v in members)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    raise TypeError(f"no CBOR form for {type(value).__name__}")


def _encode_wrapper(value: Any, width: int | None) -> bytes:
    if isinstance(value, Raw):
        return value.octets
    if isinstance(value, Wide):
        return encode(value.value, value.width)
    if isinstance(value, Pairs):
        return head(MAP, len(value.items), width) + b"".join(encode(k) + encode(v) for k, v in value.items)
    if isinstance(value, Indefinite):
        return bytes([value.major << 5 | 31]) + b"".join(map(encode, value.items)) + value.stop
    if isinstance(value, Tag):
        return head(TAG, value.number, width) + encode(value.value)
    return head(SIMPLE, value.number, width if width is not None else (None if value.number < 24 else 1))


@dataclass(frozen=True)
class Item:
    """One head in a decoded message, for annotated hex."""

    offset: int
    end: int
    depth: int
    text: str


class _Reader:
    def __init__(self, data: bytes, deterministic: bool):
        self.data = data
        self.at = 0
        self.deterministic = deterministic
        self.items: list[Item] = []

    def take(self, count: int, what: str) -> bytes:
        if count > len(self.data) - self.at:
            raise CborError(self.at, f"{what}: {count} octets claimed, {len(self.data) - self.at} left")
        octets = self.data[self.at : self.at + count]
        self.at += count
        return octets

    def head(self) -> tuple[int, int | None]:
        """Major type and argument; None stands for indefinite length."""
        start = self.at
        first = self.take(1, "initial octet")[0]
        major, info = first >> 5, first & 31
        if info < 24:
            return major, info
        if info == 31 and major in (BYTES, TEXT, ARRAY, MAP):
            if self.deterministic:
                raise CborError(start, "indefinite length in deterministic encoding")
            return major, None
        if info > 27:
            raise CborError(start, f"additional information {info} is reserved or out of place")
        width = 1 << info - 24
        argument: int = struct.unpack(_FORMATS[width], self.take(width, "argument"))[0]
        if major == SIMPLE:
            return self.simple_head(start, width, argument)
        if self.deterministic and len(head(major, argument)) != 1 + width:
            raise CborError(start, "argument is not in its shortest form")
        return major, argument

    def simple_head(self, start: int, width: int, argument: int) -> tuple[int, int]:
        if width == 1:
            if argument < 32:
                raise CborError(start, "two-octet simple value below 32")
            return SIMPLE, argument
        raise CborError(start, "floating-point number")

    def value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise CborError(self.at, f"nesting deeper than {MAX_DEPTH}")
        start = self.at
        major, argument = self.head()
        if major in (ARRAY, MAP) and depth >= MAX_DEPTH:
            raise CborError(start, f"more than {MAX_DEPTH} containers inside each other")
        slot = len(self.items)
        self.items.append(Item(start, self.at, depth, ""))
        if major in (UNSIGNED, NEGATIVE) and argument is not None:
            result: Any = argument if major == UNSIGNED else -1 - argument
        elif major in (BYTES, TEXT):
            result = self.string(major, argument)
        elif major == ARRAY:
            result = [self.value(depth + 1) for _ in self.count(argument)]
        elif major == MAP:
            result = self.map(argument, depth)
        elif major == TAG:
            raise CborError(start, f"tag {argument}")
        else:
            result = self.simple(start, argument)
        end = self.at if major not in (ARRAY, MAP) else self.items[slot].end
        self.items[slot] = Item(start, end, depth, _describe(major, argument, result))
        return result

    def count(self, argument: int | None) -> Iterator[int]:
        if argument is None:
            while self.data[self.at : self.at + 1] != BREAK:
                yield 0
            self.at += 1
            return
        if argument > len(self.data) - self.at:
            raise CborError(self.at, f"{argument} items claimed, {len(self.data) - self.at} octets left")
        yield from range(argument)

    def string(self, major: int, argument: int | None) -> Any:
        if argument is None:
            chunks = []
            for _ in self.count(None):
                at = self.at
                chunk_major, length = self.head()
                if chunk_major != major or length is None:
                    raise CborError(at, "chunk of another type")
                chunks.append(self.text_or_bytes(major, length))
            return b"".join(chunks) if major == BYTES else "".join(chunks)
        return self.text_or_bytes(major, argument)

    def text_or_bytes(self, major: int, length: int) -> Any:
        at = self.at
        octets = self.take(length, "string")
        if major == BYTES:
            return octets
        try:
            return octets.decode("utf-8")
        except UnicodeDecodeError as error:
            raise CborError(at + error.start, "text is not UTF-8") from None

    def map(self, argument: int | None, depth: int) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        last = b""
        for _ in self.count(argument):
            start = self.at
            key = self.value(depth + 1)
            if not isinstance(key, str):
                raise CborError(start, "map key is not text")
            encoded = self.data[start : self.at]
            if key in result:
                raise CborError(start, f"map key {key!r} twice")
            if self.deterministic and encoded < last:
                raise CborError(start, "map keys are not in bytewise order")
            last = encoded
            result[key] = self.value(depth + 1)
        return result

    def simple(self, start: int, argument: int | None) -> Any:
        if argument in (20, 21):
            return argument == 21
        if argument == 22:
            return None
        raise CborError(start, f"simple value {argument}")


def _describe(major: int, argument: int | None, value: Any) -> str:
    size = "indefinite" if argument is None else str(argument)
    if major in (ARRAY, MAP):
        return f"{'array' if major == ARRAY else 'map'}({size})"
    if major == BYTES:
        return f"bytes({size})"
    return repr(value)


def _read(data: bytes, deterministic: bool) -> tuple[Any, list[Item]]:
    reader = _Reader(data, deterministic)
    value = reader.value(0)
    if reader.at != len(data):
        raise CborError(reader.at, f"{len(data) - reader.at} octets after the item")
    return value, reader.items


def decode(data: bytes, deterministic: bool = True) -> Any:
    """Decode one item and nothing after it; by default only deterministic encoding is accepted. No tags, no
    floats, text keys."""
    return _read(data, deterministic)[0]


def items(data: bytes) -> list[Item]:
    """The heads of a well-formed message with their places, outermost first."""
    return _read(data, deterministic=False)[1]
