"""The example as an implementation for `lurkspec interop`: what docs/interop.md says in the environment,
written as a configuration file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import keyserver

KNOWN = {"tls12", "ecdhe-ecdsa", "ecdhe-rsa"}


def table(name: str, **members: object) -> str:
    """JSON's strings and lists of them are TOML's too."""
    return "\n".join([name, *(f"{member} = {json.dumps(value)}" for member, value in members.items())]) + "\n"


def main() -> None:
    told = os.environ
    for capability in told["LURKSPEC_CAPABILITIES"].split():
        if capability not in KNOWN:
            print(f"{capability}: this key server has no such thing", file=sys.stderr)
            sys.exit(127)
    certs = Path(told["LURKSPEC_CERTS"])
    own = certs / told["LURKSPEC_IDENTITY"]
    edges = [f"urn:example:{name}" for name in told["LURKSPEC_EDGES"].split()]
    tables = [
        table("", listen=told["LURKSPEC_LISTEN"]),
        table("[channel]", certificate=f"{own}.pem", key=f"{own}.key", ca=str(certs / "ca.pem")),
        *(table("[[keys]]", file=f"{certs / key}.key", edges=edges) for key in told["LURKSPEC_KEYS"].split()),
    ]
    file = Path(told["LURKSPEC_LOGS"]) / "keyserver.toml"
    file.write_text("\n".join(tables), "utf-8")
    keyserver.main(str(file))


if __name__ == "__main__":
    main()
