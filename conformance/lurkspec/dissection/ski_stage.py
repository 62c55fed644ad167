"""The stage for scenarios of SKI: HTTP requests and answers, and what a dissector should find in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import http
from ..codecs import cbor, json
from ..context import Context
from ..exchange import MEDIA_TYPES
from ..request import Request, pairs
from . import ski_tree
from .conversation import Line, ScriptLine
from .ski_tree import Pairs
from .tree import Message, Node

REQUEST, ANSWER, CAPABILITIES = "request", "answer", "capabilities"


@dataclass
class _Said:
    """`members` None: a body that holds no object. `asked`: the index of the request."""

    kind: str
    format: str
    body: bytes
    members: Pairs | None
    experts: tuple[str, ...]
    asked: int | None = None
    answer: int | None = None


@dataclass
class SkiStage:
    context: Context
    line: Line
    buffer: bytearray = field(default_factory=bytearray)
    _said: list[_Said] = field(default_factory=list)

    def ask(
        self,
        request: Request | Pairs,
        format: str,
        *experts: str,
        answer: tuple[str, ...] = (),
        body: bytes | None = None,
        readable: bool = True,
    ) -> None:
        """A request and the answer of the key server. `body` overrides what the members would be; it is not
        `readable` when no object is in it."""
        self.post(request, format, *experts, body=body, readable=readable)
        response = http.read_response(self)
        self._hear(response, *answer)

    def post(
        self,
        request: Request | Pairs,
        format: str,
        *experts: str,
        body: bytes | None = None,
        readable: bool = True,
        chunk: int = 0,
    ) -> None:
        """The request alone; in chunks of that many octets if `chunk` is given."""
        members = _ordered(request, format)
        octets = pairs(members, format) if body is None else body
        self._said.append(_Said(REQUEST, format, octets, members if readable else None, experts))
        headers: Mapping[str, str | None] = {}
        if chunk:
            headers = {"Content-Length": None, "Transfer-Encoding": "chunked"}
        raw = self.context.http(octets, format, headers=headers)
        if chunk:
            pieces = [octets[at : at + chunk] for at in range(0, len(octets), chunk)]
            raw = raw[: -len(octets)] + http.chunked(*pieces)
        self.line.send(raw)

    def get_capabilities(self, format: str) -> None:
        self.line.send(self.context.http(b"", format, method="GET", path="/capabilities"))
        response = http.read_response(self)
        members = _decoded(response.body, format)
        self._said.append(_Said(CAPABILITIES, format, response.body, members, ()))

    def reply(
        self,
        members: Pairs,
        format: str,
        *experts: str,
        status: int = 200,
        body: bytes | None = None,
        readable: bool = True,
    ) -> None:
        """What a scripted server says."""
        assert isinstance(self.line, ScriptLine)
        octets = pairs(members, format) if body is None else body
        head = (
            f"HTTP/1.1 {status} Any\r\nContent-Type: {MEDIA_TYPES[format]}\r\nContent-Length: {len(octets)}"
        )
        self.line.say(False, head.encode() + b"\r\n\r\n" + octets)
        self._note_answer(format, octets, members if readable else None, experts)

    def receive(self) -> bytes:
        """As source of the reader of responses."""
        octets = self.line.receive()
        self.buffer += octets
        return octets

    def expected(self, in_clear: bool) -> list[Message]:
        return [
            Message("ski", self._nodes(said), sorted({*said.experts, *_always(said, in_clear)}))
            for said in self._said
        ]

    def _hear(self, response: http.Response, *experts: str) -> None:
        format = "cbor" if response.media_type == MEDIA_TYPES["cbor"] else "json"
        self._note_answer(format, response.body, _decoded(response.body, format), experts)

    def _note_answer(self, format: str, body: bytes, members: Pairs | None, experts: tuple[str, ...]) -> None:
        asked = max(i for i, said in enumerate(self._said) if said.kind == REQUEST)
        self._said[asked].answer = len(self._said)
        self._said.append(_Said(ANSWER, format, body, members, experts, asked))

    def _nodes(self, said: _Said) -> list[Node]:
        links = [] if said.answer is None else [Node("ski.response_in", message=said.answer)]
        if said.asked is not None:
            links = [Node("ski.response_to", message=said.asked), Node("ski.time")]
        if said.members is None:
            return [*links, Node("ski.rest", said.body.hex())]
        if said.kind == REQUEST:
            return links + ski_tree.request(said.members, said.format)
        if said.kind == CAPABILITIES:
            return ski_tree.capabilities(said.members, said.format)
        asked = self._said[said.asked].members if said.asked is not None else ()
        return links + ski_tree.answer(said.members, said.format, dict(asked or ()))


def _ordered(request: Request | Pairs, format: str) -> Pairs:
    """The members in the order in which they are written: CBOR sorts those of a good request."""
    if not isinstance(request, Request):
        return request
    items = tuple(request.members.items())
    return tuple(sorted(items, key=lambda pair: cbor.encode(pair[0]))) if format == "cbor" else items


def _decoded(body: bytes, format: str) -> Pairs:
    value = json.decode(body) if format == "json" else cbor.decode(body)
    assert isinstance(value, dict), "the reference key server answers with objects"
    return tuple((name, _bytes(name, element, format)) for name, element in value.items())


def _bytes(name: str, value: Any, format: str) -> Any:
    """Octets where a member has them."""
    if format == "cbor" or name not in ("output", "keys", "state"):
        return value
    return [json.base64_decode(v) for v in value] if isinstance(value, list) else json.base64_decode(value)


def _always(said: _Said, in_clear: bool) -> tuple[str, ...]:
    found = ["in_clear"] if in_clear else []
    members = dict(said.members or ())
    if said.kind == ANSWER and "error" in members:
        found += ["error"] + (["unknown_spki"] if members["error"] == "spki not found" else [])
    if said.members is None:
        found.append("malformed")
    return tuple(f"ski.expert.{name}" for name in found)
