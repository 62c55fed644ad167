"""Capabilities as a LURK edge asks for them, and states that change (LC-05 to LC-10, A-79, A-80)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from ..case import Role, Variant, case
from ..codecs import hello as h
from ..codecs import lurk
from ..codecs.lurk import Status, Type
from ..edge.context import EdgeContext
from ..edge.keyserver import Reply
from ..edge.lurk import LurkAsked
from ..edge.site import Site
from .edge_lurk_answers import answering, error, keyserver

PROTOCOL, ROLE = "lurk", Role.EDGE
SECTION = "edge, LURK discovery"

# Of the time after which the edge may ask again: when nothing has come for so long, nothing is due.
_QUIET = 2
# How often is counted again: an edge may ask for capabilities at any time.
_COUNTS = 3


def inquiries(site: Site) -> int:
    return len(site.asked("capabilities"))


def refused(site: Site, state: bytes) -> None:
    """One handshake whose request is answered by an error with this state."""
    site.play(answering(error(Status.INVALID_KEY_ID, state)))
    site.visit()
    site.play(None)


def asked_again(site: Site, mark: int) -> bool:
    """Whether the edge asks for capabilities, with all the time that it may take."""
    return site.wait(lambda: inquiries(site) > mark, site.target.wait)


def settle(site: Site) -> None:
    """The first key server is the one that is asked, and nothing is due any more after errors before."""
    site.at_first()
    limit, rediscovery = time.monotonic() + site.target.wait, site.target.rediscovery or 0.0
    mark = inquiries(site)
    while site.wait(lambda: inquiries(site) > mark, _QUIET * rediscovery) and time.monotonic() < limit:
        mark = inquiries(site)


def informed(site: Site, mark: int) -> bool:
    """As `asked_again`, and the edge has had the time to look at what it was told."""
    came = asked_again(site, mark)
    settle(site)
    return came


def led_to(site: Site, wanted: int, told: Callable[[int], bytes], errors: int = 1) -> int:
    """How many requests for capabilities errors lead to, `told` of the number of the try being their state.
    Tried again where there are more than wanted."""
    count = 0
    for number in range(_COUNTS):
        settle(site)
        state, mark = told(number), inquiries(site)
        for _ in range(errors):
            refused(site, state)
        if wanted:
            asked_again(site, mark)
        settle(site)
        count = inquiries(site) - mark
        if count <= wanted:
            break
    return count


def mended(t: EdgeContext, label: str, site: Site) -> Variant:
    """Good capabilities again, and a good handshake."""
    site.honest()
    mark = inquiries(site)
    refused(site, b"")
    asked_again(site, mark)
    site.sentinel()
    return t.served(label, site)


@case(
    "edge-lurk-6.1-inquiry",
    clauses=("LURK-6.1.1-01", "TLS12-7.1-01", "TLS12-7.3-01"),
    needs=("edge-capabilities", "edge-rediscovery"),
)
def inquiry(t: EdgeContext) -> Iterator[Variant]:
    """A request for capabilities is a header alone."""
    for site in t.sites("edge-rediscovery"):
        settle(site)
        mark = inquiries(site)
        refused(site, b"")
        yield t.check(f"{site.name} asked", asked_again(site, mark), "capabilities are asked for", "nothing")
        for asked in site.asked("capabilities")[-1:]:
            m = asked.message
            good = m.payload == b"" and m.status == lurk.REQUEST and m.designation in (0, 1)
            yield t.check(f"{site.name} header alone", good, "no payload", f"{len(m.payload)} octets")


@case(
    "edge-lurk-5.4-state-absent",
    clauses=("LURK-5.4-09", "LURK-5.4-07", "LURK-5.2-11"),
    rows=("LC-05", "LC-09"),
    needs=("edge-rediscovery",),
)
def state_absent(t: EdgeContext) -> Iterator[Variant]:
    """An error without a state, or with none of four octets, is a mismatch: capabilities are asked for
    once."""
    for site in t.sites("edge-rediscovery"):
        for label, state in (("no payload", b""), ("three octets", b"\0\0\0"), ("33 octets", bytes(33))):
            count = led_to(site, 1, lambda number, state=state: state)  # type: ignore[misc]
            yield t.check(f"{site.name} {label}, once", count == 1, "one request", f"{count} requests")
            yield t.served(f"{label}, afterwards", site)


@case(
    "edge-lurk-5.4-state-same",
    clauses=("LURK-5.4-08", "LURK-5.4-06", "TLS12-7.3-02"),
    rows=("LC-06",),
    needs=("edge-rediscovery",),
)
def state_same(t: EdgeContext) -> Iterator[Variant]:
    """An error with the state of the capabilities leads to no request for them."""
    for site in t.sites("edge-rediscovery"):
        count = led_to(site, 0, lambda number, site=site: site.server.state, 5)  # type: ignore[misc]
        yield t.check(f"{site.name} five errors", count == 0, "no request", f"{count} requests")


@case(
    "edge-lurk-5.4-state-changed",
    clauses=("LURK-5.4-05", "LURK-5.4-06", "LURK-5.4-07", "TLS12-7.3-02"),
    rows=("LC-07",),
    needs=("edge-rediscovery",),
)
def state_changed(t: EdgeContext) -> Iterator[Variant]:
    """An error with another state leads to one request for capabilities; the answer's state is kept, whatever
    it looks like."""
    for site in t.sites("edge-rediscovery"):
        for label, first in (("all ones", b"\xff\xff\xff\xff"), ("random", b"")):

            def changed(number: int, site: Site = site, first: bytes = first) -> bytes:
                state = first if first and number == 0 else t.rng.randbytes(4)
                for server in site.servers:
                    server.state = state
                return state

            count = led_to(site, 1, changed)
            yield t.check(f"{site.name} {label}, once", count == 1, "one request", f"{count} requests")
            yield t.served(f"{label}, afterwards", site)
            count = led_to(site, 0, lambda number, site=site: site.server.state)  # type: ignore[misc]
            yield t.check(f"{site.name} {label}, kept", count == 0, "no request", f"{count} requests")


@case("edge-lurk-p-discovery-bounded", clauses=("LURK-P-09",), rows=("LC-08",), needs=("edge-rediscovery",))
def bounded(t: EdgeContext) -> Iterator[Variant]:
    """Many errors without a state lead to no more requests for capabilities than the time allows; also when
    those are answered by errors, which cause no further ones."""

    def refuse(asked: LurkAsked) -> Reply:
        return keyserver(asked).reply(asked.answer(b"", Status.UNDEFINED_ERROR))

    for site in t.sites("edge-rediscovery"):
        rediscovery = site.target.rediscovery or 1.0
        settle(site)
        for label, told in (("capabilities told", None), ("capabilities refused", refuse)):
            for server in site.servers:
                server.told = told
            begin, mark = time.monotonic(), inquiries(site)
            site.play(answering(error(Status.INVALID_KEY_ID, b"")))
            t.concurrently([site.visit] * 40, 4)
            site.play(None)
            site.wait(lambda: False, 3 * rediscovery)
            allowed = int((time.monotonic() - begin) / rediscovery) + 2
            count = inquiries(site) - mark
            yield t.check(f"{site.name} {label}", count <= allowed, f"at most {allowed}", f"{count}")
        yield mended(t, "afterwards", site)


def _told(made: Callable[[bytes], bytes]) -> Callable[[LurkAsked], Reply]:
    """Capabilities with another payload."""

    def script(asked: LurkAsked) -> Reply:
        server = keyserver(asked)
        return server.reply(asked.answer(made(server.granted(asked.message.designation))))

    return script


def _item(type: int, body: bytes) -> bytes:
    return lurk.encode_capability(lurk.Capability(type, body))


ODD: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda good: b"",
    "three octets": lambda good: b"abc",
    "an item past the end": lambda good: b"\0\0\xff\xff" + good[4:],
    "an item of length 0": lambda good: bytes(4) + good,
    "list of odd length": lambda good: _item(Type.ECDHE, b"\1\0\0\1\0\3\xc0\x2b\xc0" + bytes(4)) + good[-4:],
    "an item twice": lambda good: good[:-4] * 2 + good[-4:],
    "unknown types": lambda good: _item(77, b"abc") + _item(255, b"") + good,
    "60000 octets of unknown types": lambda good: _item(77, bytes(50)) * 1000 + good,
    "an octet left over": lambda good: good + b"\0",
}


@case(
    "edge-lurk-6.1-odd-capabilities",
    clauses=("TLS12-7.3-01", "LURK-6.1.3-01"),
    rows=("LC-10",),
    needs=("edge-rediscovery",),
)
def odd_capabilities(t: EdgeContext) -> Iterator[Variant]:
    """Capabilities that cannot be read are refused, unknown entries ignored; either way the next handshake is
    served or ended by an alert, and good capabilities mend it."""
    site = t.site("edge-rediscovery")
    settle(site)
    for label, made in ODD.items():
        for server in site.servers:
            server.told = _told(made)
        mark = inquiries(site)
        refused(site, b"")
        came = informed(site, mark)
        visit = site.visit()
        sound = not site.fault(visit, repeated=True) or bool(visit.alert)
        yield t.check(f"{site.name} {label}", came and sound, "served, or an alert", visit.summary, visit)
        yield mended(t, f"{label}, mended", site)
    if site.hooks is not None and site.hooks.has("restart"):
        yield from _nothing_granted(t, site)


def _nothing_granted(t: EdgeContext, site: Site) -> Iterator[Variant]:
    """Then nothing is negotiated, and no error makes the edge ask anew, but a start does."""
    for server in site.servers:
        server.told = _told(lambda good: good[-4:])
    mark = inquiries(site)
    refused(site, b"")
    came = informed(site, mark)
    visit = site.visit()
    sound = not site.fault(visit, repeated=True) or bool(visit.alert)
    yield t.check(f"{site.name} the state alone", came and sound, "served, or an alert", visit.summary, visit)
    site.honest()
    assert site.hooks is not None
    site.hooks.restart()
    site.sentinel()
    yield t.served("the state alone, mended", site)


@case(
    "edge-lurk-tls12-7.3-no-weaker",
    clauses=("TLS12-7.3-01", "TLS12-6.1-01"),
    rows=("DG-14",),
    needs=("edge-rediscovery",),
)
def no_weaker(t: EdgeContext) -> Iterator[Variant]:
    """Capabilities that offer less or weaker things do not take the edge below its configuration: proof,
    freshness and TLS 1.2 stay."""

    def strip(good: bytes) -> bytes:
        items, state = lurk.decode_tls12_capabilities(good)
        kept = [i if i.type != Type.ECDHE else lurk.Capability(i.type, i.body[:-4] + b"\1\0") for i in items]
        return b"".join(map(lurk.encode_capability, kept)) + state

    for site in t.sites("edge-rediscovery"):
        settle(site)
        for server in site.servers:
            server.told = _told(strip)
        mark = inquiries(site)
        refused(site, b"")
        came = informed(site, mark)
        visit = site.flight(h.hello12(site.target.server_name, groups=(23,)))
        problem = site.fault(visit, repeated=True)
        sound = not problem or not visit.ok
        yield t.check(
            f"{site.name} null proofs only",
            came and sound,
            "as configured, or no handshake",
            problem or visit.summary,
            visit,
        )
        yield mended(t, "mended", site)
