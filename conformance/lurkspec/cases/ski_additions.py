"""/ping and /capabilities, additions to the draft (A-63): that they are there and have their form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..case import Level, Variant, case
from ..codecs import cbor, json
from ..context import Context, ControlFailed
from ..exchange import MEDIA_TYPES, Exchange
from ..request import MALFORMED

SECTION = "SKI addition: ping and capabilities"

LISTS: dict[str, type] = {
    "protocols": str,
    "methods": str,
    "hashes": str,
    "schemes": int,
    "formats": str,
    "keys": bytes,
}
MAY_BE_EMPTY = ("schemes", "keys")


def _octets(value: Any) -> Any:
    """What base64 stands for; anything else as it is."""
    try:
        return json.base64_decode(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _capabilities(t: Context, format: str, edge: str = "a") -> tuple[Exchange, dict[str, Any]]:
    """The answer to GET /capabilities and its members, with octets in place of base64."""
    exchange = t.get("/capabilities", format, edge=edge)
    if exchange.status != 200 or exchange.members is None:
        raise ControlFailed(exchange)
    members = dict(exchange.members)
    if format == "json":
        keys = members.get("keys")
        members["keys"] = [_octets(key) for key in keys] if isinstance(keys, list) else keys
        members["state"] = _octets(members.get("state"))
    return exchange, members


def _wrong(members: dict[str, Any]) -> dict[str, str]:
    """What each member should be, for those that are not."""
    wrong = {}
    for name, kind in LISTS.items():
        values = members.get(name)
        if not isinstance(values, list) or not all(type(value) is kind for value in values):
            wrong[name] = f"a list of values of type {kind.__name__}"
        elif len(set(values)) < len(values):
            wrong[name] = "different values"
        elif not values and name not in MAY_BE_EMPTY:
            wrong[name] = "one value at least"
    if "keys" not in wrong and any(len(key) != 32 for key in members["keys"]):
        wrong["keys"] = "fingerprints of 32 octets"
    state = members.get("state")
    if not isinstance(state, bytes) or len(state) != 4:
        wrong["state"] = "4 octets"
    return wrong


def asked_capabilities(t: Context, edge: str = "a") -> tuple[Exchange, dict[str, Any]]:
    """Capabilities of a right form, for cases that ask whether they are true."""
    exchange, members = _capabilities(t, t.formats[0], edge)
    if _wrong(members):
        raise ControlFailed(exchange)
    return exchange, members


@case("ski-p-ping", clauses=("SKI-P-15", "REQ-6.1-03"), needs=("ping",))
def ping(t: Context) -> Iterator[Variant]:
    """GET /ping is answered 204 without a body, for each edge, on a connection with other requests before and
    after."""
    for edge in (name for name in ("a", "b") if name in t.target.edges):
        for number in range(3):
            exchange = t.get("/ping", t.formats[0], edge=edge)
            empty = exchange.response is not None and not exchange.response.body
            yield t.check(
                f"edge {edge} {number}",
                exchange.status == 204 and empty,
                "204 without a body",
                exchange.summary,
                exchange,
            )
    yield t.served("afterwards", t.post(t.ecdhe_request(), t.formats[0]))


@case("ski-p-ping-any-format", clauses=("SKI-P-15",), level=Level.SHOULD, needs=("ping",))
def ping_any_format(t: Context) -> Iterator[Variant]:
    """A ping has no body and hence no format: Accept decides nothing."""
    for label, accept in {
        "none": None,
        "anything": "*/*",
        "JSON": "application/json",
        "CBOR": "application/cbor",
        "HTML": "text/html",
    }.items():
        exchange = t.get("/ping", headers={"Accept": accept})
        yield t.check(label, exchange.status == 204, "204", exchange.summary, exchange, lenient=True)


@case("ski-p-capabilities-object", clauses=("SKI-P-15", "REQ-6.1-03"), needs=("capabilities",))
def capabilities_object(t: Context) -> Iterator[Variant]:
    """GET /capabilities gives protocols, methods, hashes, schemes, formats, keys (32 octets each) and a state
    of 4 octets."""
    for format in t.formats:
        exchange, members = _capabilities(t, format)
        wrong = _wrong(members)
        for name in (*LISTS, "state"):
            actual = f"{members.get(name)!r:.80}"
            yield t.check(
                f"{format} {name}", name not in wrong, wrong.get(name, "its form"), actual, exchange
            )
        more = set(members) - {*LISTS, "state"}
        yield t.check(
            f"{format} nothing else",
            not more,
            "no other member",
            f"also {sorted(more)}",
            exchange,
            lenient=True,
        )


@case("ski-p-capabilities-format", clauses=("SKI-P-15", "SKI-P-04"), needs=("capabilities",))
def capabilities_format(t: Context) -> Iterator[Variant]:
    """The answer has the format that Accept asks for, strictly coded, and says the same in each."""
    said = []
    for format in t.formats:
        exchange, members = _capabilities(t, format)
        media_type = exchange.response.media_type if exchange.response else ""
        yield t.check(
            f"{format} type", media_type == MEDIA_TYPES[format], MEDIA_TYPES[format], media_type, exchange
        )
        if format == "cbor" and exchange.response is not None:
            canonical = cbor.encode(exchange.members) == exchange.response.body
            yield t.check(
                "cbor deterministic", canonical, "deterministic encoding", exchange.summary, exchange
            )
        said.append(
            {n: sorted(value, key=repr) if isinstance(value, list) else value for n, value in members.items()}
        )
    yield t.check(
        "the same",
        all(one == said[0] for one in said),
        "one set of capabilities",
        f"{len(said)} answers differ",
    )


@case("ski-p-capabilities-state", clauses=("SKI-P-15",), needs=("capabilities",))
def capabilities_state(t: Context) -> Iterator[Variant]:
    """Unless something is configured anew, capabilities and state stay as they are, on any connection."""
    first, members = asked_capabilities(t)
    for number in range(3):
        with t.connect() as channel:
            again = t.get("/capabilities", t.formats[0], channel=channel)
            same = again.members == first.members
            yield t.check(
                f"{number}",
                same,
                f"state {members['state'].hex()}, the same members",
                again.summary,
                again,
                first,
            )


@case(
    "ski-p-additions-keep-the-connection",
    clauses=("SKI-P-05", "SKI-P-15", "REQ-6.1-03"),
    needs=("ping", "capabilities"),
)
def additions_keep_the_connection(t: Context) -> Iterator[Variant]:
    """Pings keep a connection alive, and stand between requests on it like any other."""
    with t.connect() as channel:
        for number in range(3):
            for format in t.formats:
                yield t.served(f"{number} {format}", t.post(t.ecdhe_request(), format, channel=channel))
                pinged = t.get("/ping", format, channel=channel)
                yield t.check(f"{number} {format} ping", pinged.status == 204, "204", pinged.summary, pinged)
                answer = t.post(t.ecdhe_request().without("input"), format, channel=channel)
                yield t.refused(f"{number} {format} refused", answer, MALFORMED)
                listed = t.get("/capabilities", format, channel=channel)
                yield t.check(
                    f"{number} {format} capabilities", listed.status == 200, "200", listed.summary, listed
                )
