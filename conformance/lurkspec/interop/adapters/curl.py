"""curl, of Debian on OpenSSL."""

from __future__ import annotations

import re

from .task import decline, fail, seen
from .visit import RETRY_GROUPS, demand, exchange_of, page, parts, run, wanted

_SCHEMES = "curl has no option for signature schemes"
_DECLINED = {
    "sign-rsa-pss": _SCHEMES,
    "sign-ecdsa": _SCHEMES,
    "sign-ed25519": _SCHEMES,
    "no-ems": "curl cannot leave the extended master secret out",
}


def main() -> None:
    visit = wanted(_DECLINED)
    if visit.exchange and visit.wants("resumption"):
        decline("resumption", "curl takes no session tickets in TLS 1.2")
    offer = ["--tlsv1.2", "--tls-max", "1.2", "--ciphers", visit.suite] if visit.exchange else ["--tlsv1.3"]
    offer += ["--curves", ":".join(RETRY_GROUPS)] if visit.wants("hello-retry") else []
    certificate, key = visit.certificate
    offer += ["--cert", certificate, "--key", key] if certificate else []
    output = run(
        "curl",
        "--silent",
        "--show-error",
        "--verbose",
        "--noproxy",
        "*",
        "--resolve",
        f"{visit.name}:{visit.port}:{visit.host}",
        "--cacert",
        visit.ca,
        "--header",
        "Accept: application/json",
        "--header",
        "Connection: close",
        *offer,
        *(visit.url for _ in range(visit.connections)),
    )
    for part in parts(output, "* Connected to ", visit.connections):
        report(part)


def report(output: str) -> None:
    demand(output, "SSL certificate verify ok.", "the certificate is not reported as good")
    spoken = re.search(r"SSL connection using TLSv(1\.[23]) / (\S+)", output)
    if spoken is None:
        fail("curl does not report version and suite")
    version = f"TLS {spoken[1]}"
    resumed = "SSL re-using session ID" in output
    seen(
        version=version, exchange=exchange_of(spoken[2], version, resumed), resumed=resumed, page=page(output)
    )


if __name__ == "__main__":
    main()
