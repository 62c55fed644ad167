"""Limits at n and n + 1, fair shares, and what is left after them (SKI §4.2.2; SKI-P-06; group RS)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

from ..case import Profile, Variant, case
from ..channel import ChannelError, TcpChannel
from ..channel_context import ChannelContext, Question
from ..context import Context
from ..session import Unsupported
from ._http import pipelined, requests_apart, until

SECTION = "Resources"
OVER_LURK = ("REQ-5.1-01", "REQ-5.2-02")

# Above it a test machine runs out of descriptors before the server runs out of connections.
MOST_CONNECTIONS = 400
REFUSALS = (429, 503)


def _reachable_limit(t: ChannelContext, name: str) -> int:
    limit = t.limit(name)
    if limit > MOST_CONNECTIONS:
        raise Unsupported(f"limits.{name} is above {MOST_CONNECTIONS}: lower it for the test")
    return limit


def _held(t: ChannelContext, edge: str, stack: ExitStack) -> Any:
    """A good exchange on a connection that stays open with the stack."""
    try:
        channel = stack.enter_context(t.connect(edge))
    except ChannelError as error:
        return t.failed(error, edge)
    assert isinstance(channel, TcpChannel)
    return t.reply(channel, t.question(edge))


@case(
    "resources-connections-per-edge",
    clauses=("SKI-P-06", "SKI-4.2.2-01", "REQ-5.2-02"),
    rows=("RS-01",),
    needs=("edge-b",),
    profile=Profile.DEFAULT,
    serial=True,
    over_lurk=OVER_LURK,
)
def connections_per_edge(t: ChannelContext) -> Iterator[Variant]:
    """An edge gets as many connections as its limit says and no more; other edges are served, and it too when
    one ends."""
    limit = _reachable_limit(t, "connections_per_edge")
    with ExitStack() as stack:
        exchanges = [_held(t, "b", stack) for _ in range(limit)]
        unserved = [e for e in exchanges if e.output is None]
        yield t.check("n", not unserved, f"{limit} are served", f"{len(unserved)} are not", *unserved[:2])
        yield t.turned_away("n + 1", _held(t, "b", stack))
        yield t.served("other edge meanwhile", t.attempt("a"))
    with ExitStack() as stack:
        yield t.served("recovery", until(lambda: _held(t, "b", stack), True, t.target.wait))


@case(
    "resources-connections",
    clauses=("SKI-P-06", "SKI-4.2.2-01"),
    rows=("RS-01",),
    profile=Profile.DEFAULT,
    serial=True,
    over_lurk=OVER_LURK,
)
def connections(t: ChannelContext) -> Iterator[Variant]:
    """Connections over all edges are limited, those without a handshake included: beyond the limit new ones
    are closed at once, or silent ones give way."""
    limit, extra = _reachable_limit(t, "connections"), 8
    deadline = t.limit("handshake_ms") / 1000
    with ExitStack() as stack:
        standing = [stack.enter_context(t.dial()) for _ in range(limit - 1)]
        yield t.served("n", until(partial(t.attempt, "a"), True, deadline / 2))
        standing += [stack.enter_context(t.dial()) for _ in range(1 + extra)]
        begin, ended = time.monotonic(), 0
        while ended < extra and time.monotonic() < begin + deadline / 2:
            ended = sum(channel.wait_closed(0.001) for channel in standing)
        in_time = time.monotonic() < begin + deadline / 2
        actual = f"{ended} of {len(standing)} ended"
        yield t.check(f"n + {extra}", ended >= extra and in_time, f"at least {extra} end at once", actual)
        meanwhile = t.attempt("a")
        judge = t.served if meanwhile.output is not None else t.turned_away
        yield judge("edge meanwhile", meanwhile)
    yield t.served("recovery", until(partial(t.attempt, "a"), True, t.target.wait))


@case(
    "resources-rate",
    clauses=("SKI-4.2.2-03", "SKI-P-06", "REQ-5.2-02"),
    rows=("RS-01",),
    needs=("limited-edge",),
    profile=Profile.DEFAULT,
    serial=True,
)
def rate(t: Context) -> Iterator[Variant]:
    """An edge is served at its rate: the burst whole, what comes above it 429 without output, others as ever,
    itself again soon."""
    rate = t.edge("limited").rate
    assert rate is not None
    with t.connect("limited") as idle:
        idle.wait_closed(
            rate.burst / rate.per_second
        )  # whoever used the edge before, its bucket is full by then
    requests = requests_apart(t, 2 * rate.burst, "limited")
    with t.connect("limited") as channel:
        begin = time.monotonic()
        answers = pipelined(t, channel, [r.encode(t.formats[0]) for r in requests], requests, "limited")
        most = rate.burst + int(rate.per_second * (time.monotonic() - begin)) + 1
        yield t.served("other edge meanwhile", t.post(t.ecdhe_request(), t.formats[0]))
        served = [a.output is not None for a in answers]
        burst = served[: rate.burst]
        yield t.check(
            "n", all(burst), f"{rate.burst} are served", f"{burst.count(False)} are not", answers[0]
        )
        yield t.check(
            "n + 1", sum(served) <= most, f"at most {most} are served", f"{sum(served)} are", answers[-1]
        )
        refused = [a for a in answers if a.output is None]
        if refused:
            yield t.http_refused("refusal", refused[0], REFUSALS)
        alike = {a.shape for a in refused}
        yield t.check(
            "refusals", len(alike) == 1, "refusals that are all alike", f"{len(alike)} kinds", *refused[:2]
        )
    again = partial(t.post, requests[0], t.formats[0], edge="limited")
    yield t.served("recovery", until(again, True, 1 / rate.per_second + 1))


def _load(t: ChannelContext, requests: int, type: str) -> int:
    """Expensive requests in a pipeline; how many were answered."""
    load = [t.question("a", type) for _ in range(requests)]
    with t.connect("a") as channel:
        channel.send(b"".join(question.octets for question in load))
        return sum(t.reply(channel, question, sent=True).response is not None for question in load)


def _beside(t: ChannelContext, questions: list[Question]) -> list[Any]:
    with t.connect("b") as channel:
        return [t.reply(channel, question) for question in questions]


@case(
    "resources-fair-share",
    clauses=("SKI-4.2.2-01", "REQ-5.1-01"),
    rows=("RS-02",),
    needs=("edge-b",),
    profile=Profile.DEFAULT,
    serial=True,
    over_lurk=OVER_LURK,
)
def fair_share(t: ChannelContext) -> Iterator[Variant]:
    """While one edge asks for the most expensive signatures it can get, another one is served in good
    time."""
    for type in ("ec-p521", "rsa"):
        if not t.target.select(t.signing_usage, "a", type):
            yield t.unsupported(type, f"the target has no {type} key for edge a")
            continue
        count = 2000 if t.profile is Profile.FULL else 50
        questions = [t.question("b") for _ in range(10)]
        calls: list[Callable[[], int | list[Any]]] = [partial(_load, t, count, type) for _ in range(4)]
        calls.append(partial(_beside, t, questions))
        *loads, others = t.concurrently(calls)
        assert isinstance(others, list)
        late = [e for e in others if e.output is None or e.seconds > 2]
        yield t.check(
            f"{type}, other edge", not late, "10 outputs within 2 s each", f"{len(late)} late", *late[:2]
        )
        yield t.check(
            f"{type}, load", loads == [count] * 4, f"4 times {count} answers", ", ".join(map(str, loads))
        )
