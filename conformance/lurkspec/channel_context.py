"""What cases about the channel ask of a test context, whatever protocol is spoken on it: the same case is run
over SKI and over LURK. Exchanges come from these methods and go to these judgements only."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from .case import Variant
from .channel import ChannelError, Identity, TcpChannel
from .judge import Statements
from .session import Session


@dataclass(frozen=True)
class Question:
    """A good request as it is sent, and what its answer is judged by."""

    octets: bytes
    request: Any


class ChannelContext(Statements, Session):
    # The usage of keys that sign.
    signing_usage: str

    @abstractmethod
    def question(self, edge: str = "a", type: str | None = None) -> Question:
        """A good request for a signature with the first key of that type."""

    @abstractmethod
    def reply(self, channel: TcpChannel, question: Question | None = None, sent: bool = False) -> Any:
        """Send a question, unless it is sent already, and read an answer."""

    @abstractmethod
    def attempt(self, edge: str | Identity | None = "a", **connect: Any) -> Any:
        """A connection as in `connect` and, when it stands, a good request on it."""

    @abstractmethod
    def failed(self, error: ChannelError, edge: str = "a") -> Any:
        """The exchange that never got a channel."""

    @abstractmethod
    def served(self, label: str, exchange: Any) -> Variant:
        """The right answer."""

    @abstractmethod
    def kept_out(self, label: str, exchange: Any) -> Variant:
        """Before or at the first request: the handshake fails, or the peer has no right to anything."""

    @abstractmethod
    def turned_away(self, label: str, exchange: Any) -> Variant:
        """A limit is reached: an error that says so, or the end of the connection."""

    @abstractmethod
    def cut_off(self, label: str, exchange: Any) -> Variant:
        """A request that ended too early is not answered, or with an error that says so."""
