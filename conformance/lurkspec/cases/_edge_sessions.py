"""Resumption and logs: the same for every protocol."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ..case import Variant
from ..edge.context import EdgeContext
from ..edge.served import PrivateKey
from ..edge.site import Site
from ..edge.visit import RSA, Visit


def resumption(t: EdgeContext) -> Iterator[Variant]:
    for site in t.sites():
        for exchange in site.exchanges:
            first = site.visit(exchange, talk=True)
            if not first.ok or first.session is None or not first.session.has_ticket:
                yield t.unsupported(f"{site.name} {exchange}", "the edge gives no ticket")
                continue
            again = site.visit(exchange, session=first.session)
            good = again.ok and (not again.operations if again.resumed else not site.fault(again))
            yield t.check(
                f"{site.name} {exchange}",
                good,
                "resumed without the key server, or a full handshake with it",
                f"{again.summary}, {'resumed' if again.resumed else 'full'}",
                again,
            )


def foreign_ticket(t: EdgeContext) -> Iterator[Variant]:
    kept: Visit | None = None
    for site in t.sites():
        exchange = site.signed[0]
        own = site.visit(exchange, talk=True)
        if kept is None:
            kept = own
            yield t.served("own handshake", site, own)
        elif kept.session is not None:
            yield t.served("ticket of another edge", site, site.visit(exchange, session=kept.session))


def forms(secret: bytes) -> list[bytes]:
    """How a secret may stand in a log."""
    plain = base64.b64encode(secret).rstrip(b"=")
    return [secret, secret.hex().encode(), secret.hex().upper().encode(), secret.hex(" ").encode(), plain]


def private_parts(key: PrivateKey) -> list[bytes]:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()  # type: ignore[attr-defined]
        return [n.to_bytes((n.bit_length() + 7) // 8, "big") for n in (numbers.d, numbers.p, numbers.q)]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return [_scalar(key)]
    return [key.private_bytes_raw()] if hasattr(key, "private_bytes_raw") else []


def _scalar(key: Any) -> bytes:
    value: int = key.private_numbers().private_value
    return value.to_bytes((key.key_size + 7) // 8, "big")


def no_secret_in_log(
    t: EdgeContext, secrets_of: Callable[[Any], list[bytes]], spoil: Callable[[Site], Any]
) -> Iterator[Variant]:
    for site in t.sites("edge-log"):
        secrets: list[bytes] = [part for s in site.target.served for part in private_parts(s.private)]
        for script in (None, spoil(site)):
            site.play(script)
            for exchange in site.exchanges:
                visit = site.visit(exchange)
                for asked in visit.operations:
                    secrets += secrets_of(asked)
        site.play(None)
        yield t.served("afterwards", site)
        log = site.target.log
        assert log is not None
        text = log.read_bytes() if log.exists() else b""
        if not text:
            yield t.unsupported(f"{site.name} log", f"{log.name} is empty")
            continue
        found = [s for s in secrets if len(s) >= 16 and any(form in text for form in forms(s))]
        yield t.check(
            f"{site.name} log",
            not found,
            f"none of {len(secrets)} secrets in {len(text)} octets",
            f"{len(found)} of them",
        )


def failures_in_log(t: EdgeContext, spoil: Callable[[Site], Any]) -> Iterator[Variant]:
    for site in t.sites("edge-log"):
        log = site.target.log
        assert log is not None
        size = log.stat().st_size if log.exists() else 0
        yield t.spoilt("wrong signature", site, spoil(site), next(e for e in site.exchanges if e != RSA))
        # A line may be written after the client saw the alert.
        limit = time.monotonic() + site.target.wait
        while not (named := _names_failure(said := _since(log, size))) and time.monotonic() < limit:
            time.sleep(0.01)
        yield t.check(f"{site.name} log", named, "a line about it", f"{len(said)} octets", lenient=True)


def _since(log: Path, size: int) -> bytes:
    return log.read_bytes()[size:] if log.exists() else b""


def _names_failure(said: bytes) -> bool:
    told = re.sub(rb'"\w+":\s*null', b"", said.lower())  # of members of JSON without a value nothing is told
    return any(word in told for word in (b"signature", b"verif", b"fail", b"error", b"invalid"))
