"""Reload, restart and broken configuration while requests come (SKI §4.2.2; group RS)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

from ..case import Profile, Variant, case
from ..channel import TcpChannel, TlsChannel
from ..channel_context import ChannelContext
from ..context import ControlFailed
from ..hooks import BROKEN_KEYS
from ._http import until

SECTION = "Resources: changes at work"
OVER_LURK = ("REQ-5.1-01", "REQ-5.2-02")

# Bounds the load of one connection, should the change never end.
MOST_REQUESTS = 20_000


def _until(t: ChannelContext, channel: TlsChannel, done: threading.Event, ends: bool) -> list[Any]:
    """Good exchanges on one connection until the change is done, or with `ends` until the connection ends:
    the last one, and none if there was no end."""
    for _ in range(MOST_REQUESTS):
        question = t.question()
        exchange = t.reply(channel, question)
        right = exchange.output is not None and not question.request.check(exchange.output)
        if not right or (done.is_set() and not ends):
            return [exchange]
    return []


def _under_load(t: ChannelContext, change: Callable[[], None], ends: bool) -> list[list[Any]]:
    """Four connections at work while something changes; what each of them ended with."""
    done = threading.Event()

    def changing() -> list[Any]:
        try:
            change()
        finally:
            done.set()
        return []

    with ExitStack() as stack:
        calls: list[Callable[[], list[Any]]] = []
        for _ in range(4):
            channel = stack.enter_context(t.connect())
            first = t.reply(channel, t.question())
            if first.output is None:
                raise ControlFailed(first)
            calls.append(partial(_until, t, channel, done, ends))
        ended = t.concurrently([*calls, changing])[:-1]
    return ended


@case(
    "resources-reload-under-load",
    clauses=("SKI-4.2.2-01", "SKI-P-05"),
    rows=("RS-03",),
    needs=("reload",),
    profile=Profile.DEFAULT,
    serial=True,
    over_lurk=OVER_LURK,
)
def reload_under_load(t: ChannelContext) -> Iterator[Variant]:
    """A reload that changes nothing is not noticed: no request fails and no connection ends."""

    def reload() -> None:
        for _ in range(2):
            t.hooks.reload()

    for number, ended in enumerate(_under_load(t, reload, ends=False)):
        yield t.served(f"connection {number}", ended[-1])
    yield t.served("new connection", t.attempt("a"))


def _all_served(t: ChannelContext, label: str, standing: TcpChannel) -> Iterator[Variant]:
    """A signature by a key of each kind, on an old connection and on a new one."""
    types = dict.fromkeys(key.type for key in t.target.select(t.signing_usage))
    for type in types:
        yield t.served(f"{label}{type}, old connection", t.reply(standing, t.question(type=type)))
        with t.connect() as fresh:
            yield t.served(f"{label}{type}, new connection", t.reply(fresh, t.question(type=type)))


@case(
    "resources-broken-configuration",
    clauses=("SKI-4.2.2-01",),
    rows=("RS-03",),
    needs=("break-config",),
    serial=True,
    over_lurk=OVER_LURK,
)
def broken_configuration(t: ChannelContext) -> Iterator[Variant]:
    """A configuration that cannot be used changes nothing: the old keys keep serving, on old and new
    connections."""
    with t.connect() as standing:
        try:
            t.hooks.break_config()
            yield from _all_served(t, "", standing)
        finally:
            t.hooks.restore_config()
    # Not on the old connection: a reload of all keys may take longer than a connection may be idle.
    yield t.served("restored", t.attempt("a"))


@case(
    "resources-broken-key-files",
    clauses=("SKI-4.2.2-01",),
    rows=("RS-03",),
    needs=("break-keys",),
    serial=True,
    over_lurk=OVER_LURK,
)
def broken_key_files(t: ChannelContext) -> Iterator[Variant]:
    """A key file that is missing, empty, cut, encrypted or none changes nothing: the old set keeps
    serving."""
    with t.connect() as standing:
        try:
            for form in BROKEN_KEYS:
                t.hooks.break_keys(form)
                yield from _all_served(t, f"{form}, ", standing)
        finally:
            t.hooks.restore_config()
    # Not on the old connection: a reload of all keys may take longer than a connection may be idle.
    yield t.served("restored", t.attempt("a"))


@case(
    "resources-restart-under-load",
    clauses=("SKI-4.2.2-01", "SKI-5.2-01"),
    rows=("RS-08",),
    needs=("restart",),
    profile=Profile.DEFAULT,
    serial=True,
    over_lurk=OVER_LURK,
)
def restart_under_load(t: ChannelContext) -> Iterator[Variant]:
    """A server that is told to stop finishes what it has begun, or says nothing: no half answers, no wrong
    ones; then it is back."""
    for number, ended in enumerate(_under_load(t, t.hooks.restart, ends=True)):
        last = ended[-1] if ended else None
        clean = last is not None and last.response is None and not last.problem
        actual = last.summary if last else f"{MOST_REQUESTS} requests without an end"
        yield t.check(f"connection {number}", clean, "whole answers, then the end", actual, *ended[-1:])
    yield t.served("back", until(partial(t.attempt, "a"), True, t.target.wait))
