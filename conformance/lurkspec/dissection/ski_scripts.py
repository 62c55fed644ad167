"""SKI that no good key server speaks, played by a script."""

from __future__ import annotations

from ..request import DTLS12
from .scenario import SKI, Scenario
from .ski_scenarios import in_both, info
from .ski_stage import SkiStage

_SIGNATURE = bytes.fromhex("3006020101020101")


def _answers(s: SkiStage, format: str) -> None:
    t = s.context
    ecdhe, rsa = t.ecdhe_request, t.rsa_request
    output = (("output", _SIGNATURE),)
    s.post(ecdhe(), format)
    s.reply(output, format)
    s.post(ecdhe(), format)
    s.reply((("error", "request denied"), *output), format, info("both"), info("status"))
    s.post(ecdhe(), format)
    s.reply((), format, info("neither"))
    s.post(ecdhe(), format)
    s.reply((("error", "no such thing"),), format, info("error_name"), status=400)
    s.post(ecdhe(), format)
    s.reply((("error", "spki not found"),), format, info("status"))
    s.post(ecdhe(), format)
    s.reply(output, format, info("status"), status=500)
    s.post(ecdhe(), format)
    s.reply((("output", 5),), format, info("kind"), info("neither"))
    s.post(ecdhe(), format)
    s.reply((), format, body=b"\xff\xff", readable=False)
    other = "cbor" if format == "json" else "json"
    s.post(ecdhe(), format)
    s.reply(output, other, info("format"))
    premaster = b"\3\3" + bytes(46)
    for size in (0, 1, 47):
        s.post(rsa(), format)
        s.reply((("output", premaster[:size]),), format, info("short_premaster"))
    s.post(rsa(), format)
    s.reply((("output", premaster + b"\0"),), format, info("short_premaster"))
    s.post(rsa(), format)
    s.reply((("output", b"\3\1" + premaster[2:]),), format, info("premaster_version"))
    s.post(rsa(protocol=DTLS12), format)
    s.reply((("output", premaster),), format, info("premaster_version"))
    for error, status in (("malformed request", 400), ("unspecified error", 500)):
        s.post(rsa(), format)
        s.reply((("error", error),), format, info("rsa_oracle"), status=status)


def _chunked(s: SkiStage) -> None:
    for format in ("json", "cbor"):
        s.post(s.context.ecdhe_request(), format, chunk=50)
        s.reply((("output", _SIGNATURE),), format)


SCENARIOS = (
    *in_both(
        "script-answer",
        "answers that are wrong, or tell of a padding",
        _answers,
        ("SKI-5.2-20", "SKI-5.2-23", "SKI-5.2-24", "SKI-5.1.1-03", "SKI-5.1.1-04", "SKI-REQ-6", "SKI-P-01")
        + ("SKI-P-04", "SKI-P-09", "SKI-P-10"),
        script=True,
    ),
    Scenario("ski-chunked", SKI, "requests in chunks", _chunked, ("SKI-5.2-02",), script=True),
)
