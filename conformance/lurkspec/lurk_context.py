"""The test context of LURK cases: exchanges here, judging in `lurk_judge`, good requests in `lurk_supply`."""

from __future__ import annotations

import ssl
import time
from typing import Any

from .channel import ChannelError, Ending, Identity, TcpChannel, TlsChannel, Transcript
from .channel_context import ChannelContext, Question
from .codecs import lurk
from .keys import TLS12_SIGN_USAGE
from .lurk_exchange import LurkExchange, LurkRequest
from .lurk_judge import LurkJudge
from .lurk_supply import LurkSupply

_MESSAGE_LIMIT = 1 << 20


class LurkContext(LurkJudge, LurkSupply, ChannelContext):
    """One per run of a LURK case."""

    signing_usage = TLS12_SIGN_USAGE

    def ask(
        self,
        request: LurkRequest | lurk.Message | bytes,
        *,
        edge: str = "a",
        channel: TlsChannel | None = None,
        fresh: bool = False,
    ) -> LurkExchange:
        """Send a request (with an unpredictable id), or any octets, and read one answer; on a connection
        of that
        edge that is kept for the case, or `fresh`, or `channel`."""
        own = isinstance(request, LurkRequest)
        sent = request.message(self.rng.getrandbits(64)) if isinstance(request, LurkRequest) else request
        octets = sent if isinstance(sent, bytes) else sent.encode(self.lurk_target.length_counts_header)
        message = None if isinstance(sent, bytes) else sent
        asked = request if own and isinstance(request, LurkRequest) else None
        if channel is not None:
            return self.answer(channel, octets, edge, message, asked)
        try:
            channel = self._kept_channel(edge, fresh)
        except ChannelError as error:
            return LurkExchange(
                edge, message, None, error.ending, Transcript(), asked, "", error.alert or str(error)
            )
        result = self.answer(channel, octets, edge, message, asked)
        if result.answer is not None and not channel.buffer and not fresh:
            with self._lock:
                self._kept.setdefault(edge, channel)
        if self._kept.get(edge) is not channel:
            channel.close()
        return result

    def answer(
        self,
        channel: TcpChannel,
        octets: bytes,
        edge: str = "a",
        sent: lurk.Message | None = None,
        request: LurkRequest | None = None,
    ) -> LurkExchange:
        """Send octets and read one message; with b"" the next answer of a pipeline is read."""
        begin, problem, message = time.monotonic(), "", None
        channel.transcript = Transcript()
        if octets:
            channel.send(octets)
        try:
            message = self.read_message(channel)
        except lurk.LurkError as error:
            problem = str(error)
        seconds = time.monotonic() - begin
        return LurkExchange(
            edge, sent, message, channel.ending, channel.transcript, request, problem, channel.alert, seconds
        )

    def read_message(self, channel: TcpChannel) -> lurk.Message | None:
        """The next message, None when the connection ends or the wait is over before it is whole."""
        if not self._fill(channel, lurk.HEADER_LEN):
            return None
        length = lurk.payload_length(
            bytes(channel.buffer[: lurk.HEADER_LEN]), self.lurk_target.length_counts_header
        )
        if length > _MESSAGE_LIMIT:
            raise lurk.LurkError(f"an answer of {length} octets is announced")
        if not self._fill(channel, lurk.HEADER_LEN + length):
            return None
        whole = bytes(channel.buffer[: lurk.HEADER_LEN + length])
        del channel.buffer[: lurk.HEADER_LEN + length]
        return lurk.decode(whole)

    @staticmethod
    def _fill(channel: TcpChannel, count: int) -> bool:
        while len(channel.buffer) < count:
            if not channel.receive():
                return False
        return True

    def _kept_channel(self, edge: str, fresh: bool) -> TlsChannel:
        """The kept connection, unless the peer has ended it meanwhile, which it may after any answer."""
        with self._lock:
            kept = None if fresh else self._kept.pop(edge, None)
        if kept is not None and not kept.wait_closed(0.001) and not kept.buffer:
            return kept
        return self.connect(edge)

    # For cases about the channel

    def question(self, edge: str = "a", type: str | None = None) -> Question:
        request = self.ecdhe(self.signing_key(type, edge))
        message = request.message(self.rng.getrandbits(64))
        return Question(message.encode(self.lurk_target.length_counts_header), request)

    def reply(
        self, channel: TcpChannel, question: Question | None = None, sent: bool = False
    ) -> LurkExchange:
        octets = b"" if question is None or sent else question.octets
        message = lurk.decode(question.octets) if question else None
        return self.answer(channel, octets, sent=message, request=question.request if question else None)

    def failed(self, error: ChannelError, edge: str = "a") -> LurkExchange:
        return LurkExchange(
            edge, None, None, error.ending, Transcript(), None, "", error.alert or str(error)
        )

    def attempt(self, edge: str | Identity | None = "a", **connect: Any) -> LurkExchange:
        """A connection as in `connect` and, when it stands, a good ecdhe on it."""
        try:
            channel = self.connect(edge, **connect)
        except ssl.SSLError as error:
            return self.failed(ChannelError(Ending.LOCAL, str(error)), str(edge))
        except ChannelError as error:
            return self.failed(error, str(edge))
        with channel:
            return self.reply(channel, self.question())
