"""The stage for scenarios of LURK: sends, receives, and notes what a dissector should find."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..codecs import lurk
from ..lurk_context import LurkContext
from . import lurk_tree
from .conversation import Line, ScriptLine, ServerLine
from .tree import Message, Node


@dataclass
class _Said:
    octets: bytes
    experts: tuple[str, ...]

    @property
    def id(self) -> bytes:
        return self.octets[4:12]

    @property
    def status(self) -> int:
        return self.octets[3]

    def bordered(self, counts_header: bool) -> bool:
        """Whether its length is right: after any other nothing can be told."""
        length = int.from_bytes(self.octets[12:16], "big") + (0 if counts_header else lurk.HEADER_LEN)
        return length == len(self.octets)


@dataclass
class LurkStage:
    """`context` supplies good requests. Each message comes with the expert infos that belong to it; those for
    error answers and for LURK in clear are added."""

    context: LurkContext
    line: Line
    counts_header: bool = True
    _said: list[_Said] = field(default_factory=list)
    _buffer: bytearray = field(default_factory=bytearray)

    def ask(self, request: Any, *experts: str, answer: tuple[str, ...] = ()) -> lurk.Message:
        """A request and the answer of the key server."""
        self.send((request, *experts))
        return self.receive(*answer)

    def send(self, *messages: tuple[Any, ...]) -> None:
        """Messages, each with its expert infos, in one piece."""
        self.line.send(b"".join(self._note(message[0], message[1:]) for message in messages))

    def send_in_pieces(self, messages: tuple[bytes, ...], cuts: tuple[int, ...]) -> None:
        """Messages one after another, sent in pieces that end at these octets."""
        whole = b"".join(self._note(message, ()) for message in messages)
        for begin, end in zip((0, *cuts), (*cuts, len(whole))):
            self.line.send(whole[begin:end])

    def send_part(self, octets: bytes) -> None:
        """Octets that never become a message."""
        self.line.send(octets)

    def receive(self, *experts: str) -> lurk.Message:
        while (size := self._size()) > len(self._buffer):
            self._buffer += self.line.receive()
        octets = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._note(octets, experts)
        return lurk.decode(octets)

    def wait_closed(self) -> None:
        """The key server is expected to end the connection."""
        assert isinstance(self.line, ServerLine)
        self.line.wait_closed()

    def reply(self, message: Any, *experts: str) -> None:
        """What a scripted server says."""
        assert isinstance(self.line, ScriptLine)
        self.line.say(False, self._note(message, experts))

    def encode(self, message: Any) -> bytes:
        """Octets, or those of a message, or of a request with an unpredictable id."""
        if isinstance(message, bytes):
            return message
        if not isinstance(message, lurk.Message):
            message = message.message(self.context.rng.getrandbits(64))
        encoded: bytes = message.encode(self.counts_header)
        return encoded

    def expected(self, in_clear: bool) -> list[Message]:
        trees = [self._header_and_payload(said) for said in self._said]
        heads = [header for header, _ in trees]
        waiting: dict[bytes, int] = {}
        for index, said in enumerate(self._said):
            if not said.bordered(self.counts_header):
                continue
            if said.status == lurk.REQUEST:
                waiting[said.id] = index
            elif said.id in waiting:
                asked = waiting.pop(said.id)
                heads[asked].append(Node("lurk.response_in", message=index))
                heads[index] += [Node("lurk.response_to", message=asked), Node("lurk.time")]
        return [
            Message("lurk", header + payload, sorted({*said.experts, *_always(said, in_clear)}))
            for (header, payload), said in zip(trees, self._said)
        ]

    def _note(self, message: Any, experts: tuple[str, ...]) -> bytes:
        octets = self.encode(message)
        self._said.append(_Said(octets, experts))
        return octets

    def _size(self) -> int:
        """Of the message at the start of the buffer, of the header while there is less."""
        if len(self._buffer) < lurk.HEADER_LEN:
            return lurk.HEADER_LEN
        head = bytes(self._buffer[: lurk.HEADER_LEN])
        return lurk.HEADER_LEN + lurk.payload_length(head, self.counts_header)

    def _header_and_payload(self, said: _Said) -> tuple[list[Node], list[Node]]:
        header = lurk_tree.header(said.octets)
        if said.bordered(self.counts_header):
            return header, lurk_tree.payload(lurk.decode(said.octets))
        rest = said.octets[lurk.HEADER_LEN :]
        return header, [Node("lurk.rest", rest.hex())] if rest else []


def _always(said: _Said, in_clear: bool) -> tuple[str, ...]:
    error = ("lurk.expert.error",) if said.status > lurk.SUCCESS else ()
    return error + (("lurk.expert.in_clear",) if in_clear else ())
