"""Certificates for the tests of the network layer: one good server and client, and what they refuse.

As a program it fills the folder that it is given: lurk/net/test/test_channel.c reads it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402

from lurkspec.certificates import (  # noqa: E402
    DAY,
    Authority,
    PrivateKey,
    Profile,
    issue,
    key_pem,
    new_authority,
    new_key,
    pem,
    write_private,
)

SERVER_NAME = "ks.example"
EDGE_URI = "urn:example:edge-a"
EDGE_DNS = "Edge-A.example"
SERVER = Profile("server", (f"dns:{SERVER_NAME}",), extended=("serverAuth",))
CLIENT = Profile("client", (f"uri:{EDGE_URI}", f"dns:{EDGE_DNS}"), extended=("clientAuth",))


def write_pair(folder: Path, name: str, key: PrivateKey, *chain: x509.Certificate) -> tuple[Path, Path]:
    """NAME.pem and NAME.key."""
    certificate, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(pem(*chain))
    write_private(key_file, key_pem(key))
    return certificate, key_file


def make_pair(
    folder: Path, name: str, profile: Profile, ca: Authority, type: str = "ec-p256"
) -> tuple[Path, Path]:
    key = new_key(type)
    return write_pair(folder, name, key, issue(profile, key, ca))


def encrypted(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"secret"),
    )


def write_net_pki(folder: Path) -> Authority:
    """The good ones, and credentials that no program may start with; the CA that made them."""
    ca = new_authority("channel CA")
    (folder / "ca.pem").write_bytes(pem(ca.certificate))
    make_pair(folder, "server", SERVER, ca)
    make_pair(folder, "client", CLIENT, ca)
    expired = Profile("server", SERVER.names, extended=("serverAuth",), valid=(-2 * DAY, -DAY))
    make_pair(folder, "expired", expired, ca)
    make_pair(folder, "weak", SERVER, ca, type="rsa-1024")
    make_pair(folder, "mismatch", SERVER, ca)
    write_private(folder / "mismatch.key", key_pem(new_key("ec-p256")))
    key = new_key("ec-p256")
    write_pair(folder, "encrypted", key, issue(SERVER, key, ca))
    write_private(folder / "encrypted.key", encrypted(key))
    (folder / "weak-ca.pem").write_bytes(pem(new_authority("weak CA", type="ec-p224").certificate))
    return ca


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    write_net_pki(target)
