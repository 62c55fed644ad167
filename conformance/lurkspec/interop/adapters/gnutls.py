"""gnutls-cli."""

from __future__ import annotations

import re

from ..contract import TOKEN
from .task import fail, seen
from .visit import Visit, demand, page, parts, run, wanted

_EXCHANGES = {"ecdhe-ecdsa": "ECDHE-ECDSA", "ecdhe-rsa": "ECDHE-RSA", "rsa": "RSA"}
_SCHEMES = {
    "rsa_pss_rsae_sha256": "RSA-PSS-RSAE-SHA256",
    "ecdsa_secp256r1_sha256": "ECDSA-SECP256R1-SHA256",
    "ed25519": "EdDSA-Ed25519",
}


def priority(visit: Visit) -> str:
    """What is offered, for gnutls-cli and for wget."""
    words = [
        "NORMAL:-VERS-ALL",
        f"+VERS-TLS1.2:-KX-ALL:+{_EXCHANGES[visit.exchange]}" if visit.exchange else "+VERS-TLS1.3",
    ]
    words += [f"-SIGN-ALL:+SIGN-{_SCHEMES[visit.scheme]}"] if visit.scheme else []
    # The library makes a share for the first group of each kind: of two of a kind it makes one.
    words += ["-GROUP-ALL:+GROUP-SECP256R1:+GROUP-SECP384R1"] if visit.wants("hello-retry") else []
    return ":".join(words + (["%NO_SESSION_HASH"] if visit.wants("no-ems") else []))


def main() -> None:
    visit = wanted()
    certificate, key = visit.certificate
    options = ["--x509certfile", certificate, "--x509keyfile", key] if certificate else []
    resume = visit.wants("resumption")
    # The second request goes out when the second handshake is reported.
    steps = ((TOKEN, b"^resume^\n"), ("Handshake was completed", visit.request)) if resume else ()
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
        priority(visit),
        *options,
        *(("--inline-commands", "--waitresumption") if resume else ()),
        visit.host,
        request=visit.keep_alive if resume else visit.request,
        then=steps,
    )
    demand(output, "The certificate is trusted", "the certificate is not reported as good")
    for part in parts(output, "- Description: ", visit.connections):
        report(part)


def report(output: str) -> None:
    spoken = re.search(r"Description: \(TLS(1\.[23])-X\.509\)-(\S+)", output)
    if spoken is None:
        fail("gnutls-cli does not report version and suite")
    version = f"TLS {spoken[1]}"
    master = "extended master secret" in output
    resumed = "This is a resumed session" in output
    seen(
        version=version,
        exchange="resumption" if resumed else _exchange(version, spoken[2]),
        signature=None if resumed else _signature(spoken[2]),
        resumed=resumed,
        extended_master_secret=master if version != "TLS 1.3" else None,
        page=page(output),
    )


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


if __name__ == "__main__":
    main()
