"""SKI objects (SKI §5.2): what a reader must take and refuse."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..codecs import cbor, json
from ..request import ERRORS
from .question import Question, Refused, require

MALFORMED = "malformed"
PROTOCOLS = ("TLS 1.0", "TLS 1.1", "DTLS 1.0", "TLS 1.2", "DTLS 1.2", "TLS 1.3")
METHODS = ("ECDHE", "RSA")
HASHES = ("SHA-224", "SHA-256", "SHA-384", "SHA-512")
MEDIA_TYPES = ("application/json", "application/cbor")
FINGERPRINT, ALIAS, STATE = 32, 40, 4
_HEX = set("0123456789abcdefABCDEF")


def _check_numbers(value: Any) -> None:
    """What 64-bit integers and doubles hold (RFC 8259 §9), in members that are ignored too."""
    if isinstance(value, float):
        require(math.isfinite(value), MALFORMED)
    elif isinstance(value, int) and not isinstance(value, bool):
        require(-(2**63) <= value < 2**63, MALFORMED)
    elif isinstance(value, list):
        for item in value:
            _check_numbers(item)
    elif isinstance(value, dict):
        for item in value.values():
            _check_numbers(item)


class Members:
    """An object whose members are taken by kind; octets of JSON are base64."""

    def __init__(self, question: Question):
        self.json = question.text("format") == "json"
        message = question.octets("message")
        try:
            found = json.decode(message) if self.json else cbor.decode(message)
        except (json.JsonError, cbor.CborError):
            raise Refused(MALFORMED) from None
        require(isinstance(found, dict), MALFORMED)
        if self.json:
            _check_numbers(found)
        self.found: dict[str, Any] = found

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def _member(self, name: str) -> Any:
        require(name in self.found, MALFORMED)
        return self.found[name]

    @staticmethod
    def _text(value: Any) -> str:
        require(isinstance(value, str), MALFORMED)
        return str(value)

    def _octets(self, value: Any) -> bytes:
        if not self.json:
            require(isinstance(value, bytes), MALFORMED)
            return bytes(value)
        try:
            return json.base64_decode(self._text(value))
        except json.JsonError:
            raise Refused(MALFORMED) from None

    @staticmethod
    def _uint16(value: Any) -> int:
        require(isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFFFF, MALFORMED)
        return int(value)

    def name(self, member: str, known: tuple[str, ...]) -> str:
        value = self._text(self._member(member))
        require(value in known, MALFORMED)
        return value

    def octets(self, member: str) -> bytes:
        return self._octets(self._member(member))

    def uint16(self, member: str) -> int:
        return self._uint16(self._member(member))

    def text(self, member: str) -> str:
        return self._text(self._member(member))

    def names(self, member: str, known: tuple[str, ...]) -> list[str]:
        """At least one; unknown ones are passed over."""
        given = self._list(member, self._text)
        require(bool(given), MALFORMED)
        return [name for name in known if name in given]

    def numbers(self, member: str) -> list[int]:
        return self._list(member, self._uint16)

    def octet_strings(self, member: str) -> list[bytes]:
        return self._list(member, self._octets)

    def _list(self, member: str, item: Callable[[Any], Any]) -> list[Any]:
        value = self._member(member)
        require(isinstance(value, list), MALFORMED)
        return [item(entry) for entry in value]


def _spki(members: Members, alias: bool) -> bytes:
    if members.json and alias:
        text = members.text("spki")
        if len(text) == ALIAS and set(text) <= _HEX:
            return bytes.fromhex(text)
    spki = members.octets("spki")
    require(len(spki) == FINGERPRINT, MALFORMED)
    return spki


def request(question: Question) -> dict[str, Any]:
    members = Members(question)
    meaning: dict[str, Any] = {
        "protocol": members.name("protocol", PROTOCOLS),
        "method": members.name("method", METHODS) if "method" in members else "ECDHE",
        "spki": _spki(members, bool(question.input.get("alias"))).hex(),
        "input": members.octets("input").hex(),
    }
    require(not ("hash" in members and "scheme" in members), MALFORMED)
    if "hash" in members:
        meaning["hash"] = members.name("hash", HASHES)
    if "scheme" in members:
        meaning["scheme"] = members.uint16("scheme")
    return meaning


def response(question: Question) -> dict[str, Any]:
    members = Members(question)
    require(("output" in members) != ("error" in members), MALFORMED)
    if "error" in members:
        return {"error": members.name("error", ERRORS)}
    return {"output": members.octets("output").hex()}


def capabilities(question: Question) -> dict[str, Any]:
    members = Members(question)
    keys, state = members.octet_strings("keys"), members.octets("state")
    require(all(len(key) == FINGERPRINT for key in keys) and len(state) == STATE, MALFORMED)
    return {
        "protocols": members.names("protocols", PROTOCOLS),
        "methods": members.names("methods", METHODS),
        "hashes": members.names("hashes", HASHES),
        "formats": members.names("formats", MEDIA_TYPES),
        "schemes": members.numbers("schemes"),
        "keys": [key.hex() for key in keys],
        "state": state.hex(),
    }


OPERATIONS = {"ski_request": request, "ski_response": response, "ski_capabilities": capabilities}
