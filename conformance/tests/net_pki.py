"""Certificates for the tests of the network layer: one good server and client, and what they refuse.

As a program it fills the folder that it is given: lurk/net/test/test_channel.c reads it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402

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


Fault = Callable[[Path, Authority, Profile], None]


def _leaf(type: str = "ec-p256", **changes: Any) -> Fault:
    """A leaf below the CA with these members of its profile changed."""

    def write(folder: Path, ca: Authority, good: Profile) -> None:
        make_pair(folder, "bad", replace(good, **changes), ca, type)

    return write


def _below(type: str = "ec-p256", sent: bool = True, hash: str = "sha256", **limits: Any) -> Fault:
    """A good leaf below an intermediate CA of that kind."""

    def write(folder: Path, ca: Authority, good: Profile) -> None:
        key, leaf_key = new_key(type), new_key("ec-p256")
        profile = Profile("middle", usages=("key_cert_sign", "crl_sign"), ca=True, hash=hash, **limits)
        middle = Authority(issue(profile, key, ca), key)
        leaf = issue(good, leaf_key, middle)
        write_pair(folder, "bad", leaf_key, leaf, *((middle.certificate,) if sent else ()))

    return write


def _too_long(folder: Path, ca: Authority, good: Profile) -> None:
    upper = new_authority("upper", ca, path_length=0)
    lower = new_authority("lower", upper)
    key = new_key("ec-p256")
    write_pair(folder, "bad", key, issue(good, key, lower), lower.certificate, upper.certificate)


def _below_leaf(folder: Path, ca: Authority, good: Profile) -> None:
    middle_key, key = new_key("ec-p256"), new_key("ec-p256")
    middle = Authority(issue(good, middle_key, ca), middle_key)
    write_pair(folder, "bad", key, issue(good, key, middle), middle.certificate)


def _by(subject: str | None) -> Fault:
    """Issued by a CA of that subject that nobody trusts; None: by itself."""

    def write(folder: Path, ca: Authority, good: Profile) -> None:
        key = new_key("ec-p256")
        write_pair(folder, "bad", key, issue(good, key, new_authority(subject) if subject else None))

    return write


# What both roles refuse of each other. `bad.pem` and `bad.key` are written.
FAULTS: dict[str, Fault] = {
    "unknown CA": _by("unknown CA"),
    "other CA of the same name": _by("channel CA"),
    "self-signed": _by(None),
    "expired": _leaf(valid=(-2 * DAY, -DAY)),
    "not yet valid": _leaf(valid=(DAY, 2 * DAY)),
    "no purpose": _leaf(extended=()),
    "no digitalSignature": _leaf(usages=("key_agreement",)),
    "CA as leaf": _leaf(ca=True, usages=("digital_signature", "key_cert_sign")),
    "RSA-1024": _leaf("rsa-1024"),
    "P-224": _leaf("ec-p224"),
    "P-192": _leaf("ec-p192"),
    "SHA-1": _leaf(hash="sha1"),
    "intermediate missing": _below(sent=False),
    "intermediate RSA-1024": _below("rsa-1024"),
    "intermediate P-224": _below("ec-p224"),
    "intermediate by SHA-1": _below(hash="sha1"),
    "intermediate expired": _below(valid=(-2 * DAY, -DAY)),
    "name constraints": _below(permitted=("dns:elsewhere.example",)),
    "path length": _too_long,
    "below a leaf": _below_leaf,
}
# What servers refuse of clients, whose certificates have a URI.
CLIENT_FAULTS = FAULTS | {"name constraints on URIs": _below(permitted=("uri:elsewhere.example",))}
GOOD: dict[str, Fault] = {
    "P-256": _leaf(),
    "P-384": _leaf("ec-p384"),
    "RSA-2048": _leaf("rsa-2048"),
    "Ed25519": _leaf("ed25519"),
    "both purposes": _leaf(extended=("clientAuth", "serverAuth")),
    "intermediate": _below(),
    "intermediate RSA-3072": _below("rsa-3072"),
    "permitted name": _below(permitted=("dns:example",)),
}


def write_crl(
    folder: Path, name: str, *lists: tuple[Authority, tuple[x509.Certificate, ...], timedelta]
) -> None:
    """NAME with the CRLs of these authorities, each with what it revokes and its nextUpdate from now."""
    crls = []
    for authority, revoked, until in lists:
        now = datetime.now(timezone.utc)
        builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
        builder = builder.last_update(now - 2 * DAY).next_update(now + until)
        for certificate in revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(certificate.serial_number)
            builder = builder.add_revoked_certificate(entry.revocation_date(now - DAY).build())
        crls.append(builder.sign(authority.key, hashes.SHA256()))
    (folder / name).write_bytes(pem(*crls))


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
