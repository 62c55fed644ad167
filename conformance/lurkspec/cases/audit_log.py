"""The audit log tells what happened and holds no secret (SKI §4.2.3, REQ 1, REQ 7), seen by the log hook."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator

from ..case import Level, Profile, Variant, case
from ..codecs import pkcs1
from ..codecs.hello import hello12
from ..codecs.tls import HANDSHAKE, record
from ..context import Context
from ..session import Unsupported
from ..keys import RSA_USAGE
from ..request import DENIED, NOT_FOUND, Request
from ._http import asked
from ._tls import ANYTHING, say

SECTION = "SKI §4.2.3, REQ 1, REQ 7 audit log"

MARK = "lurkspec-mark"


def _in_log(log: str, octets: bytes) -> bool:
    """Octets in the forms in which a log would hold them: hex in any case, base64 in both alphabets at any
    offset.
    """
    lower = log.lower()
    if octets.hex() in lower or octets.hex(":") in lower or octets.hex(" ") in lower:
        return True
    # Whole base64 groups in the middle do not depend on what stands before, but for the offset modulo 3.
    middles = {base64.b64encode(octets[skip:])[:16].decode() for skip in range(3)}
    return any(m in log or m.replace("+", "-").replace("/", "_") in log for m in middles)


def _noted(t: Context, format: str, marker: bytes) -> str:
    """The log after a request with an unknown fingerprint, which shows that all before it is written."""
    t.post(t.ecdhe_request().replaced(spki=marker), format)
    log = t.hooks.wait_log(lambda log: _in_log(log, marker))
    if not log:
        raise Unsupported("the file that the target names as its log is empty or not there")
    return log


@case("ski-req-7-no-premaster-in-log", clauses=("SKI-REQ-7", "SKI-P-18"), needs=("rsa", "log"))
def no_premaster_in_log(t: Context) -> Iterator[Variant]:
    """Neither the premaster secret nor the ciphertext of a request is in the log, of a good one or a
    refused one.
    """
    premaster = pkcs1.premaster(t.rng)
    good = t.rsa_request(premaster=premaster)
    bad = t.rsa_request(input=t.rng.randbytes(255))
    for format in t.formats:
        answer = t.proven(good, format)
        t.post(bad, format)
        substitute = t.post(t.rsa_request(premaster=premaster[:47]), format)
        log = _noted(t, format, t.rng.randbytes(32))
        for label, octets in {
            "premaster": premaster[2:34],
            "answer": (answer.output or b"")[2:34],
            "substitute": (substitute.output or b"")[2:34],
            "ciphertext": good["input"][:32],
            "refused input": bad["input"][:32],
        }.items():
            found = bool(octets) and _in_log(log, octets)
            yield t.check(f"{format} {label}", not found, "not in the log", "in the log", answer)


@case("ski-req-7-no-signature-in-log", clauses=("SKI-REQ-7", "SKI-P-18"), needs=("ecdhe", "log"))
def no_signature_in_log(t: Context) -> Iterator[Variant]:
    """Neither randoms, point nor signature of a request are in the log."""
    for format in t.formats:
        request = t.ecdhe_request()
        answer = t.proven(request, format)
        log = _noted(t, format, t.rng.randbytes(32))
        data: bytes = request["input"]
        for label, octets in {
            "client random": data[:32],
            "server random": data[32:64],
            "point": data[68:100],
            "signature": (answer.output or b"")[8:40],
        }.items():
            yield t.check(
                f"{format} {label}", not _in_log(log, octets), "not in the log", "in the log", answer
            )


@case("ski-req-1-request-in-log", clauses=("SKI-REQ-1", "SKI-P-18"), needs=("ecdhe", "edge-b", "log"))
def request_in_log(t: Context) -> Iterator[Variant]:
    """Each request leaves the identity of its edge and the fingerprint of its key in the log, refused ones
    too.
    """
    before = len(t.hooks.log_text())
    unknown = t.rng.randbytes(32)
    t.proven(t.ecdhe_request(), t.formats[0])
    refused = t.post(t.ecdhe_request().replaced(spki=unknown), t.formats[0], edge="b")
    yield t.refused("refused", refused, NOT_FOUND, also=(DENIED,))
    new = t.hooks.wait_log(lambda log: _in_log(log[before:], unknown))[before:]
    for label, found in {
        "edge a": t.edge("a").name in new,
        "edge b": t.edge("b").name in new,
        "key": _in_log(new, t.key().spki) or t.key().name in new,
        "unknown fingerprint": _in_log(new, unknown),
    }.items():
        yield t.check(label, found, "in the log", "not in the log", lenient=True)


@case("ski-4.2.3-cause-in-log", clauses=("SKI-4.2.3-06",), needs=("ecdhe", "log"))
def cause_in_log(t: Context) -> Iterator[Variant]:
    """What the edge is not told stands in the log: two requests that are answered alike leave different
    causes.
    """
    marks = [t.rng.randbytes(32), t.rng.randbytes(32)]
    good = t.ecdhe_request().encode("json")
    answers, causes = [], []
    for body, mark in zip((good[:-1], good.replace(b'"input"', b'"inqut"')), marks):
        before = len(t.hooks.log_text())
        answers.append(t.post(body))
        log = _noted(t, "json", mark)[before:]
        causes.append("\n".join(line for line in log.splitlines() if not _in_log(line, mark)))
    yield t.same("answers", answers[1], answers[0])
    kept = [{word for word in cause.split('"') if word.isascii()} for cause in causes]
    differ = any(word.replace(" ", "").isalpha() for word in kept[0] ^ kept[1])
    yield t.check(
        "causes", differ, "the log tells them apart", "the log does not tell them apart", lenient=True
    )


def _new_lines(t: Context, action: Callable[[], object]) -> list[str]:
    """What the log gains by an action."""
    before = len(t.hooks.log_text())
    action()
    return _noted(t, t.formats[0], t.rng.randbytes(32))[before:].splitlines()


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

    def both(first: Request, second: Request) -> int:
        posts = ((first, "a"), (second.replaced(spki=t.foreign_key(RSA_USAGE).spki), "b"))
        return sum(
            map(len, _new_lines(t, lambda: [t.post(r, t.formats[0], edge=edge) for r, edge in posts]))
        )

    # The log may have lines of its own in between (connections that begin and end): the least of three.
    usual = min(both(t.rsa_request(), t.rsa_request()) for _ in range(3))
    told = min(both(shared, shared) for shared in (t.rsa_request() for _ in range(3)))
    actual = f"{told} octets beside {usual} as usual"
    yield t.check("both", told > usual + 20, "an alarm, or a note at the request", actual, lenient=True)


@case(
    "audit-suspicious-edge",
    clauses=("SKI-4.2.1-01", "REQ-5.2-02"),
    needs=("log", "edge-b"),
    level=Level.SHOULD,
    profile=Profile.DEFAULT,
)
def suspicious_edge(t: Context) -> Iterator[Variant]:
    """An edge whose requests fail by the hundred (10^4 with the full profile) raises an alarm that names it
    (§4.2.1)."""
    count, format = 10_000 if t.profile is Profile.FULL else 200, t.formats[0]
    probe = t.ecdhe_request(t.key(edge="b")).replaced(spki=t.rng.randbytes(32))
    for _ in range(count):
        t.post(probe, format, edge="b")
    name = t.edge("b").name.partition(":")[2]
    log = _noted(t, format, t.rng.randbytes(32))
    alarms = [
        line for line in log.splitlines() if name in line and re.search("alarm|alert|suspic|warn", line, re.I)
    ]
    yield t.check("alarm", bool(alarms), "an alarm that names the edge", f"{len(alarms)} lines", lenient=True)
