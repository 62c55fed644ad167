"""X.509 certificates for the suite: right ones for its PKI, and client certificates that are wrong in one
way."""

from __future__ import annotations

import datetime
import functools
import ipaddress
import itertools
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .channel import Identity

# Weak signatures are made on purpose here.
warnings.filterwarnings("ignore", message="(MD5|SHA1) signatures are deprecated", category=UserWarning)

PrivateKey = (
    ec.EllipticCurvePrivateKeyWithSerialization
    | rsa.RSAPrivateKeyWithSerialization
    | ed25519.Ed25519PrivateKey
)
HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha1": hashes.SHA1(),
    "md5": hashes.MD5(),
}
_EC = {
    "ec-p192": ec.SECP192R1(),
    "ec-p224": ec.SECP224R1(),
    "ec-p256": ec.SECP256R1(),
    "ec-p384": ec.SECP384R1(),
    "ec-p521": ec.SECP521R1(),
}
_EKU = {"clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH, "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH}
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)
DAY = datetime.timedelta(days=1)
_numbers = itertools.count(1)


def new_key(type: str) -> PrivateKey:
    """A key of type ec-pNNN, rsa-BITS or ed25519."""
    if type.startswith("rsa-"):
        rsa_key = rsa.generate_private_key(65537, int(type[4:]))
        assert isinstance(rsa_key, rsa.RSAPrivateKeyWithSerialization)
        return rsa_key
    if type == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    key = ec.generate_private_key(_EC[type])
    assert isinstance(key, ec.EllipticCurvePrivateKeyWithSerialization)
    return key


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True)
class Profile:
    """The contents of a certificate. `names` are "dns:…", "uri:…" or "ip:…"; `valid` is relative to now."""

    subject: str
    names: tuple[str, ...] = ()
    usages: tuple[str, ...] = ("digital_signature",)
    extended: tuple[str, ...] = ()
    ca: bool = False
    path_length: int | None = None
    permitted: tuple[str, ...] = ()
    valid: tuple[datetime.timedelta, datetime.timedelta] = (-DAY, 30 * DAY)
    hash: str = "sha256"


def general_name(text: str) -> x509.GeneralName:
    kind, _, value = text.partition(":")
    if kind == "ip":
        return x509.IPAddress(ipaddress.ip_address(value))
    return x509.DNSName(value) if kind == "dns" else x509.UniformResourceIdentifier(value)


def issue(profile: Profile, key: PrivateKey, issuer: Authority | None = None) -> x509.Certificate:
    """A certificate for the public half of `key`, self-signed without an issuer."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, profile.subject)])
    signer = issuer.key if issuer else key
    public = key.public_key()
    usages = {usage: usage in profile.usages for usage in _USAGES}
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + profile.valid[0])
        .not_valid_after(now + profile.valid[1])
        .add_extension(x509.BasicConstraints(profile.ca, profile.path_length), critical=True)
        .add_extension(x509.KeyUsage(**usages), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if profile.names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([general_name(n) for n in profile.names]), critical=False
        )
    if profile.extended:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage([_EKU[e] for e in profile.extended]), critical=False
        )
    if profile.permitted:
        constraints = x509.NameConstraints([general_name(n) for n in profile.permitted], None)
        builder = builder.add_extension(constraints, critical=True)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else HASHES[profile.hash]
    return builder.sign(signer, algorithm)


def new_authority(
    subject: str,
    issuer: Authority | None = None,
    type: str = "ec-p256",
    key: PrivateKey | None = None,
    **limits: Any,
) -> Authority:
    """A CA of its own or below another; `limits` are `path_length` and `permitted` of the profile."""
    key = key or new_key(type)
    profile = Profile(subject, usages=("key_cert_sign", "crl_sign"), ca=True, **limits)
    return Authority(issue(profile, key, issuer), key)


def crl(authority: Authority, revoked: tuple[x509.Certificate, ...]) -> x509.CertificateRevocationList:
    now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(now - DAY).next_update(now + 30 * DAY)
    for certificate in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(certificate.serial_number)
            .revocation_date(now - DAY)
        )
        builder = builder.add_revoked_certificate(entry.build())
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
    )
    return builder.sign(authority.key, hashes.SHA256())


def pem(*things: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return b"".join(t.public_bytes(serialization.Encoding.PEM) for t in things)


def key_pem(key: PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def write_private(path: Path, octets: bytes) -> None:
    """Write a file that only its owner can read, from the first octet on."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(octets)


@functools.cache
def _load_key(file: Path) -> Any:
    return serialization.load_pem_private_key(file.read_bytes(), None)


def load_authority(certificate: Path, key: Path) -> Authority:
    return Authority(x509.load_pem_x509_certificate(certificate.read_bytes()), _load_key(key))


INTERMEDIATES = ("intermediate", "lower-intermediate")


def _intermediate(name: str, issuer: Authority, folder: Path, **limits: Any) -> Authority:
    """An intermediate CA whose key lies beside that of the CA, if it does: then a CRL of its can be in force
    already."""
    file = folder / f"{name}.key"
    return new_authority(name, issuer, key=_load_key(file) if file.exists() else None, **limits)


@dataclass(frozen=True)
class ClientCertificate:
    """What `Context.issue` makes: as it stands a good client certificate; each member can make it wrong.

    issuer: "ca" (the channel CA), "other" (a fresh CA of the same name), "unknown" (of another
            name), "self" (self-signed),
            "intermediate" (below the CA, sent along), "missing" (the intermediate is not sent),
            "too-long" (a second CA below a path length of 0), "constrained" (a CA that permits other names
            only), "not-a-ca" (below an end-entity certificate)
    """

    identity: str | None = None
    names: tuple[str, ...] | None = None
    common_name: str = "edge"
    issuer: str = "ca"
    key: str = "ec-p256"
    hash: str = "sha256"
    extended: tuple[str, ...] = ("clientAuth",)
    usages: tuple[str, ...] = ("digital_signature",)
    ca: bool = False
    valid: tuple[datetime.timedelta, datetime.timedelta] = (-DAY, 30 * DAY)


def _chain(root: Authority, kind: str, folder: Path) -> tuple[Authority | None, tuple[x509.Certificate, ...]]:
    """The authority that signs, and the certificates to send after the leaf."""
    name = root.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    if kind in ("ca", "self"):
        return (root if kind == "ca" else None), ()
    if kind in ("other", "unknown"):
        return new_authority(str(name) if kind == "other" else "unknown CA"), ()
    if kind == "not-a-ca":
        key = new_key("ec-p256")
        middle = Authority(issue(Profile("not a CA", extended=("clientAuth",)), key, root), key)
        return middle, (middle.certificate,)
    limits: dict[str, dict[str, Any]] = {
        "too-long": {"path_length": 0},
        "constrained": {"permitted": ("dns:elsewhere.example", "uri:elsewhere.example")},
    }
    middle = _intermediate(INTERMEDIATES[0], root, folder, **limits.get(kind, {}))
    if kind == "too-long":
        lower = _intermediate(INTERMEDIATES[1], middle, folder)
        return lower, (lower.certificate, middle.certificate)
    return middle, () if kind == "missing" else (middle.certificate,)


def issue_client(ca: Path, ca_key: Path, folder: Path, wanted: ClientCertificate) -> Identity:
    """Make a client certificate from the channel CA and write it to `folder`."""
    issuer, rest = _chain(load_authority(ca, ca_key), wanted.issuer, ca_key.parent)
    names = wanted.names if wanted.names is not None else (wanted.identity,) if wanted.identity else ()
    usages = wanted.usages + (("key_cert_sign",) if wanted.ca else ())
    key = new_key(wanted.key)
    leaf = issue(
        Profile(
            wanted.common_name,
            names,
            usages,
            wanted.extended,
            wanted.ca,
            valid=wanted.valid,
            hash=wanted.hash,
        ),
        key,
        issuer,
    )
    number = next(_numbers)
    certificate, key_file = folder / f"client-{number}.pem", folder / f"client-{number}.key"
    certificate.write_bytes(pem(leaf, *rest))
    write_private(key_file, key_pem(key))
    return Identity(wanted.common_name, certificate, key_file)
