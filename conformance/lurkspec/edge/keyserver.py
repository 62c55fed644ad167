"""A key server that answers what a case wants, honest or not. What is asked is kept for the judge."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .link import ChannelIdentity, Link
from .target import Address, EdgeTarget

# How long connections may take to end, on a machine that is busy.
_ENDED = 30.0


@dataclass(frozen=True)
class Asked:
    """A request of the edge. `what` is "key" for a private-key operation, "audit" for a proof of handshake
    after it, "capabilities" or "ping"."""

    server: KeyServer = field(repr=False)
    link: Link = field(repr=False)
    raw: bytes = field(repr=False)
    what: str
    at: float
    problem: str = ""


@dataclass(frozen=True)
class Reply:
    """Octets as they are sent. `held`: not before this event is set. `end`: what becomes of the connection
    afterwards, one of "", "close", "cut" (no close_notify) and "reset"."""

    octets: bytes = b""
    held: threading.Event | None = None
    end: str = ""


# Decides on the answer to each private-key operation.
Script = Callable[[Any], Reply]


class KeyServer:
    """Listens at an address of the target file. `script` None answers rightly, `audited` None too; `told`
    answers capabilities, None refuses them. Subclasses speak a protocol: `read` a request, `right` answers
    and `capabilities`. Key servers of one edge share `news`: which of them it asks is its own choice."""

    def __init__(self, target: EdgeTarget, address: Address, news: threading.Condition | None = None):
        self.target = target
        self.script: Script | None = None
        self.told: Script | None = None
        self.audited: Script | None = None
        self.identity = ChannelIdentity.of(target.channel)
        self.asked: list[Any] = []
        self.links: list[Link] = []
        self.accepted = 0
        # What becomes of new connections: "" is TLS, "mute" says nothing, "closing" ends, "noise" is no TLS.
        self.manner = ""
        self.held = threading.Event()
        self._news = news or threading.Condition()
        # Keeps the port while nothing listens on it.
        self._holder = self._bound(address)
        self.address: Address = (address[0], self._holder.getsockname()[1])
        self._listener: socket.socket | None = None

    # For the subclasses

    def read(self, link: Link) -> Any:
        """The next request, None at the end of the connection."""
        raise NotImplementedError

    def right(self, asked: Any) -> Reply:
        """The answer of an honest key server."""
        raise NotImplementedError

    def capabilities(self, asked: Any) -> Reply:
        raise NotImplementedError

    # Life

    def _bound(self, address: Address) -> socket.socket:
        made = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            made.bind(address)
        except OSError:
            made.close()
            raise
        return made

    def open(self) -> None:
        self._listener = self._bound(self.address)
        self._listener.listen(128)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Nothing listens any more, and nothing is connected."""
        with self._news:
            listener, self._listener = self._listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.drop()

    def free(self) -> None:
        self.held.set()
        self.close()
        self._holder.close()

    @contextlib.contextmanager
    def away(self) -> Iterator[None]:
        """Connections are refused for so long."""
        self.close()
        try:
            yield
        finally:
            self.open()

    @contextlib.contextmanager
    def showing(self, identity: ChannelIdentity) -> Iterator[None]:
        """Another certificate on the channel, for connections from now on."""
        usual = self.identity
        self._show(identity)
        try:
            yield
        finally:
            self._show(usual)

    def _show(self, identity: ChannelIdentity) -> None:
        with self._news:
            self.identity = identity
        self.drop()

    def drop(self) -> None:
        """End all connections."""
        with self._news:
            links = list(self.links)
        for link in links:
            link.cut()
        with self._news:
            self._news.wait_for(lambda: not any(link in self.links for link in links), _ENDED)

    # Connections

    def _accept(self, listener: socket.socket) -> None:
        for _ in itertools.count():
            try:
                plain, _peer = listener.accept()
            except OSError:
                return
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(plain, listener), daemon=True).start()

    def _serve(self, plain: socket.socket, listener: socket.socket) -> None:
        # In one step, so that `_show` drops every link that shows what was shown before, and `close` every
        # one that was accepted before.
        with self._news:
            if listener is not self._listener:
                plain.close()
                return
            link = Link(plain, self.identity.context())
            self.accepted += 1
            self.links.append(link)
        try:
            if self.manner:
                link.misbehave(self.manner)
                return
            link.handshake()
            while (asked := self.read(link)) is not None:
                self._answer(asked)
        except OSError:
            pass  # edges that go away, and those that are sent away
        finally:
            link.free()
            with self._news:
                self.links.remove(link)
                self._news.notify_all()

    def _answer(self, asked: Any) -> None:
        with self._news:
            self.asked.append(asked)
            self._news.notify_all()
        if asked.what == "capabilities":
            reply = (self.told or self.capabilities)(asked)
        else:
            script = self.audited if asked.what == "audit" else self.script
            reply = (script or self.right)(asked)
        if reply.held is None:
            deliver(asked.link, reply)
        else:
            threading.Thread(target=self._later, args=(asked.link, reply), daemon=True).start()

    def _later(self, link: Link, reply: Reply) -> None:
        assert reply.held is not None
        reply.held.wait(60)
        deliver(link, reply)


def deliver(link: Link, reply: Reply) -> None:
    link.send(reply.octets)
    if reply.end:
        {"close": link.close, "cut": link.cut, "reset": link.reset}[reply.end]()


def now() -> float:
    """On the clock that S carries."""
    return time.time()
