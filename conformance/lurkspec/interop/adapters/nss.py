"""tstclnt of NSS."""

from __future__ import annotations

import re
import subprocess

from .task import decline, fail, seen
from .visit import SUITES, Visit, page, parts, run, wanted

_DECLINED = {
    "sign-ed25519": "NSS 3.87 has no Ed25519",
    "no-ems": "tstclnt cannot leave the extended master secret out",
}
# What NSS asks of a certificate beyond RFC 5246 §7.4.2, which wants digitalSignature here; a key has one
# usage.
_UNCHECKED = (
    "the certificate check is off: NSS wants keyEncipherment of every RSA server, also where it signs"
)


def main() -> None:
    """Its standard input must be a file: it does not end when the edge does."""
    visit = wanted(_DECLINED)
    if visit.exchange and visit.wants("resumption"):
        decline("resumption", "tstclnt crashes when it connects again with chosen suites")
    database, request = f"sql:{visit.task.logs}", visit.task.logs / "request"
    request.write_bytes(visit.request)
    import_certificates(visit, database)
    version = "tls1.2" if visit.exchange else "tls1.3"
    # In TLS 1.3 any suite will do.
    suites = ["-c", f":{SUITES[visit.exchange][1]:04X}"] if visit.exchange else []
    unchecked = visit.exchange == "ecdhe-rsa" or visit.wants("sign-rsa-pss")
    offer = ["-J", visit.scheme] if visit.scheme else []
    offer += ["-I", "x25519,P384"] if visit.wants("hello-retry") else []
    offer += ["-n", "client"] if visit.wants("client-auth") else []
    offer += ["-u", "-L", "2"] if visit.wants("resumption") else []
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
        "-v",
        "-G",
        *suites,
        *offer,
        *(("-o",) if unchecked else ()),
    )
    for part in parts(output, "tstclnt: SSL version ", visit.connections):
        report(part, visit, unchecked)


def import_certificates(visit: Visit, database: str) -> None:
    commands = [
        ["certutil", "-N", "--empty-password"],
        ["certutil", "-A", "-n", "web-ca", "-t", "C,,", "-i", visit.ca],
    ]
    certificate, key = visit.certificate
    if certificate:
        bundle = str(visit.task.logs / "client.p12")
        nothing = ["-passout", "pass:"]
        make = ["openssl", "pkcs12", "-export", "-in", certificate, "-inkey", key, "-name", "client"]
        subprocess.run([*make, "-out", bundle, *nothing], check=True)
        commands.append(["pk12util", "-i", bundle, "-W", ""])
    for command in commands:
        subprocess.run([*command, "-d", database], check=True)


def report(output: str, visit: Visit, unchecked: bool) -> None:
    spoken = re.search(r"SSL version 3\.([34])", output)
    if spoken is None:
        fail("tstclnt does not report the version")
    resumed = re.search(r"^\s*[1-9]\d* stateless resumes|^\s*[1-9]\d* cache hits", output, re.M) is not None
    spoken_of = "resumption" if resumed else _exchange(output) if visit.exchange else "TLS 1.3"
    seen(
        version={"3": "TLS 1.2", "4": "TLS 1.3"}[spoken[1]],
        exchange=spoken_of,
        resumed=resumed,
        remark=_UNCHECKED if unchecked else None,
        page=page(output),
    )


def _exchange(output: str) -> str | None:
    """From "2048-bit RSA, Key Exchange: 256-bit ECDHE"."""
    found = re.search(r"-bit (RSA|ECDSA), Key Exchange: \d+-bit (RSA|ECDHE)", output)
    return None if found is None else "RSA" if found[2] == "RSA" else f"ECDHE_{found[1]}"


if __name__ == "__main__":
    main()
