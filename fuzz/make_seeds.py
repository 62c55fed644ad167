#!/usr/bin/python3
"""Makes the seed corpora: fuzz/corpus/TARGET/NAME. Good messages of every shape, and malformed ones that each
break one rule.

make_seeds.py writes them, make_seeds.py --check exits 1 when the files are not those that it would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from seeds import key_client, lurk
from seeds.configuration import configurations
from seeds.crypto import comparisons
from seeds.encode import as_json, cbor
from seeds.handshake import certificate_verifies, ecdhe_inputs
from seeds.handshake_list import certificates, handshake_messages
from seeds.hello import client_hellos
from seeds.http import http_answers, http_requests
from seeds.keyserver import sequences
from seeds.malformed import broken_cbor, broken_json
from seeds.objects import capabilities, requests, responses

CORPUS = Path(__file__).resolve().parent / "corpus"

Seeds = dict[str, bytes]


def corpora() -> dict[str, Seeds]:
    made: dict[str, Seeds] = {
        "ecdhe_input": ecdhe_inputs(),
        "certificate_verify": certificate_verifies(),
        "client_hello": client_hellos(),
        "http_request": http_requests(),
        "http_answer": http_answers(),
        "lurk_header": lurk.headers(),
        "lurk_base_capabilities": lurk.base_capabilities(),
        "lurk_rsa_master": lurk.rsa_masters(),
        "lurk_rsa_handshake": lurk.rsa_handshakes(),
        "lurk_ecdhe": lurk.ecdhe_requests(),
        "lurk_answer": lurk.answers(),
        "lurk_tls12_capabilities": lurk.tls12_capabilities(),
        "handshake_messages": handshake_messages(),
        "ownership": lurk.proofs(),
        "certificate_spki": certificates(),
        "keyserver_config": configurations(),
        "keyserver_dispatch": sequences(),
        "crypto_openssl_gnutls": comparisons(),
        "crypto_boringssl_gnutls": comparisons(),
        "key_client_ski": key_client.over_ski(),
        "key_client_lurk": key_client.over_lurk(),
    }
    alias = {
        "protocol": "TLS 1.2",
        "spki": "00112233445566778899AaBbCcDdEeFf01234567",
        "method": "RSA",
        "input": b"x",
    }
    for name, objects in {
        "request": requests(),
        "response": responses(),
        "capabilities": capabilities(),
    }.items():
        usual = next(iter(objects.values()))
        made[f"ski_{name}_cbor"] = {kind: cbor(value) for kind, value in objects.items()} | broken_cbor(usual)
        made[f"ski_{name}_json"] = {kind: as_json(value) for kind, value in objects.items()} | broken_json(
            usual
        )
    made["cbor_dom"] = {
        f"{name}_{kind}": octets
        for name in ("request", "response", "capabilities")
        for kind, octets in made[f"ski_{name}_cbor"].items()
        if not kind.startswith("bad")
    }
    made["ski_request_json"]["good_alias"] = as_json(alias)
    made["ski_request_cbor"]["bad_alias"] = cbor(alias)
    return made


def present() -> dict[str, Seeds]:
    return {
        folder.name: {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in CORPUS.iterdir()
    }


def write(made: dict[str, Seeds]) -> None:
    for target, seeds in made.items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            if path.name not in seeds:
                path.unlink()
        for name, content in seeds.items():
            (folder / name).write_bytes(content)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        print("make_seeds.py: takes nothing, or --check", file=sys.stderr)
        return 2
    made = corpora()
    if arguments:
        if present() != made:
            print("make_seeds.py: fuzz/corpus is not what it makes; run fuzz/make_seeds.py", file=sys.stderr)
            return 1
    else:
        write(made)
    print(", ".join(f"{target}: {len(seeds)}" for target, seeds in sorted(made.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
