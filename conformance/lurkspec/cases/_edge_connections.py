"""Key servers that are slow, absent or break off: the same for every protocol."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from ..case import Variant
from ..codecs import hello as h
from ..codecs.tls import HANDSHAKE, record
from ..edge.context import EdgeContext
from ..edge.keyserver import Reply, Script
from ..edge.site import Site
from ..edge.visit import RSA, TLS_1_3, Visit, client_context

# How long nothing must come while an answer is held back.
_QUIET = 0.3
# How often others may take longer than the deadline of the one that waits, on a machine that is busy.
_TRIES = 3


def right(asked: Any) -> Reply:
    reply: Reply = asked.server.right(asked)
    return reply


def cut(count: Callable[[int], int], end: str) -> Script:
    """The right answer up to an octet, and that end."""

    def script(asked: Any) -> Reply:
        whole = right(asked).octets
        return Reply(whole[: count(len(whole))], end=end)

    return script


def first_held(event: threading.Event, came: threading.Event) -> Script:
    """The first operation is answered once the event is set, all others at once."""

    def script(asked: Any) -> Reply:
        if came.is_set():
            return right(asked)
        came.set()
        return replace(right(asked), held=event)

    return script


def gathered(count: int) -> Script:
    """The first operations are answered once there are so many, so that they wait side by side."""
    arrived, all_there = itertools.count(1), threading.Event()

    def script(asked: Any) -> Reply:
        if next(arrived) >= count:
            all_there.set()
        return right(asked) if all_there.is_set() else replace(right(asked), held=all_there)

    return script


def ends_of(site: Site) -> list[str]:
    """An exchange of each kind of ending: with a signature, and static RSA where the edge has it."""
    return [site.signed[0]] + [e for e in site.exchanges if e == RSA]


def silent(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        for exchange in ends_of(site):
            held = threading.Event()
            for _ in range(_TRIES):
                slow, others, waited = _beside(site, exchange, held)
                if waited or not all(v.ok for v in others):
                    break
            label = f"no answer, {exchange}"
            yield t.check(
                f"{site.name} {label}, others meanwhile",
                waited and all(v.ok for v in others),
                "served while one handshake waits",
                "; ".join(v.summary for v in others),
                *others,
            )
            if exchange == RSA:
                yield t.fails_at_finished(label, site, slow)
            else:
                yield t.aborted(label, site, slow)
            held.set()
            yield t.served(f"{label}, after the late answer", site, site.visit(exchange))


def _beside(site: Site, exchange: str, held: threading.Event) -> tuple[Visit, list[Visit], bool]:
    """A handshake that gets no answer, others meanwhile, and whether it still waits when these are done."""
    came = threading.Event()
    site.play(first_held(held, came))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(site.visit, exchange)
        came.wait(site.target.wait)
        others = [site.visit(e) for e in site.exchanges]
        waited = not slow.done()
    site.play(None)
    return slow.result(), others, waited


def not_before_the_answer(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        exchange = next(e for e in site.signed if e != TLS_1_3)
        held, came = threading.Event(), threading.Event()
        site.play(first_held(held, came))
        hello = h.hello12(site.target.server_name)
        with socket.create_connection(site.target.address, site.target.wait) as plain:
            plain.sendall(record(HANDSHAKE, hello, 0x0301))
            asked = came.wait(site.target.wait)
            before = b""
            while select.select([plain], [], [], _QUIET)[0] and (octets := plain.recv(65536)):
                before += octets
            early = h.SERVER_KEY_EXCHANGE in h.ServerFlight.parse(before).messages
            yield t.check(
                f"{site.name} {exchange}, before",
                asked and not early,
                "no ServerKeyExchange",
                "sent" if early else "nothing of it" if asked else "the key server was not asked",
            )
            held.set()
            after = before
            with contextlib.suppress(OSError):
                while not h.ServerFlight.parse(after).complete and (octets := plain.recv(65536)):
                    after += octets
        flight = h.ServerFlight.parse(after)
        good = h.SERVER_HELLO_DONE in flight.messages
        yield t.check(f"{site.name} {exchange}, after", good, "ServerKeyExchange", flight.alert or str(good))
        if RSA not in site.exchanges:
            continue
        held, came = threading.Event(), threading.Event()
        site.play(first_held(held, came))
        found: list[Visit] = []
        slow = threading.Thread(target=lambda: found.append(site.visit(RSA)))
        slow.start()
        came.wait(site.target.wait)
        slow.join(_QUIET)
        waits = slow.is_alive()
        held.set()
        slow.join()
        yield t.check(f"{site.name} RSA, before", waits, "no Finished", "waits" if waits else "ended")
        yield t.served("RSA, after", site, found[0])


def broken_off(t: EdgeContext, ends: tuple[str, ...] = ("close", "cut", "reset")) -> Iterator[Variant]:
    counts: dict[str, Callable[[int], int]] = {
        "before the answer": lambda size: 0,
        "after an octet": lambda size: 1,
        "in the middle": lambda size: size // 2,
        "before the last octet": lambda size: size - 1,
    }
    for site in t.sites():
        for end in ends:
            for label, count in counts.items():
                for exchange in ends_of(site):
                    yield t.spoilt(f"{end} {label}", site, cut(count, end), exchange)


def never_whole(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        yield t.spoilt("half an answer, then nothing", site, cut(lambda size: size // 2, ""))


def refused(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        for exchange in site.exchanges:
            with contextlib.ExitStack() as stack:
                for server in site.servers:
                    stack.enter_context(server.away())
                visit = site.visit(exchange)
            if exchange == RSA:
                yield t.fails_at_finished(f"refused {exchange}", site, visit)
            else:
                yield t.aborted(f"refused {exchange}", site, visit)


def mute(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        for label, behaviour in (
            ("accepts and says nothing", "mute"),
            ("accepts and closes", "closing"),
            ("no TLS", "noise"),
        ):
            for server in site.servers:
                server.manner = behaviour
                server.drop()
            visit = site.visit(site.signed[0])
            for server in site.servers:
                server.manner = ""
                server.drop()
            yield t.aborted(label, site, visit)


def fail_over(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites("edge-fail-over"):
        first, second = site.servers[0], site.servers[1]
        for exchange in site.exchanges:
            with first.away():
                visit = site.visit(exchange)
            yield t.served(f"first one away, {exchange}", site, visit)
            asked = {a.server for a in visit.operations}
            yield t.check(
                f"{site.name} first one away, {exchange}, asked",
                asked == {second},
                "the second key server",
                f"{len(asked)} key servers",
                visit,
            )
        site.at_first()
        first.script = lambda asked: Reply(end="close")
        visit = site.visit()
        first.script = None
        complete = visit.ok
        yield t.check(
            f"{site.name} first one breaks off", complete, "served by the second", visit.summary, visit
        )
        back = site.at_first()
        yield t.check(f"{site.name} back at the first", back, "it is asked again", str(back))


def side_by_side(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        mark = len(site.asked("key"))
        chosen = [site.exchanges[i % len(site.exchanges)] for i in range(16)]
        for exchange in set(chosen):  # contexts are made by one thread
            client_context(site.target.ca, exchange)
        site.play(gathered(4))
        visits = t.concurrently([lambda e=e: site.visit(e) for e in chosen], 8)  # type: ignore[misc]
        count = len(site.asked("key")) - mark
        failed = [v for v in visits if not v.ok]
        yield t.check(
            f"{site.name} 16 handshakes",
            not failed and count == 16,
            "all served, 16 operations",
            f"{len(visits) - len(failed)} served, {count} operations",
            *failed[:1],
        )


def client_leaves(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        held = threading.Event()
        site.play(lambda asked: replace(right(asked), held=held))
        for exchange in site.exchanges:
            left = [_leave(site, exchange) for _ in range(2)]
            yield t.check(f"{site.name} {exchange}", all(left), "the key server is asked", str(left))
        held.set()
        site.play(None)
        for exchange in site.exchanges:
            yield t.served(f"afterwards {exchange}", site, site.visit(exchange))


def _leave(site: Site, exchange: str) -> bool:
    """A client that goes without a word once the key server is asked; whether it is."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = client_context(site.target.ca, exchange)
    tls = context.wrap_bio(incoming, outgoing, server_hostname=site.target.server_name)
    mark, limit = len(site.asked("key")), time.monotonic() + site.target.wait
    with socket.create_connection(site.target.address, site.target.wait) as plain:
        while len(site.asked("key")) == mark and time.monotonic() < limit:
            with contextlib.suppress(ssl.SSLWantReadError):
                tls.do_handshake()
            plain.sendall(outgoing.read())
            if select.select([plain], [], [], 0.02)[0]:
                incoming.write(plain.recv(65536))
    return len(site.asked("key")) > mark


def dripping(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        for exchange in site.exchanges:

            def script(asked: Any) -> Reply:
                whole = right(asked).octets
                for at in range(len(whole) - 1):
                    asked.link.send(whole[at : at + 1])
                return Reply(whole[-1:])

            site.play(script)
            yield t.served(f"octet by octet {exchange}", site, site.visit(exchange))
