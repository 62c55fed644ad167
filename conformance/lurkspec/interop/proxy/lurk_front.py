"""LURK towards edges: header and key are looked at, the payload is passed on octet by octet.

Freshness, proofs of ownership and of handshake are between edge and key server: they are computed over
randoms, keys and messages of the handshake, never over the channel, so they hold through a proxy. The time
window counts the way through the proxy too; a replay window of the owner's is one for all edges of the proxy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ...codecs import lurk
from ...codecs.lurk import BaseStatus, Designation, Message, Status, Type
from .rights import Edge
from .settings import Limits
from .upstream import LurkUpstream, UpstreamError

_KEY_ID_LEN = 5
# In a row, instead of requests: two who answer each other would never end.
_MOST_ANSWERS = 8
_ASKS_FOR_A_KEY = frozenset(set(Type) - {Type.CAPABILITIES, Type.PING})
# What the owner's key server says about the proxy itself is nothing for an edge.
_ABOUT_THE_PROXY = (BaseStatus.UNDEFINED_ERROR, BaseStatus.INVALID_EXTENSION)
Audit = Callable[..., None]


class Refused(Exception):
    def __init__(self, designation: int, status: int, cause: str):
        super().__init__(cause)
        self.designation, self.status = designation, status


class LurkFront:
    def __init__(self, upstream: LurkUpstream, limits: Limits, audit: Audit):
        self._upstream, self._limits, self._audit = upstream, limits, audit
        # The owner's, as last heard.
        self._states: dict[int, bytes] = {}

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, edge: Edge | None
    ) -> None:
        """Requests are passed on as they come, and answered in their order, as a key server does: an error of
        the proxy's own does not overtake an answer of the owner's."""
        room = asyncio.Semaphore(self._limits.under_way)
        tasks: set[asyncio.Task[None]] = set()
        last: asyncio.Task[None] | None = None
        answers = 0
        try:
            while answers < _MOST_ANSWERS:
                await room.acquire()
                request = await self._read(reader, writer, edge, last)
                if request is None:
                    break
                last = asyncio.create_task(self._answer(request, edge, writer, last))
                tasks.add(last)
                last.add_done_callback(tasks.discard)
                last.add_done_callback(lambda _: room.release())
                answers = 0 if request.status == lurk.REQUEST else answers + 1
                if edge is None:
                    break
        finally:
            if tasks:
                await asyncio.wait(tasks)

    async def _read(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        edge: Edge | None,
        before: asyncio.Task[None] | None,
    ) -> Message | None:
        """The next request, None when there is none or its length cannot be (A-83)."""
        async with asyncio.timeout(self._limits.idle_ms / 1000):
            first = await reader.read(1)
        if not first:
            return None
        async with asyncio.timeout(self._limits.body_ms / 1000):
            header = first + await reader.readexactly(lurk.HEADER_LEN - 1)
            request = lurk.decode(header)
            if not lurk.HEADER_LEN <= (request.length or 0) <= self._limits.message_octets:
                refusal = Refused(Designation.LURK, BaseStatus.INVALID_FORMAT, "length")
                await _write(writer, self._error(request, refusal, edge), before)
                return None
            payload = await reader.readexactly(lurk.payload_length(header))
        return request.but(payload=payload, length=None)

    async def _answer(
        self,
        request: Message,
        edge: Edge | None,
        writer: asyncio.StreamWriter,
        before: asyncio.Task[None] | None,
    ) -> None:
        key, cause = "", ""
        try:
            if edge is None:
                raise Refused(Designation.LURK, BaseStatus.UNDEFINED_ERROR, "peer is no edge")
            key = self._admit(request, edge)
            answer = self._towards_edge(await self._upstream.ask(request), edge)
        except (Refused, UpstreamError) as error:
            cause = str(error)
            refusal = error
            if isinstance(error, UpstreamError):
                refusal = Refused(Designation.LURK, BaseStatus.TEMPORARY_FAILURE, cause)
            assert isinstance(refusal, Refused)
            answer = lurk.decode(self._error(request, refusal, edge))
        self._audit(
            edge=edge.identity if edge else None,
            designation=request.designation,
            type=request.type,
            key=key,
            status=answer.status,
            cause=cause,
        )
        await _write(writer, answer.but(length=None).encode(), before)

    def _admit(self, request: Message, edge: Edge) -> str:
        """The name of the key, "" where the request is for none. The order of the header's checks is that of
        A-73."""
        base, tls12 = request.designation == Designation.LURK, request.designation == Designation.TLS12
        if request.version != 1 or not (base or tls12):
            raise Refused(Designation.LURK, BaseStatus.INVALID_EXTENSION, "extension")
        if request.status != lurk.REQUEST:
            raise Refused(Designation.LURK, BaseStatus.INVALID_STATUS, "no request")
        if request.type not in (set(lurk.BaseType) if base else set(Type)):
            raise Refused(Designation.LURK, BaseStatus.INVALID_TYPE, "type")
        if base or request.type not in _ASKS_FOR_A_KEY:
            return ""
        if len(request.payload) < _KEY_ID_LEN:
            raise Refused(Designation.TLS12, Status.INVALID_PAYLOAD_FORMAT, "key id")
        if request.payload[0] != 0:
            raise Refused(Designation.TLS12, Status.INVALID_KEY_ID_TYPE, "key id type")
        served = edge.by_lurk_id(request.payload[1:_KEY_ID_LEN])
        if served is None:
            raise Refused(Designation.TLS12, Status.INVALID_KEY_ID, "no key of this edge")
        return served.name

    def _towards_edge(self, answer: Message, edge: Edge) -> Message:
        """The state at the end of capabilities and errors becomes the proxy's own."""
        carries_state = answer.status != lurk.SUCCESS or answer.type == Type.CAPABILITIES
        if answer.designation == Designation.LURK and answer.status in _ABOUT_THE_PROXY:
            raise UpstreamError(f"the key server refuses the proxy: {BaseStatus(answer.status).name}")
        if not carries_state:
            return answer
        if len(answer.payload) < lurk.STATE_LEN:
            raise UpstreamError("an answer without a state")
        kept, state = answer.payload[: -lurk.STATE_LEN], answer.payload[-lurk.STATE_LEN :]
        self._states[answer.designation] = state
        return answer.but(payload=kept + edge.state(state))

    def _error(self, request: Message, refusal: Refused, edge: Edge | None) -> bytes:
        known = self._states.get(refusal.designation, b"")
        state = edge.state(known) if edge else bytes(lurk.STATE_LEN)
        return Message(refusal.designation, request.type, state, refusal.status, request.id).encode()


async def _write(writer: asyncio.StreamWriter, octets: bytes, before: asyncio.Task[None] | None) -> None:
    """After what `before` answers."""
    if before is not None:
        await asyncio.wait({before})
    if not writer.is_closing():
        writer.write(octets)
        await writer.drain()
