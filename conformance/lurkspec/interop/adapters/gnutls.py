"""gnutls-cli."""

from __future__ import annotations

import re

from .task import fail, seen
from .visit import demand, page, run, wanted

_KNOWN = ("tls12", "tls13", "ecdhe-ecdsa", "ecdhe-rsa", "rsa", "large-chain")
_EXCHANGES = {"ecdhe-ecdsa": "ECDHE-ECDSA", "ecdhe-rsa": "ECDHE-RSA", "rsa": "RSA"}


def _exchange(version: str, described: str) -> str:
    """From "(ECDHE-SECP256R1)-(ECDSA-SHA256)" or "(RSA)"."""
    if version == "TLS 1.3":
        return version
    if "(ECDHE-" not in described:
        return "RSA"
    return "ECDHE_ECDSA" if "(ECDSA-" in described else "ECDHE_RSA"


def _signature(described: str) -> str | None:
    found = re.search(r"\((ECDSA|RSA-PSS|RSA|EdDSA)-", described)
    return {"EdDSA": "Ed25519"}.get(found[1], found[1]) if found else None


def main() -> None:
    visit = wanted(_KNOWN)
    offer = f"VERS-TLS1.2:-KX-ALL:+{_EXCHANGES[visit.exchange]}" if visit.exchange else "VERS-TLS1.3"
    output = run(
        "gnutls-cli",
        "--port",
        visit.port,
        "--sni-hostname",
        visit.name,
        "--verify-hostname",
        visit.name,
        "--x509cafile",
        visit.ca,
        "--priority",
        f"NORMAL:-VERS-ALL:+{offer}",
        visit.host,
        request=visit.request,
    )
    demand(output, "The certificate is trusted", "the certificate is not reported as good")
    spoken = re.search(r"Description: \(TLS(1\.[23])-X\.509\)-(\S+)", output)
    if spoken is None:
        fail("gnutls-cli does not report version and suite")
    version = f"TLS {spoken[1]}"
    master = "extended master secret" in output
    seen(
        version=version,
        exchange=_exchange(version, spoken[2]),
        signature=_signature(spoken[2]),
        resumed="This is a resumed session" in output,
        extended_master_secret=master if version != "TLS 1.3" else None,
        page=page(output),
    )


if __name__ == "__main__":
    main()
