"""A throw-away PKI: everything a key server, its edges and their web servers need to be tried, with fresh
keys in one folder."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography import x509

from . import certificates as x
from .keys import ECDHE_USAGE, RSA_USAGE, TLS12_RSA_USAGE, TLS12_SIGN_USAGE
from .request import TLS12
from .target import Rate

SERVER_NAME = "keyserver.example"
WEB_NAME = "www.example"
EDGES = {name: f"uri:urn:example:edge-{name}" for name in ("a", "b", "limited", "revoked", "bound")}
BOUND_ADDRESS = "127.0.0.9"
LIMITED_RATE = Rate(per_second=20, burst=40)


@dataclass(frozen=True)
class ServedKey:
    """`grants`: which edges may use it, and with which protocols or types (empty: all). `dtls`, `expired`: as
    in the target file. `host`: whose certificate it is."""

    name: str
    type: str
    usage: str
    grants: tuple[tuple[str, tuple[str, ...]], ...]
    dtls: bool = False
    expired: bool = False
    host: str = WEB_NAME


_A: tuple[tuple[str, tuple[str, ...]], ...] = (("a", ()),)
_B: tuple[tuple[str, tuple[str, ...]], ...] = (("b", ()),)
SERVED = (
    ServedKey(
        "www-ecdsa",
        "ec-p256",
        ECDHE_USAGE,
        (*_A, ("b", (TLS12,)), ("limited", ()), ("revoked", ()), ("bound", ())),
    ),
    ServedKey("www-ecdsa-p384", "ec-p384", ECDHE_USAGE, _A),
    ServedKey("www-ecdsa-p521", "ec-p521", ECDHE_USAGE, _A),
    ServedKey("www-rsa", "rsa-2048", ECDHE_USAGE, _A),
    ServedKey("www-rsa-3072", "rsa-3072", ECDHE_USAGE, _A),
    ServedKey("www-ed25519", "ed25519", ECDHE_USAGE, _A),
    ServedKey("www-rsa-kx", "rsa-2048", RSA_USAGE, _A),
    ServedKey("other-ecdsa", "ec-p256", ECDHE_USAGE, _B),
    ServedKey("other-rsa-kx", "rsa-2048", RSA_USAGE, _B),
)
# One usage per key: LURK has keys of its own.
LURK_SERVED = (
    ServedKey("lurk-ecdsa", "ec-p256", TLS12_SIGN_USAGE, (*_A, ("limited", ()), ("bound", ()))),
    ServedKey("lurk-ecdsa-p384", "ec-p384", TLS12_SIGN_USAGE, _A),
    ServedKey("lurk-ecdsa-p521", "ec-p521", TLS12_SIGN_USAGE, _A),
    ServedKey("lurk-rsa", "rsa-2048", TLS12_SIGN_USAGE, _A),
    ServedKey("lurk-ed25519", "ed25519", TLS12_SIGN_USAGE, _A),
    ServedKey("lurk-rsa-kx", "rsa-2048", TLS12_RSA_USAGE, _A),
    ServedKey("lurk-other-ecdsa", "ec-p256", TLS12_SIGN_USAGE, _B),
    ServedKey("lurk-other-rsa-kx", "rsa-2048", TLS12_RSA_USAGE, _B),
)
# Served in a way of their own; good requests never ask for them.
SPECIAL = (ServedKey("expired-ecdsa", "ec-p256", ECDHE_USAGE, _A, expired=True),)
LURK_SPECIAL = (
    ServedKey("lurk-expired-ecdsa", "ec-p256", TLS12_SIGN_USAGE, _A, expired=True),
    ServedKey("lurk-dtls-kx", "rsa-2048", TLS12_RSA_USAGE, _A, dtls=True),
)


def with_special(served: tuple[ServedKey, ...]) -> tuple[ServedKey, ...]:
    """These keys and the special ones of their protocols."""
    over_lurk = any(key.usage in (TLS12_RSA_USAGE, TLS12_SIGN_USAGE) for key in served)
    return served + SPECIAL + (LURK_SPECIAL if over_lurk else ())


class Writer:
    """Writes certificates and keys under their names."""

    def __init__(self, folder: Path):
        self.folder = folder

    def pair(
        self,
        name: str,
        profile: x.Profile,
        type: str | x.PrivateKey,
        issuer: x.Authority,
        rest: tuple[x509.Certificate, ...] = (),
    ) -> x509.Certificate:
        """For a fresh key of that type, or for that key."""
        key = x.new_key(type) if isinstance(type, str) else type
        certificate = x.issue(profile, key, issuer)
        (self.folder / f"{name}.pem").write_bytes(x.pem(certificate, *rest))
        x.write_private(self.folder / f"{name}.key", x.key_pem(key))
        return certificate

    def authority(self, name: str, authority: x.Authority) -> None:
        (self.folder / f"{name}.pem").write_bytes(x.pem(authority.certificate))
        x.write_private(self.folder / f"{name}.key", x.key_pem(authority.key))


def write_pki(folder: Path, served: tuple[ServedKey, ...] = SERVED) -> None:
    """Make `folder` and fill it: channel CA with CRLs, key server, edges, web CA with intermediate, served
    keys with chains."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    writer = Writer(folder)
    _write_channel(writer)
    _write_web(writer, served)


def _write_channel(writer: Writer) -> None:
    ca = x.new_authority("channel CA", type="rsa-2048")  # only RSA signs with MD5, which cases must offer
    writer.authority("ca", ca)
    writer.authority("other-ca", x.new_authority("other CA"))
    writer.pair(
        "ks",
        x.Profile(SERVER_NAME, (f"dns:{SERVER_NAME}", "ip:127.0.0.1"), extended=("serverAuth",)),
        "ec-p256",
        ca,
    )
    edges = {
        name: writer.pair(
            f"edge-{name}", x.Profile(f"edge {name}", (identity,), extended=("clientAuth",)), "ec-p256", ca
        )
        for name, identity in EDGES.items()
    }
    below = [_write_intermediate(writer, name, ca) for name in x.INTERMEDIATES]
    (writer.folder / "crl.pem").write_bytes(x.pem(x.crl(ca, (edges["revoked"],)), *below))
    with_edge_b = x.crl(ca, (edges["revoked"], edges["b"]))
    (writer.folder / "crl-with-edge-b.pem").write_bytes(x.pem(with_edge_b, *below))


def _write_intermediate(writer: Writer, name: str, ca: x.Authority) -> x509.CertificateRevocationList:
    """The key of an intermediate CA that cases make, and its CRL, without which a key server may refuse all
    below it."""
    authority = x.new_authority(name, ca)
    x.write_private(writer.folder / f"{name}.key", x.key_pem(authority.key))
    return x.crl(authority, ())


def _write_web(writer: Writer, served: tuple[ServedKey, ...]) -> None:
    root = x.new_authority("web root CA")
    intermediate = x.new_authority("web intermediate CA", root, path_length=0)
    writer.authority("web-ca", root)
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # to look for primes takes longest
        made = list(pool.map(x.new_key, (key.type for key in served)))
    for key, private in zip(served, made, strict=True):
        usage = "key_encipherment" if key.usage in (RSA_USAGE, TLS12_RSA_USAGE) else "digital_signature"
        names = (f"dns:{key.host}", "ip:127.0.0.1")
        profile = x.Profile(key.host, names, (usage,), ("serverAuth",))
        if key.expired:
            profile = replace(profile, valid=(-3 * x.DAY, -x.DAY))
        writer.pair(key.name, profile, private, intermediate, (intermediate.certificate,))
