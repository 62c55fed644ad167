"""tstclnt of NSS."""

from __future__ import annotations

import re
import subprocess

from .task import fail, seen
from .visit import SUITES, page, run, wanted

_KNOWN = ("tls12", "tls13", "ecdhe-ecdsa", "ecdhe-rsa", "rsa", "large-chain")
_TLS13_SUITE = 0x1301
# What NSS asks of a certificate beyond RFC 5246 §7.4.2, which wants digitalSignature here; a key has one
# usage.
_UNCHECKED = (
    "the certificate check is off: NSS wants keyEncipherment of every RSA server, also where it signs"
)


def main() -> None:
    """Its standard input must be a file: it does not end when the edge does."""
    visit = wanted(_KNOWN)
    logs = visit.task.logs
    database, request = f"sql:{logs}", logs / "request"
    request.write_bytes(visit.request)
    for options in (("-N", "--empty-password"), ("-A", "-n", "web-ca", "-t", "C,,", "-i", visit.ca)):
        subprocess.run(["certutil", *options, "-d", database], check=True)
    version = "tls1.2" if visit.exchange else "tls1.3"
    suite = SUITES[visit.exchange][1] if visit.exchange else _TLS13_SUITE
    unchecked = visit.exchange == "ecdhe-rsa"
    output = run(
        "tstclnt",
        "-h",
        visit.host,
        "-p",
        visit.port,
        "-a",
        visit.name,
        "-d",
        database,
        "-A",
        str(request),
        "-V",
        f"{version}:{version}",
        "-c",
        f":{suite:04X}",
        "-v",
        *(("-o",) if unchecked else ()),
    )
    spoken = re.search(r"SSL version 3\.([34])", output)
    if spoken is None:
        fail("tstclnt does not report the version")
    seen(
        version={"3": "TLS 1.2", "4": "TLS 1.3"}[spoken[1]],
        exchange=_exchange(output) if visit.exchange else "TLS 1.3",
        remark=_UNCHECKED if unchecked else None,
        page=page(output),
    )


def _exchange(output: str) -> str | None:
    """From "2048-bit RSA, Key Exchange: 256-bit ECDHE"."""
    found = re.search(r"-bit (RSA|ECDSA), Key Exchange: \d+-bit (RSA|ECDHE)", output)
    return None if found is None else "RSA" if found[2] == "RSA" else f"ECDHE_{found[1]}"


if __name__ == "__main__":
    main()
