"""wget, of Debian on GnuTLS."""

from __future__ import annotations

import re

from .gnutls import priority
from .task import fail, seen
from .tunnel import Tunnel
from .visit import exchange_of, page, run, wanted

_DECLINED = {"resumption": "wget resumes sessions for FTP only"}
# wget itself tells nothing of the connection; its library does when it is asked.
_TELL = {"GNUTLS_DEBUG_LEVEL": "5"}


def main() -> None:
    visit = wanted(_DECLINED)
    certificate, key = visit.certificate
    with Tunnel(visit.host, int(visit.port)) as tunnel:
        output = run(
            "wget",
            "--no-config",
            "--no-hsts",
            "--tries=1",
            "--timeout=20",
            "--output-document=-",
            "-e",
            f"https_proxy=http://127.0.0.1:{tunnel.port}",
            f"--ca-certificate={visit.ca}",
            f"--ciphers={priority(visit)}",
            "--header=Accept: application/json",
            *((f"--certificate={certificate}", f"--private-key={key}") if certificate else ()),
            visit.url,
            environment=_TELL,
        )
    suite = re.search(r"Selected cipher suite: GNUTLS_(\S+)", output)
    spoken = re.search(r"Negotiated version: 3\.4", output) or re.search(r"Server's version: 3\.3", output)
    if suite is None or spoken is None:
        fail("the library of wget does not report version and suite")
    version = {"3": "TLS 1.2", "4": "TLS 1.3"}[spoken[0][-1]]
    master = "Parsing extension 'Extended Master Secret/23'" in output
    seen(
        version=version,
        exchange=exchange_of(suite[1], version),
        extended_master_secret=master if version == "TLS 1.2" else None,
        page=page(output),
    )


if __name__ == "__main__":
    main()
