"""openssl s_client."""

from __future__ import annotations

import re

from .task import fail, seen
from .visit import SUITES, demand, exchange_of, page, run, wanted

_KNOWN = ("tls12", "tls13", "ecdhe-ecdsa", "ecdhe-rsa", "rsa", "large-chain")
_SIGNATURES = {"ECDSA": "ECDSA", "RSA": "RSA", "RSA-PSS": "RSA-PSS", "Ed25519": "Ed25519"}


def main() -> None:
    visit = wanted(_KNOWN)
    offer = ("-tls1_2", "-cipher", SUITES[visit.exchange][0]) if visit.exchange else ("-tls1_3",)
    output = run(
        "openssl",
        "s_client",
        "-connect",
        f"{visit.host}:{visit.port}",
        "-servername",
        visit.name,
        "-CAfile",
        visit.ca,
        "-verify_hostname",
        visit.name,
        "-verify_return_error",
        "-ign_eof",
        "-keylogfile",
        visit.key_log,
        *offer,
        request=visit.request,
    )
    demand(output, "Verify return code: 0 (ok)", "the certificate is not reported as good")
    spoken = re.search(r"(New|Reused), TLSv(1\.[23]), Cipher is (\S+)", output)
    if spoken is None:
        fail("s_client does not report version and suite")
    # In a report of the session the version is the right one: "New, TLSv1.2" also names the suite's oldest.
    version = f"TLS {spoken[2]}"
    signature = re.search(r"Peer signature type: (\S+)", output)
    master = re.search(r"Extended master secret: (yes|no)", output)
    seen(
        version=version,
        exchange=exchange_of(spoken[3], version),
        signature=_SIGNATURES.get(signature[1]) if signature else None,
        resumed=spoken[1] == "Reused",
        extended_master_secret=master[1] == "yes" if master and version != "TLS 1.3" else None,
        page=page(output),
    )


if __name__ == "__main__":
    main()
