"""Reload, restart and broken configuration while requests come (SKI §4.2.2; group RS)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

from ..case import Profile, Variant, case
from ..channel import TlsChannel
from ..context import Context
from ..exchange import Exchange
from ..request import Request
from ._http import requests_apart, until

SECTION = "Resources: changes at work"

# Bounds the load of one connection, should the change never end.
MOST_REQUESTS = 20_000


def _until(
    t: Context, channel: TlsChannel, request: Request, done: threading.Event, ends: bool
) -> list[Exchange]:
    """Good exchanges on one connection until the change is done, or with `ends` until the connection ends:
    the last one, and none if there was no end."""
    for _ in range(MOST_REQUESTS):
        exchange = t.post(request, t.formats[0], channel=channel)
        right = exchange.output is not None and not request.check(exchange.output)
        if not right or (done.is_set() and not ends):
            return [exchange]
    return []


def _under_load(t: Context, change: Callable[[], None], ends: bool) -> list[list[Exchange]]:
    """Four connections at work while something changes; what each of them ended with."""
    done = threading.Event()

    def changing() -> list[Exchange]:
        try:
            change()
        finally:
            done.set()
        return []

    with ExitStack() as stack:
        calls: list[Callable[[], list[Exchange]]] = []
        for request in requests_apart(t, 4):
            channel = stack.enter_context(t.connect())
            t.proven(request, t.formats[0], channel=channel)
            calls.append(partial(_until, t, channel, request, done, ends))
        ended = t.concurrently([*calls, changing])[:-1]
    return ended


@case(
    "resources-reload-under-load",
    clauses=("SKI-4.2.2-01", "SKI-P-05"),
    rows=("RS-03",),
    needs=("reload",),
    profile=Profile.DEFAULT,
    serial=True,
)
def reload_under_load(t: Context) -> Iterator[Variant]:
    """A reload that changes nothing is not noticed: no request fails and no connection ends."""

    def reload() -> None:
        for _ in range(2):
            t.hooks.reload()

    for number, ended in enumerate(_under_load(t, reload, ends=False)):
        yield t.served(f"connection {number}", ended[-1])
    yield t.served("new connection", t.attempt("a"))


@case(
    "resources-broken-configuration",
    clauses=("SKI-4.2.2-01",),
    rows=("RS-03",),
    needs=("break-config",),
    serial=True,
)
def broken_configuration(t: Context) -> Iterator[Variant]:
    """A configuration that cannot be used changes nothing: the old keys keep serving, on old and new
    connections."""
    keys = [key for key in t.target.select("ski-ecdhe") if key.type != "ed25519"]
    with t.connect() as standing:
        t.proven(t.ecdhe_request(), t.formats[0], channel=standing)
        try:
            t.hooks.break_config()
            for key in keys:
                yield t.served(
                    f"{key.name}, old connection",
                    t.post(t.ecdhe_request(key), t.formats[0], channel=standing),
                )
                yield t.served(
                    f"{key.name}, new connection", t.post(t.ecdhe_request(key), t.formats[0], fresh=True)
                )
        finally:
            t.hooks.restore_config()
        yield t.served("restored", t.post(t.ecdhe_request(), t.formats[0], channel=standing))


@case(
    "resources-restart-under-load",
    clauses=("SKI-4.2.2-01", "SKI-5.2-01"),
    rows=("RS-08",),
    needs=("restart",),
    profile=Profile.DEFAULT,
    serial=True,
)
def restart_under_load(t: Context) -> Iterator[Variant]:
    """A server that is told to stop finishes what it has begun, or says nothing: no half answers, no wrong
    ones; then it is back."""
    for number, ended in enumerate(_under_load(t, t.hooks.restart, ends=True)):
        last = ended[-1] if ended else None
        clean = last is not None and last.response is None and not last.problem
        actual = last.summary if last else f"{MOST_REQUESTS} requests without an end"
        yield t.check(f"connection {number}", clean, "whole answers, then the end", actual, *ended[-1:])
    yield t.served("back", until(partial(t.attempt, "a"), True, t.target.wait))
