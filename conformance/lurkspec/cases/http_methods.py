"""HTTP methods, paths and types: what is not a POST of JSON or CBOR to the SKI path (SKI §7.1.1; group
HT)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from ..case import Variant, case
from ..context import Context
from ..exchange import MEDIA_TYPES
from ..request import ERRORS
from ._http import asked, question, served_or_refused

SECTION = "HTTP methods, paths and types"

BODILESS = ("GET", "HEAD", "TRACE", "CONNECT")
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "FROBNICATE", "post", *BODILESS)
# RFC 9110 §9.1: 501 for methods that a server does not know; CONNECT has no path in its target.
METHOD_STATUSES = {"FROBNICATE": (405, 404, 501), "post": (405, 404, 501), "CONNECT": (405, 404, 501, 400)}


@case("http-method-other-refused", clauses=("SKI-P-02", "SKI-7.1.1-01"), rows=("HT-01",))
def method_other(t: Context) -> Iterator[Variant]:
    """Only POST asks for an operation: other methods are 405 with Allow, and TRACE echoes nothing (RFC 9110
    §9, §15.5.6)."""
    body = t.ecdhe_request().encode(t.formats[0])
    without_allow = []
    for method in METHODS:
        octets = b"" if method in BODILESS else body
        exchange = t.post(octets, t.formats[0], method=method, headers={"X-Probe": "echo-of-lurkspec"})
        yield t.http_refused(method, exchange, METHOD_STATUSES.get(method, (405, 404)))
        if (
            exchange.response
            and exchange.status == 405
            and "POST" not in (exchange.response.header("allow") or "")
        ):
            without_allow.append(method)
        if method == "TRACE":
            echo = exchange.response is not None and b"echo-of-lurkspec" in exchange.response.raw
            yield t.check(
                "TRACE, echo", not echo, "nothing of the request comes back", f"echo: {echo}", exchange
            )
    actual = f"405 without it: {', '.join(without_allow) or 'never'}"
    yield t.check("Allow", not without_allow, "Allow names POST in every 405", actual)


@case(
    "http-method-other-control-plane",
    clauses=("SKI-P-02", "SKI-P-15"),
    rows=("HT-01",),
    needs=("ping", "capabilities"),
)
def method_other_control_plane(t: Context) -> Iterator[Variant]:
    """/ping and /capabilities are asked with GET only."""
    for path in ("/ping", "/capabilities"):
        for method in ("POST", "PUT", "DELETE", "TRACE"):
            exchange = t.post(b"", t.formats[0], path=path, method=method)
            yield t.http_refused(f"{path} {method}", exchange, (405, 404))


@case("http-path-other-refused", clauses=("SKI-P-02", "SKI-5.2-03"), rows=("HT-02",))
def path_other(t: Context) -> Iterator[Variant]:
    """Paths that are not the SKI path are 404 or 400, however like it they look."""
    path = t.target.path
    others = {
        "root": "/",
        "slash behind": f"{path}/",
        "upper case": path.upper(),
        "double slash": f"/{path}",
        "asterisk": "*",
        "encoded dots": f"/%2e%2e{path}",
        "dots": f"/..{path}",
        "detour": f"{path}/../x",
        "segment behind": f"{path}/x",
        "parameter": f"{path};x",
        "NUL behind": f"{path}%00",
        "suffix": f"{path}.json",
        "no slash": path[1:] or "ski",
        "CR LF behind": f"{path}%0d%0a",
    }
    for label, other in others.items():
        if other != path:
            yield t.http_refused(label, asked(t, path=other), (404, 400))


@case("http-path-absolute-form", clauses=("SKI-5.2-03",), rows=("HT-02",))
def path_absolute_form(t: Context) -> Iterator[Variant]:
    """The absolute form of the SKI path is the same resource (RFC 9112 §3.2.2); refusing it is tolerated."""
    host = f"{t.target.server_name}:{t.target.address[1]}"
    for scheme in ("https", "HTTPS"):
        yield served_or_refused(t, scheme, asked(t, path=f"{scheme}://{host}{t.target.path}"), (400,))
    other = asked(t, path=f"https://{host}/other{t.target.path}")
    yield t.http_refused("absolute form of another path", other, (404, 400))


@case("http-path-no-administration", clauses=("REQ-6.2-04",))
def path_no_administration(t: Context) -> Iterator[Variant]:
    """Nothing but TLS authentication is offered on the service port: no administration, keys or figures (REQ
    R5)."""
    for path in (
        "/admin",
        "/keys",
        "/config",
        "/reload",
        "/shutdown",
        "/metrics",
        "/status",
        "/debug/pprof/",
        "/sign",
        "/decrypt",
        "/audit",
        "/.well-known/est/simpleenroll",
        "/ski/keys",
        "/server-status",
    ):
        yield t.http_refused(f"GET {path}", t.get(path, t.formats[0]), (404, 405, 400))
        yield t.http_refused(f"POST {path}", asked(t, path=path), (404, 405, 400))


@case("http-type-other-refused", clauses=("SKI-P-02", "SKI-7.1.1-01"), rows=("HT-03",))
def type_other(t: Context) -> Iterator[Variant]:
    """A body whose type is neither application/json nor application/cbor is 415, whatever it holds."""
    for format in t.formats:
        right, body = MEDIA_TYPES[format], t.ecdhe_request().encode(format)
        types = {
            "missing": None,
            "empty": "",
            "text/plain": "text/plain",
            "multipart": "multipart/form-data; boundary=x",
            "octet-stream": "application/octet-stream",
            "form": "application/x-www-form-urlencoded",
            "wildcard": "*/*",
            "suffix": f"{right}x",
            "structured": f"application/ski+{format}",
            "no slash": format,
            "utf-16": f"{right}; charset=utf-16",
            "list": f"{right}, text/plain",
        }
        for label, value in types.items():
            exchange = t.post(body, format, headers={"Content-Type": value})
            yield t.http_refused(f"{format} {label}", exchange, (415, 400))


@case("http-type-repeated", clauses=("SKI-P-02",), rows=("HT-03",))
def type_repeated(t: Context) -> Iterator[Variant]:
    """Two Content-Type headers leave the type open: 415 or 400 (RFC 9110 §5.3)."""
    for format in t.formats:
        for label, second in (("equal", MEDIA_TYPES[format]), ("text/plain", "text/plain")):
            body = t.ecdhe_request().encode(format)
            exchange = t.post(body, format, headers={"content-type": second})
            yield t.http_refused(f"{format} {label}", exchange, (415, 400))


@case("http-type-spelling", clauses=("SKI-7.1.1-01", "SKI-5.2-02"), rows=("HT-03",))
def type_spelling(t: Context) -> Iterator[Variant]:
    """Media types are compared without case (RFC 9110 §8.3.1), and utf-8 is what JSON is written in
    anyway."""
    for format in t.formats:
        types = {"upper case": MEDIA_TYPES[format].upper()}
        if format == "json":
            types |= {
                "charset": "application/json; charset=utf-8",
                "CHARSET": "application/json;charset=UTF-8",
            }
        for label, value in types.items():
            yield t.served(
                f"{format} {label}", t.post(t.ecdhe_request(), format, headers={"Content-Type": value})
            )


@case("http-content-encoding-refused", clauses=("SKI-P-02", "SKI-P-06"), rows=("HT-12",))
def content_encoding(t: Context) -> Iterator[Variant]:
    """Coded bodies are 415 and not unpacked, small or a bomb."""
    format = t.formats[0]
    good = t.ecdhe_request().encode(format)
    bomb = gzip.compress(good + b" " * (8 << 20), 9)
    bodies = {
        "gzip": ("gzip", gzip.compress(good)),
        "x-gzip": ("x-gzip", gzip.compress(good)),
        "gzip bomb": ("gzip", bomb),
        "br": ("br", good),
        "zstd": ("zstd", good),
        "deflate": ("deflate", good),
        "gzip twice": ("gzip, gzip", good),
        "unknown": ("lurk", good),
    }
    for label, (coding, body) in bodies.items():
        exchange = t.exchange(question(t, {"Content-Encoding": coding}, body), format=format)
        yield t.http_refused(label, exchange, (415,))


@case("http-error-object", clauses=("SKI-P-02", "SKI-5.2-23", "SKI-P-04"))
def error_object(t: Context) -> Iterator[Variant]:
    """The body of a refusal by HTTP is one of the four error objects too, in the format that was asked for
    (A-67)."""
    for format in t.formats:
        body = t.ecdhe_request().encode(format)
        exchanges = {
            "405": t.post(body, format, method="PUT"),
            "404": t.post(body, format, path="/elsewhere"),
            "415": t.post(body, format, headers={"Content-Encoding": "gzip"}),
        }
        for label, exchange in exchanges.items():
            constant = exchange.error in ERRORS and exchange.members == {"error": exchange.error}
            same = exchange.response is not None and exchange.response.media_type == MEDIA_TYPES[format]
            yield t.check(
                f"{format} {label}",
                constant and same,
                "an error object in the format of the question",
                exchange.summary,
                exchange,
                lenient=not exchange.released,
            )
