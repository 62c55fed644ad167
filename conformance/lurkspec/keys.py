"""Served keys as the suite knows them, by their public halves only, and the check of what the key server made
with them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from .codecs.tls import SCHEMES

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
HASHES: dict[str, hashes.HashAlgorithm] = {
    "SHA-224": hashes.SHA224(),
    "SHA-256": hashes.SHA256(),
    "SHA-384": hashes.SHA384(),
    "SHA-512": hashes.SHA512(),
}
_EC_TYPES = {"secp256r1": "ec-p256", "secp384r1": "ec-p384", "secp521r1": "ec-p521"}
_DEFAULT_SCHEMES = {
    "ec-p256": "ecdsa_secp256r1_sha256",
    "ec-p384": "ecdsa_secp384r1_sha384",
    "ec-p521": "ecdsa_secp521r1_sha512",
    "rsa": "rsa_pss_rsae_sha256",
    "ed25519": "ed25519",
}
_SCHEME_HASHES: dict[int, hashes.HashAlgorithm] = {
    SCHEMES[name]: algorithm
    for name, algorithm in (
        ("rsa_pkcs1_sha256", hashes.SHA256()),
        ("rsa_pkcs1_sha384", hashes.SHA384()),
        ("rsa_pkcs1_sha512", hashes.SHA512()),
        ("ecdsa_secp256r1_sha256", hashes.SHA256()),
        ("ecdsa_secp384r1_sha384", hashes.SHA384()),
        ("ecdsa_secp521r1_sha512", hashes.SHA512()),
        ("rsa_pss_rsae_sha256", hashes.SHA256()),
        ("rsa_pss_rsae_sha384", hashes.SHA384()),
        ("rsa_pss_rsae_sha512", hashes.SHA512()),
    )
}
ECDHE_USAGE, RSA_USAGE = "ski-ecdhe", "ski-rsa"
TLS12_SIGN_USAGE, TLS12_RSA_USAGE = "tls12-sign", "tls12-rsa"
USAGES = (ECDHE_USAGE, RSA_USAGE, TLS12_SIGN_USAGE, TLS12_RSA_USAGE)


@dataclass(frozen=True)
class Key:
    """`grants`: by name of an edge what it may ask for with this key, protocols of SKI or types of tls12."""

    name: str
    usage: str
    public: PublicKey = field(repr=False)
    grants: dict[str, tuple[str, ...]]
    certificate: x509.Certificate | None = field(default=None, repr=False)
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    # What the key server knows of it beside its usage.
    dtls: bool = False
    expired: bool = False

    @functools.cached_property
    def lurk_ids(self) -> tuple[bytes, ...]:
        """The four octets of LURK key ids, the draft's first: RSA keys over RSAPublicKey, with
        SubjectPublicKeyInfo as an alias (A-06)."""
        encoding = serialization.Encoding.DER
        forms = [self.public.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)]
        if isinstance(self.public, rsa.RSAPublicKey):
            forms.insert(0, self.public.public_bytes(encoding, serialization.PublicFormat.PKCS1))
        return tuple(hashlib.sha256(form).digest()[:4] for form in forms)

    @property
    def type(self) -> str:
        """ec-p256, ec-p384, ec-p521, rsa or ed25519."""
        if isinstance(self.public, rsa.RSAPublicKey):
            return "rsa"
        if isinstance(self.public, ed25519.Ed25519PublicKey):
            return "ed25519"
        return _EC_TYPES[self.public.curve.name]

    @functools.cached_property
    def spki(self) -> bytes:
        """SHA-256 of the DER SubjectPublicKeyInfo (SKI §5.2)."""
        return hashlib.sha256(
            self.public.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).digest()

    @property
    def scheme(self) -> int:
        """The SignatureScheme that TLS 1.3 would choose first for this key."""
        return SCHEMES[_DEFAULT_SCHEMES[self.type]]

    @property
    def rsa(self) -> rsa.RSAPublicKey:
        assert isinstance(self.public, rsa.RSAPublicKey)
        return self.public


def load_public(pem: bytes) -> tuple[PublicKey, x509.Certificate | None]:
    """A public key from PEM of a certificate (the first of a chain) or of a SubjectPublicKeyInfo."""
    certificate = x509.load_pem_x509_certificate(pem) if b"BEGIN CERTIFICATE" in pem else None
    public = certificate.public_key() if certificate else serialization.load_pem_public_key(pem)
    if not isinstance(public, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey, ed25519.Ed25519PublicKey)):
        raise ValueError("not an EC, RSA or Ed25519 key")
    if isinstance(public, ec.EllipticCurvePublicKey) and public.curve.name not in _EC_TYPES:
        raise ValueError(f"curve {public.curve.name} is not one of SKI's key server")
    return public, certificate


def load_chain(pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file in DER, leaf first; none where it holds a bare public key."""
    marker = b"-----BEGIN CERTIFICATE-----"
    parts = pem.split(marker)[1:]
    return tuple(
        x509.load_pem_x509_certificate(marker + part).public_bytes(serialization.Encoding.DER)
        for part in parts
    )


def hash_check(key: Key, data: bytes, name: str) -> Callable[[bytes], str]:
    """Output is a bare signature over `data` with `hash`: ECDSA in DER or RSA PKCS#1 v1.5 (A-90)."""
    return lambda output: signature_fault(key, data, output, HASHES.get(name))


def scheme_check(key: Key, data: bytes, scheme: int) -> Callable[[bytes], str]:
    """Output is a signature over `data` with a TLS SignatureScheme."""
    pss = scheme in (0x0804, 0x0805, 0x0806)
    return lambda output: signature_fault(key, data, output, _SCHEME_HASHES.get(scheme), pss)


def premaster_check(premaster: bytes) -> Callable[[bytes], str]:
    return lambda output: "" if output == premaster else "output is not the premaster secret"


def signature_fault(
    key: Key, data: bytes, signature: bytes, algorithm: hashes.HashAlgorithm | None, pss: bool = False
) -> str:
    """What is wrong with a bare signature over `data`, "" if it is right."""
    try:
        if isinstance(key.public, ed25519.Ed25519PublicKey):
            key.public.verify(signature, data)
        elif algorithm is None:
            return "a signature with a hash that SKI does not have"
        elif isinstance(key.public, rsa.RSAPublicKey):
            scheme = (
                padding.PSS(padding.MGF1(algorithm), algorithm.digest_size) if pss else padding.PKCS1v15()
            )
            key.public.verify(signature, data, scheme, algorithm)
        else:
            key.public.verify(signature, data, ec.ECDSA(algorithm))
    except InvalidSignature:
        return f"the signature does not verify with key {key.name}"
    return ""
