"""The key server over LURK: all seven exchanges of tls12 on each library, and the answers verify."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from keyserver import KeyServer
from lurk_lab import Client, Lab, connect, served_key, signature_fault, speak_lurk

from lurkspec.codecs import lurk, tls12
from lurkspec.codecs.lurk import BaseType, Designation, PooPrf, Status, Type
from lurkspec.codecs.tls import SCHEMES

PRF_HASHES = {0: "sha256", 1: "sha384", 2: "sha512"}
RSA_TYPES = {
    Type.RSA_MASTER_WITH_POH: False,
    Type.RSA_EXTENDED_MASTER: True,
    Type.RSA_EXTENDED_MASTER_WITH_POH: True,
}


@pytest.fixture
def lurk_server(server: KeyServer) -> KeyServer:
    speak_lurk(server)
    server.write()
    server.process.start()
    return server


@pytest.fixture
def client(lurk_server: KeyServer) -> Iterator[Client]:
    with connect(lurk_server) as made:
        yield made


def test_base_protocol(client: Client) -> None:
    assert client.serve(BaseType.PING, designation=Designation.LURK) == b""
    payload = client.serve(BaseType.CAPABILITIES, designation=Designation.LURK)
    capabilities = lurk.decode_base_capabilities(payload)
    assert capabilities.extensions == ((0, 1), (1, 1)) and capabilities.types == (0, 1)
    refused = client.ask(client.request(9))
    assert (refused.designation, refused.status) == (Designation.LURK, lurk.BaseStatus.INVALID_TYPE)
    assert refused.payload == capabilities.state


def test_ping_and_capabilities_of_tls12(client: Client) -> None:
    assert client.serve(Type.PING) == b""
    items, state = lurk.decode_tls12_capabilities(client.serve(Type.CAPABILITIES))
    assert [item.type for item in items] == list(Type)
    refused = client.ask(client.request(Type.PING, b"x"))
    assert (refused.status, refused.payload) == (Status.INVALID_PAYLOAD_FORMAT, state)


@pytest.mark.parametrize("prf_hash", PRF_HASHES)
def test_rsa_master(lurk_server: KeyServer, client: Client, prf_hash: int) -> None:
    lab, key = Lab(), served_key(lurk_server, "www-rsa-kx")
    request = lab.rsa_master(key, prf_hash)
    assert client.serve(Type.RSA_MASTER, request) == tls12.master_secret(
        PRF_HASHES[prf_hash],
        lab.premaster,
        request["client_random"],
        tls12.freshness(request["server_random"]),
    )


@pytest.mark.parametrize("suite", [0x009C, 0x009D])
@pytest.mark.parametrize("type", RSA_TYPES)
def test_rsa_handshakes(lurk_server: KeyServer, client: Client, type: Type, suite: int) -> None:
    lab, key = Lab(), served_key(lurk_server, "www-rsa-kx")
    handshake = lab.handshake(key, suite, RSA_TYPES[type])
    master = lab.master(handshake)
    proof = (
        None
        if type is Type.RSA_EXTENDED_MASTER
        else tls12.verify_data(handshake.hash, master, handshake.on_the_wire())
    )
    for id in key.lurk_ids:
        request = lurk.handshake_request(lurk.key_id(id), bytes(handshake), proof)
        assert client.serve(type, request) == master


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("www-ecdsa", "ecdsa_secp256r1_sha256"),
        ("www-ecdsa-p384", "ecdsa_secp384r1_sha384"),
        ("www-ecdsa-p521", "ecdsa_secp521r1_sha512"),
        ("www-rsa", "rsa_pkcs1_sha256"),
        ("www-rsa-3072", "rsa_pss_rsae_sha384"),
        ("www-ed25519", "ed25519"),
    ],
)
def test_ecdhe(lurk_server: KeyServer, client: Client, name: str, scheme: str) -> None:
    lab, key = Lab(), served_key(lurk_server, name)
    for curve, prf in (
        ("secp256r1", PooPrf.SHA256_256),
        ("secp256r1", PooPrf.SHA256_128),
        ("secp384r1", PooPrf.SHA256_256),
        ("secp521r1", PooPrf.SHA256_128),
        ("x25519", PooPrf.NULL),
    ):
        request = lab.ecdhe(key, SCHEMES[scheme], curve, prf)
        assert signature_fault(key, request, client.serve(Type.ECDHE, request)) == ""
