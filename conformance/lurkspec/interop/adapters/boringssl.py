"""lurk-client-boringssl, a client of ours on BoringSSL."""

from __future__ import annotations

import json

from ...process import StartError, find
from .task import fail, seen
from .visit import RETRY_GROUPS, exchange_of, run, wanted

_DECLINED = {"no-ems": "BoringSSL always offers the extended master secret"}
_SIGNATURES = {"ecdsa": "ECDSA", "ed25519": "Ed25519"}


def main() -> None:
    visit = wanted(_DECLINED)
    try:
        program = str(find("lurk-client-boringssl"))
    except StartError as error:
        fail(str(error))
    offer = ["--max", "1.2", "--ciphers", visit.suite] if visit.exchange else ["--min", "1.3"]
    offer += ["--schemes", visit.scheme] if visit.scheme else []
    offer += ["--groups", ":".join(RETRY_GROUPS)] if visit.wants("hello-retry") else []
    certificate, key = visit.certificate
    offer += ["--certificate", certificate, "--key", key] if certificate else []
    offer += ["--resume"] if visit.wants("resumption") else []
    where = ("--connect", f"{visit.host}:{visit.port}", "--name", visit.name, "--ca", visit.ca)
    output = run(program, *where, *offer)
    for line in output.splitlines():
        report(json.loads(line))


def report(told: dict[str, object]) -> None:
    version, resumed = str(told["version"]), told["resumed"] is True
    seen(
        version=version,
        exchange=exchange_of(str(told["suite"]), version, resumed),
        signature=_signature(str(told["scheme"])) if told["scheme"] else None,
        group=told["group"],
        resumed=resumed,
        retried=told["retried"],
        extended_master_secret=told["extended_master_secret"],
        page=told["page"],
    )


def _signature(scheme: str) -> str:
    if scheme.startswith("rsa_"):
        return "RSA-PSS" if scheme.startswith("rsa_pss_") else "RSA"
    return _SIGNATURES[scheme.partition("_")[0]]


if __name__ == "__main__":
    main()
