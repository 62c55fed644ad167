"""What the audit log must tell, and what it must never hold (SKI §4.2, REQ 1, 2, 7; SKI-P-18; groups RS,
HT)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

from ..case import Level, Variant, case
from ..codecs.hello import hello12
from ..codecs.tls import HANDSHAKE, record
from ..context import Context
from ..keys import RSA_USAGE
from ..request import Request
from ._http import asked
from ._tls import ANYTHING, say

SECTION = "Audit log"

MARK = "lurkspec-mark"


def _new_lines(t: Context, action: Callable[[], object]) -> list[str]:
    """What the log gains by an action; a good exchange behind it gives the server time to write."""
    before = len(t.hooks.log_text())
    action()
    t.proven(t.ecdhe_request(), t.formats[0])
    return t.hooks.log_text()[before:].splitlines()


def _spellings(octets: bytes) -> tuple[str, ...]:
    """How octets could stand in a text: parts of 24 octets, so that a cut or wrapped one is found too."""
    part = octets[: len(octets) // 3 * 3][-24:]
    return (
        part.hex(),
        part.hex().upper(),
        base64.b64encode(part).decode(),
        base64.urlsafe_b64encode(part).decode(),
    )


@case(
    "audit-requests",
    clauses=("SKI-REQ-1", "SKI-REQ-7", "SKI-4.2.1-01"),
    needs=("log",),
    level=Level.SHOULD,
    serial=True,
)
def requests(t: Context) -> Iterator[Variant]:
    """Every request is in the log with the identity that asked, served or refused."""
    name, good = t.edge("a").name.partition(":")[2], t.ecdhe_request()
    calls: dict[str, Request | bytes] = {
        "served": good,
        "malformed request": b"{",
        "spki not found": good.replaced(spki=t.rng.randbytes(32)),
        "request denied": good.replaced(protocol="TLS 1.1"),
    }
    for label, body in calls.items():
        lines = _new_lines(t, lambda: [t.post(body, t.formats[0]) for _ in range(20)])
        named = sum(name in line for line in lines)
        yield t.check(
            label,
            named > 20,
            "21 requests with the name of the edge",
            f"{named} in {len(lines)} lines",
            lenient=True,
        )
    spki = good["spki"]
    lines = _new_lines(t, lambda: t.post(good, t.formats[0]))
    spelled = any(
        s in line for line in lines for s in (spki.hex(), base64.b64encode(spki).decode(), t.key().name)
    )
    yield t.check("key", spelled, "the key by name or fingerprint", f"{len(lines)} lines", lenient=True)


@case("audit-no-secrets", clauses=("SKI-P-18", "SKI-REQ-7", "REQ-6.2-02"), rows=("HT-19",), needs=("log",))
def no_secrets(t: Context) -> Iterator[Variant]:
    """Neither inputs nor outputs are in the log, served or refused: a premaster secret there is a connection
    given away."""
    pairs: dict[str, Request] = {
        "ECDHE": t.ecdhe_request(),
        "malformed ECDHE": t.ecdhe_request(input=t.rng.randbytes(133)),
    }
    if t.target.select(RSA_USAGE):
        bad = t.rng.randrange(1 << 2000).to_bytes(t.rsa_key().rsa.key_size // 8, "big")
        pairs |= {"RSA": t.rsa_request(), "RSA with bad padding": t.rsa_request(input=bad)}
    for format in t.formats:
        for label, request in pairs.items():
            exchange = t.post(request, format)
            log = t.hooks.log_text()
            for what, octets in (("input", request["input"]), ("output", exchange.output)):
                if octets is not None:
                    found = [s for s in _spellings(octets) if s in log]
                    yield t.check(
                        f"{format} {label}, {what}",
                        not found,
                        "not in the log",
                        f"found: {bool(found)}",
                        exchange,
                    )


def _injections(t: Context) -> dict[str, Callable[[], object]]:
    """Ways to bring a line of our own into a log."""
    line = f'x\r\n{MARK} {{"event":"request"}}\n{MARK}'
    good, format = t.ecdhe_request(), t.formats[0]
    sni = record(HANDSHAKE, hello12(line), 0x0301)
    return {
        "protocol": lambda: t.post(good.replaced(protocol=line), format),
        "method": lambda: t.post(good.replaced(method=line), format),
        "hash": lambda: t.post(good.replaced(hash=line), format),
        "unknown member": lambda: t.post(good.replaced(**{line: line}), format),
        "spki": lambda: t.post(good.replaced(spki=line), format),
        "path": lambda: asked(t, path=f"/%0d%0a{MARK}%0a{MARK}"),
        "header": lambda: asked(t, {"User-Agent": f'"}}{MARK}\x1b[2J', "X-Forwarded-For": f"\x7f{MARK}"}),
        "bare LF": lambda: asked(t, {"X-Log": f"x\n{MARK}"}),
        "SNI": lambda: say(t, sni),
    }


def _certificate_injections(t: Context) -> dict[str, Callable[[], object]]:
    """The same by names in a certificate of the right CA."""
    line = f"x\r\n{MARK}\n{MARK}"

    def connected(**names: object) -> object:
        identity = t.issue(**names)
        return t.attempt(identity, context=t.tls_context(identity, ciphers=ANYTHING))

    return {
        "SAN URI": lambda: connected(names=(f"uri:urn:{line}",)),
        "SAN DNS": lambda: connected(names=(f"dns:{line}",)),
        "CN": lambda: connected(names=(), common_name=line),
        "CN beside a good SAN": lambda: connected(common_name=line),
    }


@case("audit-injection", clauses=("SKI-REQ-7", "SKI-4.2.3-06"), rows=("RS-10",), needs=("log",))
def injection(t: Context) -> Iterator[Variant]:
    """Text of peers is escaped: it begins no line of the log and brings no control octets into it."""
    ways = _injections(t) | (_certificate_injections(t) if t.target.ca_key else {})
    for label, way in ways.items():
        lines = _new_lines(t, way)
        begun = [line for line in lines if line.lstrip().startswith(MARK)]
        control = [line for line in lines if re.search("[\x00-\x08\x0b-\x1f\x7f]", line)]
        actual = f"{len(begun)} lines of ours, {len(control)} with control octets"
        yield t.check(label, not begun and not control, "no line of ours, no control octets", actual)


@case(
    "audit-shared-ciphertext",
    clauses=("SKI-4.2.1-02", "SKI-REQ-2"),
    needs=("log", "rsa", "foreign-rsa-key"),
    level=Level.SHOULD,
    serial=True,
)
def shared_ciphertext(t: Context) -> Iterator[Variant]:
    """Requests are looked at over all edges: one ciphertext from two of them leaves more in the log than two
    from two (§4.2.1)."""

    def both(first: Request, second: Request) -> list[str]:
        posts = ((first, "a"), (second.replaced(spki=t.foreign_key(RSA_USAGE).spki), "b"))
        return _new_lines(t, lambda: [t.post(request, t.formats[0], edge=edge) for request, edge in posts])

    apart, shared = t.rsa_request(), t.rsa_request()
    usual = both(apart, t.rsa_request())
    lines = both(shared, shared)
    told = len(lines) > len(usual) or sum(map(len, lines)) > sum(map(len, usual)) + 20
    yield t.check(
        "both",
        told,
        "an alarm, or a note at the request",
        f"{len(lines)} lines beside {len(usual)}",
        lenient=True,
    )
