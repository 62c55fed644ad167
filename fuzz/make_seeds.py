#!/usr/bin/python3
"""Makes the seed corpora, fuzz/corpus/TARGET/NAME, out of the published test vectors, of messages made here
where there are no vectors, and of beginnings of good messages; of all these, the ones in seeds/chosen.txt.

make_seeds.py writes them; --check exits 1 when the files are not those that it would write; --choose makes
the choice anew first, by what the targets of the asan build reach.
"""

from __future__ import annotations

import sys
from pathlib import Path

from seeds import choice, key_client, lurk, vectors
from seeds.configuration import configurations
from seeds.crypto import comparisons
from seeds.encode import as_json, cbor
from seeds.handshake import certificate_verifies, ecdhe_inputs
from seeds.handshake_list import certificates, cut_handshakes, handshake_messages
from seeds.hello import client_hellos
from seeds.http import http_answers, http_requests
from seeds.keyserver import sequences, without_memory
from seeds.malformed import broken_cbor, broken_json
from seeds.objects import capabilities, requests, responses

CORPUS = Path(__file__).resolve().parent / "corpus"
FUZZERS = CORPUS.parents[1] / "build" / "asan" / "fuzz"

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
        "handshake_messages": handshake_messages() | cut_handshakes(),
        "ownership": lurk.proofs(),
        "certificate_spki": certificates(),
        "keyserver_config": configurations(),
        "keyserver_dispatch": sequences(),
        "memory_dispatch": without_memory(),
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
    made["memory_config"] = {
        name: text for name, text in made["keyserver_config"].items() if name.startswith("good")
    }
    # In the order of memory_decoders.c.
    decoders = (
        "ski_request_cbor", "ski_request_json", "ski_response_cbor", "ski_response_json",
        "ski_capabilities_cbor", "ski_capabilities_json", "lurk_ecdhe", "lurk_rsa_master",
        "lurk_rsa_handshake", "handshake_messages", "lurk_base_capabilities", "lurk_tls12_capabilities",
        "http_answer",
    )
    made["memory_decoders"] = {
        f"{name}_{kind}": bytes([number]) + octets
        for number, name in enumerate(decoders)
        for kind, octets in made[name].items()
        if kind.startswith("good")
    }
    made["ski_request_json"]["good_alias"] = as_json(alias)
    made["ski_request_cbor"]["bad_alias"] = cbor(alias)
    return made


# What stands in these may be cut off anywhere, and each place is a case of its own to the decoder.
CUT = (
    "ecdhe_input",
    "lurk_base_capabilities",
    "lurk_tls12_capabilities",
    "lurk_rsa_master",
    "lurk_rsa_handshake",
    "lurk_ecdhe",
    "lurk_answer",
    "client_hello",
    "certificate_spki",
    "ski_capabilities_cbor",
)


def cut(made: Seeds) -> Seeds:
    """Beginnings of the good ones."""
    return {
        f"cut_{name}_{length}": content[:length]
        for name, content in made.items()
        if name.startswith("good")
        for length in range(len(content))
    }


def candidates() -> dict[str, choice.Candidates]:
    found: dict[str, choice.Candidates] = {target: dict(seeds) for target, seeds in vectors.seeds().items()}
    for target, made in corpora().items():
        made |= cut(made) if target in CUT else {}
        found.setdefault(target, {}).update({name: vectors.Seed(content) for name, content in made.items()})
    return found


def chosen(found: dict[str, choice.Candidates]) -> dict[str, Seeds]:
    names = choice.read()
    return {
        target: {name: seed.content for name, seed in seeds.items() if name in names.get(target, seeds)}
        for target, seeds in found.items()
    }


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


def choose(found: dict[str, choice.Candidates]) -> None:
    fuzzers = {target: FUZZERS / f"fuzz_{target}" for target in found}
    missing = [target for target, fuzzer in fuzzers.items() if not fuzzer.exists()]
    if missing:
        sys.exit(f"make_seeds.py: not built: {' '.join(missing)}; run ci/build asan")
    choice.write({target: choice.choose(fuzzers[target], seeds) for target, seeds in found.items()})


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"], ["--choose"]):
        print("make_seeds.py: takes nothing, --check or --choose", file=sys.stderr)
        return 2
    found = candidates()
    if arguments == ["--choose"]:
        choose(found)
    made = chosen(found)
    if arguments == ["--check"]:
        if present() != made:
            print("make_seeds.py: fuzz/corpus is not what it makes; run fuzz/make_seeds.py", file=sys.stderr)
            return 1
    else:
        write(made)
    for target, seeds in sorted(made.items()):
        print(f"{target:<26}{len(seeds):>5} of {len(found[target]):>5} candidates")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
