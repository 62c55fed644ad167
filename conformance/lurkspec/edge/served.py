"""The keys that an edge has certificates for. The suite holds the private halves, as a key server does, and
makes right answers with them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from ..codecs import pkcs1
from ..codecs.tls import SCHEMES
from ..keys import HASHES, Key, load_chain, load_public

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_PSS = {
    SCHEMES["rsa_pss_rsae_sha256"]: "SHA-256",
    SCHEMES["rsa_pss_rsae_sha384"]: "SHA-384",
    SCHEMES["rsa_pss_rsae_sha512"]: "SHA-512",
}
_HASH_OF_SCHEME = {4: "SHA-256", 5: "SHA-384", 6: "SHA-512"}


@dataclass(frozen=True)
class Served:
    """A certificate of the edge with its private key; `decrypts`: for static RSA, else it signs."""

    key: Key
    private: PrivateKey = field(repr=False)
    decrypts: bool = False

    def sign(self, content: bytes, hash: str) -> bytes:
        """ECDSA or RSA PKCS#1 v1.5 with a hash by SKI's name; Ed25519 whatever the name."""
        return _sign(self.private, content, HASHES.get(hash, hashes.SHA256()), False)

    def sign_scheme(self, content: bytes, scheme: int) -> bytes:
        """By a SignatureScheme of TLS, which is also TLS 1.2's pair of hash and signature."""
        hash = _PSS.get(scheme, _HASH_OF_SCHEME.get(scheme >> 8, "SHA-256"))
        return _sign(self.private, content, HASHES[hash], scheme in _PSS)

    def premaster(self, ciphertext: bytes) -> bytes:
        """The random one of implicit rejection where there is none: a key server does not say why (A-15)."""
        assert isinstance(self.private, rsa.RSAPrivateKey)
        try:
            premaster: bytes = self.private.decrypt(ciphertext, padding.PKCS1v15())
        except ValueError:
            premaster = b""
        return premaster if len(premaster) == pkcs1.PMS_LENGTH else pkcs1.premaster(random.Random(ciphertext))


def _sign(private: PrivateKey, content: bytes, algorithm: hashes.HashAlgorithm, pss: bool) -> bytes:
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return private.sign(content)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(content, ec.ECDSA(algorithm))
    scheme = padding.PSS(padding.MGF1(algorithm), algorithm.digest_size) if pss else padding.PKCS1v15()
    return private.sign(content, scheme, algorithm)


def load_served(name: str, chain: Path, key: Path, decrypts: bool) -> Served:
    """Raises ValueError when the files do not hold what they should."""
    pem = chain.read_bytes()
    public, certificate = load_public(pem)
    private = serialization.load_pem_private_key(key.read_bytes(), None)
    if not isinstance(private, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey, ed25519.Ed25519PrivateKey)):
        raise ValueError("not an EC, RSA or Ed25519 key")
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if private.public_key().public_bytes(encoding, form) != public.public_bytes(encoding, form):
        raise ValueError("not the key of the certificate")
    if decrypts and not isinstance(private, rsa.RSAPrivateKey):
        raise ValueError("only RSA keys decrypt")
    return Served(Key(name, "", public, {}, certificate, load_chain(pem)), private, decrypts)
