"""curl, of Debian on OpenSSL."""

from __future__ import annotations

import re

from .task import fail, seen
from .visit import SUITES, demand, exchange_of, page, run, wanted

_KNOWN = ("tls12", "tls13", "ecdhe-ecdsa", "ecdhe-rsa", "rsa", "large-chain")


def main() -> None:
    visit = wanted(_KNOWN)
    tls12 = ("--tlsv1.2", "--tls-max", "1.2", "--ciphers", SUITES.get(visit.exchange, ("",))[0])
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
        *(tls12 if visit.exchange else ("--tlsv1.3",)),
        visit.url,
    )
    demand(output, "SSL certificate verify ok.", "the certificate is not reported as good")
    spoken = re.search(r"SSL connection using TLSv(1\.[23]) / (\S+)", output)
    if spoken is None:
        fail("curl does not report version and suite")
    version = f"TLS {spoken[1]}"
    seen(version=version, exchange=exchange_of(spoken[2], version), page=page(output))


if __name__ == "__main__":
    main()
