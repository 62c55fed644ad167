"""The suite as key server of SKI over HTTPS."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..codecs import cbor, json
from ..codecs.tls import SCHEMES
from ..exchange import MEDIA_TYPES
from .keyserver import Asked, KeyServer, Reply, now
from .link import Link
from .served import Served

_REASONS = {200: "OK", 302: "Found", 404: "Not Found"}
HASHES = ("SHA-256", "SHA-384", "SHA-512")


@dataclass(frozen=True)
class SkiAsked(Asked):
    """`members` is {} and `problem` says why where there is no SKI object."""

    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)

    @property
    def server_key(self) -> Served | None:
        spki = self.members.get("spki")
        return next((s for s in self.server.target.served if s.key.spki == spki), None)


def decode(body: bytes, format: str) -> dict[str, Any]:
    """The object with its octet strings as octets; raises ValueError."""
    value = cbor.decode(body) if format == "cbor" else json.decode(body)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    if format == "json":
        value |= {
            name: json.base64_decode(value[name])
            for name in ("spki", "input")
            if isinstance(value.get(name), str)
        }
    return value


def encode(members: dict[str, Any], format: str) -> bytes:
    return cbor.encode(members) if format == "cbor" else json.encode(members)


class SkiKeyServer(KeyServer):
    def read(self, link: Link) -> SkiAsked | None:
        head = link.take_to(b"\r\n\r\n")
        if head is None:
            return None
        first, *lines = head.decode("latin-1").strip().split("\r\n")
        method, _, rest = first.partition(" ")
        path = rest.rpartition(" ")[0]
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        size = headers.get("content-length", "0")
        body = link.take(int(size) if size.isdecimal() else 0)
        if body is None:
            return None
        what = "key" if path == self.target.path else path.strip("/")
        members, problem = self._members(what, headers, body)
        return SkiAsked(self, link, head + body, what, now(), problem, method, path, headers, members)

    def _members(self, what: str, headers: dict[str, str], body: bytes) -> tuple[dict[str, Any], str]:
        if what != "key":
            return {}, ""
        if headers.get("content-type", "").partition(";")[0] != MEDIA_TYPES[self.target.format]:
            return {}, f"Content-Type is {headers.get('content-type', 'missing')}"
        try:
            return decode(body, self.target.format), ""
        except ValueError as error:
            return {}, f"no SKI object: {error}"

    def right(self, asked: SkiAsked) -> Reply:
        if asked.what != "key":
            return self.reply({"error": "spki not found"}, 404)
        output = self.output(asked)
        if output is None:
            return self.reply({"error": "spki not found"}, 404)
        return self.reply({"output": output})

    def output(self, asked: SkiAsked) -> bytes | None:
        """What an honest key server makes of it, None where it has no such key."""
        served, m = asked.server_key, asked.members
        if served is None or not isinstance(m.get("input"), bytes):
            return None
        if m.get("method") == "RSA":
            return served.premaster(m["input"]) if served.decrypts else None
        if served.decrypts:
            return None
        if isinstance(m.get("scheme"), int):
            return served.sign_scheme(m["input"], m["scheme"])
        return served.sign(m["input"], m["hash"]) if m.get("hash") in HASHES else None

    def capabilities(self, asked: SkiAsked) -> Reply:
        if not self.target.capabilities:
            return self.reply({"error": "spki not found"}, 404)
        return self.reply(self.granted())

    def granted(self, **changes: Any) -> dict[str, Any]:
        """Capabilities of a key server that can do everything (an addition to the draft, A-63)."""
        return {
            "protocols": ["TLS 1.2", "TLS 1.3"],
            "methods": ["ECDHE", "RSA"],
            "hashes": list(HASHES),
            "schemes": sorted(
                n
                for name, n in SCHEMES.items()
                if not any(part in name for part in ("sha1", "448", "pss_pss"))
            ),
            "formats": [MEDIA_TYPES[self.target.format]],
            "keys": sorted(s.key.spki for s in self.target.served),
            "state": b"\0\0\0\1",
        } | changes

    def reply(
        self,
        members: dict[str, Any] | None = None,
        status: int = 200,
        *,
        body: bytes | None = None,
        type: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        **how: Any,
    ) -> Reply:
        """An HTTP answer; `members` in the format that the edge speaks, or `body` as it is."""
        if body is None:
            body = b"" if members is None else encode(members, self.target.format)
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Refused')}"]
        media_type = MEDIA_TYPES[self.target.format] if type is None else type
        lines += [f"Content-Type: {media_type}"] * bool(media_type)
        if not any(name.lower() == "content-length" for name, _ in headers):
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in headers]
        return Reply("\r\n".join(lines).encode() + b"\r\n\r\n" + body, **how)
