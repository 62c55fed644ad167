"""Expected trees of SKI objects, made from the members as they were put together, not from the octets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..codecs import cbor
from ..codecs.tls import SERVER_CONTEXT
from ..request import ECDHE, RSA, TLS13
from . import lurk_tree
from .tree import Node

Pairs = tuple[tuple[str, Any], ...]
_REQUEST = {"protocol": str, "spki": bytes, "method": str, "hash": str, "scheme": int, "input": bytes}
_ANSWER = {"output": bytes, "error": str}
_LISTS = {
    "protocols": ("protocol", str),
    "methods": ("method", str),
    "hashes": ("hash", str),
    "schemes": ("scheme", int),
    "formats": ("format", str),
    "keys": ("key", bytes),
}
_PREMASTER = 48


def request(pairs: Pairs, format: str) -> list[Node]:
    nodes = _members(pairs, format, _REQUEST)
    members = dict(pairs)
    inputs = [node for node in nodes if node.name == "ski.input"]
    if inputs and members.get("method", ECDHE) == ECDHE:
        octets = members["input"]
        known = members.get("protocol") == TLS13
        inputs[-1].fields = _certificate_verify(octets) if known else _ecdhe_input(octets)
    return nodes


def answer(pairs: Pairs, format: str, asked: Mapping[str, Any]) -> list[Node]:
    nodes = _members(pairs, format, _ANSWER)
    for node in nodes:
        if node.name == "ski.output" and asked.get("method") == RSA and len(node.octets) == 2 * _PREMASTER:
            version, random = node.octets[:4], node.octets[4:]
            node.fields = [Node("ski.premaster.version", version), Node("ski.premaster.random", random)]
    return nodes


def capabilities(pairs: Pairs, format: str) -> list[Node]:
    nodes: list[Node] = []
    for name, value in pairs:
        if name in _LISTS:
            singular, kind = _LISTS[name]
            for element in value:
                nodes += _member(f"capability.{singular}", name, element, kind, format)
        else:
            nodes += _member("capability.state", name, value, bytes if name == "state" else None, format)
    return nodes


def _members(pairs: Pairs, format: str, known: Mapping[str, type]) -> list[Node]:
    return [node for name, value in pairs for node in _member(name, name, value, known.get(name), format)]


def _member(field: str, name: str, value: Any, kind: type | None, format: str) -> list[Node]:
    """A member of the kind that it should have, else its name alone; nothing where there are no octets."""
    if name == "spki" and format == "json" and isinstance(value, str) and len(value) == 40:
        return [Node("ski.certificate_sha1", value.encode().hex())]
    if kind is None or type(value) is not kind:
        return [Node("ski.unknown_member", name.encode().hex())] if name else []
    octets = _octets(value, format)
    return [Node(f"ski.{field}", octets.hex())] if octets else []


def _octets(value: Any, format: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    return str(value).encode() if format == "json" else cbor.encode(value)


def _ecdhe_input(octets: bytes) -> list[Node]:
    if len(octets) <= 64:
        return [Node("ski.rest", octets.hex())] if octets else []
    nodes, size, _ = lurk_tree.ecdh_params(octets[64:])
    params, rest = octets[64 : 64 + size], octets[64 + size :]
    made = [
        Node("ski.client_random", octets[:32].hex()),
        Node("ski.server_random", octets[32:64].hex()),
        Node("ski.ecdhe_params", params.hex(), fields=nodes),
    ]
    return made + ([Node("ski.rest", rest.hex())] if rest else [])


def _certificate_verify(octets: bytes) -> list[Node]:
    head = b" " * 64 + SERVER_CONTEXT + b"\0"
    if not octets.startswith(head) or len(octets) - len(head) not in (32, 48):
        return [Node("ski.rest", octets.hex())] if octets else []
    pieces = (
        ("padding", head[:64]),
        ("context", SERVER_CONTEXT),
        ("separator", b"\0"),
        ("transcript_hash", octets[98:]),
    )
    return [Node(f"ski.certificate_verify.{name}", piece.hex()) for name, piece in pieces]
