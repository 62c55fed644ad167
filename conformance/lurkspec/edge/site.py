"""An edge under test, with the suite around it: its key servers on one side, TLS clients on the other."""

from __future__ import annotations

import contextlib
import operator
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..codecs.tls import SCHEMES
from ..hooks import Hooks
from .keyserver import KeyServer, Script
from .lurk import LurkKeyServer
from .rsa_client import handshake_rsa
from .ski import SkiKeyServer
from .target import EdgeTarget
from .visit import ECDHE_ECDSA, ECDHE_RSA, RSA, TLS_1_3, Visit, client_context, first_flight, handshake
from .visit import handshake13
from .wirecheck import fault_of

_KEY_SERVERS: dict[str, type[KeyServer]] = {"ski": SkiKeyServer, "lurk": LurkKeyServer}


class Site:
    """`hooks` belong to this edge. Whoever uses the site holds `lock`."""

    def __init__(self, target: EdgeTarget, hooks: Hooks | None = None):
        self.target = target
        self.hooks = hooks
        self.lock = threading.RLock()
        self.servers: list[Any] = []
        # It did not recover from what a case did; set by the judge until a good handshake is made again.
        self.gone = False
        self._news = threading.Condition()
        try:
            for address in target.listen:
                self.servers.append(_KEY_SERVERS[target.protocol](target, address, self._news))
            for server in self.servers:
                server.open()
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        for server in self.servers:
            server.free()

    @property
    def name(self) -> str:
        return self.target.name

    @property
    def server(self) -> Any:
        """The first key server, which an edge asks unless that one fails."""
        return self.servers[0]

    def play(self, script: Script | None) -> None:
        """What all key servers answer from now on, None: the right thing."""
        for server in self.servers:
            server.script = script

    def honest(self) -> None:
        for server in self.servers:
            server.script = server.told = server.audited = None
            server.held.set()
            server.held = threading.Event()

    # What the key servers were asked

    def asked(self, what: str = "") -> list[Any]:
        """All of this kind, or of every kind, by time; whichever key server it came to."""
        with self._news:
            found = [a for server in self.servers for a in server.asked if what in ("", a.what)]
        return sorted(found, key=operator.attrgetter("at"))

    def wait(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait for requests until `holds`; whether it does."""
        with self._news:
            return self._news.wait_for(holds, seconds)

    @property
    def exchanges(self) -> list[str]:
        """Those that need a key, and that this edge offers."""
        abilities = {
            ECDHE_ECDSA: "edge-ecdsa",
            ECDHE_RSA: "edge-rsa-sign",
            RSA: "edge-rsa",
            TLS_1_3: "edge-tls13",
        }
        return [exchange for exchange, need in abilities.items() if need in self.target.abilities]

    @property
    def signed(self) -> list[str]:
        """The exchanges in which the key signs."""
        return [exchange for exchange in self.exchanges if exchange != RSA]

    def at_first(self) -> bool:
        """Handshakes until the first key server is asked, which an edge may let rest after a failure; whether
        it is."""
        limit = time.monotonic() + self.target.wait
        while (asked := self.asked("key")) and asked[-1].server is not self.server:
            if time.monotonic() > limit or not self.visit().ok:
                return False
            time.sleep(0.05)
        return True

    # Visits

    @contextlib.contextmanager
    def watched(self, visit: Visit) -> Iterator[Visit]:
        """Adds to the visit what the key servers are asked meanwhile."""
        marks = [len(server.asked) for server in self.servers]
        yield visit
        for server, mark in zip(self.servers, marks, strict=True):
            visit.asked += server.asked[mark:]
        visit.asked.sort(key=operator.attrgetter("at"))

    def visit(
        self, exchange: str = "", *, extended: bool = True, suite: str = "", context: Any = None, **how: Any
    ) -> Visit:
        """A handshake that offers this exchange alone (the first one of the edge without a name), by the
        library of Python."""
        exchange = exchange or self.exchanges[0]
        t = self.target
        with self.watched(Visit(exchange)) as visit:
            chosen = context or client_context(t.ca, exchange, extended, suite)
            handshake(visit, t.address, t.wait, chosen, t.server_name, **how)
        return visit

    def flight(self, hello: bytes, exchange: str = ECDHE_ECDSA) -> Visit:
        """Our own ClientHello, and the edge's first flight."""
        with self.watched(Visit(exchange)) as visit:
            first_flight(visit, self.target.address, self.target.wait, hello)
        return visit

    def visit13(self, rng: random.Random, *schemes: str) -> Visit:
        """A TLS 1.3 handshake whose every octet is known."""
        t = self.target
        with self.watched(Visit(TLS_1_3)) as visit:
            numbers = tuple(SCHEMES[name] for name in schemes)
            handshake13(visit, t.address, t.wait, t.server_name, rng, numbers)
        return visit

    def visit_rsa(self, rng: random.Random, version: int = 0x0303) -> Visit:
        """Static RSA by hand, the premaster of that version."""
        t = self.target
        with self.watched(Visit(RSA)) as visit:
            handshake_rsa(visit, t.address, t.wait, t.server_name, rng, version)
        return visit

    # Judgement

    def fault(self, visit: Visit, repeated: bool = False) -> str:
        """Why this visit was not served through the key server as it should be, "" when it was. `repeated`:
        the request may have been sent once more, to a key server or over a connection that works."""
        asked = visit.operations
        if not visit.ok:
            return visit.summary
        if not asked:
            return "the handshake is complete, but the key server was not asked"
        if len(asked) > 1 and not repeated:
            return f"{len(asked)} operations were asked for one handshake"
        return next(filter(None, (fault_of(visit, a) for a in asked)), "")

    def _alive(self) -> str:
        """Why a good handshake does not go through the key server; how it is asked is for the cases."""
        visit = self.visit()
        asked = visit.operations
        if visit.ok and not asked:
            return "the handshake is complete, but the key server was not asked"
        return "" if visit.ok else visit.summary

    def sentinel(self) -> str:
        """A good handshake; "" or what is wrong. Repeated for the target's wait: edges may rest after a
        failure, and start before the suite."""
        limit, pause = time.monotonic() + self.target.wait, 0.02
        while True:
            problem = self._alive()
            self.gone = bool(problem)
            if not problem or time.monotonic() + pause > limit:
                return problem
            time.sleep(pause)
            pause *= 2
