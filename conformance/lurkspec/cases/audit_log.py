"""The audit log tells what happened and holds no secret (SKI §4.2.3, REQ 1, REQ 7), seen by the log hook."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from ..case import Variant, case
from ..codecs import pkcs1
from ..context import Context
from ..request import DENIED, NOT_FOUND

SECTION = "SKI §4.2.3, REQ 1, REQ 7 audit log"


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
    return t.hooks.wait_log(lambda log: _in_log(log, marker))


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
