"""Answers of an SKI key server that are not right, and what the edge makes of them (groups SE)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from ..case import Role, Variant, case
from ..codecs import cbor, json
from ..edge.context import EdgeContext
from ..edge.keyserver import Reply, Script
from ..edge.site import Site
from ..edge.ski import SkiAsked, SkiKeyServer, encode
from ..edge.visit import RSA
from ..exchange import MEDIA_TYPES
from ..request import ERRORS
from ..report.text import printable

PROTOCOL, ROLE = "ski", Role.EDGE
SECTION = "edge, SKI answers"
STATUSES = (400, 403, 404, 500)


def ski(site: Site) -> SkiKeyServer:
    """Its first key server."""
    server = site.server
    assert isinstance(server, SkiKeyServer)
    return server


# From a request and the right output to an answer.
Spoil = Callable[[Site, SkiAsked, bytes], Reply]


def right_output(asked: SkiAsked) -> bytes:
    """What an honest key server would send."""
    assert isinstance(asked.server, SkiKeyServer)
    return asked.server.output(asked) or b""


def answering(site: Site, spoil: Spoil) -> Script:
    """Every operation is answered so, with what would be right at hand."""

    def script(asked: SkiAsked) -> Reply:
        return spoil(site, asked, right_output(asked))

    return script


def members(made: Callable[[bytes], dict[str, Any]], status: int = 200, **how: Any) -> Spoil:
    """An answer with these members."""
    return lambda site, asked, output: ski(site).reply(made(output), status, **how)


def octets(made: Callable[[Site, bytes], bytes], **how: Any) -> Spoil:
    """An answer with this body."""
    return lambda site, asked, output: ski(site).reply(body=made(site, output), **how)


def each(t: EdgeContext, answers: dict[str, Spoil], rsa: bool = True) -> Iterator[Variant]:
    """Every answer in each exchange of each edge."""
    for site in t.sites():
        for label, spoil in answers.items():
            for exchange in site.exchanges if rsa else site.signed:
                yield t.spoilt(label, site, answering(site, spoil), exchange)


@case("edge-ski-5.1.2-errors", clauses=("SKI-5.1.2-08", "SKI-7.1-01", "SKI-P-03"), rows=("SE-04",))
def errors(t: EdgeContext) -> Iterator[Variant]:
    """Each of the four errors ends a handshake with a signature by a fatal alert; ServerKeyExchange or
    CertificateVerify is never sent (A-88)."""
    for site in t.sites():
        for error, status in zip(ERRORS, STATUSES, strict=True):
            spoil = members(lambda _, e=error: {"error": e}, status)  # type: ignore[misc]
            for exchange in site.signed:
                yield t.spoilt(error, site, answering(site, spoil), exchange)


@case("edge-ski-5.1.1-errors", clauses=("SKI-5.1.1-09",), rows=("SE-03",), needs=("edge-rsa",))
def rsa_errors(t: EdgeContext) -> Iterator[Variant]:
    """After each of the four errors static RSA goes on with a random premaster and fails at Finished."""
    for site in t.sites("edge-rsa"):
        for error, status in zip(ERRORS, STATUSES, strict=True):
            spoil = members(lambda _, e=error: {"error": e}, status)  # type: ignore[misc]
            yield t.spoilt(error, site, answering(site, spoil), RSA)


WRONG_PREMASTERS: dict[str, Callable[[bytes], bytes]] = {
    "0 octets": lambda right: b"",
    "1 octet": lambda right: b"\3",
    "47 octets": lambda right: right[:47],
    "49 octets": lambda right: right + b"\0",
    "256 octets": lambda right: right * 6,
    "version 3.2": lambda right: b"\3\2" + right[2:],
    "version 0.0": lambda right: b"\0\0" + right[2:],
    "version 254.253": lambda right: b"\xfe\xfd" + right[2:],
    "all zero": lambda right: bytes(48),
    "another one": lambda right: b"\3\3" + bytes(46),
}


@case(
    "edge-ski-5.1.1-wrong-premaster",
    clauses=("SKI-5.1.1-09", "SKI-7.2-01"),
    rows=("SE-03",),
    needs=("edge-rsa",),
)
def wrong_premaster(t: EdgeContext) -> Iterator[Variant]:
    """A premaster of another length, version or value leads to the same failure at Finished."""
    for site in t.sites("edge-rsa"):
        for label, spoil in WRONG_PREMASTERS.items():
            made = members(lambda right, s=spoil: {"output": s(right)})  # type: ignore[misc]
            yield t.spoilt(label, site, answering(site, made), RSA)


@case("edge-ski-5.1.1-premaster-version", clauses=("SKI-5.1.1-09",), rows=("SE-03",), needs=("edge-rsa",))
def premaster_version(t: EdgeContext) -> Iterator[Variant]:
    """A client whose premaster has another version than its ClientHello fails at Finished, though everything
    else fits, and though the key server has not objected (RFC 5246 §7.4.7.1)."""
    for site in t.sites("edge-rsa"):
        yield t.served("version 3.3", site, site.visit_rsa(t.rng))
        for version in (0x0302, 0x0301, 0x0300, 0x0304, 0x0000, 0xFEFD):
            visit = site.visit_rsa(t.rng, version)
            yield t.fails_at_finished(f"version {version >> 8}.{version & 255}", site, visit)


@case("edge-ski-5.1.1-alike", clauses=("SKI-5.1.1-09",), rows=("SE-03",), needs=("edge-rsa",))
def alike(t: EdgeContext) -> Iterator[Variant]:
    """The TLS client cannot tell an error of the key server from a wrong premaster: alert and messages are
    those of a wrong one."""
    for site in t.sites("edge-rsa"):

        def seen(spoil: Spoil) -> tuple[object, ...]:
            site.play(answering(site, spoil))
            visit = site.visit(RSA)
            return visit.alert, visit.ending, tuple(visit.flight), len(visit.received)

        control = seen(members(lambda right: {"output": b"\3\3" + bytes(46)}))
        for label, spoil in (
            ("error", members(lambda _: {"error": ERRORS[0]}, 400)),
            ("other version", members(lambda right: {"output": b"\2\2" + right[2:]})),
            ("47 octets", members(lambda right: {"output": right[:47]})),
            ("no object", octets(lambda site, right: b"\xff" * 40)),
            ("error of HTTP", members(lambda _: {}, 503)),
        ):
            came = seen(spoil)
            yield t.check(
                f"{site.name} {label}", came == control, f"as a wrong premaster: {control}", str(came)
            )
        site.play(None)
        yield t.served("afterwards", site, site.visit(RSA))


Wrong = Callable[[Site, SkiAsked, bytes], bytes]
WRONG_SIGNATURES: dict[str, Wrong] = {
    "last octet": lambda site, asked, right: right[:-1] + bytes([right[-1] ^ 1]),
    "first octet": lambda site, asked, right: bytes([right[0] ^ 1]) + right[1:],
    "empty": lambda site, asked, right: b"",
    "cut": lambda site, asked, right: right[:-1],
    "followed by an octet": lambda site, asked, right: right + b"\0",
    "long": lambda site, asked, right: right + bytes(2000),
    "all zero": lambda site, asked, right: bytes(len(right)),
    "of other input": lambda site, asked, right: _signed(asked, input=bytes(len(asked.members["input"]))),
    "of input without its last octet": lambda site, asked, right: _signed(
        asked, input=asked.members["input"][:-1]
    ),
    "of another key": lambda site, asked, right: _by_another_key(site, asked),
    "of the last handshake": lambda site, asked, right: _earlier(site, asked),
}


def _signed(asked: SkiAsked, **changes: object) -> bytes:
    other = replace(asked, members=asked.members | changes)
    return right_output(other)


def _by_another_key(site: Site, asked: SkiAsked) -> bytes:
    """Of the same kind where there is one."""
    own = asked.server_key
    assert own is not None
    others = [s for s in site.target.served if s is not own and not s.decrypts]
    alike = [s for s in others if s.key.type == own.key.type] or others
    return _signed(asked, spki=alike[0].key.spki)


def _earlier(site: Site, asked: SkiAsked) -> bytes:
    earlier = [a for a in site.asked("key") if a.server_key is asked.server_key and a is not asked]
    return right_output(earlier[-1])


@case("edge-ski-7.1-wrong-signature", clauses=("SKI-7.1-01", "REQ-7-01", "SKI-9-01"), rows=("SE-04",))
def wrong_signature(t: EdgeContext) -> Iterator[Variant]:
    """No TLS client sees a signature that does not verify: it is checked before use."""
    for site in t.sites():
        for exchange in site.signed:
            site.visit(exchange)  # for the signature of an earlier handshake
            for label, wrong in WRONG_SIGNATURES.items():

                def spoil(site: Site, asked: SkiAsked, right: bytes, wrong: Wrong = wrong) -> Reply:
                    return ski(site).reply({"output": wrong(site, asked, right)})

                yield t.spoilt(label, site, answering(site, spoil), exchange)


@case("edge-ski-5.2-neither-nor", clauses=("SKI-P-03", "SKI-5.2-01"), rows=("SE-01",))
def neither_nor(t: EdgeContext) -> Iterator[Variant]:
    """An object with both output and error, with neither, or with nothing is an error."""
    yield from each(
        t,
        {
            "both": members(lambda right: {"output": right, "error": ERRORS[1]}),
            "neither": members(lambda right: {"other": 1}),
            "empty object": members(lambda right: {}),
            "null output": members(lambda right: {"output": None}),
        },
    )


@case("edge-ski-p-statuses", clauses=("SKI-P-03", "SKI-7.1.1-01"), rows=("SE-02",))
def statuses(t: EdgeContext) -> Iterator[Variant]:
    """Success needs both a 2xx status and output (A-67): an error object with 200, an output with an error
    status, statuses without a body are errors."""
    answers = {
        "200 with error": members(lambda _: {"error": ERRORS[3]}),
        "404 without body": octets(lambda site, right: b"", status=404),
        "200 without body": octets(lambda site, right: b""),
        "204": octets(lambda site, right: b"", status=204),
    }
    answers |= {
        f"{status} with output": members(lambda right: {"output": right}, status)
        for status in (300, 304, 400, 403, 404, 429, 500, 503)
    }
    yield from each(t, answers)


@case("edge-ski-p-redirects", clauses=("SKI-P-03",), rows=("SE-02",))
def redirects(t: EdgeContext) -> Iterator[Variant]:
    """No redirect is followed."""
    for site in t.sites():
        for status in (301, 302, 303, 307, 308):
            def spoil(site: Site, asked: SkiAsked, right: bytes) -> Reply:
                headers = (("Location", f"{site.target.path}2"),)
                return ski(site).reply({"output": right}, status, headers=headers)

            yield t.spoilt(f"{status}", site, answering(site, spoil))
            followed = [a for a in site.asked() if a.path == f"{site.target.path}2"]
            yield t.check(f"{site.name} {status}, followed", not followed, "no request", f"{len(followed)}")


@case("edge-ski-5.2-malformed", clauses=("SKI-5.2-06",), rows=("SE-06",))
def malformed(t: EdgeContext) -> Iterator[Variant]:
    """A body that is no object of the format asked for is an error."""

    def cut(site: Site, right: bytes) -> bytes:
        return encode({"output": right}, site.target.format)[:-3]

    yield from each(
        t,
        {
            "noise": octets(lambda site, right: b"\xff" * 40),
            "cut": octets(cut),
            "followed by an octet": octets(lambda s, r: encode({"output": r}, s.target.format) + b"x"),
            "output is a number": members(lambda right: {"output": 5}),
            "output is a list": members(lambda right: {"output": [right]}),
            "a list": octets(lambda s, r: encode([{"output": r}], s.target.format)),  # type: ignore[arg-type]
            "the bare octets": octets(lambda site, right: right),
            "error is a number": members(lambda right: {"error": 4}),
        },
    )


@case("edge-ski-5.2-other-format", clauses=("SKI-7.1.1-01", "SKI-5.2-06"), rows=("SE-06",))
def other_format(t: EdgeContext) -> Iterator[Variant]:
    """An answer of another Content-Type than the request's, whatever its body, is an error."""

    def other(site: Site) -> str:
        return "cbor" if site.target.format == "json" else "json"

    yield from each(
        t,
        {
            "text/html": members(lambda right: {"output": right}, type="text/html"),
            "no Content-Type": members(lambda right: {"output": right}, type=""),
            "longer name": members(lambda right: {"output": right}, type="application/jsonx"),
            "the other format, wrongly named": octets(lambda s, r: encode({"output": r}, other(s))),
            "the other format": lambda s, asked, r: ski(s).reply(
                body=encode({"output": r}, other(s)), type=f"application/{other(s)}"
            ),
        },
    )


@case(
    "edge-ski-5.2-json-answers", clauses=("SKI-5.2-07", "SKI-5.2-06"), rows=("SE-06",), needs=("edge-json",)
)
def json_answers(t: EdgeContext) -> Iterator[Variant]:
    """JSON escapes of base64 are taken; base64 without padding, with line ends or of another alphabet, and
    repeated members are refused."""

    def quoted(text: bytes) -> bytes:
        return b'{"output":"' + text + b'"}'

    for site in t.sites("edge-json"):
        escaped = octets(lambda s, r: quoted(json.base64_encode(r).encode().replace(b"/", b"\\/")))
        site.play(answering(site, escaped))
        yield t.served("escaped solidus", site)
        spaced = octets(lambda s, r: b' {\n "output" : "' + json.base64_encode(r).encode() + b'" } \n')
        site.play(answering(site, spaced))
        yield t.served("white space", site)
        more = members(lambda right: {"output": right, "more": "x"})
        site.play(answering(site, more))
        yield t.served("unknown member", site)
        b64 = json.base64_encode
        refused: dict[str, Spoil] = {
            "no padding": octets(
                lambda s, r: quoted(b64(r + bytes(-len(r) % 3) + b"a").encode().rstrip(b"="))
            ),
            "line end": octets(lambda s, r: quoted(b64(r).encode()[:40] + b"\\r\\n" + b64(r).encode()[40:])),
            "url alphabet": octets(lambda s, r: quoted(b64(b"\xff" * 72).encode().replace(b"/", b"_"))),
            "twice": octets(lambda s, r: quoted(b64(r).encode())[:-1] + b',"output":"AAAA"}'),
            "BOM": octets(lambda s, r: b"\xef\xbb\xbf" + quoted(b64(r).encode())),
            "deep": octets(lambda s, r: b"[" * 5000 + b"]" * 5000),
        }
        for label, spoil in refused.items():
            yield t.spoilt(printable(label), site, answering(site, spoil))


@case(
    "edge-ski-5.2-cbor-answers", clauses=("SKI-5.2-08", "SKI-5.2-06"), rows=("SE-06",), needs=("edge-cbor",)
)
def cbor_answers(t: EdgeContext) -> Iterator[Variant]:
    """CBOR that is not deterministic, repeated keys and text in place of octets are refused (A-66)."""
    for site in t.sites("edge-cbor"):
        name = cbor.encode("output")
        refused: dict[str, Spoil] = {
            "indefinite map": octets(lambda s, r: b"\xbf" + name + cbor.encode(r) + b"\xff"),
            "indefinite octets": octets(lambda s, r: b"\xa1" + name + b"\x5f" + cbor.encode(r) + b"\xff"),
            "long head of the map": octets(lambda s, r: b"\xb8\x01" + name + cbor.encode(r)),
            "long length": octets(lambda s, r: b"\xa1" + name + b"\x5a" + len(r).to_bytes(4, "big") + r),
            "twice": octets(lambda s, r: b"\xa2" + (name + cbor.encode(r)) * 2),
            "text": octets(lambda s, r: b"\xa1" + name + cbor.encode("a" * 64)),
            "tagged": octets(lambda s, r: b"\xc0\xa1" + name + cbor.encode(r)),
            "length past the end": octets(lambda s, r: b"\xa1" + name + b"\x5b" + b"\xff" * 8 + r),
            "deep": octets(lambda s, r: b"\x81" * 5000 + b"\0"),
        }
        for label, spoil in refused.items():
            yield t.spoilt(label, site, answering(site, spoil))


def raw(head: str, body: Callable[[Site, bytes], bytes]) -> Spoil:
    """An answer whose head is written out."""
    return lambda site, asked, output: Reply(
        head.replace("TYPE", MEDIA_TYPES[site.target.format]).encode() + b"\r\n\r\n" + body(site, output)
    )


@case("edge-ski-7.1.1-bad-http", clauses=("SKI-7.1.1-01",), rows=("SE-06",))
def bad_http(t: EdgeContext) -> Iterator[Variant]:
    """An answer that is not HTTP/1.1, claims a length that cannot be, or is longer than any SKI object is an
    error; no crash, no endless wait."""

    def good(site: Site, right: bytes) -> bytes:
        return encode({"output": right}, site.target.format)

    ok = "HTTP/1.1 200 OK\r\nContent-Type: TYPE\r\n"
    answers: dict[str, Spoil] = {
        "body of 100000 octets": members(lambda right: {"output": right, "more": "x" * 100000}),
        "Content-Length 2^63": raw(ok + "Content-Length: 9223372036854775808", good),
        "Content-Length 10^9": raw(ok + "Content-Length: 1000000000", good),
        "Content-Length negative": raw(ok + "Content-Length: -1", good),
        "Content-Length twice": raw(ok + "Content-Length: 5\r\nContent-Length: 500", good),
        "Content-Length of less": raw(ok + "Content-Length: 3", good),
        "bad chunk": raw(ok + "Transfer-Encoding: chunked", lambda s, r: b"zz\r\n" + good(s, r)),
        "chunk of 2^64": raw(
            ok + "Transfer-Encoding: chunked", lambda s, r: b"f" * 17 + b"\r\n" + good(s, r)
        ),
        "gzip": raw(ok + "Content-Encoding: gzip\r\nContent-Length: 5", lambda s, r: b"\x1f\x8b\x08\0\0"),
        "HTTP/9.9": raw("HTTP/9.9 200 OK\r\nContent-Type: TYPE\r\nContent-Length: 5", good),
        "HTTP/2 preface": raw("PRI * HTTP/2.0", lambda s, r: b"SM\r\n\r\n"),
        "no status line": raw("output", good),
        "head of 1 MiB": raw(ok + "X: " + "x" * (1 << 20), good),
        "10000 headers": raw(ok + "\r\n".join(["X: y"] * 10000), good),
        "101 only": raw("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade", good),
    }
    for site in t.sites():
        for label, spoil in answers.items():
            yield t.spoilt(label, site, answering(site, spoil))
            for server in site.servers:
                server.drop()
