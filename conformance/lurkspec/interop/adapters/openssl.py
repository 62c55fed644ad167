"""openssl s_client."""

from __future__ import annotations

import re

from .task import fail, seen
from .visit import RETRY_GROUPS, Visit, demand, exchange_of, page, run, wanted

_SIGNATURES = {"ECDSA": "ECDSA", "RSA": "RSA", "RSA-PSS": "RSA-PSS", "ED25519": "Ed25519"}
# s_client has no option for it.
_NO_EMS = """openssl_conf = all
[all]
ssl_conf = ssl
[ssl]
system_default = no_ems
[no_ems]
Options = -ExtendedMasterSecret
"""


def main() -> None:
    visit = wanted()
    if not visit.wants("resumption"):
        connect(visit)
        return
    session = str(visit.task.logs / "session.pem")
    connect(visit, "-sess_out", session)
    connect(visit, "-sess_in", session)


def connect(visit: Visit, *more: str) -> None:
    offer = ["-tls1_2", "-cipher", visit.suite] if visit.exchange else ["-tls1_3"]
    offer += ["-sigalgs", visit.scheme] if visit.scheme else []
    offer += ["-groups", ":".join(RETRY_GROUPS)] if visit.wants("hello-retry") else []
    certificate, key = visit.certificate
    offer += ["-cert", certificate, "-key", key] if certificate else []
    environment = {}
    if visit.wants("no-ems"):
        file = visit.task.logs / "no-ems.cnf"
        file.write_text(_NO_EMS, "ascii")
        environment["OPENSSL_CONF"] = str(file)
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
        *more,
        request=visit.request,
        environment=environment,
    )
    report(output)


def report(output: str) -> None:
    demand(output, "Verify return code: 0 (ok)", "the certificate is not reported as good")
    spoken = re.search(r"(New|Reused), TLSv(1\.[23]), Cipher is (\S+)", output)
    if spoken is None:
        fail("s_client does not report version and suite")
    # In a report of the session the version is the right one: "New, TLSv1.2" also names the suite's oldest.
    version = f"TLS {spoken[2]}"
    signature = re.search(r"Peer signature type: (\S+)", output)
    master = re.search(r"Extended master secret: (yes|no)", output)
    resumed = spoken[1] == "Reused"
    seen(
        version=version,
        exchange=exchange_of(spoken[3], version, resumed),
        signature=_SIGNATURES.get(signature[1].upper()) if signature else None,
        resumed=resumed,
        extended_master_secret=master[1] == "yes" if master and version != "TLS 1.3" else None,
        page=page(output),
    )


if __name__ == "__main__":
    main()
